package store

import (
	"errors"
	"testing"
	"time"

	"satchel/store/fact"
	"satchel/store/seal"
)

// Switching off before the last wrong try has had its end wins no further try.
func TestNoTryBeyondTheLast(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	slot := v.People()[0].Slot
	v.door.Lock()
	w.must(v.writeAttempt(seal.Attempt{Slot: slot, Failed: maxTries, Last: v.Now().UnixMilli()}))
	v.door.Unlock()
	w.pass(time.Hour)
	_, err := v.Unlock(t.Context(), slot, []byte(passphrase))
	if _, gone := errors.AsType[*SlotGoneError](err); !gone || v.People()[0].State != PlaceGone || !v.content.Slots[0].Gone() {
		t.Fatalf("%+v, %v", v.People(), err)
	}
}

// A try made while the clock was ahead does not lock its person out for as
// long once the clock is right.
func TestWaitIsBounded(t *testing.T) { // R55
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	slot, right := v.People()[0].Slot, w.wall
	w.wall = right.AddDate(1, 0, 0)
	if _, err := v.Unlock(t.Context(), slot, []byte("wrong")); err == nil {
		t.Fatal("a wrong passphrase was taken")
	}
	v.TakeHubTime(right.UnixMilli())
	if wait := v.People()[0].Wait; wait > time.Second {
		t.Fatalf("waits %v", wait)
	}
}

// Whoever is told of an event may call the vault, also about people.
func TestEventsAreToldOutsideTheDoor(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	slot := v.People()[0].Slot
	told := 0
	defer v.Events(func(Event) {
		if !v.door.TryLock() {
			t.Error("told behind the door")
			return
		}
		v.door.Unlock()
		told++
	})()
	for range 2 { // the second comes too early
		if _, err := v.Unlock(t.Context(), slot, []byte("wrong")); err == nil {
			t.Fatal("a wrong passphrase was taken")
		}
	}
	if told < 2 {
		t.Fatalf("told %d times", told)
	}
}

// An order to stop ends the session that it finds.
func TestSuspendingLocks(t *testing.T) { // R56
	w, c, v, s := leased(t, t.TempDir())
	defer v.Close()
	w.govern(c, fact.GovernanceEntry{Kind: fact.DeviceOrder, Device: v.Device(), Order: fact.Suspend})
	locked := 0
	defer v.Events(func(e Event) {
		if _, ok := e.(Locked); ok {
			locked++
		}
	})()
	w.must(v.TakeGovernance(t.Context(), c.id, w.governance(c)))
	if _, err := s.Find(t.Context(), "zebedee", 1); !errors.Is(err, ErrLocked) || !v.Locked() || locked != 1 {
		t.Fatalf("still unlocked (%v), told %d times: %v", !v.Locked(), locked, err)
	}
}

// Who is removed while the passphrase is stretched does not get in.
func TestRemovedWhileUnlocking(t *testing.T) { // protocol, rule 15
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	slot := v.People()[0].Slot
	opened, err := v.openPlace(slot, []byte(passphrase))
	w.must(err)
	person, err := v.admit(opened)
	w.must(err)
	user, err := v.openUserTier(opened)
	w.must(err)
	w.govern(c, fact.GovernanceEntry{Kind: fact.CredentialEnd, Slot: slot})
	w.must(v.TakeGovernance(t.Context(), c.id, w.governance(c)))
	if _, err := v.admitSession(t.Context(), person, user); !errors.Is(err, ErrNoPerson) || !v.Locked() {
		t.Fatalf("who was removed gets in: %v", err)
	}
}
