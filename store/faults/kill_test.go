package faults

import (
	"bufio"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"satchel/store"
)

// rounds reads how many rounds were asked for.
func rounds(t *testing.T, env string, otherwise int) int {
	t.Helper()
	text := os.Getenv(env)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%s: a number", env, text)
	}
	return n
}

// working is a vault that children work on, and what they were told.
type working struct {
	*area
	dir string
	was said
}

// begin makes an enrolled vault in dir with a few patients, on the machine's
// clocks.
func begin(t *testing.T, dir string) *working {
	x := &working{area: newArea(t, time.Now()), dir: dir}
	ctx := t.Context()
	v, err := store.Create(ctx, workConfig(dir), x.founding())
	x.must(err)
	l := &life{a: x.area, v: v, said: said{left: -1, created: true}.clone()}
	x.admits(v)
	for range 6 {
		x.patient(500)
	}
	x.must(l.catchesUp(ctx), takeAll(ctx, l), v.Close())
	x.was = l.said
	return x
}

// A process killed at any moment loses nothing that it acknowledged, and what
// it leaves opens with nobody attending.
func TestKilled(t *testing.T) { // R8, I7
	n := rounds(t, "SATCHEL_KILLS", 20)
	base := t.TempDir()
	x := begin(t, filepath.Join(base, "data"))
	acknowledged, violations := 0, 0
	for round := range n {
		acknowledged += x.killOnce(t, filepath.Join(base, "data"))
		copied := filepath.Join(tempDir(t), "data")
		x.must(copyTree(copied, x.dir))
		if err := x.judge(t.Context(), later(copied), x.was, nil); err != nil {
			violations++
			t.Errorf("round %d: %v", round, err)
		}
		_ = os.RemoveAll(filepath.Dir(copied))
	}
	t.Logf("kills %d, acknowledgements %d, violations %d", n, acknowledged, violations)
	if acknowledged == 0 {
		t.Fatal("nothing was acknowledged in any round")
	}
}

// later is workConfig some minutes later: whoever was killed in the middle of a
// try waits no longer.
func later(dir string) store.Config {
	cfg := workConfig(dir)
	cfg.Now = func() time.Time { return time.Now().Add(10 * time.Minute) }
	return cfg
}

// killOnce lets a child work for a while, and kills it.
func (x *working) killOnce(t *testing.T, dir string) (acknowledged int) {
	t.Helper()
	x.wall = time.Now()
	plan := x.day(60)
	x.must(writeSteps(dir, plan))
	cmd := child("work", dir)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	x.must(err)
	x.must(cmd.Start())
	budget := rand.IntN(240)
	err = listen(bufio.NewScanner(out), plan, &x.was, func() {
		if acknowledged++; acknowledged == budget {
			// Anywhere inside what it does next.
			time.AfterFunc(time.Duration(rand.IntN(4000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
		}
	})
	if werr := cmd.Wait(); err != nil || werr != nil && errs.Len() > 0 {
		t.Fatalf("the child failed of itself: %v, %v\n%s", err, werr, errs.String())
	}
	return acknowledged
}

// The method judges itself: a writer that syncs loses nothing to a kill, and one
// that keeps what it acknowledged in its own memory is caught.
func TestKillIsCalibrated(t *testing.T) {
	for _, c := range []struct {
		what string
		bad  bool
	}{{"append", false}, {"buffered", true}} {
		lost, total := uint64(0), uint64(0)
		for range 5 {
			dir := t.TempDir()
			cmd := child(c.what, dir)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			last, budget := uint64(0), uint64(rand.IntN(2000)+20)
			for lines := bufio.NewScanner(out); lines.Scan(); {
				if last, err = strconv.ParseUint(lines.Text(), 10, 64); err != nil {
					t.Fatal(err)
				}
				if last == budget {
					_ = cmd.Process.Kill()
				}
			}
			_ = cmd.Wait() // it was killed
			have, err := linesIn(dir)
			if err != nil {
				t.Fatal(err)
			}
			total += last
			lost += last - min(last, have)
		}
		t.Logf("%s: kills 5, acknowledged %d, lost %d", c.what, total, lost)
		if c.bad != (lost > 0) {
			t.Errorf("%s: %d of %d acknowledged lines lost", c.what, lost, total)
		}
	}
}
