package store

import (
	"context"
	"fmt"
	"time"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
)

// TakeFreshness takes F: the hub's word that as of a time nothing newer
// existed. It counts at once when the governance that it names is held
// contiguously, else as soon as that is; only the newest of each kind is kept.
// Counting, it renews the cohort's lease and destroys what is past its own end.
// Taking what is not newer than what is held is no error. Errors:
// fact.ErrSignature, ErrNotMember.
func (v *Vault) TakeFreshness(f fact.Signed[fact.Freshness]) error {
	v.door.Lock()
	events, err := v.takeFreshnessAtDoor(f)
	v.door.Unlock()
	v.tell(events...)
	if err != nil {
		return fmt.Errorf("taking freshness: %w", err)
	}
	return nil
}

func (v *Vault) takeFreshnessAtDoor(f fact.Signed[fact.Freshness]) ([]Event, error) {
	if err := v.usable(); err != nil {
		return nil, err
	}
	if !f.By(v.hubKey()) {
		return nil, fact.ErrSignature
	}
	v.mu.Lock()
	c, err := v.cohortLocked(f.Value.Cohort)
	stale := err == nil && (!c.fresh.IsZero() && !f.Value.Newer(c.fresh.Value) || !c.pending.IsZero() && !f.Value.Newer(c.pending.Value))
	v.mu.Unlock()
	if err != nil || stale {
		return nil, err
	}
	if err := v.keepFact(factFreshness, f.Raw()); err != nil {
		return nil, err
	}
	v.mu.Lock()
	v.clock.proved(millis(f.Value.Time))
	c.pending = f
	freshened := c.settle()
	v.mu.Unlock()
	if !freshened {
		return nil, nil
	}
	ended, err := v.eraseEndedAtDoor(context.Background(), c.id)
	return append([]Event{Freshened{c.id}}, ended...), err
}

// TakeHubTime sets the trusted clock to what the hub answered, in Unix
// milliseconds, also back: call it only with an answer that echoed a nonce of
// this session.
//
// A wall clock that is more than two minutes wrong is told and entered (R55).
func (v *Vault) TakeHubTime(ms int64) {
	v.mu.Lock()
	before := v.clock.skew
	v.clock.live(millis(ms))
	v.stateDirty = true
	wrong := v.clock.skew.Abs() > drift
	told := before.Abs() > drift && (before-v.clock.skew).Abs() < drift
	if wrong {
		v.noteLocked(Notice{Code: ClockWrong})
	}
	v.mu.Unlock()
	if !wrong || told {
		return
	}
	if _, err := v.enter(audit.Entry{Kind: audit.KindClockDrift}, audit.ClassOther); err != nil {
		v.log.Error("a wrong clock could not be entered", "err", err)
	}
	v.tell(WaitingChanged{})
}

// Drift is by how much the wall clock is ahead of the hub's, as of the last
// live answer; negative where it is behind.
func (v *Vault) Drift() time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.clock.skew
}

// Now is the trusted time: never behind what the hub proved or what has passed
// since, whatever the wall clock says.
func (v *Vault) Now() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.nowLocked()
}

func (v *Vault) nowLocked() time.Time { return v.clock.now() }

// TakeKeys takes K: the cohort's key of an epoch, boxed to its members. It is
// kept whole, and opened at the next unlock (at once when somebody is
// unlocked). Taking what is not newer than what is held is no error. Errors:
// fact.ErrSignature, ErrNotMember.
func (v *Vault) TakeKeys(k fact.Signed[fact.KeySet]) error {
	v.door.Lock()
	err := v.takeKeysAtDoor(k)
	v.door.Unlock()
	if err != nil {
		return fmt.Errorf("taking cohort keys: %w", err)
	}
	return nil
}

func (v *Vault) takeKeysAtDoor(k fact.Signed[fact.KeySet]) error {
	if err := v.usable(); err != nil {
		return err
	}
	if !k.By(v.hubKey()) {
		return fact.ErrSignature
	}
	v.mu.Lock()
	c, err := v.cohortLocked(k.Value.Cohort)
	stale := err == nil && !c.keys.IsZero() && !newerKeys(k.Value, c.keys.Value)
	v.mu.Unlock()
	if err != nil || stale {
		return err
	}
	if err := v.keepFact(factKeys, k.Raw()); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	c.keys = k
	if v.user != nil {
		v.user.openKeys(v.id, k.Value)
	}
	return nil
}

// newerKeys orders key sets: by epoch, and within one epoch by time, for a set
// is signed again when a member joins without a new key.
func newerKeys(k, other fact.KeySet) bool {
	if k.Epoch != other.Epoch {
		return k.Epoch > other.Epoch
	}
	return k.Time > other.Time
}

// KeySet is the newest K held, whole, to hand to a peer; zero: none.
func (v *Vault) KeySet(id identity.CohortID) fact.Signed[fact.KeySet] {
	v.mu.Lock()
	defer v.mu.Unlock()
	if c := v.cohorts[id]; c != nil {
		return c.keys
	}
	return fact.Signed[fact.KeySet]{}
}
