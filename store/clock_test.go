package store

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// machine is a laptop in a history of clocks: what is truly so, what its clocks
// show, and what any honest reckoning must grant at least.
type machine struct {
	truth time.Time     // the hub's time
	wrong time.Duration // wall minus truth
	boot  time.Duration
	id    bootID
	c     clock
	kept  state // what was persisted last

	leaseEnds time.Time
	least     time.Time     // the trusted time that must be granted at least
	keptLeast time.Time     // the same, as of what was persisted
	honest    bool          // since the hub last answered the wall clock was not touched but to be put right
	awake     time.Duration // run past the end of the lease, awake; what a crash forgot is not in it
	ran       time.Duration // the same, asleep too
	keptAwake time.Duration
	keptRan   time.Duration
	log       strings.Builder
}

const historyLease = 72 * time.Hour

func newMachine(r *rand.Rand) *machine {
	m := &machine{truth: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), boot: time.Duration(r.Int64N(int64(48 * time.Hour))), honest: true}
	m.id[0] = 1
	m.kept = state{Clock: m.truth.UnixMilli(), Boot: int64(m.boot), BootID: m.id, Wall: m.truth.UnixMilli()}
	m.least, m.keptLeast = m.truth, m.truth
	m.open()
	m.hears()
	return m
}

func (m *machine) wall() time.Time { return m.truth.Add(m.wrong) }

func (m *machine) open() {
	m.c = clock{wall: m.wall, boot: func() time.Duration { return m.boot }, id: m.id}
	m.c.load(m.kept)
	m.save() // opening ends with it
}

// save is what Tick does about once a minute.
func (m *machine) save() {
	m.c.mark()
	m.kept, m.keptLeast, m.keptAwake, m.keptRan = m.c.save(), m.least, m.awake, m.ran
}

// on lets the machine run, with the vault open.
func (m *machine) on(d time.Duration) {
	for d > 0 {
		step := min(d, 17*time.Minute)
		past := m.c.now().After(m.leaseEnds)
		m.truth, m.boot, m.least = m.truth.Add(step), m.boot+step, m.least.Add(step)
		if past {
			m.awake += step
		}
		if m.c.now().After(m.leaseEnds) {
			m.ran += step
		}
		m.c.mark()
		d -= step
	}
}

// hears is a live session with the hub: its time, and a fresh F.
func (m *machine) hears() {
	m.c.live(m.truth)
	m.c.proved(m.truth)
	m.leaseEnds, m.least, m.awake, m.ran = m.truth.Add(historyLease), m.truth, 0, 0
	m.honest = true
	m.save()
}

// set puts the wall clock anywhere.
func (m *machine) set(wrong time.Duration) {
	if wrong != m.wrong {
		m.honest = false
	}
	m.wrong = wrong
}

// history lets one thing happen, and says what.
func (m *machine) happens(r *rand.Rand) string {
	hours := func(n int) time.Duration { return time.Duration(r.Int64N(int64(time.Duration(n) * time.Hour))) }
	switch r.IntN(13) {
	case 0, 1, 2:
		d := hours(20)
		m.on(d)
		return fmt.Sprintf("runs for %s", d)
	case 3:
		m.save()
		return "the state is written"
	case 4: // suspended: both clocks go on, and so does what is granted
		d := hours(30)
		m.truth, m.boot, m.least = m.truth.Add(d), m.boot+d, m.least.Add(d)
		if m.c.now().After(m.leaseEnds) {
			m.ran += d
		}
		return fmt.Sprintf("sleeps for %s", d)
	case 5:
		m.save()
		d := hours(10)
		m.truth, m.boot, m.least = m.truth.Add(d), m.boot+d, m.least.Add(d)
		m.open()
		return fmt.Sprintf("is closed for %s, the machine running on", d)
	case 6: // killed, and opened in the same start of the machine
		m.least = m.keptLeast.Add(m.boot - time.Duration(m.kept.Boot))
		m.awake, m.ran = m.keptAwake, m.keptRan
		m.open()
		return "is killed"
	case 7:
		m.save()
		d := m.off(r)
		return fmt.Sprintf("is switched off for %s", d)
	case 8:
		m.awake, m.ran, m.least = m.keptAwake, m.keptRan, m.keptLeast
		d := m.off(r)
		return fmt.Sprintf("loses power for %s", d)
	case 9:
		d := hours(200) - 100*time.Hour
		m.set(d)
		return fmt.Sprintf("the wall clock is set to %s beside the truth", d)
	case 10:
		m.set(73 * 365 * 24 * time.Hour)
		m.c.advance()
		m.c.mark()
		m.set(0)
		return "the wall clock is in 2099 and back"
	case 11: // of a clock that the hub found wrong, this makes a right one
		was := m.honest
		m.c.advance()
		m.set(0)
		m.save() // as within a minute
		m.honest = was
		return "the wall clock is put right"
	default:
		if r.IntN(3) > 0 {
			return "nothing"
		}
		m.hears()
		return "the hub answers"
	}
}

