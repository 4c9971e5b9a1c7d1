package ledger

import (
	"crypto/ed25519"
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
)

// The suite of package conform argues the contract; here are the tests of what
// is special to Local: crashes, damage, and speed.

func testConfig(t testing.TB, dir string) Config {
	t.Helper()
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	return Config{
		Dir: dir, Area: identity.AreaID{1}, Key: key, Incarnation: 1, Log: slog.New(slog.DiscardHandler),
		Now:     func() time.Time { return time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC) },
		segment: 64 << 10, sizes: cacheSizes{table: 1 << 20, valueLog: 1 << 20},
	}
}

func openTest(t testing.TB, cfg Config) *Local {
	t.Helper()
	l, err := OpenLocal(cfg)
	must(t, err)
	t.Cleanup(func() { _ = l.Close() }) // a test may have closed it
	return l
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func keySetFor(t testing.TB, cfg Config, c identity.CohortID, epoch uint64) fact.Signed[fact.KeySet] {
	t.Helper()
	k, err := fact.Sign(cfg.Key, fact.KeySet{Incarnation: cfg.Incarnation, Cohort: c, Epoch: epoch, Time: 1})
	must(t, err)
	return k
}

func draftOf(c identity.CohortID, p identity.PID, epoch, ver uint64, size int) Draft {
	content, box := make([]byte, size), make([]byte, 72)
	_, _ = rand.Read(content)
	_, _ = rand.Read(box)
	return Draft{
		Wrap:       fact.Wrap{Cohort: c, PID: p, Epoch: epoch, Ver: ver, KeyEpoch: 1, Box: box},
		Ciphertext: content, NotAfter: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli(),
	}
}

func drafts(c identity.CohortID, n, size int) []Draft {
	out := make([]Draft, n)
	for i := range out {
		out[i] = draftOf(c, identity.Random[identity.PID](), 1, 1, size)
	}
	return out
}

func killOf(c identity.CohortID, p identity.PID, epoch uint64) Governing {
	return Governing{Cohort: c, Entry: fact.GovernanceEntry{Kind: fact.Kill, PID: p, Epoch: epoch, Reason: fact.Withdrawn}}
}

// writer is a device that writes a chain.
type writer struct {
	t    testing.TB
	keys identity.DeviceKeys
	seq  uint64
	prev [32]byte
}

func newWriter(t testing.TB) (*writer, fact.MemberEntry) {
	keys := identity.NewDeviceKeys()
	w := &writer{t: t, keys: keys, prev: audit.ChainStart(keys.ID(), 1)}
	return w, fact.MemberEntry{Kind: fact.Join, Member: fact.Member{
		Device: keys.ID(), Sign: keys.Public(), Kind: identity.Laptop, Category: identity.Ambulance,
	}}
}

func (w *writer) items(n, body int) [][]byte {
	w.t.Helper()
	out := make([][]byte, n)
	for i := range out {
		w.seq++
		s := audit.Statement{Device: w.keys.ID(), Chain: 1, Seq: w.seq, Prev: w.prev, Class: audit.ClassOther, Body: make([]byte, body)}
		_, _ = rand.Read(s.Body)
		it, err := audit.SignItem(s, w.keys.Sign)
		must(w.t, err)
		out[i], err = it.Encode()
		must(w.t, err)
		w.prev = audit.HashItem(out[i])
	}
	return out
}

// streamOf reads a cohort's stream and verifies what it reads.
func streamOf(t testing.TB, l *Local, c identity.CohortID) map[uint64][]byte {
	t.Helper()
	got := map[uint64][]byte{}
	_, err := l.Since(t.Context(), c, 0, func(s Stored) error {
		r, err := fact.OpenRecord(l.pub, s.Record)
		if err != nil {
			return err
		}
		w, err := fact.DecodeWrap(s.Wrap)
		if err != nil {
			return err
		}
		if !w.Fits(r.Header.Value) {
			t.Errorf("revision %d has another record's wrap", s.Rev)
		}
		got[s.Rev] = append([]byte(nil), r.Ciphertext...)
		return nil
	})
	must(t, err)
	return got
}
