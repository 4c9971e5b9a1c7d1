package audit

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"satchel/store/canon"
	"satchel/store/identity"
)

// ReceiptDomain is the signature domain of a receipt.
const ReceiptDomain = "satchel/receipt/1"

var (
	// ErrReceipt: not a receipt of this hub for this chain. Nothing is freed.
	ErrReceipt = errors.New("receipt is not valid")
	// ErrShorterLog: the receipt is for a shorter log than one seen before
	// of the same hub incarnation: the hub lost or hides entries. Raise it.
	ErrShorterLog = errors.New("receipt is for a shorter log")
	// ErrOtherHead: the hub has another item under this number than the
	// device: a fork. Raise it, keep everything.
	ErrOtherHead = errors.New("receipt is for a different head")
	// ErrStale: an older receipt than the last one. Ignore it.
	ErrStale = errors.New("receipt is older than the last one")
)

// AheadError says that the hub holds items of this chain that the device has
// not: the device was restored from an image. It opens a new chain whose first
// number is above Hub, and never uses a number again (protocol, rule 12).
type AheadError struct{ Own, Hub uint64 }

func (e *AheadError) Error() string {
	return fmt.Sprintf("the hub has items up to %d, this device up to %d", e.Hub, e.Own)
}

// ReceiptBody is what a receipt's signature covers.
type ReceiptBody struct {
	Device      identity.DeviceID `cbor:"1,keyasint"`
	Chain       uint64            `cbor:"2,keyasint"`
	UpTo        uint64            `cbor:"3,keyasint"` // contiguous
	Head        [32]byte          `cbor:"4,keyasint"` // link hash of item UpTo
	Incarnation uint64            `cbor:"5,keyasint"` // of the hub
	LogSize     uint64            `cbor:"6,keyasint"` // of the hub's log, with these items
	Root        [32]byte          `cbor:"7,keyasint"`
	Time        int64             `cbor:"8,keyasint"` // hub's clock, unix milliseconds
}

// Receipt is object P: the hub's word that it holds a chain up to an item.
type Receipt struct {
	ReceiptBody
	Signature [64]byte `cbor:"9,keyasint"`
}

var receiptLimits = canon.Limits{Bytes: 1024, Depth: 2, Items: 16}

// SignReceipt makes a receipt. The hub calls it after the items are durable in
// its log.
func SignReceipt(b ReceiptBody, key ed25519.PrivateKey) (Receipt, error) {
	if err := b.check(); err != nil {
		return Receipt{}, err
	}
	msg, err := canon.Marshal(&b, receiptLimits)
	if err != nil {
		return Receipt{}, err
	}
	return Receipt{ReceiptBody: b, Signature: [64]byte(identity.Sign(key, ReceiptDomain, msg))}, nil
}

func (b *ReceiptBody) check() error {
	if b.Chain == 0 || b.UpTo == 0 || b.LogSize == 0 || b.Time < 0 {
		return fmt.Errorf("%w: empty field", ErrReceipt)
	}
	return nil
}

// Encode gives the receipt's one encoding.
func (r *Receipt) Encode() ([]byte, error) { return canon.Marshal(r, receiptLimits) }

// DecodeReceipt reads a receipt strictly and verifies the hub's signature.
func DecodeReceipt(raw []byte, hub ed25519.PublicKey) (Receipt, error) {
	var r Receipt
	if err := canon.Unmarshal(raw, &r, receiptLimits); err != nil {
		return Receipt{}, fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	if err := r.Verify(hub); err != nil {
		return Receipt{}, err
	}
	return r, nil
}

// Verify checks the hub's signature.
func (r *Receipt) Verify(hub ed25519.PublicKey) error {
	if err := r.check(); err != nil {
		return err
	}
	msg, err := canon.Marshal(&r.ReceiptBody, receiptLimits)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	if !identity.Verify(hub, ReceiptDomain, msg, r.Signature[:]) {
		return fmt.Errorf("%w: signature", ErrReceipt)
	}
	return nil
}

// Follows checks a receipt against the last one of the same chain: not an
// earlier hub, not a shorter log, not an earlier item.
func (r *Receipt) Follows(last *Receipt) error {
	switch {
	case r.Device != last.Device || r.Chain != last.Chain:
		return fmt.Errorf("%w: of another chain", ErrReceipt)
	case r.Incarnation < last.Incarnation:
		return ErrStale
	case r.Incarnation == last.Incarnation && r.LogSize < last.LogSize && r.UpTo >= last.UpTo:
		return ErrShorterLog
	case r.Incarnation == last.Incarnation && r.LogSize == last.LogSize && r.Root != last.Root:
		return fmt.Errorf("%w: two roots for one size", ErrShorterLog)
	case r.Incarnation == last.Incarnation && r.UpTo < last.UpTo:
		return ErrStale
	case r.UpTo == last.UpTo && r.Head != last.Head:
		return ErrOtherHead
	}
	return nil
}
