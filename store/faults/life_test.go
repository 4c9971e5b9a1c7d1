package faults

import (
	"context"
	"fmt"
	"maps"
	"time"

	"satchel/store"
	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
)

// said is what a vault has acknowledged: each of it must survive whatever
// comes next.
type said struct {
	created bool
	joined  fact.Point // membership
	obeyed  fact.Point // governance
	epoch   uint64     // of the cohort's key
	fresh   int64      // of the newest F
	receipt uint64
	head    audit.Head            // of the device's own chain
	rows    map[identity.PID]held // what was kept and may not be given up
	ever    map[identity.PID]bool // was held at some time
	gone    map[identity.PID]bool // withdrawn, and obeyed
	left    int                   // passphrase tries left; -1 when a right one came since
	person  []byte                // the credential in force
	ended   bool                  // nobody may come in any more
	ending  bool                  // they may be shut out already
	slot    identity.SlotID       // the first person's; zero: there is no other
	secrets []string              // of which one is in force; none: passphrase
	request string                // of a recovery under way

	second   identity.SlotID // invited
	joinedIn bool            // and has made a passphrase
}

type held struct{ epoch, ver uint64 }

func (s said) clone() said {
	rows, ever, gone := map[identity.PID]held{}, map[identity.PID]bool{}, map[identity.PID]bool{}
	maps.Copy(rows, s.rows)
	maps.Copy(ever, s.ever)
	maps.Copy(gone, s.gone)
	s.rows, s.ever, s.gone = rows, ever, gone
	return s
}

// life is one run of a vault, from open to close, and what it says meanwhile.
type life struct {
	a    *area
	v    *store.Vault
	s    *store.Session
	said said

	later time.Duration  // on its clocks; changed only between calls
	clock *time.Duration // of who judges; nil: it cannot be moved
}

// heard keeps what a call acknowledged. The head of the vault's chain is a
// promise whatever the call came to.
func (l *life) heard(err error, what func(*said)) error {
	l.said.head = l.v.ItemHead()
	if err == nil && what != nil {
		what(&l.said)
	}
	return err
}

func (l *life) slot() identity.SlotID {
	if l.said.slot != (identity.SlotID{}) {
		return l.said.slot
	}
	if people := l.v.People(); len(people) > 0 {
		return people[0].Slot
	}
	return identity.SlotID{}
}

func (l *life) joins() error {
	run := l.a.membership()
	return l.heard(l.v.TakeMembership(run), func(s *said) { s.joined = run.Head.Value.Point })
}

func (l *life) isApproved() error {
	c := l.a.credential(l.v.Device(), l.slot())
	return l.heard(l.v.SetCredential(c), func(s *said) { s.person = c.Raw() })
}

func (l *life) obeys(ctx context.Context) error {
	run := l.a.governance()
	for _, p := range l.a.cohort.patients {
		if r := l.said.rows[p.pid]; r.epoch < p.epoch {
			delete(l.said.rows, p.pid) // it may go from here on
		}
	}
	l.said.ending = l.said.ending || l.a.ends
	return l.heard(l.v.TakeGovernance(ctx, l.a.cohort.id, run), func(s *said) {
		s.obeyed = run.Head.Value.Point
		for _, p := range l.a.cohort.patients {
			if p.dead {
				s.gone[p.pid] = true
			}
		}
		s.ended = s.ended || l.a.ends
	})
}

func (l *life) takesKeys() error {
	k := l.a.cohort.set
	return l.heard(l.v.TakeKeys(k), func(s *said) { s.epoch = max(s.epoch, k.Value.Epoch) })
}

func (l *life) isFresh() error {
	f := l.a.fresh()
	return l.heard(l.v.TakeFreshness(f), func(s *said) { s.fresh = f.Value.Time })
}

// catchesUp is what a session with the hub begins with.
func (l *life) catchesUp(ctx context.Context) error {
	for _, step := range []func() error{
		l.joins, l.isApproved, func() error { return l.obeys(ctx) }, l.takesKeys, l.isFresh,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// puts takes records as a session does.
func (l *life) puts(ctx context.Context, in ...store.Incoming) error {
	for _, r := range in {
		if h := r.Record.Header.Value; l.said.rows[h.PID].epoch < h.Epoch {
			delete(l.said.rows, h.PID) // what is held of the earlier release goes
		}
	}
	_, err := l.v.PutRecords(ctx, l.a.cohort.id, in, 1, l.a.cohort.rev)
	return l.heard(err, func(s *said) {
		for _, r := range in {
			h := r.Record.Header.Value
			if had := s.rows[h.PID]; !s.gone[h.PID] && (h.Epoch > had.epoch || h.Epoch == had.epoch && h.Ver > had.ver) {
				s.rows[h.PID] = held{h.Epoch, h.Ver}
				s.ever[h.PID] = true
			}
		}
	})
}

// everything is all that the hub ever released, old and withdrawn included.
func (a *area) everything() []store.Incoming {
	var out []store.Incoming
	for _, p := range a.cohort.patients {
		out = append(out, p.sent...)
	}
	return out
}

func (l *life) unlocks(ctx context.Context, with string) error {
	s, err := l.v.Unlock(ctx, l.slot(), []byte(with))
	l.s = s
	return l.heard(err, func(s *said) { s.left = -1 })
}

// reads opens one patient's record; the entry of a look is as good as any.
func (l *life) reads(ctx context.Context, p *patient) (*store.Opened, error) {
	row, err := l.finds(ctx, p)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, store.ErrNotHeld
	}
	o, err := l.s.Read(ctx, request(row.Handle))
	if err == nil && l.v.ItemHead().Seq < o.Entry {
		err = fmt.Errorf("entry %d answers for a look, the chain ends at %d", o.Entry, l.v.ItemHead().Seq)
	}
	return o, l.heard(err, nil)
}

// finds gives a patient's row, or nil.
func (l *life) finds(ctx context.Context, p *patient) (*store.Row, error) {
	got, err := l.s.Find(ctx, p.number, 2)
	if err != nil || len(got.Rows) == 0 {
		return nil, err
	}
	return &got.Rows[0], nil
}
