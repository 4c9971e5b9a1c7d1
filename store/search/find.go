package search

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"math/bits"
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
	if t := &f.terms[i]; t.as() == ByNumber && f.lookUp(s, i).size > s.len()/8 {
		f.searchNumbers(s, t.number)
		return
	}
	f.reached = s.mark(&f.terms[i], f.lookUp(s, i), f.cost, f.reached[:0])
	for _, slot := range f.reached {
		c := f.cost[slot] - 1
		f.cost[slot] = 0
		if !s.isDead(slot) {
			f.keep(slot, scoreOf(matchOf(c), c))
		}
	}
}

// searchNumbers is for the first digits, which very many numbers share: they all
// cost the same, so they are counted by their order and only the first by name
// are looked at.
func (f *finding) searchNumbers(s *segment, n numberRange) {
	alive := len(between(s.byNumber, s.number, n.lo, n.hi))
	for word, dead := range s.dead {
		for ; dead != 0; dead &= dead - 1 {
			if key := s.number[64*word+bits.TrailingZeros64(dead)]; key >= n.lo && key < n.hi {
				alive--
			}
		}
	}
	kept := 0
	for slot, key := range s.number {
		if kept == min(alive, f.limit) {
			break
		}
		if key >= n.lo && key < n.hi && !s.isDead(uint32(slot)) {
			f.keep(uint32(slot), scoreOf(matchOf(n.cost()), n.cost()))
			kept++
		}
	}
	f.total += alive - kept // keep has counted the others
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
