package device

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"satchel/store"
	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/sync/link"
	"satchel/sync/replica"
	"satchel/sync/wire"
)

// Config says what a device works with. Vault and Address are required.
type Config struct {
	Vault   *store.Vault
	Address string // the hub's, host:port
	// Period is how long an open session is quiet at most. Zero: 30 s.
	Period time.Duration
	Now    func() time.Time // nil: time.Now
	Log    *slog.Logger     // nil: nothing is logged
}

const (
	defaultPeriod = 30 * time.Second

	// After a session fails, the next try waits this long, doubling up to
	// the longest: short enough for a laptop that comes into range, long
	// enough for a hub that 200 laptops want at once.
	firstRetry   = time.Second
	longestRetry = 30 * time.Second

	dialTimeout = 10 * time.Second

	// The vault's clock is kept this often: what a power cut can take from
	// it (protocol, section 4, Lease).
	tickEvery = time.Minute
)

// ErrConfig says that a setting is missing; the text names it.
var ErrConfig = errors.New("the device's settings are not complete")

// Device keeps one vault in step with its hub. Make it with New, then Run it.
type Device struct {
	cfg   Config
	hub   ed25519.PublicKey
	nudge chan struct{}

	mu     sync.Mutex
	status Status
	hear   []func(Status)
}

// New makes a device. It does not connect until Run or SyncOnce.
func New(cfg Config) (*Device, error) {
	if cfg.Vault == nil || cfg.Address == "" {
		return nil, fmt.Errorf("%w: a vault and the hub's address are due", ErrConfig)
	}
	if cfg.Period <= 0 {
		cfg.Period = defaultPeriod
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Device{
		cfg: cfg, hub: cfg.Vault.Certificate().Value.Sign, nudge: make(chan struct{}, 1),
	}, nil
}

// Run keeps a session open, and tries again whenever it fails, until the
// context ends. Entries made meanwhile are sent at once.
func (d *Device) Run(ctx context.Context) error {
	cancel := d.cfg.Vault.Events(func(e store.Event) {
		// A receipt changes what waits too; only what is owed asks for a round.
		if _, ok := e.(store.WaitingChanged); ok && d.cfg.Vault.Waiting().Unsent > 0 {
			d.Nudge()
		}
	})
	defer cancel()
	var ticking sync.WaitGroup
	ticking.Go(func() { d.tick(ctx) })
	defer ticking.Wait()
	wait := firstRetry
	for ctx.Err() == nil {
		started := d.cfg.Now()
		err := d.session(ctx, func(ctx context.Context, r *replica.Device, c replica.Conn) error {
			return r.Run(ctx, c, d.nudge, d.cfg.Period)
		})
		d.ended(err)
		if d.cfg.Now().Sub(started) > longestRetry {
			wait = firstRetry // it was a real session; begin patiently anew
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
			wait = min(2*wait, longestRetry)
		}
	}
	return ctx.Err()
}

// tick lets leases end and the clock be kept while no session is open.
func (d *Device) tick(ctx context.Context) {
	each := time.NewTicker(tickEvery)
	defer each.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-each.C:
			if err := d.cfg.Vault.Tick(ctx); err != nil {
				d.cfg.Log.Error("the vault's clock could not be kept", "err", err)
			}
		}
	}
}

// SyncOnce runs one round and returns what it brought.
func (d *Device) SyncOnce(ctx context.Context) (Status, error) {
	err := d.session(ctx, func(ctx context.Context, r *replica.Device, c replica.Conn) error {
		return r.Once(ctx, c)
	})
	d.ended(err)
	return d.Status(), err
}

// Nudge asks for a round now. It never blocks.
func (d *Device) Nudge() {
	select {
	case d.nudge <- struct{}{}:
	default: // one is due already
	}
}

