package process

import (
	"errors"

	"golang.org/x/sys/unix"
)

// shut switches off core files and refuses debuggers (ptrace(2),
// PT_DENY_ATTACH).
func shut() error {
	return errors.Join(unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}), unix.PtraceDenyAttach())
}
