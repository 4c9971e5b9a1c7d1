package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"

	"satchel/store/files"
	"satchel/store/files/crash"
)

// entry is a payload that names itself, with a length that varies.
func entry(i int) []byte {
	r := rand.New(rand.NewPCG(uint64(i), 5))
	b := fmt.Appendf(nil, "entry %d ", i)
	for range r.IntN(60) {
		b = append(b, byte(r.Uint32()))
	}
	return b
}

func openJournal(t testing.TB, fsys files.FS, opts Options) (*Journal, Opened) {
	t.Helper()
	j, opened, err := OpenJournal(fsys, "audit", opts)
	if err != nil {
		t.Fatal(err)
	}
	return j, opened
}

func readAll(t testing.TB, j *Journal) [][]byte {
	t.Helper()
	var all [][]byte
	next := j.First()
	for r, err := range j.From(next) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Seq != next {
			t.Fatalf("entry %d where %d is due", r.Seq, next)
		}
		next++
		all = append(all, bytes.Clone(r.Payload))
	}
	return all
}

func appendN(t testing.TB, j *Journal, from, n int) {
	t.Helper()
	for i := from; i < from+n; i++ {
		seq, err := j.Append(entry(i))
		if err != nil {
			t.Fatal(err)
		}
		if seq != uint64(i) {
			t.Fatalf("entry %d got number %d", i, seq)
		}
	}
}

func checkEntries(t testing.TB, got [][]byte, from, n int) {
	t.Helper()
	if len(got) != n {
		t.Fatalf("%d entries, want %d", len(got), n)
	}
	for i, p := range got {
		if !bytes.Equal(p, entry(from+i)) {
			t.Fatalf("entry %d differs", from+i)
		}
	}
}

const tiny = 512 // a segment of a handful of entries

