package search

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"

	"satchel/store/identity"
)

// Why is a set of what a person was found by.
type Why uint8

// What a word typed can be.
const (
	ByNumber Why = 1 << iota
	ByName
	ByBirth
	ByPostcode
)

// String names the set for a developer: "number, name". Screens have words of
// their own.
func (w Why) String() string {
	var out []string
	for i, name := range []string{"number", "name", "date of birth", "postcode"} {
		if w&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}

// Term is one piece of a query: what was typed, as it was read, and what it
// may be. As is 0 where the piece could not be read as anything; nobody
// matches it. It redacts itself.
type Term struct {
	Text string // "943 476", "Barnaby", "14-Feb-1938", "LS1 4AP"
	As   Why
}

// Understood says how a query was read, for the screen to show.
type Understood struct {
	Terms []Term
	// ImpossibleNumber tells that ten digits were typed that cannot be an NHS
	// number: the check digit is wrong, or they are all alike. People whose
	// record holds such a number are still found.
	ImpossibleNumber bool
	// TooLong tells that more was typed than a search takes; nobody is found.
	TooLong bool
}

const hiddenQuery = "[search words]"

// Format hides what was typed for every print verb.
func (t Term) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, hiddenQuery) }

// LogValue hides what was typed from slog.
func (t Term) LogValue() slog.Value { return slog.StringValue(hiddenQuery) }

// MarshalText hides what was typed from encoders not meant to see it.
func (t Term) MarshalText() ([]byte, error) { return []byte(hiddenQuery), nil }

// Format hides what was typed for every print verb.
func (u Understood) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, hiddenQuery) }

// LogValue hides what was typed from slog.
func (u Understood) LogValue() slog.Value { return slog.StringValue(hiddenQuery) }

// MarshalText hides what was typed from encoders not meant to see it.
func (u Understood) MarshalText() ([]byte, error) { return []byte(hiddenQuery), nil }

// query is what was typed, as terms, and the ways of grouping it: a person is
// found who matches every term of one reading.
type query struct {
	terms      []term
	readings   [][]int // indexes of terms; the likeliest reading first
	impossible bool
	tooLong    bool
}

// term is one piece, with everything it may be.
type term struct {
	text   string
	number numberRange // zero: not a number
	dates  []datePattern
	posts  []postRange
	name   string   // folded
	nicks  []string // folded
}

// numberRange is every number that starts with the digits typed, as keys.
type numberRange struct {
	lo, hi     uint64 // lo <= key < hi
	whole      bool
	impossible bool // whole, and fails the check digit
}

func (t *term) as() Why {
	var w Why
	if t.number.hi != 0 {
		w |= ByNumber
	}
	if t.name != "" {
		w |= ByName
	}
	if len(t.dates) > 0 {
		w |= ByBirth
	}
	if len(t.posts) > 0 {
		w |= ByPostcode
	}
	return w
}

// understood describes one reading.
func (q *query) understood(reading int) Understood {
	u := Understood{ImpossibleNumber: q.impossible, TooLong: q.tooLong}
	if reading < len(q.readings) {
		for _, i := range q.readings[reading] {
			u.Terms = append(u.Terms, Term{q.terms[i].text, q.terms[i].as()})
		}
	}
	return u
}

// parseQuery reads what was typed. It never fails: what it cannot read becomes
// a term that nobody matches.
func parseQuery(typed string) *query {
	q := &query{}
	if len(typed) > maxQueryRunes*utf8.UTFMax || utf8.RuneCountInString(typed) > maxQueryRunes {
		q.tooLong = true
		return q
	}
	words := splitWords(typed)
	if len(words) > maxQueryWords {
		q.tooLong = true
		return q
	}
	g := grouper{query: q, words: words, from: make([][]group, len(words))}
	for i := range words {
		g.from[i] = g.groups(i)
	}
	g.read(0, nil)
	if len(q.readings) == 0 && len(words) > 0 { // two numbers, say: no one has both
		q.readings = [][]int{g.add(term{text: strings.Join(words, " ")})}
	}
	for _, readings := range q.readings[:min(1, len(q.readings))] {
		for _, i := range readings {
			q.impossible = q.impossible || q.terms[i].number.impossible
		}
	}
	return q
}

