package search

import (
	"math/bits"
	"slices"
)

func ones(set uint32) int { return bits.OnesCount32(set) }

// What a match costs in rank. A term's cost says its Match: below costPrefix
// exact, below costSimilar prefix, above similar. The ranks of a person's terms
// are added, and the worst of them is the person's Match.
const (
	costExact   = 0
	costPrefix  = 2
	costSimilar = 100
	// costSimilar plus what likeness lacks of 1, in thousandths, plus 1 for a
	// name other than the family name, is below 65535 by far.

	noCost = ^uint16(0)
)

func costOf(likeness float64, role byte) uint16 {
	return costSimilar + uint16((1-likeness)*1000+0.5) + roleCost(role)
}

// roleCost puts family names before other names that match as well.
func roleCost(role byte) uint16 {
	if role == roleFamily {
		return 0
	}
	return 1
}

// Match is how well a person suits a query.
type Match uint8

// The three kinds, best first; they are also the order of the rows.
const (
	Exact Match = iota + 1
	Prefix
	Similar
)

// String names the match for a developer.
func (m Match) String() string {
	switch m {
	case Exact:
		return "exact"
	case Prefix:
		return "prefix"
	case Similar:
		return "similar"
	}
	return "none"
}

func matchOf(cost uint16) Match {
	switch {
	case cost < costPrefix:
		return Exact
	case cost < costSimilar:
		return Prefix
	}
	return Similar
}

// A score is what a person's whole match costs: Match first, then the costs.
// 0 is none.
const matchShift = 13

func scoreOf(worst Match, costs uint16) uint16 { return uint16(worst)<<matchShift | costs }

// resolved is a term looked up in one segment.
type resolved struct {
	done         bool
	lo, same, hi uint32 // forms [lo,same) are the name typed, [same,hi) begin with it
	near         []near
	size         int // at most how many slots visit gives
}

func (s *segment) resolve(t *term, r *resolved, sc *scratch) {
	r.done = true
	if t.name != "" {
		key := append([]byte(t.name), 0)
		r.lo = s.wordsFrom(key[:len(t.name)])
		key[len(t.name)] = 1
		r.same = s.wordsFrom(key)
		key[len(t.name)] = 0xff // above every byte of UTF-8
		r.hi = s.wordsFrom(key)
		r.near = s.nearby(t, r.lo, r.hi, sc)
		r.size += int(s.slotAt[r.hi] - s.slotAt[r.lo])
		for _, n := range r.near {
			r.size += int(s.slotAt[n.word+1] - s.slotAt[n.word])
		}
	}
	if t.number.hi != 0 {
		r.size += len(between(s.byNumber, s.number, t.number.lo, t.number.hi))
	}
	for _, d := range t.dates {
		r.size += len(s.bornWithin(d))
	}
	for _, p := range t.posts {
		r.size += len(between(s.byPost, s.post, p.lo, p.hi))
	}
}

// bornWithin gives the slots whose year suits the pattern.
func (s *segment) bornWithin(d datePattern) []uint32 {
	if d.years.lo == 0 {
		return s.byBirth
	}
	return between(s.byBirth, s.birth, uint32(d.years.lo)<<9, uint32(d.years.hi+1)<<9)
}

// visit gives the slots that match the term, some more than once, and what the
// match costs.
func (s *segment) visit(t *term, r *resolved, give func(slots []uint32, cost uint16)) {
	for w := r.lo; w < r.hi; w++ {
		cost := roleCost(s.role(w))
		if w >= r.same {
			cost += costPrefix
		}
		give(s.slots[s.slotAt[w]:s.slotAt[w+1]], cost)
	}
	for _, n := range r.near {
		give(s.slots[s.slotAt[n.word]:s.slotAt[n.word+1]], n.cost)
	}
	if t.number.hi != 0 {
		s.visitNumbers(t.number, give)
	}
	for _, d := range t.dates {
		s.visitBorn(d, give)
	}
	for _, p := range t.posts {
		within := between(s.byPost, s.post, p.lo, p.hi)
		same := between(within, s.post, p.sameLo, p.sameHi)
		give(within, costPrefix)
		give(same, costExact)
	}
}

// visitNumbers goes through the column where most of it matches: to reach slots
// in the order of numbers is to jump about in memory.
func (s *segment) visitNumbers(n numberRange, give func(slots []uint32, cost uint16)) {
	within := between(s.byNumber, s.number, n.lo, n.hi)
	if len(within) < s.len()/8 {
		give(within, n.cost())
		return
	}
	var some [256]uint32
	count := 0
	for slot, key := range s.number {
		if key >= n.lo && key < n.hi {
			some[count] = uint32(slot)
			count++
		}
		if count == len(some) {
			give(some[:], n.cost())
			count = 0
		}
	}
	give(some[:count], n.cost())
}

func (s *segment) visitBorn(d datePattern, give func(slots []uint32, cost uint16)) {
	var one [1]uint32
	try := func(slot, packed uint32) {
		if cost := costOfFit(d.fit(packed)); cost != noCost {
			one[0] = slot
			give(one[:], cost)
		}
	}
	if within := s.bornWithin(d); len(within) < s.len()/8 {
		for _, slot := range within {
			try(slot, s.birth[slot])
		}
		return
	}
	for slot, packed := range s.birth { // of most years: the column is quicker than its order
		if day := packed & 31; d.day == 0 || day == uint32(d.day) || day == 0 {
			try(uint32(slot), packed)
		}
	}
}

// cost is what the term costs for one slot, and by what it matched; noCost if
// it does not match.
func (s *segment) cost(t *term, r *resolved, slot uint32) (uint16, Why) {
	best, why := noCost, Why(0)
	better := func(cost uint16, by Why) {
		if cost < best {
			best, why = cost, by
		}
	}
	if t.name != "" {
		for _, w := range s.forms[s.formAt[slot]:s.formAt[slot+1]] {
			better(r.nameCost(s, w), ByName)
		}
	}
	if key := s.number[slot]; key >= t.number.lo && key < t.number.hi {
		better(t.number.cost(), ByNumber)
	}
	for _, d := range t.dates {
		better(costOfFit(d.fit(s.birth[slot])), ByBirth)
	}
	for _, p := range t.posts {
		better(p.cost(s.post[slot]), ByPostcode)
	}
	return best, why
}

func (r *resolved) nameCost(s *segment, w uint32) uint16 {
	switch {
	case w >= r.lo && w < r.same:
		return roleCost(s.role(w))
	case w >= r.same && w < r.hi:
		return costPrefix + roleCost(s.role(w))
	case len(r.near) == 0 || w < r.near[0].word || w > r.near[len(r.near)-1].word:
		return noCost
	}
	i, found := slices.BinarySearchFunc(r.near, w, func(n near, w uint32) int { return int(n.word) - int(w) })
	if !found {
		return noCost
	}
	return r.near[i].cost
}

func (n numberRange) cost() uint16 {
	if n.whole {
		return costExact
	}
	return costPrefix
}

func (p postRange) cost(key uint64) uint16 {
	switch {
	case key >= p.sameLo && key < p.sameHi:
		return costExact
	case key >= p.lo && key < p.hi:
		return costPrefix
	}
	return noCost
}

func costOfFit(f fit) uint16 {
	switch f {
	case fully:
		return costExact
	case partly:
		return costPrefix
	case maybe:
		return costSimilar
	}
	return noCost
}
