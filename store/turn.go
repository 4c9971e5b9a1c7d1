package store

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"satchel/store/audit"
	"satchel/store/canon"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
)

// The device master key and the epoch key are turned over at the first unlock
// after a person was removed or the hub ordered it, and monthly: who kept a copy
// of them opens nothing that came later. It needs no passphrase but that of
// whoever unlocks, for the new key is boxed to everybody's public key. The device
// share turns with every generation of the key file, and monthly.

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

// turnDue tells whether DMK and EK are to be new: somebody was removed, the hub
// ordered it, a month is over, or the organisation's recovery key is another.
func (v *Vault) turnDue() bool {
	return v.own.TurnDue || v.monthOld(v.own.TurnedAt) || v.recoveryKey() != v.content.Recovery
}

// monthOld tells whether a key has served its time. One that a wrong clock dated
// more than that ahead has served for nobody knows how long.
func (v *Vault) monthOld(made int64) bool { return v.Now().Sub(millis(made)).Abs() >= turnEvery }

// recoveryKey is the organisation's recovery key, as its newest certificate says;
// one that names none leaves the former.
func (v *Vault) recoveryKey() [32]byte {
	v.mu.Lock()
	defer v.mu.Unlock()
	if k := v.cert.Value.Recovery; k != [32]byte{} {
		return k
	}
	return v.content.Recovery
}

// settleAtDoor makes what an unlock calls for, as one change: a recovery takes
// its place; who joined gets the master key; a slot whose costs policy raised is
// made anew; DMK and EK turn over.
func (v *Vault) settleAtDoor(o *opening, dmk *seal.Key, u *userTier, private []byte) error {
	grants := v.toGrantAtDoor(o)
	own := v.slot(o.id)
	raise := o.recovery == nil && own.Params.Weaker(v.cfg.Argon2)
	turn := v.turnDue()
	if o.recovery == nil && len(grants) == 0 && !raise && !turn && v.recovery(o.id) == nil {
		return nil
	}
	var ek seal.Key
	err := v.changeAtDoor(func(c *keyChange) error {
		if err := v.restore(c, o, dmk); err != nil {
			return err
		}
		if err := grant(c, grants, dmk); err != nil {
			return err
		}
		if raise {
			if err := v.remake(c, o); err != nil {
				return err
			}
		}
		if !turn {
			return nil
		}
		ek = seal.NewKey()
		return v.turnKeys(c, u, private, &ek)
	})
	if err != nil {
		ek.Wipe()
		return fmt.Errorf("settling the keys: %w", err)
	}
	if turn {
		u.eks[u.ek+1] = &ek
		u.ek++
	}
	return nil
}

// restore puts the place that was recovered where the old slot was. A person who
// unlocks with the old secret needs no recovery: a request that somebody else
// made in that name ends here.
func (v *Vault) restore(c *keyChange, o *opening, dmk *seal.Key) error {
	if o.recovery == nil {
		c.dropRecovery(o.id)
		return nil
	}
	info, err := v.infoAtDoor(o.id)
	if err != nil {
		return err
	}
	s := o.recovery.Slot
	if s.Info, err = info.encode(); err != nil {
		return err
	}
	if s.DMK, err = seal.BoxKey(&s.Public, dmk); err != nil {
		return err
	}
	c.dropRecovery(o.id)
	c.dropJoined(o.id)
	c.cameIn(o.id, v.Now())
	c.putSlot(s)
	c.owe(audit.KindRecovered, o.id, "")
	return nil
}

// putSlot puts a slot in the place of the one with its id, or adds it.
func (c *keyChange) putSlot(s seal.Slot) {
	if old := slotOf(c.content.Slots, s.ID); old != nil {
		*old = s
		return
	}
	c.content.Slots = append(c.content.Slots, s)
}

// toGrantAtDoor gives who joined and may have the master key: the hub's word for
// them is in force.
func (v *Vault) toGrantAtDoor(o *opening) []identity.SlotID {
	now := v.Now()
	var out []identity.SlotID
	for i := range v.content.Pending {
		p := &v.content.Pending[i]
		if !p.Joined() || p.Slot.ID == o.id || v.invitedHere(p.Slot.ID) {
			continue
		}
		info, err := decodeSlotInfo(p.Slot.Info)
		if err != nil {
			continue
		}
		if who, approved, err := info.person(p.Slot.ID); err == nil && approved && lapsed(who, now) == nil {
			out = append(out, p.Slot.ID)
		}
	}
	return out
}

