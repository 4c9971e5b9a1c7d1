package files

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// Dir is an FS on a directory of the operating system.
type Dir struct {
	root *os.Root
}

var _ FS = (*Dir)(nil)

// OS opens the directory root as an FS and makes it (mode 0700) when it is
// missing. Close it when done.
func OS(root string) (*Dir, error) {
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, fmt.Errorf("opening data folder: %w", err)
	}
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, fmt.Errorf("opening data folder: %w", err)
	}
	return &Dir{root: r}, nil
}

// Close releases the directory. Open files stay usable.
func (d *Dir) Close() error { return d.root.Close() }

// Open implements FS.
func (d *Dir) Open(name string, mode Mode) (File, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	flag := os.O_RDONLY
	switch mode {
	case Read:
	case Edit:
		flag = os.O_RDWR
	case Create:
		flag = os.O_RDWR | os.O_CREATE | os.O_EXCL
	default:
		return nil, fmt.Errorf("opening a file: unknown mode %d", mode)
	}
	f, err := d.root.OpenFile(filepath.FromSlash(name), flag, 0o600)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

// Rename implements FS.
func (d *Dir) Rename(from, to string) error {
	if err := CheckRename(from, to); err != nil {
		return err
	}
	return d.root.Rename(filepath.FromSlash(from), filepath.FromSlash(to))
}

// Remove implements FS.
func (d *Dir) Remove(name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	return d.root.Remove(filepath.FromSlash(name))
}

// List implements FS.
func (d *Dir) List(dir string) (names []string, err error) {
	if err := CheckName(dir); err != nil {
		return nil, err
	}
	f, err := d.root.Open(filepath.FromSlash(dir))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	entries, err := f.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// MkdirAll implements FS.
func (d *Dir) MkdirAll(dir string) error {
	if err := CheckName(dir); err != nil {
		return err
	}
	if dir == "." {
		return nil
	}
	return d.root.MkdirAll(filepath.FromSlash(dir), 0o700)
}

// SyncDir implements FS.
func (d *Dir) SyncDir(dir string) (err error) {
	if err := CheckName(dir); err != nil {
		return err
	}
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := d.root.Open(filepath.FromSlash(dir))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Sync()
}

// osFile adds the two methods that os.File has not.
type osFile struct{ *os.File }

func (f osFile) SyncData() error { return syncData(f.File) }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
