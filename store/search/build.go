package search

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"runtime"
	"slices"
	"sync"

	"satchel/store/identity"
)

// draft is one person on the way into a segment. Forms are numbered by the
// part until the parts' vocabularies are joined.
type draft struct {
	handle       identity.Handle
	number, post uint64
	birth        uint32
	text, forms  [2]uint32 // ranges of the part's text and forms
	part         *part
}

// part is what one core made of its share of the people.
type part struct {
	drafts []draft
	text   []byte
	forms  []uint32
	words  []string
	number map[string]uint32 // the place of a form in words
	joined []uint32          // its place in the joined vocabulary
	sorted []place
	names  former
}

// buildSegment makes a segment of people with different handles, at most
// maxSegment of them.
func buildSegment(people []Person) *segment {
	cores := 1
	if len(people) >= parallelFrom {
		cores = min(runtime.GOMAXPROCS(0), 8)
	}
	parts := make([]*part, cores)
	share := (len(people) + cores - 1) / cores
	each(cores, func(i int) {
		mine := people[min(i*share, len(people)):min((i+1)*share, len(people))]
		parts[i] = newPart(len(mine))
		for j := range mine {
			parts[i].add(mine[j])
		}
	})
	return joinParts(parts)
}

// joinParts makes one segment of parts, at most maxSegment people in all.
func joinParts(parts []*part) *segment {
	n := 0
	for _, p := range parts {
		n += len(p.drafts)
	}
	s := &segment{alive: n, dead: make([]uint64, (n+63)/64)}
	s.joinVocabularies(parts)
	each(len(parts), func(i int) { parts[i].sort(s) })
	all := parts[0].sorted
	for _, p := range parts[1:] {
		all = merge(all, p.sorted)
	}
	s.fill(all)
	s.index(len(parts) > 1)
	return s
}

// each runs work for 0 to n-1, side by side.
func each(n int, work func(i int)) {
	if n == 1 {
		work(0)
		return
	}
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { work(i) })
	}
	all.Wait()
}

// newPart makes a part with room for n people.
func newPart(n int) *part {
	p := &part{
		drafts: make([]draft, 0, n), forms: make([]uint32, 0, 4*n), text: make([]byte, 0, 96*n),
		number: map[string]uint32{},
	}
	p.names.visit = func(form []byte) {
		n, known := p.number[string(form)]
		if !known {
			n = uint32(len(p.words))
			p.words = append(p.words, string(form))
			p.number[p.words[n]] = n
		}
		p.forms = append(p.forms, n)
	}
	return p
}

// add takes a person in; nothing of theirs is kept but copies.
func (p *part) add(person Person) {
	person = person.sanitised()
	d := draft{
		part: p, handle: person.Handle, number: person.numberKey(), post: postKey(person.Postcode), birth: person.Born.pack(),
		text: [2]uint32{uint32(len(p.text))}, forms: [2]uint32{uint32(len(p.forms))},
	}
	p.text = appendText(p.text, person)
	p.names.each(&person)
	d.text[1], d.forms[1] = uint32(len(p.text)), uint32(len(p.forms))
	p.drafts = append(p.drafts, d)
}

// joinVocabularies gives every form its place in one sorted vocabulary.
func (s *segment) joinVocabularies(parts []*part) {
	each(len(parts), func(i int) {
		p := parts[i]
		p.joined = make([]uint32, len(p.words))
		p.number = nil
	})
	type entry struct {
		word string
		part int
		at   uint32
	}
	sorted := make([][]entry, len(parts))
	each(len(parts), func(i int) {
		es := make([]entry, len(parts[i].words))
		for n, w := range parts[i].words {
			es[n] = entry{w, i, uint32(n)}
		}
		slices.SortFunc(es, func(a, b entry) int { return cmp.Compare(a.word, b.word) })
		sorted[i] = es
	})
	s.wordAt = []uint32{0}
	for {
		least := -1
		for i, es := range sorted {
			if len(es) > 0 && (least < 0 || es[0].word < sorted[least][0].word) {
				least = i
			}
		}
		if least < 0 {
			return
		}
		e := sorted[least][0]
		sorted[least] = sorted[least][1:]
		if n := s.vocabulary(); n == 0 || string(s.word(uint32(n-1))) != e.word {
			s.words = append(s.words, e.word...)
			s.wordAt = append(s.wordAt, uint32(len(s.words)))
		}
		parts[e.part].joined[e.at] = uint32(s.vocabulary() - 1)
	}
}

