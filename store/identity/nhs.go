package identity

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// ErrNotNHSNumber says that a text is not ten digits.
var ErrNotNHSNumber = errors.New("not an NHS number: ten digits are due")

// NHSNumber is ten digits that name a person in England, Wales or the Isle of
// Man. It redacts itself for every print verb and for slog; Digits and Spaced
// say it deliberately, for a screen.
type NHSNumber struct{ digits string }

// ParseNHSNumber takes ten digits, with spaces or hyphens between them. It
// does not judge the check digit: a received number that fails it is shown
// with a warning, never hidden (domain.md 2.1).
func ParseNHSNumber(s string) (NHSNumber, error) {
	if tenDigits(s) {
		return NHSNumber{s}, nil
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == ' ' || r == '-' || r == '\u00a0' || r == '\t':
		default:
			return NHSNumber{}, ErrNotNHSNumber
		}
	}
	if b.Len() != 10 {
		return NHSNumber{}, ErrNotNHSNumber
	}
	return NHSNumber{b.String()}, nil
}

// tenDigits tells whether s needs no tidying: an index of many people parses
// what it wrote itself.
func tenDigits(s string) bool {
	if len(s) != 10 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// CheckDigit gives the Modulus 11 check digit for nine leading digits, and
// false where no number with them can exist (NHS Data Dictionary, NHS NUMBER).
func CheckDigit(nine string) (byte, bool) {
	if len(nine) < 9 {
		return 0, false
	}
	sum := 0
	for i := range 9 {
		if nine[i] < '0' || nine[i] > '9' {
			return 0, false
		}
		sum += int(nine[i]-'0') * (10 - i)
	}
	switch check := 11 - sum%11; check {
	case 11:
		return '0', true
	case 10:
		return 0, false
	default:
		return byte('0' + check), true
	}
}

// Valid tells whether the check digit is right and the number is no
// placeholder: all digits alike pass the arithmetic, and mean "none".
func (n NHSNumber) Valid() bool {
	if len(n.digits) != 10 || strings.Count(n.digits, n.digits[:1]) == 10 {
		return false
	}
	check, ok := CheckDigit(n.digits[:9])
	return ok && check == n.digits[9]
}

// Test tells whether the number is from the 999 range, which is never issued:
// it names made-up people only (R57).
func (n NHSNumber) Test() bool { return strings.HasPrefix(n.digits, "999") }

// IsZero tells whether there is no number.
func (n NHSNumber) IsZero() bool { return n.digits == "" }

// Digits says the number without spaces. For a screen or a comparison; never
// for a log, an error, a file name or a database key.
func (n NHSNumber) Digits() string { return n.digits }

// Spaced says the number as 943 476 5919 (domain.md 2.1).
func (n NHSNumber) Spaced() string {
	if n.digits == "" {
		return ""
	}
	return n.digits[:3] + " " + n.digits[3:6] + " " + n.digits[6:]
}

const hiddenNumber = "[NHS number]"

// String hides the number.
func (n NHSNumber) String() string { return hiddenNumber }

// Format hides the number for every print verb.
func (n NHSNumber) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, hiddenNumber) }

// LogValue hides the number from slog.
func (n NHSNumber) LogValue() slog.Value { return slog.StringValue(hiddenNumber) }

// MarshalText hides the number from encoders that were not meant to see it.
func (n NHSNumber) MarshalText() ([]byte, error) { return []byte(hiddenNumber), nil }
