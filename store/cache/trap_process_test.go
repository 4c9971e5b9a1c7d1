package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func childConfig(dir string, off guards) Config {
	return Config{Dir: dir, Key: bytes.Repeat([]byte{7}, 32), sizes: small, Free: plenty, off: off}
}

func init() {
	children["open"] = func(dir string, off guards) error {
		c, o, err := Open(context.Background(), childConfig(dir, off))
		if err != nil {
			return err
		}
		fmt.Println("aside:", o.Aside)
		return c.Close()
	}
	// A process that dies of what it finds in the cache, soon after it was
	// opened: it stands for a panic in a goroutine of Badger's.
	children["die"] = func(dir string, off guards) error {
		c, o, err := Open(context.Background(), childConfig(dir, off))
		if err != nil {
			return err
		}
		fmt.Println("aside:", o.Aside, "checked:", o.Checked)
		if _, err := c.Get(keyN(1)); err == nil {
			os.Exit(3)
		}
		return c.Close()
	}
	// Tables cannot be made: their names are taken.
	children["stuck"] = func(dir string, off guards) error {
		c, _, err := Open(context.Background(), childConfig(dir, off))
		if err != nil {
			return err
		}
		for i := range 60 {
			if err := os.Mkdir(filepath.Join(c.b.folder, fmt.Sprintf("%06d.sst", i+1)), 0o700); err != nil && !os.IsExist(err) {
				return err
			}
		}
		for n := 0; ; n += 500 {
			var pairs []Pair
			for i := n; i < n+500; i++ {
				pairs = append(pairs, Pair{keyN(i), bytes.Repeat([]byte{1}, 900)})
			}
			if err := c.Put(pairs); errors.Is(err, ErrDown) {
				fmt.Println("down")
				return c.Close()
			} else if err != nil {
				return err
			}
		}
	}
	children["append"] = func(dir string, off guards) error {
		c, _, err := Open(context.Background(), childConfig(dir, off))
		if err != nil {
			return err
		}
		for n := range 40 { // several value log files
			if err := c.Put([]Pair{{keyN(n), valueN(n, 200_000)}}); err != nil {
				return err
			}
			fmt.Println("acknowledged")
		}
		return c.Close()
	}
}

// A zeroed table makes Badger panic in a goroutine of its own, inside Open: the
// process dies. With the marker the next one moves the cache aside.
func TestTrap06ZeroedTableKillsOpen(t *testing.T) {
	for _, off := range []guards{guardMarker | guardDeaths, 0} {
		dir := t.TempDir()
		c, _ := mustOpen(t, config(t, dir))
		fill(t, c, 0, 300, 500)
		must(t, c.Close())
		names, err := filepath.Glob(filepath.Join(inForce(t, dir), "*.sst"))
		if err != nil || len(names) == 0 {
			t.Fatalf("%d tables, %v", len(names), err)
		}
		for _, name := range names {
			fi, err := os.Stat(name)
			must(t, err)
			must(t, os.WriteFile(name, make([]byte, fi.Size()), 0o600))
		}
		deaths := 0
		for range 3 {
			out, err := child(t, "open", dir, off).CombinedOutput()
			if err == nil {
				continue
			}
			if !bytes.Contains(out, []byte("panic")) || !bytes.Contains(out, []byte("badger")) {
				t.Fatalf("it died of something else: %v\n%s", err, out)
			}
			deaths++
		}
		if off != 0 && deaths != 3 {
			t.Fatalf("unguarded: %d deaths of 3: the trap is gone", deaths)
		}
		if off == 0 && deaths > 1 {
			t.Fatalf("guarded: %d deaths of 3: a crash loop", deaths)
		}
	}
}

// A process that dies again and again soon after opening has the cache checked,
// and at last moved aside: never a crash loop. A power cut in between, a close,
// or ten good seconds begin the count again.
func TestTrap06DeathsAfterOpening(t *testing.T) {
	live := func(t *testing.T, off guards, runs int) (deaths int, said string) {
		dir := t.TempDir()
		c, _ := mustOpen(t, config(t, dir))
		fill(t, c, 0, 300, 500)
		must(t, c.Close())
		for range runs {
			out, err := child(t, "die", dir, off).CombinedOutput()
			said += string(out)
			if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 3 {
				deaths++
			} else if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		}
		return deaths, said
	}
	if deaths, _ := live(t, guardDeaths, 10); deaths != 10 {
		t.Fatalf("unguarded: %d deaths of 10", deaths)
	}
	deaths, said := live(t, 0, 10)
	if deaths != asideFrom || !strings.Contains(said, string(WhyDiedSoon)) || strings.Count(said, "checked: true") != asideFrom-checkFrom {
		t.Fatalf("guarded: %d deaths of 10\n%s", deaths, said)
	}

	dir := t.TempDir()
	cfg := config(t, dir)
	lives := filepath.Join(dir, livesName)
	must(t, os.WriteFile(lives, fmt.Appendf(nil, "%d %s\n", asideFrom, "another"), 0o600))
	c, o := mustOpen(t, cfg)
	if o.Aside != "" || o.Checked {
		t.Fatalf("a power cut counted against the cache: %+v", o)
	}
	c.opened = time.Now().Add(-settleAfter)
	_, _ = c.Get(keyN(1)) // absent
	must(t, c.Put([]Pair{{keyN(1), []byte("x")}}))
	if _, err := os.Stat(lives); !os.IsNotExist(err) {
		t.Fatalf("good seconds do not end the count: %v", err)
	}
	must(t, c.Close())
}

