package search

import (
	"slices"
	"unicode/utf8"

	"github.com/adrg/strutil/metrics"
)

// A name form is similar to what was typed if the two share a trigram, of the
// letters with two blanks before and one after, and their Jaro-Winkler
// likeness is at least similarAt. The two blanks make one letter in common at
// the beginning enough: the first letter is seldom the one mistyped.

var jaroWinkler = metrics.NewJaroWinkler()

func likeness(a, b string) float64 { return jaroWinkler.Compare(a, b) }

type trigram [3]rune

// appendTrigrams adds the trigrams of folded letters.
func appendTrigrams(dst []trigram, form []byte) []trigram {
	t := trigram{' ', ' ', ' '}
	for len(form) > 0 {
		r, n := utf8.DecodeRune(form)
		form = form[n:]
		t = trigram{t[1], t[2], r}
		dst = append(dst, t)
	}
	return append(dst, trigram{t[1], t[2], ' '})
}

const buckets = 27 * 27 * 27

// bucket is exact for the letters a to z; others share. That only makes more
// candidates.
func (t trigram) bucket() uint32 { return (code(t[0])*27+code(t[1]))*27 + code(t[2]) }

func code(r rune) uint32 {
	switch {
	case r >= 'a' && r <= 'z':
		return uint32(r-'a') + 1
	case r == ' ':
		return 0
	}
	return uint32(r)%26 + 1
}

// trigrams indexes a vocabulary large enough to need it.
func (s *segment) trigrams() {
	if s.vocabulary() < trigramsFrom {
		return
	}
	s.triAt = make([]uint32, buckets+1)
	var scratch []trigram
	total := 0
	for w := range uint32(s.vocabulary()) {
		scratch = appendTrigrams(scratch[:0], s.letters(w))
		total += len(scratch)
		for _, t := range scratch {
			s.triAt[t.bucket()+1]++
		}
	}
	for b := range buckets {
		s.triAt[b+1] += s.triAt[b]
	}
	next := slices.Clone(s.triAt)
	s.tri = make([]uint32, total)
	for w := range uint32(s.vocabulary()) {
		scratch = appendTrigrams(scratch[:0], s.letters(w))
		for _, t := range scratch {
			b := t.bucket()
			s.tri[next[b]] = w
			next[b]++
		}
	}
}

// shape is what a bound on the likeness of two forms needs.
type shape struct {
	runes int
	set   uint32 // bit per letter code that occurs
}

func shapeOf(form []byte) shape {
	var s shape
	for i := 0; i < len(form); {
		r, n := rune(form[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(form[i:])
		}
		i += n
		s.runes++
		s.set |= 1 << code(r)
	}
	return s
}

// near is a form that is similar, and what that costs in rank.
type near struct {
	word uint32
	cost uint16
}

// nearby finds the forms similar to typed, but those in [lo, hi), which begin
// with it. The result is in the order of words.
func (s *segment) nearby(t *term, lo, hi uint32, sc *scratch) []near {
	var out []near
	if utf8.RuneCountInString(t.name) >= similarFrom {
		out = s.misspelt(t.name, lo, hi, sc)
	}
	for _, nick := range t.nicks {
		for w := s.wordsFrom([]byte(nick)); w < uint32(s.vocabulary()) && string(s.letters(w)) == nick; w++ {
			if w < lo || w >= hi {
				out = append(out, near{w, costOf(nickLikeness, s.role(w))})
			}
		}
	}
	slices.SortFunc(out, func(a, b near) int {
		if a.word != b.word {
			return int(a.word) - int(b.word)
		}
		return int(a.cost) - int(b.cost)
	})
	return slices.CompactFunc(out, func(a, b near) bool { return a.word == b.word })
}

func (s *segment) misspelt(typed string, lo, hi uint32, sc *scratch) []near {
	probe := probeOf(typed)
	probe.grams = appendTrigrams(nil, probe.form)
	var out []near
	try := func(w uint32) {
		if w >= lo && w < hi {
			return
		}
		if j, ok := probe.like(s.letters(w)); ok {
			out = append(out, near{w, costOf(j, s.role(w))})
		}
	}
	if s.triAt == nil {
		for w := range uint32(s.vocabulary()) {
			try(w)
		}
		return out
	}
	seen := sc.seenWords(s.vocabulary())
	for _, g := range probe.grams {
		b := g.bucket()
		for _, w := range s.tri[s.triAt[b]:s.triAt[b+1]] {
			if bit := uint64(1) << (w % 64); seen[w/64]&bit == 0 {
				seen[w/64] |= bit
				try(w)
			}
		}
	}
	return out
}

// probe is a folded name, prepared for many comparisons.
type probe struct {
	typed string
	form  []byte
	shape shape
	grams []trigram // where trigrams are asked for
}

func probeOf(folded string) probe {
	form := []byte(folded)
	return probe{typed: folded, form: form, shape: shapeOf(form)}
}

// like compares with another form, dear work last.
func (p *probe) like(other []byte) (float64, bool) {
	if !p.couldBe(other, shapeOf(other)) {
		return 0, false
	}
	j := likeness(p.typed, string(other))
	if j < similarAt {
		return 0, false
	}
	var room [16]trigram
	for _, g := range appendTrigrams(room[:0], other) {
		if slices.Contains(p.grams, g) {
			return j, true
		}
	}
	return 0, false
}

// couldBe bounds Jaro-Winkler from above: a letter that the other form lacks
// cannot match, and no letter matches twice.
func (p *probe) couldBe(other []byte, o shape) bool {
	if o.runes == 0 {
		return false
	}
	matches := min(p.shape.runes-ones(p.shape.set&^o.set), o.runes-ones(o.set&^p.shape.set))
	jaro := (float64(matches)/float64(p.shape.runes) + float64(matches)/float64(o.runes) + 1) / 3
	same := 0
	for same < min(len(p.form), len(other), 16) && p.form[same] == other[same] {
		same++
	}
	if same > 4 {
		same = 4
	}
	return jaro+0.1*float64(same)*(1-jaro) >= similarAt-1e-9
}
