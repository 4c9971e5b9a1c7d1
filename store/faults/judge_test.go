package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"satchel/store"
	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
)

// judge opens what a fault has left and compares it with what was said. It
// returns the first broken promise, or nil. What is left may be less than the
// hub released, but then the vault says so, and the next session makes it whole.
func (a *area) judge(ctx context.Context, cfg store.Config, was said, clock *time.Duration) error {
	l, err := a.reopen(ctx, cfg, was)
	if err != nil {
		return err
	}
	if l.v == nil {
		return nil // nothing had been acknowledged, and a vault was made anew
	}
	l.clock = clock
	if err := errors.Join(l.keeps(ctx, was), l.v.Close()); err != nil {
		return err
	}
	return a.judgeAgain(ctx, cfg, l.said)
}

// reopen opens the folder with nobody attending.
func (a *area) reopen(ctx context.Context, cfg store.Config, was said) (*life, error) {
	v, err := store.Open(ctx, cfg)
	if errors.Is(err, store.ErrNoVault) && !was.created {
		v, err = store.Create(ctx, cfg, a.founding())
		if err != nil {
			return nil, fmt.Errorf("creating over what creating left: %w", err)
		}
		return &life{}, v.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("it does not open: %w", err)
	}
	return &life{a: a, v: v, said: was.clone()}, nil
}

