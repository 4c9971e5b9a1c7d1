package fact

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"satchel/store/identity"
)

// govern applies entries in order, numbering them, and gives the first error.
func govern(g *Governance, entries ...GovernanceEntry) error {
	for _, e := range entries {
		e.N = g.Point.N + 1
		if _, err := g.Apply(must(EncodeEntry(e))); err != nil {
			return err
		}
	}
	return nil
}

func TestGovernanceFollowsItsChain(t *testing.T) { // R32
	ann, bea := identity.PID{2}, identity.PID{1}
	policy := DefaultPolicy()
	policy.Version, policy.Lease = 3, hour
	older := DefaultPolicy()
	older.Version = 2
	g := NewGovernance(testChain)
	if err := govern(g,
		GovernanceEntry{Kind: Kill, PID: ann, Epoch: 3, Reason: Withdrawn},
		GovernanceEntry{Kind: Kill, PID: ann, Epoch: 2, Reason: Erased}, // written again, or late: the larger stands
		GovernanceEntry{Kind: Kill, PID: bea, Epoch: 1, Reason: "a reason of a later version"},
		GovernanceEntry{Kind: SetPolicy, Policy: &policy},
		GovernanceEntry{Kind: SetPolicy, Policy: &older},
		GovernanceEntry{Kind: Directed, PID: ann, KeyEpoch: 1, Body: []byte{1}},
		GovernanceEntry{Kind: Directed, PID: ann, KeyEpoch: 1, Body: []byte{2}},
		GovernanceEntry{Kind: Lift, Device: identity.DeviceID{1}, Seq: 4},
		GovernanceEntry{Kind: Caseload, KeyEpoch: 1, Body: []byte{3}},
		GovernanceEntry{Kind: Incident, KeyEpoch: 1, Body: []byte{4}},
		GovernanceEntry{Kind: CredentialEnd, Slot: identity.SlotID{1}},
		GovernanceEntry{Kind: DeviceOrder, Device: identity.DeviceID{1}, Order: Wipe},
		GovernanceEntry{Kind: Credentialled, KeyEpoch: 1, Body: []byte{5}},
		GovernanceEntry{Kind: Credentialled, Device: identity.DeviceID{1}, Slot: identity.SlotID{1}, Body: []byte{6}},
		GovernanceEntry{Kind: DeviceOrder, Device: identity.DeviceID{1}, Order: Turn},
	); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		p     identity.PID
		epoch uint64
		dead  bool
	}{{ann, 1, true}, {ann, 2, true}, {ann, 3, false}, {ann, 4, false}, {bea, 0, true}, {bea, 1, false}, {identity.PID{9}, 0, false}} {
		if g.Dead(c.p, c.epoch) != c.dead {
			t.Errorf("epoch %d of %s: dead is %v", c.epoch, c.p, !c.dead)
		}
	}
	if g.KilledBelow(ann) != 3 || g.KilledBelow(identity.PID{9}) != 0 {
		t.Error("killed below")
	}
	if !slices.Equal(g.Kills(), []PatientEpoch{{bea, 1}, {ann, 3}}) {
		t.Errorf("kills %v", g.Kills())
	}
	if g.Policy != policy {
		t.Error("the newest version of the policy does not stand")
	}
	d := g.Directives(ann)
	if len(d) != 2 || d[0].Body[0] != 1 || len(g.Directives(bea)) != 0 {
		t.Errorf("%d directives", len(d))
	}
	d[0] = GovernanceEntry{}
	if g.Directives(ann)[0].N == 0 {
		t.Error("a caller can change what is in force")
	}
	if g.Point.N != 15 {
		t.Errorf("point %d", g.Point.N)
	}
}