func TestJournal(t *testing.T) {
	disk := crash.New()
	j, opened := openJournal(t, disk, Options{SegmentBytes: tiny})
	if !opened.New || j.First() != 1 || j.Next() != 1 {
		t.Fatalf("new journal: %+v, %d..%d", opened, j.First(), j.Next())
	}
	appendN(t, j, 1, 40)
	if j.Segments() < 5 {
		t.Errorf("%d segments", j.Segments())
	}
	checkEntries(t, readAll(t, j), 1, 40)
	if err := j.Verify(); err != nil {
		t.Error(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append([]byte("x")); !errors.Is(err, ErrClosed) {
		t.Errorf("append after close: %v", err)
	}
	for round := range 3 { // marks of former runs do not disturb
		j, opened = openJournal(t, disk, Options{SegmentBytes: tiny, AtLeast: 41})
		if opened != (Opened{}) || j.Next() != uint64(41+round) {
			t.Fatalf("reopened: %+v, next %d", opened, j.Next())
		}
		appendN(t, j, 41+round, 1)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := OpenJournal(disk, "audit", Options{SegmentBytes: tiny, AtLeast: 45}); !errors.Is(err, ErrTailCut) {
		t.Errorf("known to be longer: %v", err)
	}
	j, _ = openJournal(t, disk, Options{SegmentBytes: tiny, LastOnly: true})
	checkEntries(t, readAll(t, j), 1, 43)
}

func TestJournalPayloads(t *testing.T) {
	j, _ := openJournal(t, crash.New(), Options{SegmentBytes: tiny})
	for _, p := range [][]byte{nil, {}, make([]byte, MaxPayload+1)} {
		if _, err := j.Append(p); !errors.Is(err, ErrPayload) {
			t.Errorf("%d bytes: %v", len(p), err)
		}
	}
	big := bytes.Repeat([]byte("big "), 5000) // larger than a segment
	for _, p := range [][]byte{{0}, big, {1}} {
		if _, err := j.Append(p); err != nil {
			t.Fatal(err)
		}
	}
	if first, err := j.AppendAll([][]byte{{2}, big, {3}}); err != nil || first != 4 {
		t.Fatalf("many: %d %v", first, err)
	}
	got := readAll(t, j)
	want := [][]byte{{0}, big, {1}, {2}, big, {3}}
	if !slices.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("%d entries back", len(got))
	}
	if first, err := j.AppendAll(nil); err != nil || first != 7 {
		t.Errorf("nothing: %d %v", first, err)
	}
}

func TestJournalFrom(t *testing.T) {
	j, _ := openJournal(t, crash.New(), Options{SegmentBytes: tiny, First: 100})
	appendN(t, j, 100, 30)
	for from := uint64(100); from <= 131; from++ {
		n := 0
		for r, err := range j.From(from) {
			if err != nil || r.Seq != from+uint64(n) {
				t.Fatalf("from %d: %d %v", from, r.Seq, err)
			}
			n++
		}
		if want := max(0, 130-int(from)); n != want {
			t.Errorf("from %d: %d entries, want %d", from, n, want)
		}
	}
	for r := range j.From(105) {
		if r.Seq == 110 {
			break
		}
	}
	if err := j.DropBefore(115); err != nil {
		t.Fatal(err)
	}
	if j.First() <= 100 || j.First() > 115 {
		t.Errorf("first is %d", j.First())
	}
	for _, err := range j.From(100) {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("dropped entries: %v", err)
		}
	}
	if err := j.DropBefore(10_000); err != nil {
		t.Fatal(err)
	}
	if j.Next() != 130 || j.Segments() != 1 {
		t.Errorf("dropped everything: next %d, %d segments", j.Next(), j.Segments())
	}
	appendN(t, j, 130, 3)
	if err := j.Verify(); err != nil {
		t.Error(err)
	}
}

// TestJournalAtEveryCut: whatever was acknowledged is there in every state, in
// order; what was not may be there or not, but only as a run without a gap. R8.
func TestJournalAtEveryCut(t *testing.T) {
	const entries = 14
	for n := 1; ; n++ {
		disk := crash.New()
		disk.CutAt(n)
		acked, tried, dropped, done := work(disk, entries)
		for name, s := range disk.States(uint64(n), 12) {
			where := fmt.Sprintf("cut at %d (%s), %s", n, disk.LastOp(), name)
			j, _, err := OpenJournal(s, "audit", Options{SegmentBytes: tiny, AtLeast: uint64(acked + 1)})
			if err != nil {
				t.Fatalf("%s: %v", where, err)
			}
			next := int(j.Next())
			if next-1 < acked || next-1 > tried {
				t.Fatalf("%s: %d entries, %d acknowledged, %d tried", where, next-1, acked, tried)
			}
			if int(j.First()) > max(1, dropped) {
				t.Fatalf("%s: begins with %d, dropped before %d", where, j.First(), dropped)
			}
			checkEntries(t, readAll(t, j), int(j.First()), next-int(j.First()))
			appendN(t, j, next, 5)
			if err := errors.Join(j.Verify(), j.Close()); err != nil {
				t.Fatalf("%s, afterwards: %v", where, err)
			}
			j, _ = openJournal(t, s, Options{SegmentBytes: tiny, AtLeast: uint64(next + 5)})
			checkEntries(t, readAll(t, j), int(j.First()), next+5-int(j.First()))
		}
		if done {
			if n < 40 {
				t.Fatalf("only %d operations", n)
			}
			return
		}
	}
}

// work runs one history: single entries, batches, a drop, a close, a reopen.
func work(disk *crash.Disk, entries int) (acked, tried, dropped int, done bool) {
	opts := Options{SegmentBytes: tiny}
	j, _, err := OpenJournal(disk, "audit", opts)
	if err != nil {
		return 0, 0, 0, false
	}
	for i := 1; i <= entries; i++ {
		if i%5 == 0 {
			tried += 3
			if _, err := j.AppendAll([][]byte{entry(tried - 2), entry(tried - 1), entry(tried)}); err != nil {
				return acked, tried, dropped, false
			}
		} else {
			tried++
			if _, err := j.Append(entry(tried)); err != nil {
				return acked, tried, dropped, false
			}
		}
		acked = tried
		if i == entries*2/3 {
			dropped = acked - 2
			if j.DropBefore(uint64(dropped)) != nil || j.Close() != nil {
				return acked, tried, dropped, false
			}
			if j, _, err = OpenJournal(disk, "audit", opts); err != nil {
				return acked, tried, dropped, false
			}
		}
	}
	return acked, tried, dropped, j.Close() == nil
}

// closed gives the files of a journal of n entries that was closed in order.
func closed(t *testing.T, n int) (*crash.Disk, []string) {
	t.Helper()
	disk := crash.New()
	j, _ := openJournal(t, disk, Options{SegmentBytes: tiny})
	appendN(t, j, 1, n)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	names, err := disk.List("audit")
	if err != nil {
		t.Fatal(err)
	}
	names = slices.DeleteFunc(names, func(n string) bool { return n == spareName })
	return disk, names
}

// TestJournalFindsEveryFlippedBit: in a journal that was closed, every changed
// bit is a named error, or is reported as a torn end that held no entry. R9.
func TestJournalFindsEveryFlippedBit(t *testing.T) {
	const n = 17
	disk, names := closed(t, n)
	if len(names) < 3 {
		t.Fatalf("%d segments", len(names))
	}
	flips, caught := 0, 0
	for _, name := range names {
		data, err := files.ReadFile(disk, "audit/"+name, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for i := range data {
			b := bytes.Clone(data)
			b[i] ^= 1 << (i % 8)
			if err := files.WriteAtomic(disk, "audit/"+name, b); err != nil {
				t.Fatal(err)
			}
			flips++
			j, opened, err := OpenJournal(disk, "audit", Options{SegmentBytes: tiny})
			if err != nil {
				caught++
				if c, ok := errors.AsType[*CorruptError](err); !errors.Is(err, ErrFormat) && (!ok || c.Segment != name && c.Seq == 0) {
					t.Fatalf("%s byte %d: %v", name, i, err)
				}
			} else {
				if opened.Torn == 0 || name != names[len(names)-1] {
					t.Fatalf("%s byte %d: opened without a word", name, i)
				}
				checkEntries(t, readAll(t, j), 1, n)
			}
			if err := files.WriteAtomic(disk, "audit/"+name, data); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d flips, %d refused, %d reported", flips, caught, flips-caught)
}

func TestJournalNamesWhatIsMissing(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(disk *crash.Disk, names []string) error
		opts   Options
		want   error
	}{
		"first segment gone": {
			func(d *crash.Disk, n []string) error { return d.Remove("audit/" + n[0]) },
			Options{},
			nil,
		}, // looks like a drop; the chain above knows better
		"middle segment gone": {
			func(d *crash.Disk, n []string) error { return d.Remove("audit/" + n[1]) },
			Options{},
			ErrCorrupt,
		},
		"last segment gone": {
			func(d *crash.Disk, n []string) error { return d.Remove("audit/" + n[len(n)-1]) },
			Options{AtLeast: 18},
			ErrTailCut,
		},
		"all gone": {func(d *crash.Disk, n []string) error {
			var errs []error
			for _, name := range n {
				errs = append(errs, d.Remove("audit/"+name))
			}
			return errors.Join(errs...)
		}, Options{AtLeast: 18}, ErrTailCut},
		"last segment emptied": {func(d *crash.Disk, n []string) error {
			return files.WriteAtomic(d, "audit/"+n[len(n)-1], make([]byte, tiny))
		}, Options{AtLeast: 18}, ErrTailCut},
		"segments exchanged": {func(d *crash.Disk, n []string) error {
			return errors.Join(d.Rename("audit/"+n[0], "audit/x"), d.Rename("audit/"+n[1], "audit/"+n[0]), d.Rename("audit/x", "audit/"+n[1]))
		}, Options{}, ErrCorrupt},
		"segment cut short": {func(d *crash.Disk, n []string) error {
			b, err := files.ReadFile(d, "audit/"+n[1], tiny)
			return errors.Join(err, files.WriteAtomic(d, "audit/"+n[1], b[:tiny/2]))
		}, Options{}, ErrCorrupt},
		"last segment cut between frames": {func(d *crash.Disk, n []string) error {
			b, err := files.ReadFile(d, "audit/"+n[len(n)-1], tiny)
			return errors.Join(err, files.WriteAtomic(d, "audit/"+n[len(n)-1], b[:segHead]))
		}, Options{}, ErrCorrupt},
		"an acknowledged frame zeroed": {func(d *crash.Disk, n []string) error {
			b, err := files.ReadFile(d, "audit/"+n[len(n)-1], tiny)
			clear(b[segHead : segHead+frameHead+8])
			return errors.Join(err, files.WriteAtomic(d, "audit/"+n[len(n)-1], b))
		}, Options{}, ErrCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			disk, names := closed(t, 17)
			if err := c.damage(disk, names); err != nil {
				t.Fatal(err)
			}
			c.opts.SegmentBytes = tiny
			_, _, err := OpenJournal(disk, "audit", c.opts)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestJournalOfAnotherFolder(t *testing.T) {
	a, names := closed(t, 17)
	b, _ := closed(t, 17)
	data, err := files.ReadFile(b, "audit/"+names[1], tiny)
	if err != nil {
		t.Fatal(err)
	}
	if err := files.WriteAtomic(a, "audit/"+names[1], data); err != nil {
		t.Fatal(err)
	}
	if _, _, err := OpenJournal(a, "audit", Options{SegmentBytes: tiny}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a segment of another journal: %v", err)
	}
}

func TestJournalWritersShareSyncs(t *testing.T) {
	disk := crash.New()
	j, _ := openJournal(t, disk, Options{})
	before := disk.Ops()
	const writers, each = 16, 50
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[uint64]string{}
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				text := fmt.Sprintf("writer %d entry %d", w, i)
				seq, err := j.Append([]byte(text))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				got[seq] = text
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(got) != writers*each || j.Next() != writers*each+1 {
		t.Fatalf("%d numbers, next %d", len(got), j.Next())
	}
	for i, p := range readAll(t, j) {
		if got[uint64(i+1)] != string(p) {
			t.Fatalf("entry %d: %q, its writer was told %q", i+1, p, got[uint64(i+1)])
		}
	}
	if ops := disk.Ops() - before; ops > 2*writers*each {
		t.Errorf("%d operations for %d entries", ops, writers*each)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestJournalFailedWrite: after a failed sync nothing more is promised; after
// opening again what was acknowledged is there.
func TestJournalFailedWrite(t *testing.T) {
	bad := errors.New("input/output error")
	for op := 1; op <= 2; op++ { // the write, the sync
		disk := crash.New()
		j, _ := openJournal(t, disk, Options{SegmentBytes: tiny})
		appendN(t, j, 1, 2)
		disk.FailAt(disk.Ops()+op, bad)
		if _, err := j.Append(entry(3)); !errors.Is(err, ErrFailed) || !errors.Is(err, bad) {
			t.Fatalf("operation %d: %v", op, err)
		}
		if _, err := j.Append(entry(3)); !errors.Is(err, ErrFailed) {
			t.Fatalf("operation %d, next append: %v", op, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		j, _ = openJournal(t, disk, Options{SegmentBytes: tiny, AtLeast: 3})
		if got := readAll(t, j); len(got) < 2 {
			t.Errorf("operation %d: %d entries", op, len(got))
		}
	}
}

// fullDisk has no space for new files while full is set.
type fullDisk struct {
	*crash.Disk
	full bool
}

var errFull = errors.New("no space left on device")

func (d *fullDisk) Open(name string, mode files.Mode) (files.File, error) {
	if d.full && mode == files.Create {
		return nil, errFull
	}
	return d.Disk.Open(name, mode)
}

// TestJournalOnAFullDisk: the spare segment is still written; then appends are
// refused, nothing is lost, and space brings them back.
func TestJournalOnAFullDisk(t *testing.T) {
	disk := &fullDisk{Disk: crash.New()}
	j, _ := openJournal(t, disk, Options{SegmentBytes: tiny})
	if j.Room() < tiny {
		t.Fatalf("room %d with a spare", j.Room())
	}
	disk.full = true
	room, i := j.Room(), 0
	var err error
	for {
		if _, err = j.Append(entry(i + 1)); err != nil {
			break
		}
		i++
	}
	if !errors.Is(err, errFull) || errors.Is(err, ErrFailed) || i < 4 {
		t.Fatalf("%d entries in %d bytes, then %v", i, room, err)
	}
	if left := j.Room(); left >= int64(frameLen(len(entry(i+1)))) {
		t.Errorf("room %d after a refusal", left)
	}
	disk.full = false
	appendN(t, j, i+1, 10)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j, _ = openJournal(t, disk, Options{SegmentBytes: tiny})
	checkEntries(t, readAll(t, j), 1, i+10)
}

func TestJournalCloseWaitsForWriters(t *testing.T) {
	for range 30 {
		disk := crash.New()
		j, _ := openJournal(t, disk, Options{SegmentBytes: tiny})
		var wg sync.WaitGroup
		var mu sync.Mutex
		acked := 0
		for range 8 {
			wg.Go(func() {
				for {
					if _, err := j.Append([]byte("x")); err != nil {
						if !errors.Is(err, ErrClosed) {
							t.Error(err)
						}
						return
					}
					mu.Lock()
					acked++
					mu.Unlock()
				}
			})
		}
		for j.Next() < 20 {
			runtime.Gosched()
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		j, _ = openJournal(t, disk, Options{SegmentBytes: tiny})
		if got := len(readAll(t, j)); got != acked {
			t.Fatalf("%d entries, %d acknowledged", got, acked)
		}
	}
}

func FuzzSegment(f *testing.F) {
	id := [16]byte{1, 2, 3}
	seed := segmentHeader(&id, 1, 4096)
	for i := 1; i <= 5; i++ {
		seed = appendFrame(seed, &id, frame{seq: uint64(i), durable: uint64(i), payload: entry(i)})
	}
	f.Add(seed)
	f.Add(appendFrame(seed, &id, frame{seq: 6, durable: 6}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < segHead {
			return
		}
		var again []byte
		end, next, _ := scan(b, &id, 1, func(fr frame) bool {
			again = appendFrame(again, &id, fr)
			return true
		})
		if end > len(b) || next < 1 || len(again) > end-segHead {
			t.Fatalf("end %d of %d, next %d", end, len(b), next)
		}
		provesLoss(b, &id, end, next)
		if got, size, err := parseHeader(b, 1); err == nil && !bytes.Equal(segmentHeader(&got, 1, int64(size)), b[:segHead]) {
			t.Fatal("header accepted that we do not write")
		}
	})
}

// FuzzOpenJournal: any bytes as the second of two segments are an error or are
// cut off; the first segment's entries are never lost.
func FuzzOpenJournal(f *testing.F) {
	id := [16]byte{9}
	first := segmentHeader(&id, 1, tiny)
	first = appendFrame(first, &id, frame{seq: 1, durable: 1, payload: []byte("one")})
	first = append(first, make([]byte, tiny-len(first))...)
	second := segmentHeader(&id, 2, 256)
	second = appendFrame(second, &id, frame{seq: 2, durable: 2, payload: []byte("two")})
	f.Add(append(second, make([]byte, 256-len(second))...))
	f.Fuzz(func(t *testing.T, b []byte) {
		disk := crash.New()
		if err := errors.Join(disk.MkdirAll("audit"),
			files.WriteAtomic(disk, segmentName("audit", 1), first), files.WriteAtomic(disk, segmentName("audit", 2), b)); err != nil {
			t.Fatal(err)
		}
		j, _, err := OpenJournal(disk, "audit", Options{SegmentBytes: tiny})
		if err != nil {
			return
		}
		if got := readAll(t, j); len(got) < 1 || string(got[0]) != "one" {
			t.Fatal("the first entry is lost")
		}
		if _, err := j.Append([]byte("next")); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(j.Verify(), j.Close()); err != nil {
			t.Fatal(err)
		}
	})
}

// benchDir is a real disk: TempDir may be memory.
func benchDir(b *testing.B) files.FS {
	d, err := files.OS(filepath.Join(b.TempDir(), "j"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = d.Close() })
	return d
}

func BenchmarkBareFdatasync(b *testing.B) {
	d := benchDir(b)
	f, err := d.Open("f", files.Create)
	if err != nil {
		b.Fatal(err)
	}
	if err := files.Preallocate(f, 64<<20); err != nil {
		b.Fatal(err)
	}
	p, at := make([]byte, 640), int64(0)
	for b.Loop() {
		if _, err := f.WriteAt(p, at%(60<<20)); err != nil {
			b.Fatal(err)
		}
		if err := f.SyncData(); err != nil {
			b.Fatal(err)
		}
		at += int64(len(p))
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 16} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			j, _ := openJournal(b, benchDir(b), Options{})
			p := make([]byte, 616)
			b.SetParallelism(writers / 2)
			if writers == 1 {
				for b.Loop() {
					if _, err := j.Append(p); err != nil {
						b.Fatal(err)
					}
				}
				return
			}
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := j.Append(p); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
