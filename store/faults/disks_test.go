package faults

import (
	"errors"
	"path"
	"slices"
	"testing"

	"satchel/store/files"
	"satchel/store/files/crash"
)

// The method judges itself. A disk that does whatever it is asked at once must
// come out clean: what is reported there is the harness's own mistake. A disk
// that says it has synced and has not must be caught, whichever of its three
// promises it breaks.
func TestCutIsCalibrated(t *testing.T) {
	few := []string{"records locked", "look", "withdrawal locked", "key log folded", "enrol", "receipt"}
	for _, c := range []struct {
		name string
		wire wiring
		lies bool
	}{
		{"control: everything is synced at once", func(d *crash.Disk) files.FS { return eager{d} }, false},
		{"known bad: Sync does nothing", func(d *crash.Disk) files.FS { return liar{FS: d, sync: true} }, true},
		{"known bad: SyncData does nothing", func(d *crash.Disk) files.FS { return liar{FS: d, data: true} }, true},
		{"known bad: SyncDir does nothing", func(d *crash.Disk) files.FS { return liar{FS: d, dir: true} }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var y tally
			for _, w := range workloads {
				if slices.Contains(few, w.name) {
					every(t, w.stage(t), w, c.wire, share{0, 9}, &y, !c.lies)
				}
			}
			t.Logf("cuts tried %d, disks opened %d, violations %d", y.cuts.Load(), y.disks.Load(), y.broken.Load())
			if c.lies && y.broken.Load() == 0 {
				t.Error("a disk that lies was not caught")
			}
			if c.lies {
				t.Logf("the first: %v", y.first)
			}
		})
	}
}

// liar says that it has synced.
type liar struct {
	files.FS
	sync, data, dir bool
}

func (l liar) Open(name string, mode files.Mode) (files.File, error) {
	f, err := l.FS.Open(name, mode)
	if err != nil {
		return nil, err
	}
	return lyingFile{f, l}, nil
}

func (l liar) SyncDir(name string) error {
	if l.dir {
		return nil
	}
	return l.FS.SyncDir(name)
}

type lyingFile struct {
	files.File
	of liar
}

func (f lyingFile) Sync() error {
	if f.of.sync {
		return nil
	}
	return f.File.Sync()
}

func (f lyingFile) SyncData() error {
	if f.of.data {
		return nil
	}
	return f.File.SyncData()
}

// eager syncs whatever it is told, at once.
type eager struct{ files.FS }

func (e eager) Open(name string, mode files.Mode) (files.File, error) {
	f, err := e.FS.Open(name, mode)
	if err == nil && mode == files.Create {
		err = e.FS.SyncDir(path.Dir(name))
	}
	if err != nil {
		return nil, err
	}
	return eagerFile{f}, nil
}

func (e eager) Rename(from, to string) error {
	return errors.Join(e.FS.Rename(from, to), e.FS.SyncDir(path.Dir(to)))
}

func (e eager) Remove(name string) error {
	if err := e.FS.Remove(name); err != nil {
		return err
	}
	return e.FS.SyncDir(path.Dir(name))
}

func (e eager) MkdirAll(dir string) error {
	err := e.FS.MkdirAll(dir)
	for at := dir; err == nil && at != "."; {
		at = path.Dir(at)
		err = e.FS.SyncDir(at)
	}
	return err
}

type eagerFile struct{ files.File }

func (f eagerFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.File.WriteAt(p, off)
	if err == nil {
		err = f.File.Sync()
	}
	return n, err
}

func (f eagerFile) Truncate(size int64) error {
	return errors.Join(f.File.Truncate(size), f.File.Sync())
}
