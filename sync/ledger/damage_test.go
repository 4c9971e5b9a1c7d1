package ledger

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/files"
	"satchel/store/identity"
)

// filled is a closed ledger with records and a log.
type filled struct {
	cfg    Config
	cohort identity.CohortID
	device *writer
	drafts []Draft
	items  [][]byte
}

func newFilled(t *testing.T) *filled {
	t.Helper()
	f := &filled{cfg: testConfig(t, t.TempDir()), cohort: identity.Random[identity.CohortID]()}
	l := openTest(t, f.cfg)
	var join fact.MemberEntry
	f.device, join = newWriter(t)
	must(t, l.Commit(t.Context(), Change{
		Members: []fact.MemberEntry{join}, Keys: []fact.Signed[fact.KeySet]{keySetFor(t, f.cfg, f.cohort, 1)},
	}))
	f.drafts, f.items = drafts(f.cohort, 50, 2<<10), f.device.items(300, 256)
	_, err := l.Release(t.Context(), f.drafts)
	must(t, err)
	_, err = l.Accept(t.Context(), f.items)
	must(t, err)
	must(t, l.Close())
	return f
}

// whole checks that nothing is wrong and nothing is silently absent: every
// record streams as it was released or is listed as missing.
func (f *filled) whole(t *testing.T, l *Local) (missing int) {
	t.Helper()
	got := streamOf(t, l, f.cohort)
	for rev, content := range got {
		if string(content) != string(f.drafts[rev-1].Ciphertext) {
			t.Errorf("revision %d streams another content", rev)
		}
	}
	lost, err := l.Missing(t.Context())
	must(t, err)
	if len(got)+len(lost) != len(f.drafts) {
		t.Errorf("%d stream and %d are missing, of %d: some are silently absent", len(got), len(lost), len(f.drafts))
	}
	entries, err := l.Entries(t.Context(), 0, len(f.items))
	must(t, err)
	for i, e := range entries {
		if string(e.Raw) != string(f.items[i]) {
			t.Errorf("entry %d is another item", i)
		}
	}
	if len(entries) != len(f.items) {
		t.Errorf("%d entries of %d", len(entries), len(f.items))
	}
	point, err := l.Checkpoint(t.Context())
	must(t, err)
	for index := range point.Size {
		proof, err := l.Inclusion(t.Context(), index, point.Size)
		must(t, err)
		if err := audit.CheckInclusion(audit.Checkpoint{Size: point.Size, Root: point.Root}, index, audit.LeafHash(f.items[index]), proof); err != nil {
			t.Errorf("entry %d: %v", index, err)
		}
	}
	if again, err := l.Accept(t.Context(), f.items); err != nil || again.Known != len(f.items) {
		t.Errorf("the items again: %+v, %v", again, err)
	}
	return len(lost)
}

// The whole cache goes: records are listed as missing and come back by being
// released again; the log is as it was.
func TestWithoutItsCache(t *testing.T) {
	f := newFilled(t)
	must(t, os.RemoveAll(filepath.Join(f.cfg.Dir, cacheFolder)))
	l := openTest(t, f.cfg)
	if n := f.whole(t, l); n != len(f.drafts) {
		t.Errorf("%d records are missing, want all %d", n, len(f.drafts))
	}
	var again []Draft
	for i, d := range f.drafts {
		f.drafts[i] = draftOf(f.cohort, d.Wrap.PID, 1, 2, 700)
		again = append(again, f.drafts[i])
	}
	_, err := l.Release(t.Context(), again)
	must(t, err)
	if got := streamOf(t, l, f.cohort); len(got) != len(again) {
		t.Errorf("%d records stream after a new release, want %d", len(got), len(again))
	}
	if lost, err := l.Missing(t.Context()); err != nil || len(lost) != 0 {
		t.Errorf("%d are still missing, %v", len(lost), err)
	}
	must(t, l.Close())
	l = openTest(t, f.cfg)
	if got := streamOf(t, l, f.cohort); len(got) != len(again) {
		t.Errorf("%d records stream after reopening, want %d", len(got), len(again))
	}
}

