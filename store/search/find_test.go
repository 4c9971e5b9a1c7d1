package search

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"satchel/store/identity"
)

func ethel() Person {
	return Person{
		Handle: testHandle(1), Number: mustNumber("9990000018"), Title: "Mrs", Family: "Barnaby", Given: []string{"Ethel", "May"}, Preferred: "Effie",
		Born: Date{1938, 2, 14}, Sex: "Female", Line: "3 Mill Road", Postcode: "LS1 4AP",
	}
}

// P2: one box, any order, the forms people type.
func TestFindsEthel(t *testing.T) {
	x := New()
	other := ethel()
	other.Handle, other.Number, other.Family, other.Given, other.Preferred = testHandle(2), mustNumber("9990000026"), "Quill", []string{"Xavier"}, ""
	other.Born, other.Postcode = Date{1971, 7, 30}, "CF10 1XY"
	x.Build([]Person{ethel(), other})
	for _, c := range []struct {
		typed string
		match Match
		why   Why
	}{
		{"9990000018", Exact, ByNumber},
		{"999 000 0018", Exact, ByNumber},
		{"999-000-0018", Exact, ByNumber},
		{"999 000 001", Prefix, ByNumber},
		{"9 9 9 0 0 0 0 0 1 8", Exact, ByNumber},
		{"barnaby", Exact, ByName},
		{"BARNABY, Ethel", Exact, ByName},
		{"ethel barnaby", Exact, ByName},
		{"effie", Exact, ByName},
		{"may", Exact, ByName},
		{"ba", Prefix, ByName},
		{"bar eth", Prefix, ByName},
		{"Barnbay", Similar, ByName},
		{"ehtel", Similar, ByName},
		{"ethel barnby", Similar, ByName},
		{"14/02/1938", Exact, ByBirth},
		{"14.2.38", Exact, ByBirth},
		{"14/2/38", Exact, ByBirth},
		{"14-02-1938", Exact, ByBirth},
		{"14-Feb-1938", Exact, ByBirth},
		{"14 feb 1938", Exact, ByBirth},
		{"14 February 38", Exact, ByBirth},
		{"14th feb 1938", Exact, ByBirth},
		{"14feb1938", Exact, ByBirth},
		{"February 14 1938", Exact, ByBirth},
		{"14 Chwefror 1938", Exact, ByBirth},
		{"14 02 1938", Exact, ByBirth},
		{"14021938", Exact, ByBirth},
		{"140238", Exact, ByBirth},
		{"1938-02-14", Exact, ByBirth},
		{"19380214", Exact, ByBirth},
		{"1938", Prefix, ByBirth},
		{"02/1938", Prefix, ByBirth},
		{"02/38", Prefix, ByBirth},
		{"feb 1938", Prefix, ByBirth},
		{"feb-1938", Prefix, ByBirth},
		{"14/02", Prefix, ByBirth},
		{"14/", Prefix, ByBirth},
		{"14/0", Prefix, ByBirth},
		{"14/02/1", Prefix, ByBirth},
		{"14/02/19", Prefix, ByBirth},
		{"14/02/193", Prefix, ByBirth},
		{"LS1 4AP", Exact, ByPostcode},
		{"ls14ap", Exact, ByPostcode},
		{"LS1", Exact, ByPostcode},
		{"ls1 4", Prefix, ByPostcode},
		{"ls14", Prefix, ByPostcode},
		{"ethel 1938", Prefix, ByName | ByBirth},
		{"1938 ethel", Prefix, ByName | ByBirth},
		{"LS1 4AP barnaby 14/02/1938 999 000 0018", Exact, ByName | ByBirth | ByPostcode | ByNumber},
		{"999 000 0018 1938", Prefix, ByNumber | ByBirth},
		{"mae barnaby 1938", 0, 0},
	} {
		r := x.Find(c.typed, 0)
		if c.match == 0 {
			if r.Total != 0 {
				t.Errorf("%q: %d found", c.typed, r.Total)
			}
			continue
		}
		if r.Total < 1 || r.Rows[0].Handle != ethel().Handle || r.Rows[0].Match != c.match || r.Rows[0].Why != c.why {
			t.Errorf("%q: %d found; want %s by %s, got %+v", c.typed, r.Total, c.match, c.why, describe(r))
		}
	}
	for _, typed := range []string{"", "  ", "barnaby smithers", "15/02/1938", "1939", "LS2", "31/02/1938", "14/13/1938", "12345678901", "?!", "999 000 0018 quill", "barnaby @@ 7%7"} {
		if r := x.Find(typed, 0); r.Total != 0 {
			t.Errorf("%q: %d found, none is right", typed, r.Total)
		}
	}
}

