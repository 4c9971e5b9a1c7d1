package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"satchel/store/identity"
	"satchel/store/seal"
)

// A try is written down and synced before the secret is stretched, so that
// switching off wins none; waits are 1, 2, 4 s and so on from the latest, over
// restarts; the tenth wrong one is the last. Passphrases and PINs of a slot,
// those of a recovery under way, and joining codes are counted each on their
// own: a request for recovery wins no further tries at the slot.

// counterOf is under which name the tries at a recovery's secret are counted.
func counterOf(p *seal.Pending) identity.SlotID {
	h := sha256.Sum256([]byte("satchel/recovery-tries/1\x00" + p.Request))
	return identity.SlotID(h[:16])
}

// attempts gives the wrong tries since the last right one: of a joining code
// those at that code alone.
func (v *Vault) attempts(slot identity.SlotID, code [32]byte) seal.Attempt {
	for _, a := range v.content.Attempts {
		if a.Slot == slot && a.Code == code {
			return a
		}
	}
	return seal.Attempt{Slot: slot, Code: code}
}

func (v *Vault) setAttempt(a seal.Attempt) {
	for i := range v.content.Attempts {
		if v.content.Attempts[i].Slot == a.Slot {
			v.content.Attempts[i] = a
			return
		}
	}
	v.content.Attempts = append(v.content.Attempts, a)
}

// forgetAttempts drops the counters of places that are gone.
func (c *keyChange) forgetAttempts(slot identity.SlotID) {
	kept := c.content.Attempts[:0:0]
	for _, a := range c.content.Attempts {
		if a.Slot != slot {
			kept = append(kept, a)
		}
	}
	c.content.Attempts = kept
}

// cameIn drops a slot's counters, and remembers when its secret was right.
func (c *keyChange) cameIn(slot identity.SlotID, now time.Time) {
	c.forgetAttempts(slot)
	c.content.Attempts = append(c.content.Attempts, seal.Attempt{Slot: slot, Last: now.UnixMilli()})
}

// waitAtDoor is how much longer a wait lasts. Where the clock was set back since
// the try, the wait begins anew: it is never won, and never longer than once.
func (v *Vault) waitAtDoor(a seal.Attempt) time.Duration {
	if a.Failed == 0 {
		return 0
	}
	now := v.Now()
	if millis(a.Last).After(now) {
		a.Last = now.UnixMilli()
		v.setAttempt(a)
	}
	wait := min(time.Second<<min(a.Failed-1, 16), maxWait)
	return min(wait, max(0, millis(a.Last).Add(wait).Sub(now)))
}

// tryAtDoor writes a try down; it gives the counter as it was before.
func (v *Vault) tryAtDoor(id identity.SlotID, code [32]byte) (before seal.Attempt, err error) {
	a := v.attempts(id, code)
	before = a
	if a.Failed >= maxTries {
		return before, &SlotGoneError{id}
	}
	if wait := v.waitAtDoor(a); wait > 0 {
		return before, &WrongPassphraseError{Left: maxTries - int(a.Failed), Wait: wait}
	}
	a.Failed, a.Last = a.Failed+1, v.Now().UnixMilli()
	return before, v.writeAttempt(a)
}

func (v *Vault) writeAttempt(a seal.Attempt) error {
	b, err := encodeAttempt(a)
	if err != nil {
		return err
	}
	if err := v.keepInKeyLogAtDoor(keyLogAttempt, b); err != nil {
		v.breaks(err)
		return err
	}
	v.setAttempt(a)
	return nil
}

// writeTry writes a try at a slot down and gives a copy of the slot and of the
// counter before. A try too early is entered as refused. Where all tries were
// written down and the slot is still there, the device was switched off before
// the last had an end: the slot goes now, and no further secret is tried.
func (v *Vault) writeTry(id identity.SlotID) (way, error) {
	w, err := v.beginTry(id)
	if early, ok := errors.AsType[*WrongPassphraseError](err); ok {
		return w, errors.Join(err, v.enterRefusedUnlock(id, "waiting", uint32(maxTries-early.Left)))
	}
	if _, ok := errors.AsType[*SlotGoneError](err); ok && !w.slot.Gone() {
		return w, v.wrongSecret(w)
	}
	return w, err
}

func (v *Vault) beginTry(id identity.SlotID) (way, error) {
	v.door.Lock()
	defer v.door.Unlock()
	if err := v.usable(); err != nil {
		return way{}, err
	}
	s := v.slot(id)
	switch {
	case s == nil && (v.joined(id) != nil || v.invitedHere(id)):
		return way{}, ErrNotReady
	case s == nil:
		return way{}, ErrNoPerson
	case s.Gone():
		return way{slot: *s}, &SlotGoneError{id}
	}
	before, err := v.tryAtDoor(id, [32]byte{})
	return way{id: id, counter: id, slot: *s, before: before, limiter: v.limiterAtDoor()}, err
}

func (v *Vault) invitedHere(id identity.SlotID) bool {
	v.mu.Lock()
	a, ok := v.admissionsLocked()[id]
	v.mu.Unlock()
	return ok && v.invitedAtDoor(id, a)
}

// way is one way into a place: its slot, or the recovery that was answered.
type way struct {
	id       identity.SlotID // the place
	counter  identity.SlotID // under which its tries are counted
	slot     seal.Slot
	before   seal.Attempt
	limiter  seal.Limiter
	recovery *seal.Pending // nil: the place's own slot
}

// open stretches the secret, which stays with the caller. What was no try of the
// person's is given back.
func (v *Vault) open(w way, secret []byte) (identity.X25519Key, error) {
	key, err := w.slot.Open(seal.Secret{Text: append([]byte(nil), secret...), Limiter: w.limiter})
	switch {
	case errors.Is(err, seal.ErrPassphrase):
		return key, v.wrongSecret(w)
	case errors.Is(err, seal.ErrPINLocked), errors.Is(err, seal.ErrNoPIN), errors.Is(err, seal.ErrShareUnavailable):
		v.door.Lock()
		defer v.door.Unlock()
		return key, errors.Join(err, v.writeAttempt(w.before))
	}
	return key, err
}

// wrongSecret enters the refusal, and destroys the slot, or gives the recovery
// up, after the tenth.
func (v *Vault) wrongSecret(w way) error {
	v.door.Lock()
	a := v.attempts(w.counter, [32]byte{})
	var events []Event
	var err error
	gone := a.Failed >= maxTries
	if gone && w.recovery != nil {
		err = v.changeAtDoor(func(c *keyChange) error {
			c.dropRecovery(w.id)
			return nil
		})
	} else if gone {
		events, err = v.eraseAtDoor(context.Background(), doom{stubs: []identity.SlotID{w.slot.ID}})
	}
	wait := v.waitAtDoor(a)
	v.door.Unlock()
	v.tell(events...)
	if gone {
		return errors.Join(&SlotGoneError{w.slot.ID}, err, v.enterRefusedUnlock(w.slot.ID, "slot-gone", a.Failed))
	}
	refused := &WrongPassphraseError{Left: maxTries - int(a.Failed), Wait: wait, Tried: true}
	return errors.Join(refused, v.enterRefusedUnlock(w.slot.ID, "wrong-passphrase", a.Failed))
}
