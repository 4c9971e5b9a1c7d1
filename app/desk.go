package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"satchel/app/process"
	"satchel/app/screen"
	"satchel/app/seat"
	"satchel/store"
	"satchel/store/identity"
	"satchel/sync/device"
)

// desk is what the screens see of the laptop: the vault, the session of
// whoever is unlocked, and the device role. It holds no clinical content: a
// record goes through it once, to the screen that asked.
//
// Lock order: mu is held only for moments and never while the vault, the
// device or a screen is called.
type desk struct {
	o        options
	cfg      store.Config
	ctx      context.Context // ends with the program; for what start begins
	narrator *narrator
	events   chan screen.Event
	signals  *mailbox

	// again puts the program in its own place; it returns where that failed.
	// Main sets it before start; nil: the program stays as it is.
	again func() error
	// mayRestart tells whether again has a chance.
	mayRestart func() error

	mu      sync.Mutex
	vault   *store.Vault
	session *store.Session
	duty    bool // the session has accepted the duty
	device  *device.Device
	stopped *screen.Problem // why nothing can be done
	prefs   screen.Prefs
	shift   []identity.Handle // opened this shift, the last first; gone at lock
	shown   *shown            // the record on the screen
	battery screen.Battery
	seen    snapshot      // of the vault, for what the screens poll
	status  device.Status // of the role, as it last said

	// Of locking, see desk_lock.go.
	locks   uint64             // how often it was locked
	trying  context.CancelFunc // ends an unlock under way; nil: none
	tried   chan struct{}      // closes when that unlock has ended, and wiped what it had
	over    chan struct{}      // closes when the session's end was told; nil: no session
	leaving bool               // locked, and about to start anew
	ending  bool               // close was called

	running  sync.WaitGroup     // what ends before the vault is closed
	restarts sync.WaitGroup     // the one that starts the program anew
	stop     context.CancelFunc // of the device role
	unwatch  context.CancelFunc // of what else start began
	looks    chan struct{}      // asks for a new snapshot; cap 1
	looked   chan struct{}      // closes when nobody looks any more
	unlook   context.CancelFunc
}

func newDesk(ctx context.Context, o options, cfg store.Config) *desk {
	d := &desk{
		o: o, cfg: cfg, ctx: ctx, narrator: newNarrator(o.narrate),
		events: make(chan screen.Event), prefs: readPrefs(cfg.Dir), stop: func() {}, unwatch: func() {},
		battery:    battery(),
		mayRestart: process.Restartable, looks: make(chan struct{}, 1), looked: make(chan struct{}),
	}
	d.signals = newMailbox(d.events)
	looking, stop := context.WithCancel(context.Background())
	d.unlook = stop
	go d.keepLooking(looking) // owned by close, which waits for it
	d.open()
	return d
}

// open opens the vault where there is one.
func (d *desk) open() {
	v, err := store.Open(d.ctx, d.cfg)
	switch {
	case errors.Is(err, store.ErrNoVault):
	case err != nil:
		d.mu.Lock()
		d.stopped = stopping(err)
		d.mu.Unlock()
	default:
		d.adopt(v)
	}
}

// adopt takes an open vault, and listens to it.
func (d *desk) adopt(v *store.Vault) {
	d.mu.Lock()
	d.vault = v
	d.mu.Unlock()
	v.Events(d.heard)
	d.look()
}

// start begins what works while the window is open: the device role, and for a
// demonstration that asks for it, an unlocked laptop.
func (d *desk) start() {
	d.work()
	if d.o.passphrase != "" && !d.o.again.on {
		d.running.Go(d.unlockForDemonstration)
	}
	d.narrate("started")
}

// work begins what goes on for as long as the vault is open, locked or not.
func (d *desk) work() {
	d.startDevice()
	ctx, stop := context.WithCancel(d.ctx)
	d.mu.Lock()
	d.unwatch = stop
	d.mu.Unlock()
	d.running.Go(func() { d.watch(ctx) })
	d.running.Go(func() { d.tick(ctx) })
	s, err := seat.New(seat.Config{Tell: d.mayBeAway, Log: d.cfg.Log})
	if err != nil {
		d.cfg.Log.Error("the system's word cannot be heard", "why", err)
		return
	}
	d.running.Go(func() {
		if err := s.Run(ctx); ctx.Err() == nil {
			d.cfg.Log.Error("the system's word is heard no more", "why", err)
		}
	})
}