// off switches the machine off and on again; its first hours of the new start
// may go by before the vault is opened.
func (m *machine) off(r *rand.Rand) time.Duration {
	d := time.Duration(r.Int64N(int64(60 * time.Hour)))
	up := time.Duration(r.Int64N(int64(50 * time.Hour)))
	m.truth, m.boot = m.truth.Add(d+up), up
	m.id[0]++
	m.least = m.least.Add(up)
	m.open()
	return d
}

// TestClockHistories: whatever is done to the wall clock, the lease ends once
// the time that the machine has run since the hub's word is spent; a right
// wall clock makes the trusted time the true one; an answer of the hub heals a
// clock that was wrong; and keys go after 24 to 26 running hours past the end,
// not before.
func TestClockHistories(t *testing.T) { // R33, R34, R51, I12
	seed := rand.Uint64()
	for i := range 10_000 {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		m := newMachine(r)
		for range 5 + r.IntN(40) {
			fmt.Fprintf(&m.log, "  %s\n", m.happens(r))
			if broken := m.broken(); broken != "" {
				t.Fatalf("seed %d, history %d: %s\n%s", seed, i, broken, m.log.String())
			}
		}
	}
}

func (m *machine) broken() string {
	now := m.c.now()
	readable := !now.After(m.leaseEnds)
	// What is persisted is in whole milliseconds, and a history has a few
	// dozen of them.
	const exact = time.Second
	switch {
	case now.Before(m.least.Add(-exact)):
		return fmt.Sprintf("trusted time %s, at least %s has been run", now, m.least)
	case readable && m.least.After(m.leaseEnds.Add(exact)):
		return "readable past its end"
	case m.honest && now.Sub(m.truth).Abs() > exact:
		return fmt.Sprintf("no clock was touched since the hub answered, and the trusted time is %s beside the truth", now.Sub(m.truth))
	}
	ran := m.c.ranSince(m.leaseEnds)
	switch {
	case ran > m.ran:
		return fmt.Sprintf("counts %s past the end of which %s were run", ran, m.ran)
	case m.awake > 26*time.Hour && ran < 24*time.Hour:
		return fmt.Sprintf("has run %s past the end, and counts %s", m.awake, ran)
	}
	return ""
}

// A wall clock that jumps an hour ahead again and again does not push the marks
// out by which running time is counted.
func TestJumpsMakeNoMarks(t *testing.T) { // R33
	m := newMachine(rand.New(rand.NewPCG(1, 1)))
	for range 40 {
		m.on(time.Hour)
		for range 10 {
			m.set(m.wrong + 2*time.Hour)
			m.c.mark()
		}
	}
	if ran := m.c.ranSince(m.leaseEnds); ran < 24*time.Hour {
		t.Fatalf("only %s of 40 hours count", ran)
	}
}

// A state of before start ids were kept still opens.
func TestStateWithoutBootID(t *testing.T) {
	m := newMachine(rand.New(rand.NewPCG(2, 2)))
	m.kept.BootID, m.kept.Wall = bootID{}, 0
	m.truth, m.boot = m.truth.Add(time.Hour), m.boot+time.Hour
	m.open()
	if d := m.c.now().Sub(m.truth); d.Abs() > time.Second {
		t.Fatalf("%s beside the truth", d)
	}
}
