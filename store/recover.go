package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"satchel/store/audit"
	"satchel/store/identity"
	"satchel/store/seal"
)

// A person whose passphrase is forgotten, or whose place went after ten wrong
// tries, makes a new one and a request with it (protocol, rule 14). The holder
// of the organisation's recovery key makes sure who asks, and answers with the
// device master key, boxed to the key that lies under the new passphrase. So the
// answer is of no use to anybody else, and it is opened by unlocking with the
// new passphrase: only then does the old slot go.

var (
	// ErrAnswer says that an answer is not for a request of this device, or
	// not from its organisation. Ask for the answer to the request shown.
	ErrAnswer = errors.New("the answer is not for a request of this device")
	// ErrAnswerStale says that the keys have turned since the request was
	// made. Ask anew.
	ErrAnswerStale = errors.New("the keys have turned since the request was made")
	// ErrNoRecovery says that the device was enrolled without a recovery key.
	// Enrol it anew.
	ErrNoRecovery = errors.New("this device has no recovery key")
	// ErrInvited says that the person has not joined yet. Join with the code,
	// or ask for a new invitation.
	ErrInvited = errors.New("the person has not joined yet")
	// ErrNotReady says that the place has no keys yet. A colleague's unlock or
	// an admin's answer gives them.
	ErrNotReady = errors.New("the place waits for a colleague's unlock or an admin's answer")
)

// RequestRecovery makes a new passphrase or PIN and a request for the holder of
// the recovery key, as text; it stands over restarts and replaces an earlier one
// of that place. Until the answer is taken everything is as before. The secret
// is wiped. Errors: ErrNoPerson, ErrInvited, ErrNoRecovery, *WeakError,
// *UnlockRefusedError.
func (v *Vault) RequestRecovery(_ context.Context, slot identity.SlotID, secret Secret) (string, error) {
	defer clear(secret.Text)
	v.unlocking.Lock()
	defer v.unlocking.Unlock()
	text, err := v.requestRecovery(slot, secret)
	if err != nil {
		return "", fmt.Errorf("asking for recovery: %w", err)
	}
	v.tell(PeopleChanged{}, WaitingChanged{})
	return text, nil
}

func (v *Vault) requestRecovery(id identity.SlotID, secret Secret) (string, error) {
	info, limiter, err := v.recoverable(id)
	if err != nil {
		return "", err
	}
	if err := v.CheckSecret(secret, info.Name); err != nil {
		return "", err
	}
	made, person, err := seal.NewSlot(id, nil, secret.sealed(limiter), v.cfg.Argon2)
	clear(person.Private[:])
	if err != nil {
		return "", fmt.Errorf("making a place: %w", err)
	}
	v.door.Lock()
	defer v.door.Unlock()
	if _, err := v.recoverableAtDoor(id); err != nil {
		return "", errors.Join(err, v.forgetPINsAtDoor()) // ended meanwhile
	}
	request, err := seal.SignRecovery(v.device, seal.RecoveryRequest{
		ID: [16]byte(identity.Random[identity.SlotID]()), Slot: id, Public: made.Public,
		Generation: v.content.DMKGeneration, DMK: v.content.RecoveryDMK,
	})
	if err != nil {
		return "", err
	}
	text := request.Text()
	return text, v.changeAtDoor(func(c *keyChange) error {
		c.dropRecovery(id)
		c.content.Pending = append(c.content.Pending, seal.Pending{Slot: made, Request: text, Asked: v.Now().UnixMilli()})
		c.owe(audit.KindRecoveryAsked, id, "")
		return nil
	})
}

func (v *Vault) recoverable(id identity.SlotID) (slotInfo, seal.Limiter, error) {
	v.door.Lock()
	defer v.door.Unlock()
	info, err := v.recoverableAtDoor(id)
	return info, v.limiterAtDoor(), err
}

// recoverableAtDoor tells whether a place may be asked for: it is or was there,
// or its invitation is spent.
func (v *Vault) recoverableAtDoor(id identity.SlotID) (slotInfo, error) {
	if err := v.usable(); err != nil {
		return slotInfo{}, err
	}
	info, err := v.infoAtDoor(id)
	if err != nil {
		return info, err
	}
	v.mu.Lock()
	a := v.admissionsLocked()[id]
	suspended := v.suspendedLocked()
	v.mu.Unlock()
	switch {
	case suspended:
		return info, &UnlockRefusedError{Reason: DeviceSuspended}
	case len(v.content.RecoveryDMK) == 0:
		return info, ErrNoRecovery
	case v.slot(id) == nil && v.joined(id) == nil && v.attempts(id, a.join).Failed < maxTries:
		return info, ErrInvited
	}
	return info, nil
}

// Recovery gives the request under way of a place, and when it was made.
func (v *Vault) Recovery(slot identity.SlotID) (request string, at time.Time, ok bool) {
	v.door.Lock()
	defer v.door.Unlock()
	p := v.recovery(slot)
	if p == nil {
		return "", time.Time{}, false
	}
	return p.Request, millis(p.Asked), true
}

// TakeRecovery takes the answer to a request of this device, and says whose it
// is: that person then unlocks with the secret made for the request, which opens
// the answer, puts the new slot in place of the old one and forgets the wrong
// tries. The old secret opens the place until then, and gives the request up.
// Errors: seal.ErrRecoveryText (it says which line), ErrAnswer, ErrAnswerStale.
func (v *Vault) TakeRecovery(_ context.Context, answer string) (identity.SlotID, error) {
	v.unlocking.Lock()
	defer v.unlocking.Unlock()
	id, err := v.takeRecovery(answer)
	if err != nil {
		return id, fmt.Errorf("taking an answer: %w", err)
	}
	v.tell(PeopleChanged{})
	return id, nil
}

func (v *Vault) takeRecovery(text string) (identity.SlotID, error) {
	answer, err := seal.ParseRecoveryAnswer(text)
	if err != nil {
		return identity.SlotID{}, err
	}
	v.door.Lock()
	defer v.door.Unlock()
	for i := range v.content.Pending {
		p := &v.content.Pending[i]
		if p.Joined() {
			continue
		}
		request, err := seal.ParseRecoveryRequest(p.Request)
		if err != nil {
			return identity.SlotID{}, &DamagedError{File: seal.KeysDir, What: "a request for recovery makes no sense", Err: err}
		}
		if request.ID != answer.ID {
			continue
		}
		if request.Generation != v.content.DMKGeneration {
			return p.Slot.ID, ErrAnswerStale
		}
		return p.Slot.ID, v.changeAtDoor(func(c *keyChange) error {
			c.content.Pending[i].Answer = answer.Text()
			return nil
		})
	}
	return identity.SlotID{}, ErrAnswer
}

// recovered opens the device master key that an answer holds.
func (v *Vault) recovered(p *seal.Pending, person identity.X25519Key) (seal.Key, error) {
	request, err := seal.ParseRecoveryRequest(p.Request)
	if err != nil {
		return seal.Key{}, err
	}
	answer, err := seal.ParseRecoveryAnswer(p.Answer)
	if err != nil {
		return seal.Key{}, err
	}
	c := v.content
	if request.Generation != c.DMKGeneration {
		return seal.Key{}, ErrAnswerStale
	}
	dmk, err := seal.OpenRecovery(c.Recovery, person, request, answer)
	if err != nil {
		return seal.Key{}, errors.Join(ErrAnswer, err)
	}
	if seal.CommitDMK(&dmk, c.DMKGeneration) != c.DMKCommitment {
		dmk.Wipe()
		return seal.Key{}, errors.Join(ErrAnswer, seal.ErrCommitment)
	}
	return dmk, nil
}