func describe(r Results) []string {
	var out []string
	for _, row := range r.Rows {
		out = append(out, fmt.Sprintf("%x %s %s", row.Handle[:2], row.Match, row.Why))
	}
	return out
}

// P2: names as they are said, written and misheard.
func TestFindsNamesHoweverTyped(t *testing.T) {
	for _, c := range []struct {
		family, given string
		typed         []string
		match         Match
	}{
		{"O'Brien", "Zoë", []string{"o'brien", "obrien", "o brien", "O’Brien", "brien", "zoe", "zoë", "ZOE O'BRIEN"}, Exact},
		{"McDonald", "Ian", []string{"mcdonald", "mc donald", "macdonald", "Mac Donald", "ian mcdonald"}, Exact},
		{"MacDonald", "Ian", []string{"mcdonald", "mc donald", "macdonald", "Mac Donald"}, Exact},
		{"Mc Donald", "Ian", []string{"mcdonald", "mc donald", "macdonald"}, Exact},
		{"FitzGerald", "Ann", []string{"fitzgerald", "fitz gerald", "Fitz-Gerald", "gerald"}, 0},
		{"Fitz Gerald", "Ann", []string{"fitzgerald", "fitz gerald", "Fitz-Gerald", "gerald"}, Exact},
		{"Evans-West", "Jonathan", []string{"evans-west", "evans west", "west evans", "evanswest", "evans", "west"}, Exact},
		{"Evans West", "Jonathan", []string{"evans-west", "evans west", "evanswest", "west"}, Exact},
		{"van der Berg", "Anne-Marie", []string{"van der berg", "vanderberg", "berg", "anne marie", "annemarie", "marie", "anne-marie"}, Exact},
		{"Łukasiewicz", "Zażółć", []string{"lukasiewicz", "ŁUKASIEWICZ", "zazolc"}, Exact},
		{"Straße", "Bjørn", []string{"strasse", "bjorn"}, Exact},
		{"Abbott774", "Aaron697", []string{"abbott", "aaron", "Abbott774"}, Exact},
		{"Иванов", "Анна", []string{"иванов", "ИВАНОВ анна"}, Exact},
		{"王", "小明", []string{"王", "小明"}, Exact},
		{"Smith", "William", []string{"bill", "bill smith", "smyth", "smithe", "willaim"}, Similar},
		{"Stephen", "Catherine", []string{"steven", "katherine", "kate", "cathrine"}, Similar},
		{"Evans-West", "Jonathan", []string{"evans-w", "wes", "jon"}, Prefix},
	} {
		x := New()
		x.Put(Person{Handle: testHandle(1), Family: c.family, Given: []string{c.given}})
		for _, typed := range c.typed {
			want := c.match
			if want == 0 { // one word: its end alone is no name
				want = Exact
				if typed == "gerald" {
					if r := x.Find(typed, 0); r.Total != 0 {
						t.Errorf("%s: %q found", c.family, typed)
					}
					continue
				}
			}
			if r := x.Find(typed, 0); r.Total != 1 || r.Rows[0].Match != want {
				t.Errorf("%s, %s: %q: %v; want %s", c.family, c.given, typed, describe(r), want)
			}
		}
	}
}

