package search

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/adrg/strutil/metrics"
	"pgregory.net/rapid"

	"satchel/store/identity"
)

// slowFind is what Find must agree with: it reads every person one by one and
// asks of each whether they match. It shares with Find the reading of the
// query and the folding of names, which have tables of their own, and nothing
// of the index.
type scored struct {
	row   Row
	score uint16
}

func slowFind(people map[identity.Handle]Person, typed string) []scored {
	q := parseQuery(typed)
	var out []scored
	for _, p := range people {
		p = p.sanitised()
		best := scored{row: Row{Person: p}}
		for _, reading := range q.readings {
			worst, costs, why := Exact, uint16(0), Why(0)
			for _, i := range reading {
				c, by := slowCost(&q.terms[i], &p)
				if c == noCost {
					worst = 0
					break
				}
				worst, costs, why = max(worst, slowMatch(c)), costs+c, why|by
			}
			if worst == 0 {
				continue
			}
			if score := uint16(worst)*8192 + costs; best.score == 0 || score < best.score {
				best.score, best.row.Match, best.row.Why = score, worst, why
			}
		}
		if best.score != 0 {
			out = append(out, best)
		}
	}
	slices.SortFunc(out, func(a, b scored) int {
		return cmp.Or(cmp.Compare(a.score, b.score), slowOrder(&a.row.Person, &b.row.Person))
	})
	return out
}

// slowOrder is the order of rows that match equally well.
func slowOrder(a, b *Person) int {
	last := func(name string) string {
		if f := fold(name); f != "" {
			return "1" + f
		}
		return "2"
	}
	given := func(p *Person) string { return strings.Join(p.Given[:min(1, len(p.Given))], "") }
	return cmp.Or(
		cmp.Compare(last(a.Family), last(b.Family)), cmp.Compare(last(given(a)), last(given(b))),
		cmp.Compare(a.Born.Year, b.Born.Year), cmp.Compare(a.Born.Month, b.Born.Month), cmp.Compare(a.Born.Day, b.Born.Day),
		cmp.Compare(a.Handle.String(), b.Handle.String()),
	)
}

func slowMatch(c uint16) Match {
	if c >= 100 {
		return Similar
	}
	if c >= 2 {
		return Prefix
	}
	return Exact
}

func slowCost(t *term, p *Person) (uint16, Why) {
	best, why := noCost, Why(0)
	better := func(c uint16, by Why) {
		if c < best {
			best, why = c, by
		}
	}
	if t.name != "" {
		for form, family := range slowForms(p) {
			c := slowNameCost(t, form)
			if c != noCost && !family {
				c++
			}
			better(c, ByName)
		}
	}
	if t.number.hi > 0 && !p.Number.IsZero() {
		switch digits := strings.ReplaceAll(t.text, " ", ""); {
		case p.Number.Digits() == digits:
			better(0, ByNumber)
		case strings.HasPrefix(p.Number.Digits(), digits):
			better(2, ByNumber)
		}
	}
	for _, d := range t.dates {
		switch d.fit(p.Born.pack()) {
		case fully:
			better(0, ByBirth)
		case partly:
			better(2, ByBirth)
		case maybe:
			better(100, ByBirth)
		}
	}
	if key := postKey(p.Postcode); key != 0 {
		for _, r := range t.posts {
			switch {
			case key >= r.sameLo && key < r.sameHi:
				better(0, ByPostcode)
			case key >= r.lo && key < r.hi:
				better(2, ByPostcode)
			}
		}
	}
	return best, why
}

// slowForms gives the name forms of a person, and whether each is of the
// family name.
func slowForms(p *Person) map[string]bool {
	out := map[string]bool{}
	f := former{visit: func(form []byte) {
		if letters := string(form[:len(form)-2]); letters != "" {
			out[letters] = out[letters] || form[len(form)-1] == roleFamily
		}
	}}
	f.each(p)
	return out
}

func slowNameCost(t *term, form string) uint16 {
	switch {
	case form == t.name:
		return 0
	case strings.HasPrefix(form, t.name):
		return 2
	}
	best := noCost
	if slices.Contains(t.nicks, form) {
		best = 100 + 50
	}
	if utf8.RuneCountInString(t.name) < 4 || !slowShareTrigram(t.name, form) {
		return best
	}
	if j := metrics.NewJaroWinkler().Compare(t.name, form); j >= 0.88 {
		best = min(best, 100+uint16((1-j)*1000+0.5))
	}
	return best
}

func slowShareTrigram(a, b string) bool {
	of := func(s string) map[string]bool {
		out, rs := map[string]bool{}, []rune("  "+s+" ")
		for i := range len(rs) - 2 {
			out[string(rs[i:i+3])] = true
		}
		return out
	}
	bs := of(b)
	for g := range of(a) {
		if bs[g] {
			return true
		}
	}
	return false
}