// What Badger gives back changed, empty or not at all is found by whoever reads
// it: records become missing, views of the log are made again.
func TestChangedCacheValues(t *testing.T) {
	for name, change := range map[string]func(value []byte) []byte{
		"a flipped byte": func(v []byte) []byte { v = slices.Clone(v); v[len(v)/2] ^= 1; return v },
		"emptied":        func([]byte) []byte { return []byte{} },
		"cut short":      func(v []byte) []byte { return v[:len(v)/2] },
		"deleted":        func([]byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFilled(t)
			l := openTest(t, f.cfg)
			victims := [][]byte{
				recordKey(f.cohort, 7), recordKey(f.cohort, 50), entryKey(0), entryKey(99),
				seqKey(f.device.keys.ID(), 1, 42), chunkKey(0), chunkKey(1),
			}
			for _, key := range victims {
				value, ok, err := l.cache.get(key)
				if err != nil || !ok {
					t.Fatalf("key %x is not there: %v", key[:1], err)
				}
				must(t, l.cache.write([]put{{key, change(value)}}))
			}
			if n := f.whole(t, l); n != 2 {
				t.Errorf("%d records are missing, want the 2 that were changed", n)
			}
			must(t, l.Close())
			f.whole(t, openTest(t, f.cfg))
		})
	}
}

// An index that leads to another item is no fork of an honest device.
func TestMisledIndexIsNoFork(t *testing.T) {
	f := newFilled(t)
	l := openTest(t, f.cfg)
	other, _, err := l.cache.get(seqKey(f.device.keys.ID(), 1, 9))
	must(t, err)
	must(t, l.cache.write([]put{{seqKey(f.device.keys.ID(), 1, 8), other}}))
	got, err := l.Accept(t.Context(), f.items[7:8])
	must(t, err)
	if got.Known != 1 || len(got.Refused) != 0 {
		t.Errorf("%+v", got)
	}
	if evidence, err := l.Evidence(t.Context()); err != nil || len(evidence) != 0 {
		t.Error("an honest device is accused")
	}
}

// Bit flips in Badger's own files: right data, records listed as missing, or a
// cache moved aside; never a wrong answer. Badger may take the process with it,
// so each try is a process of its own, and a second start has to work.
func TestFlippedBitsInCacheFiles(t *testing.T) {
	if dir := os.Getenv(childFolder); dir != "" {
		childReads(t, dir)
		return
	}
	f := newFilled(t)
	pristine := t.TempDir()
	must(t, os.CopyFS(pristine, os.DirFS(f.cfg.Dir)))
	order := rand.New(rand.NewPCG(7, 7))
	rounds := 25
	if testing.Short() {
		rounds = 5
	}
	outcomes := map[string]int{}
	for round := range rounds {
		dir := filepath.Join(t.TempDir(), "flipped")
		must(t, os.CopyFS(dir, os.DirFS(pristine)))
		name := flipOneBit(t, filepath.Join(dir, cacheFolder), order)
		if _, err := child(t, dir); err != nil {
			outcomes["killed the first start"]++
			if out, err := child(t, dir); err != nil {
				t.Fatalf("round %d, a bit of %s: the second start: %v\n%s", round, name, err, out)
			}
		}
		cfg := f.cfg
		cfg.Dir = dir
		l, err := OpenLocal(cfg)
		must(t, err)
		if f.whole(t, l) > 0 {
			outcomes["records missing"]++
		}
		must(t, l.Close())
		if t.Failed() {
			t.Fatalf("round %d: a bit of %s", round, name)
		}
	}
	t.Logf("of %d rounds: %v", rounds, outcomes)
}

const childFolder = "SATCHEL_LEDGER_TEST_FOLDER"

func child(t *testing.T, dir string) ([]byte, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFlippedBitsInCacheFiles$")
	cmd.Env = append(os.Environ(), childFolder+"="+dir)
	return cmd.CombinedOutput()
}

// childReads opens a ledger and reads all of it.
func childReads(t *testing.T, dir string) {
	l := openTest(t, testConfig(t, dir))
	cohorts, err := l.Cohorts(t.Context())
	must(t, err)
	for _, c := range cohorts {
		streamOf(t, l, c)
	}
	_, err = l.Entries(t.Context(), 0, MaxEntries)
	must(t, err)
	must(t, l.Close())
}

func flipOneBit(t *testing.T, dir string, order *rand.Rand) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var names []string
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && info.Size() > 0 && e.Name() != "LOCK" {
			names = append(names, e.Name())
		}
	}
	name := names[order.IntN(len(names))]
	path := filepath.Join(dir, name)
	b, err := os.ReadFile(path)
	must(t, err)
	used := len(strings.TrimRight(string(b), "\x00"))
	b[order.IntN(max(used, 1))] ^= 1 << order.IntN(8)
	must(t, os.WriteFile(path, b, 0o600))
	return name
}

