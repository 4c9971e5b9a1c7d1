package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"satchel/store/audit"
	"satchel/store/canon"
)

// Items gives up to limit items of the device's own chain after number
// afterSeq, oldest first: what is pushed to the hub. Receipted ones stay for 30
// days, for a hub that was restored from a backup.
func (v *Vault) Items(afterSeq uint64, limit int) ([]audit.Item, error) {
	v.mu.Lock()
	log, closed := v.items, v.closed
	v.mu.Unlock()
	if closed {
		return nil, ErrClosed
	}
	return log.Items(afterSeq, limit)
}

// ItemHead is the last item that is durable.
func (v *Vault) ItemHead() audit.Head {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.items.Head()
}

// LastReceipt is the newest receipt accepted; false when there was none.
func (v *Vault) LastReceipt() (audit.Receipt, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.receipt == nil {
		return audit.Receipt{}, false
	}
	return *v.receipt, true
}

// TakeReceipt takes the hub's word that it holds the device's chain up to an
// item. It counts once it is durable; taking an old one is no error. A receipt
// for items that this device does not have says that it was restored from an
// image: a new chain is begun above them. Errors: audit.ErrReceipt,
// audit.ErrShorterLog, audit.ErrOtherHead.
func (v *Vault) TakeReceipt(raw []byte) error {
	v.door.Lock()
	taken, err := v.takeReceiptAtDoor(raw)
	v.door.Unlock()
	if taken {
		v.tell(WaitingChanged{})
	}
	if err != nil {
		return fmt.Errorf("taking a receipt: %w", err)
	}
	return nil
}

