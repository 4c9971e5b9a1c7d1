package seal

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

var (
	// ErrOpen: wrong key, wrong label, or changed, cut or swapped bytes; which
	// of them cannot be told. Do not use any part of the value: fetch it
	// again, or name the file to the person.
	ErrOpen = errors.New("sealed value does not open")
	// ErrSuite: sealed by a newer version with another cipher suite. Ask for
	// an update; do not overwrite the value.
	ErrSuite = errors.New("unknown cipher suite")
	// ErrTooLarge: more than the format allows; the value is not written.
	ErrTooLarge = errors.New("value too large to seal")
)

// Key is a symmetric key. It prints as "[key]" with every verb. fmt cannot see
// that through an unexported field, so a struct that keeps one hides itself or
// holds a *Key.
type Key [32]byte

// NewKey returns a fresh random key.
func NewKey() Key {
	var k Key
	_, _ = rand.Read(k[:]) // crypto/rand.Read never returns an error
	return k
}

// Wipe overwrites the key in place. Copies made by value are not reached.
func (k *Key) Wipe() { clear(k[:]) }

// IsZero reports whether the key is all zeros: absent, or wiped.
func (k *Key) IsZero() bool { return k.Equal(&Key{}) }

// Equal compares in constant time.
func (k *Key) Equal(other *Key) bool {
	return subtle.ConstantTimeCompare(k[:], other[:]) == 1
}

// Format hides the key from every print verb.
func (k Key) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "[key]") }

// LogValue hides the key from slog.
func (k Key) LogValue() slog.Value { return slog.StringValue("[key]") }

// MarshalText hides the key from JSON and its like. Canonical CBOR, which keeps
// keys inside sealed files, does not use it.
func (k Key) MarshalText() ([]byte, error) { return []byte("[key]"), nil }

// DeriveKey derives a key for one use from another: HKDF-SHA256 without salt,
// its info the label and the context, bound unambiguously.
func DeriveKey(key *Key, label string, context []byte) Key {
	out, err := hkdf.Key(sha256.New, key[:], nil, Bind("satchel/derive/1", []byte(label), context), len(Key{}))
	if err != nil {
		panic("seal: HKDF refused a constant length: " + err.Error())
	}
	defer clear(out)
	return Key(out)
}

// Bind joins a label and the parts of a context into one label, each part with
// its length before it, so that no two lists give the same text.
func Bind(label string, parts ...[]byte) string {
	n := len(label) + 1
	for _, p := range parts {
		n += 4 + len(p)
	}
	return string(AppendBind(make([]byte, 0, n), label, parts...))
}

// AppendBind appends what Bind gives.
func AppendBind(b []byte, label string, parts ...[]byte) []byte {
	b = append(append(b, label...), 0)
	for _, p := range parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(p)))
		b = append(b, p...)
	}
	return b
}

const labelPrefix = "satchel/label/1\x00"

// labelHash is what stands inside a box for its label: enough bits that no
// other label fits.
func labelHash(label string) [16]byte {
	var room [256]byte
	h := sha256.Sum256(append(append(room[:0], labelPrefix...), label...))
	return [16]byte(h[:16])
}
