package ledger

import (
	"errors"
	"strings"
	"testing"

	"satchel/store/fact"
	"satchel/store/files/crash"
	"satchel/store/identity"
)

// Proposals that are waiting when one is written share its sync, but for those
// that touch the same thing: they follow, in their order.
func TestWritersShareASync(t *testing.T) {
	disk := crash.New()
	l, err := open(mustComplete(t, testConfig(t, t.TempDir())), disk)
	must(t, err)
	defer func() { must(t, l.Close()) }()
	propose := func(c identity.CohortID) *proposal {
		change := Change{Governance: []Governing{killOf(c, identity.PID{1}, 2)}}
		return &proposal{scopes: change.scopes(), prepare: func(now int64) ([][]byte, error) {
			return l.prepareChange(change, now)
		}}
	}
	for name, row := range map[string]struct {
		cohort func(i int) identity.CohortID
		writes int // and as many syncs
	}{
		"forty cohorts": {func(i int) identity.CohortID { return identity.CohortID{1, byte(i)} }, 1},
		"one cohort":    {func(int) identity.CohortID { return identity.CohortID{2} }, 40},
		"two cohorts":   {func(i int) identity.CohortID { return identity.CohortID{3, byte(i % 2)} }, 20},
	} {
		before := disk.Ops()
		var all []*proposal
		for i := range 40 {
			all = append(all, propose(row.cohort(i)))
		}
		l.queue = append(l.queue, all[:39]...)
		must(t, l.submit(t.Context(), all[39]))
		if ops := disk.Ops() - before; ops != 2*row.writes {
			t.Errorf("%s: %d operations of the disk, want %d writes and as many syncs", name, ops, row.writes)
		}
		for i, p := range all {
			if !p.done || p.err != nil {
				t.Errorf("%s: proposal %d: done %v, %v", name, i, p.done, p.err)
			}
		}
	}
}

// A disk that fills up stops releases, then items, and decisions last: a
// withdrawal must still get through.
func TestNearlyFullDisk(t *testing.T) {
	cfg := testConfig(t, t.TempDir())
	var free uint64 = 1 << 40
	cfg.free = func(string) (uint64, error) { return free, nil }
	l := openTest(t, cfg)
	c := identity.Random[identity.CohortID]()
	w, join := newWriter(t)
	must(t, l.Commit(t.Context(), Change{
		Members: []fact.MemberEntry{join}, Keys: []fact.Signed[fact.KeySet]{keySetFor(t, cfg, c, 1)},
	}))
	all := drafts(c, 3, 300)
	_, err := l.Release(t.Context(), all[:1])
	must(t, err)

	free = cacheWorstGrowth - 1
	if _, err := l.Release(t.Context(), all[1:]); !errors.Is(err, ErrNoSpace) {
		t.Errorf("releasing on a nearly full disk: %v", err)
	}
	items := w.items(3, 256)
	_, err = l.Accept(t.Context(), items[:2])
	must(t, err)
	free = 1 << 20
	if _, err := l.Accept(t.Context(), items); !errors.Is(err, ErrNoSpace) {
		t.Errorf("accepting on a full disk: %v", err)
	}
	must(t, l.Commit(t.Context(), Change{Governance: []Governing{killOf(c, all[0].Wrap.PID, 2)}}))
	if got := streamOf(t, l, c); len(got) != 0 {
		t.Error("the withdrawal did not get through")
	}
	free = 1 << 40
	must(t, l.Close())
	l = openTest(t, cfg)
	got, err := l.Accept(t.Context(), items)
	must(t, err)
	if got.Entered != 1 || got.Known != 2 {
		t.Errorf("after room was made: %+v", got)
	}
	if _, err := l.Release(t.Context(), all[1:]); err != nil {
		t.Errorf("after room was made: %v", err)
	}
}

func TestTidy(t *testing.T) {
	l := openTest(t, testConfig(t, t.TempDir()))
	must(t, l.Tidy(t.Context()))
	must(t, l.Close())
	if err := l.Tidy(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestConfigRefusals(t *testing.T) {
	good := testConfig(t, t.TempDir())
	for name, spoil := range map[string]func(*Config){
		"a folder": func(c *Config) { c.Dir = "" }, "key": func(c *Config) { c.Key = nil },
		"incarnation": func(c *Config) { c.Incarnation = 0 }, "area": func(c *Config) { c.Area = identity.AreaID{} },
	} {
		cfg := good
		spoil(&cfg)
		if _, err := OpenLocal(cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}
