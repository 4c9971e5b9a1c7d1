package store

import (
	"fmt"

	"satchel/store/audit"
)

// marks are what keys/state knows of the other files: where one must not have
// ended before, or begun after. They find what no checksum can: a file that was
// deleted, or cut between two entries. Owner: Vault.door and Vault.mu.
type marks struct {
	KeyLogGen  uint64 `cbor:"1,keyasint"` // generation of the key log
	KeyLogN    uint64 `cbor:"2,keyasint"` // frames in it
	ItemsFirst uint64 `cbor:"3,keyasint"` // items below may have been freed
	FactsFirst uint64 `cbor:"4,keyasint"` // facts below may have been freed
}

// marksLocked gives them as they are now.
func (v *Vault) marksLocked() marks {
	m := v.marks
	m.KeyLogGen, m.KeyLogN = v.keyLog.gen, v.keyLog.n
	return m
}

// mayFreeAtDoor says durably which entries are about to be freed: what goes
// without this was lost.
func (v *Vault) mayFreeAtDoor(which *uint64, before uint64) error {
	v.mu.Lock()
	*which = max(*which, before)
	v.mu.Unlock()
	return v.saveStateAtDoor()
}

// checkFactsBegin finds that the first facts are gone.
func (v *Vault) checkFactsBegin(j *audit.Journal) error {
	if j.First() > max(v.marks.FactsFirst, 1) {
		return &DamagedError{File: factsDir, What: fmt.Sprintf("what comes before entry %d is missing", j.First())}
	}
	return nil
}

// checkItemsBegin finds that entries are gone from the beginning of the chain.
func (v *Vault) checkItemsBegin(log *audit.Log) error {
	if log.First() > max(v.marks.ItemsFirst, v.own.First, 1) {
		return &DamagedError{File: v.itemsDir(), What: fmt.Sprintf("the entries before %d are missing", log.First())}
	}
	return nil
}

// keepInKeyLogAtDoor makes one frame durable. That a generation has a log at
// all is kept in the state, so that a log that vanished is missed.
func (v *Vault) keepInKeyLogAtDoor(kind byte, payload []byte) error {
	if err := v.stillOpen(); err != nil {
		return err
	}
	if err := v.withRoom(func() error { return v.keyLog.append(kind, payload) }); err != nil {
		return err
	}
	if v.keyLog.n > 1 {
		return nil
	}
	return v.saveStateAtDoor()
}
