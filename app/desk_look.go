package main

import (
	"context"
	"reflect"
	"slices"
	"time"

	"satchel/app/screen"
	"satchel/store"
	"satchel/store/fact"
	"satchel/store/identity"
)

// snapshot is what the vault said of itself when it was last looked at. The
// screens poll it on the one goroutine that draws: they must never wait for the
// vault, which may be erasing a thousand records or waiting for the disk.
type snapshot struct {
	state   screen.State // Phase is that of a laptop nobody is signed in at
	waiting store.Waiting
	hub     string // its name
}

// keepLooking looks again whenever it is asked to, and says so to the screens.
func (d *desk) keepLooking(ctx context.Context) {
	defer close(d.looked)
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.looks:
			d.look()
			d.signals.put(screen.Changed{})
		}
	}
}

// poke asks for a look, and never waits for it.
func (d *desk) poke() {
	select {
	case d.looks <- struct{}{}:
	default: // one is due already
	}
}

// look takes a new snapshot and tells whether it differs. It may wait for the
// vault: never call it where something is drawn.
func (d *desk) look() (differs bool) {
	v, _, _ := d.held()
	if v == nil {
		return false
	}
	seen := d.snapshotOf(v)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.vault != v {
		return false
	}
	differs = !reflect.DeepEqual(d.seen, seen)
	d.seen = seen
	return differs
}

// clockTolerance is how far this clock may be from the hub's before it is said.
const clockTolerance = time.Minute

func (d *desk) snapshotOf(v *store.Vault) snapshot {
	policy := policyOf(v)
	w := v.Waiting()
	st := screen.State{
		Phase: screen.PhaseLocked, Laptop: v.Name(), Demo: v.Demo(), Words: identity.Words("device", v.Keys().Public()),
		Organisation: policy.Organisation, HelpDesk: policy.HelpDesk, IdleLock: time.Duration(policy.IdleLock) * time.Millisecond,
		People: d.people(v), Held: v.Count(), Unsent: w.Unsent, Checked: checkedOf(v),
	}
	if off := v.Now().Sub(d.now()); off.Abs() > clockTolerance {
		st.ClockOff = off // R55: the vault's clock is the hub's, as far as it is proved
	}
	st.Notices, st.MayPIN = notices(v), v.MayPIN()
	switch _, member := v.Member(); {
	case !member && !v.MembershipHead().IsZero():
		st.Phase, st.Stop = screen.PhaseUnusable, &screen.Problem{Key: screen.ProblemRevoked, Code: "REV"}
	case !member:
		st.Phase = screen.PhaseAwaiting
	}
	return snapshot{state: st, waiting: w, hub: v.Certificate().Value.Name}
}

// policyOf gives the policy of the vault's first cohort; the default where it
// has none.
func policyOf(v *store.Vault) fact.Policy {
	for _, c := range v.Cohorts() {
		return v.Policy(c)
	}
	return fact.DefaultPolicy()
}

// checkedOf is the oldest moment at which the hub vouched for what is held.
func checkedOf(v *store.Vault) time.Time {
	var oldest time.Time
	for _, c := range v.Cohorts() {
		at := v.Checked(c)
		if at.IsZero() {
			return time.Time{}
		}
		if oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
	}
	return oldest
}

// people are those with a place here, whoever was here last first.
func (d *desk) people(v *store.Vault) []screen.User {
	places := v.People()
	slices.SortStableFunc(places, func(a, b store.PersonSlot) int { return b.LastTry.Compare(a.LastTry) })
	var out []screen.User
	for _, p := range places {
		u := user(p, d.now())
		_, _, asked := v.Recovery(p.Slot)
		u.Asked = asked && !p.Answered // once answered, the new passphrase opens
		out = append(out, u)
	}
	return out
}
