package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
)

// Known gives a device that is a member in force.
func (v *Vault) Known(d identity.DeviceID) (fact.Member, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.members.Get(d)
}

// Revoked tells whether a device was put out.
func (v *Vault) Revoked(d identity.DeviceID) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.members.Revoked(d)
}

// Member is this device's own place in the membership; false while its
// enrolment is pending and after it was revoked.
func (v *Vault) Member() (fact.Member, bool) { return v.Known(v.id) }

// MembershipPoint is how far the membership chain is held.
func (v *Vault) MembershipPoint() fact.Point {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.memberChain.point()
}

// MembershipHead is the newest signed head of the membership chain; zero when
// there is none.
func (v *Vault) MembershipHead() fact.Signed[fact.Head] {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.memberChain.head
}

// MembershipRun gives the entries after a number, to hand to a peer.
// fact.ErrGap: they are not held, or are too many for one run.
func (v *Vault) MembershipRun(after uint64) (fact.Run, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.memberChain.run(after)
}

// TakeMembership verifies a run against the pinned hub, makes it durable and
// applies it. What it brings counts when it returns nil, or an error of the
// erasure that it demanded: rows of cohorts that this device has left, or of
// all when it was revoked, are destroyed before it returns. Taking what is
// held already is no error. Errors: ErrForeign, ErrBelowFloor,
// fact.ErrSignature, fact.ErrRun, fact.ErrGap, fact.ErrFork, fact.ErrEntry.
func (v *Vault) TakeMembership(run fact.Run) error {
	v.door.Lock()
	events, err := v.takeMembershipAtDoor(run)
	v.door.Unlock()
	v.tell(events...)
	if err != nil {
		return fmt.Errorf("taking membership: %w", err)
	}
	return nil
}

func (v *Vault) takeMembershipAtDoor(run fact.Run) ([]Event, error) {
	if err := v.usable(); err != nil {
		return nil, err
	}
	v.mu.Lock()
	what, err := v.memberChain.judge(v.hubKey(), run)
	known := len(what.entries) == 0 && !what.restart && !run.Head.Value.Newer(v.memberChain.head.Value)
	bad := what.beginsBadly(v.memberChain.bad)
	v.mu.Unlock()
	switch {
	case err != nil || known:
		return nil, err
	case bad: // kept once is enough: nothing of it counts, now or later
		return nil, fact.ErrEntry
	}
	if err := v.keepRun(factMembership, run); err != nil {
		return nil, err
	}
	before, was := v.Member()
	v.mu.Lock()
	err = v.applyMembershipLocked(run, what)
	v.mu.Unlock()
	var events []Event
	if len(what.entries) > 0 {
		events = append(events, MembershipChanged{})
	}
	now, is := v.Member()
	if was && !is {
		v.mu.Lock()
		events = append(events, v.dropUserLocked()...)
		v.mu.Unlock()
	}
	if !was && is {
		_, enterErr := v.enter(audit.Entry{Kind: audit.KindEnrolled, Decision: string(now.Kind)}, audit.ClassOther)
		events, err = append(events, WaitingChanged{}), errors.Join(err, enterErr)
	}
	if was && !is || !slices.Equal(before.Holds, now.Holds) || !slices.Equal(before.Carries, now.Carries) {
		more, eraseErr := v.eraseDepartedAtDoor(context.Background())
		events, err = append(events, more...), errors.Join(err, eraseErr)
	}
	return events, err
}

// applyMembershipLocked applies what judge found. An entry that makes no sense
// ends the chain at the one before: replaying the facts gives the same.
func (v *Vault) applyMembershipLocked(run fact.Run, what news) error {
	if what.restart {
		v.memberChain.base, v.memberChain.entries, v.memberChain.at = run.From, nil, nil
		v.members = fact.NewMembership(v.area())
		v.members.Point = run.From
	}
	for i, e := range what.entries {
		if _, err := v.members.Apply(e); err != nil {
			v.memberChain.extend(what.entries[:i], fact.Signed[fact.Head]{})
			v.memberChain.bad = sha256.Sum256(e)
			return err
		}
	}
	v.memberChain.extend(what.entries, run.Head)
	return nil
}
