package faults

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"satchel/store"
	"satchel/store/files"
	"satchel/store/files/crash"
)

// defaultShare of all cuts is what a check has time for; SATCHEL_CUTS=all makes
// them all, SATCHEL_CUTS=k/n the k-th of n shares.
const defaultShare = "1/4"

// stage is where a workload begins: a vault that was closed in peace.
type stage struct {
	a     *area
	disk  *crash.Disk // our own files; everything on it is durable
	cache string      // the folder with the cache
	said  said
}

// disk decides how the files of a life reach the disk in memory.
type wiring func(*crash.Disk) files.FS

func straight(d *crash.Disk) files.FS { return d }

// tally counts over all workloads.
type tally struct {
	cuts, disks, broken atomic.Int64

	mu    sync.Mutex
	first error // under mu
}

func (y *tally) add(err error) {
	if y.disks.Add(1); err == nil {
		return
	}
	y.broken.Add(1)
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.first == nil {
		y.first = err
	}
}

// share is the part of all cuts that is made.
type share struct{ part, of int }

func shareOfCuts(t *testing.T) share {
	text := os.Getenv("SATCHEL_CUTS")
	switch text {
	case "all":
		return share{0, 1}
	case "":
		text = defaultShare
	}
	var s share
	if _, err := fmt.Sscanf(text, "%d/%d", &s.part, &s.of); err != nil || s.of < 1 || s.part < 1 || s.part > s.of {
		t.Fatalf("SATCHEL_CUTS=%s: all, or k/n", text)
	}
	s.part--
	return s
}

// Whatever the moment at which the power goes, and whatever of the unsynced
// data is left, the vault opens by itself and keeps what it said.
func TestCutEverywhere(t *testing.T) { // R8, I2, I7
	var y tally
	parts := shareOfCuts(t)
	t.Run("workloads", func(t *testing.T) {
		for _, w := range workloads {
			t.Run(w.name, func(t *testing.T) {
				t.Parallel()
				before := y.cuts.Load()
				x := w.stage(t)
				every(t, x, w, straight, parts, &y, true)
				if y.cuts.Load() == before {
					t.Error("no cut was made")
				}
			})
		}
	})
	t.Logf("cuts tried %d, disks opened %d, violations %d (part %d of %d)", y.cuts.Load(), y.disks.Load(), y.broken.Load(), parts.part+1, parts.of)
}

// every cuts a workload at the operations that fall to this share, and judges
// what may be left.
func every(t *testing.T, x *stage, w workload, wire wiring, s share, y *tally, fatal bool) {
	total := x.operations(t, w, wire)
	for n := 1 + (s.part+len(w.name))%s.of; n <= total; n += s.of {
		kept := n/s.of%2 == 0
		c := x.live(t, w, wire, n, kept)
		if !c.cut {
			continue // a run is not always of the same length
		}
		y.cuts.Add(1)
		if c.err != nil && !errors.Is(c.err, crash.ErrCut) {
			t.Errorf("cut at %s: %v", c.at, c.err)
		}
		for name, left := range c.disk.States(uint64(n), 1) {
			err := x.judgeOne(t, left, c)
			y.add(err)
			if err != nil && fatal {
				t.Errorf("cut %d of %d at %s, left %s, cache kept %v: %v", n, total, c.at, name, kept, err)
			}
		}
		c.clean()
	}
}

// cutLife is a life that ended in a power cut.
type cutLife struct {
	disk *crash.Disk
	dir  string
	cut  bool
	at   string
	said said
	err  error
}

func (c *cutLife) clean() { _ = os.RemoveAll(c.dir) }

// live runs a workload until its n-th operation, counted from where it may be
// cut; 0 is to its end.
func (x *stage) live(t *testing.T, w workload, wire wiring, n int, keepCache bool) *cutLife {
	ctx := t.Context()
	c := &cutLife{disk: x.copyDisk(), dir: tempDir(t), said: x.said.clone()}
	if keepCache {
		x.a.must(copyTree(c.dir, x.cache))
	}
	l := &life{a: x.a, said: c.said}
	cfg := x.a.configAfter(c.dir, &l.later)
	cfg.Disk = wire(c.disk)
	from := 0
	if w.create {
		c.disk.CutAt(n)
		l.v, c.err = store.Create(ctx, cfg, x.a.founding())
	} else {
		if w.open {
			c.disk.CutAt(n)
		}
		l.v, c.err = store.Open(ctx, cfg)
	}
	if c.err == nil {
		l.said.created = true
		if !w.open && !w.create {
			from = c.disk.Ops()
			if n > 0 {
				c.disk.CutAt(from + n)
			}
		}
		c.err = errors.Join(w.step(ctx, l), l.v.Close())
	}
	c.said = l.said
	c.at = c.disk.LastOp()
	c.cut = n > 0 && c.disk.Ops() >= from+n
	if n == 0 && c.err != nil {
		t.Fatalf("without a cut: %v", c.err)
	}
	return c
}

// operations counts the operations of a workload where it may be cut, and holds
// an uncut life to what it said.
func (x *stage) operations(t *testing.T, w workload, wire wiring) int {
	c := x.live(t, w, wire, 0, true)
	defer c.clean()
	if w.happened != nil && !w.happened(names(t, x.disk), names(t, c.disk)) {
		t.Fatalf("the workload did not do what it is here for: %s, %s", names(t, x.disk), names(t, c.disk))
	}
	total := c.disk.Ops()
	if !w.open && !w.create {
		dir := tempDir(t)
		defer os.RemoveAll(dir)
		d := x.copyDisk()
		cfg := x.a.config(dir)
		cfg.Disk = wire(d)
		x.a.must(copyTree(dir, x.cache))
		v, err := store.Open(t.Context(), cfg)
		x.a.must(err)
		total -= d.Ops()
		x.a.must(v.Close())
	}
	for name, left := range c.disk.States(0, 0) {
		if err := x.judgeOne(t, left, c); err != nil && name == "all" {
			t.Fatalf("without a cut: %v", err)
		}
	}
	return total
}

// judgeOne judges one disk, with a copy of the cache as the cut left it.
func (x *stage) judgeOne(t *testing.T, left *crash.Disk, c *cutLife) error {
	dir := tempDir(t)
	defer os.RemoveAll(dir)
	x.a.must(copyTree(dir, c.dir))
	later := 70 * time.Minute // whoever was let in half way waits no longer
	cfg := x.a.configAfter(dir, &later)
	cfg.Disk = left
	return x.a.judge(t.Context(), cfg, c.said, &later)
}

// copyDisk gives a disk with the same content and a count of its own.
func (x *stage) copyDisk() *crash.Disk {
	for name, d := range x.disk.States(0, 0) {
		if name == "all" {
			return d
		}
	}
	panic("a disk has no state")
}

// names lists the files of a disk, folder by folder.
func names(t *testing.T, d *crash.Disk) []string {
	var out []string
	for _, dir := range []string{".", "keys", "share", "facts", "audit/1"} {
		found, err := d.List(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		for _, name := range found {
			out = append(out, path.Join(dir, name))
		}
	}
	return out
}

// tempDir is a folder in memory where there is one: what the cache does there
// is not what is tested.
func tempDir(t testing.TB) string {
	t.Helper()
	base := ""
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		base = "/dev/shm"
	}
	dir, err := os.MkdirTemp(base, "satchel-faults-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// copyTree copies files and folders, holes as holes.
func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(name string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		dst := filepath.Join(to, rel)
		if e.IsDir() {
			return os.MkdirAll(dst, 0o700)
		}
		return copyFile(dst, name)
	})
}
