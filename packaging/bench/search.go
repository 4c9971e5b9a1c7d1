package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"time"

	"satchel/store/search"
)

var searchSection = section{"search", "the index: building it, and finding as one types", measureSearch}

func measureSearch(ctx context.Context, b *bench) error {
	all, err := b.persons(ctx, max(b.people, b.many))
	if err != nil {
		return err
	}
	if err := b.measureIndex("search.people", all[:b.people]); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := b.measureIndex("search.many", all[:b.many]); err != nil {
		return err
	}
	return b.notRun("search.many.drawn.p99", "no window here draws the rows; the tests of app/screen time that")
}

func (b *bench) measureIndex(name string, all []search.Person) error {
	const builds = 5
	before := heapInUse()
	x := search.New()
	took, err := clock(builds, func(int) error { x.Build(all); return nil })
	if err != nil {
		return err
	}
	held := max(0, float64(heapInUse())-float64(before))
	note := fmt.Sprintf("%d people", len(all))
	if err := b.add(name+".build.p50", in(percentile(took, 0.5), milliseconds), milliseconds, builds, note); err != nil {
		return err
	}
	if err := b.add(name+".memory", held/(1<<20), megabytes, 1, note+", their text included"); err != nil {
		return err
	}
	if err := b.measureChange(name, x, all); err != nil {
		return err
	}
	// A laptop keeps the index and not the people it was made of: they are
	// garbage from here on, and must not weigh on the collector while it is timed.
	r := rand.New(rand.NewPCG(seed, 1))
	asked := make([]search.Person, 250)
	for i := range asked {
		asked[i] = all[r.IntN(len(all))]
	}
	all = nil
	heapInUse()
	return b.measureFind(name, x, asked, note)
}

// measureChange puts people again, one by one and by the batch, as summaries
// arrive while somebody is unlocked.
func (b *bench) measureChange(name string, x *search.Index, all []search.Person) error {
	r := rand.New(rand.NewPCG(seed, 2))
	took, err := clock(2000, func(int) error { x.Put(all[r.IntN(len(all))]); return nil })
	if err != nil {
		return err
	}
	return b.addPercentiles(name+".put", took, microseconds, "one person, replaced")
}

// measureFind types queries letter by letter, from the second letter, and
// measures every search that a screen would make on the way.
func (b *bench) measureFind(name string, x *search.Index, asked []search.Person, note string) error {
	const runs = 3
	r := rand.New(rand.NewPCG(seed, 1))
	kinds := map[string][]time.Duration{}
	var every, best []time.Duration
	nobody := 0
	for i := range asked {
		for kind, typed := range typings(r, &asked[i]) {
			letters := []rune(typed)
			for n := 2; n <= len(letters); n++ {
				var found search.Results
				least := time.Hour
				for range runs {
					start := time.Now()
					found = x.Find(string(letters[:n]), 0)
					took := time.Since(start)
					kinds[kind], every, least = append(kinds[kind], took), append(every, took), min(least, took)
				}
				best = append(best, least)
				if n == len(letters) && found.Total == 0 && kind != "misspelt" {
					nobody++
				}
			}
		}
	}
	if nobody > 0 {
		return fmt.Errorf("%d of the people typed in full were not found", nobody)
	}
	if err := b.addPercentiles(name+".find", every, milliseconds, note+", every keystroke of every kind"); err != nil {
		return err
	}
	bestNote := fmt.Sprintf("best of %d runs of each: what the index costs while nothing else runs", runs)
	if err := b.add(name+".find.best.p99", in(percentile(best, 0.99), milliseconds), milliseconds, len(best), bestNote); err != nil {
		return err
	}
	for _, kind := range []string{"number", "name", "misspelt", "born", "postcode", "two"} {
		if len(kinds[kind]) == 0 {
			continue
		}
		if err := b.add(name+".find."+kind+".p99", in(percentile(kinds[kind], 0.99), milliseconds), milliseconds, len(kinds[kind]), ""); err != nil {
			return err
		}
	}
	return nil
}

// typings is what somebody might type to find p, by kind; what a record does
// not have is not typed.
func typings(r *rand.Rand, p *search.Person) map[string]string {
	out := map[string]string{}
	add := func(kind, typed string) {
		if strings.TrimSpace(typed) != "" {
			out[kind] = typed
		}
	}
	given := ""
	if len(p.Given) > 0 {
		given = p.Given[0]
	}
	add("number", p.Number.Spaced())
	add("name", p.Family)
	add("misspelt", misspell(r, p.Family))
	if p.Born.Day != 0 {
		add("born", fmt.Sprintf("%02d/%02d/%04d", p.Born.Day, p.Born.Month, p.Born.Year))
	}
	if p.Outward() != "" {
		add("postcode", p.Postcode)
	}
	if given != "" && p.Family != "" {
		add("two", given+" "+p.Family)
	}
	return out
}

// misspell changes two letters round, as a hurried hand does.
func misspell(r *rand.Rand, name string) string {
	letters := []rune(name)
	if len(letters) < 4 {
		return ""
	}
	i := 1 + r.IntN(len(letters)-2)
	letters[i], letters[i+1] = letters[i+1], letters[i]
	return string(letters)
}

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC() // twice: the first may only finish a collection under way
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
