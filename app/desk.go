package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"satchel/app/screen"
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
	running sync.WaitGroup
	stop    context.CancelFunc // of the device role
	unwatch context.CancelFunc // of watch
}

func newDesk(ctx context.Context, o options, cfg store.Config) *desk {
	d := &desk{
		o: o, cfg: cfg, ctx: ctx, narrator: newNarrator(o.narrate),
		events: make(chan screen.Event), prefs: readPrefs(cfg.Dir), stop: func() {}, unwatch: func() {},
		battery: battery(),
	}
	d.signals = newMailbox(d.events)
	v, err := store.Open(ctx, cfg)
	switch {
	case errors.Is(err, store.ErrNoVault):
	case err != nil:
		d.stopped = stopping(err)
	default:
		d.adopt(v)
	}
	return d
}

// adopt takes an open vault, and listens to it.
func (d *desk) adopt(v *store.Vault) {
	d.mu.Lock()
	d.vault = v
	d.mu.Unlock()
	v.Events(d.heard)
}

// start begins what works while the window is open: the device role, and for a
// demonstration that asks for it, an unlocked laptop.
func (d *desk) start() {
	d.startDevice()
	ctx, stop := context.WithCancel(d.ctx)
	d.mu.Lock()
	d.unwatch = stop
	d.mu.Unlock()
	d.running.Go(func() { d.watch(ctx) })
	if d.o.passphrase != "" {
		d.running.Go(d.unlockForDemonstration)
	}
	d.narrate("started")
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
	role.OnStatus(func(device.Status) { d.signals.put(screen.SyncChanged{}); d.narrateSync() })
	ctx, stop := context.WithCancel(d.ctx)
	d.mu.Lock()
	d.device, d.stop = role, stop
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
	v, s, stop, unwatch := d.vault, d.session, d.stop, d.unwatch
	d.vault, d.session = nil, nil
	d.mu.Unlock()
	stop()
	unwatch()
	d.running.Wait()
	if s != nil {
		s.Lock()
	}
	var err error
	if v != nil {
		err = v.Close()
	}
	d.signals.close()
	return err
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
		d.signals.put(screen.Changed{})
		d.narrate("changed")
	case store.Locked:
		d.dropSession()
		d.signals.put(screen.Locked{})
		d.narrate("locked")
	case store.WaitingChanged:
		d.signals.put(screen.Changed{})
		d.narrate("entries")
	case store.Freshened:
		d.signals.put(screen.Changed{})
	default:
		d.signals.put(screen.Changed{})
		d.narrate("changed")
	}
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

func (d *desk) dropSession() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.session, d.duty, d.shift, d.shown = nil, false, nil, nil
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
