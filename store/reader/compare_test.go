package reader_test

import (
	"bytes"
	"slices"
	"testing"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/reader"
)

func compareFacts(t *testing.T, s *story, u *reader.Unlocked) {
	points := map[[16]byte]fact.Point{{}: s.joins.end()}
	for _, c := range s.cohorts {
		points[c.id] = c.chain.end()
		if k := u.Facts.Keys[c.id]; k.Epoch != uint64(len(c.keys)) {
			t.Errorf("the cohort's key is of epoch %d, not %d", k.Epoch, len(c.keys))
		}
		if got := u.Facts.Governance[c.id]; len(got) != len(c.chain.entries) {
			t.Errorf("%d entries of governance, not %d", len(got), len(c.chain.entries))
		}
		if f := u.Facts.Fresh[c.id]; f.Time == 0 || f.Governance.N != uint64(len(c.chain.entries)) {
			t.Errorf("the newest word of the hub is of point %d", f.Governance.N)
		}
	}
	for chain, want := range points {
		if got := u.Facts.Ends[chain]; got.N != want.N || !bytes.Equal(got.Hash, want.Hash[:]) {
			t.Errorf("a chain ends at %d, not %d", got.N, want.N)
		}
	}
	if r := u.Facts.Receipt; r == nil || r.UpTo != s.receipt {
		t.Error("the receipt is not the one that was given")
	}
	kills := map[identity.PID]bool{}
	for _, e := range u.Facts.Governance[s.cohorts[0].id] {
		if e.Kind == 1 && e.Reason == string(fact.Withdrawn) {
			kills[identity.PID(e.PID)] = true
		}
	}
	for i, p := range s.patients {
		if kills[p.pid] != p.gone {
			t.Errorf("patient %d: withdrawn %v, and governance says %v", i, p.gone, kills[p.pid])
		}
	}
}

func compareItems(t *testing.T, s *story, u *reader.Unlocked) {
	if len(u.Items) != len(s.items) {
		t.Fatalf("%d items, the vault gave %d", len(u.Items), len(s.items))
	}
	kinds := map[string]int{}
	looks := []seen{}
	for n, i := range u.Items {
		if was := s.items[n]; i.Seq != was.Seq || !bytes.Equal(i.Body, was.Body) || !bytes.Equal(i.Signature, was.Signature[:]) {
			t.Fatalf("item %d is not the vault's", i.Seq)
		}
		said, err := i.Read(s.box.Private[:])
		if err != nil {
			t.Fatalf("item %d: %v", i.Seq, err)
		}
		kinds[said.Kind]++
		if said.Kind == "read" {
			looks = append(looks, seen{identity.PID(said.PID), i.Seq})
			if identity.SlotID(said.Slot) != s.first || said.Purpose != "direct-care" {
				t.Errorf("item %d names another reader or purpose", i.Seq)
			}
		}
	}
	if !slices.Equal(looks, s.seen) {
		t.Errorf("the looks are %v, not %v", looks, s.seen)
	}
	want := map[string]int{"unlock-refused": 4, "recovery-asked": 1, "duty-accepted": 1, "purged": 1}
	for kind, n := range want {
		if kinds[kind] != n {
			t.Errorf("%d items %s, want %d; there are %v", kinds[kind], kind, n, kinds)
		}
	}
}

func compareState(t *testing.T, s *story, u *reader.Unlocked) {
	for _, c := range u.State.Cursors {
		if c.At.Incarnation != 1 || c.At.Rev != s.cursors[identity.CohortID(c.Cohort)] {
			t.Errorf("a cursor is at %d, not %d", c.At.Rev, s.cursors[identity.CohortID(c.Cohort)])
		}
	}
	last := u.Items[len(u.Items)-1]
	if h := u.State.Chain; len(u.State.Cursors) != 2 || h.Seq != last.Seq || h.Chain != 1 {
		t.Errorf("%d cursors; the chain's head is item %d, not %d", len(u.State.Cursors), h.Seq, last.Seq)
	}
	if u.Own.Name != "Laptop 7" || u.Own.Kind != string(identity.Laptop) || !u.Own.Demo || len(u.Own.Orders) != 1 {
		t.Error("the vault's own settings are not as they were given")
	}
	if u.Head.DMKGeneration != 2 || u.State.Wall != s.wall.UnixMilli() {
		t.Errorf("DMK is of generation %d; the clock stood at %d", u.Head.DMKGeneration, u.State.Wall)
	}
}