// sort puts the part's people into the order of shownKey.
func (p *part) sort(s *segment) {
	for i, w := range p.forms {
		p.forms[i] = p.joined[w]
	}
	rank := func(w uint32) uint64 {
		if len(s.letters(w)) == 0 {
			return 1<<32 - 1 // no name: last
		}
		return uint64(w)
	}
	p.sorted = make([]place, len(p.drafts))
	for i := range p.drafts {
		d := &p.drafts[i]
		p.sorted[i] = place{rank(p.forms[d.forms[0]])<<32 | rank(p.forms[d.forms[0]+1]), d}
	}
	slices.SortFunc(p.sorted, comparePlaces)
}

// place is where a draft belongs: by family and first given name, as the joined
// vocabulary numbers them, then as shownKey says.
type place struct {
	names uint64
	draft *draft
}

func comparePlaces(a, b place) int {
	switch {
	case a.names < b.names:
		return -1
	case a.names > b.names:
		return 1
	}
	return cmp.Or(cmp.Compare(a.draft.birth, b.draft.birth), bytes.Compare(a.draft.handle[:], b.draft.handle[:]))
}

func merge(a, b []place) []place {
	out := make([]place, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if comparePlaces(a[0], b[0]) <= 0 {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// fill lays the columns out.
func (s *segment) fill(all []place) {
	n, text, forms := len(all), 0, 0
	for i := range all {
		text += int(all[i].draft.text[1] - all[i].draft.text[0])
		forms += int(all[i].draft.forms[1] - all[i].draft.forms[0])
	}
	s.handle, s.number, s.post, s.birth = make([]identity.Handle, n), make([]uint64, n), make([]uint64, n), make([]uint32, n)
	s.textAt, s.formAt = make([]uint32, 1, n+1), make([]uint32, 1, n+1)
	s.text, s.forms = make([]byte, 0, text), make([]uint32, 0, forms)
	for i := range all {
		d := all[i].draft
		s.handle[i], s.number[i], s.post[i], s.birth[i] = d.handle, d.number, d.post, d.birth
		s.text = append(s.text, d.part.text[d.text[0]:d.text[1]]...)
		for _, w := range d.part.forms[d.forms[0]:d.forms[1]] {
			if len(s.letters(w)) > 0 {
				s.forms = append(s.forms, w)
			}
		}
		s.textAt, s.formAt = append(s.textAt, uint32(len(s.text))), append(s.formAt, uint32(len(s.forms)))
	}
	s.words, s.wordAt = slices.Clip(s.words), slices.Clip(s.wordAt)
}

// index makes the permutations, postings and trigrams.
func (s *segment) index(parallel bool) {
	jobs := []func(){
		func() { s.postings(); s.trigrams() },
		func() {
			s.byNumber, s.byPost, s.byBirth = sorted(s.number), sorted(s.post), sorted(s.birth)
			s.byHandle = sortedHandles(s.handle)
		},
	}
	if parallel {
		each(len(jobs), func(i int) { jobs[i]() })
		return
	}
	for _, job := range jobs {
		job()
	}
}

// slotBits is the room for a slot beside a key of at most 37 bits.
const slotBits = 27

// sorted gives the slots that have a key, in its order.
func sorted[K uint32 | uint64](column []K) []uint32 {
	keys := make([]uint64, 0, len(column))
	for slot, k := range column {
		if k != 0 {
			keys = append(keys, uint64(k)<<slotBits|uint64(slot))
		}
	}
	slices.Sort(keys)
	out := make([]uint32, len(keys))
	for i, k := range keys {
		out[i] = uint32(k & (1<<slotBits - 1))
	}
	return out
}

func sortedHandles(handles []identity.Handle) []uint32 {
	type key struct {
		start uint64
		slot  uint32
	}
	keys := make([]key, len(handles))
	for slot, h := range handles {
		keys[slot] = key{binary.BigEndian.Uint64(h[:]), uint32(slot)}
	}
	slices.SortFunc(keys, func(a, b key) int {
		switch {
		case a.start < b.start:
			return -1
		case a.start > b.start:
			return 1
		}
		return bytes.Compare(handles[a.slot][:], handles[b.slot][:])
	})
	out := make([]uint32, len(keys))
	for i, k := range keys {
		out[i] = k.slot
	}
	return out
}

// postings counts, then deals: slots come out in order within each form.
func (s *segment) postings() {
	s.slotAt = make([]uint32, s.vocabulary()+1)
	for _, w := range s.forms {
		s.slotAt[w+1]++
	}
	for w := range s.vocabulary() {
		s.slotAt[w+1] += s.slotAt[w]
	}
	next := slices.Clone(s.slotAt)
	s.slots = make([]uint32, len(s.forms))
	for slot := range s.len() {
		for _, w := range s.forms[s.formAt[slot]:s.formAt[slot+1]] {
			s.slots[next[w]] = uint32(slot)
			next[w]++
		}
	}
}
