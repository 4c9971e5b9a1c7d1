package store

import (
	"bytes"
	"crypto/sha256"
	"os"
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

// thisBoot is a hash of the kernel's boot id (proc(5)), zero where it cannot be
// read. It is kept in the state file, and a hash of it is all that is needed.
func thisBoot() [16]byte {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return [16]byte{}
	}
	sum := sha256.Sum256(append([]byte("satchel/boot/1\x00"), bytes.TrimSpace(text)...))
	return [16]byte(sum[:16])
}