func TestOrderIsExactPrefixSimilar(t *testing.T) {
	x := New()
	add := func(n int, family, given string) {
		x.Put(Person{Handle: testHandle(n), Family: family, Given: []string{given}, Born: Date{1900 + 5*n, n, 1}})
	}
	add(1, "Smyth", "Ann")
	add(2, "Smithson", "Ann")
	add(3, "Zimmer", "Smith")
	add(4, "Smith", "Zoe")
	add(5, "Smith", "Ann")
	add(6, "Adams", "Smithy")
	add(7, "Jones", "Ann")
	r := x.Find("smith", 0)
	var order []string
	for _, row := range r.Rows {
		order = append(order, row.Family+" "+row.Given[0]+" "+row.Match.String())
	}
	want := []string{"Smith Ann exact", "Smith Zoe exact", "Zimmer Smith exact", "Smithson Ann prefix", "Adams Smithy prefix", "Smyth Ann similar"}
	if !slices.Equal(order, want) {
		t.Errorf("order: %q", order)
	}
	if r := x.Find("smith", 2); len(r.Rows) != 2 || r.Total != 6 || r.Rows[1].Match != Exact {
		t.Errorf("limit 2: %v of %d", describe(r), r.Total)
	}
}

// The first digits, which everybody shares, are counted without looking at
// everybody: those removed and those without a number must not be counted.
func TestFirstDigitsAreCountedRightly(t *testing.T) {
	x := New()
	var people []Person
	for n := range 300 {
		p := Person{Handle: testHandle(n), Family: fmt.Sprintf("Name%c%c", 'a'+n/26%26, 'a'+n%26)}
		if n%5 != 0 {
			p.Number = testNumber(4 * n)
		}
		people = append(people, p)
	}
	x.Build(people)
	for n := range 60 {
		x.Remove(testHandle(n))
	}
	if len(x.segments) != 1 {
		t.Fatal("the segment was built again: nobody in it is marked as removed")
	}
	held := map[identity.Handle]Person{}
	for _, p := range people[60:] {
		held[p.Handle] = p
	}
	for _, limit := range []int{1, 50, 200} {
		checkAgainstReference(t, x, held, "999", limit)
	}
	if r := x.Find("9", 0); r.Total != 192 {
		t.Errorf("%d found, 192 have a number", r.Total)
	}
}

// A record that knows less than was typed is not hidden, and not called exact.
func TestPartialBirthDateIsOnlySimilar(t *testing.T) {
	x := New()
	x.Put(Person{Handle: testHandle(1), Family: "Known", Born: Date{Year: 1938}}, Person{Handle: testHandle(2), Family: "None"})
	for typed, want := range map[string]Match{"1938": Prefix, "14/02/1938": Similar, "feb 1938": Similar, "14/02/1939": 0} {
		r := x.Find(typed, 0)
		if want == 0 && r.Total != 0 || want != 0 && (r.Total != 1 || r.Rows[0].Match != want) {
			t.Errorf("%q: %v, want %s", typed, describe(r), want)
		}
	}
}

