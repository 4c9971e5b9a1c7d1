package faults

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// outcome is what came of one trial.
type outcome string

const (
	right   outcome = "right"             // everything, unsaid or not
	rebuilt outcome = "said and rebuilt"  // less, with a notice, and whole after the hub's next word
	named   outcome = "named error"       // it did not open, and says why
	healed  outcome = "died once, healed" // the process died, and a next start was one of the above
	wrongly outcome = "VIOLATION"
)

var outcomes = []outcome{right, rebuilt, named, healed, wrongly}

// matrix counts outcomes by kind of file and damage.
type matrix struct {
	seed uint64

	mu     sync.Mutex
	cells  map[string]map[string]map[outcome]int // under mu
	trials int                                   // under mu
}

// try damages a copy of a folder, opens it, and judges.
func (m *matrix) try(t *testing.T, w *looker, x trial) {
	dir := filepath.Join(w.base, fmt.Sprintf("trial-%d", x.n))
	defer os.RemoveAll(dir)
	if err := copyTree(dir, x.of.dir); err != nil {
		t.Error(err)
		return
	}
	kind, how := "nothing", "unharmed"
	if x.how.do != nil {
		kind, how = x.at.kind, x.how.name
		r := rand.New(rand.NewPCG(m.seed, x.n))
		done, err := x.how.do(r, filepath.Join(dir, x.at.name), filepath.Join(x.of.older, x.at.name))
		if err != nil {
			t.Errorf("%s: %s: %v", x.at.name, how, err)
		}
		if err != nil || !done {
			return
		}
	}
	got, err := x.of.judge(w, dir)
	if err != nil {
		t.Errorf("%s (%s), %s, trial %d: %v", x.at.name, x.of.state, how, x.n, err)
		keepEvidence(t, dir, x)
	}
	if kind == "nothing" && got != right {
		t.Errorf("control, %s: %s", x.of.state, got)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cells[kind] == nil {
		m.cells[kind] = map[string]map[outcome]int{}
	}
	if m.cells[kind][how] == nil {
		m.cells[kind][how] = map[outcome]int{}
	}
	m.cells[kind][how][got]++
	m.trials++
}

// keepEvidence keeps a folder that broke a promise, where SATCHEL_KEEP says.
func keepEvidence(t *testing.T, dir string, x trial) {
	if keep := os.Getenv("SATCHEL_KEEP"); keep != "" {
		if err := copyTree(filepath.Join(keep, fmt.Sprintf("trial-%d", x.n), "data"), dir); err != nil {
			t.Error(err)
		}
	}
}

// judge opens a folder, three times at most, and compares.
func (f *folder) judge(w *looker, dir string) (outcome, error) {
	died := 0
	for {
		var x [2]sight
		err := w.look(dir, &x)
		if errors.Is(err, errDied) {
			if died++; died == 3 {
				return wrongly, fmt.Errorf("it never comes up: %w", err)
			}
			continue
		}
		if err != nil {
			return wrongly, err
		}
		got, err := f.compare(x[0], x[1])
		if err == nil && died > 0 {
			got = healed
		}
		return got, err
	}
}

// compare judges what was found, before and after the hub told everything.
func (f *folder) compare(x, after sight) (outcome, error) {
	if x.Err != "" {
		if x.Named == "" {
			return wrongly, fmt.Errorf("an error without a name: %s", x.Err)
		}
		return named, nil
	}
	less, err := f.less(x)
	if err != nil {
		return wrongly, err
	}
	if less && len(x.Notices) == 0 {
		return wrongly, errors.New("less is held, and nobody is told")
	}
	if err := f.whole(after); err != nil {
		return wrongly, fmt.Errorf("after the hub told everything: %w", err)
	}
	if less || len(x.Notices) > 0 {
		return rebuilt, nil
	}
	return right, nil
}

// less tells whether there is less than there was; the error tells what may
// never be.
func (f *folder) less(x sight) (bool, error) {
	w := f.want
	switch {
	case x.Chain != "":
		return false, fmt.Errorf("the chain does not verify: %s", x.Chain)
	case x.Head != w.Head || x.Seq < w.Seq:
		return false, fmt.Errorf("entries are gone or others: %d of %d", x.Seq, w.Seq)
	case x.Joined < w.Joined || x.Obeyed < w.Obeyed || x.Epoch < w.Epoch || x.Fresh < w.Fresh:
		return false, errors.New("what the hub said was forgotten")
	case x.Left > w.Left:
		return false, errors.New("a wrong try was forgotten")
	case x.Credential != w.Credential:
		return false, errors.New("an approval is another")
	case x.Unlock != "":
		return false, fmt.Errorf("the right passphrase: %s", x.Unlock)
	case x.Rows > w.Rows:
		return false, errors.New("rows have come back")
	}
	less := x.Rows < w.Rows
	for n, doc := range w.Docs {
		switch got := x.Docs[n]; {
		case got == doc:
		case n == f.dead:
			return false, errors.New("who was withdrawn is back")
		case got == "missing" || got == "not found":
			less = true
		default:
			return false, fmt.Errorf("something else is shown: %s", got)
		}
	}
	return less, nil
}

// whole tells what is not as it was after the hub told everything.
func (f *folder) whole(x sight) error {
	if x.Healed != "" {
		return errors.New(x.Healed)
	}
	if x.Rows != f.due.Rows || x.Obeyed != f.due.Obeyed {
		return fmt.Errorf("%d rows, %d due", x.Rows, f.due.Rows)
	}
	for n, doc := range f.due.Docs {
		if x.Docs[n] != doc {
			return fmt.Errorf("%s is shown for what is due", x.Docs[n])
		}
	}
	return nil
}

// report prints kind x damage x outcome.
func (m *matrix) report(t *testing.T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	total := map[outcome]int{}
	fmt.Fprintf(&b, "%-28s %-16s", "file", "damage")
	for _, o := range outcomes {
		fmt.Fprintf(&b, " %18s", o)
	}
	for _, kind := range slices.Sorted(maps.Keys(m.cells)) {
		for _, how := range slices.Sorted(maps.Keys(m.cells[kind])) {
			fmt.Fprintf(&b, "\n%-28s %-16s", kind, how)
			for _, o := range outcomes {
				n := m.cells[kind][how][o]
				total[o] += n
				fmt.Fprintf(&b, " %18d", n)
			}
		}
	}
	t.Logf("\n%s", b.String())
	t.Logf("trials %d: right %d, said and rebuilt %d, named error %d, died once and healed %d, violations %d",
		m.trials, total[right], total[rebuilt], total[named], total[healed], total[wrongly])
	if *tableFile != "" {
		if err := os.WriteFile(*tableFile, []byte(b.String()+"\n"), 0o600); err != nil {
			t.Error(err)
		}
	}
}