// Giving up while opening is not dying in it.
func TestGivenUpWhileOpening(t *testing.T) {
	dir := t.TempDir()
	c, _ := mustOpen(t, config(t, dir))
	fill(t, c, 0, 100, 500)
	must(t, c.Close())
	must(t, os.WriteFile(filepath.Join(dir, livesName), fmt.Appendf(nil, "%d %s\n", checkFrom, machineStart()), 0o600))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Open(ctx, config(t, dir)); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	c, o := mustOpen(t, config(t, dir))
	if o.Aside != "" || whole(t, c, 0, 100, 500) != 100 {
		t.Fatalf("%+v", o)
	}
	must(t, c.Close())
}

// A memtable that cannot be flushed is tried again for ever, and whoever writes
// waits for ever. What Badger says of it takes it out of use.
func TestTrap08FlushRetriesForEver(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
	defer cancel()
	bare := child(t, "stuck", t.TempDir(), guardWatch)
	must(t, bare.Start())
	ended := make(chan error, 1)
	go func() { ended <- bare.Wait() }()
	select {
	case err := <-ended:
		t.Fatalf("this Badger gives up by itself: %v", err)
	case <-ctx.Done():
		must(t, bare.Process.Kill())
		<-ended
	}
	out, err := child(t, "stuck", t.TempDir(), 0).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("down")) {
		t.Fatalf("%v\n%s", err, out)
	}
}

// A sync of the value log that fails is only logged: the batch is acknowledged.
// The formats that say so are still in Badger's sources, and hearing one takes
// Badger out of use.
func TestTrap08SyncErrorsAreOnlyLogged(t *testing.T) {
	for _, m := range meanings {
		if m.act == nil {
			continue
		}
		for _, watch := range []bool{false, true} {
			c, _ := mustOpen(t, config(t, t.TempDir()))
			l := listener{log: quiet(), redact: true, watch: watch, state: c.b.state}
			for range maxFailed {
				l.Errorf(m.format+": %v", errors.New("input/output error"))
			}
			err := c.Put([]Pair{{keyN(1), []byte("x")}})
			if broken := c.b.state.isBroken(); broken != errors.Is(err, ErrDown) || broken && !watch ||
				watch && !broken && !c.b.state.ignored.Load() {
				t.Errorf("%q, watched %v: %v", m.format, watch, err)
			}
			must(t, c.Close())
		}
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/dgraph-io/badger/v4").Output()
	dir := strings.TrimSpace(string(out))
	if err != nil || dir == "" {
		t.Skip("NOT RUN: Badger's sources are not here to be compared")
	}
	var source strings.Builder
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	must(t, err)
	for _, name := range names {
		text, err := os.ReadFile(name)
		must(t, err)
		source.Write(text)
	}
	for _, m := range meanings {
		if m.format != "CHECKSUM_MISMATCH" && !strings.Contains(source.String(), `"`+m.format) {
			t.Errorf("Badger no longer says %q", m.format)
		}
	}
	only := regexp.MustCompile(`curlf\.Sync\(\); err != nil \{\s*vlog\.opt\.Errorf\([^)]*\)\s*\}`)
	if !only.MatchString(source.String()) {
		t.Error("this Badger does something about a sync that fails: look at the guard again")
	}
}

// Badger syncs a new file and not its name. System calls show it: a value is
// acknowledged while a file that is new has no name on the disk yet.
func TestTrap10NamesAreNotSynced(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("NOT RUN: no strace here")
	}
	unsynced := func(off guards) (n int) {
		cmd := child(t, "append", t.TempDir(), off)
		trace := filepath.Join(t.TempDir(), "trace")
		cmd.Args = append([]string{strace, "-f", "-y", "-qq", "-o", trace, "-e", "trace=openat,fsync,fdatasync,write", cmd.Path}, cmd.Args[1:]...)
		cmd.Path = strace
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Skipf("NOT RUN: strace does not work here: %v %s", err, out)
		}
		text, err := os.ReadFile(trace)
		must(t, err)
		made := regexp.MustCompile(`openat\(.*/cache/.*\.(vlog|mem)".*O_CREAT`)
		synced := regexp.MustCompile(`fsync\(\d+<[^>]*/cache/[0-9a-f]{16}-0>`)
		pending := 0
		for line := range strings.Lines(string(text)) {
			switch {
			case made.MatchString(line):
				pending++
			case synced.MatchString(line):
				pending = 0
			case strings.Contains(line, "acknowledged") && pending > 0:
				n++
			}
		}
		return n
	}
	if bare := unsynced(guardDirs); bare == 0 {
		t.Error("this Badger syncs names: the trap is gone")
	} else {
		t.Logf("%d of 40 values were acknowledged without a name on the disk", bare)
	}
	if ours := unsynced(0); ours != 0 {
		t.Errorf("%d values were acknowledged before the names of their files were on the disk", ours)
	}
}
