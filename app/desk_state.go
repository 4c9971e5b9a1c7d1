package main

import (
	"context"
	"time"

	"satchel/app/screen"
	"satchel/store"
	"satchel/sync/device"
)

// State says what the laptop is now. It waits for nobody: what the vault has to
// say is in the latest snapshot.
func (d *desk) State() screen.State {
	d.mu.Lock()
	st, stopped, p := d.seen.state, d.stopped, d.status.Progress
	full, desk := d.battery, d.prefs.HelpDesk
	v, s, duty, leaving := d.vault, d.session, d.duty, d.leaving
	d.mu.Unlock()
	if st.Battery = full; st.HelpDesk == "" {
		st.HelpDesk = desk
	}
	bare := screen.State{Demo: d.o.demo, Battery: full, HelpDesk: desk}
	switch {
	case stopped != nil:
		bare.Phase, bare.Stop = screen.PhaseUnusable, stopped
		return bare
	case leaving:
		st.Phase = screen.PhaseLeaving
	case v == nil:
		bare.Phase = screen.PhaseNotSetUp
		return bare
	case st.Phase == screen.PhaseLocked && s != nil:
		st.Who = screen.User{Slot: s.Person().Slot, Name: s.Person().Name, Role: s.Person().Role}
		if st.Phase = screen.PhaseDuty; duty {
			st.Phase = screen.PhaseOpen
		}
	}
	if !p.Done && p.Expected > 0 {
		st.Loading = screen.Loading{Got: p.Received, Of: int(p.Expected)}
	}
	return st
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
	if p.Refused != nil {
		u.Refused = unlockRefused(p.Refused)
	}
	return u
}

// Sync says how the laptop stands with its hub. Laptops do not meet each other
// yet, so the hub is the only neighbour.
func (d *desk) Sync() screen.Sync {
	d.mu.Lock()
	role, s, w, checked, name := d.device, d.status, d.seen.waiting, d.seen.state.Checked, d.seen.hub
	d.mu.Unlock()
	if role == nil {
		return screen.Sync{Phase: screen.SyncOffline}
	}
	out := screen.Sync{
		Since: s.Since, Contact: later(s.LastRound, checked), NewsAt: checked,
		Send: screen.Count{Done: int(w.Received), Of: int(w.Total)},
	}
	hub := screen.Neighbour{Name: name, Kind: "hub", Direct: true, State: screen.SeenBefore, LastSeen: out.Contact}
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
	d.mu.Lock()
	w, none := d.seen.waiting, d.vault == nil
	d.mu.Unlock()
	if none {
		return screen.Waiting{}
	}
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
