package conform

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/sync/ledger"
)

func testWatch(t *testing.T, b *bench) {
	changed, stop := b.Watch()
	other, stopOther := b.Watch()
	stopOther()
	quiet := func(when string) {
		t.Helper()
		select {
		case <-changed:
			t.Errorf("a signal %s", when)
		default:
		}
	}
	grew := func(what string) {
		t.Helper()
		select {
		case <-changed: // it was sent before the writer returned
		default:
			t.Errorf("no signal after %s grew", what)
		}
	}
	quiet("before anything was written")
	c := b.cohort()
	grew("keys")
	b.release(b.draft(c, newPID(), 1, 1), b.draft(c, newPID(), 1, 1))
	grew("a stream")
	quiet("although it was taken: they are coalesced")
	b.kill(c, newPID(), 1)
	b.kill(c, newPID(), 1)
	grew("a chain")
	_, join := member()
	b.commit(ledger.Change{Members: []fact.MemberEntry{join}})
	grew("membership")
	dev := b.enlist()
	<-changed
	b.accept(dev.items(2)...)
	grew("the log")
	if err := b.Commit(t.Context(), ledger.Change{Members: []fact.MemberEntry{{Kind: 7}}}); err == nil {
		t.Fatal("nonsense was taken")
	}
	quiet("for a change that was refused")
	select {
	case <-other:
		t.Error("a signal after stop")
	default:
	}
	stop()
}

// testReopen compares everything a reader can see before and after.
func testReopen(t *testing.T, b *bench) {
	c, dev := b.cohort(), b.enlist()
	var pids []identity.PID
	for range 20 {
		pids = append(pids, newPID())
		b.release(b.draft(c, pids[len(pids)-1], 1, 1))
	}
	b.release(b.draft(c, pids[3], 1, 2))
	b.kill(c, pids[4], 2)
	b.accept(dev.items(30)...)
	records, rev := b.since(c, 0)
	at, err := b.Cohort(t.Context(), c)
	must(t, err)
	point, err := b.Checkpoint(t.Context())
	must(t, err)
	entries, err := b.Entries(t.Context(), 0, 100)
	must(t, err)
	b.reopen()
	again, revAgain := b.since(c, 0)
	if len(records) != 19 || len(again) != 19 || rev != revAgain {
		t.Fatalf("%d records at %d, then %d at %d", len(records), rev, len(again), revAgain)
	}
	for i := range records {
		if records[i] != again[i] {
			t.Errorf("revision %d is another record now", records[i].Rev)
		}
	}
	atAgain, err := b.Cohort(t.Context(), c)
	must(t, err)
	pointAgain, err := b.Checkpoint(t.Context())
	must(t, err)
	if at != atAgain || point.Size != pointAgain.Size || point.Root != pointAgain.Root {
		t.Error("cohort or log stands elsewhere")
	}
	entriesAgain, err := b.Entries(t.Context(), 0, 100)
	must(t, err)
	if len(entries) != 30 || len(entriesAgain) != 30 {
		t.Fatalf("%d entries, then %d", len(entries), len(entriesAgain))
	}
	for i := range entries {
		if string(entries[i].Raw) != string(entriesAgain[i].Raw) || entries[i].Received != entriesAgain[i].Received {
			t.Errorf("entry %d is another now", i)
		}
	}
	missing, err := b.Missing(t.Context())
	must(t, err)
	if len(missing) != 0 {
		t.Errorf("%d records are missing", len(missing))
	}
}

