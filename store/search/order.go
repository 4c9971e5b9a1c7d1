package search

import (
	"slices"

	"satchel/store/identity"
)

// First gives the handles of the first people in the order of names, as rows
// that match equally well stand in; at most limit of them. Its cost follows the
// limit, not how many there are.
func (x *Index) First(limit int) []identity.Handle {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var heads []nameHead
	for _, s := range x.segments {
		if h := (nameHead{segment: s}); h.live() {
			heads = append(heads, h)
		}
	}
	var out []identity.Handle
	for len(heads) > 0 && len(out) < limit {
		best := 0
		for i := 1; i < len(heads); i++ {
			if heads[i].shown.compare(&heads[best].shown) < 0 {
				best = i
			}
		}
		out = append(out, heads[best].shown.handle)
		heads[best].slot++
		if !heads[best].live() {
			heads = slices.Delete(heads, best, best+1)
		}
	}
	return out
}

// nameHead is the first person of a segment that was not taken yet.
type nameHead struct {
	segment *segment
	slot    uint32
	shown   shownKey
}

// live moves on to somebody who was not removed, and tells whether there is one.
func (h *nameHead) live() bool {
	for ; int(h.slot) < h.segment.len(); h.slot++ {
		if !h.segment.isDead(h.slot) {
			p := h.segment.person(h.slot)
			h.shown = shownKeyOf(&p)
			return true
		}
	}
	return false
}

// Numbered gives the handles of everybody with this very number.
func (x *Index) Numbered(n identity.NHSNumber) []identity.Handle {
	if n.IsZero() {
		return nil
	}
	key := Person{Number: n}.numberKey()
	var out []identity.Handle
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, s := range x.segments {
		for _, slot := range between(s.byNumber, s.number, key, key+1) {
			if !s.isDead(slot) {
				out = append(out, s.handle[slot])
			}
		}
	}
	return out
}
