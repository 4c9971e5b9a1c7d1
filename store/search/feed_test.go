package search

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"satchel/store/identity"
)

// P2: however the people are dealt out to the feeds, and however many parts
// that makes, the index is the one that Build makes.
func TestBuilderBuildsWhatBuildDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 7))
		people := make([]Person, rapid.IntRange(0, 300).Draw(t, "people"))
		for i := range people {
			people[i] = randomPerson(r, i)
		}
		b := NewBuilder(rapid.IntRange(1, 5).Draw(t, "feeds"), rapid.IntRange(0, 400).Draw(t, "expected"))
		for i := range people {
			b.Feed(rapid.IntRange(0, len(b.feeds)-1).Draw(t, "feed")).Add(people[i])
		}
		one, other := New(), New()
		one.Build(people)
		other.BuildFrom(b)
		if !reflect.DeepEqual(one.segments, other.segments) {
			t.Fatal("the builder made another index")
		}
	})
}

// P2: more people than one part takes go into several segments, and everybody
// is found.
func TestBuilderWithSeveralSegments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 7))
		b := NewBuilder(2, 0)
		for i := range b.feeds {
			b.feeds[i].most = rapid.IntRange(1, 20).Draw(t, "most")
		}
		people := map[identity.Handle]bool{}
		for i := range rapid.IntRange(0, 100).Draw(t, "people") {
			p := randomPerson(r, i)
			people[p.Handle] = true
			b.Feed(rapid.IntRange(0, 1).Draw(t, "feed")).Add(p)
		}
		x := New()
		x.BuildFrom(b)
		if x.Len() != len(people) {
			t.Fatalf("%d people, of %d", x.Len(), len(people))
		}
		for h := range people {
			if !x.Remove(h) {
				t.Fatal("somebody is not in the index")
			}
		}
	})
}