// keeps compares an open vault with what was said, then lets the hub tell
// everything once more, and compares again.
func (l *life) keeps(ctx context.Context, was said) error {
	for _, check := range []func() error{
		func() error { return l.keepsFacts(was) },
		func() error { return l.keepsChain(was) },
		func() error { return l.keepsRows(was) },
		func() error { return l.keepsPeople(ctx, was) },
		func() error { return l.shows(ctx, was, false) },
		func() error { return l.heals(ctx) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (l *life) keepsFacts(was said) error {
	id := l.a.cohort.id
	switch {
	case l.v.MembershipPoint().N < was.joined.N:
		return errors.New("membership went back")
	case l.v.GovernancePoint(id).N < was.obeyed.N:
		return errors.New("governance went back")
	case l.v.KeyEpoch(id) < was.epoch:
		return errors.New("a cohort key is gone")
	case l.v.Freshness(id).Value.Time < was.fresh:
		return errors.New("freshness went back")
	}
	if r, ok := l.v.LastReceipt(); was.receipt > 0 && (!ok || r.UpTo < was.receipt) {
		return errors.New("a receipt is gone")
	}
	return nil
}

// keepsChain verifies every signature and link, and finds the acknowledged head
// in its place.
func (l *life) keepsChain(was said) error {
	items, err := l.v.Items(0, 1<<20)
	if err != nil {
		return fmt.Errorf("reading the chain: %w", err)
	}
	if len(items) == 0 {
		return errors.New("a vault that is open has entered that it started")
	}
	chain := audit.ResumeChain(l.v.Keys().Public(), audit.Head{Chain: items[0].Chain, Seq: items[0].Seq - 1, Hash: items[0].Prev})
	// Above a chain that the hub has more of, another one begins.
	found := was.head.Seq == 0 || items[0].Chain > was.head.Chain || chain.Head() == was.head
	for _, it := range items {
		raw, err := it.Encode()
		if err == nil {
			_, err = chain.Add(raw)
		}
		if err != nil {
			return fmt.Errorf("item %d: %w", it.Seq, err)
		}
		found = found || chain.Head() == was.head
	}
	if !found {
		return fmt.Errorf("item %d was acknowledged, the chain ends at %d and has another or none", was.head.Seq, l.v.ItemHead().Seq)
	}
	return nil
}

func (l *life) keepsRows(was said) error {
	if n := l.v.Count(); n < len(was.rows) {
		return fmt.Errorf("%d rows, %d were acknowledged", n, len(was.rows))
	}
	return nil
}

// keepsPeople lets in who was in, and nobody else.
func (l *life) keepsPeople(ctx context.Context, was said) error {
	people := l.v.People()
	if was.ended {
		if len(people) > 0 {
			if s, err := l.v.Unlock(ctx, people[0].Slot, []byte(passphrase)); err == nil {
				s.Lock()
				return errors.New("somebody who was shut out came in")
			}
		}
		return nil
	}
	people = slices.DeleteFunc(people, func(p store.PersonSlot) bool { return p.Slot == was.second })
	if len(people) != 1 && !was.ending {
		return fmt.Errorf("%d people", len(people))
	}
	if len(people) == 0 {
		return nil
	}
	if was.left >= 0 && people[0].Left > was.left {
		return errors.New("a wrong try was forgotten")
	}
	if was.person != nil && !bytes.Equal(people[0].Credential.Raw(), was.person) {
		return errors.New("an approval was forgotten")
	}
	if was.joined.N == 0 || was.person == nil {
		return nil // not enrolled yet: nobody gets in
	}
	if err := l.entersWithOne(ctx, was); err != nil && !was.ending {
		return err
	}
	return nil
}

// shows reads every record: the right one, or one that is said to be missing.
// whole allows no missing ones.
func (l *life) shows(ctx context.Context, was said, whole bool) error {
	if l.v.Locked() {
		if was.ended || l.s == nil {
			return nil
		}
		return errors.New("somebody was locked out")
	}
	if was.ended {
		return errors.New("somebody who was shut out is in")
	}
	for i, p := range l.a.cohort.patients {
		row, err := l.finds(ctx, p)
		switch {
		case err != nil:
			return fmt.Errorf("finding patient %d: %w", i, err)
		case row == nil && whole && !p.dead:
			return fmt.Errorf("patient %d is not found after the hub sent everything", i)
		case row == nil:
			continue
		case was.gone[p.pid]:
			return fmt.Errorf("patient %d was withdrawn and is back", i)
		}
		if err := l.showsOne(ctx, p, was.rows[p.pid].ver, whole); err != nil {
			return fmt.Errorf("patient %d: %w", i, err)
		}
	}
	return nil
}

func (l *life) showsOne(ctx context.Context, p *patient, least uint64, whole bool) error {
	o, err := l.reads(ctx, p)
	switch {
	case errors.Is(err, store.ErrMissing) && !whole:
		return nil
	case err != nil:
		return err
	case !bytes.Equal(o.Raw, p.docs[o.Header.Hash]):
		return errors.New("another document is shown")
	case o.Header.Ver < least, whole && o.Header.Ver < p.ver:
		return fmt.Errorf("version %d is shown, %d was acknowledged", o.Header.Ver, max(least, p.ver))
	}
	return nil
}

// heals lets the hub tell everything again: then all of it is here, and what
// was withdrawn is not, and was entered as purged if it ever was here.
func (l *life) heals(ctx context.Context) error {
	if l.said.joined.N == 0 {
		return nil
	}
	steps := []func() error{l.joins, func() error { return l.obeys(ctx) }, l.takesKeys, l.isFresh}
	if !l.said.ended && !l.said.ending && !l.a.ends {
		steps = append(steps, l.isApproved)
	}
	steps = append(steps, func() error { return l.puts(ctx, l.a.everything()...) })
	for _, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("hearing it again: %w", err)
		}
	}
	due := 0
	for _, p := range l.a.cohort.patients {
		if !p.dead {
			due++
		}
	}
	if n := l.v.Count(); n != due {
		return fmt.Errorf("%d rows after the hub sent everything, %d due", n, due)
	}
	if err := l.shows(ctx, l.said, true); err != nil {
		return fmt.Errorf("after the hub sent everything: %w", err)
	}
	return l.accounts()
}

// accounts finds a purged entry for every withdrawn patient who was held.
func (l *life) accounts() error {
	purged := map[identity.PID]bool{}
	items, err := l.v.Items(0, 1<<20)
	if err != nil {
		return err
	}
	hub := seal.NewRecipient(l.a.box)
	for _, it := range items {
		plain, err := hub.OpenBox(fact.EntryLabel, it.Body)
		if err != nil {
			return fmt.Errorf("item %d: %w", it.Seq, err)
		}
		e, err := audit.DecodeEntry(plain)
		if err != nil {
			return fmt.Errorf("item %d: %w", it.Seq, err)
		}
		for _, gone := range e.Rows {
			purged[gone.PID] = true
		}
	}
	for i, p := range l.a.cohort.patients {
		if p.dead && l.said.ever[p.pid] && !purged[p.pid] && items[0].Seq == 1 {
			return fmt.Errorf("patient %d is gone without an entry", i)
		}
	}
	return nil
}

// judgeAgain opens once more: a start that tidied up after a fault leaves a
// folder that holds to the same, with nothing to tidy.
func (a *area) judgeAgain(ctx context.Context, cfg store.Config, was said) error {
	v, err := store.Open(ctx, cfg)
	if err != nil {
		return fmt.Errorf("it does not open a second time: %w", err)
	}
	l := &life{a: a, v: v, said: was.clone()}
	err = errors.Join(l.keepsFacts(was), l.keepsChain(was), l.keepsRows(was))
	for _, n := range v.Notices() {
		if n.Code != store.ShareWeak {
			err = errors.Join(err, fmt.Errorf("a second start says %s", n.Code))
		}
	}
	return errors.Join(err, v.Close())
}
