package store

import (
	"context"
	"fmt"

	"satchel/store/audit"
	"satchel/store/seal"
)

// ChangeSecret puts a new passphrase or PIN in the place of the old one, which is
// asked for once more and counts as at unlocking. The person's key is new too, so
// that who learned the old secret and keeps an old copy of the folder opens
// nothing that is boxed later. Both secrets are wiped. Errors: ErrLocked,
// *WeakError, *WrongPassphraseError, *SlotGoneError.
func (s *Session) ChangeSecret(_ context.Context, old, fresh Secret) error {
	defer clear(old.Text)
	defer clear(fresh.Text)
	s.v.unlocking.Lock()
	defer s.v.unlocking.Unlock()
	if err := s.changeSecret(old.Text, fresh); err != nil {
		return fmt.Errorf("changing a passphrase: %w", err)
	}
	s.v.tell(PeopleChanged{}, WaitingChanged{})
	return nil
}

func (s *Session) changeSecret(old []byte, fresh Secret) error {
	if s.over() {
		return ErrLocked
	}
	v, id := s.v, s.person.Slot
	if err := v.CheckSecret(fresh, s.person.Name); err != nil {
		return err
	}
	w, err := v.writeTry(id)
	if err != nil {
		return err
	}
	key, err := v.open(w, old)
	if err != nil {
		return err
	}
	defer clear(key.Private[:])
	kind := "passphrase"
	if fresh.PIN {
		kind = "pin"
	}
	made, person, err := seal.NewSlot(id, nil, fresh.sealed(w.limiter), v.cfg.Argon2)
	clear(person.Private[:])
	if err != nil {
		return fmt.Errorf("making a place: %w", err)
	}
	v.door.Lock()
	defer v.door.Unlock()
	return v.changeAtDoor(func(c *keyChange) error {
		now := slotOf(c.content.Slots, id)
		if now == nil || now.Public != key.Public {
			return ErrNoPerson // removed meanwhile
		}
		dmk, err := seal.OpenDMK(key, now.DMK, c.content.DMKCommitment, c.content.DMKGeneration)
		if err != nil {
			return &DamagedError{File: seal.KeysDir, What: "the device master key does not open", Err: err}
		}
		defer dmk.Wipe()
		made.Info = now.Info
		if made.DMK, err = seal.BoxKey(&made.Public, &dmk); err != nil {
			return err
		}
		*now = made
		c.dropRecovery(id)
		c.cameIn(id, v.Now())
		c.owe(audit.KindPassphraseChanged, id, kind)
		return nil
	})
}
