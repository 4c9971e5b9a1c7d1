package conform

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/sync/ledger"
)

// follow takes all runs of a chain as a device would: over the wire, verified,
// until the chain's end.
func (b *bench) follow(c identity.CohortID, held fact.Point, apply func(raw []byte)) fact.Head {
	b.t.Helper()
	for {
		run, err := b.Run(b.t.Context(), c, held.N)
		must(b.t, err)
		raw, err := run.Raw()
		must(b.t, err)
		opened, err := fact.OpenRun(b.hub, raw)
		must(b.t, err)
		head := opened.Head.Value
		if head.Chain != (fact.Chain{Area: b.setup.Area, Cohort: c}) || head.Incarnation != b.setup.Incarnation {
			b.t.Fatalf("the head is of another chain or incarnation")
		}
		entries, err := opened.After(held)
		must(b.t, err)
		for _, e := range entries {
			apply(e)
			held = held.Next(e)
		}
		if len(entries) == 0 {
			if held != head.Point {
				b.t.Fatalf("the chain ends at %d, its head says %d", held.N, head.Point.N)
			}
			return head
		}
	}
}

func testMembership(t *testing.T, b *bench) {
	ctx := t.Context()
	cohort := identity.Random[identity.CohortID]()
	_, first := member(cohort)
	_, second := member(cohort)
	b.commit(ledger.Change{Members: []fact.MemberEntry{first, second}})
	renamed := first
	renamed.Member.Name = "Ambulance 8"
	b.commit(ledger.Change{Members: []fact.MemberEntry{renamed}})
	gone := fact.MemberEntry{Kind: fact.Revoke, Member: fact.Member{Device: second.Member.Device}, Reason: "lost"}
	b.commit(ledger.Change{Members: []fact.MemberEntry{gone}})

	check := func() {
		t.Helper()
		members, err := b.Members(ctx)
		must(t, err)
		if got, ok := members.Get(first.Member.Device); !ok || got.Name != "Ambulance 8" || !got.MayHold(cohort) {
			t.Errorf("the first device is %+v, %v", got, ok)
		}
		if _, ok := members.Get(second.Member.Device); ok || !members.Revoked(second.Member.Device) {
			t.Error("a revoked device is still a member")
		}
		if got, ok := members.Ever(second.Member.Device); !ok || got.Revoked == 0 || string(got.Sign) != string(second.Member.Sign) {
			t.Error("the revoked device's key is forgotten: its outbox could not be taken")
		}
		if len(members.All()) != 2 {
			t.Errorf("%d devices, want 2", len(members.All()))
		}
		// A device that follows the chain comes to the same state.
		theirs := fact.NewMembership(b.setup.Area)
		head := b.follow(identity.CohortID{}, theirs.Point, func(raw []byte) {
			_, err := theirs.Apply(raw)
			must(t, err)
		})
		if head.Point != members.Point || theirs.Point != members.Point || head.Point.N != 4 {
			t.Errorf("head %d, device %d, hub %d: want 4", head.Point.N, theirs.Point.N, members.Point.N)
		}
		if !theirs.Revoked(second.Member.Device) {
			t.Error("the device does not see the revocation")
		}
	}
	check()
	b.reopen()
	check()
}

func testMembershipRefusals(t *testing.T, b *bench) {
	_, known := member()
	b.commit(ledger.Change{Members: []fact.MemberEntry{known}})
	revoke := fact.MemberEntry{Kind: fact.Revoke, Member: fact.Member{Device: known.Member.Device}}
	_, stranger := member()
	forged := stranger
	forged.Member.Device = known.Member.Device
	for name, entries := range map[string][]fact.MemberEntry{
		"another device's id":                {forged},
		"a stranger's revocation":            {{Kind: fact.Revoke, Member: fact.Member{Device: stranger.Member.Device}}},
		"an unknown kind":                    {{Kind: 9, Member: stranger.Member}},
		"revoked and joined in one change":   {revoke, known},
		"a good entry before a refused one":  {stranger, forged},
		"a revocation twice in one change":   {revoke, revoke},
		"a good revocation, then a bad join": {revoke, forged},
	} {
		t.Run(name, func(t *testing.T) {
			wantErr(t, b.Commit(t.Context(), ledger.Change{Members: entries}), fact.ErrEntry)
		})
	}
	b.commit(ledger.Change{Members: []fact.MemberEntry{revoke}})
	wantErr(t, b.Commit(t.Context(), ledger.Change{Members: []fact.MemberEntry{known}}), fact.ErrEntry)
	members, err := b.Members(t.Context())
	must(t, err)
	if members.Point.N != 2 {
		t.Errorf("the chain has %d entries, want 2: refused ones leave nothing", members.Point.N)
	}
}

