package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"satchel/store"
)

var memorySection = section{"memory", "what a program holds that has a vault unlocked", measureMemory}

// holdFolder names, in the environment, the vault that this program, started
// again by itself, is to hold instead of measuring.
const holdFolder = "SATCHEL_BENCH_HOLD"

// holding is what the program that holds a vault says of itself: bytes of
// anonymous memory.
type holding struct {
	People   int   `json:"people"`
	Opened   int64 `json:"opened"`   // nobody unlocked
	Locked   int64 `json:"locked"`   // the same, left alone for a while
	Unlocked int64 `json:"unlocked"` // right after unlocking
	Idle     int64 `json:"idle"`     // left alone for a while
	Settled  int64 `json:"settled"`  // with what the runtime kept given back
}

func measureMemory(ctx context.Context, b *bench) error {
	if _, err := anonymous(); err != nil {
		return b.notRun("memory.many.idle", "this system does not say how much memory is anonymous")
	}
	for _, s := range b.sizes() {
		if err := b.measureMemoryOf(ctx, s.people, "memory."+s.name); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) measureMemoryOf(ctx context.Context, n int, name string) error {
	c, err := b.crowd(ctx, n)
	if err != nil {
		return err
	}
	if err := c.close(); err != nil { // one process has a folder at a time
		return err
	}
	got, err := b.heldByChild(ctx, c.cfg.Dir)
	if err != nil {
		return err
	}
	if got.People != len(c.pids) {
		return fmt.Errorf("a program holds %d of %d", got.People, len(c.pids))
	}
	note := fmt.Sprintf("RssAnon of a program with the vault of %d and no window", got.People)
	for _, f := range []struct {
		suffix string
		bytes  int64
		note   string
	}{
		{".opened", got.Opened, note + ", right after opening, nobody unlocked"},
		{".locked", got.Locked, fmt.Sprintf("%s, nobody unlocked, left alone for %s", note, b.idle)},
		{".unlocked", got.Unlocked, note + ", right after unlocking"},
		{".idle", got.Idle, fmt.Sprintf("%s, unlocked and left alone for %s", note, b.idle)},
		{".settled", got.Settled, note + ", unlocked, after a collection"},
	} {
		if err := b.add(name+f.suffix, float64(f.bytes)/(1<<20), megabytes, 1, f.note); err != nil {
			return err
		}
	}
	return nil
}

// heldByChild starts this program again with the vault.
func (b *bench) heldByChild(ctx context.Context, dir string) (holding, error) {
	var got holding
	self, err := os.Executable()
	if err != nil {
		return got, fmt.Errorf("finding this program: %w", err)
	}
	c := exec.CommandContext(ctx, self, "-idle", b.idle.String())
	c.Env = append(os.Environ(), holdFolder+"="+dir)
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		return got, fmt.Errorf("holding a vault in another program: %w: %s", err, strings.TrimSpace(said.String()))
	}
	if err := json.Unmarshal(out, &got); err != nil {
		return got, fmt.Errorf("reading what another program holds: %w", err)
	}
	return got, nil
}

// hold opens and unlocks a vault, says what memory that takes, and ends.
func hold(ctx context.Context, dir string, idle time.Duration, out io.Writer) (err error) {
	v, err := store.Open(ctx, store.Config{Dir: dir, Demo: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	h := holding{}
	if h.Opened, err = anonymous(); err != nil {
		return err
	}
	if err := rest(ctx, idle); err != nil {
		return err
	}
	if h.Locked, err = anonymous(); err != nil {
		return err
	}
	s, err := unlock(ctx, v)
	if err != nil {
		return err
	}
	defer s.Lock()
	if h.Unlocked, err = anonymous(); err != nil {
		return err
	}
	if err := rest(ctx, idle); err != nil {
		return err
	}
	if h.Idle, err = anonymous(); err != nil {
		return err
	}
	debug.FreeOSMemory()
	if h.Settled, err = anonymous(); err != nil {
		return err
	}
	h.People = s.Count()
	runtime.KeepAlive(v)
	return json.NewEncoder(out).Encode(h)
}

// rest leaves the program alone for a while.
func rest(ctx context.Context, idle time.Duration) error {
	left := time.NewTimer(idle)
	defer left.Stop()
	select {
	case <-left.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// anonymous is this process's resident memory that no file stands behind, where
// the system tells it (proc(5), status, RssAnon).
func anonymous() (int64, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		rest, ok := strings.CutPrefix(lines.Text(), "RssAnon:")
		if !ok {
			continue
		}
		kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("reading how much memory is anonymous: %w", err)
		}
		return kib << 10, nil
	}
	return 0, errors.New("the system does not say how much memory is anonymous")
}
