package search

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold gives the form under which a name is compared: its letters alone, lower
// case, without marks, at most maxForm bytes. "O'Brien", "o brien" and
// "OBRIEN" fold alike, and so do "Zoë" and "Zoe".
func fold(name string) string { return string(appendFold(nil, name)) }

func appendFold(dst []byte, name string) []byte {
	start := len(dst)
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= utf8.RuneSelf:
			return cutForm(appendFoldRunes(dst[:start], name), start)
		case c >= 'a' && c <= 'z':
			dst = append(dst, c)
		case c >= 'A' && c <= 'Z':
			dst = append(dst, c+'a'-'A')
		}
	}
	return cutForm(dst, start)
}

func cutForm(dst []byte, start int) []byte {
	end := min(len(dst), start+maxForm)
	for end < len(dst) && end > start && !utf8.RuneStart(dst[end]) {
		end--
	}
	return dst[:end]
}

// Letters that Unicode does not decompose, as British keyboards write them.
var plain = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ħ': "h", 'ŧ': "t",
}

func appendFoldRunes(dst []byte, name string) []byte {
	// Twice maxForm letters of input are more than a form can hold.
	for _, r := range norm.NFKD.String(cut(name, 8*maxForm)) {
		r = unicode.ToLower(r)
		if s, ok := plain[r]; ok {
			dst = append(dst, s...)
		} else if unicode.IsLetter(r) {
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// The two kinds of name form: the family name, and every other.
const (
	roleFamily = 'f'
	roleOther  = 'o'
)

// former finds the forms of one person's names, with buffers kept between
// people. A form as the vocabulary holds it is the folded letters, a zero byte
// and the role, so that sorting by bytes sorts by letters and then by role.
type former struct {
	buf   []byte
	seen  [][2]int // ranges of buf given already for this person
	visit func(form []byte)
}

// each visits every form of p once. The first is the whole family name and the
// second the whole first given name; either is empty but for zero and role
// when there is none.
func (f *former) each(p *Person) {
	f.buf, f.seen = f.buf[:0], f.seen[:0]
	f.whole(p.Family, roleFamily)
	f.whole(firstGiven(p), roleOther)
	f.parts(p.Family, roleFamily)
	for i, g := range p.Given {
		if i > 0 {
			f.whole(g, roleOther)
		}
		f.parts(g, roleOther)
	}
	f.whole(p.Preferred, roleOther)
	f.parts(p.Preferred, roleOther)
	for _, n := range p.Other {
		f.whole(n, roleOther)
		f.parts(n, roleOther)
	}
}

func (f *former) whole(name string, role byte) {
	start := len(f.buf)
	f.buf = append(appendFold(f.buf, name), 0, role)
	f.give(start)
}

// parts gives the halves of a double name, and the other spelling of Mc/Mac.
func (f *former) parts(name string, role byte) {
	f.scottish(name, role)
	if !severalParts(name) {
		return
	}
	for part := range eachPart(name) {
		start := len(f.buf)
		f.buf = appendFold(f.buf, part)
		if utf8.RuneCount(f.buf[start:]) < 2 {
			f.buf = f.buf[:start] // the O of O'Brien is no name
			continue
		}
		f.buf = append(f.buf, 0, role)
		f.give(start)
		f.scottish(part, role)
	}
}

// scottish gives McDonald for MacDonald and the other way about.
func (f *former) scottish(name string, role byte) {
	if len(name) < 4 || name[0]|0x20 != 'm' {
		return
	}
	start := len(f.buf)
	f.buf = appendFold(f.buf, name)
	form := f.buf[start:]
	switch {
	case len(form) >= 6 && bytes.HasPrefix(form, []byte("mac")):
		f.buf = append(f.buf[:start+1], f.buf[start+2:]...)
	case len(form) >= 4 && bytes.HasPrefix(form, []byte("mc")):
		f.buf = append(f.buf, 0)
		form = f.buf[start:]
		copy(form[2:], form[1:])
		form[1] = 'a'
		f.buf = cutForm(f.buf, start)
	default:
		f.buf = f.buf[:start]
		return
	}
	f.buf = append(f.buf, 0, role)
	f.give(start)
}

// give visits the form that starts at start, unless this person has it
// already. An empty one is visited only among the first two, to keep places.
func (f *former) give(start int) {
	form := f.buf[start:]
	if len(f.seen) >= 2 {
		if len(f.seen) >= maxForms || len(form) <= 2 {
			f.buf = f.buf[:start]
			return
		}
		for _, at := range f.seen {
			if bytes.Equal(f.buf[at[0]:at[1]], form) {
				f.buf = f.buf[:start]
				return
			}
		}
	}
	f.seen = append(f.seen, [2]int{start, len(f.buf)})
	f.visit(form)
}

// severalParts tells whether a name has more than one piece.
func severalParts(name string) bool {
	count := 0
	for range eachPart(name) {
		count++
		if count > 1 {
			return true
		}
	}
	return false
}

// eachPart yields the pieces of a name between spaces, hyphens, apostrophes
// and the like. Digits belong to a piece, and fold away.
func eachPart(name string) func(func(string) bool) {
	return func(yield func(string) bool) {
		start := -1
		for i, r := range name {
			if r|0x20 >= 'a' && r|0x20 <= 'z' || unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) {
				if start < 0 {
					start = i
				}
				continue
			}
			if start >= 0 && !yield(name[start:i]) {
				return
			}
			start = -1
		}
		if start >= 0 {
			yield(name[start:])
		}
	}
}
