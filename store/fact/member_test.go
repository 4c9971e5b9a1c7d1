package fact

import (
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"
	"testing"

	"satchel/store/canon"
	"satchel/store/identity"
)

// enlist applies entries in order, numbering them, and gives the first error.
func enlist(m *Membership, entries ...MemberEntry) error {
	for _, e := range entries {
		e.N = m.Point.N + 1
		if _, err := m.Apply(must(EncodeEntry(e))); err != nil {
			return err
		}
	}
	return nil
}

func TestMembershipFollowsItsChain(t *testing.T) {
	m := NewMembership(testArea)
	a, b := testMember("a"), testMember("b")
	moved := a
	moved.Holds = []identity.CohortID{{'d'}}
	if err := enlist(m, MemberEntry{Kind: Join, Member: a}, MemberEntry{Kind: Join, Member: b}, MemberEntry{Kind: Join, Member: moved}); err != nil {
		t.Fatal(err)
	}
	got, ok := m.Get(a.Device)
	if !ok || got.MayHold(testCohort) || !got.MayHold(identity.CohortID{'d'}) {
		t.Error("a later entry did not replace the member's facts")
	}
	if all := m.All(); len(all) != 2 || slices.Compare(all[0].Device[:], all[1].Device[:]) >= 0 {
		t.Errorf("%d members, or out of order", len(all))
	}
	if m.Point.N != 3 || m.Point == (Chain{Area: testArea}).Start() {
		t.Errorf("point %d", m.Point.N)
	}
}

func TestRevokedDeviceDoesNotComeBack(t *testing.T) { // R56, I10
	m := NewMembership(testArea)
	a := testMember("a")
	if err := enlist(m, MemberEntry{Kind: Join, Member: a}, MemberEntry{Kind: Revoke, Member: Member{Device: a.Device}}); err != nil {
		t.Fatal(err)
	}
	before := m.Point
	if err := enlist(m, MemberEntry{Kind: Join, Member: a}); !errors.Is(err, ErrEntry) {
		t.Fatalf("joined again: %v", err)
	}
	if _, in := m.Get(a.Device); in || !m.Revoked(a.Device) || m.Point != before {
		t.Error("the refused entry left something behind")
	}
	// Twice is no different, and its key still proves what it signed.
	if err := enlist(m, MemberEntry{Kind: Revoke, Member: Member{Device: a.Device}}); err != nil {
		t.Fatal(err)
	}
	known, ok := m.Known(a.Device)
	if !ok || !ed25519.PublicKey(known.Sign).Equal(ed25519.PublicKey(a.Sign)) {
		t.Error("the key of a revoked device is lost, and with it what it signed")
	}
	// One that never joined is out before it comes, and has no key to know.
	b := testMember("b")
	if err := enlist(m, MemberEntry{Kind: Revoke, Member: Member{Device: b.Device}}); err != nil {
		t.Fatal(err)
	}
	if err := enlist(m, MemberEntry{Kind: Join, Member: b}); !errors.Is(err, ErrEntry) {
		t.Errorf("a device revoked beforehand joined: %v", err)
	}
	if _, ok := m.Known(b.Device); ok || !m.Revoked(b.Device) {
		t.Error("a device that never joined is known")
	}
}

func TestMembershipRefusesByName(t *testing.T) {
	change := func(f func(*Member)) MemberEntry {
		a := testMember("a")
		f(&a)
		return MemberEntry{N: 1, Kind: Join, Member: a}
	}
	for _, c := range []struct {
		name, word string
		e          MemberEntry
	}{
		{"an unknown kind", "kind 3 is not known", MemberEntry{N: 1, Kind: 3, Member: testMember("a")}},
		{"no kind", "kind 0 is not known", MemberEntry{N: 1}},
		{"the wrong number", "number 2 where 1 is due", MemberEntry{N: 2, Kind: Join, Member: testMember("a")}},
		{"number 0", "number 0", MemberEntry{N: 0, Kind: Join, Member: testMember("a")}},
		{"an id that is not the key's", "not its key's", change(func(m *Member) { m.Device[0] ^= 1 })},
		{"a short key", "not its key's", change(func(m *Member) { m.Sign = m.Sign[:31] })},
		{"an unknown sort of device", "phone", change(func(m *Member) { m.Kind = "phone" })},
		{"a fifth category", "council", change(func(m *Member) { m.Category = "council" })}, // R19
		{"a box with a key for K", "box", change(func(m *Member) { m.Kind = identity.Box })},
		{"a long name", "too long", change(func(m *Member) { m.Name = strings.Repeat("n", 201) })},
		{"a bad push-only key", "too long", change(func(m *Member) { m.PushOnly = make([]byte, 33) })},
		{"a revocation of nobody", "names a device", MemberEntry{N: 1, Kind: Revoke}},
	} {
		m := NewMembership(testArea)
		_, err := m.Apply(must(EncodeEntry(c.e)))
		if !errors.Is(err, ErrEntry) || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%s: %v", c.name, err)
		}
		if m.Point != (Chain{Area: testArea}).Start() || len(m.All()) != 0 {
			t.Errorf("%s: refused and applied", c.name)
		}
	}
	if _, err := NewMembership(testArea).Apply(make([]byte, MaxEntry+1)); !errors.Is(err, canon.ErrLimit) {
		t.Errorf("an entry too large: %v", err)
	}
}

// FuzzApplyMembership: an entry is applied whole or not at all.
func FuzzApplyMembership(f *testing.F) {
	f.Add(must(EncodeEntry(MemberEntry{N: 2, Kind: Join, Member: testMember("b"), Reason: "enrolled", Time: testNow})))
	f.Add(must(EncodeEntry(MemberEntry{N: 2, Kind: Revoke, Member: Member{Device: testMember("a").Device}, Reason: "lost"})))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := NewMembership(testArea)
		if err := enlist(m, MemberEntry{Kind: Join, Member: testMember("a")}); err != nil {
			t.Fatal(err)
		}
		before := m.Point
		e, err := m.Apply(raw)
		switch {
		case err != nil && (m.Point != before || len(m.All()) != 1):
			t.Fatal("refused and applied")
		case err == nil && (m.Point != before.Next(raw) || string(must(EncodeEntry(e))) != string(raw)):
			t.Fatal("applied under another hash than its own")
		}
	})
}
