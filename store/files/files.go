// Package files is the small window through which everything that must survive
// a power cut reaches the disk: a file interface of six methods, its
// implementation on the operating system, an atomic replace, a lock that keeps
// a data folder to one process, and the free space of a volume.
//
// It guarantees that names stay inside the root they are opened under (symbolic
// links that leave it are refused), that folders are made with mode 0700 and
// files with 0600, that Sync has reached the device when it returns nil, and
// that [WriteAtomic] leaves the old content or the new, never a mixture, after
// a crash at any point.
//
// It does not encrypt, does not order writes that nobody synced, and cannot
// help against a drive that acknowledges a flush it did not do.
//
// The package satchel/store/files/crash implements the same interface in memory
// and can lose power at every operation; TestWriteAtomicAtEveryCut proves the
// promise above, and TestOSAndCrashAgree that both implementations behave alike.
package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// Mode says how Open treats the file.
type Mode int

const (
	// Read opens an existing file for reading alone.
	Read Mode = iota
	// Edit opens an existing file for reading and writing.
	Edit
	// Create makes a new file, open for reading and writing; a name that
	// exists is an error (fs.ErrExist). The new name is durable only after
	// SyncDir of its directory.
	Create
)

// FS is a tree of files. Names are relative to its root, separated by slashes,
// of letters, digits, dot, dash and underscore; "." names the root itself.
// Errors answer errors.Is for fs.ErrNotExist and fs.ErrExist.
//
// No change of a directory (Create, Rename, Remove, MkdirAll) is durable before
// SyncDir of that directory returned nil. Implementations MUST NOT lose a
// change after that; callers MUST NOT assume that earlier changes are kept or
// lost together.
type FS interface {
	// Open opens one file as mode says.
	Open(name string, mode Mode) (File, error)
	// Rename gives a file another name in the same directory, replacing
	// what has that name, in one step.
	Rename(from, to string) error
	// Remove deletes one file.
	Remove(name string) error
	// List returns the names of the files (not of the directories) in dir,
	// sorted, without the path.
	List(dir string) ([]string, error)
	// MkdirAll makes dir and its parents; what exists already is kept.
	MkdirAll(dir string) error
	// SyncDir makes the entries of dir durable. Where the operating system
	// has no such call (Windows) it does nothing: NTFS journals its entries.
	SyncDir(dir string) error
}

// File is one open file. Offsets are absolute; there is no cursor. Methods may
// be called from several goroutines.
type File interface {
	io.ReaderAt
	// WriteAt writes all of p or returns an error; after an error any part
	// of p may have been written.
	io.WriterAt
	io.Closer
	// Truncate cuts the file or extends it with zeros.
	Truncate(size int64) error
	// Sync returns nil only when content and size have reached the device.
	// After an error the state of what was written since the last good Sync
	// is unknown: reopen and verify, do not call Sync again and trust it.
	Sync() error
	// SyncData is Sync without the times that nobody reads back
	// (fdatasync); the cheaper call for a journal.
	SyncData() error
	// Size is the present length in bytes.
	Size() (int64, error)
}

// ErrName refuses a name that is absolute, leaves the root, or holds a
// character that some supported file system treats specially. It is a mistake
// of the caller.
var ErrName = errors.New("file name not allowed")

// CheckName reports whether every FS must accept the name.
func CheckName(name string) error {
	if name == "." {
		return nil
	}
	if !fs.ValidPath(name) || len(name) > 200 {
		return ErrName
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".") {
			return ErrName
		}
		for _, r := range part {
			if !nameRune(r) {
				return ErrName
			}
		}
	}
	return nil
}

func nameRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
		r == '.' || r == '-' || r == '_'
}

// CheckRename is CheckName for both names of a rename, which must share their
// directory: a move between directories is not one durable step anywhere.
func CheckRename(from, to string) error {
	if err := errors.Join(CheckName(from), CheckName(to)); err != nil {
		return err
	}
	if path.Dir(from) != path.Dir(to) {
		return fmt.Errorf("%w: a rename stays in its directory", ErrName)
	}
	return nil
}
