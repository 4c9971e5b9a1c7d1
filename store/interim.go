package store

import (
	"context"
	"errors"

	"satchel/store/fact"
	"satchel/store/identity"
)

var errInterim = errors.New("not joined yet")

func (v *Vault) openItems(context.Context) error                  { return nil }
func (v *Vault) closeJournals() error                             { return v.facts.Close() }
func (v *Vault) replayReceiptLocked([]byte) error                 { return nil }
func (v *Vault) replayCheckpointLocked([]byte) error              { return nil }
func (v *Vault) enterPurgedAtDoor(bool) error                     { return nil }
func (v *Vault) enterUnlocked(Person) (uint64, error)             { return 0, nil }
func (v *Vault) enterRefusedUnlock(identity.SlotID, string) error { return nil }
func (v *Vault) mayHoldLocked(*cohort, fact.RecordHeader) bool    { return true }
