package store

import (
	"errors"
	"testing"

	"satchel/store/fact"
	"satchel/store/identity"
)

// interrupted keeps what the hub said and ends before it is carried out, and
// opens the vault again.
func (w *world) interrupted(v *Vault, c *hubCohort) *Vault {
	w.t.Helper()
	v.door.Lock()
	w.must(v.keepRun(factGovernance, w.governance(c)))
	v.door.Unlock()
	cfg := v.cfg
	w.must(v.Close())
	cfg.Share = nil
	v, err := Open(w.t.Context(), cfg)
	w.must(err)
	return v
}

// A credential's end that a crash interrupted is carried out at the next start.
func TestCredentialsEndResumes(t *testing.T) { // protocol, rule 15
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	slot := v.People()[0].Slot
	w.govern(c, fact.GovernanceEntry{Kind: fact.CredentialEnd, Slot: slot})
	v = w.interrupted(v, c)
	defer v.Close()
	if _, err := v.Unlock(t.Context(), slot, []byte(passphrase)); !errors.Is(err, ErrNoPerson) {
		t.Fatalf("whose credential ended unlocks: %v", err)
	}
}

// A wipe that a crash interrupted is carried out at the next start.
func TestWipeResumes(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	w.put(v, c, w.release(c, identity.Random[identity.PID](), document("Zebedee", number(2))))
	w.govern(c, fact.GovernanceEntry{Kind: fact.DeviceOrder, Device: v.Device(), Order: fact.Wipe})
	v = w.interrupted(v, c)
	defer v.Close()
	if v.Count() != 0 || len(v.People()) != 0 {
		t.Fatalf("%d rows and %d people are left", v.Count(), len(v.People()))
	}
}

// A withdrawal that a crash interrupted hides the person's other rows too.
func TestHidingResumes(t *testing.T) { // protocol, rule 4
	w := newWorld(t)
	a, b := w.newCohort(), w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), a, b)
	pid := identity.Random[identity.PID]()
	w.put(v, a, w.release(a, pid, document("Zebedee", number(2))))
	w.put(v, b, w.release(b, identity.Random[identity.PID](), document("Zebedee", number(2))))
	w.unlock(v) // joins the two
	w.kill(a, pid, fact.Withdrawn)
	v = w.interrupted(v, a)
	defer v.Close()
	if row := w.one(w.unlock(v), "zebedee"); row.Cohort != b.id || !row.State.Hidden {
		t.Fatalf("%+v", row.State)
	}
}

// What the floor forgets is destroyed before the run that says so is kept: no
// moment has both.
func TestRowsGoBeforeTheFloorCounts(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	w.put(v, c, w.release(c, identity.Random[identity.PID](), document("Zebedee", number(2))))
	for range 3 {
		w.govern(c, fact.GovernanceEntry{Kind: fact.Kill, PID: identity.Random[identity.PID](), Epoch: 2, Reason: fact.Erased})
	}
	run := c.chain.run(w, 2)
	head := run.Head.Value
	head.Floor = c.chain.at[1]
	var err error
	run.Head, err = fact.Sign(w.key, head)
	w.must(err)
	generation := v.keys.Generation()
	w.must(v.facts.Close()) // nothing can be kept
	if err := v.TakeGovernance(t.Context(), c.id, run); err == nil {
		t.Fatal("taken without being kept")
	}
	if v.Count() != 0 || v.keys.Generation() == generation {
		t.Fatalf("%d rows, generation %d after %d", v.Count(), v.keys.Generation(), generation)
	}
}

// A device that only carried a cohort loses its rows too when it leaves.
func TestLeavingWhatWasCarried(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	v := w.create(w.config(t.TempDir(), nil))
	defer v.Close()
	m := fact.Member{
		Device: v.Keys().ID(), Sign: v.Keys().Public(), Gossip: v.Keys().Gossip.Public, Keys: v.KeysPublic(), Kind: v.Kind(),
		Category: identity.Trust, Name: "laptop", Carries: []identity.CohortID{c.id},
	}
	w.members = append(w.members, m)
	w.chain.add(t, fact.MemberEntry{N: 1, Kind: fact.Join, Member: m, Time: w.wall.UnixMilli()})
	w.must(v.TakeMembership(w.membership()))
	w.rekey(c)
	w.catchUp(v, c)
	if kept := w.put(v, c, w.release(c, identity.Random[identity.PID](), document("Zebedee", number(2)))); kept != 1 {
		t.Fatalf("%d kept", kept)
	}
	m.Carries = nil
	w.chain.add(t, fact.MemberEntry{N: 2, Kind: fact.Join, Member: m, Time: w.wall.UnixMilli()})
	w.must(v.TakeMembership(w.membership()))
	if v.Count() != 0 {
		t.Fatalf("%d rows of a cohort that was left", v.Count())
	}
}
