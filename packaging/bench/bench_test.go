package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The program that holds a vault while its memory is read is this one, started
// again.
func TestMain(m *testing.M) {
	if dir := os.Getenv(holdFolder); dir != "" {
		if err := hold(context.Background(), dir, 0, os.Stdout); err != nil {
			os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// Every section gives its figures on a small population, each once, each with
// the verdict that its target asks for, and leaves nothing on the disk.
func TestEverySectionRuns(t *testing.T) {
	dir := t.TempDir()
	var out, progress bytes.Buffer
	if err := run(context.Background(), options{people: 120, few: 60, some: 120, many: 240, dir: dir, stores: filepath.Join(dir, "none"), idle: 50 * time.Millisecond, devices: 4, desktop: filepath.Join(dir, "none")}, sections, &out, &progress); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	decoder := json.NewDecoder(&out)
	decoder.DisallowUnknownFields()
	for decoder.More() {
		var f figure
		if err := decoder.Decode(&f); err != nil {
			t.Fatal(err)
		}
		if found[f.Name] {
			t.Errorf("%s twice", f.Name)
		}
		found[f.Name] = true
		wanted, has := targetOf(f.Name)
		if strings.HasPrefix(f.Note, notRunNote) {
			if f.Value != nil || f.OK != nil || !has || f.N != 0 {
				t.Errorf("%s was not run, and has a value, a verdict or no target", f.Name)
			}
			continue
		}
		if f.Value == nil || *f.Value < 0 || f.N < 1 {
			t.Errorf("%s: %v of %d measurements", f.Name, f.Value, f.N)
		}
		switch {
		case has != (f.Target != nil) || has != (f.OK != nil):
			t.Errorf("%s: target in the table %t, in the figure %t", f.Name, has, f.Target != nil)
		case has && (*f.Target != wanted.limit || f.Unit != wanted.unit):
			t.Errorf("%s: target %v %s", f.Name, *f.Target, f.Unit)
		}
	}
	for _, name := range []string{
		"record.identify.p50", "record.parse.rate", "seal.record.p99", "seal.open.p50", "seal.commit.p50", "seal.argon2id",
		"search.people.build.p50", "search.many.find.p99", "search.many.find.misspelt.p99", "search.people.put.p99",
		"disk.fdatasync.p50", "audit.append.ratio", "audit.writers16.ratio", "load.few.rate", "folder.some.size", "open.many.time", "unlock.many.time",
		"unlock.many.argon2id", "get.many.p50", "look.some.p99", "parse.few.p50", "find.many.p99", "erase.many.time", "get.many.badger",
		"memory.many.idle", "sync.first.time", "sync.first.bytes", "sync.unchanged.time", "sync.changed.hub.time",
		"withdraw.people.time", "withdraw.people.purge", "start.cold", "hub.sessions", "hub.simulated",
	} {
		if !found[name] {
			t.Errorf("no figure %s", name)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%d files left behind, %v", len(left), err)
	}
	if !strings.Contains(progress.String(), "no section measured these targets: ") || !strings.Contains(progress.String(), "start.cold") {
		t.Error("targets that were not measured are not named")
	}
}

// A section that cannot run is an error, and the next still runs.
func TestFailingSectionDoesNotKeepOthersFromTheirFigures(t *testing.T) {
	broken := errors.New("no disk")
	var out, progress bytes.Buffer
	err := run(context.Background(), options{people: 1, few: 1, some: 1, many: 1}, []section{
		{"first", "", func(context.Context, *bench) error { return broken }},
		{"second", "", func(_ context.Context, b *bench) error { return b.add("second.figure", 1, seconds, 1, "") }},
	}, &out, &progress)
	if !errors.Is(err, broken) || !strings.Contains(out.String(), "second.figure") {
		t.Errorf("%v; %s", err, out.String())
	}
}

func TestChoose(t *testing.T) {
	if all, err := choose(""); err != nil || len(all) != len(sections) {
		t.Errorf("%d sections, %v", len(all), err)
	}
	if some, err := choose("audit,record"); err != nil || len(some) != 2 || some[0].name != "record" {
		t.Errorf("%d sections, %v", len(some), err)
	}
	if _, err := choose("record,sing"); !errors.Is(err, errUsage) {
		t.Errorf("an unknown section: %v", err)
	}
}

func TestTargets(t *testing.T) {
	var seen []string
	for _, target := range targets {
		if slices.Contains(seen, target.name) || target.what == "" || target.limit <= 0 {
			t.Errorf("%s: twice, without words or without a limit", target.name)
		}
		seen = append(seen, target.name)
	}
	for _, c := range []struct {
		name  string
		value float64
		want  bool
	}{
		{"search.many.find.p99", 5, true},
		{"search.many.find.p99", 5.01, false},
		{"hub.sessions", 2000, true},
		{"hub.sessions", 1999, false},
	} {
		if target, ok := targetOf(c.name); !ok || target.met(c.value) != c.want {
			t.Errorf("%s at %v: not %t", c.name, c.value, c.want)
		}
	}
	if _, ok := targetOf("nothing"); ok {
		t.Error("a target of nothing")
	}
}

func TestFigureRefusesAnotherUnitAndASecondTime(t *testing.T) {
	b := newBench(options{}, io.Discard, io.Discard)
	if err := b.add("start.cold", 900, milliseconds, 1, ""); err == nil {
		t.Error("milliseconds were compared with seconds")
	}
	if err := b.add("start.cold", 0.9, seconds, 1, ""); err != nil {
		t.Error(err)
	}
	if err := b.add("start.cold", 0.8, seconds, 1, ""); err == nil {
		t.Error("a figure was printed twice")
	}
	if err := b.addPercentiles("x", nil, seconds, ""); err == nil {
		t.Error("percentiles of nothing")
	}
	if err := b.notRun("start.cold", "no display"); err == nil {
		t.Error("a figure that was measured was excused")
	}
	if err := b.notRun("start.warm", "no display"); err == nil {
		t.Error("what is no target was excused")
	}
}

func TestPercentileAndRound(t *testing.T) {
	var took []time.Duration
	for i := range 200 {
		took = append(took, time.Duration(200-i))
	}
	for q, want := range map[float64]time.Duration{0: 1, 0.5: 100, 0.99: 198, 1: 200} {
		if got := percentile(took, q); got != want {
			t.Errorf("percentile %v: %d, want %d", q, got, want)
		}
	}
	for v, want := range map[float64]float64{0: 0, 1.23456: 1.235, 123456.7: 123457, 0.00123456: 0.001235, 12.345: 12.35, 2539.4: 2539} {
		if got := round(v); got != want {
			t.Errorf("round(%v) = %v, want %v", v, got, want)
		}
	}
}

func TestDrawnTellsLettersFromPlainAreas(t *testing.T) {
	plain := bytes.Repeat([]byte{1, 2, 3, 0}, 1<<12)
	if drawn(plain) || drawn(nil) {
		t.Error("a plain area was taken for letters")
	}
	for i := range plain[2048*4:] {
		plain[2048*4+i] = byte(i >> 2)
	}
	if !drawn(plain) {
		t.Error("many shades were taken for a plain area")
	}
}

func TestThroughputCountsWhatWasDone(t *testing.T) {
	fails := errors.New("unreadable")
	if _, _, err := throughput(context.Background(), 3, func(i int) error {
		if i == 2 {
			return fails
		}
		return nil
	}); !errors.Is(err, fails) {
		t.Errorf("an error was lost: %v", err)
	}
	rate, n, err := throughput(context.Background(), 5, func(int) error { return nil })
	if err != nil || n < 10 || rate <= 0 {
		t.Errorf("%d done, %v a second, %v", n, rate, err)
	}
}
