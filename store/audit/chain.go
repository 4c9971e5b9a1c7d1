package audit

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"

	"satchel/store/identity"
)

// Head is where a chain stands: the last item's number and hash. Before the
// first item Seq is one less than the first number and Hash is ChainStart.
type Head struct {
	Chain uint64   `cbor:"1,keyasint"`
	Seq   uint64   `cbor:"2,keyasint"`
	Hash  [32]byte `cbor:"3,keyasint"`
}

var (
	// ErrKnown: the chain already has exactly this item. Ignore it.
	ErrKnown = errors.New("item is known already")
	// ErrOld: the item is before the head; compare it with the stored one of
	// its number (CompareItems).
	ErrOld = errors.New("item is before the head of its chain")
	// ErrOtherChain: the item belongs to another device or chain.
	ErrOtherChain = errors.New("item of another chain")
)

// GapError says that items are missing before one that came. Keep it and ask
// for the missing ones; at the end of a delivery, raise it.
type GapError struct {
	Device    identity.DeviceID
	Chain     uint64
	Want, Got uint64
}

func (e *GapError) Error() string {
	return fmt.Sprintf("chain %d of device %s has a gap: item %d is due, %d came", e.Chain, e.Device, e.Want, e.Got)
}

// ForkError is proof that a device signed two histories: two different items
// for one number, or an item that does not follow the one before it. Keep both
// as evidence and raise an alarm; neither is dropped.
type ForkError struct {
	Device identity.DeviceID
	Chain  uint64
	Seq    uint64 // of Second
	First  []byte // encoded item that was there; nil when only its hash is known
	Second []byte // encoded item that contradicts it
}

func (e *ForkError) Error() string {
	return fmt.Sprintf("chain %d of device %s is forked at item %d", e.Chain, e.Device, e.Seq)
}

// Chain verifies the items of one device's chain in their order.
type Chain struct {
	device identity.DeviceID
	key    ed25519.PublicKey
	head   Head
	last   []byte // encoded, of the head; nil when it was not seen
}

// NewChain begins with the first item of a chain, whose number is first.
func NewChain(key ed25519.PublicKey, chain, first uint64) *Chain {
	device := identity.DeviceIDOf(key)
	return ResumeChain(key, Head{Chain: chain, Seq: first - 1, Hash: ChainStart(device, chain)})
}

// ResumeChain goes on after a head that was verified before.
func ResumeChain(key ed25519.PublicKey, head Head) *Chain {
	return &Chain{device: identity.DeviceIDOf(key), key: key, head: head}
}

// Head is the head after the items added so far.
func (c *Chain) Head() Head { return c.head }

// Add verifies one encoded item as the next of the chain. After any error the
// chain is as it was. Errors: ErrItem, ErrSignature, ErrOtherChain, ErrKnown,
// ErrOld, *GapError, *ForkError.
func (c *Chain) Add(encoded []byte) (Item, error) {
	it, err := DecodeItem(encoded)
	if err != nil {
		return Item{}, err
	}
	if it.Device != c.device || it.Chain != c.head.Chain {
		return Item{}, ErrOtherChain
	}
	if err := it.Verify(c.key); err != nil {
		return Item{}, err
	}
	hash := HashItem(encoded)
	fork := &ForkError{Device: c.device, Chain: c.head.Chain, Seq: it.Seq, First: c.last, Second: bytes.Clone(encoded)}
	switch {
	case it.Seq == c.head.Seq && hash == c.head.Hash:
		return Item{}, ErrKnown
	case it.Seq == c.head.Seq:
		return Item{}, fork
	case it.Seq < c.head.Seq:
		return Item{}, ErrOld
	case it.Seq > c.head.Seq+1:
		return Item{}, &GapError{Device: c.device, Chain: c.head.Chain, Want: c.head.Seq + 1, Got: it.Seq}
	case it.Prev != c.head.Hash:
		return Item{}, fork
	}
	c.head.Seq, c.head.Hash, c.last = it.Seq, hash, bytes.Clone(encoded)
	return it, nil
}

// CompareItems tells whether a second item for the same number is the same one:
// ErrKnown, or a *ForkError with both as evidence. Both were verified.
func CompareItems(stored, came []byte) error {
	if bytes.Equal(stored, came) {
		return ErrKnown
	}
	it, err := DecodeItem(came)
	if err != nil {
		return err
	}
	return &ForkError{Device: it.Device, Chain: it.Chain, Seq: it.Seq, First: bytes.Clone(stored), Second: bytes.Clone(came)}
}

// VerifyFork judges evidence on its own: both items are signed by the device
// and contradict each other. It needs both.
func (e *ForkError) VerifyFork(key ed25519.PublicKey) error {
	a, aerr := DecodeItem(e.First)
	b, berr := DecodeItem(e.Second)
	if err := errors.Join(aerr, berr); err != nil {
		return err
	}
	if err := errors.Join(a.Verify(key), b.Verify(key)); err != nil {
		return err
	}
	sameNumber := a.Seq == b.Seq && !bytes.Equal(e.First, e.Second)
	brokenLink := a.Seq+1 == b.Seq && b.Prev != HashItem(e.First)
	if a.Chain != b.Chain || !sameNumber && !brokenLink {
		return fmt.Errorf("%w: the two items do not contradict each other", ErrItem)
	}
	return nil
}