// A start that died inside Badger moves the cache aside.
func TestOpeningMarker(t *testing.T) {
	f := newFilled(t)
	must(t, os.WriteFile(filepath.Join(f.cfg.Dir, cacheMarker), nil, 0o600))
	l := openTest(t, f.cfg)
	if n := f.whole(t, l); n != len(f.drafts) {
		t.Errorf("%d records are missing, want all", n)
	}
	if _, err := os.Stat(filepath.Join(f.cfg.Dir, cacheAside)); err != nil {
		t.Errorf("the old cache is not kept as evidence: %v", err)
	}
}

// rewriteJournal writes the frames that edit gives into a new journal.
func rewriteJournal(t *testing.T, f *filled, edit func(frames [][]byte) [][]byte) {
	t.Helper()
	root, err := files.OS(f.cfg.Dir)
	must(t, err)
	defer func() { must(t, root.Close()) }()
	j, _, err := audit.OpenJournal(root, journalFolder, audit.Options{SegmentBytes: f.cfg.segment})
	must(t, err)
	var frames [][]byte
	for r, err := range j.From(1) {
		must(t, err)
		frames = append(frames, slices.Clone(r.Payload))
	}
	must(t, j.Close())
	must(t, os.RemoveAll(filepath.Join(f.cfg.Dir, journalFolder)))
	j, _, err = audit.OpenJournal(root, journalFolder, audit.Options{SegmentBytes: f.cfg.segment})
	must(t, err)
	_, err = j.AppendAll(edit(frames))
	must(t, err)
	must(t, j.Close())
}

// Whoever can write the journal's own checksums still cannot drop, swap or
// change what it says, nor cut its end off, without being found at the next
// start. (R9)
func TestEditedJournal(t *testing.T) {
	for name, edit := range map[string]func([][]byte) [][]byte{
		"a group dropped":       func(f [][]byte) [][]byte { return slices.Delete(f, 2, 3) },
		"two groups swapped":    func(f [][]byte) [][]byte { f[1], f[2] = f[2], f[1]; return f },
		"a group twice":         func(f [][]byte) [][]byte { return slices.Insert(f, 2, f[1]) },
		"the end cut off":       func(f [][]byte) [][]byte { return f[:len(f)-1] },
		"a byte changed":        func(f [][]byte) [][]byte { f[2][len(f[2])/2] ^= 1; return f },
		"the last byte changed": func(f [][]byte) [][]byte { n := len(f) - 1; f[n][len(f[n])-1] ^= 1; return f },
		"a part without a head": func(f [][]byte) [][]byte { f[1][0] = 0; return f },
		"an unknown part":       func(f [][]byte) [][]byte { f[1][0] = 9; return f },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFilled(t)
			rewriteJournal(t, f, edit)
			_, err := OpenLocal(f.cfg)
			if damaged, ok := errors.AsType[*DamagedError](err); !ok || damaged.What != "journal" {
				t.Errorf("got %v, want the journal named as damaged", err)
			}
		})
	}
}

func TestOneProcess(t *testing.T) {
	f := newFilled(t)
	l := openTest(t, f.cfg)
	if _, err := OpenLocal(f.cfg); err == nil {
		t.Fatal("two hold one ledger")
	} else if _, held := errors.AsType[*files.HeldError](err); !held {
		t.Errorf("got %v", err)
	}
	must(t, l.Close())
	must(t, l.Close()) // once more does nothing
}

// The frontier is the same tree as tlog's.
func TestFrontier(t *testing.T) {
	var f frontier
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(at))
		for i, n := range at {
			out[i] = stored[n]
		}
		return out, nil
	})
	for n := range int64(130) {
		data := []byte{byte(n), 1}
		want, err := tlog.StoredHashes(n, data, reader)
		must(t, err)
		got := f.add(tlog.RecordHash(data))
		if !slices.Equal(got, want) {
			t.Fatalf("entry %d stores other hashes", n)
		}
		stored = append(stored, got...)
		root, err := tlog.TreeHash(n+1, reader)
		must(t, err)
		if f.root() != root || f.size != uint64(n+1) {
			t.Fatalf("the root at %d differs", n+1)
		}
	}
}
