package scenario

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"satchel/assets/people"
	"satchel/store"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/sync/device"
	"satchel/sync/hub"
)

const passphrase = "a lantern by the garden gate"

// clock is the time that an area's hub and laptops go by: the machine's, and as
// much more as a story has let pass.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration // under mu
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// area is one hub with its central record, as an operator would run it.
type area struct {
	t       *testing.T
	clock   *clock
	data    string
	central string
	hub     *hub.Hub
	stop    func() // ends the hub's process role and closes its ledger
}

// newArea makes an area whose central record holds n made-up people, and
// starts its hub.
func newArea(t *testing.T, n int) *area {
	t.Helper()
	a := &area{t: t, clock: &clock{}, data: t.TempDir(), central: t.TempDir()}
	for doc := range people.Generate(1, n) {
		a.write(doc.ID+".json", doc.JSON)
	}
	if _, err := hub.Init(a.data, hub.InitOptions{Name: "Scenario hub", Demo: true, Now: time.Now()}); err != nil {
		t.Fatal(err)
	}
	a.start("127.0.0.1:0")
	t.Cleanup(func() { a.stop() })
	return a
}

func (a *area) write(name string, raw []byte) {
	a.t.Helper()
	if err := os.WriteFile(filepath.Join(a.central, name), raw, 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// start starts the hub's role; the second time as after a restart.
func (a *area) start(listen string) {
	a.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	policy := fact.DefaultPolicy()
	policy.Organisation = "Scenario trust"
	h, err := hub.Open(ctx, hub.Config{
		Data: a.data, Listen: listen, Central: a.central, ScanEvery: 50 * time.Millisecond, Now: a.clock.now, Log: testLog(a.t, "hub"),
		Cohort: hub.CohortSpec{Name: "Scenario team", Category: identity.Trust, Policy: policy},
	})
	if err != nil {
		a.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	a.hub = h
	a.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			a.t.Errorf("the hub ended: %v", err)
		}
		if err := h.Close(); err != nil {
			a.t.Errorf("closing the hub: %v", err)
		}
	})
	a.eventually("the hub listens", func() bool { return h.Address() != "" })
}

// restart ends the hub and starts it again where devices look for it.
func (a *area) restart() {
	address := a.hub.Address()
	a.stop()
	a.start(address)
}

// released waits until the hub has released n records.
func (a *area) released(n int) {
	a.t.Helper()
	a.eventually("the hub has released the central record", func() bool {
		s, err := a.hub.State(context.Background())
		return err == nil && len(s.Cohorts) == 1 && s.Cohorts[0].Records == n
	})
}

func (a *area) eventually(what string, so func() bool) {
	a.t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for !so() {
		if time.Now().After(deadline) {
			a.t.Fatalf("in vain: %s", what)
		}
		time.Sleep(5 * time.Millisecond) // polling a real process's state; nothing is assumed about when
	}
}

// code issues an enrolment code.
func (a *area) code(kind identity.Kind) identity.EnrolmentCode {
	a.t.Helper()
	got, err := a.hub.IssueCode(context.Background(), hub.CodeOrder{Kind: string(kind), Role: string(identity.DistrictNurse), By: "scenario"})
	if err != nil {
		a.t.Fatal(err)
	}
	code, err := identity.ParseEnrolmentCode(got.Code)
	if err != nil {
		a.t.Fatal(err)
	}
	return code
}

// laptop is one device and its folder.
type laptop struct {
	t   *testing.T
	cfg store.Config
	v   *store.Vault
}

// laptop enrols a new laptop with one person.
func (a *area) laptop(name string) *laptop {
	a.t.Helper()
	l := &laptop{t: a.t, cfg: store.Config{
		Dir: a.t.TempDir(), Demo: true, Now: a.clock.now, Log: testLog(a.t, name),
		Argon2: seal.Params{MemoryKiB: 64, Time: 1, Threads: 1}, // cheap here; the real cost is seal's to test
	}}
	v, err := device.Begin(a.t.Context(), device.Setup{
		Store: l.cfg, Code: a.code(identity.Laptop), Name: name, Kind: identity.Laptop,
		First: &store.FirstPerson{Name: "Scenario Nurse", Role: identity.DistrictNurse, Passphrase: []byte(passphrase)},
	})
	if err != nil {
		a.t.Fatal(err)
	}
	l.v = v
	a.t.Cleanup(func() { _ = l.v.Close() }) // closed already where the story closes it
	return l
}

// sync runs one round with the hub.
func (l *laptop) sync() device.Status {
	l.t.Helper()
	s, err := l.trySync()
	if err != nil {
		l.t.Fatalf("syncing: %v", err)
	}
	return s
}

func (l *laptop) trySync() (device.Status, error) {
	return l.role().SyncOnce(l.t.Context())
}

func (l *laptop) role() *device.Device {
	l.t.Helper()
	address, err := device.Address(l.cfg.Dir)
	if err != nil {
		l.t.Fatal(err)
	}
	d, err := device.New(device.Config{Vault: l.v, Address: address, Period: time.Second, Log: l.cfg.Log})
	if err != nil {
		l.t.Fatal(err)
	}
	return d
}

// running keeps the laptop in step until the test ends or stop is called.
func (l *laptop) running() (stop func()) {
	l.t.Helper()
	d := l.role()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			l.t.Errorf("the device ended: %v", err)
		}
	})
	l.t.Cleanup(stop)
	return stop
}

// unlock signs the laptop's person in.
func (l *laptop) unlock() *store.Session {
	l.t.Helper()
	s, err := l.v.Unlock(l.t.Context(), l.v.People()[0].Slot, []byte(passphrase))
	if err != nil {
		l.t.Fatalf("unlocking: %v", err)
	}
	return s
}

// reopen closes the vault and opens it again, as a restart of the program does.
func (l *laptop) reopen() {
	l.t.Helper()
	if err := l.v.Close(); err != nil {
		l.t.Fatal(err)
	}
	v, err := store.Open(l.t.Context(), l.cfg)
	if err != nil {
		l.t.Fatalf("opening the vault again: %v", err)
	}
	l.v = v
}

func find(t *testing.T, s *store.Session, typed string) []store.Row {
	t.Helper()
	got, err := s.Find(t.Context(), typed, 20)
	if err != nil {
		t.Fatalf("searching: %v", err)
	}
	return got.Rows
}

// person gives one of the people of the stories.
func person(t *testing.T, key string) people.Person {
	t.Helper()
	all := people.Scenario()
	i := slices.IndexFunc(all, func(p people.Person) bool { return p.Key == key })
	if i < 0 {
		t.Fatalf("no such person in the cast: %s", key)
	}
	return all[i]
}

// testLog sends a program's log to the test, so that a failure can be read.
func testLog(t *testing.T, who string) *slog.Logger {
	return slog.New(slog.NewTextHandler(logWriter{t, &sync.Mutex{}, who}, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

type logWriter struct {
	t   *testing.T
	mu  *sync.Mutex
	who string
}

func (w logWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.t.Context().Err() == nil { // a test that has ended takes no more
		w.t.Logf("%s: %s", w.who, strings.TrimSpace(string(p)))
	}
	return len(p), nil
}
