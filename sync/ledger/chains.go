package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"satchel/store/fact"
	"satchel/store/identity"
)

// Commit implements Ledger.
func (l *Local) Commit(ctx context.Context, change Change) error {
	if n := len(change.Members) + len(change.Governance) + len(change.Keys) + len(change.Notes); n == 0 {
		return nil
	} else if n > MaxChange {
		return fmt.Errorf("committing %d entries: %w", n, ErrTooLarge)
	}
	p := &proposal{
		scopes:  change.scopes(),
		prepare: func(now int64) ([][]byte, error) { return l.prepareChange(change, now) },
	}
	if err := l.submit(ctx, p); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	return nil
}

func (c Change) scopes() []any {
	var scopes []any
	if len(c.Members) > 0 {
		scopes = append(scopes, membershipScope{})
	}
	for _, g := range c.Governance {
		scopes = append(scopes, g.Cohort)
	}
	for _, k := range c.Keys {
		scopes = append(scopes, k.Value.Cohort)
	}
	for _, n := range c.Notes {
		scopes = append(scopes, noteScope{n.Kind, n.Key})
	}
	return scopes
}

// prepareChange checks all of a change before any of it is written.
func (l *Local) prepareChange(change Change, now int64) ([][]byte, error) {
	var ops [][]byte
	for _, part := range []func() ([][]byte, error){
		func() ([][]byte, error) { return l.prepareMembers(change.Members, now) },
		func() ([][]byte, error) { return l.prepareGovernance(change.Governance, now) },
		func() ([][]byte, error) { return l.prepareKeys(change.Keys) },
		func() ([][]byte, error) { return l.prepareNotes(change.Notes) },
	} {
		more, err := part()
		if err != nil {
			return nil, err
		}
		ops = append(ops, more...)
	}
	size := 0
	for _, op := range ops {
		size += len(op)
	}
	if size > maxProposal {
		return nil, ErrTooLarge
	}
	return ops, nil
}

// prepareMembers tries the entries on a membership that stands where ours
// does: whether an entry fits depends on its place and on who was revoked.
func (l *Local) prepareMembers(entries []fact.MemberEntry, now int64) ([][]byte, error) {
	trial := fact.NewMembership(l.cfg.Area)
	trial.Point = l.state.live.Point
	gone := map[identity.DeviceID]bool{}
	known := map[identity.DeviceID]bool{}
	var ops [][]byte
	for _, e := range entries {
		d := e.Member.Device
		was, ever := l.state.members[d]
		switch {
		case was.Revoked != 0 || gone[d]:
			return nil, fmt.Errorf("%w: the device was revoked", fact.ErrEntry)
		case e.Kind == fact.Revoke && !ever && !known[d]:
			return nil, fmt.Errorf("%w: the device to revoke was never enlisted", fact.ErrEntry)
		}
		gone[d], known[d] = e.Kind == fact.Revoke, true
		e.N, e.Time = trial.Point.N+1, now
		raw, err := fact.EncodeEntry(e)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", fact.ErrEntry, err)
		}
		if _, err := trial.Apply(raw); err != nil {
			return nil, err
		}
		ops = append(ops, encodeRaw(opMember, nil, raw))
	}
	return ops, nil
}

func (l *Local) prepareGovernance(entries []Governing, now int64) ([][]byte, error) {
	trials := map[identity.CohortID]*fact.Governance{}
	var ops [][]byte
	for _, g := range entries {
		if g.Cohort == (identity.CohortID{}) {
			return nil, fmt.Errorf("%w: it names no cohort", fact.ErrEntry)
		}
		trial := trials[g.Cohort]
		if trial == nil {
			trial = fact.NewGovernance(fact.Chain{Area: l.cfg.Area, Cohort: g.Cohort})
			if c := l.state.cohorts[g.Cohort]; c != nil {
				trial.Point = c.gov.Point
			}
			trials[g.Cohort] = trial
		}
		g.Entry.N, g.Entry.Time = trial.Point.N+1, now
		raw, err := fact.EncodeEntry(g.Entry)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", fact.ErrEntry, err)
		}
		if _, err := trial.Apply(raw); err != nil {
			return nil, err
		}
		ops = append(ops, encodeRaw(opGovern, g.Cohort[:], raw))
	}
	return ops, nil
}

