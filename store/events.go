package store

import (
	"slices"

	"satchel/store/identity"
)

// Event is one thing that changed in the vault; a screen looks again. It names
// no patient but by handle.
type Event interface{ event() }

type (
	// RecordsChanged: so many records came, were renewed or went.
	RecordsChanged struct{ N int }
	// Withdrawn: the record's keys are gone, and its screen closes at once.
	// Reason is the kill's, or "release-ended" where the record's own end or
	// the lease's took it.
	Withdrawn struct {
		Handle identity.Handle
		Reason string
	}
	// LeaseEnded: nothing of the cohort is readable until the next hub session.
	LeaseEnded struct{ Cohort identity.CohortID }
	// Locked: the session is over, whoever ended it.
	Locked struct{}
	// Freshened: fresher evidence from the hub counts for the cohort.
	Freshened struct{ Cohort identity.CohortID }
	// WaitingChanged: items were appended or receipted.
	WaitingChanged struct{}
	// PeopleChanged: somebody was invited, joined, came back or went, or the
	// hub renewed its word.
	PeopleChanged struct{}
	// MembershipChanged: devices joined or left, or this device's place did.
	MembershipChanged struct{}
	// GovernanceChanged: the cohort's policy, directives or orders changed.
	GovernanceChanged struct{ Cohort identity.CohortID }
)

func (RecordsChanged) event()    {}
func (Withdrawn) event()         {}
func (LeaseEnded) event()        {}
func (Locked) event()            {}
func (Freshened) event()         {}
func (WaitingChanged) event()    {}
func (PeopleChanged) event()     {}
func (MembershipChanged) event() {}
func (GovernanceChanged) event() {}

type listener struct{ tell func(Event) }

// Events calls tell for every event until cancel is called. Calls come from
// the goroutine that made the change, after it, outside every lock; tell must
// not block and may call the vault. One that is under way when cancel returns
// may still finish.
func (v *Vault) Events(tell func(Event)) (cancel func()) {
	l := &listener{tell}
	v.listenMu.Lock()
	defer v.listenMu.Unlock()
	v.listeners = append(slices.Clone(v.listeners), l)
	return func() {
		v.listenMu.Lock()
		defer v.listenMu.Unlock()
		v.listeners = slices.DeleteFunc(slices.Clone(v.listeners), func(x *listener) bool { return x == l })
	}
}

// tell says events to every listener. No lock may be held.
func (v *Vault) tell(events ...Event) {
	v.listenMu.Lock()
	all := v.listeners
	v.listenMu.Unlock()
	for _, e := range events {
		for _, l := range all {
			l.tell(e)
		}
	}
}
