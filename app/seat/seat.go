package seat

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Event is what happened.
type Event uint8

// The events.
const (
	_         Event = iota
	Locked          // the system's own screen was locked
	Sleeping        // the machine is about to sleep
	LidClosed       // the lid was closed
	Away            // another user's session is in front
	Slept           // the machine stood still, which is noticed afterwards
)

// String names an event for the log.
func (e Event) String() string {
	return [...]string{"nothing", "system lock", "sleep", "lid", "session switch", "slept"}[min(e, Slept)]
}

// Config is what a Seat is made of.
type Config struct {
	// Tell is called with each event, one at a time. It returns when whatever
	// it leads to is done: the machine stays awake until then. Its answer says
	// that this process is about to be replaced: then the machine stays awake
	// until it is gone.
	Tell func(Event) (leaving bool)
	Log  *slog.Logger
	Now  func() time.Time // nil: time.Now
}

// Seat watches. Make one with New.
type Seat struct {
	cfg  Config
	news chan news
}

// news is one event on its way to Tell; answer gets what it said.
type news struct {
	event  Event
	answer chan bool
}

// New returns a Seat that watches nothing until Run.
func New(cfg Config) (*Seat, error) {
	if cfg.Tell == nil || cfg.Log == nil {
		return nil, errors.New("watching the seat: a part of the configuration is missing")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Seat{cfg: cfg, news: make(chan news)}, nil
}

// Run watches until the context ends, and returns its error.
func (s *Seat) Run(ctx context.Context) error {
	var watching sync.WaitGroup
	watching.Go(func() { s.watchClock(ctx) })
	watching.Go(func() { s.watchSystem(ctx) })
	defer watching.Wait()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case n := <-s.news:
			s.cfg.Log.Info("the system says that nobody may be here", "why", n.event.String())
			n.answer <- s.cfg.Tell(n.event)
		}
	}
}

// tell hands an event over and waits for the answer, which is no where the
// context ends first.
func (s *Seat) tell(ctx context.Context, e Event) (leaving bool) {
	n := news{e, make(chan bool, 1)}
	select {
	case s.news <- n:
		return <-n.answer
	case <-ctx.Done():
		return false
	}
}

const (
	lookEvery = 2 * time.Second // how often the clock is looked at, and a lid that says nothing itself
	stillFor  = 8 * time.Second // more than this between two looks, beyond lookEvery, is no slow machine
)

// watchClock tells of a time in which the machine did not run: by the wall
// clock, which goes on while a machine sleeps, or by the running clock, for a
// process that was stopped. A wall clock that is set forward looks the same.
func (s *Seat) watchClock(ctx context.Context) {
	each := time.NewTicker(lookEvery)
	defer each.Stop()
	last := s.cfg.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-each.C:
			now := s.cfg.Now()
			gap := max(now.Sub(last), now.Round(0).Sub(last.Round(0)))
			last = now
			if gap > lookEvery+stillFor {
				s.tell(ctx, Slept)
			}
		}
	}
}
