package identity

import (
	"encoding/base32"
	"errors"
	"strings"
)

// ErrLetters says that a text is not bytes written in the letters of codes.
var ErrLetters = errors.New("not the letters and digits of a code")

var letters = base32.NewEncoding(codeLetters).WithPadding(base32.NoPadding)

// EncodeLetters writes bytes in Crockford's base32, the letters of every code
// that a person may have to read out or type: 8 letters for 5 bytes.
func EncodeLetters(b []byte) string { return letters.EncodeToString(b) }

// DecodeLetters reads what EncodeLetters wrote, and nothing else: tidy what a
// person typed first. Error: ErrLetters.
func DecodeLetters(s string) ([]byte, error) {
	b, err := letters.DecodeString(s)
	if err != nil || letters.EncodeToString(b) != s {
		return nil, ErrLetters
	}
	return b, nil
}

// TidyLetters makes typed letters what a code means by them: upper case, no
// spaces, line breaks or hyphens, 1 for I and L, 0 for O. What no code holds
// stays, and is refused by whoever reads it.
func TidyLetters(typed string) string {
	return strings.Map(dropSeparator, strings.ToUpper(typed))
}
