package setup

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// exitError is what a real program that exits with 1 returns.
func exitError(t *testing.T) error {
	t.Helper()
	err := exec.Command("go", "tool", "no-such-tool").Run()
	if _, ok := errors.AsType[*exec.ExitError](err); !ok {
		t.Fatalf("a failing program returned %v", err)
	}
	return err
}

// computer answers like a machine on which only the packages in has are installed;
// what apt-get installs is added to it, but for what the repository lacks.
type computer struct {
	has   []string
	lacks []string
	exit  error
	ran   []string
}

func (c *computer) run(_ context.Context, _ io.Writer, name string, args ...string) (string, error) {
	last := args[len(args)-1]
	switch {
	case name == "dpkg-query":
		if slices.Contains(c.has, last) {
			return "installed", nil
		}
		return "not-installed", nil
	case name == "rpm":
		if slices.Contains(c.has, last) {
			return last, nil
		}
		return "", c.exit
	case name == "xcode-select" || name == "gcc":
		if slices.Contains(c.has, name) {
			return "", nil
		}
		return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
	}
	line := name + " " + strings.Join(args, " ")
	c.ran = append(c.ran, line)
	if _, names, ok := strings.Cut(line, "--no-install-recommends "); ok {
		for n := range strings.FieldsSeq(names) {
			if !slices.Contains(c.lacks, n) {
				c.has = append(c.has, n)
			}
		}
	}
	return "", nil
}

func TestEnsure(t *testing.T) {
	const debian12 = "PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n"
	const mint = "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"
	const rocky = "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n"
	build := packageNames[debian][Build]
	tests := []struct {
		name        string
		os, release string
		root        bool
		has, lacks  []string
		needs       []Need
		wantRan     []string // commands that changed the machine
		wantCommand string   // what a person is told; empty = no error
	}{
		{name: "all there", os: "linux", release: debian12, has: build, needs: []Need{Build}},
		{
			name: "root installs what is missing and only that", os: "linux", release: debian12, root: true,
			has: build[:3], needs: []Need{Build},
			wantRan: []string{
				"apt-get update -q",
				"env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends libxkbcommon-dev libwayland-dev",
			},
		},
		{
			name: "a person is told the whole command", os: "linux", release: mint, has: build, needs: []Need{Build, Display},
			wantCommand: "sudo apt-get update && sudo apt-get install -y --no-install-recommends " + strings.Join(packageNames[debian][Display], " "),
		},
		{
			name: "a package that the repository lacks is an error, not a success", os: "linux", release: debian12, root: true,
			has: build[1:], lacks: []string{"gcc"}, needs: []Need{Build},
			wantRan: []string{
				"apt-get update -q",
				"env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends gcc",
			},
			wantCommand: "apt-get update && apt-get install -y --no-install-recommends gcc",
		},
		{
			name: "dnf is named, not run", os: "linux", release: rocky, root: true,
			has: packageNames[fedora][Build][1:], needs: []Need{Build}, wantCommand: "dnf install -y gcc",
		},
		{name: "macOS without its tools", os: "darwin", needs: []Need{Build}, wantCommand: "xcode-select --install"},
		{name: "macOS with its tools", os: "darwin", has: []string{"xcode-select"}, needs: []Need{Build, Display}},
		{
			name: "Windows without a compiler", os: "windows", needs: []Need{Build},
			wantCommand: "winget install --exact --id BrechtSanders.WinLibs.POSIX.UCRT",
		},
		{name: "a system we keep no list for goes on", os: "freebsd", needs: []Need{Build}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := &computer{has: slices.Clone(tt.has), lacks: tt.lacks, exit: exitError(t)}
			m := Machine{OS: tt.os, Release: tt.release, Root: tt.root, Run: c.run}
			err := m.Ensure(t.Context(), io.Discard, tt.needs...)
			if !slices.Equal(c.ran, tt.wantRan) {
				t.Errorf("ran %q, want %q", c.ran, tt.wantRan)
			}
			missing, told := errors.AsType[*MissingError](err)
			switch {
			case tt.wantCommand == "" && err != nil:
				t.Errorf("error %v, want none", err)
			case tt.wantCommand != "" && !told:
				t.Errorf("error %v, want a *MissingError", err)
			case told && missing.Command != tt.wantCommand:
				t.Errorf("command %q, want %q", missing.Command, tt.wantCommand)
			}
		})
	}
}

// An installer that fails must not look like a machine that is ready.
func TestEnsureReportsFailingInstaller(t *testing.T) {
	exit := exitError(t)
	m := Machine{
		OS: "linux", Release: "ID=ubuntu\n", Root: true,
		Run: func(context.Context, io.Writer, string, ...string) (string, error) { return "", exit },
	}
	err := m.Ensure(t.Context(), io.Discard, Build)
	if !errors.Is(err, exit) {
		t.Fatalf("error %v, want the installer's own", err)
	}
}

// The real machine answers, whatever it answers: nothing is installed here, because
// nothing is needed.
func TestHere(t *testing.T) {
	m := Here()
	if m.OS == "" || m.Run == nil {
		t.Fatalf("Here() = %+v", m)
	}
	if err := m.Ensure(t.Context(), io.Discard); err != nil {
		t.Fatalf("a machine of which nothing is asked: %v", err)
	}
}
