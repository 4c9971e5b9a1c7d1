package seal

import (
	"crypto/rand"
	"fmt"

	"golang.org/x/crypto/nacl/secretbox"
)

// WrappedLen is the length of a wrapped key: suite, nonce, box of the label's
// hash and the key.
const WrappedLen = 1 + nonceSize + secretbox.Overhead + 16 + 32

// Wrap seals key under another key. The context says what is wrapped and where
// (begin it with a domain string; Bind makes one); Unwrap needs the same.
func Wrap(under, key *Key, context string) []byte {
	var msg [16 + 32]byte
	defer clear(msg[:])
	lh := labelHash(Bind("satchel/wrap/1", []byte(context)))
	copy(msg[:], lh[:])
	copy(msg[16:], key[:])
	out := make([]byte, 1+nonceSize, WrappedLen)
	out[0] = suiteSecretbox
	_, _ = rand.Read(out[1:])
	return secretbox.Seal(out, msg[:], (*[nonceSize]byte)(out[1:]), (*[32]byte)(under))
}

// Unwrap opens what Wrap made, or returns ErrOpen or ErrSuite.
func Unwrap(under *Key, wrapped []byte, context string) (Key, error) {
	if len(wrapped) == 0 {
		return Key{}, ErrOpen
	}
	if wrapped[0] != suiteSecretbox {
		return Key{}, fmt.Errorf("%w: %d", ErrSuite, wrapped[0])
	}
	if len(wrapped) != WrappedLen {
		return Key{}, ErrOpen
	}
	msg, ok := secretbox.Open(make([]byte, 0, 48), wrapped[1+nonceSize:], (*[nonceSize]byte)(wrapped[1:]), (*[32]byte)(under))
	defer clear(msg)
	if !ok || [16]byte(msg) != labelHash(Bind("satchel/wrap/1", []byte(context))) {
		return Key{}, ErrOpen
	}
	return Key(msg[16:]), nil
}