func testGovernance(t *testing.T, b *bench) {
	ctx := t.Context()
	one, other := identity.Random[identity.CohortID](), identity.Random[identity.CohortID]()
	pid := newPID()
	policy := fact.DefaultPolicy()
	policy.Version, policy.Cohort = 2, "North crew"
	b.commit(ledger.Change{Governance: []ledger.Governing{
		{Cohort: one, Entry: fact.GovernanceEntry{Kind: fact.SetPolicy, Policy: &policy}},
		{Cohort: one, Entry: fact.GovernanceEntry{Kind: fact.Directed, PID: pid, KeyEpoch: 1, Body: []byte("sealed")}},
		kill(one, pid, 3),
		kill(other, pid, 1),
	}})
	check := func() {
		t.Helper()
		c, err := b.Cohort(ctx, one)
		must(t, err)
		if c.Governance.N != 3 || c.Policy.Cohort != "North crew" {
			t.Errorf("the cohort stands at %+v", c)
		}
		p, err := b.Patient(ctx, one, pid)
		must(t, err)
		if p.KilledBelow != 3 || p.Released || len(p.Directives) != 1 || string(p.Directives[0].Body) != "sealed" {
			t.Errorf("the patient stands at %+v", p)
		}
		if epoch, ver := p.Next(); epoch != 3 || ver != 1 {
			t.Errorf("next is %d.%d, want 3.1", epoch, ver)
		}
		theirs := fact.NewGovernance(fact.Chain{Area: b.setup.Area, Cohort: one})
		last := int64(0)
		head := b.follow(one, theirs.Point, func(raw []byte) {
			e, err := theirs.Apply(raw)
			must(t, err)
			if e.Time < last || e.Time == 0 {
				t.Errorf("entry %d has time %d after %d", e.N, e.Time, last)
			}
			last = e.Time
		})
		if head.Point != c.Governance || !theirs.Dead(pid, 2) || theirs.Dead(pid, 3) {
			t.Error("the device comes to another state than the hub")
		}
		if head.Time < last {
			t.Error("the head is older than its last entry")
		}
		cohorts, err := b.Cohorts(ctx)
		must(t, err)
		if len(cohorts) != 2 {
			t.Errorf("%d cohorts, want 2", len(cohorts))
		}
	}
	check()
	b.reopen()
	check()

	unknown, err := b.Cohort(ctx, identity.Random[identity.CohortID]())
	must(t, err)
	if unknown.Governance.N != 0 || unknown.Policy != fact.DefaultPolicy() || unknown.Rev != 0 {
		t.Errorf("a cohort nothing was written about stands at %+v", unknown)
	}
	ahead, err := b.Run(ctx, one, 99)
	must(t, err)
	if ahead.From.N != 3 || len(ahead.Entries) != 0 {
		t.Errorf("a run after the end begins at %d", ahead.From.N)
	}
	wantErr(t, b.Commit(ctx, ledger.Change{Governance: []ledger.Governing{kill(one, identity.PID{}, 1)}}), fact.ErrEntry)
	wantErr(t, b.Commit(ctx, ledger.Change{Governance: []ledger.Governing{kill(identity.CohortID{}, pid, 1)}}), fact.ErrEntry)
}

