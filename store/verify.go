package store

import (
	"context"
	"errors"
	"fmt"

	"satchel/store/identity"
)

// Verify tells whether a look at a record would find its content: it reads,
// authenticates, opens and decompresses the newest version that is held, as a
// look does, and overwrites the bytes. It shows nobody anything, so no decision
// is asked for and nothing is entered. What does not open is marked missing and
// fetched again. Errors: ErrLocked, ErrNotHeld, ErrMissing,
// ErrNewerRecord.
func (s *Session) Verify(ctx context.Context, h identity.Handle) error {
	if err := s.verify(ctx, h); err != nil {
		return fmt.Errorf("verifying a record: %w", err)
	}
	return nil
}

func (s *Session) verify(ctx context.Context, h identity.Handle) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.over() {
		return ErrLocked
	}
	row, ver, err := s.v.stillHeld(h, 0)
	if err != nil {
		return err
	}
	raw, _, err := s.v.openRecord(s.user, &row, &ver)
	clear(raw)
	if err == nil || errors.Is(err, ErrLocked) || errors.Is(err, ErrNewerRecord) {
		return err
	}
	s.v.lost(h, ver.Ver, err)
	return fmt.Errorf("%w: %w", ErrMissing, err)
}
