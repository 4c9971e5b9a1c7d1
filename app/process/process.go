package process

import (
	"fmt"
	"os"
	"runtime/debug"
)

// program is the file this process was started from, as it was then: a package
// that is upgraded meanwhile puts the new program at the same path.
var program, errProgram = os.Executable()

// Guard closes the process's memory to others, as far as the system can: call
// it first thing in main, before there is anything to guard. An error names
// what the system refused; the program may go on, less well guarded.
func Guard() error {
	// GOTRACEBACK=crash asks the runtime to end with a core. The runtime has
	// read it already and SetTraceback cannot lower it, so shut is what binds
	// now; what is started from here does not see it.
	debug.SetTraceback("single")
	if err := os.Unsetenv("GOTRACEBACK"); err != nil {
		return fmt.Errorf("guarding the process: %w", err)
	}
	if err := shut(); err != nil {
		return fmt.Errorf("guarding the process: %w", err)
	}
	return nil
}

// Restartable tells whether Restart has a chance: nil, or why not. It is asked
// before everything is closed for a restart.
func Restartable() error {
	if errProgram != nil {
		return fmt.Errorf("finding the program to start anew: %w", errProgram)
	}
	if err := runnable(program); err != nil {
		return fmt.Errorf("finding the program to start anew: %w", err)
	}
	return nil
}

// Restart puts the same program, with these arguments, in the place of this
// process. Of the open files only standard input, output and error and keep
// live on. Everything must have been closed in order before: nothing deferred
// runs. It returns only when it could not be done, and the process then is as
// it was.
//
// On Unix the process id stays. On Windows a new process is started, which
// inherits no other files, and this one exits.
func Restart(args []string, keep ...uintptr) error {
	if errProgram != nil {
		return fmt.Errorf("starting anew: %w", errProgram)
	}
	if err := replace(program, append([]string{os.Args[0]}, args...), keep); err != nil {
		return fmt.Errorf("starting anew: %w", err)
	}
	return nil
}
