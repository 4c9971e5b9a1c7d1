package store

import (
	"time"

	"golang.org/x/sys/unix"
)

// sinceBoot is CLOCK_BOOTTIME: the time since the machine started, sleep
// included.
func sinceBoot() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return time.Since(processStart)
	}
	return time.Duration(t.Nano())
}

// processStart stands in where the clock cannot be read: less is counted then,
// and the wall clock and the hub's word still hold.
var processStart = time.Now()
