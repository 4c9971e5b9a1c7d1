package search

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"

	"satchel/store/identity"
)

// Index finds people. The zero value is not ready: use New. See the package
// comment for what it guarantees and for its locks.
type Index struct {
	// writing serialises Build, Put, Remove and Clear. Who holds it may read
	// the segments without mu: nobody else changes them.
	writing sync.Mutex
	// mu guards segments, and in them dead, alive and text.
	mu       sync.RWMutex
	segments []*segment // large ones first

	scratch sync.Pool // *scratch
}

// New makes an empty index.
func New() *Index {
	return &Index{scratch: sync.Pool{New: func() any { return new(scratch) }}}
}

// Format hides what the index holds for every print verb.
func (x *Index) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "[search index]") }

// LogValue hides what the index holds from slog.
func (x *Index) LogValue() slog.Value { return slog.StringValue("[search index]") }

// Len counts the people in the index.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	n := 0
	for _, s := range x.segments {
		n += s.alive
	}
	return n
}

// Build replaces everybody, using both cores. If a handle occurs twice, the
// later person counts.
func (x *Index) Build(people []Person) {
	x.writing.Lock()
	defer x.writing.Unlock()
	built := buildSegments(people)
	if len(built) > 1 || len(built) == 1 && built[0].hasTwice() {
		built = buildSegments(latest(people)) // a map of everybody is dear, and seldom needed
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.wipeLocked()
	x.segments = built
}

// Put adds people, or replaces those whose handle the index has. Give a batch
// at once: one call makes one change. Cost: about the batch's own building,
// times the logarithm of how many there are, over many calls.
func (x *Index) Put(people ...Person) {
	if len(people) == 0 {
		return
	}
	x.writing.Lock()
	defer x.writing.Unlock()
	people = slices.Clip(latest(people)) // never write behind the caller's slice
	replaced := make(map[identity.Handle]bool, len(people))
	for i := range people {
		replaced[people[i].Handle] = true
	}
	// Join with the segments that are not much larger, so that sizes at least
	// halve from one segment to the next.
	kept := len(x.segments)
	for size := len(people); kept > 0 && x.segments[kept-1].alive <= 2*size && size < maxSegment/2; kept-- {
		size += x.segments[kept-1].alive
	}
	for _, s := range x.segments[kept:] {
		people = s.appendLive(people, func(h identity.Handle) bool { return !replaced[h] })
	}
	built := buildSegments(people)
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, s := range x.segments[kept:] {
		s.wipe()
	}
	x.segments = x.segments[:kept:kept]
	for h := range replaced {
		x.removeLocked(h)
	}
	x.segments = append(x.segments, built...)
}

// Remove forgets a person, and tells whether the index had them.
func (x *Index) Remove(h identity.Handle) bool {
	x.writing.Lock()
	defer x.writing.Unlock()
	at, had := x.drop(h)
	if had {
		x.compact(at)
	}
	return had
}

func (x *Index) drop(h identity.Handle) (segment int, had bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.removeLocked(h)
}

func (x *Index) removeLocked(h identity.Handle) (segment int, had bool) {
	for i, s := range x.segments {
		if slot, ok := s.find(h); ok {
			s.remove(slot)
			return i, true
		}
	}
	return 0, false
}

// compact builds a segment again of which more than half was removed. The
// caller holds writing.
func (x *Index) compact(at int) {
	old := x.segments[at]
	if 2*old.alive >= old.len() {
		return
	}
	built := buildSegments(old.appendLive(nil, func(identity.Handle) bool { return true }))
	x.mu.Lock()
	defer x.mu.Unlock()
	old.wipe()
	x.segments = append(append(x.segments[:at:at], built...), x.segments[at+1:]...)
}

// Clear forgets everybody, and overwrites what the index held. Rows that were
// given out are copies, and their holders' to drop.
func (x *Index) Clear() {
	x.writing.Lock()
	defer x.writing.Unlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.wipeLocked()
}

func (x *Index) wipeLocked() {
	for _, s := range x.segments {
		s.wipe()
	}
	x.segments = nil
}

// latest keeps the last person of each handle.
func latest(people []Person) []Person {
	last := make(map[identity.Handle]int, len(people))
	for i := range people {
		last[people[i].Handle] = i
	}
	if len(last) == len(people) {
		return people
	}
	out := make([]Person, 0, len(last))
	for i := range people {
		if last[people[i].Handle] == i {
			out = append(out, people[i])
		}
	}
	return out
}

func buildSegments(people []Person) []*segment {
	var out []*segment
	for len(people) > 0 {
		n := min(len(people), maxSegment)
		out = append(out, buildSegment(people[:n]))
		people = people[n:]
	}
	return out
}
