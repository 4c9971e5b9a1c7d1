package main

import (
	"context"
	"slices"
	"time"

	"satchel/app/screen"
	"satchel/store"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/sync/device"
)

// clockTolerance is how far this clock may be from the hub's before it is said.
const clockTolerance = time.Minute

// State says what the laptop is now.
func (d *desk) State() screen.State {
	v, s, role := d.held()
	d.mu.Lock()
	stopped, duty, full, desk := d.stopped, d.duty, d.battery, d.prefs.HelpDesk
	d.mu.Unlock()
	st := screen.State{Stop: stopped, Demo: d.o.demo, Battery: full, HelpDesk: desk}
	switch {
	case stopped != nil:
		st.Phase = screen.PhaseUnusable
		return st
	case v == nil:
		st.Phase = screen.PhaseNotSetUp
		return st
	}
	st.Laptop, st.Demo = v.Name(), v.Demo()
	st.Words = identity.Words("device", v.Keys().Public())
	policy := policyOf(v)
	st.Organisation = policy.Organisation
	if policy.HelpDesk != "" {
		st.HelpDesk = policy.HelpDesk
	}
	st.IdleLock = time.Duration(policy.IdleLock) * time.Millisecond
	st.People = d.people(v)
	st.Held = v.Count()
	st.Unsent = v.Waiting().Unsent
	st.Checked = checkedOf(v)
	if off := v.Now().Sub(d.now()); off.Abs() > clockTolerance {
		st.ClockOff = off // R55: the vault's clock is the hub's, as far as it is proved
	}
	st.Notices, st.MayPIN = notices(v), v.MayPIN()
	if role != nil {
		p := role.Status().Progress
		if !p.Done && p.Expected > 0 {
			st.Loading = screen.Loading{Got: p.Received, Of: int(p.Expected)}
		}
	}
	st.Phase = screen.PhaseLocked
	switch _, member := v.Member(); {
	case !member && !v.MembershipHead().IsZero():
		st.Phase, st.Stop = screen.PhaseUnusable, &screen.Problem{Key: screen.ProblemRevoked, Code: "REV"}
	case !member:
		st.Phase = screen.PhaseAwaiting
	case s != nil:
		st.Who = screen.User{Slot: s.Person().Slot, Name: s.Person().Name, Role: s.Person().Role}
		if st.Phase = screen.PhaseDuty; duty {
			st.Phase = screen.PhaseOpen
		}
	}
	return st
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

// placeStates says which state of the screens stands for which of the vault.
var placeStates = map[store.PlaceState]screen.PlaceState{
	store.PlaceReady: screen.PlaceReady, store.PlaceInvited: screen.PlaceInvited,
	store.PlaceWaiting: screen.PlaceWaiting, store.PlaceGone: screen.PlaceGone,
}

func user(p store.PersonSlot, now time.Time) screen.User {
	u := screen.User{Slot: p.Slot, Name: p.Name, Role: p.Role, State: placeStates[p.State], Joined: p.Joined, PIN: p.PIN}
	if p.Wait > 0 {
		u.WaitUntil = now.Add(p.Wait)
	}
	if p.Left < store.MaxTries {
		u.Left = p.Left
	}
	return u
}

// Sync says how the laptop stands with its hub. Laptops do not meet each other
// yet, so the hub is the only neighbour.
func (d *desk) Sync() screen.Sync {
	v, _, role := d.held()
	if v == nil || role == nil {
		return screen.Sync{Phase: screen.SyncOffline}
	}
	s := role.Status()
	out := screen.Sync{
		Since: s.Since, Contact: later(s.LastRound, checkedOf(v)), NewsAt: checkedOf(v),
		Send: screen.Count{Done: int(s.Waiting.Received), Of: int(s.Waiting.Total)},
	}
	hub := screen.Neighbour{Name: v.Certificate().Value.Name, Kind: "hub", Direct: true, State: screen.SeenBefore, LastSeen: out.Contact}
	switch s.Reach {
	case device.Connected:
		hub.State = screen.Connected
		out.Phase, out.Since = screen.SyncUpToDate, s.LastRound
		if s.LastRound.IsZero() || !s.Progress.Done && s.Progress.Expected > 0 {
			out.Phase, out.Since = screen.SyncReceiving, s.Since
		}
		out.Receive = screen.Count{Done: s.Progress.Received, Of: int(s.Progress.Expected)}
	case device.Refused:
		out.Phase, out.Code = screen.SyncDisagrees, "SYN"
	case device.Incomplete:
		out.NoNews = true
	}
	out.Neighbours = []screen.Neighbour{hub}
	return out
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// SyncNow asks for a round.
func (d *desk) SyncNow() {
	if _, _, role := d.held(); role != nil {
		role.Nudge()
	}
}

// Waiting lists what the hub has not received. Until notes and objections can
// be written here, all of it is entries about looks and about the laptop.
func (d *desk) Waiting() screen.Waiting {
	v, _, _ := d.held()
	if v == nil {
		return screen.Waiting{}
	}
	w := v.Waiting()
	out := screen.Waiting{Written: int(w.Total), Received: int(w.Received), ReceivedAt: w.LastReceiptAt}
	if w.Unsent > 0 {
		out.Items = []screen.WaitingItem{{Kind: screen.WaitingAccess, Count: w.Unsent, When: w.Oldest, State: screen.OnLaptop}}
	}
	d.narrator.say(said{Did: "waiting", Unsent: w.Unsent, Written: int(w.Total), Received: int(w.Received)})
	return out
}

// narrate says a step with the counts of the moment.
func (d *desk) narrate(did string) {
	v, _, _ := d.held()
	line := said{Did: did}
	if v != nil {
		w := v.Waiting()
		line.Held, line.Unsent, line.Written, line.Received = v.Count(), w.Unsent, int(w.Total), int(w.Received)
	}
	d.narrator.say(line)
}

func (d *desk) narrateSync() {
	_, _, role := d.held()
	if role == nil {
		return
	}
	did := "sync"
	if r := role.Status().Reach; r == device.Offline {
		did = "offline"
	}
	d.narrate(did)
}

// unlockForDemonstration opens the laptop for its first person, and accepts
// the duty, so that a demonstration begins at the search.
func (d *desk) unlockForDemonstration() {
	pass, err := readPassphrase(d.o.passphrase)
	if err != nil {
		d.cfg.Log.Error("the demonstration could not be unlocked", "why", err)
		return
	}
	defer clear(pass)
	v, _, _ := d.held()
	if v == nil || !v.Demo() || len(v.People()) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(d.ctx, time.Minute)
	defer cancel()
	if err := d.Unlock(ctx, v.People()[0].Slot, pass); err != nil {
		d.cfg.Log.Error("the demonstration could not be unlocked", "why", err)
		return
	}
	if err := d.AcceptDuty(ctx, d.Duty().Version); err != nil {
		d.cfg.Log.Error("the duty could not be accepted", "why", err)
	}
	d.signals.put(screen.Locked{}) // the screens begin anew, at the search
}
