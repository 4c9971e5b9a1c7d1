package store

import (
	"errors"
	"testing"
	"time"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/policy"
)

// leased gives a laptop with one record and somebody unlocked.
func leased(t *testing.T, dir string) (*world, *hubCohort, *Vault, *Session) {
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(dir, nil), c)
	s := w.unlock(v)
	w.put(v, c, w.release(c, identity.Random[identity.PID](), document("Zebedee", number(2))))
	return w, c, v, s
}

func (w *world) refused(s *Session, want policy.Code) {
	w.t.Helper()
	_, err := s.Read(w.t.Context(), request(w.one(s, "zebedee").Handle))
	e, ok := errors.AsType[*RefusedError](err)
	if !ok || e.Codes[0] != want {
		w.t.Fatalf("%v, due %s", err, want)
	}
}

func (w *world) reads(s *Session) {
	w.t.Helper()
	_, err := s.Read(w.t.Context(), request(w.one(s, "zebedee").Handle))
	w.must(err)
}

func TestLeaseEndsAndIsRenewed(t *testing.T) { // R33, I12
	w, c, v, s := leased(t, t.TempDir())
	defer v.Close()
	w.reads(s)
	var told []Event
	defer v.Events(func(e Event) { told = append(told, e) })()
	w.pass(72*time.Hour + time.Second)
	w.must(v.Tick(t.Context()))
	w.must(v.Tick(t.Context()))
	s = w.unlock(v) // three days are longer than anybody stays unlocked
	w.refused(s, policy.LeaseEnded)
	if n := countEvents[LeaseEnded](told); n != 1 {
		t.Fatalf("told %d times", n)
	}
	// The clock set back while running changes nothing.
	w.wall = w.wall.Add(-100 * time.Hour)
	w.refused(s, policy.LeaseEnded)
	w.wall = w.wall.Add(100 * time.Hour)
	w.must(v.TakeFreshness(w.fresh(c)))
	w.reads(s)
	if n := countEvents[Freshened](told); n != 1 {
		t.Fatalf("freshened %d times", n)
	}
}

func countEvents[E Event](events []Event) (n int) {
	for _, e := range events {
		if _, ok := e.(E); ok {
			n++
		}
	}
	return n
}

// F counts only when the governance that it names is held.
func TestFreshnessWaitsForGovernance(t *testing.T) {
	w, c, v, s := leased(t, t.TempDir())
	defer v.Close()
	w.pass(73 * time.Hour)
	w.govern(c, fact.GovernanceEntry{Kind: fact.Kill, PID: identity.Random[identity.PID](), Epoch: 1, Reason: fact.Erased})
	w.must(v.TakeFreshness(w.fresh(c)))
	w.refused(s, policy.LeaseEnded)
	w.must(v.TakeGovernance(t.Context(), c.id, w.governance(c)))
	w.reads(s)
}

// A shorter lease of the cohort's policy counts for what is held already.
func TestPolicyShortensTheLease(t *testing.T) {
	w, c, v, s := leased(t, t.TempDir())
	defer v.Close()
	p := fact.DefaultPolicy()
	p.Version, p.Lease = 2, time.Hour.Milliseconds()
	w.govern(c, fact.GovernanceEntry{Kind: fact.SetPolicy, Policy: &p})
	w.must(v.TakeGovernance(t.Context(), c.id, w.governance(c)))
	w.pass(2 * time.Hour)
	w.refused(s, policy.LeaseEnded)
}

// What is past its own end goes when the hub is heard again.
func TestOwnEndIsCarriedOut(t *testing.T) { // R51
	w, c, v, s := leased(t, t.TempDir())
	defer v.Close()
	w.pass(31 * 24 * time.Hour)
	w.refused(s, policy.LeaseEnded)
	if v.Count() != 1 {
		t.Fatal("destroyed before the hub was heard")
	}
	w.must(v.TakeFreshness(w.fresh(c)))
	if v.Count() != 0 {
		t.Fatal("past its end, and still held")
	}
}

// With no session at all the keys go after 24 hours of running time.
func TestKeysGoWithoutTheHub(t *testing.T) {
	dir := t.TempDir()
	w, c, v, s := leased(t, dir)
	s.Lock()
	w.pass(73 * time.Hour)
	w.must(v.Tick(t.Context()))
	w.must(v.Close())
	// A week in a drawer does not count as running.
	w.pass(7 * 24 * time.Hour)
	v, err := Open(t.Context(), w.config(dir, nil))
	w.must(err)
	defer v.Close()
	for range 22 {
		w.pass(time.Hour)
		w.must(v.Tick(t.Context()))
	}
	if v.Count() != 1 {
		t.Fatal("gone before 24 running hours")
	}
	for range 4 {
		w.pass(time.Hour)
		w.must(v.Tick(t.Context()))
	}
	if v.Count() != 0 {
		t.Fatal("still held after 24 running hours")
	}
	if _, rev := v.Cursor(c.id); rev != 0 {
		t.Fatal("the cursor still stands, and nothing would come back")
	}
}

func TestClock(t *testing.T) { // R55
	wall, boot := time.Unix(1_000_000, 0), time.Hour
	c := clock{wall: func() time.Time { return wall }, boot: func() time.Duration { return boot }}
	c.load(state{Clock: wall.UnixMilli(), Boot: int64(boot)})
	step := func(what string, want time.Time) {
		t.Helper()
		if got := c.now(); !got.Equal(want) {
			t.Fatalf("%s: %v, due %v", what, got, want)
		}
	}
	start := wall
	boot += time.Hour
	wall = wall.Add(time.Hour)
	step("time passes", start.Add(time.Hour))
	wall = wall.Add(-10 * time.Hour)
	step("the wall clock is set back", start.Add(time.Hour))
	wall = start.Add(20 * time.Hour)
	step("the wall clock is set forward", start.Add(20*time.Hour))
	c.live(start.Add(2 * time.Hour))
	step("the hub answers: the wall clock is wrong by 18 h", start.Add(2*time.Hour))
	boot += time.Hour
	wall = wall.Add(time.Hour)
	step("and goes on being so", start.Add(3*time.Hour))
	c.advance()
	wall = wall.Add(-18 * time.Hour)
	step("the wall clock is put right", start.Add(3*time.Hour))
	c.advance()
	wall = wall.Add(time.Hour)
	step("and is believed again", start.Add(4*time.Hour))
	wall = wall.Add(-time.Hour)
	c.live(start.Add(3 * time.Hour))
	c.proved(start.Add(30 * time.Hour))
	step("F proves a later time", start.Add(30*time.Hour))
	persisted := c.save()
	boot = 10 * time.Minute // the machine was restarted
	c.load(persisted)
	step("after a restart the running time counts", start.Add(30*time.Hour+10*time.Minute))
}
