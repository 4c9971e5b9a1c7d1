package fact

import (
	"errors"
	"strings"
	"testing"

	"satchel/store/canon"
	"satchel/store/identity"
)

// history is a drawing of one chain and its forks, "G1 -> A -> B": each name
// is one entry, linked to the name on its left; G0 is the chain's start.
type history struct {
	at     map[string]Point
	raw    map[string][]byte
	parent map[string]string
}

func draw(t testing.TB, drawing string) history {
	t.Helper()
	h := history{map[string]Point{"G0": testChain.Start()}, map[string][]byte{}, map[string]string{}}
	for line := range strings.Lines(drawing) {
		names := strings.Fields(strings.ReplaceAll(line, "->", " "))
		for i := 1; i < len(names); i++ {
			left, name := names[i-1], names[i]
			if _, drawn := h.at[left]; !drawn {
				t.Fatalf("%s is drawn after %s, which has no place", name, left)
			}
			if _, twice := h.parent[name]; twice {
				t.Fatalf("%s is drawn twice", name)
			}
			h.raw[name] = must(EncodeEntry(GovernanceEntry{
				N: h.at[left].N + 1, Kind: Kill, PID: identity.PID([]byte((name + strings.Repeat("-", 16))[:16])), Epoch: 2,
			}))
			h.at[name], h.parent[name] = h.at[left].Next(h.raw[name]), left
		}
	}
	return h
}

// run gives "A..C": what follows A, up to C, with C's signed head.
func (h history) run(span string) Run {
	from, to, _ := strings.Cut(span, "..")
	r := Run{From: h.at[from], Head: signHead(h.at[to])}
	for name := to; name != from; name = h.parent[name] {
		r.Entries = append([][]byte{h.raw[name]}, r.Entries...)
	}
	return r
}

// names says in the drawing's words what entries were given.
func (h history) names(entries [][]byte) string {
	var out []string
	for _, e := range entries {
		for name, raw := range h.raw {
			if string(raw) == string(e) {
				out = append(out, name)
			}
		}
	}
	return strings.Join(out, " ")
}

func TestAfterOnDrawnHistories(t *testing.T) {
	h := draw(t, `
		G0 -> G1 -> A -> B -> C
		      G1 -> X -> Y
	`)
	for _, c := range []struct {
		held, run, want string
		err             error
		why             string
	}{
		{"G0", "G0..C", "G1 A B C", nil, "a new holder takes all"},
		{"G1", "G1..C", "A B C", nil, "the run begins where the holder stands"},
		{"A", "G1..C", "B C", nil, "what is held already is left out"},
		{"C", "G1..C", "", nil, "nothing is new"},
		{"C", "C..C", "", nil, "a head alone"},
		{"C", "G1..B", "", nil, "the holder is further"},
		{"Y", "G0..A", "", nil, "further on a fork: not to be told from here"},
		{"G0", "G1..C", "", ErrGap, "G1 is missing"},
		{"G1", "B..C", "", ErrGap, "A and B are missing"},
		{"G1", "C..C", "", ErrGap, "a head alone, far ahead"},
		{"X", "G1..C", "", ErrFork, "X and A both follow G1"},
		{"X", "A..C", "", ErrFork, "the run begins at A, the holder stands at X"},
		{"Y", "G1..B", "", ErrFork, "same length, other history"},
		{"Y", "B..B", "", ErrFork, "a head alone, same length"},
		{"B", "G1..Y", "", ErrFork, "the other way round"},
	} {
		got, err := h.run(c.run).After(h.at[c.held])
		if h.names(got) != c.want || !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("held %s, run %s (%s): got %q %v, want %q %v", c.held, c.run, c.why, h.names(got), err, c.want, c.err)
		}
	}
}

