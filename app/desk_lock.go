package main

import (
	"context"
	"time"

	"satchel/app/screen"
	"satchel/app/seat"
	"satchel/store"
	"satchel/store/identity"
)

// Every lock ends the same way, whoever asked for it: the screens are emptied,
// the session's keys are wiped, the vault says Locked, and then the program
// closes everything in order and starts anew at the unlock screen. Text that
// Go or Fyne held in strings cannot be wiped; it goes with the process. What
// was written is durable before; sync and purge go on in the new process, as
// they did in the locked old one.

// Unlock opens the laptop for one person. A lock that comes meanwhile wins: the
// person is not let in.
func (d *desk) Unlock(ctx context.Context, who identity.SlotID, passphrase []byte) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	tried := make(chan struct{})
	defer close(tried)
	d.mu.Lock()
	v, locks := d.vault, d.locks
	if d.leaving {
		v = nil
	} else {
		d.trying, d.tried = cancel, tried
	}
	d.mu.Unlock()
	if v == nil {
		clear(passphrase)
		return problem(errClosed)
	}
	s, err := v.Unlock(ctx, who, passphrase)
	if !d.admit(s, err, locks) && err == nil {
		s.Lock()
		err = errClosed
	}
	d.look() // tries and waits are seen at once
	if err != nil {
		d.narrate("unlock-refused")
		return problem(err)
	}
	if s.Accepted(dutyVersion) {
		d.narrate("open-laptop")
	} else {
		d.narrate("duty")
	}
	return nil
}

// admit makes a session the one that is open, unless the laptop was locked
// since locks were counted.
func (d *desk) admit(s *store.Session, err error, locks uint64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trying = nil
	if err != nil || d.locks != locks {
		return false
	}
	d.session, d.duty, d.over = s, s.Accepted(dutyVersion), make(chan struct{})
	return true
}

// AcceptDuty records the acceptance.
func (d *desk) AcceptDuty(_ context.Context, version string) error {
	_, s, _ := d.held()
	if s == nil || version != dutyName {
		return problem(errClosed)
	}
	if err := s.AcceptDuty(dutyVersion); err != nil {
		return problem(err)
	}
	d.mu.Lock()
	open := d.session == s
	d.duty = open
	d.mu.Unlock()
	if !open {
		return problem(errClosed)
	}
	d.narrate("open-laptop")
	return nil
}

// Lock ends the session, and an unlock that is under way. The screens are empty
// when they call it.
func (d *desk) Lock() {
	if s := d.endSession(); s != nil {
		s.Lock()
	}
}

// endSession takes the session away from the screens and gives it, or nil.
func (d *desk) endSession() *store.Session {
	d.mu.Lock()
	s, trying := d.session, d.trying
	d.locks++
	d.session, d.duty, d.shift, d.shown = nil, false, nil, nil
	d.mu.Unlock()
	if trying != nil {
		trying()
	}
	return s
}

// hasLocked follows the vault's word that a session has ended and its keys are
// wiped, whoever ended it. Several causes at once are one lock.
func (d *desk) hasLocked() {
	d.endSession()
	may := d.again != nil
	if may {
		if err := d.mayRestart(); err != nil {
			d.cfg.Log.Error("locked, but the program cannot start anew: what was shown may still be in its memory", "why", err)
			may = false
		}
	}
	d.mu.Lock()
	if d.over != nil {
		close(d.over)
		d.over = nil
	}
	if may && !d.leaving && !d.ending {
		d.leaving = true
		d.restarts.Go(d.startAnew)
	}
	d.mu.Unlock()
	d.signals.put(screen.Locked{})
	d.narrate("locked")
}

// startAnew closes everything and puts the program in its own place. Where that
// fails the laptop stays locked and goes on in this process.
func (d *desk) startAnew() {
	if err := d.shut(); err != nil {
		d.cfg.Log.Error("the vault did not close well before the program started anew", "why", err)
	}
	if d.isEnding() {
		return
	}
	err := d.again()
	d.cfg.Log.Error("locked, but the program could not start anew: what was shown may still be in its memory", "why", err)
	if d.isEnding() {
		return
	}
	d.open()
	d.work()
	d.mu.Lock()
	d.leaving = false
	d.mu.Unlock()
	d.signals.put(screen.Locked{})
	d.narrate("stayed")
}

func (d *desk) isEnding() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ending || d.ctx.Err() != nil
}

// lockPatience is how long the screens have to lock when the system says so,
// before it is done without them. Sleep waits 5 s by logind's default.
const lockPatience = time.Second

// tryPatience is how long an unlock under way has to end: its passphrase is
// being stretched, which nothing interrupts.
const tryPatience = 3 * time.Second

// mayBeAway locks because the system says that nobody may be here, and returns
// when it is done. It tells whether the program is about to start anew.
func (d *desk) mayBeAway(why seat.Event) bool {
	d.mu.Lock()
	over, tried, leaving := d.over, d.tried, d.leaving
	if d.trying == nil {
		tried = nil
	}
	d.mu.Unlock()
	if over == nil && tried == nil && why == seat.Slept {
		return leaving // somebody may be back already and typing
	}
	d.signals.put(screen.LockNow{})
	if over != nil {
		select {
		case <-over:
		case <-time.After(lockPatience):
			d.cfg.Log.Warn("the screens did not lock in time; locking without them", "why", why.String())
		}
	}
	d.Lock() // an unlock under way ends, and a session that the screens left
	if over != nil {
		select {
		case <-over:
		case <-time.After(lockPatience): // the vault is busy; it lets nobody in again
		}
	}
	if tried != nil {
		select {
		case <-tried:
		case <-time.After(tryPatience):
			d.cfg.Log.Warn("a passphrase is still being tried; it lets nobody in", "why", why.String())
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.leaving
}
