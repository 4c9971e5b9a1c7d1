//go:build linux || darwin || freebsd

package files

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// Free returns the bytes that this user may still write on the volume of root.
func Free(root string) (uint64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(root, &st); err != nil {
		return 0, fmt.Errorf("reading free disk space: %w", err)
	}
	return uint64(max(st.Bavail, 0)) * uint64(st.Bsize), nil
}

// Full tells whether an error says that the volume, or this user's part of it,
// is full.
func Full(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// tryLock takes an exclusive flock without waiting; held says that another
// process has it.
func tryLock(f *os.File) (held bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}
