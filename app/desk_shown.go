package main

import (
	"context"
	"time"

	"satchel/app/screen"
	"satchel/store"
	"satchel/store/identity"
)

// shown is the record on the screen, and what would close it.
type shown struct {
	handle     identity.Handle
	ends       time.Time // by the vault's clock
	restricted bool      // a directive named the person already when it was opened
}

// watchEvery is how long a record may stay past its end.
const watchEvery = 5 * time.Second

// watch closes what has come to its end while nothing else happened, and looks
// at what nobody tells of.
func (d *desk) watch(ctx context.Context) {
	each := time.NewTicker(watchEvery)
	defer each.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-each.C:
			d.recheck()
			d.notePower()
			d.keepHelpDesk()
			if d.look() {
				d.signals.put(screen.Changed{})
			}
		}
	}
}

// tickEvery is how often the vault is asked what time alone demands: the lock
// after the longest time open, leases, the clock.
const tickEvery = time.Minute

// tick lets the vault keep time, also where no hub is in reach or none has
// enrolled this laptop yet.
func (d *desk) tick(ctx context.Context) {
	each := time.NewTicker(tickEvery)
	defer each.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-each.C:
			v, _, _ := d.held()
			if v == nil {
				continue
			}
			if err := v.Tick(ctx); err != nil && ctx.Err() == nil {
				d.cfg.Log.Error("the vault's clock could not be kept", "why", err)
			}
		}
	}
}

// notePower reads the battery.
func (d *desk) notePower() {
	now := battery()
	d.mu.Lock()
	changed := now != d.battery
	d.battery = now
	d.mu.Unlock()
	if changed {
		d.signals.put(screen.Changed{})
	}
}

// keepHelpDesk keeps the number to call where it can be read when the vault
// cannot.
func (d *desk) keepHelpDesk() {
	v, _, _ := d.held()
	if v == nil {
		return
	}
	number := policyOf(v).HelpDesk
	if p := d.Prefs(); number != "" && number != p.HelpDesk {
		p.HelpDesk = number
		d.SavePrefs(p)
	}
}

// show remembers what is on the screen.
func (d *desk) show(s *store.Session, h identity.Handle, ends time.Time) {
	o := &shown{handle: h, ends: ends}
	if row, err := s.Row(h); err == nil {
		o.restricted = row.State.Restricted
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.session == s { // else nothing is shown any more
		d.shown = o
	}
}

func (d *desk) unshow(h identity.Handle) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shown != nil && d.shown.handle == h {
		d.shown = nil
	}
}

// recheck closes the record on the screen when it is past its end, and when an
// objection, or a withdrawal elsewhere, came after it was opened: opening it
// again is decided anew.
func (d *desk) recheck() {
	d.mu.Lock()
	v, s, o := d.vault, d.session, d.shown
	d.mu.Unlock()
	if v == nil || s == nil || o == nil {
		return
	}
	row, err := s.Row(o.handle)
	now := v.Now()
	switch {
	case !now.Before(o.ends), err == nil && !now.Before(row.State.LeaseEnds):
		d.unshow(o.handle)
		d.signals.put(screen.LeaseEnded{Handle: o.handle, At: d.now()})
	case err == nil && (row.State.Hidden || row.State.Restricted && !o.restricted):
		d.unshow(o.handle)
		d.signals.put(screen.Objected{Handle: o.handle, At: d.now()})
	}
}