// A withdrawal is one step in every cohort, or none. (R32)
func testCommitAllOrNone(t *testing.T, b *bench) {
	ctx := t.Context()
	pid := newPID()
	_, join := member()
	good := []identity.CohortID{identity.Random[identity.CohortID](), identity.Random[identity.CohortID]()}
	change := ledger.Change{
		Members:    []fact.MemberEntry{join},
		Governance: []ledger.Governing{kill(good[0], pid, 2), kill(good[1], pid, 2)},
		Keys:       []fact.Signed[fact.KeySet]{b.keySet(good[0], 1)},
		Notes:      []ledger.Note{{Kind: "withdrawn", Key: "x", Value: []byte("1")}},
	}
	broken := map[string]func(*ledger.Change){
		"a governance entry": func(c *ledger.Change) { c.Governance = append(c.Governance, kill(good[1], pid, 0)) },
		"a member":           func(c *ledger.Change) { c.Members = append(c.Members, fact.MemberEntry{Kind: 7}) },
		"a key set":          func(c *ledger.Change) { c.Keys = append(c.Keys, b.keySet(good[1], 5)) },
		"a note":             func(c *ledger.Change) { c.Notes = append(c.Notes, ledger.Note{Kind: "k", Key: "y", Version: 3}) },
		"a note twice":       func(c *ledger.Change) { c.Notes = append(c.Notes, c.Notes[0]) },
	}
	for name, breakIt := range broken {
		bad := ledger.Change{
			Members: append([]fact.MemberEntry(nil), change.Members...), Governance: append([]ledger.Governing(nil), change.Governance...),
			Keys: append([]fact.Signed[fact.KeySet](nil), change.Keys...), Notes: append([]ledger.Note(nil), change.Notes...),
		}
		breakIt(&bad)
		if err := b.Commit(ctx, bad); err == nil {
			t.Fatalf("a change with %s that does not fit was taken", name)
		}
	}
	nothing := func(want uint64) {
		t.Helper()
		for _, c := range good {
			at, err := b.Cohort(ctx, c)
			must(t, err)
			if at.Governance.N != want {
				t.Errorf("a cohort has %d entries, want %d", at.Governance.N, want)
			}
		}
		members, err := b.Members(ctx)
		must(t, err)
		_, noted, err := b.Note(ctx, "withdrawn", "x")
		must(t, err)
		if members.Point.N != want || noted != (want == 1) {
			t.Errorf("members at %d, noted %v", members.Point.N, noted)
		}
	}
	nothing(0)
	b.commit(change)
	nothing(1)
	b.reopen()
	nothing(1)
	many := ledger.Change{Notes: make([]ledger.Note, ledger.MaxChange+1)}
	wantErr(t, b.Commit(ctx, many), ledger.ErrTooLarge)
}

func testLongRuns(t *testing.T, b *bench) {
	cohort := identity.Random[identity.CohortID]()
	const total = fact.MaxRun + 700
	for left := total; left > 0; {
		n := min(left, ledger.MaxChange)
		left -= n
		change := ledger.Change{}
		for range n {
			change.Governance = append(change.Governance, kill(cohort, newPID(), 1))
		}
		b.commit(change)
	}
	theirs := fact.NewGovernance(fact.Chain{Area: b.setup.Area, Cohort: cohort})
	head := b.follow(cohort, theirs.Point, func(raw []byte) {
		_, err := theirs.Apply(raw)
		must(t, err)
	})
	if head.Point.N != total || len(theirs.Kills()) != total {
		t.Errorf("the device has %d of %d entries", len(theirs.Kills()), total)
	}
	// Entries with long sealed bodies fill a run's bytes before its number.
	long := identity.Random[identity.CohortID]()
	for range 6 {
		change := ledger.Change{}
		for range 4 {
			change.Governance = append(change.Governance, ledger.Governing{Cohort: long, Entry: fact.GovernanceEntry{
				Kind: fact.Caseload, KeyEpoch: 1, Body: make([]byte, 200<<10),
			}})
		}
		b.commit(change)
	}
	n := 0
	b.follow(long, fact.Chain{Area: b.setup.Area, Cohort: long}.Start(), func([]byte) { n++ })
	if n != 24 {
		t.Errorf("the device has %d of 24 long entries", n)
	}
}

