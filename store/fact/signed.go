package fact

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"satchel/store/canon"
	"satchel/store/identity"
)

// ErrSignature says that a value was not signed by the key it was opened
// with. Drop it, count it against whoever sent it, and go on without it.
var ErrSignature = errors.New("the signature is not the hub's")

// Statement is a value that the hub (or the root) signs.
type Statement interface {
	// domain binds a signature to the kind of value.
	domain() string
	// limits bound its encoding.
	limits() canon.Limits
	// check refuses a well-formed value that makes no sense.
	check() error
}

// Signed is a value with the bytes that were signed and the signature. The
// bytes are kept, so that it can be carried on exactly as it came.
type Signed[T Statement] struct {
	Value T
	body  []byte
	sig   []byte
}

type envelope struct {
	Body []byte `cbor:"1,keyasint"`
	Sig  []byte `cbor:"2,keyasint"`
}

// Sign encodes v and signs it.
func Sign[T Statement](priv ed25519.PrivateKey, v T) (Signed[T], error) {
	if err := v.check(); err != nil {
		return Signed[T]{}, fmt.Errorf("signing %T: %w", v, err)
	}
	body, err := canon.Marshal(v, v.limits())
	if err != nil {
		return Signed[T]{}, fmt.Errorf("signing %T: %w", v, err)
	}
	return Signed[T]{Value: v, body: body, sig: identity.Sign(priv, v.domain(), body)}, nil
}

// Open decodes raw and verifies it against the signer's public key.
func Open[T Statement](signer ed25519.PublicKey, raw []byte) (Signed[T], error) {
	s, err := Decode[T](raw)
	if err != nil {
		return s, err
	}
	if !s.By(signer) {
		return Signed[T]{}, fmt.Errorf("opening %T: %w", s.Value, ErrSignature)
	}
	return s, nil
}

// Decode reads raw without verifying it: for a value whose signer is named
// only inside it. Call By before believing a word of it.
func Decode[T Statement](raw []byte) (Signed[T], error) {
	var (
		s Signed[T]
		e envelope
	)
	outer := s.Value.limits()
	outer.Bytes += 128 // the envelope's own heads and the signature
	if err := canon.Unmarshal(raw, &e, outer); err != nil {
		return s, fmt.Errorf("opening %T: %w", s.Value, err)
	}
	if err := canon.Unmarshal(e.Body, &s.Value, s.Value.limits()); err != nil {
		return Signed[T]{}, fmt.Errorf("opening %T: %w", s.Value, err)
	}
	if err := s.Value.check(); err != nil {
		return Signed[T]{}, fmt.Errorf("opening %T: %w", s.Value, err)
	}
	s.body, s.sig = e.Body, e.Sig
	return s, nil
}

// By tells whether signer signed it.
func (s Signed[T]) By(signer ed25519.PublicKey) bool {
	return len(s.body) > 0 && identity.Verify(signer, s.Value.domain(), s.body, s.sig)
}

// Raw gives the bytes that Open reads. It is empty for the zero value.
func (s Signed[T]) Raw() []byte {
	if len(s.body) == 0 {
		return nil
	}
	raw, err := canon.Marshal(envelope{s.body, s.sig}, canon.Limits{Bytes: s.Value.limits().Bytes + 128})
	if err != nil {
		panic("fact: an envelope of two byte strings did not encode: " + err.Error())
	}
	return raw
}

// IsZero tells whether there is no value.
func (s Signed[T]) IsZero() bool { return len(s.body) == 0 }