// randomQuery draws what somebody might type for p, whole, begun or mistyped,
// in any order.
func randomQuery(r *rand.Rand, p Person) string {
	born := p.Born
	if born.IsZero() {
		born = Date{1950, 1, 2}
	}
	pieces := []string{}
	for range 1 + r.IntN(3) {
		piece := pick(r, []string{
			p.Family, p.Family, strings.Join(p.Given, " "), p.Preferred, p.Number.Digits(), p.Number.Spaced(), p.Postcode, p.Outward(),
			pick(r, dateWritings)(born), pick(r, dateWritings)(born), pick(r, familyNames), pick(r, givenNames), "Bob", "Liz", "19", "9",
		})
		switch r.IntN(4) {
		case 0:
			piece = cut(piece, r.IntN(len(piece)+1))
		case 1:
			piece = mistype(r, piece)
		}
		pieces = append(pieces, piece)
	}
	return strings.Join(pieces, pick(r, []string{" ", ", ", "  "}))
}

func mistype(r *rand.Rand, s string) string {
	rs := []rune(s)
	if len(rs) < 2 {
		return s
	}
	i := r.IntN(len(rs) - 1)
	switch r.IntN(3) {
	case 0:
		rs[i], rs[i+1] = rs[i+1], rs[i]
	case 1:
		rs = slices.Delete(rs, i, i+1)
	default:
		rs[i] = rune('a' + r.IntN(26))
	}
	return string(rs)
}

func checkAgainstReference(t interface {
	Helper()
	Fatalf(string, ...any)
}, x *Index, people map[identity.Handle]Person, typed string, limit int,
) {
	t.Helper()
	got, want := x.Find(typed, limit), slowFind(people, typed)
	if got.Total != len(want) {
		t.Fatalf("%q: %d found, reference %d", typed, got.Total, len(want))
	}
	if len(got.Rows) != min(len(want), limit) {
		t.Fatalf("%q: %d rows of %d, limit %d", typed, len(got.Rows), len(want), limit)
	}
	for i, row := range got.Rows {
		w := want[i].row
		if row.Handle != w.Handle || row.Match != w.Match || row.Why != w.Why {
			t.Fatalf("%q row %d: %s, %s, %s; reference %s, %s, %s", typed, i, row.Handle, row.Match, row.Why, w.Handle, w.Match, w.Why)
		}
		if row.Family != w.Family || !slices.Equal(row.Given, w.Given) || row.Born != w.Born || row.Number != w.Number ||
			row.Line != w.Line || row.Postcode != w.Postcode || row.Died != w.Died || row.Restricted != w.Restricted || row.Sex != w.Sex ||
			row.Title != w.Title || row.Preferred != w.Preferred || !slices.Equal(row.Other, w.Other) {
			t.Fatalf("%q row %d: the row is not the person", typed, i)
		}
	}
}

// P2
func TestFindAgreesWithSlowReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		x, people := New(), map[identity.Handle]Person{}
		world := rapid.SampledFrom([]int{5, 60, 400}).Draw(t, "world")
		anyone := func() Person {
			if keys := slices.SortedFunc(maps.Keys(people), func(a, b identity.Handle) int { return strings.Compare(string(a[:]), string(b[:])) }); len(keys) > 0 {
				return people[pick(r, keys)]
			}
			return randomPerson(r, 0)
		}
		actions := map[string]func(*rapid.T){
			"build": func(t *rapid.T) {
				clear(people)
				var all []Person
				for range rapid.IntRange(0, world).Draw(t, "people") {
					p := randomPerson(r, r.IntN(2*world))
					all = append(all, p)
					people[p.Handle] = p
				}
				x.Build(all)
			},
			"put": func(t *rapid.T) {
				var batch []Person
				for range rapid.IntRange(1, 1+world/8).Draw(t, "people") {
					p := randomPerson(r, r.IntN(2*world))
					batch = append(batch, p)
					people[p.Handle] = p
				}
				x.Put(batch...)
			},
			"remove": func(t *rapid.T) {
				for range rapid.IntRange(1, 1+world/4).Draw(t, "people") {
					h := testHandle(r.IntN(2 * world))
					_, had := people[h]
					delete(people, h)
					if x.Remove(h) != had {
						t.Fatalf("Remove told wrongly whether the person was there")
					}
				}
			},
			"clear": func(*rapid.T) {
				clear(people)
				x.Clear()
			},
			"find": func(t *rapid.T) {
				checkAgainstReference(t, x, people, randomQuery(r, anyone()), rapid.SampledFrom([]int{1, 7, 200}).Draw(t, "limit"))
			},
			"": func(t *rapid.T) {
				if x.Len() != len(people) {
					t.Fatalf("%d people, %d expected", x.Len(), len(people))
				}
				checkAgainstReference(t, x, people, randomQuery(r, anyone()), 50)
			},
		}
		t.Repeat(actions)
	})
}

// P2. A vocabulary large enough for trigrams, and a build on both cores.
func TestLargeIndexAgreesWithSlowReference(t *testing.T) {
	const n = 6000
	people := bigPopulation(n)
	held := make(map[identity.Handle]Person, n)
	for _, p := range people {
		held[p.Handle] = p
	}
	x := New()
	x.Build(people)
	if s := x.segments[0]; len(x.segments) != 1 || s.triAt == nil {
		t.Fatal("the population is too small for what this test is to cover")
	}
	r := rand.New(rand.NewPCG(7, 7))
	for round := range 120 {
		checkAgainstReference(t, x, held, randomQuery(r, people[r.IntN(n)]), 50)
		if round%3 == 0 {
			p := bigPerson(r, r.IntN(n+n/2))
			held[p.Handle] = p
			x.Put(p)
		}
	}
}
