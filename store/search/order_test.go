package search

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"satchel/store/identity"
)

// After any order of changes, First agrees with sorting everybody, and Numbered
// with looking at everybody. // P2
func TestFirstAgreesWithSorting(t *testing.T) {
	numbers := make([]identity.NHSNumber, 3) // the first: none
	for i, digits := range []string{"9990000018", "9990000026"} {
		n, err := identity.ParseNHSNumber(digits)
		if err != nil {
			t.Fatal(err)
		}
		numbers[i+1] = n
	}
	rapid.Check(t, func(t *rapid.T) {
		x, all := New(), map[identity.Handle]Person{}
		person := func(t *rapid.T) Person {
			return Person{
				Handle: identity.Handle{byte(rapid.IntRange(0, 40).Draw(t, "handle"))},
				Family: rapid.SampledFrom([]string{"", "Smith", "smith", "Müller", "O'Neil", "Adams"}).Draw(t, "family"),
				Given:  []string{rapid.SampledFrom([]string{"Ann", "Bo", ""}).Draw(t, "given")},
				Number: rapid.SampledFrom(numbers).Draw(t, "number"),
				Born:   Date{Year: rapid.IntRange(1950, 1953).Draw(t, "year")},
			}
		}
		for range rapid.IntRange(1, 12).Draw(t, "changes") {
			switch rapid.IntRange(0, 2).Draw(t, "change") {
			case 0:
				batch := rapid.SliceOfN(rapid.Custom(person), 0, 30).Draw(t, "batch")
				x.Put(batch...)
				for _, p := range batch {
					all[p.Handle] = p
				}
			case 1:
				h := identity.Handle{byte(rapid.IntRange(0, 40).Draw(t, "removed"))}
				x.Remove(h)
				delete(all, h)
			case 2:
				clear(all)
				batch := rapid.SliceOfN(rapid.Custom(person), 0, 30).Draw(t, "built")
				x.Build(batch)
				for _, p := range batch {
					all[p.Handle] = p
				}
			}
		}
		for i, n := range numbers {
			got := x.Numbered(n)
			for _, h := range got {
				if i == 0 || all[h].Number != n {
					t.Fatal("somebody with another number")
				}
			}
			slices.SortFunc(got, func(a, b identity.Handle) int { return slices.Compare(a[:], b[:]) })
			if want := countNumbered(all, n); i > 0 && len(slices.Compact(got)) != want {
				t.Fatalf("%d people with a number of %d", len(got), want)
			}
		}
		var keys []shownKey
		for _, p := range all {
			keys = append(keys, shownKeyOf(&p))
		}
		slices.SortFunc(keys, func(a, b shownKey) int { return a.compare(&b) })
		limit := rapid.IntRange(0, 50).Draw(t, "limit")
		want := make([]identity.Handle, 0, limit)
		for _, k := range keys[:min(limit, len(keys))] {
			want = append(want, k.handle)
		}
		if got := x.First(limit); !slices.Equal(got, want) {
			t.Fatalf("%d people, limit %d: the order differs", len(all), limit)
		}
	})
}

func countNumbered(all map[identity.Handle]Person, n identity.NHSNumber) (count int) {
	for _, p := range all {
		if p.Number == n {
			count++
		}
	}
	return count
}
