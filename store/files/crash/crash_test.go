package crash

import (
	"bytes"
	"errors"
	"io/fs"
	"testing"

	"satchel/store/files"
)

func create(t *testing.T, d *Disk, name string) files.File {
	t.Helper()
	f, err := d.Open(name, files.Create)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, f files.File, off int64, s string) {
	t.Helper()
	_, err := f.WriteAt([]byte(s), off)
	must(t, err)
}

// read returns the content, or "-" when there is no such file.
func read(t *testing.T, d *Disk, name string) string {
	t.Helper()
	data, err := files.ReadFile(d, name, 1<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return "-"
	}
	must(t, err)
	return string(data)
}

// outcomes collects the contents of name over many states.
func outcomes(t *testing.T, d *Disk, name string) map[string]bool {
	t.Helper()
	seen := map[string]bool{}
	for _, s := range d.States(1, 300) {
		seen[read(t, s, name)] = true
	}
	return seen
}

func TestModel(t *testing.T) {
	for _, c := range []struct {
		name    string
		history func(t *testing.T, d *Disk)
		file    string
		may     []string // must each be seen
		only    bool     // and nothing else
	}{
		{"a synced file without a synced directory may vanish", func(t *testing.T, d *Disk) {
			f := create(t, d, "a")
			put(t, f, 0, "x")
			must(t, f.Sync())
		}, "a", []string{"-", "x"}, true},
		{"both synced stay", func(t *testing.T, d *Disk) {
			f := create(t, d, "a")
			put(t, f, 0, "x")
			must(t, f.Sync(), d.SyncDir("."))
		}, "a", []string{"x"}, true},
		{"an unsynced write is lost, kept or zeros", func(t *testing.T, d *Disk) {
			f := create(t, d, "a")
			must(t, d.SyncDir("."))
			put(t, f, 0, "xy")
		}, "a", []string{"", "xy", "\x00\x00", "x"}, false},
		{"unsynced writes survive out of order", func(t *testing.T, d *Disk) {
			f := create(t, d, "a")
			put(t, f, 0, "..")
			must(t, f.Sync(), d.SyncDir("."))
			put(t, f, 0, "1")
			put(t, f, 1, "2")
		}, "a", []string{"..", "1.", ".2", "12"}, true},
		{"a truncation may be lost", func(t *testing.T, d *Disk) {
			f := create(t, d, "a")
			put(t, f, 0, "xy")
			must(t, f.Sync(), d.SyncDir("."), f.Truncate(1))
		}, "a", []string{"xy", "x"}, true},
		{"a rename is one step", func(t *testing.T, d *Disk) {
			for _, n := range []string{"a", "b"} {
				f := create(t, d, n)
				put(t, f, 0, n)
				must(t, f.Sync())
			}
			must(t, d.SyncDir("."), d.Rename("b", "a"))
		}, "a", []string{"a", "b"}, true},
		{"a removal may come back", func(t *testing.T, d *Disk) {
			f := create(t, d, "a")
			put(t, f, 0, "x")
			must(t, f.Sync(), d.SyncDir("."), d.Remove("a"))
		}, "a", []string{"x", "-"}, true},
		{"a new directory may vanish with its synced files", func(t *testing.T, d *Disk) {
			must(t, d.MkdirAll("k/l"))
			f := create(t, d, "k/l/a")
			put(t, f, 0, "x")
			must(t, f.Sync(), d.SyncDir("k/l"))
		}, "k/l/a", []string{"x", "-"}, true},
		{"a synced path stays", func(t *testing.T, d *Disk) {
			must(t, d.MkdirAll("k/l"))
			f := create(t, d, "k/l/a")
			put(t, f, 0, "x")
			must(t, f.Sync(), d.SyncDir("k/l"), d.SyncDir("k"), d.SyncDir("."))
		}, "k/l/a", []string{"x"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := New()
			c.history(t, d)
			seen := outcomes(t, d, c.file)
			for _, want := range c.may {
				if !seen[want] {
					t.Errorf("never found %q", want)
				}
				delete(seen, want)
			}
			if c.only && len(seen) > 0 {
				t.Errorf("found what must not be: %v", seen)
			}
		})
	}
}

func TestTearInsideASector(t *testing.T) {
	d := New()
	f := create(t, d, "a")
	put(t, f, 0, string(bytes.Repeat([]byte{'o'}, 2000)))
	must(t, f.Sync(), d.SyncDir("."))
	put(t, f, 100, string(bytes.Repeat([]byte{'n'}, 1500)))
	torn := false
	for _, s := range d.States(7, 100) {
		got := read(t, s, "a")
		if len(got) != 2000 {
			t.Fatalf("length %d", len(got))
		}
		for i := 101; i < 1599; i++ {
			if got[i] != got[i-1] && i%sector != 0 {
				torn = true
			}
		}
	}
	if !torn {
		t.Error("no state is torn inside a sector")
	}
}

func TestCutStopsEverything(t *testing.T) {
	d := New()
	d.CutAt(2)
	f := create(t, d, "a")
	if _, err := f.WriteAt([]byte("x"), 0); !errors.Is(err, ErrCut) {
		t.Fatalf("operation at the cut: %v", err)
	}
	for name, err := range map[string]error{
		"sync":    f.Sync(),
		"syncdir": d.SyncDir("."),
		"rename":  d.Rename("a", "b"),
		"remove":  d.Remove("a"),
		"mkdir":   d.MkdirAll("k"),
	} {
		if !errors.Is(err, ErrCut) {
			t.Errorf("%s after the cut: %v", name, err)
		}
	}
	if d.Ops() != 2 || d.LastOp() != "write a [0+1]" {
		t.Errorf("%d operations, last %q", d.Ops(), d.LastOp())
	}
}

func TestFailAtIsOneError(t *testing.T) {
	d := New()
	full := errors.New("no space left")
	d.FailAt(2, full)
	f := create(t, d, "a")
	if _, err := f.WriteAt([]byte("x"), 0); !errors.Is(err, full) {
		t.Fatalf("got %v", err)
	}
	put(t, f, 0, "y")
	if got := read(t, d, "a"); got != "y" {
		t.Errorf("content %q", got)
	}
}

func TestStatesLeaveTheDiskAlone(t *testing.T) {
	d := New()
	f := create(t, d, "a")
	put(t, f, 0, "first")
	must(t, f.Sync(), d.SyncDir("."))
	put(t, f, 0, "later")
	for name, s := range d.States(3, 5) {
		g, err := s.Open("a", files.Edit)
		must(t, err)
		put(t, g, 0, "other")
		if got := read(t, d, "a"); got != "later" {
			t.Fatalf("state %s changed the disk: %q", name, got)
		}
	}
}