// grant makes slots of places that joined.
func grant(c *keyChange, ids []identity.SlotID, dmk *seal.Key) error {
	for _, id := range ids {
		s := pendingOf(c.content.Pending, id, true).Slot
		var err error
		if s.DMK, err = seal.BoxKey(&s.Public, dmk); err != nil {
			return err
		}
		c.dropJoined(id)
		c.dropRecovery(id)
		c.forgetAttempts(id)
		c.putSlot(s)
		c.owe(audit.KindSlotAdded, id, "given-keys")
	}
	return nil
}

// remake makes the slot of whoever unlocks anew, at the costs of today.
func (v *Vault) remake(c *keyChange, o *opening) error {
	s := slotOf(c.content.Slots, o.id)
	limiter := o.limiter
	if s.PIN == (seal.PINID{}) {
		limiter = nil
	}
	again, err := seal.NewSlotFor(o.id, o.key, s.Info, seal.Secret{Text: append([]byte(nil), o.secret...), Limiter: limiter}, v.cfg.Argon2)
	if err != nil {
		return err
	}
	again.DMK = s.DMK
	*s = again
	return nil
}

// turnKeys puts a new DMK and a new EK in force, and keeps the old EKs under the
// new DMK until no inner part is under them. Requests for recovery are stale
// from here on.
func (v *Vault) turnKeys(c *keyChange, u *userTier, private []byte, ek *seal.Key) error {
	dmk := seal.NewKey()
	defer dmk.Wipe()
	next := &c.content
	next.DMKGeneration++
	next.DMKCommitment = seal.CommitDMK(&dmk, next.DMKGeneration)
	next.UserTier = seal.SealUserTier(&dmk, private)
	next.EpochKeys = nil
	for _, gen := range slices.Sorted(maps.Keys(u.eks)) {
		next.EpochKeys = append(next.EpochKeys, seal.SealEpochKey(&dmk, u.eks[gen], gen))
	}
	next.EpochKeys = append(next.EpochKeys, seal.SealEpochKey(&dmk, ek, u.ek+1))
	for i := range next.Slots {
		s := &next.Slots[i]
		if s.Gone() {
			continue
		}
		boxed, err := seal.BoxKey(&s.Public, &dmk)
		if err != nil {
			return err
		}
		s.DMK = boxed
	}
	next.Recovery = v.recoveryKey()
	if next.Recovery != [32]byte{} {
		boxed, err := seal.BoxForRecovery(&next.Recovery, &dmk, v.id, next.DMKGeneration)
		if err != nil {
			return err
		}
		next.RecoveryDMK = boxed
	}
	c.own.TurnDue, c.own.TurnedAt = false, v.Now().UnixMilli()
	c.owe(audit.KindKeysTurned, u.slot, "dmk-ek")
	return nil
}

// dropOldEpochKeysAtDoor forgets the epoch keys that no inner part is under any
// more.
func (v *Vault) dropOldEpochKeysAtDoor(u *userTier) error {
	if len(v.content.EpochKeys) < 2 {
		return nil
	}
	if err := v.changeAtDoor(func(c *keyChange) error {
		c.content.EpochKeys = slices.DeleteFunc(c.content.EpochKeys, func(e seal.EpochKey) bool { return e.Generation != u.ek })
		return nil
	}); err != nil {
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

// turnOrderedAtDoor takes up the hub's orders to turn the keys, after a loss
// report, that were not carried out: the caller saves, which turns the device
// share, and the next unlock turns DMK and EK. It tells whether there were any.
func (v *Vault) turnOrderedAtDoor() (bool, error) {
	o, ordered := v.own, false
	o.Turned, o.Owed = slices.Clone(o.Turned), slices.Clone(o.Owed)
	v.mu.Lock()
	for _, id := range v.cohortIDsLocked() {
		c := v.cohorts[id]
		if c == nil {
			continue
		}
		hash, any := c.turns[v.id]
		if !any || slices.Contains(o.Turned, turned{id, hash}) {
			continue
		}
		o.Turned = append(slices.DeleteFunc(o.Turned, func(t turned) bool { return t.Cohort == id }), turned{id, hash})
		ordered = true
	}
	v.mu.Unlock()
	if !ordered {
		return false, nil
	}
	o.TurnDue = true
	o.Owed = append(o.Owed, owedEntry{Kind: string(audit.KindKeysTurned), Why: "share-" + fact.Turn})
	return true, v.setOwn(o)
}

// turnShareAtDoor turns the device share when it has served a month.
func (v *Vault) turnShareAtDoor() error {
	if !v.monthOld(v.own.ShareAt) {
		return nil
	}
	return v.changeAtDoor(func(c *keyChange) error {
		c.owe(audit.KindKeysTurned, identity.SlotID{}, "share-monthly")
		return nil
	})
}

// turnEvery is how long a device share, a DMK and an EK serve.
const turnEvery = 30 * 24 * time.Hour