func TestRunIsVerifiedLinkByLink(t *testing.T) {
	h := draw(t, "G0 -> G1 -> A -> B -> C")
	good := h.run("G1..C")
	open := func(r Run) error {
		raw, err := r.Raw()
		if err != nil {
			return err
		}
		_, err = OpenRun(hubPub, raw)
		return err
	}
	if err := open(good); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]Run{
		"an entry dropped":        {good.From, good.Entries[1:], good.Head},
		"the last entry dropped":  {good.From, good.Entries[:2], good.Head},
		"two entries swapped":     {good.From, [][]byte{good.Entries[1], good.Entries[0], good.Entries[2]}, good.Head},
		"an entry twice":          {good.From, append([][]byte{good.Entries[0]}, good.Entries...), good.Head},
		"from another point":      {h.at["G0"], good.Entries, good.Head},
		"from a made-up point":    {Point{N: 1}, good.Entries, good.Head},
		"an older head":           {good.From, good.Entries, signHead(h.at["B"])},
		"entries joined in one":   {good.From, [][]byte{append(append([]byte{}, good.Entries[0]...), good.Entries[1]...), good.Entries[2]}, good.Head},
		"a head of another chain": {testChain.Start(), nil, must(Sign(hubKey, Head{Chain: Chain{Area: testArea}, Point: Chain{Area: testArea}.Start()}))},
	} {
		if err := open(bad); !errors.Is(err, ErrRun) {
			t.Errorf("%s: %v", name, err)
		}
	}
	stranger := good
	stranger.Head = must(Sign(otherKey, good.Head.Value))
	if err := open(stranger); !errors.Is(err, ErrSignature) {
		t.Errorf("a stranger's head: %v", err)
	}
}

func TestChainsDoNotMix(t *testing.T) {
	other := Chain{Area: testArea, Cohort: identity.CohortID{'d'}}
	seen := map[Point]bool{}
	for _, c := range []Chain{testChain, other, {Area: testArea}, {Cohort: testCohort}} {
		if seen[c.Start()] {
			t.Errorf("%v starts where another chain starts", c)
		}
		seen[c.Start()] = true
	}
	if !(Chain{Area: testArea}).Membership() || testChain.Membership() {
		t.Error("membership is the chain without a cohort")
	}
}

func TestHeadOrder(t *testing.T) {
	at := func(inc, n uint64, time int64) Head {
		return Head{Incarnation: inc, Point: Point{N: n}, Time: time}
	}
	ascending := []Head{at(1, 5, 9), at(1, 6, 8), at(1, 6, 9), at(2, 4, 1)}
	for i, a := range ascending {
		for j, b := range ascending {
			if a.Newer(b) != (i > j) {
				t.Errorf("head %d newer than %d: %v", i, j, a.Newer(b))
			}
		}
	}
}

func TestRunLimits(t *testing.T) {
	if _, err := killRun(MaxRun).Raw(); err != nil {
		t.Errorf("the longest run: %v", err)
	}
	if _, err := killRun(MaxRun + 1).Raw(); !errors.Is(err, canon.ErrLimit) {
		t.Errorf("an entry too many: %v", err)
	}
	huge := make([]byte, MaxEntry+1)
	r := Run{From: testChain.Start(), Entries: [][]byte{huge}, Head: signHead(testChain.Start().Next(huge))}
	if _, err := OpenRun(hubPub, must(r.Raw())); !errors.Is(err, ErrRun) {
		t.Errorf("an entry too large: %v", err)
	}
	for len(r.Entries) < MaxRunBytes/MaxEntry {
		r.Entries = append(r.Entries, huge)
	}
	if _, err := r.Raw(); !errors.Is(err, canon.ErrLimit) {
		t.Errorf("a run too large: %v", err)
	}
}

// FuzzOpenRun: whatever opens is signed and linked, and encodes to itself.
func FuzzOpenRun(f *testing.F) {
	for _, n := range []int{0, 1, 3} {
		f.Add(must(killRun(n).Raw()))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := OpenRun(hubPub, raw)
		if err != nil {
			return
		}
		if !r.Head.By(hubPub) || r.From.N+uint64(len(r.Entries)) != r.Head.Value.Point.N {
			t.Fatal("opened a run that its head does not vouch for")
		}
		if again, err := r.Raw(); err != nil || string(again) != string(raw) {
			t.Fatalf("a run opened and carries on with other bytes: %v", err)
		}
	})
}
