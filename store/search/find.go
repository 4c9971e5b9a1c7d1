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
	r := Results{Rows: x.searchAll(&f), Total: f.total}
	x.scratch.Put(f.scratch)
	if f.likeliest == len(q.readings) {
		f.likeliest = 0
	}
	r.Understood = q.understood(f.likeliest)
	markAlike(r.Rows)
	return r
}

func (x *Index) searchAll(f *finding) []Row {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var heads []head
	for _, s := range x.segments {
		if keys := f.search(s); len(keys) > 0 {
			h := head{segment: s, resolved: f.resolved, keys: keys}
			h.next(f)
			heads = append(heads, h)
		}
	}
	var rows []Row
	for len(heads) > 0 && len(rows) < f.limit {
		best := 0
		for i := 1; i < len(heads); i++ {
			if heads[i].compare(&heads[best]) < 0 {
				best = i
			}
		}
		rows = append(rows, heads[best].row)
		if !heads[best].next(f) {
			heads = slices.Delete(heads, best, best+1)
		}
	}
	return rows
}

// head is the best row of a segment that was not taken yet.
type head struct {
	segment  *segment
	resolved []resolved // the terms, in this segment
	keys     []uint64   // of those behind it, in order
	row      Row
	score    uint16
	shown    shownKey
}

// next makes the next row, and tells whether there is one.
func (h *head) next(f *finding) bool {
	if len(h.keys) == 0 {
		return false
	}
	slot := uint32(h.keys[0])
	h.score = uint16(h.keys[0] >> 32)
	h.keys = h.keys[1:]
	h.row = Row{Person: h.segment.person(slot), Match: Match(h.score >> matchShift)}
	f.resolved = h.resolved
	h.row.Why = f.why(h.segment, slot, h.score)
	h.shown = shownKeyOf(&h.row.Person)
	return true
}

func (h *head) compare(other *head) int {
	return cmp.Or(cmp.Compare(h.score, other.score), h.shown.compare(&other.shown))
}

// finding is one search on its way.
type finding struct {
	*query
	*scratch
	limit     int
	total     int
	likeliest int        // the first reading in which anybody was found
	resolved  []resolved // the terms, in the segment that is being searched
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
	best    []uint64 // keys of the best of a segment
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
func (sc *scratch) ready(people int) {
	if len(sc.cost) < people {
		sc.cost, sc.score = make([]uint16, people), make([]uint16, people)
	}
	sc.reached, sc.found, sc.best = sc.reached[:0], sc.found[:0], sc.best[:0]
}

// search finds who matches in one segment, and gives the best of them: score and
// slot, in the order of rows.
func (f *finding) search(s *segment) []uint64 {
	f.ready(s.len())
	f.resolved = make([]resolved, len(f.terms))
	before := f.total
	switch {
	case len(f.readings) == 1 && len(f.readings[0]) == 1:
		f.searchTerm(s, f.readings[0][0])
	case len(f.readings) == 1:
		f.follow(s, f.readings[0])
		for _, r := range f.running {
			if !s.isDead(r.slot) {
				f.keep(r.slot, r.score)
			}
		}
	default:
		f.searchReadings(s)
	}
	if f.total > before && len(f.readings) == 1 {
		f.likeliest = 0
	}
	best := slices.Clone(f.best)
	slices.Sort(best)
	return best
}

// searchTerm is the shortest way for what is typed most: one piece, of which
// there may be as many matches as people.
func (f *finding) searchTerm(s *segment, i int) {
	f.reached = s.mark(&f.terms[i], f.lookUp(s, i), f.cost, f.reached[:0])
	for _, slot := range f.reached {
		c := f.cost[slot] - 1
		f.cost[slot] = 0
		if !s.isDead(slot) {
			f.keep(slot, scoreOf(matchOf(c), c))
		}
	}
}

// keep counts a match, and keeps it if it is among the best: a heap of limit
// keys, the worst on top. A key is the score and the slot, which is the order
// of names.
func (f *finding) keep(slot uint32, score uint16) {
	f.total++
	key := uint64(score)<<32 | uint64(slot)
	switch {
	case len(f.best) < f.limit:
		f.best = append(f.best, key)
		if len(f.best) == f.limit {
			for i := f.limit/2 - 1; i >= 0; i-- {
				sink(f.best, i)
			}
		}
	case key < f.best[0]:
		f.best[0] = key
		sink(f.best, 0)
	}
}

// searchReadings gathers the best score of each slot over several readings.
func (f *finding) searchReadings(s *segment) {
	for i, reading := range f.readings {
		before := len(f.found)
		f.follow(s, reading)
		f.gather(s)
		if len(f.found) > before {
			f.likeliest = min(f.likeliest, i)
		}
	}
	for _, slot := range f.found {
		f.keep(slot, f.score[slot])
		f.score[slot] = 0
	}
}

// lookUp resolves a term in a segment, once.
func (f *finding) lookUp(s *segment, i int) *resolved {
	r := &f.resolved[i]
	if !r.done {
		s.resolve(&f.terms[i], r, f.scratch)
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
	f.running = f.running[:0]
	if f.lookUp(s, lead).size == 0 {
		return
	}
	f.reached = s.mark(&f.terms[lead], f.lookUp(s, lead), f.cost, f.reached[:0])
	f.running = slices.Grow(f.running[:0], len(f.reached))
	for _, slot := range f.reached {
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
}

// running is a slot that matched every term so far.
type running struct {
	slot  uint32
	score uint16
}

// narrow keeps the running that also match term i.
func (f *finding) narrow(s *segment, i int) {
	t, r := &f.terms[i], f.lookUp(s, i)
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
// It gives the slots reached. Where those are many it looks for them afterwards,
// and gives them in order.
func (s *segment) mark(t *term, r *resolved, cost []uint16, reached []uint32) []uint32 {
	if r.size < s.len()/8 {
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
		return reached
	}
	s.visit(t, r, func(slots []uint32, c uint16) {
		for _, slot := range slots {
			if known := cost[slot]; known == 0 || c+1 < known {
				cost[slot] = c + 1
			}
		}
	})
	reached = slices.Grow(reached, min(r.size, s.len()))
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
			c, by := s.cost(&f.terms[i], f.lookUp(s, i), slot)
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
