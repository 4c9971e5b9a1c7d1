package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

func init() {
	fullConfig := func(dir string, off guards) Config {
		cfg := childConfig(dir, off)
		cfg.Free = nil
		return cfg
	}
	children["fill"] = func(dir string, off guards) error {
		c, _, err := Open(context.Background(), fullConfig(dir, off))
		if err != nil {
			return err
		}
		if _, err := c.Tend(context.Background(), 0); err != nil {
			return err
		}
		for n := 0; ; n += 20 {
			var pairs []Pair
			for i := n; i < n+20; i++ {
				pairs = append(pairs, Pair{keyN(i), valueN(i, 10_000)})
			}
			if err := c.Put(pairs); errors.Is(err, ErrFull) {
				fmt.Println("full", n)
				return c.Close()
			} else if err != nil {
				return err
			}
		}
	}
	children["read"] = func(dir string, off guards) error {
		c, o, err := Open(context.Background(), fullConfig(dir, off))
		if err != nil {
			return err
		}
		n := 0
		for ; ; n++ {
			v, err := c.Get(keyN(n))
			if errors.Is(err, ErrAbsent) {
				break
			}
			if err != nil || !bytes.Equal(v, valueN(n, 10_000)) {
				return fmt.Errorf("value %d: %w", n, err)
			}
		}
		fmt.Println("whole", n, "ballast", o.Ballast)
		return c.Close()
	}
}

// A full disk kills a process that has Badger open, with SIGBUS, and then every
// process that opens it again. Ours stops before, and opens, reads and closes
// on a disk that others have filled, by giving up its ballast.
func TestTrap04FullDiskKills(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("NOT RUN: a disk of its own needs root")
	}
	disk := func() string {
		dir := t.TempDir()
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=48m"); err != nil {
			t.Skipf("NOT RUN: nothing can be mounted here: %v", err)
		}
		t.Cleanup(func() { must(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
		return dir
	}
	dead := func(err error, out []byte) bool {
		exit, ok := errors.AsType[*exec.ExitError](err)
		return ok && (exit.Sys().(syscall.WaitStatus).Signaled() || bytes.Contains(out, []byte("SIGBUS")))
	}
	bare := disk()
	if out, err := child(t, "fill", bare, guardRoom).CombinedOutput(); !dead(err, out) {
		t.Fatalf("unguarded: %v\n%.2000s", err, out)
	}
	if out, err := child(t, "read", bare, guardRoom).CombinedOutput(); err == nil {
		t.Logf("unguarded, opening again worked: %s", out)
	}

	dir := disk()
	out, err := child(t, "fill", dir, 0).CombinedOutput()
	var n int
	if _, scanErr := fmt.Sscanf(string(out), "full %d", &n); err != nil || scanErr != nil || n < 500 {
		t.Fatalf("guarded: %v\n%.2000s", err, out)
	}
	if _, err := os.Stat(filepath.Join(dir, BallastName)); err != nil {
		t.Fatalf("no ballast: %v", err)
	}
	fillUp(t, dir)
	if out, err := child(t, "read", dir, 0).CombinedOutput(); err != nil || string(out) != fmt.Sprintf("whole %d ballast true\n", n) {
		t.Fatalf("on a full disk: %v\n%.2000s", err, out)
	}
	fillUp(t, dir)
	if out, err := child(t, "read", dir, 0).CombinedOutput(); err == nil || dead(err, out) || !bytes.Contains(out, []byte(ErrFull.Error())) {
		t.Fatalf("on a full disk without ballast: %v\n%.2000s", err, out)
	}
	must(t, os.Remove(filepath.Join(dir, "junk")))
	if out, err := child(t, "read", dir, 0).CombinedOutput(); err != nil || string(out) != fmt.Sprintf("whole %d ballast false\n", n) {
		t.Fatalf("with room again: %v\n%.2000s", err, out)
	}
}

// fillUp writes until the disk is full to the last byte.
func fillUp(t *testing.T, dir string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, "junk"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	must(t, err)
	defer f.Close()
	for block := make([]byte, 1<<20); len(block) > 0; block = block[:len(block)/2] {
		for err = nil; err == nil; {
			_, err = f.Write(block)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
}
