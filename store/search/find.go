package search

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"slices"
)

// Row is one person found. Like Person, it redacts itself.
type Row struct {
	Person
	Match Match
	Why   Why
	// SimilarTo warns that another of these rows has a like name and a near
	// birth date: "Similar names: check two details".
	SimilarTo bool
}

// Results answer one query. They redact themselves.
type Results struct {
	// Rows are the best matches, exact before prefix before similar and then
	// by name, at most as many as were asked for.
	Rows []Row
	// Total counts everybody who matches.
	Total int
	// Understood is how the query was read: where it could be read in several
	// ways, the likeliest in which anybody was found.
	Understood Understood
}

// Format hides the results for every print verb.
func (r Results) Format(s fmt.State, _ rune) { _, _ = fmt.Fprintf(s, "[%d people found]", r.Total) }

// LogValue hides the results from slog.
func (r Results) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(r)) }

// MarshalText hides the results from encoders not meant to see them.
func (r Results) MarshalText() ([]byte, error) { return fmt.Append(nil, r), nil }

// Format hides the row for every print verb.
func (r Row) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, hiddenPerson) }

// Find searches for what was typed. It gives at most limit rows; 50 for a
// limit of 0 or less, and never over 200. An empty query finds nobody.
func (x *Index) Find(typed string, limit int) Results {
	if limit <= 0 {
		limit = defaultRows
	}
	limit = min(limit, maxRows)
	q := parseQuery(typed)
	f := finding{query: q, limit: limit, scratch: x.scratch.Get().(*scratch), likeliest: len(q.readings)}
	x.searchAll(&f)
	x.scratch.Put(f.scratch)

	slices.SortFunc(f.rows, func(a, b scored) int {
		return cmp.Or(cmp.Compare(a.score, b.score), compareShown(&a.row.Person, &b.row.Person))
	})
	r := Results{Total: f.total, Rows: make([]Row, min(limit, len(f.rows)))}
	for i := range r.Rows {
		r.Rows[i] = f.rows[i].row
	}
	if f.likeliest == len(q.readings) {
		f.likeliest = 0
	}
	r.Understood = q.understood(f.likeliest)
	markAlike(r.Rows)
	return r
}

func (x *Index) searchAll(f *finding) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, s := range x.segments {
		f.search(s)
	}
}

// finding is one search on its way.
type finding struct {
	*query
	*scratch
	limit     int
	total     int
	likeliest int // the first reading in which anybody was found
	rows      []scored
}

type scored struct {
	row   Row
	score uint16
}

// scratch is what a search needs for the time it runs, kept between searches.
// It holds slots and ranks, and nothing of anybody.
type scratch struct {
	cost    []uint16 // by slot: best cost of the leading term plus one
	score   []uint16 // by slot: best over the readings so far
	reached []uint32 // slots with a cost
	found   []uint32 // slots with a score
	running []running
	words   []uint64 // forms seen
	terms   []resolved
	keys    []uint64
}

func (sc *scratch) seenWords(n int) []uint64 {
	need := (n + 63) / 64
	if cap(sc.words) < need {
		sc.words = make([]uint64, need)
	}
	clear(sc.words[:need])
	return sc.words[:need]
}

// ready makes room for a segment. cost and score are zero outside of search.
func (sc *scratch) ready(people, terms int) {
	if len(sc.cost) < people {
		sc.cost, sc.score = make([]uint16, people), make([]uint16, people)
	}
	if cap(sc.terms) < terms {
		sc.terms = make([]resolved, terms)
	}
	sc.terms = sc.terms[:terms]
	clear(sc.terms)
	sc.reached, sc.found, sc.keys = sc.reached[:0], sc.found[:0], sc.keys[:0]
}

// search finds who matches in one segment and keeps the best of them.
func (f *finding) search(s *segment) {
	f.ready(s.len(), len(f.query.terms))
	for i, reading := range f.readings {
		before := len(f.found)
		f.follow(s, reading)
		f.gather(s)
		if len(f.found) > before {
			f.likeliest = min(f.likeliest, i)
		}
	}
	f.total += len(f.found)
	for _, slot := range f.found {
		f.keys = append(f.keys, uint64(f.score[slot])<<32|uint64(slot))
		f.score[slot] = 0
	}
	f.keys = smallest(f.keys, f.limit)
	for _, key := range f.keys {
		slot := uint32(key)
		row := Row{Person: s.person(slot), Match: Match(uint16(key>>32) >> matchShift)}
		row.Why = f.why(s, slot, uint16(key>>32))
		f.rows = append(f.rows, scored{row, uint16(key >> 32)})
	}
}