func TestUnderstood(t *testing.T) {
	x := New()
	x.Put(ethel())
	for _, c := range []struct {
		typed, terms string
		impossible   bool
	}{
		{"9990000018", "999 000 0018=number", false},
		{"999 000 0019", "999 000 0019=number", true},
		{"9999999999", "999 999 9999=number", true},
		{"99900000", "999 000 00=number", false},
		{"ethel 14.2.38", "ethel=name; 14-Feb-1938=date of birth", false},
		{"ls14ap", "LS14AP=postcode", false},
		{"ls1 4ap ethel", "LS1 4AP=postcode; ethel=name", false},
		{"1938", "1938=number, date of birth", false},
		{"12345678901", "12345678901=", false},
		{"o brien", "o brien=name", false},
	} {
		u := x.Find(c.typed, 0).Understood
		var terms []string
		for _, term := range u.Terms {
			terms = append(terms, term.Text+"="+term.As.String())
		}
		if got := strings.Join(terms, "; "); got != c.terms || u.ImpossibleNumber != c.impossible {
			t.Errorf("%q: %q, impossible %t", c.typed, got, u.ImpossibleNumber)
		}
	}
	long := x.Find(strings.Repeat("a", maxQueryRunes+1), 0)
	wordy := x.Find(strings.Repeat("e ", maxQueryWords+1), 0)
	if !long.Understood.TooLong || !wordy.Understood.TooLong || long.Total+wordy.Total != 0 {
		t.Error("too long a query was searched")
	}
}

// A received number that cannot exist is a warning, never a reason to hide
// the record (domain.md 2.1).
func TestImpossibleNumberIsStillFound(t *testing.T) {
	x := New()
	x.Put(Person{Handle: testHandle(1), Number: mustNumber("9000000012"), Family: "Sample"})
	r := x.Find("900 000 0012", 0)
	if r.Total != 1 || r.Rows[0].Match != Exact || !r.Understood.ImpossibleNumber {
		t.Errorf("%v, impossible %t", describe(r), r.Understood.ImpossibleNumber)
	}
}

// R27, domain.md 3.3: a restricted person's address could endanger them.
func TestRestrictedPersonHasNoAddress(t *testing.T) {
	x, p := New(), ethel()
	p.Restricted = true
	x.Put(p)
	for _, typed := range []string{"LS1 4AP", "LS1", "ls14", "ethel ls1"} {
		if r := x.Find(typed, 0); r.Total != 0 {
			t.Errorf("%q found a restricted person by postcode", typed)
		}
	}
	r := x.Find("ethel barnaby", 0)
	if r.Total != 1 || !r.Rows[0].Restricted || r.Rows[0].Line != "" || r.Rows[0].Postcode != "" || r.Rows[0].Outward() != "" {
		t.Error("a restricted person's row holds an address, or is missing")
	}
	if bytes.Contains(x.segments[0].text, []byte("Mill")) {
		t.Error("the index keeps the address")
	}
}

func TestPersonWhoDiedIsFoundAndMarked(t *testing.T) {
	x, p := New(), ethel()
	p.Died = true
	x.Put(p)
	if r := x.Find("barnaby", 0); r.Total != 1 || !r.Rows[0].Died {
		t.Error("not found, or not marked")
	}
}

func TestRemovedPersonLeavesNoText(t *testing.T) {
	x := New()
	var people []Person
	for n := range 40 {
		p := ethel()
		p.Handle, p.Line = testHandle(n), fmt.Sprintf("%d Marker Lane", n)
		people = append(people, p)
	}
	x.Build(people)
	s := x.segments[0]
	if !x.Remove(testHandle(7)) || x.Remove(testHandle(7)) {
		t.Fatal("Remove told wrongly whether the person was there")
	}
	if bytes.Contains(s.text, []byte("\x0d7 Marker Lane")) || !bytes.Contains(s.text, []byte("\x0d8 Marker Lane")) {
		t.Error("text of the removed person is still there, or another's is gone")
	}
	if x.Find("barnaby", 0).Total != 39 {
		t.Error("the removed person is found")
	}
	for n := range 21 {
		x.Remove(testHandle(n))
	}
	if x.segments[0] == s || x.segments[0].len() != 19 || bytes.Contains(s.text, []byte("Lane")) {
		t.Error("a segment of which most were removed was not built again, or the old one not overwritten")
	}
	s = x.segments[0]
	x.Clear()
	if x.Len() != 0 || x.Find("barnaby", 0).Total != 0 || bytes.Contains(s.text, []byte("Lane")) || bytes.Contains(s.words, []byte("barnaby")) {
		t.Error("Clear left something")
	}
}

