package process

import (
	"golang.org/x/sys/unix"
)

// shut switches off core files and makes the process undumpable. Both are
// needed: the limit is what a child inherits, and it does not bind a core that
// the kernel pipes to a program (core(5)); an undumpable process is not dumped
// at all, and its memory is closed to others (prctl(2), PR_SET_DUMPABLE). An
// exec makes it dumpable again, so every start calls Guard.
func shut() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return err
	}
	return unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
}
