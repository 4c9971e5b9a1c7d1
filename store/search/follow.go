package search

import "slices"

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