// startDevice keeps an enrolled vault in step with its hub.
func (d *desk) startDevice() {
	d.mu.Lock()
	v, already := d.vault, d.device != nil
	d.mu.Unlock()
	if v == nil || already {
		return
	}
	if _, member := v.Member(); !member {
		return
	}
	address, err := device.Address(d.cfg.Dir)
	if err != nil {
		d.cfg.Log.Error("the hub's address is not known", "why", err)
		return
	}
	role, err := device.New(device.Config{Vault: v, Address: address, Log: d.cfg.Log})
	if err != nil {
		d.cfg.Log.Error("the device role could not be made", "why", err)
		return
	}
	role.OnStatus(func(s device.Status) {
		d.mu.Lock()
		d.status = s
		d.mu.Unlock()
		d.signals.put(screen.SyncChanged{})
		d.narrateSync()
	})
	first := role.Status()
	ctx, stop := context.WithCancel(d.ctx)
	d.mu.Lock()
	d.device, d.stop, d.status = role, stop, first
	d.mu.Unlock()
	d.running.Go(func() {
		if err := role.Run(ctx); err != nil && ctx.Err() == nil {
			d.cfg.Log.Error("the device role ended", "why", err)
		}
	})
}

// close ends everything and closes the vault. What was written is durable
// already.
func (d *desk) close() error {
	d.mu.Lock()
	d.ending = true
	d.mu.Unlock()
	err := d.shut()
	d.restarts.Wait()
	err = errors.Join(err, d.shut()) // a restart that failed may have opened it again
	d.unlook()
	<-d.looked
	d.signals.close()
	return err
}

// shut ends the work, the session and the vault, in this order. Calling it
// again does nothing.
func (d *desk) shut() error {
	d.mu.Lock()
	v, s, stop, unwatch := d.vault, d.session, d.stop, d.unwatch
	d.vault, d.device = nil, nil
	d.mu.Unlock()
	stop()
	unwatch()
	d.running.Wait()
	d.endSession()
	if s != nil {
		s.Lock()
	}
	if v == nil {
		return nil
	}
	return v.Close()
}

// heard turns what the vault says into what the screens understand.
func (d *desk) heard(e store.Event) {
	now := d.now()
	switch e := e.(type) {
	case store.Withdrawn:
		d.forget(e.Handle)
		d.signals.put(screen.Withdrawn{Handle: e.Handle, At: now})
		d.narrate("withdrawn")
	case store.LeaseEnded, store.GovernanceChanged, store.MembershipChanged, store.RecordsChanged:
		d.recheck()
		d.narrate("changed")
	case store.Locked:
		d.hasLocked()
	case store.WaitingChanged:
		d.narrate("entries")
	case store.Freshened:
	default:
		d.narrate("changed")
	}
	d.poke()
}

func (d *desk) now() time.Time {
	if d.cfg.Now != nil {
		return d.cfg.Now()
	}
	return time.Now()
}

func (d *desk) held() (*store.Vault, *store.Session, *device.Device) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.vault, d.session, d.device
}

func (d *desk) forget(h identity.Handle) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, x := range d.shift {
		if x == h {
			d.shift = append(d.shift[:i:i], d.shift[i+1:]...)
			return
		}
	}
}

// Events gives the one stream of what happened.
func (d *desk) Events() <-chan screen.Event { return d.events }

// Prefs are the laptop's settings.
func (d *desk) Prefs() screen.Prefs {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.prefs
}

// SavePrefs keeps them.
func (d *desk) SavePrefs(p screen.Prefs) {
	d.mu.Lock()
	d.prefs = p
	d.mu.Unlock()
	if err := writePrefs(d.cfg.Dir, p); err != nil {
		d.cfg.Log.Warn("the settings could not be kept", "why", err)
	}
}
