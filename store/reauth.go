package store

import (
	"context"
	"errors"
	"fmt"

	"satchel/store/seal"
)

// Reauthenticate asks for the passphrase once more, as break-glass does (R24).
// A wrong one counts as at unlocking, waits included. The passphrase is wiped.
func (s *Session) Reauthenticate(_ context.Context, passphrase []byte) error {
	defer clear(passphrase)
	s.v.unlocking.Lock()
	defer s.v.unlocking.Unlock()
	if err := s.reauthenticate(passphrase); err != nil {
		return fmt.Errorf("asking for the passphrase again: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reauthd = s.v.Now()
	return nil
}

func (s *Session) reauthenticate(passphrase []byte) error {
	if s.over() {
		return ErrLocked
	}
	slot, err := s.v.writeTry(s.person.Slot)
	if err != nil {
		return err
	}
	key, err := slot.Open(passphrase)
	clear(key.Private[:])
	if errors.Is(err, seal.ErrPassphrase) {
		return s.v.wrongPassphrase(s.person.Slot)
	}
	if err != nil {
		return err
	}
	s.v.door.Lock()
	defer s.v.door.Unlock()
	return s.v.writeAttempt(seal.Attempt{Slot: s.person.Slot})
}
