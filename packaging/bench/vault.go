package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"satchel/store"
	"satchel/store/identity"
	"satchel/store/record"
)

var vaultSection = section{"vault", "a vault of three sizes: load, open, unlock, get, look, find, erase, and the folder", measureVault}

const (
	// reads is how many records are opened: enough for a percentile.
	reads = 2000
	// erased is how many people one erasure takes.
	erased = 100
)

// sizes are the populations that a vault is measured with, by the words that
// stand in the figures' names.
func (b *bench) sizes() []size {
	return []size{{"few", b.few}, {"some", b.some}, {"many", b.many}}
}

type size struct {
	name   string
	people int
}

func measureVault(ctx context.Context, b *bench) error {
	if err := b.notRun("open.many.p99", "no window here draws the card; look.many.p99 is all but the drawing"); err != nil {
		return err
	}
	for _, s := range b.sizes() {
		if err := b.measureVaultOf(ctx, s.people, s.name); err != nil {
			return fmt.Errorf("%d people: %w", s.people, err)
		}
	}
	return nil
}

func (b *bench) measureVaultOf(ctx context.Context, n int, name string) error {
	c, err := b.crowd(ctx, n)
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context, *crowd, string) error{
		b.addLoad, b.measureFolder, b.measureOpen, b.measureUnlock, b.measureReading, b.measureErase,
	} {
		if err := errors.Join(ctx.Err(), step(ctx, c, name)); err != nil {
			return err
		}
	}
	return c.close()
}

// addLoad prints what filling the vault took.
func (b *bench) addLoad(_ context.Context, c *crowd, name string) error {
	n := len(c.pids)
	note := fmt.Sprintf("%d summaries of %d bytes on average, somebody unlocked: decided, opened, indexed, sealed, durable", n, c.raw/int64(n))
	if err := b.add("load."+name+".rate", float64(n)/c.filling.Seconds(), perSecond, n, note); err != nil {
		return err
	}
	return b.add("load."+name+".processor", in(c.working/time.Duration(n), microseconds), microseconds, n, "processor time of each")
}

// measureFolder weighs the closed folder.
func (b *bench) measureFolder(ctx context.Context, c *crowd, name string) error {
	total, cache, err := c.size(ctx)
	if err != nil {
		return err
	}
	note := fmt.Sprintf("%.1f MB of files against %.1f MB of JSON; %.1f MB of them the cache, the rest keys, facts and audit with its preallocated segments",
		float64(total)/(1<<20), float64(c.raw)/(1<<20), float64(cache)/(1<<20))
	return b.add("folder."+name+".size", float64(total)/float64(c.raw), times, 1, note)
}

// measureOpen opens the folder anew, as when the program starts.
func (b *bench) measureOpen(ctx context.Context, c *crowd, name string) error {
	const tries = 5
	before := processor()
	var took []time.Duration
	for range tries {
		if err := c.close(); err != nil {
			return err
		}
		start := time.Now()
		if err := c.open(ctx); err != nil {
			return err
		}
		took = append(took, time.Since(start))
	}
	spent := (processor() - before) / tries
	note := fmt.Sprintf("%d held; key file, facts, cache held to the key table; median of %d, pages in memory", len(c.pids), tries)
	if err := b.add("open."+name+".time", in(percentile(took, 0.5), seconds), seconds, tries, note); err != nil {
		return err
	}
	return b.add("open."+name+".processor", in(spent, seconds), seconds, tries, "processor time of it and of closing")
}

// measureUnlock opens the folder anew for each try, as in the morning. Argon2id
// is measured alone beside each try.
func (b *bench) measureUnlock(ctx context.Context, c *crowd, name string) error {
	const tries = 5
	var took, working, stretching []time.Duration
	for range tries {
		if err := errors.Join(c.close(), c.open(ctx)); err != nil {
			return err
		}
		runtime.GC() // what opening left is not the unlock's
		before, start := processor(), time.Now()
		s, err := c.unlock(ctx)
		if err != nil {
			return err
		}
		took, working = append(took, time.Since(start)), append(working, processor()-before)
		if s.Count() != len(c.pids) {
			return fmt.Errorf("the laptop holds %d of %d", s.Count(), len(c.pids))
		}
		s.Lock()
		one, err := stretch(1)
		if err != nil {
			return err
		}
		stretching = append(stretching, one...)
	}
	note := fmt.Sprintf("%d held, Argon2id and the index included; median", len(c.pids))
	for _, f := range []struct {
		suffix string
		took   time.Duration
		note   string
	}{
		{".time", percentile(took, 0.5), note},
		{".least", percentile(took, 0), "the shortest of them: what it takes when little else runs"},
		{".argon2id", percentile(stretching, 0.5), "of it, measured alone beside each; median"},
		{".processor", percentile(working, 0.5), fmt.Sprintf("processor time of it, on %d cores; median", runtime.NumCPU())},
	} {
		if err := b.add("unlock."+name+f.suffix, in(f.took, seconds), seconds, tries, f.note); err != nil {
			return err
		}
	}
	return nil
}