func (d *Device) session(ctx context.Context, run func(context.Context, *replica.Device, replica.Conn) error) error {
	dialCtx, stop := context.WithTimeout(ctx, dialTimeout)
	defer stop()
	conn, err := link.Dial(dialCtx, d.cfg.Address, link.Config{Key: d.cfg.Vault.Keys().Sign, Peer: link.Pin(d.hub)})
	if err != nil {
		return fmt.Errorf("reaching the hub at %s: %w", d.cfg.Address, err)
	}
	d.connected(true)
	defer d.connected(false)
	return run(ctx, &replica.Device{
		Holder: d.cfg.Vault, Hub: d.hub, Log: d.cfg.Log, Progress: d.progress,
	}, conn)
}

// Reach tells in one word how the device stands to its hub.
type Reach string

// What a screen says of the connection.
const (
	Never      Reach = "never"      // no session since the program started
	Connected  Reach = "connected"  // a session is open, and withdrawals are in step
	Offline    Reach = "offline"    // the hub could not be reached
	Revoked    Reach = "revoked"    // the hub takes what is owed and gives nothing
	Incomplete Reach = "incomplete" // withdrawals are missing: nothing was taken
	Refused    Reach = "refused"    // the hub and this device do not agree
)

// Status is how syncing stands. It holds counts and times, nothing about a
// person.
type Status struct {
	Reach      Reach
	Since      time.Time        // of Reach
	LastRound  time.Time        // a round was completed; zero: never since the start
	Open       bool             // a session is open now
	Progress   replica.Progress // of the newest round
	Why        string           // of Offline, Incomplete, Refused: for the help desk
	Waiting    store.Waiting
	Governance bool // every withdrawal known to the hub at LastRound is applied
}

// Status gives the present state.
func (d *Device) Status() Status {
	d.mu.Lock()
	s := d.status
	d.mu.Unlock()
	if s.Reach == "" {
		s.Reach = Never
	}
	s.Waiting = d.cfg.Vault.Waiting()
	return s
}

// OnStatus calls tell at every change, from the goroutine that made it. It
// must not block.
func (d *Device) OnStatus(tell func(Status)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hear = append(d.hear, tell)
}

func (d *Device) change(f func(*Status)) {
	d.mu.Lock()
	f(&d.status)
	hear := d.hear
	d.mu.Unlock()
	if len(hear) == 0 {
		return
	}
	s := d.Status()
	for _, tell := range hear {
		tell(s)
	}
}

func (d *Device) connected(yes bool) {
	d.change(func(s *Status) {
		// A line that is open says nothing yet: the hub may be silent, or
		// about to say that this device was put out.
		if s.Open = yes; yes {
			s.Progress = replica.Progress{}
		}
	})
}

func (d *Device) progress(p replica.Progress) {
	d.change(func(s *Status) {
		s.Progress = p
		if p.Phase == wire.PhaseRecords && s.Reach != Connected {
			s.Reach, s.Since, s.Why = Connected, d.cfg.Now(), ""
		}
		if p.Done {
			s.LastRound, s.Governance = d.cfg.Now(), true
		}
	})
}

// ended turns the error of a session into what a person is told.
func (d *Device) ended(err error) {
	if replica.IsEnd(err) {
		return
	}
	reach := Offline
	switch {
	case errors.Is(err, wire.ErrRevoked), errors.Is(err, wire.ErrNotMember):
		reach = Revoked
	case errors.Is(err, wire.ErrBarrierIncomplete), errors.Is(err, fact.ErrGap):
		reach = Incomplete
	case errors.Is(err, wire.ErrProtocol), errors.Is(err, wire.ErrVersion), errors.Is(err, wire.ErrHubRestored),
		errors.Is(err, fact.ErrFork), errors.Is(err, fact.ErrSignature), errors.Is(err, link.ErrPeerKey),
		errors.Is(err, audit.ErrReceipt), errors.Is(err, audit.ErrOtherHead), errors.Is(err, audit.ErrCheckpoint),
		errors.Is(err, store.ErrForkedLog), errors.Is(err, store.ErrForeign):
		reach = Refused
	}
	d.cfg.Log.Info("a session ended", "reach", reach, "why", err)
	d.change(func(s *Status) {
		if s.Reach != reach {
			s.Since = d.cfg.Now()
		}
		s.Reach, s.Why = reach, err.Error()
		if reach == Incomplete {
			s.Governance = false
		}
	})
}
