package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// needs skips, loudly, where a file system cannot be made and mounted.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Log("NOT RUN: mounting needs root")
		t.Skip("NOT RUN: mounting needs root")
	}
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Logf("NOT RUN: %s is not installed", p)
			t.Skipf("NOT RUN: %s is not installed", p)
		}
	}
}

func run(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// mount mounts at dir, which it makes, and sees to it that nothing stays
// mounted whatever becomes of the test.
func mount(t *testing.T, dir string, args ...string) error {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := run("mount", append(args, dir)...); err != nil {
		return err
	}
	t.Cleanup(func() {
		if mounted(dir) {
			if err := run("umount", "-l", dir); err != nil {
				t.Error(err)
			}
		}
	})
	return nil
}

func mounted(dir string) bool {
	table, err := os.ReadFile("/proc/self/mounts")
	return err == nil && strings.Contains(string(table), " "+dir+" ")
}

// makeImage makes a file that holds an empty file system.
func makeImage(name string, size int64, mkfs ...string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := f.Truncate(size); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return run(mkfs[0], append(mkfs[1:], name)...)
}

// mountable is a base for mounts whose path mount tables show as it is.
func mountable(t *testing.T) string {
	t.Helper()
	base, err := os.MkdirTemp("", "satchel-mounts-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(base); err != nil {
			t.Error(err)
		}
	})
	base, err = filepath.EvalSymlinks(base)
	if err != nil {
		t.Fatal(err)
	}
	return base
}
