package process

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Children are this test program again, told by their first argument what to do.
const child = "child-of-the-test"

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == child {
		if err := children[os.Args[2]](os.Args[3:]); err != nil {
			fmt.Println("child:", err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var children = map[string]func([]string) error{
	"guarded":   func([]string) error { return errors.Join(allowCores(), Guard(), waitForever()) },
	"unguarded": func([]string) error { return errors.Join(allowCores(), waitForever()) },
	"read":      readMemory,
	"restart":   restartWithFiles,
	"restarted": listFiles,
}

// allowCores undoes what the test's own surroundings may forbid.
func allowCores() error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err != nil {
		return err
	}
	limit.Cur = limit.Max
	return unix.Setrlimit(unix.RLIMIT_CORE, &limit)
}

func waitForever() error {
	fmt.Println("ready")
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// start starts a child and waits for its first line.
func start(t *testing.T, as *syscall.Credential, env []string, args ...string) (*exec.Cmd, string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe, append([]string{child}, args...)...)
	c.Dir = t.TempDir()
	c.Env = append(os.Environ(), env...)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	if as != nil { // it has to reach the program and its folder
		opened(t, filepath.Dir(exe))
		opened(t, c.Dir)
		if err := os.Chown(c.Dir, int(as.Uid), int(as.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if c.ProcessState == nil {
			_ = c.Process.Kill() // it may be gone already
			_ = c.Wait()
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the child said %q: %v", line, err)
	}
	return c, strings.TrimSuffix(line, "\n")
}

// opened lets everybody pass through the folders of a path.
func opened(t *testing.T, dir string) {
	t.Helper()
	for ; dir != "/" && dir != os.TempDir(); dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, info.Mode().Perm()|0o011); err != nil {
			t.Fatal(err)
		}
	}
}

// A guarded process leaves no core, whatever kills it, and even where
// GOTRACEBACK asks for one; the same process unguarded leaves one.
func TestGuardLeavesNoCore(t *testing.T) {
	pattern, err := os.ReadFile("/proc/sys/kernel/core_pattern")
	if err != nil {
		t.Fatal(err)
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err != nil {
		t.Fatal(err)
	}
	plain := !bytes.HasPrefix(pattern, []byte("|")) && limit.Max > 0
	for _, signal := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGSEGV} {
		for _, kind := range []string{"unguarded", "guarded"} {
			c, line := start(t, nil, []string{"GOTRACEBACK=crash"}, kind)
			if line != "ready" {
				t.Fatalf("the child said %q", line)
			}
			if err := c.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			_ = c.Wait() // it says that it was killed
			status := c.ProcessState.Sys().(syscall.WaitStatus)
			dumped := status.CoreDump() || len(filesIn(t, c.Dir)) > 0
			switch {
			case kind == "guarded" && dumped:
				t.Errorf("%v: a guarded process left a core", signal)
			case kind == "unguarded" && plain && !dumped:
				t.Errorf("%v: the unguarded control left no core, so the test proves nothing", signal)
			case kind == "unguarded" && !plain:
				t.Logf("%v: control not judged: no core files are made here (%s)", signal, bytes.TrimSpace(pattern))
			}
		}
	}
}

func filesIn(t *testing.T, dir string) []fs.DirEntry {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// The core limit of a guarded process is 0 for good, and its files under /proc
// belong to root: that is how the kernel shows that it is undumpable.
func TestGuardIsSeenFromOutside(t *testing.T) {
	nobody := nobody(t)
	c, _ := start(t, nobody, nil, "guarded")
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", c.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(limits)) {
		if rest, ok := strings.CutPrefix(line, "Max core file size"); ok && !slices.Equal(strings.Fields(rest), []string{"0", "0", "bytes"}) {
			t.Errorf("the core limit is %q", rest)
		}
	}
	info, err := os.Stat(fmt.Sprintf("/proc/%d/mem", c.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	if owner := info.Sys().(*syscall.Stat_t).Uid; owner != 0 {
		t.Errorf("the memory of a guarded process belongs to user %d", owner)
	}
}

func nobody(t *testing.T) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		t.Log("NOT RUN: only root can start a process of another user")
		t.Skip()
	}
	return &syscall.Credential{Uid: 65534, Gid: 65534}
}

// Another process of the same user cannot read a guarded process's memory, and
// can read an unguarded one's. Root reads all memory: that is said in THREATS.
func TestGuardKeepsOthersOut(t *testing.T) {
	nobody := nobody(t)
	scope, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope")
	strict := err == nil && !bytes.HasPrefix(scope, []byte("0"))
	for _, kind := range []string{"unguarded", "guarded"} {
		c, _ := start(t, nobody, nil, kind)
		_, said := start(t, nobody, nil, "read", strconv.Itoa(c.Process.Pid))
		switch {
		case kind == "guarded" && said != "refused":
			t.Errorf("the memory of a guarded process: %s", said)
		case kind == "unguarded" && !strict && said != "read":
			t.Errorf("the control, an unguarded process: %s; the test proves nothing", said)
		}
	}
}

// readMemory tries to read some memory of another process.
func readMemory(args []string) error {
	mem, err := os.Open("/proc/" + args[0] + "/mem")
	if errors.Is(err, fs.ErrPermission) {
		fmt.Println("refused")
		return nil
	}
	if err != nil {
		return err
	}
	maps, err := os.ReadFile("/proc/" + args[0] + "/maps")
	if errors.Is(err, fs.ErrPermission) {
		fmt.Println("refused")
		return nil
	}
	from, _, _ := strings.Cut(string(maps), "-")
	at, err := strconv.ParseInt(from, 16, 64)
	if err != nil {
		return fmt.Errorf("reading maps: %w", err)
	}
	if _, err := mem.ReadAt(make([]byte, 8), at); err != nil {
		fmt.Println("refused")
		return nil
	}
	fmt.Println("read")
	return nil
}

// A restarted process is the same one to whoever started it, has the new
// arguments and the files that were named, and no other: not even one that was
// open for its children.
func TestRestart(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c := exec.Command(exe, child, "restart")
	var out bytes.Buffer
	c.Stdout, c.Stderr, c.ExtraFiles = &out, &out, []*os.File{w}
	if err := errors.Join(c.Start(), w.Close()); err != nil {
		t.Fatal(err)
	}
	kept, readErr := io.ReadAll(r)
	if err := errors.Join(c.Wait(), readErr); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	want := fmt.Sprintf("before %d\nafter %d [one two  three]\n", c.Process.Pid, c.Process.Pid)
	if string(kept) != want {
		t.Errorf("the kept file heard %q, want %q; the child said %q", kept, want, out.String())
	}
	if strings.Contains(out.String(), "leaked") {
		t.Errorf("files stayed open: %s", out.String())
	}
}

// restartWithFiles opens a file as a C library might, without closing it on
// exec, and restarts.
func restartWithFiles([]string) error {
	keep := os.NewFile(3, "kept")
	fmt.Fprintf(keep, "before %d\n", os.Getpid())
	if _, err := unix.Open("/etc/hostname", unix.O_RDONLY, 0); err != nil {
		return err
	}
	if err := errors.Join(Guard(), Restartable()); err != nil {
		return err
	}
	return Restart([]string{child, "restarted", "one", "two ", "three"}, 3)
}

func listFiles(args []string) error {
	fmt.Fprintf(os.NewFile(3, "kept"), "after %d %v\n", os.Getpid(), args)
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && strings.Contains(to, "hostname") {
			fmt.Println("leaked", e.Name(), to)
		}
	}
	return nil
}

// A program that is gone is not restarted, and this one goes on.
func TestRestartRefuses(t *testing.T) {
	before := program
	defer func() { program = before }()
	program = filepath.Join(t.TempDir(), "gone")
	if err := Restartable(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Restartable: %v", err)
	}
	if err := Restart(nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Restart: %v", err)
	}
}
