package search

import (
	"bytes"
	"sort"

	"satchel/store/identity"
)

// segment holds some of the people, and never changes but for what remove
// does, which the index's mu guards. A slot is a person's place in it; slots
// are in the order of shownKey.
type segment struct {
	// Columns, by slot.
	handle []identity.Handle
	number []uint64 // numberKey
	post   []uint64 // postKey
	birth  []uint32 // Date.pack
	textAt []uint32 // text of slot s is text[textAt[s]:textAt[s+1]]
	text   []byte
	formAt []uint32 // name forms of slot s are forms[formAt[s]:formAt[s+1]]
	forms  []uint32

	// Slots in the order of a column; those without a value are left out.
	byHandle, byNumber, byPost, byBirth []uint32

	// The vocabulary of name forms, in order. Form w is followed by a zero
	// byte and its role; the slots that have it are slots[slotAt[w]:slotAt[w+1]].
	words  []byte
	wordAt []uint32
	slots  []uint32
	slotAt []uint32
	// Forms by the buckets of their trigrams; nil in a small vocabulary.
	triAt, tri []uint32

	dead  []uint64 // bit s: slot s was removed
	alive int
}

func (s *segment) len() int        { return len(s.handle) }
func (s *segment) vocabulary() int { return len(s.wordAt) - 1 }

// word is form w with its zero byte and role; letters and role take it apart.
func (s *segment) word(w uint32) []byte { return s.words[s.wordAt[w]:s.wordAt[w+1]] }

func (s *segment) letters(w uint32) []byte {
	form := s.word(w)
	return form[:len(form)-2]
}

func (s *segment) role(w uint32) byte { return s.words[s.wordAt[w+1]-1] }

func (s *segment) isDead(slot uint32) bool { return s.dead[slot/64]&(1<<(slot%64)) != 0 }

// find gives the slot of a handle, unless it was removed.
func (s *segment) find(h identity.Handle) (uint32, bool) {
	i := sort.Search(len(s.byHandle), func(i int) bool { return bytes.Compare(s.handle[s.byHandle[i]][:], h[:]) >= 0 })
	if i == len(s.byHandle) || s.handle[s.byHandle[i]] != h || s.isDead(s.byHandle[i]) {
		return 0, false
	}
	return s.byHandle[i], true
}

// hasTwice tells whether a handle occurs more than once.
func (s *segment) hasTwice() bool {
	for i := range max(0, len(s.byHandle)-1) {
		if s.handle[s.byHandle[i]] == s.handle[s.byHandle[i+1]] {
			return true
		}
	}
	return false
}

// remove forgets a person's text and marks the slot.
func (s *segment) remove(slot uint32) {
	s.dead[slot/64] |= 1 << (slot % 64)
	s.alive--
	clear(s.text[s.textAt[slot]:s.textAt[slot+1]])
}

// wipe overwrites everything that could say who was here.
func (s *segment) wipe() {
	clear(s.text)
	clear(s.words)
	clear(s.number)
	clear(s.post)
	clear(s.birth)
}

// person makes one person again; text is the segment's text, or a part of it
// that starts at from, as a string.
func (s *segment) person(slot uint32) Person {
	return s.personFrom(slot, string(s.text[s.textAt[slot]:s.textAt[slot+1]]))
}

func (s *segment) personFrom(slot uint32, text string) Person {
	p := Person{Handle: s.handle[slot], Number: numberOf(s.number[slot]), Born: unpackDate(s.birth[slot])}
	p.fromText(text)
	return p
}

// appendLive adds everybody who was not removed and whom keep wants.
func (s *segment) appendLive(out []Person, keep func(identity.Handle) bool) []Person {
	all := string(s.text) // one copy that every field of everybody shares
	for slot := range uint32(s.len()) {
		if !s.isDead(slot) && keep(s.handle[slot]) {
			out = append(out, s.personFrom(slot, all[s.textAt[slot]:s.textAt[slot+1]]))
		}
	}
	return out
}

// between gives the run of a permutation whose keys are at least lo and below hi.
func between[K uint32 | uint64](order []uint32, column []K, lo, hi K) []uint32 {
	from := sort.Search(len(order), func(i int) bool { return column[order[i]] >= lo })
	rest := order[from:]
	return rest[:sort.Search(len(rest), func(i int) bool { return column[rest[i]] >= hi })]
}

// wordsFrom is the first form that is not below key.
func (s *segment) wordsFrom(key []byte) uint32 {
	return uint32(sort.Search(s.vocabulary(), func(w int) bool { return bytes.Compare(s.word(uint32(w)), key) >= 0 }))
}
