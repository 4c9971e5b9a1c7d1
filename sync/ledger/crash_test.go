package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"satchel/store/fact"
	"satchel/store/files/crash"
	"satchel/store/identity"
)

// story is a hub's day in small. Each step says what must be true for ever once
// it has returned without an error.
type story struct {
	cfg    Config
	c, d   identity.CohortID
	pids   []identity.PID
	drafts []Draft
	items  [][]byte
	join   fact.MemberEntry
}

func newStory(t *testing.T) *story {
	s := &story{cfg: testConfig(t, ""), c: identity.Random[identity.CohortID](), d: identity.Random[identity.CohortID]()}
	s.cfg.segment = 4 << 10 // so that it rolls
	w, join := newWriter(t)
	s.join, s.items = join, w.items(8, 256)
	for range 4 {
		s.pids = append(s.pids, identity.Random[identity.PID]())
		s.drafts = append(s.drafts, draftOf(s.c, s.pids[len(s.pids)-1], 1, 1, 512))
	}
	return s
}

// step is one write and what it promises.
type step struct {
	name  string
	do    func(l *Local) error
	holds func(t *testing.T, l *Local) bool
}

func (s *story) steps(t *testing.T) []step {
	ctx := t.Context()
	commit := func(c Change) func(*Local) error {
		return func(l *Local) error { return l.Commit(ctx, c) }
	}
	return []step{
		{"enlist with a key and a note", commit(Change{
			Members: []fact.MemberEntry{s.join},
			Keys:    []fact.Signed[fact.KeySet]{keySetFor(t, s.cfg, s.c, 1), keySetFor(t, s.cfg, s.d, 1)},
			Notes:   []Note{{Kind: "code", Key: "x", Value: []byte("used")}},
		}), func(t *testing.T, l *Local) bool {
			m, err := l.Members(ctx)
			must(t, err)
			_, noted, err := l.Note(ctx, "code", "x")
			must(t, err)
			at, err := l.Cohort(ctx, s.d)
			must(t, err)
			if joined := m.Point.N >= 1; joined != noted || joined != (at.KeyEpoch == 1) {
				t.Errorf("joined %v, noted %v, key epoch %d: not one step", joined, noted, at.KeyEpoch)
			}
			return noted
		}},
		{"release", func(l *Local) error {
			_, err := l.Release(ctx, s.drafts)
			return err
		}, func(t *testing.T, l *Local) bool { return s.released(t, l, 0) && s.released(t, l, 3) }},
		{"accept", func(l *Local) error {
			_, err := l.Accept(ctx, s.items[:5])
			return err
		}, func(t *testing.T, l *Local) bool { return s.heldTo(t, l) >= 5 }},
		{
			"withdraw in two cohorts", commit(Change{Governance: []Governing{killOf(s.c, s.pids[0], 2), killOf(s.d, s.pids[0], 2)}}),
			func(t *testing.T, l *Local) bool {
				one, err := l.Patient(ctx, s.c, s.pids[0])
				must(t, err)
				two, err := l.Patient(ctx, s.d, s.pids[0])
				must(t, err)
				if one.KilledBelow != two.KilledBelow {
					t.Error("a withdrawal is in force in one cohort only")
				}
				return one.KilledBelow == 2
			},
		},
		{"release again", func(l *Local) error {
			_, err := l.Release(ctx, []Draft{draftOf(s.c, s.pids[1], 1, 2, 600), draftOf(s.c, s.pids[0], 2, 2, 300)})
			return err
		}, func(t *testing.T, l *Local) bool {
			p, err := l.Patient(ctx, s.c, s.pids[1])
			must(t, err)
			return p.Ver == 2
		}},
		{"accept the rest", func(l *Local) error {
			_, err := l.Accept(ctx, s.items[4:])
			return err
		}, func(t *testing.T, l *Local) bool { return s.heldTo(t, l) == 8 }},
		{
			"revoke", commit(Change{Members: []fact.MemberEntry{{Kind: fact.Revoke, Member: fact.Member{Device: s.join.Member.Device}}}}),
			func(t *testing.T, l *Local) bool {
				m, err := l.Members(ctx)
				must(t, err)
				return m.Revoked(s.join.Member.Device)
			},
		},
	}
}

func (s *story) released(t *testing.T, l *Local, i int) bool {
	p, err := l.Patient(t.Context(), s.c, s.pids[i])
	must(t, err)
	return p.Ver >= 1
}

func (s *story) heldTo(t *testing.T, l *Local) uint64 {
	have, err := l.Have(t.Context())
	must(t, err)
	entries, err := l.Entries(t.Context(), 0, 100)
	must(t, err)
	for i, e := range entries {
		if string(e.Raw) != string(s.items[i]) {
			t.Errorf("entry %d is another item", i)
		}
	}
	if len(have) == 0 {
		return 0
	}
	if have[0].UpTo != uint64(len(entries)) {
		t.Errorf("held to %d with %d entries", have[0].UpTo, len(entries))
	}
	return have[0].UpTo
}

// run does the steps until one fails, and says how many returned.
func (s *story) run(t *testing.T, l *Local) int {
	for i, step := range s.steps(t) {
		if err := step.do(l); err != nil {
			if !errors.Is(err, crash.ErrCut) {
				t.Fatalf("%s: %v", step.name, err)
			}
			return i
		}
	}
	return len(s.steps(t))
}