// measureReading opens records at random in three ways, and finds people.
func (b *bench) measureReading(ctx context.Context, c *crowd, name string) error {
	s, err := c.unlock(ctx)
	if err != nil {
		return err
	}
	defer s.Lock()
	handles, err := everybody(ctx, s)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(seed, 3))
	draw := func() identity.Handle { return handles[r.IntN(len(handles))] }
	took, err := clock(min(reads, 10*len(handles)), func(int) error { return s.Verify(ctx, draw()) })
	if err != nil {
		return err
	}
	if err := b.addPercentiles("get."+name, took, microseconds, fmt.Sprintf("%d held: got, authenticated, opened, decompressed", len(c.pids))); err != nil {
		return err
	}
	if err := b.measureLooks(ctx, s, draw, min(reads, 10*len(handles)), name); err != nil {
		return err
	}
	return b.measureFinding(ctx, s, name)
}

// measureLooks opens records as the screen does: decided, entered and fsynced
// before each is opened and parsed. Some are refused, as policy has it: those
// are counted apart.
func (b *bench) measureLooks(ctx context.Context, s *store.Session, draw func() identity.Handle, n int, name string) error {
	var looks, parses []time.Duration
	refused := 0
	for range n {
		start := time.Now()
		o, err := s.Read(ctx, store.Request{Handle: draw(), Purpose: store.DirectCare, Relationship: store.OnCaseload})
		took := time.Since(start)
		if _, no := errors.AsType[*store.RefusedError](err); no {
			refused++
			continue
		}
		if err != nil {
			return err
		}
		looks = append(looks, took)
		if o.Raw == nil {
			continue // a part was withheld from this reader, and with it the bytes
		}
		start = time.Now()
		if _, err := record.Parse(o.Raw); err != nil {
			return err
		}
		parses = append(parses, time.Since(start))
	}
	note := fmt.Sprintf("decided, entered, fsynced, opened and parsed; %d of %d were refused", refused, n)
	if err := b.addPercentiles("look."+name, looks, milliseconds, note); err != nil {
		return err
	}
	return b.addPercentiles("parse."+name, parses, microseconds, "of it, the summary read as values; measured alone")
}

// measureFinding types what people type, letter by letter, into the session's
// own search, which looks each row up in the key table too.
func (b *bench) measureFinding(ctx context.Context, s *store.Session, name string) error {
	got, err := s.Today(ctx, 100)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(seed, 4))
	var took []time.Duration
	for i := range got.Rows {
		for _, typed := range typings(r, &got.Rows[i].Person) {
			letters := []rune(typed)
			for n := 2; n <= len(letters); n++ {
				start := time.Now()
				if _, err := s.Find(ctx, string(letters[:n]), 0); err != nil {
					return err
				}
				took = append(took, time.Since(start))
			}
		}
	}
	return b.addPercentiles("find."+name, took, milliseconds, "every keystroke of numbers, names, misspelt names, birth dates, postcodes and pairs; rows looked up")
}

// measureErase withdraws people a hundred at a time, locked: until the key file
// without their rows is durable under a new device share and the purge entered.
func (b *bench) measureErase(ctx context.Context, c *crowd, name string) error {
	n := min(erased, len(c.pids)/10)
	var took []time.Duration
	for range 5 {
		one, err := c.withdraw(ctx, n)
		if err != nil {
			return err
		}
		took = append(took, one)
	}
	note := fmt.Sprintf("%d of %d: the order kept, their keys gone, durable, values deleted, entered", n, len(c.pids)+5*n)
	if err := b.add("erase."+name+".time", in(percentile(took, 0.5), milliseconds), milliseconds, len(took), note+"; median"); err != nil {
		return err
	}
	return b.add("erase."+name+".least", in(percentile(took, 0), milliseconds), milliseconds, len(took), "the shortest of them")
}

// everybody gives handles of people, by name and by what they may be found by,
// up to as many as are read.
func everybody(ctx context.Context, s *store.Session) ([]identity.Handle, error) {
	seen := map[identity.Handle]bool{}
	for _, typed := range []string{"sm", "jo", "wi", "ta", "br", "da", "ev", "th", "ro", "wa", "pa", "ma", "ha", "mo", "ba"} {
		got, err := s.Find(ctx, typed, reads)
		if err != nil {
			return nil, err
		}
		for _, row := range got.Rows {
			seen[row.Handle] = true
		}
	}
	if len(seen) == 0 {
		return nil, errors.New("nobody is found to open")
	}
	out := make([]identity.Handle, 0, len(seen))
	for h := range seen {
		out = append(out, h)
	}
	slices.SortFunc(out, func(a, b identity.Handle) int { return slices.Compare(a[:], b[:]) })
	return out, nil
}