func testKeys(t *testing.T, b *bench) {
	ctx := t.Context()
	c := identity.Random[identity.CohortID]()
	none, err := b.Keys(ctx, c)
	must(t, err)
	if !none.IsZero() {
		t.Error("a cohort without keys has some")
	}
	put := func(k fact.Signed[fact.KeySet]) error {
		return b.Commit(ctx, ledger.Change{Keys: []fact.Signed[fact.KeySet]{k}})
	}
	must(t, put(b.keySet(c, 1)))
	wantErr(t, put(b.keySet(c, 1)), ledger.ErrConflict)
	wantErr(t, put(b.keySet(c, 3)), ledger.ErrConflict)
	second := b.keySet(c, 2)
	must(t, put(second))
	stranger := newStranger(t, b, c)
	wantErr(t, put(stranger), ledger.ErrForeign)
	b.reopen()
	got, err := b.Keys(ctx, c)
	must(t, err)
	if string(got.Raw()) != string(second.Raw()) || !got.By(b.hub) {
		t.Error("the newest key set did not come back as it was signed")
	}
	at, err := b.Cohort(ctx, c)
	must(t, err)
	if at.KeyEpoch != 2 {
		t.Errorf("key epoch %d, want 2", at.KeyEpoch)
	}
}

func newStranger(t *testing.T, b *bench, c identity.CohortID) fact.Signed[fact.KeySet] {
	t.Helper()
	k, err := fact.Sign(identity.NewDeviceKeys().Sign, fact.KeySet{Incarnation: 1, Cohort: c, Epoch: 3, Time: 1})
	must(t, err)
	return k
}

func testNotes(t *testing.T, b *bench) {
	ctx := t.Context()
	put := func(n ledger.Note) error { return b.Commit(ctx, ledger.Change{Notes: []ledger.Note{n}}) }
	must(t, put(ledger.Note{Kind: "code", Key: "b", Value: []byte("one")}))
	must(t, put(ledger.Note{Kind: "code", Key: "a", Value: []byte{}}))
	wantErr(t, put(ledger.Note{Kind: "code", Key: "b", Value: []byte("two")}), ledger.ErrConflict)
	must(t, put(ledger.Note{Kind: "code", Key: "b", Value: []byte("two"), Version: 1}))
	wantErr(t, put(ledger.Note{Kind: "code", Key: "b", Version: 1}), ledger.ErrConflict)
	must(t, put(ledger.Note{Kind: "code", Key: "b", Version: 2}))
	if _, found, err := b.Note(ctx, "code", "b"); err != nil || found {
		t.Errorf("a deleted note is there: %v, %v", found, err)
	}
	must(t, put(ledger.Note{Kind: "code", Key: "b", Value: []byte("three")}))
	check := func() {
		t.Helper()
		n, found, err := b.Note(ctx, "code", "b")
		must(t, err)
		if !found || string(n.Value) != "three" || n.Version != 4 {
			t.Errorf("the note is %q at version %d, want three at 4: versions never repeat", n.Value, n.Version)
		}
		all, err := b.Notes(ctx, "code")
		must(t, err)
		if len(all) != 2 || all[0].Key != "a" || all[1].Key != "b" {
			t.Errorf("the notes are %+v", all)
		}
		none, err := b.Notes(ctx, "other")
		must(t, err)
		if len(none) != 0 {
			t.Errorf("another kind has %d notes", len(none))
		}
	}
	check()
	b.reopen()
	check()
	wantErr(t, put(ledger.Note{Kind: "code", Key: "c", Value: make([]byte, ledger.MaxNote+1)}), ledger.ErrTooLarge)
	wantErr(t, put(ledger.Note{Key: "c", Value: []byte("x")}), ledger.ErrTooLarge)
}

// Of many that use one enrolment code at once, one succeeds.
func testNotesRace(t *testing.T, b *bench) {
	b.commit(ledger.Change{Notes: []ledger.Note{{Kind: "code", Key: "x", Value: []byte("unused")}}})
	var wg sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		wg.Go(func() {
			_, join := member()
			errs[i] = b.Commit(background(), ledger.Change{
				Members: []fact.MemberEntry{join},
				Notes:   []ledger.Note{{Kind: "code", Key: "x", Value: fmt.Appendf(nil, "used by %d", i), Version: 1}},
			})
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, ledger.ErrConflict) {
			t.Errorf("got %v, want ErrConflict", err)
		}
	}
	members, err := b.Members(t.Context())
	must(t, err)
	if won != 1 || len(members.All()) != 1 {
		t.Errorf("the code was used %d times and enlisted %d devices, want once", won, len(members.All()))
	}
}
