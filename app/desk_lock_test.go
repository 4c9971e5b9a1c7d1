package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"satchel/app/screen"
	"satchel/app/seat"
	"satchel/store"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/sync/hub"
)

// quick makes an unlock cheap; slow makes it last long enough to be overtaken.
var (
	quick = seal.Params{MemoryKiB: 64, Time: 1, Threads: 1}
	slow  = seal.Params{MemoryKiB: 64 << 10, Time: 12, Threads: 1}
)

// enrolled is a desk that holds a hub's people, and nobody is signed in.
func enrolled(t *testing.T, h *hub.Hub, held int, cfg store.Config) *desk {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	cfg.Demo, cfg.Log = true, slog.New(slog.DiscardHandler)
	d := newDesk(t.Context(), options{demo: true, data: cfg.Dir}, cfg)
	t.Cleanup(func() {
		if err := d.close(); err != nil {
			t.Error(err)
		}
	})
	code, err := h.IssueCode(t.Context(), hub.CodeOrder{Kind: "laptop", Role: "district-nurse", By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Enrol(t.Context(), screen.Enrolment{Code: code.Code, Name: "Nia Nurse", Role: identity.DistrictNurse, Passphrase: []byte(passphrase)}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the people arrive", func() bool { return d.State().Held == held && d.State().Phase == screen.PhaseLocked })
	return d
}

// screens stands for the shell: it answers LockNow as the shell does, unless it
// is frozen, and keeps what it heard.
func screens(d *desk, frozen bool) func() []screen.Event {
	var mu sync.Mutex
	var heard []screen.Event
	go func() {
		for e := range d.Events() {
			mu.Lock()
			heard = append(heard, e)
			mu.Unlock()
			if _, now := e.(screen.LockNow); now && !frozen {
				d.Lock()
			}
		}
	}()
	return func() []screen.Event {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(heard)
	}
}

// A lock starts the program anew, once, with everything closed before; where
// that fails the laptop stays locked, says so, and can be unlocked again.
func TestLockStartsAnew(t *testing.T) { // P1
	h := startHub(t, 3)
	d := enrolled(t, h, 3, store.Config{Argon2: quick})
	heard := screens(d, false)
	var times atomic.Int32
	d.again = func() error {
		times.Add(1)
		if p := d.State().Phase; p != screen.PhaseLeaving {
			t.Errorf("while the program starts anew the phase is %d", p)
		}
		if err := d.Unlock(t.Context(), d.State().People[0].Slot, []byte(passphrase)); err == nil {
			t.Error("somebody was let in by a program that is leaving")
		}
		v, err := store.Open(t.Context(), d.cfg) // nobody else has it
		if err != nil {
			t.Errorf("the vault was not closed before: %v", err)
			return err
		}
		return errors.Join(errors.New("no such program"), v.Close())
	}
	d.mayRestart = func() error { return nil }
	d.work()
	for round := range int32(2) {
		who := d.State().People[0].Slot
		if err := d.Unlock(t.Context(), who, []byte(passphrase)); err != nil {
			t.Fatal(err)
		}
		row := findOne(t, d, "barnaby")
		var causes sync.WaitGroup // several at once are one lock
		for _, why := range []seat.Event{seat.Locked, seat.LidClosed, seat.Sleeping} {
			causes.Go(func() {
				if d.mayBeAway(why); !d.vaultLocked() {
					t.Errorf("%v was answered before the laptop was locked", why)
				}
			})
		}
		causes.Go(d.Lock)
		causes.Wait()
		eventually(t, "the laptop stays locked", func() bool { return times.Load() == round+1 && d.State().Phase == screen.PhaseLocked })
		if len(d.Find("barnaby", 5).Rows) != 0 {
			t.Error("a locked laptop finds people")
		}
		d.remember(nil, row.Handle)
		if _, err := d.Open(t.Context(), row.Handle, screen.Reason{Purpose: screen.PurposeDirectCare, Basis: screen.BasisCaseload}); err == nil {
			t.Error("a locked laptop opens a record")
		}
	}
	eventually(t, "the screens are told of each lock, and of each return", func() bool {
		locked := 0
		for _, e := range heard() {
			if _, ok := e.(screen.Locked); ok {
				locked++
			}
		}
		return locked == 4
	})
}

func (d *desk) vaultLocked() bool {
	v, s, _ := d.held()
	return s == nil && (v == nil || v.Locked())
}

// Screens that do not answer are locked without: the machine must not sleep
// with a session open.
func TestFrozenScreensDoNotKeepItOpen(t *testing.T) { // P1
	h := startHub(t, 3)
	d := enrolled(t, h, 3, store.Config{Argon2: quick})
	screens(d, true)
	if err := d.Unlock(t.Context(), d.State().People[0].Slot, []byte(passphrase)); err != nil {
		t.Fatal(err)
	}
	if d.mayBeAway(seat.Sleeping); !d.vaultLocked() {
		t.Error("the laptop was still open when sleep was allowed")
	}
	if err := d.Unlock(t.Context(), d.State().People[0].Slot, []byte(passphrase)); err != nil {
		t.Error(err)
	}
}

// A program that cannot be started anew is not closed for it.
func TestLockWithoutAProgram(t *testing.T) {
	h := startHub(t, 3)
	d := enrolled(t, h, 3, store.Config{Argon2: quick})
	screens(d, false)
	d.again = func() error { t.Error("tried though it cannot work"); return errors.ErrUnsupported }
	d.mayRestart = func() error { return errors.New("no such program") }
	if err := d.Unlock(t.Context(), d.State().People[0].Slot, []byte(passphrase)); err != nil {
		t.Fatal(err)
	}
	d.Lock()
	if p := d.State().Phase; p != screen.PhaseLocked {
		t.Errorf("phase %d", p)
	}
}

// A lock while a passphrase is being stretched wins.
func TestALockDuringAnUnlockWins(t *testing.T) { // P1
	h := startHub(t, 3)
	d := enrolled(t, h, 3, store.Config{Argon2: slow})
	screens(d, false)
	tried := make(chan error, 1)
	go func() { tried <- d.Unlock(context.Background(), d.State().People[0].Slot, []byte(passphrase)) }()
	eventually(t, "the passphrase is being tried", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.trying != nil
	})
	d.Lock()
	if err := <-tried; err == nil {
		t.Error("somebody was let in after the lock")
	}
	if p := d.State().Phase; p != screen.PhaseLocked || !d.vaultLocked() {
		t.Errorf("after the lock the phase is %d", p)
	}
	if err := d.Unlock(t.Context(), d.State().People[0].Slot, []byte(passphrase)); err != nil {
		t.Errorf("and later: %v", err)
	}
}

// The machine does not sleep while a passphrase is being stretched, with it in
// memory.
func TestSleepWaitsForATry(t *testing.T) { // P1
	h := startHub(t, 3)
	d := enrolled(t, h, 3, store.Config{Argon2: seal.Params{MemoryKiB: 64 << 10, Time: 4, Threads: 1}})
	screens(d, false)
	secret := []byte(passphrase)
	tried := make(chan error, 1)
	go func() { tried <- d.Unlock(context.Background(), d.State().People[0].Slot, secret) }()
	eventually(t, "the passphrase is being tried", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.trying != nil
	})
	d.mayBeAway(seat.Sleeping)
	d.mu.Lock()
	trying := d.trying != nil
	d.mu.Unlock()
	if trying || !d.vaultLocked() {
		t.Error("sleep was allowed while a passphrase was being tried")
	}
	if err := <-tried; err == nil || slices.Max(secret) != 0 {
		t.Errorf("the try: %v; what was typed is wiped: %v", err, slices.Max(secret) == 0)
	}
}

// What the screens poll does not wait for the vault, whatever that does.
func TestPollingNeverWaits(t *testing.T) {
	h := startHub(t, 3)
	var stall atomic.Bool
	stalled, on := make(chan struct{}), make(chan struct{})
	var once sync.Once
	d := enrolled(t, h, 3, store.Config{Argon2: quick, Now: func() time.Time {
		if stall.Load() {
			once.Do(func() { close(stalled) })
			<-on
		}
		return time.Now()
	}})
	screens(d, false)
	stall.Store(true)
	v, _, _ := d.held()
	looking := make(chan struct{})
	go func() {
		v.People() // has the vault's door, and does not let go
		close(looking)
	}()
	<-stalled
	polled := make(chan struct{})
	go func() {
		if s := d.State(); len(s.People) != 1 || s.Held != 3 {
			t.Errorf("the state is %+v", s)
		}
		d.Sync()
		d.Waiting()
		d.Prefs()
		close(polled)
	}()
	select {
	case <-polled:
	case <-time.After(20 * time.Second):
		t.Error("the screens wait for the vault")
	}
	stall.Store(false)
	close(on)
	<-looking
	<-polled
}

// What one program tells the next comes over, and only once.
func TestAgainIsTold(t *testing.T) {
	for text, want := range map[string]again{
		"true": {on: true}, "1366x768": {on: true, width: 1366, height: 768}, "0x0": {on: true},
		"2732x1536,full": {on: true, width: 2732, height: 1536, full: true},
	} {
		var got again
		if err := got.Set(text); err != nil || got != want {
			t.Errorf("%q is %+v: %v", text, got, err)
		}
		var back again
		if err := back.Set(want.String()); err != nil || back != want {
			t.Errorf("%+v comes back as %+v: %v", want, back, err)
		}
	}
	for _, text := range []string{"", "x", "12", "-1x5", "99999x1", "12x", "full"} {
		var a again
		if a.Set(text) == nil {
			t.Errorf("%q was taken as %+v", text, a)
		}
	}
	first := again{width: 5, height: 6}.args([]string{"--demo", "--data", "/x y"})
	second := again{width: 7, height: 8, full: true}.args(append([]string{"-locked", "--locked"}, first...))
	if !slices.Equal(second, []string{"--locked=7x8,full", "--demo", "--data", "/x y"}) {
		t.Errorf("the second successor gets %q", second)
	}
}
