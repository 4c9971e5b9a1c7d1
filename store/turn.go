package store

import (
	"fmt"
	"time"

	"satchel/store/audit"
	"satchel/store/canon"
	"satchel/store/seal"
)

// The device master key and the epoch key are turned over at the first unlock
// after a person was removed, and monthly: who kept a copy of them opens
// nothing that came later. It needs no passphrase but that of whoever unlocks,
// for the new key is boxed to everybody's public key.

// setOwnLocked keeps changed settings for the next save; door and mu are held.
func (v *Vault) setOwnLocked(o own) error {
	encoded, err := canon.Marshal(o, ownLimits)
	if err != nil {
		return fmt.Errorf("keeping the vault's settings: %w", err)
	}
	v.own, v.content.Own = o, encoded
	return nil
}

func (v *Vault) setOwn(o own) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.setOwnLocked(o)
}

func (v *Vault) turnDue() bool {
	return v.own.TurnDue || v.Now().Sub(millis(v.own.TurnedAt)) >= turnEvery
}

// turnAtDoor puts a new DMK and a new EK in force, and keeps the old EKs under
// the new DMK until no inner part is under them.
func (v *Vault) turnAtDoor(u *userTier, private []byte) error {
	dmk, ek := seal.NewKey(), seal.NewKey()
	defer dmk.Wipe()
	next := *v.content
	next.DMKGeneration++
	next.DMKCommitment = seal.CommitDMK(&dmk, next.DMKGeneration)
	next.UserTier = seal.SealUserTier(&dmk, private)
	next.EpochKeys = nil
	for gen, old := range u.eks {
		next.EpochKeys = append(next.EpochKeys, seal.SealEpochKey(&dmk, old, gen))
	}
	next.EpochKeys = append(next.EpochKeys, seal.SealEpochKey(&dmk, &ek, u.ek+1))
	next.Slots = nil
	for _, s := range v.content.Slots {
		boxed, err := seal.BoxKey(&s.Public, &dmk)
		if err != nil {
			return err
		}
		s.DMK = boxed
		next.Slots = append(next.Slots, s)
	}
	if next.Recovery != [32]byte{} {
		boxed, err := seal.BoxForRecovery(&next.Recovery, &dmk, v.id, next.DMKGeneration)
		if err != nil {
			return err
		}
		next.RecoveryDMK = boxed
	}
	if err := v.adopt(next); err != nil {
		return fmt.Errorf("turning the keys over: %w", err)
	}
	u.eks[u.ek+1] = &ek
	u.ek++
	_, err := v.enter(audit.Entry{Kind: audit.KindKeysTurned, Slot: u.slot, Decision: "dmk-ek"}, audit.ClassOther)
	return err
}

// adopt puts changed content in force when it is durable, and leaves things as
// they are when it is not.
func (v *Vault) adopt(next seal.Content) error {
	before, own := *v.content, v.own
	now := v.Now().UnixMilli()
	v.mu.Lock()
	*v.content = next
	o := v.own
	o.TurnDue, o.TurnedAt = false, now
	err := v.setOwnLocked(o)
	v.mu.Unlock()
	if err == nil {
		_, err = v.saveKeysAtDoor()
	}
	if err != nil && v.content.Journal == before.Journal {
		v.mu.Lock()
		defer v.mu.Unlock()
		*v.content, v.own = before, own
	}
	return err
}

// dropOldEpochKeysAtDoor forgets the epoch keys that no inner part is under any
// more.
func (v *Vault) dropOldEpochKeysAtDoor(u *userTier) error {
	if len(v.content.EpochKeys) < 2 {
		return nil
	}
	kept := v.content.EpochKeys[:0:0]
	for _, e := range v.content.EpochKeys {
		if e.Generation == u.ek {
			kept = append(kept, e)
		}
	}
	before := v.content.EpochKeys
	v.content.EpochKeys = kept
	if _, err := v.saveKeysAtDoor(); err != nil {
		v.content.EpochKeys = before
		return fmt.Errorf("forgetting an epoch key: %w", err)
	}
	u.use.Lock()
	defer u.use.Unlock()
	for gen, k := range u.eks {
		if gen != u.ek {
			k.Wipe()
			delete(u.eks, gen)
		}
	}
	return nil
}

// turnEvery is how long a DMK and an EK serve.
const turnEvery = 30 * 24 * time.Hour
