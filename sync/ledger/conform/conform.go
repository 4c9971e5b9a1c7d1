// Package conform is the suite that every ledger passes. It argues the promises
// of ledger.Ledger through its methods alone, against whatever implementation
// it is given; what is special to one (a crash at every write of the journal, a
// lost primary) is tested beside that implementation.
//
// It does not measure, and does not look inside. Its own tests run it on
// ledger.Local.
package conform

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"sync"
	"testing"
	"time"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/sync/ledger"
)

// Setup is how a ledger is to be opened.
type Setup struct {
	Area        identity.AreaID
	Key         ed25519.PrivateKey
	Incarnation uint64
	Origin      string
	Now         func() time.Time
}

// Opener opens the ledger at one place. Called again after Close it opens what
// the last one left.
type Opener func(Setup) (ledger.Ledger, error)

// Run runs the suite. fresh gives an empty place for one test.
func Run(t *testing.T, fresh func(*testing.T) Opener) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *bench)
	}{
		{"Membership", testMembership},
		{"MembershipRefusals", testMembershipRefusals},
		{"Governance", testGovernance},
		{"CommitIsAllOrNone", testCommitAllOrNone},
		{"LongRuns", testLongRuns},
		{"Keys", testKeys},
		{"Notes", testNotes},
		{"NotesRace", testNotesRace},
		{"Release", testRelease},
		{"ReleaseRefusals", testReleaseRefusals},
		{"ReleaseStopsAtTheFirstRefusal", testReleaseStops},
		{"Since", testSince},
		{"SinceIsOneMoment", testSinceSnapshot},
		{"KilledIsNeverStreamed", testKilledNeverStreamed},
		{"KillAgainstRelease", testKillRace},
		{"Freshness", testFreshness},
		{"FreshnessBesideWrites", testFreshnessRace},
		{"Watch", testWatch},
		{"ReopenedIsTheSame", testReopen},
		{"LaterIncarnation", testIncarnation},
		{"Closed", testClosed},
		{"CloseWaits", testCloseWaits},
		{"Accept", testAccept},
		{"AcceptAnyOrder", testAcceptAnyOrder},
		{"AcceptForks", testAcceptForks},
		{"AcceptRefusals", testAcceptRefusals},
		{"AcceptBounds", testAcceptBounds},
		{"AcceptFromMany", testAcceptRace},
		{"Proofs", testProofs},
		{"LogModel", testLogModel},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, fresh(t))
			c.test(t, b)
		})
	}
}

// bench is one place, the ledger opened there, and a hub to speak for.
type bench struct {
	ledger.Ledger
	t     *testing.T
	open  Opener
	setup Setup
	hub   ed25519.PublicKey

	mu  sync.Mutex
	now time.Time // under mu
}

func newBench(t *testing.T, open Opener) *bench {
	t.Helper()
	root, _, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	b := &bench{t: t, open: open, hub: pub, now: time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)}
	b.setup = Setup{Area: identity.AreaIDOf(root), Key: priv, Incarnation: 1, Origin: "satchel.example/log", Now: b.clock}
	b.reopen()
	t.Cleanup(func() {
		if err := b.Close(); err != nil && !errors.Is(err, ledger.ErrClosed) {
			t.Errorf("closing: %v", err)
		}
	})
	return b
}

// clock moves by a millisecond whenever it is read.
func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(time.Millisecond)
	return b.now
}

// reopen closes the ledger, if it is open, and opens what it left.
func (b *bench) reopen() {
	b.t.Helper()
	if b.Ledger != nil {
		must(b.t, b.Close())
	}
	l, err := b.open(b.setup)
	must(b.t, err)
	b.Ledger = l
}

func (b *bench) commit(c ledger.Change) {
	b.t.Helper()
	must(b.t, b.Commit(b.t.Context(), c))
}

// cohort makes a cohort with a key.
func (b *bench) cohort() identity.CohortID {
	b.t.Helper()
	c := identity.Random[identity.CohortID]()
	b.commit(ledger.Change{Keys: []fact.Signed[fact.KeySet]{b.keySet(c, 1)}})
	return c
}

func (b *bench) keySet(c identity.CohortID, epoch uint64) fact.Signed[fact.KeySet] {
	b.t.Helper()
	k, err := fact.Sign(b.setup.Key, fact.KeySet{
		Incarnation: b.setup.Incarnation, Cohort: c, Epoch: epoch,
		Boxes: []fact.KeyBox{{Device: identity.Random[identity.DeviceID](), Box: make([]byte, 80)}},
		Time:  1,
	})
	must(b.t, err)
	return k
}

// draft makes a record that cannot be told from a sealed one.
func (b *bench) draft(c identity.CohortID, p identity.PID, epoch, ver uint64) ledger.Draft {
	content, box := make([]byte, 256), make([]byte, 72)
	_, _ = rand.Read(content)
	_, _ = rand.Read(box)
	b.mu.Lock()
	defer b.mu.Unlock()
	return ledger.Draft{
		Wrap:       fact.Wrap{Cohort: c, PID: p, Epoch: epoch, Ver: ver, KeyEpoch: 1, Box: box},
		Ciphertext: content, Commitment: [32]byte(box), Source: [32]byte(content),
		NotAfter: b.now.Add(30 * 24 * time.Hour).UnixMilli(),
	}
}

func (b *bench) release(drafts ...ledger.Draft) []fact.RecordHeader {
	b.t.Helper()
	headers, err := b.Release(b.t.Context(), drafts)
	must(b.t, err)
	if len(headers) != len(drafts) {
		b.t.Fatalf("released %d of %d drafts without an error", len(headers), len(drafts))
	}
	return headers
}

func (b *bench) kill(c identity.CohortID, p identity.PID, epoch uint64) {
	b.t.Helper()
	b.commit(ledger.Change{Governance: []ledger.Governing{kill(c, p, epoch)}})
}

func kill(c identity.CohortID, p identity.PID, epoch uint64) ledger.Governing {
	return ledger.Governing{Cohort: c, Entry: fact.GovernanceEntry{
		Kind: fact.Kill, PID: p, Epoch: epoch, Reason: fact.Withdrawn,
	}}
}

// member makes the facts of a new laptop.
func member(holds ...identity.CohortID) (identity.DeviceKeys, fact.MemberEntry) {
	keys := identity.NewDeviceKeys()
	return keys, fact.MemberEntry{Kind: fact.Join, Member: fact.Member{
		Device: keys.ID(), Sign: keys.Public(), Gossip: keys.Gossip.Public, Keys: identity.NewX25519().Public,
		Kind: identity.Laptop, Category: identity.Ambulance, Name: "Ambulance 7", Holds: holds,
	}}
}

func newPID() identity.PID { return identity.Random[identity.PID]() }

func background() context.Context { return context.Background() }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("got error %v, want %v", got, want)
	}
}
