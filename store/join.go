package store

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
)

// Join makes the place of somebody the hub invited: with the one-time code that
// the admin gave them, they make their own passphrase or PIN here. The place is
// PlaceWaiting until the next unlock by anybody gives it the device master key,
// or an answer to a request for recovery does. Tries at the code count as at
// unlocking. The secret is wiped. Errors: ErrNoPerson, *WeakError,
// *JoinCodeError (which is ErrJoinCode), *UnlockRefusedError.
func (v *Vault) Join(_ context.Context, slot identity.SlotID, code string, secret Secret) error {
	defer clear(secret.Text)
	v.unlocking.Lock()
	defer v.unlocking.Unlock()
	if err := v.join(slot, code, secret); err != nil {
		return fmt.Errorf("joining: %w", err)
	}
	v.tell(PeopleChanged{}, WaitingChanged{})
	return nil
}

func (v *Vault) join(id identity.SlotID, code string, secret Secret) error {
	a, limiter, err := v.invitation(id)
	if err != nil {
		return err
	}
	if err := v.CheckSecret(secret, a.credential.Value.Name); err != nil {
		return err
	}
	if err := v.tryCode(id, a, code); err != nil {
		return err
	}
	info, err := a.info().encode()
	if err != nil {
		return err
	}
	made, person, err := seal.NewSlot(id, info, secret.sealed(limiter), v.cfg.Argon2)
	clear(person.Private[:])
	if err != nil {
		return fmt.Errorf("making a place: %w", err)
	}
	v.door.Lock()
	defer v.door.Unlock()
	if now, _, err := v.invitationAtDoor(id); err != nil || now.join != a.join {
		return errors.Join(err, ErrNoPerson, v.forgetPINsAtDoor()) // ended, or made anew, meanwhile
	}
	return v.changeAtDoor(func(c *keyChange) error {
		c.dropJoined(id)
		c.content.Pending = append(c.content.Pending, seal.Pending{Slot: made, Code: a.join, Asked: v.Now().UnixMilli()})
		c.forgetAttempts(id)
		c.owe(audit.KindSlotAdded, id, "joined")
		return nil
	})
}

func (v *Vault) invitation(id identity.SlotID) (admission, seal.Limiter, error) {
	v.door.Lock()
	defer v.door.Unlock()
	return v.invitationAtDoor(id)
}

func (v *Vault) invitationAtDoor(id identity.SlotID) (admission, seal.Limiter, error) {
	if err := v.usable(); err != nil {
		return admission{}, nil, err
	}
	v.mu.Lock()
	a, ok := v.admissionsLocked()[id]
	suspended := v.suspendedLocked()
	v.mu.Unlock()
	switch {
	case !ok || !v.invitedAtDoor(id, a):
		return admission{}, nil, ErrNoPerson
	case suspended:
		return admission{}, nil, &UnlockRefusedError{Reason: DeviceSuspended}
	}
	return a, v.limiterAtDoor(), nil
}

// tryCode counts a try and compares the code.
func (v *Vault) tryCode(id identity.SlotID, a admission, code string) error {
	if err := fact.CheckJoinCode(code); err != nil {
		v.door.Lock()
		defer v.door.Unlock()
		tries := v.attempts(id, a.join)
		return &JoinCodeError{Left: maxTries - int(tries.Failed), Wait: v.waitAtDoor(tries)}
	}
	refused, err := v.codeTried(id, a, code)
	if err != nil || refused == nil {
		return err
	}
	why := "wrong-code"
	if !refused.Tried {
		why = "waiting"
	}
	return errors.Join(refused, v.enterRefusedUnlock(id, why, uint32(maxTries-refused.Left)))
}

func (v *Vault) codeTried(id identity.SlotID, a admission, code string) (*JoinCodeError, error) {
	v.door.Lock()
	defer v.door.Unlock()
	_, err := v.tryAtDoor(id, a.join)
	if early, ok := errors.AsType[*WrongPassphraseError](err); ok {
		return &JoinCodeError{Left: early.Left, Wait: early.Wait}, nil
	}
	if _, spent := errors.AsType[*SlotGoneError](err); spent {
		return &JoinCodeError{}, nil
	}
	if err != nil {
		return nil, err
	}
	hash := fact.JoinHash(id, code)
	if subtle.ConstantTimeCompare(hash[:], a.join[:]) == 1 {
		return nil, nil
	}
	tries := v.attempts(id, a.join)
	return &JoinCodeError{Left: maxTries - int(tries.Failed), Wait: v.waitAtDoor(tries), Tried: true}, nil
}

// ErrJoinCode says that a joining code was not right. *JoinCodeError says how
// many tries are left; after the last the admin has to invite anew.
var ErrJoinCode = errors.New("the joining code is not right")

// JoinCodeError is ErrJoinCode with what is left.
type JoinCodeError struct {
	Left  int           // tries left before the invitation is spent
	Wait  time.Duration // before the next try is taken
	Tried bool          // whether this one was compared at all
}

func (e *JoinCodeError) Error() string {
	switch {
	case e.Left <= 0:
		return "too many wrong joining codes: a new invitation is needed"
	case !e.Tried && e.Wait > 0:
		return fmt.Sprintf("wait %s before the next try", e.Wait.Round(time.Second))
	case !e.Tried:
		return "a joining code has ten letters and digits"
	}
	return fmt.Sprintf("%s: %d tries left", ErrJoinCode, e.Left)
}

// Is makes errors.Is find ErrJoinCode.
func (e *JoinCodeError) Is(target error) bool { return target == ErrJoinCode }

func (c *keyChange) dropJoined(id identity.SlotID) {
	c.content.Pending = withoutPending(c.content.Pending, func(p *seal.Pending) bool { return p.Slot.ID == id && p.Joined() })
}

// dropRecovery gives up a place's recovery under way, and its counter.
func (c *keyChange) dropRecovery(id identity.SlotID) {
	if p := pendingOf(c.content.Pending, id, false); p != nil {
		c.forgetAttempts(counterOf(p))
	}
	c.content.Pending = withoutPending(c.content.Pending, func(p *seal.Pending) bool { return p.Slot.ID == id && !p.Joined() })
}
