// Package setup brings a computer to the point where Satchel builds, and where its
// desktop can be looked at: the one list of system packages that every program
// under packaging shares.
//
// It guarantees that the list exists once, that what is already installed is never
// installed again, and that a person who must act gets one complete command. It
// installs by itself only on Debian and Ubuntu, and only as root; elsewhere it names
// the command and stops. It does not install Go, and it changes no setting of the
// system. It imports the standard library alone, so that it runs before any module
// has been downloaded. TestEnsure proves the choices, system by system.
package setup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// Need is something a computer has to be able to do.
type Need int

const (
	// Build is compiling the desktop: a C compiler and the headers of OpenGL, X11,
	// Wayland and xkbcommon, which Fyne's window library includes.
	Build Need = iota + 1
	// Display is showing and driving the desktop where there is no screen: a
	// virtual X server, software OpenGL, and the tools that look and click.
	Display
	// Faults is what the tests of the vault put in its way and beside it: a
	// software TPM, a credential store, a session bus, file systems to cut.
	Faults
)

// MissingError says that system packages are missing and that this program may not,
// or cannot, install them. Command is the whole of what a person has to run.
type MissingError struct {
	Packages []string
	Command  string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("missing system packages: %s\nrun this, then try again:\n\n    %s",
		strings.Join(e.Packages, " "), e.Command)
}

// Machine is a computer, as far as setting it up is concerned. Here describes the
// one this program runs on; a test describes others.
type Machine struct {
	OS      string // as runtime.GOOS
	Release string // the text of /etc/os-release; empty where there is none
	Root    bool   // may install packages

	// Run starts a program, waits for it, and returns what it wrote to standard
	// output. Its error output, and a copy of its standard output, go to log.
	Run func(ctx context.Context, log io.Writer, name string, args ...string) (string, error)
}

// Here describes the computer this program runs on.
func Here() Machine {
	release, err := os.ReadFile("/etc/os-release")
	if err != nil {
		release = nil // not Linux, or a Linux that does not say: family is then empty
	}
	return Machine{OS: runtime.GOOS, Release: string(release), Root: os.Geteuid() == 0, Run: run}
}

// Ensure makes sure that the machine can do what is needed, and writes progress to
// log. It returns nil when everything is there at the end, a *MissingError when a
// person has to run a command, and the installer's error when that failed.
func (m Machine) Ensure(ctx context.Context, log io.Writer, needs ...Need) error {
	wanted, known := m.packages(needs)
	if !known {
		_, err := fmt.Fprintf(log, "setup: no package list for this system (%s); the build will say what it lacks\n", m.OS)
		return err
	}
	missing, err := m.missing(ctx, wanted)
	if err != nil {
		return fmt.Errorf("asking what is installed: %w", err)
	}
	if len(missing) == 0 {
		return nil
	}
	if m.family() != debian || !m.Root {
		return &MissingError{Packages: missing, Command: m.command(missing)}
	}
	return m.apt(ctx, log, missing)
}

// apt installs packages and looks again, because apt-get may succeed and still leave
// a package out when a repository is half reachable.
func (m Machine) apt(ctx context.Context, log io.Writer, packages []string) error {
	if _, err := m.Run(ctx, log, "apt-get", "update", "-q"); err != nil {
		return fmt.Errorf("updating the package lists: %w", err)
	}
	install := append([]string{"DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-q", "-y", "--no-install-recommends"}, packages...)
	if _, err := m.Run(ctx, log, "env", install...); err != nil {
		return fmt.Errorf("installing %s: %w", strings.Join(packages, " "), err)
	}
	left, err := m.missing(ctx, packages)
	if err != nil {
		return fmt.Errorf("asking what is installed: %w", err)
	}
	if len(left) > 0 {
		return &MissingError{Packages: left, Command: m.command(left)}
	}
	return nil
}

// missing returns the wanted packages that are not installed, in the same order.
func (m Machine) missing(ctx context.Context, wanted []string) ([]string, error) {
	var out []string
	for _, p := range wanted {
		there, err := m.installed(ctx, p)
		if err != nil {
			return nil, err
		}
		if !there {
			out = append(out, p)
		}
	}
	return out, nil
}

func (m Machine) installed(ctx context.Context, pkg string) (bool, error) {
	var out string
	var err error
	switch m.family() {
	case debian:
		out, err = m.Run(ctx, io.Discard, "dpkg-query", "-W", "-f", "${db:Status-Status}", pkg)
		// Several architectures of one package answer one after the other.
		if err == nil && !strings.Contains(out, "not-installed") && strings.Contains(out, "installed") {
			return true, nil
		}
	case fedora:
		_, err = m.Run(ctx, io.Discard, "rpm", "-q", "--whatprovides", pkg)
	case macOS:
		_, err = m.Run(ctx, io.Discard, "xcode-select", "-p")
	case windows:
		_, err = m.Run(ctx, io.Discard, "gcc", "--version")
	}
	if err == nil {
		return m.family() != debian, nil
	}
	// "No such package" is an exit code; a program that is not there, on the two
	// systems where that program is what we ask for, means the same.
	if _, exited := errors.AsType[*exec.ExitError](err); exited {
		return false, nil
	}
	if errors.Is(err, exec.ErrNotFound) && (m.family() == macOS || m.family() == windows) {
		return false, nil
	}
	return false, err
}

func run(ctx context.Context, log io.Writer, name string, args ...string) (string, error) {
	var out strings.Builder
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout = io.MultiWriter(&out, log)
	cmd.Stderr = log
	err := cmd.Run()
	return out.String(), err
}