func (l *Local) prepareKeys(sets []fact.Signed[fact.KeySet]) ([][]byte, error) {
	due := map[identity.CohortID]uint64{}
	var ops [][]byte
	for _, k := range sets {
		v := k.Value
		if !k.By(l.pub) || v.Incarnation != l.cfg.Incarnation || v.Cohort == (identity.CohortID{}) {
			return nil, fmt.Errorf("a key set: %w", ErrForeign)
		}
		if c := l.state.cohorts[v.Cohort]; c != nil && due[v.Cohort] == 0 {
			due[v.Cohort] = c.keyEpoch
		}
		if due[v.Cohort]++; v.Epoch != due[v.Cohort] {
			return nil, fmt.Errorf("a key set of epoch %d where %d is due: %w", v.Epoch, due[v.Cohort], ErrConflict)
		}
		ops = append(ops, encodeRaw(opKeys, nil, k.Raw()))
	}
	return ops, nil
}

// Run implements Ledger.
func (l *Local) Run(_ context.Context, cohort identity.CohortID, after uint64) (fact.Run, error) {
	l.mu.RLock()
	chain, entries := fact.Chain{Area: l.cfg.Area, Cohort: cohort}, l.state.entries
	if !chain.Membership() {
		entries = nil
		if c := l.state.cohorts[cohort]; c != nil {
			entries = c.entries
		}
	}
	newest, err := l.state.lastTime, l.usableLocked()
	l.mu.RUnlock()
	if err != nil {
		return fact.Run{}, err
	}
	after = min(after, uint64(len(entries)))
	run := fact.Run{From: entries.at(chain, after)}
	size := 0
	for _, e := range entries[after:] {
		if size += len(e.raw) + 8; len(run.Entries) == fact.MaxRun || size > maxRunBytes {
			break
		}
		run.Entries = append(run.Entries, e.raw)
	}
	to := after + uint64(len(run.Entries))
	head := fact.Head{
		Chain: chain, Incarnation: l.cfg.Incarnation, Point: entries.at(chain, to),
		Time: max(newest, l.cfg.Now().UnixMilli()),
	}
	if to < uint64(len(entries)) {
		head.Time = entries[to-1].time // it was the head then, and is not now
	}
	if run.Head, err = fact.Sign(l.cfg.Key, head); err != nil {
		return fact.Run{}, err
	}
	return run, nil
}

// at is the chain's point after n entries.
func (h history) at(chain fact.Chain, n uint64) fact.Point {
	if n == 0 {
		return chain.Start()
	}
	return h[n-1].point
}

// Members implements Ledger.
func (l *Local) Members(context.Context) (*Members, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.usableLocked(); err != nil {
		return nil, err
	}
	if m := l.members.Load(); m != nil && m.Point == l.state.live.Point {
		return m, nil
	}
	m := NewMembers(l.state.live.Point, maps.Clone(l.state.members))
	l.members.Store(m)
	return m, nil
}

// Cohort implements Ledger.
func (l *Local) Cohort(_ context.Context, id identity.CohortID) (Cohort, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.usableLocked(); err != nil {
		return Cohort{}, err
	}
	c := l.state.cohorts[id]
	if c == nil {
		c = newCohort(l.cfg.Area, id)
	}
	return Cohort{
		Governance: c.gov.Point, Policy: c.gov.Policy,
		Rev: c.rev, KeyEpoch: c.keyEpoch, Records: c.alive,
	}, nil
}

// Cohorts implements Ledger.
func (l *Local) Cohorts(context.Context) ([]identity.CohortID, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.usableLocked(); err != nil {
		return nil, err
	}
	byBytes := func(a, b identity.CohortID) int { return slices.Compare(a[:], b[:]) }
	return slices.SortedFunc(maps.Keys(l.state.cohorts), byBytes), nil
}

// Keys implements Ledger.
func (l *Local) Keys(_ context.Context, cohort identity.CohortID) (fact.Signed[fact.KeySet], error) {
	l.mu.RLock()
	var raw []byte
	if c := l.state.cohorts[cohort]; c != nil {
		raw = c.keys
	}
	err := l.usableLocked()
	l.mu.RUnlock()
	if err != nil || raw == nil {
		return fact.Signed[fact.KeySet]{}, err
	}
	return fact.Decode[fact.KeySet](raw)
}