// splitWords cuts at spaces and commas, and drops what stands around a word.
func splitWords(typed string) []string {
	typed = strings.ToValidUTF8(typed, " ")
	fields := strings.FieldsFunc(typed, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(",;:|", r)
	})
	words := fields[:0]
	for _, f := range fields {
		f = strings.TrimRightFunc(strings.TrimLeftFunc(f, notWord), func(r rune) bool { return r != '/' && notWord(r) })
		if n := len(f) - 2; n >= 1 && n <= 2 && isDigits(f[:n]) && isOrdinal(f[n:]) {
			f = f[:n] // 14th
		}
		if f != "" {
			words = append(words, f)
		}
	}
	return words
}

func notWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }

// group is a run of words and the terms it stands for.
type group struct {
	words int
	terms []int
}

type grouper struct {
	*query
	words []string
	from  [][]group
}

// read follows every way of grouping the words from i on, longer groups first.
func (g *grouper) read(i int, terms []int) {
	if len(g.readings) >= maxReadings || !g.sensible(terms) {
		return
	}
	if i == len(g.words) {
		if len(terms) > 0 {
			g.readings = append(g.readings, append([]int(nil), terms...))
		}
		return
	}
	for _, next := range g.from[i] {
		g.read(i+next.words, append(terms[:len(terms):len(terms)], next.terms...))
	}
}

// sensible refuses a second number: a person has one.
func (g *grouper) sensible(terms []int) bool {
	numbers := 0
	for _, i := range terms {
		if g.terms[i].as() == ByNumber {
			numbers++
		}
	}
	return numbers <= 1
}

func (g *grouper) add(t term) []int {
	g.terms = append(g.terms, t)
	return []int{len(g.terms) - 1}
}

// groups finds what may start at word i, the longest first.
func (g *grouper) groups(i int) []group {
	switch w := g.words[i]; {
	case isDigits(w):
		return g.digitGroups(i)
	case strings.ContainsFunc(w, unicode.IsDigit):
		return g.mixedGroups(i)
	default:
		return g.nameGroups(i)
	}
}

// digitGroups reads digits typed with spaces: "943 476 5919", "14 02 1938",
// "14 feb 1938", "1938".
func (g *grouper) digitGroups(i int) []group {
	rest := g.words[i:]
	if len(rest) >= 3 && monthOf(rest[1]) != 0 && isDigits(rest[2]) {
		if d := datePatterns(rest[0], rest[1], rest[2]); len(d) > 0 {
			return []group{{3, g.add(term{text: d[0].text(), dates: d})}}
		}
	}
	run := 1
	for run < len(rest) && isDigits(rest[run]) {
		run++
	}
	var out []group
	for n := run; n >= 1; n-- {
		t := numberTerm(strings.Join(rest[:n], ""))
		if n <= 3 {
			t.dates = datePatterns(rest[:n]...)
		}
		out = g.appendTerm(out, i, n, t)
	}
	if run == 1 && len(rest) >= 2 && monthOf(rest[1]) != 0 {
		d := datePatterns(rest[0], rest[1])
		out = g.appendTerm(out, i, 2, term{dates: d})
	}
	if len(out) == 0 {
		out = []group{{run, g.add(term{text: strings.Join(rest[:run], " ")})}}
	}
	return out
}

// appendTerm adds t as a group of n words from word i on, unless it is nothing.
func (g *grouper) appendTerm(out []group, i, n int, t term) []group {
	switch t.as() {
	case 0:
		return out
	case ByBirth:
		t.text = t.dates[0].text()
	case ByBirth | ByNumber:
		t.text = strings.Join(g.words[i:i+n], " ")
	}
	return append(out, group{n, g.add(t)})
}

