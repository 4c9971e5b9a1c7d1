package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"satchel/store"
	"satchel/store/identity"
)

var vaultSection = section{"vault", "a laptop's vault: unlocking it, and opening records", measureVault}

// reads is how many records are opened: enough for a percentile.
const reads = 2000

func measureVault(ctx context.Context, b *bench) error {
	if err := b.notRun("open.many.p99", "no window here draws the card; open.*.parsed.p99 is all but the drawing"); err != nil {
		return err
	}
	if err := b.measureVaultOf(ctx, b.people, "people"); err != nil {
		return err
	}
	if !b.large {
		return b.notRun("unlock.many.time", "asked for by -large")
	}
	return b.measureVaultOf(ctx, b.many, "many")
}

func (b *bench) measureVaultOf(ctx context.Context, n int, name string) (err error) {
	a, err := b.area(ctx, n)
	if err != nil {
		return err
	}
	l, err := a.laptop(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	if err := b.measureUnlock(ctx, a, l, name); err != nil {
		return err
	}
	s, err := l.unlock(ctx)
	if err != nil {
		return err
	}
	defer s.Lock()
	return b.measureOpen(ctx, s, "open."+name, fmt.Sprintf("%d held", a.held))
}

// measureUnlock opens the folder anew for each try, as in the morning.
func (b *bench) measureUnlock(ctx context.Context, a *area, l *laptop, name string) error {
	const tries = 5
	var opening, unlocking []time.Duration
	for range tries {
		if err := l.close(); err != nil {
			return err
		}
		start := time.Now()
		if err := l.open(ctx); err != nil {
			return err
		}
		opened := time.Now()
		s, err := l.unlock(ctx)
		if err != nil {
			return err
		}
		opening, unlocking = append(opening, opened.Sub(start)), append(unlocking, time.Since(opened))
		if s.Count() != a.held {
			return fmt.Errorf("the laptop holds %d of %d", s.Count(), a.held)
		}
		s.Lock()
	}
	stretching, err := stretch(tries)
	if err != nil {
		return err
	}
	note := fmt.Sprintf("%d held, Argon2id and the index included; median", a.held)
	if err := b.add("unlock."+name+".time", in(percentile(unlocking, 0.5), seconds), seconds, tries, note); err != nil {
		return err
	}
	if err := b.add("unlock."+name+".argon2id", in(percentile(stretching, 0.5), seconds), seconds, tries, "of it, measured alone right after; median"); err != nil {
		return err
	}
	return b.add("vault."+name+".open.time", in(percentile(opening, 0.5), seconds), seconds, tries, "opening the folder when the program starts; median")
}

// measureOpen opens records at random, each decided, entered and fsynced before
// it is opened and parsed. Some are refused, as policy has it: those are counted
// apart.
func (b *bench) measureOpen(ctx context.Context, s *store.Session, name, note string) error {
	handles, err := everybody(ctx, s)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(seed, 3))
	n := min(reads, 10*len(handles))
	var opened, refused []time.Duration
	for range n {
		request := store.Request{Handle: handles[r.IntN(len(handles))], Purpose: store.DirectCare, Relationship: store.OnCaseload}
		start := time.Now()
		o, err := s.Read(ctx, request)
		took := time.Since(start)
		if _, no := errors.AsType[*store.RefusedError](err); no {
			refused = append(refused, took)
			continue
		}
		if err != nil {
			return err
		}
		if o.Summary == nil {
			return errors.New("a summary was opened that cannot be parsed")
		}
		opened = append(opened, took)
	}
	note += fmt.Sprintf(", decided, entered, fsynced, opened and parsed; %d of %d were refused", len(refused), n)
	return b.addPercentiles(name+".parsed", opened, milliseconds, note)
}

// everybody gives the handles of people in the list, up to as many as are read.
func everybody(ctx context.Context, s *store.Session) ([]identity.Handle, error) {
	seen := map[identity.Handle]bool{}
	var out []identity.Handle
	for _, typed := range []string{"sm", "jo", "wi", "ta", "br", "da", "ev", "th", "ro", "wa", "pa", "ma", "ha", "mo", "ba"} {
		got, err := s.Find(ctx, typed, reads)
		if err != nil {
			return nil, err
		}
		for _, row := range got.Rows {
			if !seen[row.Handle] {
				seen[row.Handle] = true
				out = append(out, row.Handle)
			}
		}
	}
	if len(out) == 0 {
		return nil, errors.New("nobody is found to open")
	}
	return out, nil
}
