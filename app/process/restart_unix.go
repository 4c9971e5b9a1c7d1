//go:build unix

package process

import (
	"errors"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

func runnable(path string) error { return unix.Access(path, unix.X_OK) }

// replace never returns where it succeeds.
func replace(path string, argv []string, keep []uintptr) error {
	if err := runnable(path); err != nil {
		return err
	}
	if err := closeOnExec(); err != nil {
		return err
	}
	for _, fd := range keep {
		if _, err := unix.FcntlInt(fd, unix.F_SETFD, 0); err != nil {
			return err
		}
	}
	err := unix.Exec(path, argv, os.Environ())
	for _, fd := range keep { // it stays in this process alone
		_, undo := unix.FcntlInt(fd, unix.F_SETFD, unix.FD_CLOEXEC)
		err = errors.Join(err, undo)
	}
	return err
}

// closeOnExec marks every file but the first three to be closed by an exec: Go
// opens its own that way, a C library may not.
func closeOnExec() error {
	if err := markAll(); err == nil {
		return nil
	}
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		return err
	}
	open := slices.DeleteFunc(entries, func(e os.DirEntry) bool { return len(e.Name()) == 1 && e.Name() < "3" })
	for _, e := range open {
		if fd, err := strconv.Atoi(e.Name()); err == nil {
			_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC) // the one that listed them is gone already
		}
	}
	return nil
}
