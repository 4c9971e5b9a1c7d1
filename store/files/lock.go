package files

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// LockName is the file that holds the lock of a data folder. It is never
// deleted: deleting it would let two processes hold two locks of one name.
const LockName = "lock"

// LockFile is a held lock. The operating system drops it when the process ends,
// however it ends, so there are no stale locks.
type LockFile struct{ f *os.File }

// HeldError says that another process has the data folder.
type HeldError struct {
	PID int // of the holder; 0 when it could not be read
}

func (e *HeldError) Error() string {
	if e.PID == 0 {
		return "data folder is in use by another process"
	}
	return fmt.Sprintf("data folder is in use by process %d", e.PID)
}

// Lock takes the data folder root for this process or returns a *HeldError at
// once. The folder is made when it is missing.
func Lock(root string) (*LockFile, error) {
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, fmt.Errorf("locking data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(root, LockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking data folder: %w", err)
	}
	held, err := tryLock(f)
	if err == nil && held {
		err = &HeldError{PID: readPID(f)}
	}
	if err == nil {
		if err = writePID(f); Full(err) {
			err = nil // it is only how the next process names this one
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("locking data folder: %w", err), f.Close())
	}
	return &LockFile{f: f}, nil
}

// Unlock gives the folder up. The lock must not be used afterwards.
func (l *LockFile) Unlock() error {
	if err := errors.Join(l.f.Truncate(0), l.f.Close()); err != nil {
		return fmt.Errorf("unlocking data folder: %w", err)
	}
	return nil
}

func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt(strconv.AppendInt(nil, int64(os.Getpid()), 10), 0)
	return err
}

func readPID(f *os.File) int {
	buf := make([]byte, 20)
	n, _ := f.ReadAt(buf, 0) // a short read is the usual case; a failed one gives 0
	pid, err := strconv.Atoi(string(bytes.TrimSpace(buf[:n])))
	if err != nil {
		return 0
	}
	return pid
}