// check holds a reopened ledger against what had been promised.
func (s *story) check(t *testing.T, l *Local, promised int) {
	broken := false
	for i, step := range s.steps(t) {
		held := step.holds(t, l)
		if i < promised && !held {
			t.Errorf("%q had returned and is gone", step.name)
		}
		if i > promised && held {
			t.Errorf("%q was never begun and is there", step.name)
		}
		if broken && held {
			t.Errorf("%q is there without what came before it", step.name)
		}
		broken = broken || !held
	}
	missing, err := l.Missing(t.Context())
	must(t, err)
	if len(missing) != 0 {
		t.Errorf("%d records are missing although the cache lost nothing", len(missing))
	}
	dead, err := l.Patient(t.Context(), s.c, s.pids[0])
	must(t, err)
	for rev := range streamOf(t, l, s.c) {
		if rev == 1 && dead.KilledBelow > 1 {
			t.Error("a killed record is streamed after the crash")
		}
	}
}

// TestCrashAtEveryJournalOperation cuts the power at every operation of the
// journal, with none, all or a random part of what was not synced, opens what
// is left, holds it against the promises, goes on, and opens it again. (R8, I2,
// I7)
func TestCrashAtEveryJournalOperation(t *testing.T) {
	s := newStory(t)
	total := func() int {
		disk := crash.New()
		cfg := s.cfg
		cfg.Dir = t.TempDir()
		l, err := open(mustComplete(t, cfg), disk)
		must(t, err)
		if n := s.run(t, l); n != len(s.steps(t)) {
			t.Fatalf("the whole story ended after step %d", n)
		}
		must(t, l.Close())
		return disk.Ops()
	}()
	stride := 1
	if testing.Short() {
		stride = 7
	}
	for cut := 1; cut <= total; cut += stride {
		t.Run(fmt.Sprint(cut), func(t *testing.T) {
			t.Parallel()
			s.cutAt(t, cut)
		})
	}
}

func (s *story) cutAt(t *testing.T, cut int) {
	disk, cfg := crash.New(), s.cfg
	cfg.Dir = filepath.Join(t.TempDir(), "cut")
	must(t, os.Mkdir(cfg.Dir, 0o700))
	disk.CutAt(cut)
	promised := 0
	l, err := open(mustComplete(t, cfg), disk)
	if err == nil {
		promised = s.run(t, l)
		if err := l.Close(); err != nil && !errors.Is(err, crash.ErrCut) && !errors.Is(err, ErrClosed) {
			t.Logf("closing after the cut: %v", err)
		}
	}
	for name, after := range disk.States(uint64(cut), 1) {
		again := cfg
		again.Dir = filepath.Join(t.TempDir(), "after")
		must(t, os.CopyFS(again.Dir, os.DirFS(cfg.Dir)))
		l, err := open(mustComplete(t, again), after)
		if err != nil {
			t.Fatalf("%s after %q: opening: %v", name, disk.LastOp(), err)
		}
		s.check(t, l, promised)
		goOn(t, l, s)
		must(t, l.Close())
		if t.Failed() {
			t.Fatalf("state %q after %q", name, disk.LastOp())
		}
	}
}

// goOn proves that a ledger opened after a crash takes and keeps writes.
func goOn(t *testing.T, l *Local, s *story) {
	must(t, l.Commit(t.Context(), Change{Governance: []Governing{killOf(s.d, s.pids[2], 1)}}))
	if m, err := l.Members(t.Context()); err == nil {
		if _, known := m.Ever(s.join.Member.Device); known {
			got, err := l.Accept(t.Context(), s.items)
			must(t, err)
			if got.Entered+got.Known != len(s.items) {
				t.Errorf("after the crash: %+v", got)
			}
		}
	}
}

func mustComplete(t *testing.T, cfg Config) Config {
	t.Helper()
	cfg, err := cfg.complete()
	must(t, err)
	return cfg
}

// A disk error stops the ledger instead of leaving it guessing.
func TestFailedWriteStopsTheLedger(t *testing.T) {
	s := newStory(t)
	disk := crash.New()
	cfg := s.cfg
	cfg.Dir = t.TempDir()
	l, err := open(mustComplete(t, cfg), disk)
	must(t, err)
	must(t, s.steps(t)[0].do(l))
	boom := errors.New("input/output error")
	disk.FailAt(disk.Ops()+1, boom)
	_, err = l.Release(t.Context(), s.drafts)
	if !errors.Is(err, boom) || !errors.Is(err, ErrClosed) {
		t.Fatalf("got %v", err)
	}
	if err := l.Commit(t.Context(), Change{Notes: []Note{{Kind: "k", Key: "y", Value: []byte{1}}}}); !errors.Is(err, ErrClosed) {
		t.Errorf("a write after a failed one: %v", err)
	}
	if _, err := l.Freshness(t.Context(), s.c); !errors.Is(err, ErrClosed) {
		t.Errorf("freshness after a failed write: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Logf("closing: %v", err)
	}
	l, err = open(mustComplete(t, cfg), disk)
	must(t, err)
	if !s.steps(t)[0].holds(t, l) {
		t.Error("what was durable before the error is gone")
	}
	must(t, l.Close())
}
