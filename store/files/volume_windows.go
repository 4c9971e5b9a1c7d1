package files

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// Free returns the bytes that this user may still write on the volume of root.
func Free(root string) (uint64, error) {
	name, err := windows.UTF16PtrFromString(root)
	if err != nil {
		return 0, fmt.Errorf("reading free disk space: %w", err)
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, fmt.Errorf("reading free disk space: %w", err)
	}
	return free, nil
}

// Full tells whether an error says that the volume, or this user's part of it,
// is full.
func Full(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) || errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

// lockOffset is far beyond the process id, for a locked range cannot be read by
// others on Windows.
const lockOffset = 1 << 20

// tryLock takes an exclusive lock without waiting; held says that another
// process has it.
func tryLock(f *os.File) (held bool, err error) {
	err = windows.LockFileEx(windows.Handle(f.Fd()),
		windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, 1, 0, &windows.Overlapped{Offset: lockOffset})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return true, nil
	}
	return false, err
}