func TestGovernanceRefusesByName(t *testing.T) {
	p, d := identity.PID{1}, identity.DeviceID{1}
	policy := func(f func(*Policy)) *Policy {
		v := DefaultPolicy()
		f(&v)
		return &v
	}
	good := policy(func(*Policy) {})
	for _, c := range []struct {
		name, word string
		e          GovernanceEntry
	}{
		{"an unknown kind", "kind 10 is not known", GovernanceEntry{N: 1, Kind: 10}},
		{"no kind", "kind 0 is not known", GovernanceEntry{N: 1}},
		{"the wrong number", "number 3 where 1 is due", GovernanceEntry{N: 3, Kind: Kill, PID: p, Epoch: 1}},
		{"a kill of nobody", "a kill names", GovernanceEntry{N: 1, Kind: Kill, Epoch: 1}},
		{"a kill that kills nothing", "a kill names", GovernanceEntry{N: 1, Kind: Kill, PID: p}},
		{"a directive about nobody", "names a patient", GovernanceEntry{N: 1, Kind: Directed, KeyEpoch: 1, Body: []byte{1}}},
		{"a lift of no item", "names the item", GovernanceEntry{N: 1, Kind: Lift, Device: d}},
		{"a lift of no device", "names the item", GovernanceEntry{N: 1, Kind: Lift, Seq: 1}},
		{"a credential's end without a slot", "names a slot", GovernanceEntry{N: 1, Kind: CredentialEnd}},
		{"an order to nobody", "an order names", GovernanceEntry{N: 1, Kind: DeviceOrder, Order: Wipe}},
		{"an unknown order", "an order names", GovernanceEntry{N: 1, Kind: DeviceOrder, Device: d, Order: "explode"}},
		{"an admission to no slot", "an admission names", GovernanceEntry{N: 1, Kind: Credentialled, Device: d, Body: []byte{1}}},
		{"an admission that says nothing", "an admission names", GovernanceEntry{N: 1, Kind: Credentialled, Device: d, Slot: identity.SlotID{1}}},
		{"an admission sealed to the cohort", "an admission names", GovernanceEntry{N: 1, Kind: Credentialled, Device: d, Slot: identity.SlotID{1}, KeyEpoch: 1, Body: []byte{1}}},
		{"a credential to no device, without a key epoch", "key epoch", GovernanceEntry{N: 1, Kind: Credentialled, Slot: identity.SlotID{1}, Body: []byte{1}}},
		{"a body without a key epoch", "key epoch", GovernanceEntry{N: 1, Kind: Caseload, Body: []byte{1}}},
		{"a policy in a kill", "carries a policy", GovernanceEntry{N: 1, Kind: Kill, PID: p, Epoch: 1, Policy: good}},
		{"no policy", "a policy needs", GovernanceEntry{N: 1, Kind: SetPolicy}},
		{"a policy without a version", "a policy needs", GovernanceEntry{N: 1, Kind: SetPolicy, Policy: policy(func(p *Policy) { p.Version = 0 })}},
		{"a policy without a lease", "a policy needs", GovernanceEntry{N: 1, Kind: SetPolicy, Policy: policy(func(p *Policy) { p.Lease = 0 })}},
		{"a policy that never locks", "a policy needs", GovernanceEntry{N: 1, Kind: SetPolicy, Policy: policy(func(p *Policy) { p.IdleLock = -1 })}},
		{"a policy that never closes", "a policy needs", GovernanceEntry{N: 1, Kind: SetPolicy, Policy: policy(func(p *Policy) { p.LongestOpen = 0 })}},
		{"a policy with a long text", "at most 1000", GovernanceEntry{N: 1, Kind: SetPolicy, Policy: policy(func(p *Policy) { p.HelpDesk = strings.Repeat("x", 1001) })}},
	} {
		g := NewGovernance(testChain)
		_, err := g.Apply(must(EncodeEntry(c.e)))
		if !errors.Is(err, ErrEntry) || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%s: %v", c.name, err)
		}
		if g.Point != testChain.Start() || len(g.Kills()) != 0 || g.Policy != DefaultPolicy() || len(g.Directives(p)) != 0 {
			t.Errorf("%s: refused and applied", c.name)
		}
	}
}

// FuzzApplyGovernance: an entry is applied whole or not at all.
func FuzzApplyGovernance(f *testing.F) {
	policy := DefaultPolicy()
	for _, e := range []GovernanceEntry{
		{Kind: Kill, PID: identity.PID{1}, Epoch: 3, Reason: Objection, Time: testNow},
		{Kind: SetPolicy, Policy: &policy},
		{Kind: Directed, PID: identity.PID{1}, KeyEpoch: 1, Body: []byte("sealed")},
		{Kind: DeviceOrder, Device: identity.DeviceID{1}, Order: Suspend},
		{Kind: DeviceOrder, Device: identity.DeviceID{1}, Order: Turn},
		{Kind: Credentialled, Device: identity.DeviceID{1}, Slot: identity.SlotID{2}, Body: []byte("boxed")},
	} {
		e.N = 2
		f.Add(must(EncodeEntry(e)))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p := identity.PID{7}
		g := NewGovernance(testChain)
		if err := govern(g, GovernanceEntry{Kind: Kill, PID: p, Epoch: 5}); err != nil {
			t.Fatal(err)
		}
		before := g.Point
		e, err := g.Apply(raw)
		switch {
		case !g.Dead(p, 4):
			t.Fatal("an entry brought back what was killed") // R34, I2
		case err != nil && (g.Point != before || len(g.Kills()) != 1):
			t.Fatal("refused and applied")
		case err == nil && (g.Point != before.Next(raw) || string(must(EncodeEntry(e))) != string(raw)):
			t.Fatal("applied under another hash than its own")
		}
	})
}
