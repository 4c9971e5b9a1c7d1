package store

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"satchel/store/canon"
	"satchel/store/fact"
	"satchel/store/identity"
)

// TestMain lets this test binary be its own child.
func TestMain(m *testing.M) {
	var err error
	switch dir := os.Getenv("SATCHEL_TEST_DIR"); os.Getenv("SATCHEL_TEST_CHILD") {
	case "":
		flag.Parse()
		if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
			_ = f.Value.Set("20") // each check is a vault with its disk; -rapid.checks asks for more
		}
		os.Exit(m.Run())
	case "open":
		err = openAndClose(dir)
	case "work":
		err = work(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func child(what, dir string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "SATCHEL_TEST_CHILD="+what, "SATCHEL_TEST_DIR="+dir)
	return cmd
}

func openAndClose(dir string) error {
	v, err := Open(context.Background(), Config{Dir: dir, Demo: true})
	if err != nil {
		return err
	}
	return v.Close()
}

// step is one thing that the child does: take a record, or a governance run.
type step struct {
	Record []byte `cbor:"1,keyasint"`
	Wrap   []byte `cbor:"2,keyasint"`
	Run    []byte `cbor:"3,keyasint"`
}

var scriptLimits = canon.Limits{Bytes: 64 << 20, Depth: 4, Items: 1 << 16}

const scriptName = "script"

// work goes through the script again and again, with somebody unlocked, and
// says what was acknowledged.
func work(dir string) error {
	ctx := context.Background()
	v, err := Open(ctx, Config{Dir: dir, Demo: true})
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(filepath.Join(dir, scriptName))
	if err != nil {
		return err
	}
	var steps []step
	if err := canon.Unmarshal(raw, &steps, scriptLimits); err != nil {
		return err
	}
	s, err := v.Unlock(ctx, v.People()[0].Slot, []byte(passphrase))
	if err != nil {
		return err
	}
	fmt.Println("entry", v.ItemHead().Seq)
	for {
		for i := range steps {
			if err := steps[i].take(ctx, v); err != nil {
				return err
			}
			fmt.Println("step", i)
			if got, err := s.Find(ctx, "stays", 1); err == nil && len(got.Rows) == 1 {
				o, err := s.Read(ctx, request(got.Rows[0].Handle))
				if err != nil && !errors.Is(err, ErrMissing) {
					return err
				}
				if err == nil {
					fmt.Println("entry", o.Entry)
				}
			}
		}
	}
}

func (st *step) take(ctx context.Context, v *Vault) error {
	if len(st.Run) > 0 {
		run, err := fact.OpenRun(v.hubKey(), st.Run)
		if err != nil {
			return err
		}
		return v.TakeGovernance(ctx, run.Head.Value.Chain.Cohort, run)
	}
	rec, err := fact.OpenRecord(v.hubKey(), st.Record)
	if err != nil {
		return err
	}
	h := rec.Header.Value
	_, err = v.PutRecords(ctx, h.Cohort, []Incoming{{rec, st.Record, st.Wrap}}, h.Incarnation, h.Rev)
	return err
}

// A process killed at any moment loses nothing that it acknowledged: no entry,
// no record but what is fetched again, no erasure.
func TestKilled(t *testing.T) { // R8, I7
	rounds := 20
	if n, err := strconv.Atoi(os.Getenv("SATCHEL_KILLS")); err == nil {
		rounds = n
	}
	w := newWorld(t)
	w.wall = time.Now() // the child has the machine's clock
	w.cert = w.certificate(1)
	dir := t.TempDir()
	c := w.newCohort()
	cfg := w.config(dir, nil)
	cfg.Now, cfg.Boot = nil, nil
	v := w.laptop(cfg, c)
	steps, pids, killed := w.script(c)
	raw, err := canon.Marshal(steps, scriptLimits)
	w.must(err)
	w.must(os.WriteFile(filepath.Join(dir, scriptName), raw, 0o600))
	w.must(v.Close())
	done, entry := -1, uint64(0)
	for round := range rounds {
		reached, seq := w.killOnce(dir)
		done, entry = max(done, reached), max(entry, seq)
		v, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if v.ItemHead().Seq < entry {
			t.Fatalf("round %d: entry %d was acknowledged, the chain ends at %d", round, entry, v.ItemHead().Seq)
		}
		w.must(v.items.VerifyAll())
		for i := range done + 1 {
			v.mu.Lock()
			row := v.table.of(c.id, pids[i])
			v.mu.Unlock()
			gone := killed[i] >= 0 && killed[i] <= done
			if gone && row != nil || killed[i] < 0 && row == nil {
				t.Fatalf("round %d: step %d of %d: killed %v, held %v", round, i, done, gone, row != nil)
			}
		}
		w.must(v.Close())
	}
	t.Logf("%d kills, the script was at step %d of %d, %d entries acknowledged", rounds, done, len(steps), entry)
	if done < 0 || entry == 0 {
		t.Fatal("nothing was acknowledged in any round")
	}
}

// script releases patients and kills every third a little later. killed[i] is
// the step that kills the patient of step i, -1 for none.
func (w *world) script(c *hubCohort) (steps []step, pids []identity.PID, killed []int) {
	for i := range 60 {
		if i%6 == 5 {
			pid := pids[i-3]
			w.kill(c, pid, fact.Withdrawn)
			raw, err := w.governance(c).Raw()
			w.must(err)
			killed[i-3] = i
			steps, pids, killed = append(steps, step{Run: raw}), append(pids, pid), append(killed, i)
			continue
		}
		pid, name := identity.Random[identity.PID](), fmt.Sprintf("Person%d", i)
		if i == 0 {
			name = "Stays"
		}
		in := w.release(c, pid, document(name, number(i+1)))
		steps = append(steps, step{Record: in.RecordRaw, Wrap: in.WrapRaw})
		pids, killed = append(pids, pid), append(killed, -1)
	}
	return steps, pids, killed
}

// killOnce lets a child work for a random time after it is up, and kills it.
func (w *world) killOnce(dir string) (done int, entry uint64) {
	w.t.Helper()
	cmd := child("work", dir)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	w.must(err)
	w.must(cmd.Start())
	lines := bufio.NewScanner(out)
	done = -1
	budget := rand.IntN(120) // acknowledgements, and then a moment more
	for seen := 0; lines.Scan(); seen++ {
		what, n, _ := strings.Cut(lines.Text(), " ")
		i, err := strconv.Atoi(n)
		w.must(err)
		if what == "step" {
			done = max(done, i)
		} else {
			entry = max(entry, uint64(i))
		}
		if seen == budget {
			// Anywhere inside the next step.
			time.AfterFunc(time.Duration(rand.IntN(3000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
		}
	}
	if err := cmd.Wait(); err != nil && errs.Len() > 0 {
		w.t.Fatalf("the child failed of itself: %v\n%s", err, errs.String())
	}
	return done, entry
}
