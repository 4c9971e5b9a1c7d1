package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"satchel/assets/people"
	"satchel/store"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/sync/device"
	"satchel/sync/hub"
)

// passphrase opens made-up people; it is no secret.
const passphrase = "a lantern by the garden gate"

// area is a real hub over a folder of made-up people, on loopback.
type area struct {
	dir   string
	hub   *hub.Hub
	names []string // of the documents in the central record
	held  int      // records in force when the area was made
	stop  context.CancelFunc
	ended chan error
	kept  *laptop // the one that sections share; nil until one asks
}

// area gives the area of n people, made when it is first asked for.
func (b *bench) area(ctx context.Context, n int) (*area, error) {
	if a := b.areas[n]; a != nil {
		return a, nil
	}
	dir, err := os.MkdirTemp(b.dir, "satchel-bench-")
	if err != nil {
		return nil, fmt.Errorf("making a folder to measure in: %w", err)
	}
	a := &area{dir: dir}
	b.areas[n] = a // closed with the others, whatever happens below
	b.say("  making an area of %d people", n)
	if err := a.found(ctx, n); err != nil {
		return nil, fmt.Errorf("making an area: %w", err)
	}
	return a, nil
}

func (b *bench) closeAreas() error {
	var errs []error
	for n, a := range b.areas {
		errs = append(errs, a.close())
		delete(b.areas, n)
	}
	return errors.Join(errs...)
}

func (a *area) central(name string) string { return filepath.Join(a.dir, "central", name) }

func (a *area) found(ctx context.Context, n int) error {
	if err := os.Mkdir(filepath.Join(a.dir, "central"), 0o700); err != nil {
		return err
	}
	for d := range people.Generate(seed, n) {
		if err := errors.Join(ctx.Err(), os.WriteFile(a.central(d.ID+".json"), d.JSON, 0o600)); err != nil {
			return err
		}
		a.names = append(a.names, d.ID+".json")
	}
	data := filepath.Join(a.dir, "hub")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	if _, err := hub.Init(data, hub.InitOptions{Name: "Measured hub", Demo: true, Now: time.Now()}); err != nil {
		return err
	}
	policy := fact.DefaultPolicy()
	policy.Organisation = "Measured trust"
	h, err := hub.Open(ctx, hub.Config{
		Data: data, Listen: "127.0.0.1:0", Central: a.central(""),
		Cohort: hub.CohortSpec{Name: "Measured team", Category: identity.Trust, Policy: policy},
	})
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	a.hub, a.stop, a.ended = h, stop, make(chan error, 1)
	go func() { a.ended <- h.Run(running) }() // close waits for it
	return a.until(ctx, func(s hub.State) bool {
		if !s.Scan.At.IsZero() && len(s.Cohorts) == 1 {
			a.held = s.Cohorts[0].Records
		}
		return a.held > 0
	})
}

// until asks the hub how it stands until that is so.
func (a *area) until(ctx context.Context, so func(hub.State) bool) error {
	const patience = 20 * time.Minute // 200,000 people on a slow disk
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	each := time.NewTicker(2 * time.Millisecond)
	defer each.Stop()
	for {
		s, err := a.hub.State(ctx)
		if err != nil {
			return err
		}
		if so(s) {
			return nil
		}
		select {
		case err := <-a.ended:
			a.ended <- err
			return fmt.Errorf("the hub ended: %w", err)
		case <-ctx.Done():
			return ctx.Err()
		case <-each.C:
		}
	}
}

func (a *area) close() error {
	var errs []error
	if a.kept != nil {
		errs = append(errs, a.kept.close())
	}
	if a.hub != nil {
		a.stop()
		if err := <-a.ended; err != nil && !errors.Is(err, context.Canceled) {
			errs = append(errs, err)
		}
		errs = append(errs, a.hub.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(a.dir))...)
}

// code issues an enrolment code.
func (a *area) code(ctx context.Context, kind identity.Kind) (identity.EnrolmentCode, error) {
	got, err := a.hub.IssueCode(ctx, hub.CodeOrder{Kind: string(kind), Role: string(identity.DistrictNurse), By: "bench"})
	if err != nil {
		return identity.EnrolmentCode{}, err
	}
	return identity.ParseEnrolmentCode(got.Code)
}

// laptop is an enrolled device with one person, under the real cost of a
// passphrase.
type laptop struct {
	cfg store.Config
	v   *store.Vault // nil while the folder is somebody else's
}

// enrol makes a new laptop; it holds nobody yet.
func (a *area) enrol(ctx context.Context) (*laptop, error) {
	dir, err := os.MkdirTemp(a.dir, "laptop-")
	if err != nil {
		return nil, err
	}
	code, err := a.code(ctx, identity.Laptop)
	if err != nil {
		return nil, err
	}
	l := &laptop{cfg: store.Config{Dir: dir, Demo: true}}
	l.v, err = device.Begin(ctx, device.Setup{
		Store: l.cfg, Code: code, Name: "Measured laptop", Kind: identity.Laptop,
		First: &store.FirstPerson{Name: "Measured Nurse", Role: identity.DistrictNurse, Passphrase: []byte(passphrase)},
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("enrolling a laptop: %w", err), l.close())
	}
	return l, nil
}

// laptop gives the one that sections share. It holds what the area has.
func (a *area) laptop(ctx context.Context) (*laptop, error) {
	if a.kept != nil {
		return a.kept, a.kept.open(ctx)
	}
	l, err := a.enrol(ctx)
	if err != nil {
		return nil, err
	}
	a.kept = l
	address, err := device.Address(l.cfg.Dir)
	if err != nil {
		return nil, err
	}
	role, err := device.New(device.Config{Vault: l.v, Address: address})
	if err != nil {
		return nil, err
	}
	// Once unlocked, so that what is measured afterwards is the daily state.
	s, err := l.unlock(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Lock()
	if _, err := role.SyncOnce(ctx); err != nil {
		return nil, fmt.Errorf("syncing the laptop: %w", err)
	}
	return l, nil
}

func (l *laptop) open(ctx context.Context) (err error) {
	if l.v == nil {
		l.v, err = store.Open(ctx, l.cfg)
	}
	return err
}

func (l *laptop) close() error {
	if l.v == nil {
		return nil
	}
	v := l.v
	l.v = nil
	return v.Close()
}

func (l *laptop) unlock(ctx context.Context) (*store.Session, error) {
	return unlock(ctx, l.v)
}

func unlock(ctx context.Context, v *store.Vault) (*store.Session, error) {
	all := v.People()
	if len(all) == 0 {
		return nil, store.ErrNoPerson
	}
	return v.Unlock(ctx, all[0].Slot, []byte(passphrase))
}
