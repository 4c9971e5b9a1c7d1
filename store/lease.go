package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
)

// leaseEndsLocked is when a row stops being readable: its own end or its
// cohort's lease, whichever is first (R33, R51). Zero: it is not readable, for
// no evidence counts.
func (v *Vault) leaseEndsLocked(r *seal.Row, ver *seal.Version, c *cohort) time.Time {
	lease := c.leaseEnds()
	if lease.IsZero() {
		return time.Time{}
	}
	if own := millis(ver.NotAfter); own.Before(lease) {
		return own
	}
	return lease
}

// openTooLong tells whether somebody has been unlocked for longer than the
// strictest policy allows.
func (v *Vault) openTooLong() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.session == nil {
		return false
	}
	longest := fact.DefaultPolicy().LongestOpen
	for _, c := range v.cohorts {
		longest = min(longest, c.gov.Policy.LongestOpen)
	}
	return v.clock.boot()-v.session.began >= time.Duration(longest)*time.Millisecond
}

// Tick does what time alone demands: it locks who has been unlocked for too
// long, writes the clock, tells of leases that have ended, destroys what has been
// past its end for 24 running hours with no word from the hub, finishes an
// erasure that an error had stopped, turns a share that is due or owed, and tends
// the cache: for at most some ten seconds, of which a moment keeps others out.
// Call it about once a minute while the vault is open.
func (v *Vault) Tick(ctx context.Context) error {
	if v.openTooLong() {
		v.lockSession()
	}
	v.door.Lock()
	events, err := v.tickAtDoor(ctx)
	v.door.Unlock()
	v.tell(events...)
	err = errors.Join(err, v.tendCache(ctx))
	if err != nil {
		return fmt.Errorf("keeping time: %w", err)
	}
	return nil
}

func (v *Vault) tickAtDoor(ctx context.Context) ([]Event, error) {
	if err := v.usable(); err != nil {
		return nil, err
	}
	events, errs := []Event{}, []error{}
	if v.hourMarked() {
		errs = append(errs, v.dropReceiptedAtDoor(v.Now()))
	}
	errs = append(errs, v.turnShareAtDoor())
	v.mu.Lock()
	now := v.clock.advance()
	var d doom
	for id, c := range v.cohorts {
		end := c.leaseEnds()
		if end.IsZero() || !now.After(end) {
			continue
		}
		if !c.ended {
			c.ended = true
			events = append(events, LeaseEnded{id})
		}
		if v.clock.ranSince(end) >= afterLease {
			d.add(v.rowsLocked(func(r *seal.Row) bool { return r.Cohort == id }), fact.ReleaseEnded)
			c.cursor = cursor{}
		}
	}
	if now.UnixMilli() > v.table.soonest {
		d.add(v.rowsLocked(func(r *seal.Row) bool {
			return len(r.Versions) > 0 && v.clock.ranSince(millis(r.Versions[0].NotAfter)) >= afterLease
		}), fact.ReleaseEnded)
	}
	v.mu.Unlock()
	more, err := v.eraseAtDoor(ctx, d)
	events, errs = append(events, more...), append(errs, err, v.payShareAtDoor())
	if v.cache.Load() == nil {
		errs = append(errs, v.openCacheAtDoor(ctx)) // the disk was full, and may not be now
	}
	v.mu.Lock()
	dirty := v.stateDirty
	v.mu.Unlock()
	if v.cfg.Boot()-v.savedAt >= persistEvery || dirty {
		errs = append(errs, v.saveStateAtDoor())
	}
	return events, errors.Join(errs...)
}

// markHour notes once an hour how much running time there has been.
func (v *Vault) markHour(context.Context) error {
	v.hourMarked()
	return nil
}

func (v *Vault) hourMarked() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.clock.mark()
}

// eraseEndedAtDoor destroys what is past its own end, now that the hub was
// heard.
func (v *Vault) eraseEndedAtDoor(ctx context.Context, id identity.CohortID) ([]Event, error) {
	v.mu.Lock()
	var d doom
	d.add(v.table.ended(v.nowLocked(), id), fact.ReleaseEnded)
	v.mu.Unlock()
	return v.eraseAtDoor(ctx, d)
}
