package files

import (
	"fmt"
	"os"
	"syscall"
)

// syncData is fdatasync(2): content and size, not the modification time.
func syncData(f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return fmt.Errorf("syncing a file: %w", err)
	}
	var serr error
	if err := conn.Control(func(fd uintptr) {
		for {
			if serr = syscall.Fdatasync(int(fd)); serr != syscall.EINTR {
				return
			}
		}
	}); err != nil {
		return fmt.Errorf("syncing a file: %w", err)
	}
	if serr != nil {
		return fmt.Errorf("syncing a file: %w", serr)
	}
	return nil
}
