package store

import (
	"crypto/ed25519"
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"satchel/store/fact"
	"satchel/store/identity"
)

// A journal that is mostly history is written once more, short, and gives the
// same state; a withdrawal in it still holds.
func TestFactsAreCompacted(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	c := w.newCohort()
	v := w.laptop(w.config(dir, nil), c)
	pid := identity.Random[identity.PID]()
	old := w.release(c, pid, document("Zebedee", number(2)))
	w.kill(c, pid, fact.Withdrawn)
	head := v.ItemHead()
	w.must(v.TakeReceipt(w.receipt(v, 1, head.Seq, head.Hash)))
	for range 1000 { // four segments of this test's, and nothing but the last F counts
		w.pass(time.Second)
		w.must(v.TakeFreshness(w.fresh(c)))
	}
	w.catchUp(v, c)
	before := v.facts.Next() - v.facts.First()
	if v.facts.Segments() < compactFrom {
		t.Fatalf("%d segments: not enough for this test", v.facts.Segments())
	}
	w.must(v.Close())
	for round := range 2 {
		v, err := Open(t.Context(), w.config(dir, nil))
		w.must(err)
		if after := v.facts.Next() - v.facts.First(); after >= before/2 {
			t.Fatalf("%d facts, %d before", after, before)
		}
		if v.GovernancePoint(c.id) != c.chain.end() || v.MembershipPoint() != w.chain.end() || v.KeyEpoch(c.id) != c.epoch {
			t.Fatal("a chain or a key is gone")
		}
		if v.Freshness(c.id).Value.Time != w.wall.UnixMilli() || v.GovernanceHead(c.id).IsZero() || v.MembershipHead().IsZero() {
			t.Fatal("a head or the freshness is gone")
		}
		if r, ok := v.LastReceipt(); !ok || r.UpTo != head.Seq {
			t.Fatal("the receipt is gone")
		}
		if w.put(v, c, old) != 0 {
			t.Fatal("a killed record came back")
		}
		if round == 1 { // the chain goes on
			w.govern(c, fact.GovernanceEntry{Kind: fact.Kill, PID: pid, Epoch: 9, Reason: fact.Erased})
			w.must(v.TakeGovernance(t.Context(), c.id, c.chain.run(w, 1)))
		}
		w.must(v.Close())
	}
}

// A vault whose facts were compacted opens also when the hub has another key
// since its last receipt.
func TestCompactedUnderAnotherHubKey(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	c := w.newCohort()
	v := w.laptop(w.config(dir, nil), c)
	head := v.ItemHead()
	w.must(v.TakeReceipt(w.receipt(v, 1, head.Seq, head.Hash)))
	_, key, err := ed25519.GenerateKey(rand.Reader)
	w.must(err)
	w.key = key
	w.must(v.TakeCertificate(w.certificate(2)))
	for range 1000 {
		w.pass(time.Second)
		w.must(v.TakeFreshness(w.fresh(c)))
	}
	if v.facts.Segments() < compactFrom {
		t.Fatalf("%d segments: not enough for this test", v.facts.Segments())
	}
	w.must(v.Close())
	for range 2 {
		v, err := Open(t.Context(), w.config(dir, nil))
		w.must(err)
		if r, ok := v.LastReceipt(); !ok || r.UpTo != head.Seq {
			t.Fatal("the receipt is gone")
		}
		w.must(v.Close())
	}
}

// What is not the hub's, not of this area or does not follow is refused, and
// changes nothing.
func TestFactsAreVerified(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	at := v.GovernancePoint(c.id)
	forger := *w
	_, forger.key = w.root, newWorld(t).key
	w.govern(c, fact.GovernanceEntry{Kind: fact.Kill, PID: identity.Random[identity.PID](), Epoch: 1, Reason: fact.Erased})
	forged := forger.governance(c)
	cut := w.governance(c)
	cut.Entries = nil
	other := w.newCohort()
	w.govern(other, fact.GovernanceEntry{Kind: fact.Kill, PID: identity.Random[identity.PID](), Epoch: 1, Reason: fact.Erased})
	for what, run := range map[string]fact.Run{"forged": forged, "cut": cut, "another cohort's": w.governance(other)} {
		if err := v.TakeGovernance(t.Context(), c.id, run); err == nil || v.GovernancePoint(c.id) != at {
			t.Errorf("%s: taken, or moved the chain: %v", what, err)
		}
	}
	if err := v.TakeGovernance(t.Context(), other.id, w.governance(other)); err == nil {
		t.Error("the governance of a cohort that this device is not in was taken")
	}
	if err := v.TakeFreshness(forger.fresh(c)); err == nil {
		t.Error("a forged F was taken")
	}
	w.must(v.TakeGovernance(t.Context(), c.id, w.governance(c)))
	w.must(v.TakeGovernance(t.Context(), c.id, w.governance(c)))
}

// A run can be handed on as it came.
func TestRunsAreHandedOn(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	for range 3 {
		w.govern(c, fact.GovernanceEntry{Kind: fact.Kill, PID: identity.Random[identity.PID](), Epoch: 1, Reason: fact.Erased})
	}
	w.catchUp(v, c)
	run, err := v.GovernanceRun(c.id, 1)
	w.must(err)
	raw, err := run.Raw()
	w.must(err)
	again, err := fact.OpenRun(v.hubKey(), raw)
	w.must(err)
	if again.From.N != 1 || len(again.Entries) != 2 {
		t.Fatalf("from %d, %d entries", again.From.N, len(again.Entries))
	}
	if k := v.KeySet(c.id); !k.By(v.hubKey()) || k.Value.Epoch != v.KeyEpoch(c.id) {
		t.Fatal("the key set is not the one that came")
	}
	members, err := v.MembershipRun(0)
	w.must(err)
	if len(members.Entries) != 1 {
		t.Fatalf("%d members", len(members.Entries))
	}
}

// Power lost while compaction frees the oldest segments costs nothing, also where
// the certificate of the hub's present key was in them.
func TestCompactionCutWhileFreeing(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	c := w.newCohort()
	v := w.laptop(w.config(dir, nil), c)
	_, key, err := ed25519.GenerateKey(rand.Reader)
	w.must(err)
	w.key = key
	w.must(v.TakeCertificate(w.certificate(2)))
	for range 1000 {
		w.pass(time.Second)
		w.must(v.TakeFreshness(w.fresh(c)))
		if len(c.chain.entries) < 400 {
			w.govern(c, fact.GovernanceEntry{Kind: fact.Kill, PID: identity.Random[identity.PID](), Epoch: 1, Reason: fact.Erased})
			w.must(v.TakeGovernance(t.Context(), c.id, c.chain.run(w, len(c.chain.entries)-1)))
		}
	}
	// compaction's writes, and a crash after the first segment was dropped
	v.mu.Lock()
	frames, err := v.inForceLocked()
	v.mu.Unlock()
	w.must(err)
	first := v.facts.Next()
	for _, f := range frames {
		w.must(v.keepFact(f.kind, f.raw))
	}
	w.must(v.mayFreeAtDoor(&v.marks.FactsFirst, first))
	w.must(v.Close())
	segs, err := filepath.Glob(filepath.Join(dir, "facts", "seg-*"))
	w.must(err)
	slices.Sort(segs)
	w.must(os.Remove(segs[0]))
	v, err = Open(t.Context(), w.config(dir, nil))
	w.must(err)
	defer v.Close()
	if v.GovernancePoint(c.id) != c.chain.end() || v.MembershipPoint() != w.chain.end() {
		t.Fatal("a part of a chain is gone")
	}
}
