package conform

import (
	"sync"
	"sync/atomic"
	"testing"

	"satchel/store/fact"
	"satchel/sync/ledger"
)

func testFreshness(t *testing.T, b *bench) {
	c := b.cohort()
	fresh := func() fact.Freshness {
		t.Helper()
		f, err := b.Freshness(t.Context(), c)
		must(t, err)
		got, err := fact.Open[fact.Freshness](b.hub, f.Raw())
		must(t, err)
		return got.Value
	}
	before := fresh()
	pid := newPID()
	b.release(b.draft(c, pid, 1, 1))
	b.kill(c, pid, 2)
	after := fresh()
	at, err := b.Cohort(t.Context(), c)
	must(t, err)
	if before.Rev != 0 || after.Rev != 1 || after.Governance != at.Governance || after.Governance.N != 1 {
		t.Errorf("freshness says %d and %d at %d", before.Rev, after.Rev, after.Governance.N)
	}
	if after.Cohort != c || after.Incarnation != 1 || !after.Newer(before) {
		t.Error("the later statement is not newer")
	}
	b.reopen()
	if again := fresh(); !again.Newer(after) || again.Rev != 1 {
		t.Error("freshness went back after reopening")
	}
}

// Rule 9: at the moment of F nothing is being signed. So a record whose time is
// before an F's has a revision that the F names, and so with a kill.
func testFreshnessRace(t *testing.T, b *bench) {
	c := b.cohort()
	var wg sync.WaitGroup
	var stop atomic.Bool
	var mu sync.Mutex
	released := map[uint64]int64{} // revision, time
	wg.Go(func() {
		for !stop.Load() {
			headers, err := b.Release(background(), []ledger.Draft{b.draft(c, newPID(), 1, 1), b.draft(c, newPID(), 1, 1)})
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			for _, h := range headers {
				released[h.Rev] = h.Released
			}
			mu.Unlock()
		}
	})
	wg.Go(func() {
		for !stop.Load() {
			if err := b.Commit(background(), ledger.Change{Governance: []ledger.Governing{kill(c, newPID(), 1)}}); err != nil {
				t.Error(err)
				return
			}
		}
	})
	var said []fact.Freshness
	for range 200 {
		f, err := b.Freshness(background(), c)
		must(t, err)
		said = append(said, f.Value)
	}
	stop.Store(true)
	wg.Wait()
	gov := fact.NewGovernance(fact.Chain{Area: b.setup.Area, Cohort: c})
	entries := map[uint64]int64{}
	b.follow(c, gov.Point, func(raw []byte) {
		e, err := gov.Apply(raw)
		must(t, err)
		entries[e.N] = e.Time
	})
	for i, f := range said {
		if i > 0 && !f.Newer(said[i-1]) {
			t.Fatal("freshness went back")
		}
		for rev, at := range released {
			if (at < f.Time && rev > f.Rev) || (at > f.Time && rev <= f.Rev) {
				t.Fatalf("revision %d of time %d, and a statement of time %d that names revision %d", rev, at, f.Time, f.Rev)
			}
		}
		for n, at := range entries {
			if (at < f.Time && n > f.Governance.N) || (at > f.Time && n <= f.Governance.N) {
				t.Fatalf("entry %d of time %d, and a statement of time %d that names entry %d", n, at, f.Time, f.Governance.N)
			}
		}
	}
}
