package faults

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"satchel/store"
)

// folder is a data folder as it lies on a disk, with what it must give.
type folder struct {
	state string // closed, or killed
	dir   string
	older string // the same folder, earlier
	want  sight
	due   sight  // after the hub told everything
	dead  string // the number of who was withdrawn
}

// Every kind of file, damaged in every way: what is shown is right, or less is
// shown and said to be less and comes back, or a named error says which file it
// is. It is never wrong, never silently less, and never a loop of crashes.
func TestDamage(t *testing.T) { // R9, P28
	seed := uint64(1) // the check is the same each time; more at random is asked for
	if os.Getenv("SATCHEL_FLIPS") != "" {
		seed = uint64(time.Now().UnixNano())
	}
	if n, err := strconv.ParseUint(os.Getenv("SATCHEL_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("SATCHEL_SEED=%d", seed)
	base := tempDir(t)
	folders := layDown(t, base)
	m := &matrix{seed: seed, cells: map[string]map[string]map[outcome]int{}}
	trials := make(chan trial)
	done := make(chan struct{})
	for range workers {
		go func() {
			defer func() { done <- struct{}{} }()
			w := newLooker("look", base)
			defer w.stop()
			for x := range trials {
				m.try(t, w, x)
			}
		}()
	}
	plan(t, folders, seed, func(x trial) { trials <- x })
	close(trials)
	for range workers {
		<-done
	}
	m.report(t)
}

const workers = 2

// trial is one damage to one file.
type trial struct {
	of  folder
	at  target
	how harm
	n   uint64
}

// plan gives the trials: each file of each folder unharmed once, each kind of
// file in each way once, and as many at random as were asked for.
func plan(t *testing.T, folders []folder, seed uint64, give func(trial)) {
	n := uint64(0)
	next := func(x trial) {
		n++
		x.n = n
		give(x)
	}
	for _, f := range folders {
		next(trial{of: f})
	}
	more, _ := strconv.Atoi(os.Getenv("SATCHEL_FLIPS"))
	r := rand.New(rand.NewPCG(seed, 1))
	for _, f := range folders {
		found, err := targets(f.dir)
		if err != nil {
			t.Error(err)
			return
		}
		kinds := map[string][]target{}
		for _, at := range found {
			kinds[at.kind] = append(kinds[at.kind], at)
		}
		for _, all := range kinds {
			for _, how := range harms {
				next(trial{of: f, at: all[r.IntN(len(all))], how: how})
			}
		}
		for range more / len(folders) {
			next(trial{of: f, at: found[r.IntN(len(found))], how: harms[r.IntN(2)]})
		}
	}
}

// looker is a child process that opens folders; it is started anew when it
// died.
type looker struct {
	what string // which child
	base string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Scanner
	errs strings.Builder
}

func newLooker(what, base string) *looker { return &looker{what: what, base: base} }

var errDied = errors.New("the process died")

const patience = 60 * time.Second

// look has the child open a folder and say what it found.
func (k *looker) look(dir string, found any) error {
	if k.cmd == nil {
		if err := k.start(); err != nil {
			return err
		}
	}
	pid := k.cmd.Process
	late := time.AfterFunc(patience, func() { _ = pid.Kill() })
	defer late.Stop()
	if _, err := io.WriteString(k.in, dir+"\n"); err != nil || !k.out.Scan() {
		k.stop()
		return fmt.Errorf("%w: %s", errDied, firstLines(k.errs.String()))
	}
	return json.Unmarshal(k.out.Bytes(), found)
}

func (k *looker) start() (err error) {
	k.cmd = child(k.what, k.base)
	k.errs.Reset()
	k.cmd.Stderr = &k.errs
	if k.in, err = k.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := k.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	k.out = bufio.NewScanner(out)
	k.out.Buffer(nil, 16<<20)
	return k.cmd.Start()
}

func (k *looker) stop() {
	if k.cmd != nil {
		_ = k.in.Close()
		_ = k.cmd.Wait() // how it ended is in errs
		k.cmd = nil
	}
}

func firstLines(s string) string {
	lines := strings.SplitN(s, "\n", 4)
	return strings.Join(lines[:min(3, len(lines))], " | ")
}

// layDown makes the two folders: one closed in peace, and one whose process was
// killed, which has the files of an open cache.
func layDown(t *testing.T, base string) []folder {
	a := newArea(t, time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	live := filepath.Join(base, "live")
	ctx := context.Background()
	v, err := store.Create(ctx, a.config(live), a.founding())
	a.must(err)
	l := &life{a: a, v: v, said: said{}.clone()}
	a.admits(v)
	for i := range 12 {
		a.patient(i * 400)
	}
	a.must(l.catchesUp(ctx), takeAll(ctx, l))
	for range 20 {
		a.must(unlock(ctx, l))
		l.s.Lock()
	}
	a.must(v.Close())
	older := filepath.Join(base, "older")
	a.must(copyTree(older, live))
	v, err = store.Open(ctx, a.config(live))
	a.must(err)
	l.v = v
	a.withdraw(a.cohort.patients[3])
	for i := range 30 {
		a.patient(i * 150)
	}
	a.must(l.obeys(ctx), l.isFresh(), takeAll(ctx, l))
	for range 45 {
		a.must(unlock(ctx, l))
		l.s.Lock()
	}
	a.pass(time.Hour)
	a.must(receipted(ctx, l), v.Tick(ctx), wrong(ctx, l)) // the state is a minute old at most
	a.must(a.script(v).write(filepath.Join(base, scriptName)))
	killed := filepath.Join(base, "killed")
	a.must(copyTree(killed, live)) // as a kill leaves it: nothing here is held in memory alone
	a.must(v.Close())
	a.pass(time.Hour) // the wait after the wrong try
	s, err := readScript(filepath.Join(base, scriptName))
	a.must(err)
	s.Wall, s.Boot = a.wall.UnixMilli(), int64(a.boot)
	a.must(s.write(filepath.Join(base, scriptName)))
	folders := []folder{{state: "closed", dir: live, older: older}, {state: "killed", dir: killed, older: older}}
	for i := range folders {
		folders[i].dead = a.cohort.patients[3].number
		folders[i].learn(t, base)
	}
	return folders
}

// learn opens a copy, and takes what is found there for what is due, after it
// was compared with what the hub knows.
func (f *folder) learn(t *testing.T, base string) {
	dir := filepath.Join(base, "learn-"+f.state)
	if err := copyTree(dir, f.dir); err != nil {
		t.Fatal(err)
	}
	x := lookAt(t.Context(), dir)
	f.want, f.due = x[0], x[1]
	ok := 0
	for n, doc := range f.want.Docs {
		if len(doc) == 64 && n != f.dead {
			ok++
		}
	}
	if f.want.Err != "" || f.due.Healed != "" || ok != f.want.Rows || ok != len(f.want.Docs)-1 || f.want.Docs[f.dead] != "not found" || f.want.Seq < firstSeen {
		t.Fatalf("the folder is not what it was made to be: %+v", f.want)
	}
}
