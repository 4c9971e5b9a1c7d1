package store

import (
	"context"
	"fmt"

	"satchel/store/seal"
)

// Reauthenticate asks for the passphrase or PIN once more, as break-glass does
// (R24). A wrong one counts as at unlocking, waits included. It is wiped.
func (s *Session) Reauthenticate(_ context.Context, secret []byte) error {
	defer clear(secret)
	s.v.unlocking.Lock()
	defer s.v.unlocking.Unlock()
	if err := s.reauthenticate(secret); err != nil {
		return fmt.Errorf("asking for the passphrase again: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reauthd = s.v.Now()
	return nil
}

func (s *Session) reauthenticate(secret []byte) error {
	if s.over() {
		return ErrLocked
	}
	w, err := s.v.writeTry(s.person.Slot)
	if err != nil {
		return err
	}
	key, err := s.v.open(w, secret)
	clear(key.Private[:])
	if err != nil {
		return err
	}
	s.v.door.Lock()
	defer s.v.door.Unlock()
	return s.v.writeAttempt(seal.Attempt{Slot: s.person.Slot})
}
