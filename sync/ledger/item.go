package ledger

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"satchel/store/audit"
	"satchel/store/identity"
)

// arrived is an item of an Accept call.
type arrived struct {
	place    int // in the call; -1: it had been waiting
	raw      audit.Item
	item     itemOp
	verified bool // signed by the key its device was enlisted with
	err      error
}

// decodeItem reads an item; err says why it is none.
func decodeItem(raw []byte) *arrived {
	it, err := audit.DecodeItem(raw)
	if err != nil {
		return &arrived{err: fmt.Errorf("%w: %w", ErrItem, err)}
	}
	return &arrived{raw: it, item: itemOp{
		Device: it.Device, Chain: it.Chain, Seq: it.Seq, Prev: it.Prev, Hash: audit.HashItem(raw), Raw: raw,
	}}
}

// verify checks the signature, once, against the key under which the device
// was enlisted, whether or not it was revoked since.
func (a *arrived) verify(members *Members) {
	if a.verified || a.err != nil {
		return
	}
	member, ok := members.Ever(a.item.Device)
	if !ok {
		a.err = ErrStranger
		return
	}
	if err := a.raw.Verify(member.Sign); err != nil {
		a.err = fmt.Errorf("%w: %w", ErrItem, err)
		return
	}
	a.verified = true
}

// begins tells whether the item says that it is the first of its chain.
func (i *itemOp) begins() bool { return i.Prev == audit.ChainStart(i.Device, i.Chain) }

// leafOf is an item's hash as a leaf of the log (RFC 6962, section 2.1).
func leafOf(raw []byte) tlog.Hash { return audit.LeafHash(raw) }

// standing is how far a chain is held.
type standing struct {
	device identity.DeviceID
	chain  uint64
	upTo   uint64
	head   [32]byte
}

func (l *Local) signReceipt(s standing, size uint64, root tlog.Hash, now int64) (Receipt, error) {
	p, err := audit.SignReceipt(audit.ReceiptBody{
		Device: s.device, Chain: s.chain, UpTo: s.upTo, Head: s.head,
		Incarnation: l.cfg.Incarnation, LogSize: size, Root: root, Time: now,
	}, l.cfg.Key)
	if err != nil {
		return Receipt{}, fmt.Errorf("signing a receipt: %w", err)
	}
	raw, err := p.Encode()
	return Receipt{s.device, s.chain, s.upTo, raw}, err
}

func (l *Local) signCheckpoint(size uint64, root tlog.Hash) ([]byte, error) {
	return audit.SignCheckpoint(audit.Checkpoint{Origin: l.cfg.Origin, Size: size, Root: root}, l.cfg.Key)
}