// lookUp resolves a term in a segment, once.
func (f *finding) lookUp(s *segment, i int) *resolved {
	r := &f.scratch.terms[i]
	if !r.done {
		s.resolve(&f.query.terms[i], r, f.scratch)
	}
	return r
}

// probeFactor is how many times dearer it is to ask a term about one slot than
// to visit one of the slots it matches.
const probeFactor = 8

// follow finds who matches every term of a reading. The term with the fewest
// matches leads; each other one is asked about the slots still in the running,
// or visits what it matches, whichever is cheaper.
func (f *finding) follow(s *segment, reading []int) {
	lead := reading[0]
	for _, i := range reading {
		if f.lookUp(s, i).size < f.lookUp(s, lead).size {
			lead = i
		}
	}
	if f.lookUp(s, lead).size == 0 {
		return
	}
	f.reached = s.mark(&f.query.terms[lead], f.lookUp(s, lead), f.cost, f.reached[:0])
	for i := range f.reached {
		slot := f.reached[i]
		c := f.cost[slot] - 1
		f.cost[slot] = 0
		f.running = append(f.running, running{slot, scoreOf(matchOf(c), c)})
	}
	for _, i := range reading {
		if i != lead {
			f.narrow(s, i)
		}
	}
}

// gather keeps, of the running and of those of earlier readings, the best
// score of each slot.
func (f *finding) gather(s *segment) {
	for _, r := range f.running {
		switch known := f.score[r.slot]; {
		case s.isDead(r.slot):
		case known == 0:
			f.score[r.slot] = r.score
			f.found = append(f.found, r.slot)
		case r.score < known:
			f.score[r.slot] = r.score
		}
	}
	f.running = f.running[:0]
}

// running is a slot that matched every term so far.
type running struct {
	slot  uint32
	score uint16
}

// narrow keeps the running that also match term i.
func (f *finding) narrow(s *segment, i int) {
	t, r := &f.query.terms[i], f.lookUp(s, i)
	visit := r.size <= probeFactor*len(f.running)
	if visit {
		f.reached = s.mark(t, r, f.cost, f.reached[:0])
	}
	kept := f.running[:0]
	for _, run := range f.running {
		var c uint16
		if visit {
			c = f.cost[run.slot] - 1 // noCost if it was not reached
		} else {
			c, _ = s.cost(t, r, run.slot)
		}
		if c != noCost {
			worst := max(Match(run.score>>matchShift), matchOf(c))
			kept = append(kept, running{run.slot, scoreOf(worst, run.score&(1<<matchShift-1)+c)})
		}
	}
	f.running = kept
	if visit {
		for _, slot := range f.reached {
			f.cost[slot] = 0
		}
	}
}

// mark visits a term and leaves in cost, by slot, the least it costs plus one.
// It gives the slots reached, in order where they are many.
func (s *segment) mark(t *term, r *resolved, cost []uint16, reached []uint32) []uint32 {
	s.visit(t, r, func(slots []uint32, c uint16) {
		for _, slot := range slots {
			switch known := cost[slot]; {
			case known == 0:
				cost[slot] = c + 1
				reached = append(reached, slot)
			case c+1 < known:
				cost[slot] = c + 1
			}
		}
	})
	if len(reached) < s.len()/8 {
		return reached
	}
	reached = reached[:0]
	for slot, c := range cost[:s.len()] {
		if c != 0 {
			reached = append(reached, uint32(slot))
		}
	}
	return reached
}

// why says by what a slot got its score, in the first reading that gives it.
func (f *finding) why(s *segment, slot uint32, score uint16) Why {
	for _, reading := range f.readings {
		var why Why
		var costs uint16
		worst := Exact
		for _, i := range reading {
			c, by := s.cost(&f.query.terms[i], f.lookUp(s, i), slot)
			if c == noCost {
				why = 0
				break
			}
			worst, costs, why = max(worst, matchOf(c)), costs+c, why|by
		}
		if why != 0 && scoreOf(worst, costs) == score {
			return why
		}
	}
	return 0
}

// smallest gives the n smallest keys, in no order: a heap of the n best so
// far, the worst on top.
func smallest(keys []uint64, n int) []uint64 {
	if len(keys) <= n {
		return keys
	}
	heap := keys[:n]
	for i := n/2 - 1; i >= 0; i-- {
		sink(heap, i)
	}
	for _, k := range keys[n:] {
		if k < heap[0] {
			heap[0] = k
			sink(heap, 0)
		}
	}
	return heap
}

func sink(heap []uint64, i int) {
	for {
		child := 2*i + 1
		if child >= len(heap) {
			return
		}
		if child+1 < len(heap) && heap[child+1] > heap[child] {
			child++
		}
		if heap[i] >= heap[child] {
			return
		}
		heap[i], heap[child] = heap[child], heap[i]
		i = child
	}
}
