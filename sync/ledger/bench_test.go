package ledger

import (
	"testing"

	"satchel/store/fact"
	"satchel/store/identity"
)

func benchLedger(b *testing.B) (*Local, identity.CohortID) {
	b.Helper()
	cfg := testConfig(b, b.TempDir())
	cfg.segment, cfg.sizes = 0, cacheSizes{}
	l := openTest(b, cfg)
	c := identity.Random[identity.CohortID]()
	must(b, l.Commit(b.Context(), Change{Keys: []fact.Signed[fact.KeySet]{keySetFor(b, cfg, c, 1)}}))
	return l, c
}

func perSecond(b *testing.B, each int) {
	b.ReportMetric(float64(each)*float64(b.N)/b.Elapsed().Seconds(), "each/s")
}

func BenchmarkRelease10000(b *testing.B) {
	l, c := benchLedger(b)
	for b.Loop() {
		b.StopTimer()
		all := drafts(c, 10000, 3<<10)
		b.StartTimer()
		_, err := l.Release(b.Context(), all)
		must(b, err)
	}
	perSecond(b, 10000)
}

func BenchmarkSince10000(b *testing.B) {
	l, c := benchLedger(b)
	_, err := l.Release(b.Context(), drafts(c, 10000, 3<<10))
	must(b, err)
	for b.Loop() {
		n := 0
		_, err := l.Since(b.Context(), c, 0, func(Stored) error { n++; return nil })
		must(b, err)
		if n != 10000 {
			b.Fatalf("%d records", n)
		}
	}
	perSecond(b, 10000)
}

func BenchmarkAccept1000(b *testing.B) {
	l, _ := benchLedger(b)
	w, join := newWriter(b)
	must(b, l.Commit(b.Context(), Change{Members: []fact.MemberEntry{join}}))
	for b.Loop() {
		b.StopTimer()
		items := w.items(1000, 512)
		b.StartTimer()
		got, err := l.Accept(b.Context(), items)
		must(b, err)
		if got.Entered != 1000 {
			b.Fatalf("%+v", got)
		}
	}
	perSecond(b, 1000)
}

// BenchmarkWithdraw is one withdrawal in three cohorts, durable.
func BenchmarkWithdraw(b *testing.B) {
	l, c := benchLedger(b)
	other, third := identity.Random[identity.CohortID](), identity.Random[identity.CohortID]()
	for b.Loop() {
		p := identity.Random[identity.PID]()
		must(b, l.Commit(b.Context(), Change{Governance: []Governing{killOf(c, p, 2), killOf(other, p, 2), killOf(third, p, 2)}}))
	}
}

func BenchmarkFreshness(b *testing.B) {
	l, c := benchLedger(b)
	for b.Loop() {
		_, err := l.Freshness(b.Context(), c)
		must(b, err)
	}
}

// BenchmarkOpen100000 replays 40,000 items, 40,000 kills and 20,000 records.
func BenchmarkOpen100000(b *testing.B) {
	l, c := benchLedger(b)
	w, join := newWriter(b)
	must(b, l.Commit(b.Context(), Change{Members: []fact.MemberEntry{join}}))
	for range 10 {
		_, err := l.Accept(b.Context(), w.items(4000, 256))
		must(b, err)
		change := Change{}
		for range 4000 {
			change.Governance = append(change.Governance, killOf(c, identity.Random[identity.PID](), 1))
		}
		must(b, l.Commit(b.Context(), change))
		_, err = l.Release(b.Context(), drafts(c, 2000, 2<<10))
		must(b, err)
	}
	must(b, l.Close())
	for b.Loop() {
		l, err := OpenLocal(l.cfg)
		must(b, err)
		b.StopTimer()
		must(b, l.Close())
		b.StartTimer()
	}
	perSecond(b, 100000)
}
