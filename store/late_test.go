package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/files/crash"
	"satchel/store/identity"
	"satchel/store/seal"
)

// An order that comes while an unlock is nearly done, after the person was
// admitted, still keeps them out.
func TestSuspendedWhileUnlocking(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	o, err := v.openPlace(v.People()[0].Slot, []byte(passphrase))
	w.must(err)
	defer o.wipe()
	person, err := v.admit(o)
	w.must(err)
	user, err := v.openUserTier(o)
	w.must(err)
	w.govern(c, fact.GovernanceEntry{Kind: fact.DeviceOrder, Device: v.Device(), Order: fact.Suspend})
	w.must(v.TakeGovernance(t.Context(), c.id, w.governance(c)))
	_, err = v.admitSession(t.Context(), person, user)
	if refused, ok := errors.AsType[*UnlockRefusedError](err); !ok || refused.Reason != DeviceSuspended {
		t.Fatalf("let in: %v", err)
	}
	if !v.Locked() || !user.gone {
		t.Fatal("the user tier is open")
	}
}

// A device that was put out closes: nobody stays where nobody may come in.
func TestRevokedLocks(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	s := w.unlock(v)
	told := 0
	defer v.Events(func(e Event) {
		if _, is := e.(Locked); is {
			told++
		}
	})()
	w.revoke(v.Device())
	w.must(v.TakeMembership(w.membership()))
	if !v.Locked() || !s.user.gone || told != 1 {
		t.Fatalf("still open; told %d times", told)
	}
}

// What was dated by a clock that was wrong by decades is due when the hub has
// put it right, and not decades later; and nobody stays open for longer.
func TestDatedInTheFuture(t *testing.T) { // R55
	w := newWorld(t)
	c := w.newCohort()
	cfg := w.config(t.TempDir(), nil)
	ahead := 70 * 365 * 24 * time.Hour
	cfg.Now = func() time.Time { return w.wall.Add(ahead) }
	v := w.create(cfg)
	defer v.Close()
	v.TakeHubTime(w.wall.UnixMilli())
	gen := v.keys.Generation()
	w.must(v.Tick(t.Context()))
	if v.keys.Generation() != gen+1 {
		t.Fatal("the share is not due before the clock has come there again")
	}
	w.must(v.Tick(t.Context()))
	if v.keys.Generation() != gen+1 {
		t.Fatal("the share turns again and again")
	}
	w.enrol(v, c)
	w.unlock(v).Lock()
	if v.content.DMKGeneration != 2 {
		t.Fatal("DMK and EK are not due before the clock has come there again")
	}
	w.unlock(v).Lock()
	if v.content.DMKGeneration != 2 {
		t.Fatal("DMK and EK turn again and again")
	}
}

func TestOpenTooLongByAWrongClock(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	cfg := w.config(t.TempDir(), nil)
	ahead := time.Duration(0)
	cfg.Now = func() time.Time { return w.wall.Add(ahead) }
	v := w.laptop(cfg, c)
	defer v.Close()
	ahead = 30 * 24 * time.Hour
	w.unlock(v)
	v.TakeHubTime(w.wall.UnixMilli()) // it was a month ahead
	w.pass(13 * time.Hour)
	w.must(v.Tick(t.Context()))
	if !v.Locked() {
		t.Fatal("open for thirteen hours")
	}
}

// What was under way when the vault closed writes nothing: its keys are wiped,
// and another process may have the folder.
func TestNothingIsWrittenAfterClose(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	disk, dir := crash.New(), t.TempDir()
	cfg := w.config(dir, disk)
	v := w.laptop(cfg, c)
	id := v.People()[0].Slot
	var last way
	for range maxTries {
		var err error
		last, err = v.writeTry(id)
		w.must(err)
		w.pass(maxWait)
	}
	w.must(v.Close())
	ops := disk.Ops()
	if err := v.wrongSecret(last); !errors.Is(err, ErrClosed) {
		t.Errorf("a tenth wrong try: %v", err)
	}
	if err := v.writeAttempt(seal.Attempt{Slot: id}); !errors.Is(err, ErrClosed) {
		t.Errorf("a right try: %v", err)
	}
	if _, err := v.finishErasureAtDoor(context.Background()); !errors.Is(err, ErrClosed) {
		t.Errorf("an erasure: %v", err)
	}
	if disk.Ops() != ops {
		t.Errorf("%d operations after it was closed, the last of them %q", disk.Ops()-ops, disk.LastOp())
	}
	v, err := Open(t.Context(), cfg)
	w.must(err)
	w.must(v.Close())
}

// An entry that says the share was turned says whether it was: its store may
// have been silent.
func TestTurnOrderWhileTheShareIsSilent(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	cfg := w.config(t.TempDir(), nil)
	store := &stuckShare{kept: map[seal.ShareID]seal.Key{}}
	cfg.Share = store
	v := w.laptop(cfg, c)
	defer v.Close()
	store.down = true
	w.govern(c, fact.GovernanceEntry{Kind: fact.DeviceOrder, Device: v.Device(), Order: fact.Turn})
	w.must(v.TakeGovernance(t.Context(), c.id, w.governance(c)))
	store.down = false
	w.must(v.Tick(t.Context()))
	w.govern(c, fact.GovernanceEntry{Kind: fact.DeviceOrder, Device: v.Device(), Order: fact.Turn})
	w.must(v.TakeGovernance(t.Context(), c.id, w.governance(c)))
	var turned []bool
	for _, e := range w.entries(v) {
		if e.Kind == audit.KindKeysTurned {
			turned = append(turned, e.Turned)
		}
	}
	if len(turned) != 3 || turned[0] || !turned[1] || !turned[2] {
		t.Fatalf("entered as turned: %v", turned)
	}
}

// A wipe of a device that many share enters the end of every place, and leaves
// none: what is owed is as long as the list of places can be.
func TestManyPlacesEndTogether(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	cfg := w.config(t.TempDir(), nil)
	v := w.laptop(cfg, c)
	const more = 199
	made, person, err := seal.NewSlot(identity.SlotID{}, v.content.Slots[0].Info, seal.Secret{Text: []byte(passphrase)}, cheap)
	w.must(err)
	clear(person.Private[:])
	w.must(v.changeAtDoor(func(k *keyChange) error {
		for range more {
			made.ID = identity.Random[identity.SlotID]()
			k.putSlot(made)
		}
		return nil
	}))
	w.govern(c, fact.GovernanceEntry{Kind: fact.DeviceOrder, Device: v.Device(), Order: fact.Wipe})
	w.must(v.TakeGovernance(t.Context(), c.id, w.governance(c)))
	if n := count(w.entries(v), audit.KindSlotRemoved); n != more+1 || len(v.People()) != 0 {
		t.Fatalf("%d entries of %d places, %d left", n, more+1, len(v.People()))
	}
	v = w.reopen(v, cfg)
	if len(v.People()) != 0 || len(v.own.Owed) != 0 {
		t.Fatal("a restart brings them back, or enters them again")
	}
	w.must(v.Close())
}
