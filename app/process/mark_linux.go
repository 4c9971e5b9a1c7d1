package process

import (
	"math"

	"golang.org/x/sys/unix"
)

// markAll marks every file from the fourth on in one call (Linux 5.11).
func markAll() error { return unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) }
