package audit

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"satchel/store/canon"
	"satchel/store/identity"
)

// ItemDomain is the signature domain of an item.
const ItemDomain = "satchel/item/1"

var (
	// ErrItem: the bytes are not a well-formed item. Refuse them.
	ErrItem = errors.New("not a valid item")
	// ErrSignature: the signature is not the device's. Refuse the item; a
	// carrier changed it, or somebody else made it.
	ErrSignature = errors.New("item signature is not valid")
)

// Class is what an item is, in clear, to those who carry it.
type Class uint8

// The classes of the protocol (section 3, object D).
const (
	ClassOther    Class = 1
	ClassAlert    Class = 2 // delivered before the others
	ClassRestrict Class = 3 // names a patient who is hidden at once
)

func (c Class) String() string {
	switch c {
	case ClassOther:
		return "other"
	case ClassAlert:
		return "alert"
	case ClassRestrict:
		return "restrict"
	}
	return fmt.Sprintf("class %d", uint8(c))
}

// Restrict names whom an item of ClassRestrict hides, in clear.
type Restrict struct {
	Cohort identity.CohortID `cbor:"1,keyasint"`
	PID    identity.PID      `cbor:"2,keyasint"`
	Epoch  uint64            `cbor:"3,keyasint"`
}

// Hybrid is a hybrid logical time: wall clock in unix milliseconds, never going
// back, and a counter for equal ones. It orders items of different devices no
// worse than the exchanges between them did.
type Hybrid struct {
	Wall    int64  `cbor:"1,keyasint"`
	Counter uint32 `cbor:"2,keyasint"`
}

// Compare orders two times.
func (h Hybrid) Compare(other Hybrid) int {
	switch {
	case h.Wall != other.Wall:
		return cmpInt(h.Wall, other.Wall)
	default:
		return cmpInt(int64(h.Counter), int64(other.Counter))
	}
}

func cmpInt(a, b int64) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}

// Times are the three clocks that an item carries (R55), in milliseconds.
type Times struct {
	Wall    int64 `cbor:"1,keyasint"` // wall clock, unix
	Boot    int64 `cbor:"2,keyasint"` // since this machine started, sleep included
	Trusted int64 `cbor:"3,keyasint"` // newest time heard from the hub, unix; 0 none
}

// Seen is the hub's log as the device last saw it proved.
type Seen struct {
	Size uint64   `cbor:"1,keyasint"`
	Root [32]byte `cbor:"2,keyasint"`
}

// Statement is everything of an item that its signature covers.
type Statement struct {
	Device   identity.DeviceID `cbor:"1,keyasint"`
	Chain    uint64            `cbor:"2,keyasint"` // from 1; a new one after a restored image
	Seq      uint64            `cbor:"3,keyasint"` // from 1, dense in a chain, never used again
	Prev     [32]byte          `cbor:"4,keyasint"` // hash of the item before, or ChainStart
	Hybrid   Hybrid            `cbor:"5,keyasint"`
	Times    Times             `cbor:"6,keyasint"`
	Seen     Seen              `cbor:"7,keyasint"`
	Class    Class             `cbor:"8,keyasint"`
	Restrict *Restrict         `cbor:"9,keyasint,omitempty"` // with ClassRestrict and only then
	HubKey   [8]byte           `cbor:"10,keyasint"`          // identity.KeyID of the hub key of the box
	Body     []byte            `cbor:"11,keyasint"`          // boxed to the hub, a multiple of 256 bytes
}

// Item is object D of the protocol: one link of a device's signed chain.
type Item struct {
	Statement
	Signature [64]byte `cbor:"12,keyasint"`
}

var itemLimits = canon.Limits{Bytes: MaxBody + 1024, Depth: 3, Items: 16}

// Encode gives the one encoding of the item: what is stored, carried, hashed.
func (it *Item) Encode() ([]byte, error) {
	if err := it.check(); err != nil {
		return nil, err
	}
	return canon.Marshal(it, itemLimits)
}

// DecodeItem reads an item strictly. It does not verify the signature.
func DecodeItem(b []byte) (Item, error) {
	var it Item
	if err := canon.Unmarshal(b, &it, itemLimits); err != nil {
		return Item{}, fmt.Errorf("%w: %w", ErrItem, err)
	}
	if err := it.check(); err != nil {
		return Item{}, err
	}
	return it, nil
}

func (s *Statement) check() error {
	var problem string
	switch {
	case s.Chain == 0 || s.Seq == 0:
		problem = "chain or number is zero"
	case s.Class < ClassOther || s.Class > ClassRestrict:
		problem = "unknown class"
	case (s.Class == ClassRestrict) != (s.Restrict != nil):
		problem = "a restrict names a patient, and nothing else does"
	case len(s.Body) == 0 || len(s.Body) > MaxBody || len(s.Body)%256 != 0:
		problem = "body is not a padded box"
	case s.Times.Wall < 0 || s.Times.Boot < 0 || s.Times.Trusted < 0 || s.Hybrid.Wall < 0:
		problem = "negative time"
	default:
		return nil
	}
	return fmt.Errorf("%w: %s", ErrItem, problem)
}

// SignItem makes an item of a statement.
func SignItem(s Statement, key ed25519.PrivateKey) (Item, error) {
	if err := s.check(); err != nil {
		return Item{}, err
	}
	msg, err := canon.Marshal(&s, itemLimits)
	if err != nil {
		return Item{}, err
	}
	return Item{Statement: s, Signature: [64]byte(identity.Sign(key, ItemDomain, msg))}, nil
}

// Verify checks the signature and that the key is the device's own.
func (it *Item) Verify(key ed25519.PublicKey) error {
	if len(key) != ed25519.PublicKeySize || identity.DeviceIDOf(key) != it.Device {
		return fmt.Errorf("%w: the key is not the device's", ErrSignature)
	}
	msg, err := canon.Marshal(&it.Statement, itemLimits)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrItem, err)
	}
	if !identity.Verify(key, ItemDomain, msg, it.Signature[:]) {
		return ErrSignature
	}
	return nil
}

// HashItem is the link hash of an encoded item: what the next one names.
func HashItem(encoded []byte) [32]byte {
	h := sha256.New()
	h.Write([]byte("satchel/item-hash/1\x00"))
	h.Write(encoded)
	return [32]byte(h.Sum(nil))
}

// ChainStart is what the first item of a chain names as the one before it.
func ChainStart(device identity.DeviceID, chain uint64) [32]byte {
	b := append([]byte("satchel/chain-start/1\x00"), device[:]...)
	return sha256.Sum256(binary.BigEndian.AppendUint64(b, chain))
}
