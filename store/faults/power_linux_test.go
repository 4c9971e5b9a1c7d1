package faults

import (
	"bufio"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// bench is an ext4 file system in a file on an XFS that shares blocks, so that
// a copy of the file is the disk as it is at one moment: what a power cut
// leaves. What the system holds in memory for ext4 is not in it.
type bench struct {
	*testing.T
	base string
}

func newBench(t *testing.T) *bench {
	needs(t, "mount", "umount", "cp", "mkfs.xfs", "mkfs.ext4")
	b := &bench{t, mountable(t)}
	b.must(makeImage(filepath.Join(b.base, "outer"), 4<<30, "mkfs.xfs", "-q", "-m", "reflink=1"))
	b.must(mount(t, b.path("xfs"), "-o", "loop", filepath.Join(b.base, "outer")))
	b.must(makeImage(b.path("xfs/image"), 1<<30, "mkfs.ext4", "-q", "-F"))
	b.must(mount(t, b.path("live"), "-o", "loop", b.path("xfs/image")))
	return b
}

func (b *bench) path(name string) string { return filepath.Join(b.base, name) }

func (b *bench) must(errs ...error) {
	b.Helper()
	for _, err := range errs {
		if err != nil {
			b.Fatal(err)
		}
	}
}

// The power fails under a real file system while a vault works: what it had
// acknowledged is there, and it opens with nobody attending. Beside it, under
// the same cut, run a writer that does it right and two that do not.
func TestPowerCut(t *testing.T) { // R8, I7
	b := newBench(t)
	n := rounds(t, "SATCHEL_POWERCUTS", 5)
	x := begin(t, b.path("live/data"))
	var vault, control, unsynced, lazy score
	for round := range n {
		b.round(x, round, &vault, &control, &unsynced, &lazy)
	}
	t.Logf("power cuts %d: the vault acknowledged %d, violations %d", n, vault.acknowledged, vault.lost)
	for name, s := range map[string]score{"append and fsync (control)": control, "append (known bad)": unsynced, "Badger as it comes (known bad)": lazy} {
		t.Logf("%s: acknowledged %d, lost %d", name, s.acknowledged, s.lost)
	}
	if control.lost > 0 {
		t.Error("the control lost something: the method is wrong")
	}
	if unsynced.lost == 0 || lazy.lost == 0 {
		t.Error("a writer that syncs nothing was not caught")
	}
	if vault.acknowledged == 0 || control.acknowledged == 0 {
		t.Error("nothing was acknowledged")
	}
}

type score struct{ acknowledged, lost uint64 }

// teller follows what a child says.
type teller struct {
	cmd   *exec.Cmd
	errs  strings.Builder
	ended chan struct{}

	mu    sync.Mutex
	lines []string // under mu
}

func (b *bench) tell(what, dir string) *teller {
	b.must(os.MkdirAll(dir, 0o700))
	k := &teller{cmd: child(what, dir), ended: make(chan struct{})}
	k.cmd.Stderr = &k.errs
	_, err := k.cmd.StdinPipe() // open as long as this test lives
	b.must(err)
	out, err := k.cmd.StdoutPipe()
	b.must(err)
	b.must(k.cmd.Start())
	go func() {
		defer close(k.ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			k.mu.Lock()
			k.lines = append(k.lines, lines.Text())
			k.mu.Unlock()
		}
	}()
	b.Cleanup(k.kill)
	return k
}

func (k *teller) kill() {
	_ = k.cmd.Process.Kill()
	<-k.ended
	_ = k.cmd.Wait() // it was killed
}

func (k *teller) said() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.lines)
}

// until waits until n lines were said or the child ended.
func (k *teller) until(n int) {
	for k.said() < n {
		select {
		case <-k.ended:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// last is the number in the last of the first n lines.
func (k *teller) last(n int) uint64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n == 0 {
		return 0
	}
	last, _ := strconv.ParseUint(k.lines[n-1], 10, 64)
	return last
}

// round lets everybody write, cuts the power, and looks at what is left.
func (b *bench) round(x *working, round int, vault, control, unsynced, lazy *score) {
	b.Helper()
	x.wall = time.Now()
	plan := x.day(400)
	b.must(writeSteps(x.dir, plan))
	writers := map[string]*teller{}
	for _, what := range []string{"append", "unsynced", "lazy"} {
		writers[what] = b.tell(what, b.path("live/"+what+strconv.Itoa(round)))
	}
	k := b.tell("work", x.dir)
	k.until(1 + rand.IntN(900))
	if round%2 == 1 { // a disk at rest, or one in the middle of everything
		b.must(k.cmd.Process.Signal(syscall.SIGSTOP))
		time.Sleep(20 * time.Millisecond) // what it had begun ends; nothing waits for this but the disk
	}
	heard, counts := k.said(), map[string]int{}
	for what, w := range writers {
		counts[what] = w.said()
	}
	b.must(run("cp", "--reflink=always", b.path("xfs/image"), b.path("xfs/cut")))
	after := k.said()
	b.must(k.cmd.Process.Signal(syscall.SIGCONT))
	k.until(after + 2) // whatever it had begun by then, it has told
	b.stop(k, writers)
	was := k.replay(b, plan, &x.was, heard)

	b.must(mount(b.T, b.path("cut"), "-o", "loop", b.path("xfs/cut")))
	if err := x.judge(b.Context(), later(b.path("cut/data")), was, nil); err != nil {
		vault.lost++
		b.Errorf("round %d: %v", round, err)
	}
	vault.acknowledged += uint64(heard)
	for what, s := range map[string]*score{"append": control, "unsynced": unsynced, "lazy": lazy} {
		said := writers[what].last(counts[what])
		dir := b.path("cut/" + what + strconv.Itoa(round))
		have, err := linesIn(dir)
		if what == "lazy" {
			have, err = lazyHas(dir, said)
		}
		b.must(err)
		s.acknowledged += said
		s.lost += said - min(said, have)
	}
	b.must(run("umount", b.path("cut")), os.Remove(b.path("xfs/cut")))
	for what := range writers {
		b.must(os.RemoveAll(b.path("live/" + what + strconv.Itoa(round))))
	}
}

func (b *bench) stop(k *teller, writers map[string]*teller) {
	for what, w := range writers {
		w.kill()
		if w.errs.Len() > 0 {
			b.Fatalf("%s failed of itself: %s", what, w.errs.String())
		}
	}
	k.kill()
	if k.errs.Len() > 0 {
		b.Fatalf("the child failed of itself: %s", k.errs.String())
	}
}

// replay gives what was acknowledged in the first n lines, less what may have
// been given up by what began after them; and keeps in now what all of them say.
func (k *teller) replay(b *bench, plan []planned, now *said, n int) said {
	k.mu.Lock()
	defer k.mu.Unlock()
	hear := func(s *said, lines []string) {
		b.must(listen(bufio.NewScanner(strings.NewReader(strings.Join(lines, "\n"))), plan, s, func() {}))
	}
	was := now.clone()
	hear(&was, k.lines[:n])
	for _, line := range k.lines[n:] {
		if strings.HasPrefix(line, "begin ") {
			hear(&was, []string{line})
		}
	}
	hear(now, k.lines)
	return was
}
