package faults

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"satchel/store"
	"satchel/store/files"
)

// A disk that fills at any stage, down to nothing: the process does not die,
// what it acknowledged stays, looking stops before logging does, it opens again
// on the full disk, and when there is room again everything works.
func TestFullDisk(t *testing.T) { // R8
	needs(t, "mount", "umount")
	base := mountable(t)
	d := &fullDisk{t, filepath.Join(base, "disk")}
	d.must(mount(t, d.dir, "-t", "tmpfs", "-o", "size=520m", "tmpfs"))
	acknowledged, violations := 0, 0
	for i, left := range []int64{400 << 20, 230 << 20, 150 << 20, 20 << 20, 1 << 20, 64 << 10, 0} {
		for _, kill := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d KB left, killed %v", left>>10, kill), func(t *testing.T) {
				n, err := (&fullDisk{t, d.dir}).story(i, left, kill)
				if acknowledged += n; err != nil {
					violations++
					t.Error(err)
				}
			})
		}
	}
	t.Logf("acknowledgements %d, violations %d", acknowledged, violations)
}

type fullDisk struct {
	*testing.T
	dir string
}

func (d *fullDisk) must(errs ...error) {
	d.Helper()
	for _, err := range errs {
		if err != nil {
			d.Fatal(err)
		}
	}
}

// fill leaves so many bytes free; -1 frees all of the filler.
func (d *fullDisk) fill(left int64) {
	d.Helper()
	name := filepath.Join(d.dir, "filler")
	if left < 0 {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			d.Fatal(err)
		}
		return
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	d.must(err)
	for {
		free, err := files.Free(d.dir)
		d.must(err)
		more := min(int64(free)-left, 1<<20)
		if more <= 0 {
			break
		}
		if _, err := f.Write(make([]byte, more)); err != nil {
			break // what is left is less than a page
		}
	}
	d.must(f.Close())
}

// story is a laptop whose disk fills while it is open.
func (d *fullDisk) story(n int, left int64, kill bool) (acknowledged int, err error) {
	root := filepath.Join(d.dir, fmt.Sprintf("story-%d-%v", n, kill))
	d.must(os.MkdirAll(root, 0o700))
	defer func() { d.fill(-1); d.must(os.RemoveAll(root)) }()
	x := d.begin(filepath.Join(root, "data"))
	k, err := drive(x.dir)
	d.must(err)
	defer func() { k.end(true) }()
	do := func(what string) string {
		answer, why, derr := k.do(what, &x.was)
		if derr != nil && err == nil {
			err = derr
		}
		if answer == "ok" {
			acknowledged++
		}
		d.Logf("%s: %s %s", what, answer, why)
		return answer
	}
	day := func(p planned) {
		notes := d.TempDir() // not on the disk that is full
		d.must(writeSteps(filepath.Join(notes, "data"), []planned{p}))
		p.begins(&x.was)
		if do(filepath.Join(notes, workName)) == "ok" {
			p.means(&x.was)
		}
	}
	for _, what := range []string{"open", "tick", "unlock", "look"} {
		if do(what) != "ok" {
			return acknowledged, errors.Join(err, fmt.Errorf("%s is refused on a disk with room", what))
		}
	}
	d.fill(left)
	p := x.cohort.patients[0]
	for range 3 {
		p := x.patient(2000)
		day(x.planRecord(p, p.sent[0]))
	}
	do("look")
	x.withdraw(p)
	day(x.planRun())
	do("lock")
	day(x.planFresh())
	do("tick")
	do("unlock")
	if err := d.looksUntilFull(k, &x.was, left); err != nil {
		return acknowledged, err
	}
	if err != nil {
		return acknowledged, err
	}
	if !kill {
		do("close")
	}
	k.end(kill)
	return acknowledged, errors.Join(err, d.again(x, left))
}

// looksUntilFull looks until there is no room for another entry. Then looking
// says so, and what is not looking is entered all the same.
func (d *fullDisk) looksUntilFull(k *driver, was *said, left int64) error {
	for n := range 600 {
		answer, why, err := k.do("look", was)
		switch {
		case err != nil:
			return err
		case answer == "ok":
			continue
		case answer != "full":
			return fmt.Errorf("look %d: %s", n, why)
		case left >= 1<<20:
			return fmt.Errorf("look %d is refused with %d bytes left", n, left)
		}
		d.Logf("looking stops after %d looks", n)
		before := was.head.Seq
		if _, _, err := k.do("lock", was); err != nil {
			return err
		}
		if was.head.Seq <= before {
			return errors.New("nothing is entered any more")
		}
		return nil
	}
	return nil
}

func (d *fullDisk) begin(dir string) *working {
	x := &working{area: newArea(d.T, time.Now()), dir: dir}
	v, err := store.Create(d.Context(), fullConfig(dir), x.founding())
	d.must(err)
	l := &life{a: x.area, v: v, said: said{left: -1, created: true}.clone()}
	x.admits(v)
	for range 8 {
		x.patient(3000)
	}
	d.must(l.catchesUp(d.Context()), takeAll(d.Context(), l), v.Close())
	x.was = l.said
	return x
}

// again opens on the full disk, and then with room.
func (d *fullDisk) again(x *working, left int64) error {
	d.fill(left)
	k, err := drive(x.dir)
	d.must(err)
	for _, what := range []string{"open", "tick", "close"} {
		answer, why, err := k.do(what, &x.was)
		d.Logf("again, %s: %s %s", what, answer, why)
		if err == nil && what == "open" && answer != "ok" {
			err = fmt.Errorf("it does not open on the full disk: %s", why)
		}
		if err != nil {
			k.end(true)
			return err
		}
	}
	k.end(false)
	d.fill(-1)
	cfg := later(x.dir)
	cfg.SegmentBytes = 64 << 10
	return x.judge(d.Context(), cfg, x.was, nil)
}

// A bare database on the same disk: with room it does what it is told; without,
// the process dies of a bus error, which the vault must not.
func TestFullDiskIsCalibrated(t *testing.T) {
	needs(t, "mount", "umount")
	base := mountable(t)
	d := &fullDisk{t, filepath.Join(base, "disk")}
	d.must(mount(t, d.dir, "-t", "tmpfs", "-o", "size=64m", "tmpfs"))
	for _, room := range []bool{true, false} {
		dir := filepath.Join(d.dir, fmt.Sprint("bare-", room))
		d.must(os.MkdirAll(dir, 0o700))
		if !room {
			d.fill(1 << 20)
		}
		cmd := child("fills", dir)
		out, err := cmd.CombinedOutput()
		bus := strings.Contains(string(out), "SIGBUS")
		t.Logf("room %v: %v, died of a bus error %v", room, err, bus)
		if room != (err == nil) || room == bus {
			t.Errorf("room %v: %v\n%s", room, err, firstLines(string(out)))
		}
		d.must(os.RemoveAll(dir))
	}
}
