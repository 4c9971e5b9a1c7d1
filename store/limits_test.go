package store

import (
	"errors"
	"testing"
	"time"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
)

// A disk that is nearly full takes nothing in and shows what it has; one that
// is full opens without its cache and says so; with room again it takes more.
func TestFullDisk(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	cfg := w.config(t.TempDir(), nil)
	free := uint64(diskReserve)
	cfg.free = func(string) (uint64, error) { return free, nil }
	v := w.laptop(cfg, c)
	in := w.release(c, identity.Random[identity.PID](), document("Zebedee", number(2)))
	w.put(v, c, in)
	free--
	if _, err := v.PutRecords(t.Context(), c.id, []Incoming{w.release(c, identity.Random[identity.PID](), document("Quillfeather", number(1)))}, 1, c.rev); !errors.Is(err, ErrDiskFull) {
		t.Fatalf("taken on a full disk: %v", err)
	}
	w.reads(w.unlock(v))
	w.must(v.Close())
	v, err := Open(t.Context(), cfg)
	w.must(err)
	w.reads(w.unlock(v))
	w.must(v.Close())
	free = 1 << 20
	v, err = Open(t.Context(), cfg)
	w.must(err)
	defer v.Close()
	s := w.unlock(v)
	if got, err := s.Find(t.Context(), "zebedee", 1); err != nil || len(got.Rows) != 0 {
		t.Fatalf("%d rows without a cache, %v", len(got.Rows), err)
	}
	told := false
	for _, n := range v.Notices() {
		told = told || n.Code == CacheClosed
	}
	if !told || v.Count() != 1 {
		t.Fatalf("%d rows, notices %+v", v.Count(), v.Notices())
	}
	free = diskReserve
	w.must(v.Tick(t.Context()))
	s.Lock()
	w.reads(w.unlock(v))
}

// Nobody stays unlocked longer than policy allows.
func TestSessionsEnd(t *testing.T) { // P1
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	p := fact.DefaultPolicy()
	p.Version, p.LongestOpen = 2, time.Hour.Milliseconds()
	w.govern(c, fact.GovernanceEntry{Kind: fact.SetPolicy, Policy: &p})
	w.catchUp(v, c)
	w.unlock(v)
	w.pass(59 * time.Minute)
	w.must(v.Tick(t.Context()))
	if v.Locked() {
		t.Fatal("locked before its time")
	}
	w.pass(time.Minute)
	w.must(v.Tick(t.Context()))
	if !v.Locked() || count(w.entries(v), audit.KindLock) != 1 {
		t.Fatal("still unlocked")
	}
}

// A wrong clock is told, entered once, and put right by the hub.
func TestWrongClock(t *testing.T) { // R55
	w := newWorld(t)
	dir := t.TempDir()
	v := w.laptop(w.config(dir, nil), w.newCohort())
	right := w.wall
	w.wall = w.wall.Add(-5 * time.Hour)
	v.TakeHubTime(right.UnixMilli())
	w.pass(time.Minute)
	v.TakeHubTime(right.Add(time.Minute).UnixMilli())
	if v.Drift() != -5*time.Hour || !v.Now().Equal(right.Add(time.Minute)) {
		t.Fatalf("drift %v, now %v", v.Drift(), v.Now())
	}
	if n := count(w.entries(v), audit.KindClockDrift); n != 1 {
		t.Fatalf("entered %d times", n)
	}
	w.must(v.Close())
	w.pass(time.Hour)
	v, err := Open(t.Context(), w.config(dir, nil))
	w.must(err)
	defer v.Close()
	if !v.Now().Equal(right.Add(61 * time.Minute)) {
		t.Fatalf("after reopening %v, due %v", v.Now(), right.Add(61*time.Minute))
	}
}

// Break-glass opens what a directive that cannot be read hides, with a reason,
// words and the passphrase once more; it is an alert, and it ends.
func TestBreakGlass(t *testing.T) { // R23, R24, P6
	w, c, v, s := leased(t, t.TempDir())
	defer v.Close()
	handle := w.one(s, "zebedee").Handle
	w.govern(c, fact.GovernanceEntry{Kind: fact.Directed, PID: w.only(c), KeyEpoch: 99, Body: []byte("sealed to somebody else")})
	w.catchUp(v, c)
	_, err := s.Read(t.Context(), request(handle))
	e, ok := errors.AsType[*RefusedError](err)
	if !ok || !e.Override {
		t.Fatalf("a directive that cannot be read: %v", err)
	}
	r := request(handle)
	r.Relationship, r.Circumstance, r.Detail = Emergency, "risk-to-life", "Found on the floor, not breathing well"
	if _, err := s.Read(t.Context(), r); err == nil {
		t.Fatal("opened without the passphrase")
	}
	if err := s.Reauthenticate(t.Context(), []byte("wrong")); err == nil {
		t.Fatal("a wrong passphrase was taken")
	}
	w.pass(time.Second)
	w.must(s.Reauthenticate(t.Context(), []byte(passphrase)))
	o, err := s.Read(t.Context(), r)
	w.must(err)
	if !o.Override || o.Until.After(w.wall.Add(30*time.Minute)) {
		t.Fatalf("override %v, until %v", o.Override, o.Until)
	}
	items, err := v.Items(0, 1000)
	w.must(err)
	alerts := 0
	for _, it := range items {
		if it.Class == audit.ClassAlert {
			alerts++
		}
	}
	if alerts != 1 || count(w.entries(v), audit.KindBreakGlass) != 1 {
		t.Fatalf("%d alerts", alerts)
	}
	w.pass(31 * time.Minute)
	if _, err := s.Read(t.Context(), r); err == nil {
		t.Fatal("it never ends")
	}
}

func (w *world) only(c *hubCohort) identity.PID {
	for pid := range c.people {
		return pid
	}
	w.t.Fatal("nobody was released")
	return identity.PID{}
}