func TestSimilarNamesAreFlagged(t *testing.T) {
	base := ethel()
	for _, c := range []struct {
		name   string
		change func(*Person)
		want   bool
	}{
		{"same name, a day later", func(p *Person) { p.Born.Day = 15 }, true},
		{"same name, day and month changed round", func(p *Person) { p.Born = Date{1938, 4, 3} }, true},
		{"same name, a slip in the year", func(p *Person) { p.Born.Year = 1933 }, true},
		{"Ethyl Barnabee", func(p *Person) { p.Family, p.Given = "Barnabee", []string{"Ethyl"} }, true},
		{"an initial", func(p *Person) { p.Given = []string{"E"} }, true},
		{"no birth date", func(p *Person) { p.Born = Date{} }, true},
		{"another generation", func(p *Person) { p.Born = Date{1971, 7, 30} }, false},
		{"a brother", func(p *Person) { p.Given = []string{"Thomas"} }, false},
		{"another family", func(p *Person) { p.Family = "Quill" }, false},
	} {
		x, p := New(), base
		p.Handle = testHandle(2)
		c.change(&p)
		x.Put(base, p)
		typed := "ls1 4ap"
		r := x.Find(typed, 0)
		if len(r.Rows) != 2 || r.Rows[0].SimilarTo != c.want || r.Rows[1].SimilarTo != c.want {
			t.Errorf("%s: %d rows, flags %t", c.name, len(r.Rows), r.Rows[0].SimilarTo)
		}
	}
}

func TestNothingPrints(t *testing.T) {
	x := New()
	x.Put(ethel())
	r := x.Find("barnaby 9990000018", 0)
	if r.Total != 1 {
		t.Fatal("not found")
	}
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("x", "index", x, "results", r, "row", r.Rows[0], "rows", r.Rows, "person", r.Rows[0].Person, "born", r.Rows[0].Born,
			"understood", r.Understood, "term", r.Understood.Terms[0], "terms", r.Understood.Terms)
	}
	for _, v := range []any{x, r, &r, r.Rows, r.Rows[0], &r.Rows[0], r.Rows[0].Person, r.Rows[0].Born, r.Understood, r.Understood.Terms} {
		fmt.Fprintf(&log, "%v %+v %#v %s %q %x %d\n", v, v, v, v, v, v, v)
		if b, err := json.Marshal(v); err == nil {
			log.Write(b)
		}
	}
	out := strings.ToLower(strings.ReplaceAll(log.String(), " ", ""))
	for _, secret := range []string{"barnaby", "ethel", "effie", "9990000018", "1938", "mill", "ls14ap", "6261726e616279"} {
		if strings.Contains(out, secret) {
			t.Errorf("something of the person was printed")
		}
	}
}

// Find beside every kind of change; the race detector is the judge, and a
// person who is never touched must always be found.
func TestFindBesideChanges(t *testing.T) {
	x := New()
	steady := ethel()
	steady.Handle = identity.Handle{0xff}
	x.Put(steady)
	var all, writers sync.WaitGroup
	done := make(chan struct{})
	for w := range 3 {
		writers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 3))
			for range 150 {
				switch r.IntN(3) {
				case 0:
					x.Remove(testHandle(r.IntN(200)))
				case 1:
					x.Put(randomPerson(r, r.IntN(200)), randomPerson(r, r.IntN(200)))
				default:
					x.Build([]Person{steady, randomPerson(r, r.IntN(200))})
				}
			}
		})
	}
	for range 2 {
		all.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				rows := x.Find("Ethel Barnaby 14/02/1938", 200).Rows
				if !slices.ContainsFunc(rows, func(r Row) bool { return r.Handle == steady.Handle }) {
					t.Error("a person who was always there was not found")
					return
				}
				x.Len()
			}
		})
	}
	writers.Wait()
	close(done)
	all.Wait()
	x.Clear()
}
