package main

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"

	"satchel/assets/people"
	"satchel/store/identity"
	"satchel/store/record"
	"satchel/store/search"
)

// seed makes every run measure the same people.
const seed = 2026

// documents gives the first n documents of the demonstration population.
func documents(n int) [][]byte {
	out := make([][]byte, 0, n)
	for d := range people.Generate(seed, n) {
		out = append(out, d.JSON)
	}
	return out
}

// persons makes n people and reads who they are as the vault does. Documents are
// read by every core while one makes them.
func (b *bench) persons(ctx context.Context, n int) ([]search.Person, error) {
	b.say("  making %d people", n)
	all := make([]search.Person, n)
	var mu sync.Mutex
	var failed error
	type numbered struct {
		i    int
		json []byte
	}
	work := make(chan numbered, 64)
	var readers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		readers.Go(func() {
			for d := range work {
				who, err := record.Identify(d.json)
				if err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
					continue
				}
				all[d.i] = personOf(who)
			}
		})
	}
	i := 0
	for d := range people.Generate(seed, n) {
		if ctx.Err() != nil {
			break
		}
		work <- numbered{i, d.JSON}
		i++
	}
	close(work)
	readers.Wait()
	if err := errors.Join(ctx.Err(), failed); err != nil {
		return nil, err
	}
	return all, nil
}

// personOf is a person as the vault hands them to the index, under a new handle.
func personOf(who record.Demographics) search.Person {
	born := who.Born.Parts
	p := search.Person{
		Handle: identity.Random[identity.Handle](), Number: who.NHS, Preferred: who.Preferred, Sex: who.Sex,
		Born: search.Date{Year: born.Year, Month: int(born.Month), Day: born.Day},
		Line: who.Address, Postcode: who.Postcode, Died: who.Dead, Restricted: who.Restricted || who.Protected,
	}
	for i, name := range who.Names {
		if i == 0 {
			p.Family, p.Given = name.Family, strings.Fields(name.Given)
			continue
		}
		p.Other = append(p.Other, strings.TrimSpace(name.Given+" "+name.Family))
	}
	return p
}
