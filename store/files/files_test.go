package files_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"satchel/store/files"
	"satchel/store/files/crash"
)

func TestCheckName(t *testing.T) {
	for _, ok := range []string{".", "a", "keys/gen-12", "audit/seg_01.log"} {
		if err := files.CheckName(ok); err != nil {
			t.Errorf("%q refused", ok)
		}
	}
	for _, bad := range []string{
		"", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", "a/", `a\b`, "c:x", "a:b",
		".hidden", "a.", "a b", "na\u00efve", "nul\x00", strings.Repeat("a", 201),
	} {
		if err := files.CheckName(bad); !errors.Is(err, files.ErrName) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// both runs one test on the operating system and on the simulated disk.
func both(t *testing.T, test func(t *testing.T, fsys files.FS)) {
	t.Run("os", func(t *testing.T) {
		d, err := files.OS(filepath.Join(t.TempDir(), "data"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}()
		test(t, d)
	})
	t.Run("crash", func(t *testing.T) { test(t, crash.New()) })
}

func TestOSAndCrashAgree(t *testing.T) {
	both(t, func(t *testing.T, fsys files.FS) {
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		is := func(err, want error) {
			t.Helper()
			if !errors.Is(err, want) {
				t.Fatalf("got %v, want %v", err, want)
			}
		}
		_, err := fsys.Open("k/a", files.Create)
		is(err, fs.ErrNotExist)
		_, err = fsys.List("k")
		is(err, fs.ErrNotExist)
		must(fsys.MkdirAll("k/deep"))
		must(fsys.MkdirAll("k/deep"))
		must(fsys.MkdirAll("."))
		_, err = fsys.Open("k/a", files.Edit)
		is(err, fs.ErrNotExist)
		f, err := fsys.Open("k/a", files.Create)
		must(err)
		_, err = fsys.Open("k/a", files.Create)
		is(err, fs.ErrExist)
		n, err := f.WriteAt([]byte("hello"), 3)
		must(err)
		if n != 5 {
			t.Fatalf("wrote %d", n)
		}
		must(f.Sync())
		must(f.SyncData())
		must(f.Truncate(6))
		size, err := f.Size()
		must(err)
		buf := make([]byte, 10)
		n, err = f.ReadAt(buf, 1)
		if size != 6 || n != 5 || err == nil || string(buf[:n]) != "\x00\x00hel" {
			t.Fatalf("size %d, read %d %q %v", size, n, buf[:n], err)
		}
		must(files.Preallocate(f, 600<<10))
		size, err = f.Size()
		must(err)
		if size != 600<<10 {
			t.Fatalf("preallocated %d", size)
		}
		must(f.Close())
		is(f.Close(), fs.ErrClosed)
		r, err := fsys.Open("k/a", files.Read)
		must(err)
		if _, err := r.WriteAt([]byte("x"), 0); err == nil {
			t.Fatal("wrote to a file opened for reading")
		}
		must(r.Close())
		must(fsys.Rename("k/a", "k/b"))
		is(fsys.Rename("k/a", "k/b"), fs.ErrNotExist)
		is(fsys.Rename("k/b", "b"), files.ErrName)
		must(fsys.SyncDir("k"))
		names, err := fsys.List("k")
		must(err)
		if len(names) != 1 || names[0] != "b" {
			t.Fatalf("names %q", names)
		}
		is(fsys.Remove("k/a"), fs.ErrNotExist)
		must(fsys.Remove("k/b"))
		is(fsys.Remove("../x"), files.ErrName)
		_, err = files.ReadFile(fsys, "k/b", 1)
		is(err, fs.ErrNotExist)
		must(files.WriteAtomic(fsys, "k/c", []byte("four")))
		_, err = files.ReadFile(fsys, "k/c", 3)
		is(err, files.ErrTooLarge)
		got, err := files.ReadFile(fsys, "k/c", 4)
		must(err)
		if string(got) != "four" {
			t.Fatalf("read %q", got)
		}
	})
}

func TestWriteAtomicAtEveryCut(t *testing.T) {
	build := func() (*crash.Disk, int) {
		d := crash.New()
		if err := files.WriteAtomic(d, "a", bytes.Repeat([]byte("old"), 1000)); err != nil {
			t.Fatal(err)
		}
		return d, d.Ops()
	}
	old, next := strings.Repeat("old", 1000), strings.Repeat("new!", 900)
	for n := 1; ; n++ {
		d, before := build()
		d.CutAt(before + n)
		err := files.WriteAtomic(d, "a", []byte(next))
		if err != nil && !errors.Is(err, crash.ErrCut) {
			t.Fatal(err)
		}
		for name, s := range d.States(uint64(n), 40) {
			if rerr := files.RemoveTemp(s, "."); rerr != nil {
				t.Fatal(rerr)
			}
			got, rerr := files.ReadFile(s, "a", 1<<20)
			if rerr != nil {
				t.Fatalf("cut at %s, state %s: %v", d.LastOp(), name, rerr)
			}
			if string(got) != next && (err == nil || string(got) != old) {
				t.Fatalf("cut at %s, state %s: content is neither allowed one", d.LastOp(), name)
			}
			if names, _ := s.List("."); len(names) != 1 {
				t.Fatalf("left over: %q", names)
			}
			if werr := files.WriteAtomic(s, "a", []byte("again")); werr != nil {
				t.Fatalf("replacing after the crash: %v", werr)
			}
		}
		if err == nil {
			return
		}
	}
}

func TestWriteAtomicFailsCleanly(t *testing.T) {
	full := errors.New("no space left on device")
	for n := 1; n <= 4; n++ { // create, write, sync, rename
		d := crash.New()
		if err := files.WriteAtomic(d, "a", []byte("old")); err != nil {
			t.Fatal(err)
		}
		d.FailAt(d.Ops()+n, full)
		if err := files.WriteAtomic(d, "a", []byte("new")); !errors.Is(err, full) {
			t.Fatalf("step %d: %v", n, err)
		}
		got, err := files.ReadFile(d, "a", 10)
		if err != nil || string(got) != "old" {
			t.Errorf("step %d: %q %v", n, got, err)
		}
		if names, _ := d.List("."); len(names) != 1 {
			t.Errorf("step %d left %q", n, names)
		}
	}
}

func TestModesAndEscape(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("NOT RUN: file modes are access lists here")
		return
	}
	base := t.TempDir()
	d, err := files.OS(filepath.Join(base, "data"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if err := errors.Join(d.MkdirAll("k"), files.WriteAtomic(d, "k/a", []byte("x"))); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{"data": 0o700, "data/k": 0o700, "data/k/a": 0o600} {
		info, err := os.Stat(filepath.Join(base, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", name, got, want)
		}
	}
	if err := os.WriteFile(filepath.Join(base, "secret"), []byte("s"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../secret", filepath.Join(base, "data", "link")); err != nil {
		t.Fatal(err)
	}
	if _, err := files.ReadFile(d, "link", 10); err == nil {
		t.Error("read through a link that leaves the root")
	}
}

func TestLock(t *testing.T) {
	root := filepath.Join(t.TempDir(), "data")
	l, err := files.Lock(root)
	if err != nil {
		t.Fatal(err)
	}
	_, err = files.Lock(root)
	held, ok := errors.AsType[*files.HeldError](err)
	if !ok || held.PID != os.Getpid() {
		t.Fatalf("second lock: %v", err)
	}
	if !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("message %q names no process", err)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
	l, err = files.Lock(root)
	if err != nil {
		t.Fatalf("after unlock: %v", err)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
}

const lockEnv = "SATCHEL_TEST_LOCK_ROOT"

// TestLockOfAKilledProcess: a holder that is killed leaves no stale lock.
func TestLockOfAKilledProcess(t *testing.T) {
	if root := os.Getenv(lockEnv); root != "" {
		if _, err := files.Lock(root); err != nil {
			fmt.Println("refused")
			os.Exit(1)
		}
		fmt.Println("held")
		_, _ = io.Copy(io.Discard, os.Stdin) // until killed
		os.Exit(1)
	}
	root := filepath.Join(t.TempDir(), "data")
	child := exec.Command(os.Args[0], "-test.run=^TestLockOfAKilledProcess$")
	child.Env = append(os.Environ(), lockEnv+"="+root)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := child.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 4)
	if _, err := out.Read(line); err != nil || string(line) != "held" {
		t.Fatalf("child said %q (%v)", line, err)
	}
	_, err = files.Lock(root)
	if held, ok := errors.AsType[*files.HeldError](err); !ok || held.PID != child.Process.Pid {
		t.Errorf("while the child holds it: %v", err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // killed, so always an error
	l, err := files.Lock(root)
	if err != nil {
		t.Fatalf("after the holder was killed: %v", err)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestFree(t *testing.T) {
	free, err := files.Free(t.TempDir())
	if err != nil || free == 0 {
		t.Errorf("free %d, %v", free, err)
	}
	if _, err := files.Free(filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("a missing folder has free space")
	}
}
