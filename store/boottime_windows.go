package store

import (
	"time"

	"golang.org/x/sys/windows"
)

// sinceBoot is GetTickCount64: the time since the machine started, sleep
// included.
func sinceBoot() time.Duration { return windows.DurationSinceBoot() }
