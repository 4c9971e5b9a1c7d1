package search

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"

	"satchel/store/identity"
)

// Made-up people, all with numbers from the test range, for tests and
// benchmarks. Family names are many and some are frequent, as they are in life.

var (
	givenNames = strings.Fields(`Ethel Mary John William Margaret Dafydd Siân Zoë Mohammed Patrick Anne-Marie Bill Jane Ian Elizabeth Kathryn Jon
		Chloë Ada Björn Agnieszka Priya Wei Oluwaseun Steven Stephen Bronwen Gwilym Robert Ruth George Edith Harold Doris`)
	familyNames = strings.Fields(`Smith Smyth Jones Barnaby O'Brien McDonald MacDonald Fitzgerald Evans-West Müller Nowak Ó|Briain van|der|Berg
		Patel Khan Begum Łukasiewicz Okafor Taylor Tyler Brown Browne Williams Davies Davis Thomas Evans Thompson Johnson Johnston Li`)
	streets = strings.Fields("High Station Church Mill Victoria Albert Park Chapel")
	areas   = []string{"LS1", "LS14", "SW1A", "M1", "M14", "CF10", "EC1A", "B33", "W1A", "DN55"}
)

func testHandle(n int) identity.Handle {
	var h identity.Handle
	// Scattered, as random handles are, and the same in every run.
	binary.BigEndian.PutUint64(h[:], uint64(n)*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint32(h[12:], uint32(n))
	return h
}

// testNumber gives the n-th valid number of the test range.
func testNumber(n int) identity.NHSNumber {
	for {
		nine := fmt.Sprintf("999%06d", n%1_000_000)
		if check, ok := identity.CheckDigit(nine); ok {
			return mustNumber(nine + string(check))
		}
		n++
	}
}

func mustNumber(s string) identity.NHSNumber {
	n, err := identity.ParseNHSNumber(s)
	if err != nil {
		panic(err)
	}
	return n
}

// randomPerson draws somebody from a small world, in which likeness, partial
// dates, missing parts and restricted people are frequent.
func randomPerson(r *rand.Rand, n int) Person {
	p := Person{
		Handle: testHandle(n), Number: testNumber(r.IntN(3000)), Title: "Mrs", Sex: "Female",
		Family: strings.ReplaceAll(pick(r, familyNames), "|", " "), Given: []string{pick(r, givenNames)},
		Born: Date{1930 + r.IntN(90), 1 + r.IntN(12), 1 + r.IntN(28)},
		Line: fmt.Sprintf("%d %s Road", 1+r.IntN(200), pick(r, streets)), Postcode: fmt.Sprintf("%s %d%s", pick(r, areas), r.IntN(10), pick(r, []string{"AA", "AP", "XY"})),
		Died: r.IntN(10) == 0, Restricted: r.IntN(10) == 0,
	}
	switch r.IntN(12) {
	case 0:
		p.Born.Day = 0
	case 1:
		p.Born.Day, p.Born.Month = 0, 0
	case 2:
		p.Born = Date{}
	case 3:
		p.Number = identity.NHSNumber{}
	case 4:
		p.Given, p.Preferred = append(p.Given, pick(r, givenNames)), pick(r, givenNames)
	case 5:
		p.Other = []string{pick(r, familyNames) + " " + pick(r, givenNames)}
	case 6:
		p.Family = ""
	case 7:
		p.Given = nil
	case 8:
		p.Postcode = pick(r, []string{"", "02101", "ls14ap", "GIR 0AA"})
	}
	return p
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

var syllables = strings.Fields("bar hol wen ter mar lin gre stan ash ley wor thing ton ham bur row den sha dock pen ro ka lo mi ra su ne")

// bigPerson draws from a world the size of a region: some 40,000 family names
// of very uneven frequency, and some 2,000 given names.
func bigPerson(r *rand.Rand, n int) Person {
	name := func(kinds, least int) string {
		k := int(float64(kinds) * r.Float64() * r.Float64() * r.Float64())
		rr := rand.New(rand.NewPCG(uint64(k), uint64(least)))
		var b strings.Builder
		for range least + rr.IntN(2) {
			b.WriteString(pick(rr, syllables))
		}
		s := b.String()
		return strings.ToUpper(s[:1]) + s[1:]
	}
	return Person{
		Handle: testHandle(n), Number: testNumber(4 * n), Title: "Mr", Family: name(80_000, 2), Given: []string{name(3000, 1), name(3000, 1)}, Sex: "Male",
		Born: Date{1920 + r.IntN(100), 1 + r.IntN(12), 1 + r.IntN(28)}, Line: fmt.Sprintf("%d %s Street", 1+r.IntN(200), pick(r, streets)),
		Postcode: fmt.Sprintf("%s%d %d%s", pick(r, []string{"LS", "BD", "HX", "WF", "HD"}), 1+r.IntN(29), r.IntN(10), pick(r, []string{"AA", "AP", "XY"})),
	}
}

func bigPopulation(n int) []Person {
	r := rand.New(rand.NewPCG(2026, 11))
	people := make([]Person, n)
	for i := range people {
		people[i] = bigPerson(r, i)
	}
	return people
}
