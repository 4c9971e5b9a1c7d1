package store

import (
	"context"
	"fmt"

	"satchel/store/identity"
	"satchel/store/search"
)

// Find searches as one types, by number, name, birth date or postcode. It opens
// nothing but what the list shows, and enters nothing.
func (s *Session) Find(ctx context.Context, query string, limit int) (Results, error) {
	if err := ctx.Err(); err != nil {
		return Results{}, err
	}
	s.user.use.RLock()
	if s.user.gone {
		s.user.use.RUnlock()
		return Results{}, fmt.Errorf("searching: %w", ErrLocked)
	}
	got := s.user.index.Find(query, limit)
	s.user.use.RUnlock()
	out := Results{Rows: make([]Row, 0, len(got.Rows)), Total: got.Total, Understood: got.Understood}
	s.v.mu.Lock()
	defer s.v.mu.Unlock()
	for _, r := range got.Rows {
		if row, ok := s.v.listedLocked(r); ok {
			out.Rows = append(out.Rows, row)
		}
	}
	return out, nil
}

// Today gives the caseload by name, at most limit rows and at most 1,000.
func (s *Session) Today(ctx context.Context, limit int) (Results, error) {
	s.user.use.RLock()
	if s.user.gone {
		s.user.use.RUnlock()
		return Results{}, fmt.Errorf("listing: %w", ErrLocked)
	}
	handles := s.user.index.First(min(limit, maxFind))
	out := Results{Total: s.user.index.Len()}
	s.user.use.RUnlock()
	for _, h := range handles {
		if err := ctx.Err(); err != nil {
			return Results{}, err
		}
		if row, ok := s.row(h); ok {
			out.Rows = append(out.Rows, row)
		}
	}
	return out, nil
}

// row opens a newest version's inner part for a list.
func (s *Session) row(h identity.Handle) (Row, bool) {
	s.v.mu.Lock()
	r := s.v.table.get(h)
	if r == nil || len(r.Versions) == 0 {
		s.v.mu.Unlock()
		return Row{}, false
	}
	row, ver := *r, r.Versions[0]
	s.v.mu.Unlock()
	p, err := s.v.openInner(s.user, &row, &ver)
	if err != nil || !p.known {
		return Row{}, false
	}
	s.v.mu.Lock()
	defer s.v.mu.Unlock()
	listed, ok := s.v.listedLocked(search.Row{Person: p.person()})
	listed.State.Released = millis(p.released)
	return listed, ok
}

func (v *Vault) listedLocked(r search.Row) (Row, bool) {
	held := v.table.get(r.Handle)
	if held == nil || len(held.Versions) == 0 {
		return Row{}, false
	}
	c := v.anyCohortLocked(held.Cohort)
	ver := &held.Versions[0]
	state := RowState{
		Missing:    ver.State&(flagMissing|flagBadWrap) != 0,
		Hidden:     v.hiddenLocked(held, c),
		Restricted: len(c.gov.Directives(held.PID)) > 0,
		Withheld:   ver.State&flagWithheld != 0,
		LeaseEnds:  v.leaseEndsLocked(held, ver, c),
		Checked:    c.checked(),
		NotAfter:   millis(ver.NotAfter),
		Ver:        ver.Ver,
		Versions:   len(held.Versions),
	}
	state.Readable = !state.Missing && !state.Hidden && v.nowLocked().Before(state.LeaseEnds)
	return Row{Row: r, Cohort: held.Cohort, State: state}, true
}

// Row gives the list's word on one record: ErrNotHeld where it is not held any
// more, ErrMissing where its content is being fetched again.
func (s *Session) Row(h identity.Handle) (Row, error) {
	s.user.use.RLock()
	gone := s.user.gone
	s.user.use.RUnlock()
	if gone {
		return Row{}, fmt.Errorf("looking a record up: %w", ErrLocked)
	}
	if _, _, err := s.v.stillHeld(h, 0); err != nil {
		return Row{}, fmt.Errorf("looking a record up: %w", err)
	}
	row, ok := s.row(h)
	if !ok {
		return Row{}, fmt.Errorf("looking a record up: %w", ErrMissing)
	}
	return row, nil
}