// mixedGroups reads a word of digits and other signs: "14/02/1938",
// "14feb1938", "943-476-5919", "LS14AP", "LS1" before "4AP".
func (g *grouper) mixedGroups(i int) []group {
	w := g.words[i]
	bare := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, w)
	var out []group
	if i+1 < len(g.words) && isOutward(bare) {
		if next := strings.ToLower(g.words[i+1]); isInward(next) {
			out = g.appendTerm(out, i, 2, postTerm(bare, next))
			if len(next) > 1 {
				return out
			}
		}
	}
	t := term{text: w, dates: datePatterns(dateParts(w)...), posts: postRanges(bare)}
	if isDigits(bare) && len(t.dates) == 0 && !strings.ContainsAny(w, "/.") {
		if n := numberTerm(bare); n.as() != 0 {
			t = n
		}
	}
	switch t.as() {
	case ByPostcode:
		t.text = strings.ToUpper(w)
	case ByBirth:
		t.text = t.dates[0].text()
	case 0:
		// Made-up populations number their names: "Abbott774".
		if form := fold(w); utf8.RuneCountInString(form) >= 3 && !isDigit(w[0]) {
			t = nameTerm(w, form)
		}
	}
	return append(out, group{1, g.add(t)})
}

// nameGroups reads a word of letters: a name, the half of one, or a month.
func (g *grouper) nameGroups(i int) []group {
	var out []group
	rest := g.words[i:]
	if monthOf(rest[0]) != 0 && len(rest) >= 2 && isDigits(rest[1]) {
		if len(rest) >= 3 && isDigits(rest[2]) { // "February 14 1938"
			out = g.appendTerm(out, i, 3, term{dates: datePatterns(rest[1], rest[0], rest[2])})
		}
		out = g.appendTerm(out, i, 2, term{dates: datePatterns(rest[0], rest[1])})
	}
	form := fold(rest[0])
	if form == "" {
		return append(out, group{1, g.add(term{text: rest[0]})})
	}
	if particles[form] && len(rest) >= 2 && !strings.ContainsFunc(rest[1], unicode.IsDigit) {
		if joined := fold(rest[0] + rest[1]); joined != form {
			out = g.appendTerm(out, i, 2, nameTerm(rest[0]+" "+rest[1], joined))
		}
	}
	out = append(out, group{1, g.add(nameTerm(rest[0], form))})
	if !strings.ContainsAny(rest[0], "-\u2010\u2011\u2013") {
		return out
	}
	var halves []int // "Evans-West" may be held as two names
	for part := range eachPart(rest[0]) {
		if f := fold(part); f != "" {
			halves = append(halves, g.add(nameTerm(part, f))...)
		}
	}
	if len(halves) > 1 {
		out = append(out, group{1, halves})
	}
	return out
}

// particles are typed apart from the rest of a family name by some.
var particles = map[string]bool{
	"o": true, "mc": true, "mac": true, "fitz": true, "d": true, "de": true, "di": true, "da": true, "del": true, "della": true, "du": true,
	"la": true, "le": true, "van": true, "von": true, "der": true, "den": true, "ter": true, "st": true, "saint": true, "ap": true, "ab": true,
	"al": true, "el": true, "bin": true, "ibn": true, "ben": true, "abu": true, "dos": true, "san": true,
}

func nameTerm(text, form string) term { return term{text: text, name: form, nicks: nicknames[form]} }

// numberTerm reads digits as an NHS number or its beginning.
func numberTerm(digits string) term {
	if len(digits) > 10 || digits == "" {
		return term{}
	}
	var v, span uint64 = 0, 1
	for i := range 10 {
		if i < len(digits) {
			v = v*10 + uint64(digits[i]-'0')
		} else {
			v, span = v*10, span*10
		}
	}
	return term{text: spaced(digits), number: numberRange{v + 1, v + 1 + span, len(digits) == 10, impossibleNumber(digits)}}
}

// spaced writes digits as they are said, 3-3-4 (domain.md 2.1).
func spaced(digits string) string {
	switch n := len(digits); {
	case n > 6:
		return digits[:3] + " " + digits[3:6] + " " + digits[6:]
	case n > 3:
		return digits[:3] + " " + digits[3:]
	default:
		return digits
	}
}

func impossibleNumber(digits string) bool {
	n, err := identity.ParseNHSNumber(digits)
	return err == nil && !n.Valid()
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