// A hub that was restored from a backup, or has new keys, counts on under a
// later incarnation; what it said under the earlier one has to be said again.
func testIncarnation(t *testing.T, b *bench) {
	c, dev := b.cohort(), b.enlist()
	pid := newPID()
	b.release(b.draft(c, pid, 1, 1))
	b.accept(dev.items(3)...)
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	first := b.setup
	b.setup.Key, b.setup.Incarnation, b.hub = priv, 2, pub
	b.reopen()
	if b.Incarnation() != 2 {
		t.Errorf("incarnation %d, want 2", b.Incarnation())
	}
	if got, _ := b.since(c, 0); len(got) != 0 {
		t.Error("a record signed by the earlier hub is streamed")
	}
	missing, err := b.Missing(t.Context())
	must(t, err)
	if len(missing) != 1 || missing[0] != (ledger.MissingRecord{Cohort: c, PID: pid, Epoch: 1, Ver: 1}) {
		t.Fatalf("missing: %+v", missing)
	}
	b.release(b.draft(c, pid, 1, 2))
	if got, _ := b.since(c, 0); len(got) != 1 || got[0].Incarnation != 2 || got[0].Rev != 2 {
		t.Error("the record said again is not streamed")
	}
	if got := b.accept(dev.items(2)...); got.Entered != 2 {
		t.Errorf("%+v: a device's chain goes on over incarnations", got)
	}
	must(t, b.Close())
	if _, err := b.open(first); !errors.Is(err, ledger.ErrForeign) {
		t.Errorf("the earlier incarnation opened it again: %v", err)
	}
	stolen := b.setup
	_, stolen.Key, err = ed25519.GenerateKey(rand.Reader)
	must(t, err)
	if _, err := b.open(stolen); !errors.Is(err, ledger.ErrForeign) {
		t.Errorf("another key of the same incarnation opened it: %v", err)
	}
	other := b.setup
	other.Area[0] ^= 1
	if _, err := b.open(other); !errors.Is(err, ledger.ErrForeign) {
		t.Errorf("another area opened it: %v", err)
	}
	b.Ledger = nil
	b.reopen()
}

// Close lets a stream under way end, and everything else finds it closed.
func testCloseWaits(t *testing.T, b *bench) {
	c := b.cohort()
	for range 5 {
		b.release(b.draft(c, newPID(), 1, 1))
	}
	var closing sync.WaitGroup
	var ended atomic.Bool
	n := 0
	_, err := b.Since(t.Context(), c, 0, func(s ledger.Stored) error {
		if n++; n == 1 {
			closing.Go(func() {
				if err := b.Close(); err != nil {
					t.Error(err)
				}
				if !ended.Load() {
					t.Error("Close returned while a stream was read")
				}
			})
			for {
				if _, err := b.Cohort(background(), c); errors.Is(err, ledger.ErrClosed) {
					break
				}
			}
		}
		ended.Store(n == 5)
		_, err := fact.OpenRecord(b.hub, s.Record)
		return err
	})
	must(t, err)
	closing.Wait()
	if n != 5 {
		t.Errorf("%d of 5 records came", n)
	}
	b.Ledger = nil
	b.reopen()
}

func testClosed(t *testing.T, b *bench) {
	c := b.cohort()
	must(t, b.Close())
	ctx := t.Context()
	_, freshErr := b.Freshness(ctx, c)
	_, sinceErr := b.Since(ctx, c, 0, func(ledger.Stored) error { return nil })
	_, releaseErr := b.Release(ctx, []ledger.Draft{b.draft(c, newPID(), 1, 1)})
	_, acceptErr := b.Accept(ctx, [][]byte{{1}})
	_, runErr := b.Run(ctx, c, 0)
	_, membersErr := b.Members(ctx)
	_, checkpointErr := b.Checkpoint(ctx)
	for name, err := range map[string]error{
		"Commit":    b.Commit(ctx, ledger.Change{Governance: []ledger.Governing{kill(c, newPID(), 1)}}),
		"Freshness": freshErr, "Since": sinceErr, "Release": releaseErr, "Accept": acceptErr,
		"Run": runErr, "Members": membersErr, "Checkpoint": checkpointErr,
	} {
		if !errors.Is(err, ledger.ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
	b.Ledger = nil
	b.reopen()
}