func (v *Vault) takeReceiptAtDoor(raw []byte) (bool, error) {
	if err := v.usable(); err != nil {
		return false, err
	}
	r, err := audit.DecodeReceipt(raw, v.hubKey())
	if err != nil {
		return false, err
	}
	if last := v.receipt; last != nil && last.ReceiptBody == r.ReceiptBody {
		return false, nil
	}
	err = v.items.Ack(r, v.hubKey())
	if errors.Is(err, audit.ErrStale) {
		return false, nil
	}
	if ahead, ok := errors.AsType[*audit.AheadError](err); ok && r.Device == v.id {
		return true, v.newChainAtDoor(r.Chain, ahead.Hub)
	}
	if err != nil {
		return false, err
	}
	if err := v.keepFact(factReceipt, raw); err != nil {
		return false, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.receipt = &r
	return true, nil
}

func (v *Vault) replayReceiptLocked(raw []byte) error {
	// Its signature was verified when it came, and may be of a key that the hub
	// has no longer.
	var r audit.Receipt
	if err := canon.Unmarshal(raw, &r); err != nil {
		return err
	}
	if v.receipt = &r; r.Chain != v.own.Chain {
		v.receipt = nil
	}
	return nil
}

// newChainAtDoor begins a chain above everything that the hub has of this
// device: a number is never used twice (protocol, rule 12).
func (v *Vault) newChainAtDoor(chain, upTo uint64) error {
	o := v.own
	o.Chain, o.First = max(o.Chain, chain)+1, upTo+1
	before := v.own
	if err := v.setOwn(o); err != nil {
		return err
	}
	saved, saveErr := v.saveKeysAtDoor()
	if saveErr != nil && saved.Generation == 0 { // the former generation is still in force
		return errors.Join(saveErr, v.setOwn(before))
	}
	old := v.items
	v.mu.Lock()
	v.known, v.receipt, v.marks.ItemsFirst = audit.Head{}, nil, 0
	v.mu.Unlock()
	if err := v.openItems(context.Background()); err != nil {
		v.broken = err
		return err
	}
	return errors.Join(saveErr, old.Close(), v.saveStateAtDoor())
}

// Waiting says what has not reached the hub.
func (v *Vault) Waiting() Waiting {
	v.mu.Lock()
	log, receipt, first := v.items, v.receipt, v.own.First
	v.mu.Unlock()
	head := log.Head()
	w := Waiting{Unsent: int(log.Waiting()), Total: head.Seq}
	after := max(first, 1) - 1
	if receipt != nil {
		after, w.Received, w.LastReceiptAt = receipt.UpTo, receipt.UpTo, millis(receipt.Time)
	}
	if w.Unsent > 0 {
		if oldest, err := log.Items(after, 1); err == nil && len(oldest) == 1 {
			w.Oldest = millis(oldest[0].Times.Wall)
		}
	}
	return w
}

// LastCheckpoint is the hub's log as last proved; zero when there was none.
func (v *Vault) LastCheckpoint() audit.Checkpoint {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.checkpoint
}

// TakeCheckpoint takes the hub's word for its log, with the proof that it
// extends the one seen before. ErrForkedLog, with both inside, says that it
// does not: it is entered, and raised to a person. Other errors:
// audit.ErrCheckpoint.
func (v *Vault) TakeCheckpoint(note []byte, proof [][32]byte) error {
	v.door.Lock()
	defer v.door.Unlock()
	if err := v.takeCheckpointAtDoor(note, proof); err != nil {
		return fmt.Errorf("taking a checkpoint: %w", err)
	}
	return nil
}

func (v *Vault) takeCheckpointAtDoor(note []byte, proof [][32]byte) error {
	if err := v.usable(); err != nil {
		return err
	}
	c, err := audit.OpenCheckpoint(note, v.logOrigin(), v.hubKey())
	if err != nil {
		return err
	}
	last := v.LastCheckpoint()
	if last.Origin == "" {
		last.Origin = c.Origin
	}
	if err := audit.CheckConsistency(last, c, proof); err != nil {
		_, entered := v.enter(audit.Entry{Kind: audit.KindEvidence, Decision: "two-histories"}, audit.ClassAlert)
		return errors.Join(fmt.Errorf("%w: %w", ErrForkedLog, err), entered)
	}
	if c.Size == last.Size {
		return nil
	}
	if err := v.keepFact(factCheckpoint, note); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.checkpoint, v.checkpointNote = c, note
	return nil
}

func (v *Vault) replayCheckpointLocked(note []byte) error {
	// As with receipts: what was signed was verified when it came. A blank line
	// parts it from the signatures.
	text, _, _ := strings.Cut(string(note), "\n\n")
	c, err := audit.ParseCheckpoint(text + "\n")
	if err == nil && c.Size >= v.checkpoint.Size {
		v.checkpoint, v.checkpointNote = c, note
	}
	return err
}

// logOrigin is the name of the area's log in its checkpoints.
func (v *Vault) logOrigin() string { return "satchel/" + v.area().String() }

// dropReceiptedAtDoor frees items that the hub has held for 30 days, or that
// are more than 64 MB back.
func (v *Vault) dropReceiptedAtDoor(now time.Time) error {
	head := v.items.Head().Seq
	first := v.items.First()
	oldest, err := v.items.Items(first-1, 1)
	if err != nil || len(oldest) == 0 {
		return err
	}
	var before uint64
	if span := uint64(keepReceiptedBytes / (len(oldest[0].Body) + itemOverhead)); head > span {
		before = head - span
	}
	if limit := now.Add(-keepReceipted).UnixMilli(); oldest[0].Times.Wall < limit {
		at, err := v.firstAfter(first, head, limit)
		if err != nil {
			return err
		}
		before = max(before, at)
	}
	if before <= first {
		return nil
	}
	if err := v.mayFreeAtDoor(&v.marks.ItemsFirst, before); err != nil {
		return err
	}
	return v.items.Drop(before)
}

// firstAfter finds the first item made after a moment, by halving.
func (v *Vault) firstAfter(from, to uint64, limit int64) (uint64, error) {
	for from < to {
		mid := from + (to-from)/2
		it, err := v.items.Items(mid-1, 1)
		if err != nil || len(it) == 0 {
			return from, err
		}
		if it[0].Times.Wall < limit {
			from = mid + 1
		} else {
			to = mid
		}
	}
	return from, nil
}
