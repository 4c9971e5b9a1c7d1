package seal

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"golang.org/x/crypto/nacl/secretbox"

	"satchel/store/identity"
)

// Opener opens many small sealed blobs, one after the other, in room that it
// keeps: unlocking opens one for every person held. The zero value is ready; one
// goroutine uses it. It opens and refuses exactly what Open does
// (TestOpenerOpensWhatOpenDoes).
type Opener struct {
	room  []byte
	label []byte
}

// Open opens what Seal made under the same key and label, or returns ErrOpen or
// ErrSuite and nothing. The plaintext is good until the next call.
func (o *Opener) Open(key *Key, label, sealed []byte) ([]byte, error) {
	count, total, err := measure(sealed)
	if err != nil {
		return nil, err
	}
	if count > 1 {
		return Open(key, string(label), sealed)
	}
	if cap(o.room) < chunkHeader+total {
		clear(o.room)
		o.room = make([]byte, 0, 2*(chunkHeader+total))
	}
	msg, ok := secretbox.Open(o.room[:0], sealed[1+nonceSize:], (*[nonceSize]byte)(sealed[1:]), (*[32]byte)(key))
	if !ok || !o.fits(msg, label, total) {
		clear(o.room[:chunkHeader+total])
		return nil, ErrOpen
	}
	o.room = msg
	return msg[chunkHeader:], nil
}

// fits compares the header of a lone chunk with what is due.
func (o *Opener) fits(msg, label []byte, total int) bool {
	o.label = append(append(o.label[:0], labelPrefix...), label...)
	lh := sha256.Sum256(o.label)
	return len(msg) == chunkHeader+total && bytes.Equal(msg[:16], lh[:16]) &&
		binary.BigEndian.Uint32(msg[32:]) == 0 && binary.BigEndian.Uint32(msg[36:]) == 1 &&
		binary.BigEndian.Uint64(msg[40:]) == uint64(total)
}

// Wipe overwrites what the last blob left.
func (o *Opener) Wipe() { clear(o.room[:cap(o.room)]) }

// InnerKeys derives the keys of patients' inner parts (data key and
// demographics) from one EK. One goroutine uses it.
//
// A key takes both EK and the row key: HMAC-SHA-256 (RFC 2104) under EK of
// Bind("satchel/inner/2", row key, handle). Whoever lacks either has nothing,
// so that dropping a row is enough, and so is locking.
type InnerKeys struct {
	mac hash.Hash
	msg []byte
}

const labelInnerKey = "satchel/inner/2"

// NewInnerKeys makes ready to derive from ek.
func NewInnerKeys(ek *Key) *InnerKeys { return &InnerKeys{mac: hmac.New(sha256.New, ek[:])} }

// Derive writes the key of one row's inner part over out.
func (k *InnerKeys) Derive(out, row *Key, handle identity.Handle) {
	k.msg = AppendBind(k.msg[:0], labelInnerKey, row[:], handle[:])
	k.mac.Reset()
	_, _ = k.mac.Write(k.msg) // hash.Hash: never returns an error
	k.mac.Sum(out[:0])
}

// Wipe overwrites the last row key. What the HMAC keeps of EK goes with the
// process, as crypto/hmac has no other way.
func (k *InnerKeys) Wipe() { clear(k.msg[:cap(k.msg)]) }

// InnerKey derives one key, as InnerKeys does.
func InnerKey(ek, row *Key, handle identity.Handle) Key {
	k := NewInnerKeys(ek)
	defer k.Wipe()
	var out Key
	k.Derive(&out, row, handle)
	return out
}
