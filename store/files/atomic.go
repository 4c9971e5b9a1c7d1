package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// tempSuffix marks the half-written successor of a file. What carries it at
// start was never renamed and is worth nothing.
const tempSuffix = ".tmp"

// ErrTooLarge: a file is longer than its reader allows.
var ErrTooLarge = errors.New("file larger than its limit")

// WriteAtomic replaces the content of name by data, durably: it writes beside
// it, syncs, renames, syncs the directory. When it returns nil the new content
// survives a power cut; after an error or a crash the file holds either the old
// content or the new. Two calls for the same name must not overlap.
func WriteAtomic(fsys FS, name string, data []byte) error {
	return WriteAtomicBy(fsys, name, func(w io.WriterAt) error {
		_, err := w.WriteAt(data, 0)
		return err
	})
}

// WriteAtomicBy is WriteAtomic of what write puts into the new file, in any order
// and from several goroutines; all of it when write returns nil, and none of it
// when it does not.
func WriteAtomicBy(fsys FS, name string, write func(io.WriterAt) error) error {
	temp := name + tempSuffix
	if err := fsys.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("replacing a file: %w", err)
	}
	if err := writeNew(fsys, temp, write); err != nil {
		return fmt.Errorf("replacing a file: %w", errors.Join(err, removeIfThere(fsys, temp)))
	}
	if err := fsys.Rename(temp, name); err != nil {
		return fmt.Errorf("replacing a file: %w", errors.Join(err, removeIfThere(fsys, temp)))
	}
	if err := fsys.SyncDir(path.Dir(name)); err != nil {
		return fmt.Errorf("replacing a file: %w", err)
	}
	return nil
}

func writeNew(fsys FS, name string, write func(io.WriterAt) error) (err error) {
	f, err := fsys.Open(name, Create)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := write(f); err != nil {
		return err
	}
	return f.Sync()
}

func removeIfThere(fsys FS, name string) error {
	if err := fsys.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// RemoveTemp deletes what interrupted calls of WriteAtomic left in dir. Call it
// at start, before anybody writes there; a missing dir is no error.
func RemoveTemp(fsys FS, dir string) error {
	names, err := fsys.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("removing half-written files: %w", err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, tempSuffix) {
			if err := fsys.Remove(path.Join(dir, name)); err != nil {
				return fmt.Errorf("removing half-written files: %w", err)
			}
		}
	}
	return nil
}

// ReadFile returns the whole content of name, at most limit bytes, or
// ErrTooLarge.
func ReadFile(fsys FS, name string, limit int64) (data []byte, err error) {
	f, err := fsys.Open(name, Read)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	if size > limit {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, size, limit)
	}
	data = make([]byte, size)
	if n, err := f.ReadAt(data, 0); err != nil && !(errors.Is(err, io.EOF) && n == len(data)) {
		return nil, err
	}
	return data, nil
}

// Preallocate writes zeros up to size and syncs, so that later writes within it
// change no metadata and cannot meet a full disk: a hole would promise neither.
func Preallocate(f File, size int64) error {
	have, err := f.Size()
	if err != nil {
		return fmt.Errorf("preallocating: %w", err)
	}
	zeros := make([]byte, 256<<10)
	for have < size {
		n, err := f.WriteAt(zeros[:min(int64(len(zeros)), size-have)], have)
		if err != nil {
			return fmt.Errorf("preallocating: %w", err)
		}
		have += int64(n)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("preallocating: %w", err)
	}
	return nil
}
