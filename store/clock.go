package store

import "time"

// clock is the vault's trusted time (protocol, "Lease"):
//
//	max(base + boot time since base, the newest F's time, wall - skew)
//
// base is what was persisted or proved last. Only an answer of the hub in a
// live session moves it back, and then skew remembers by how much the wall
// clock was wrong, so that the wall does not win at once. A correction of the
// wall clock shrinks skew, so that a clock that was put right counts again
// while the machine is off. It is a value over two readings of the operating
// system: TestClockHistories drives it through ten thousand of them.
// Owner: Vault.mu.
type clock struct {
	wall func() time.Time
	boot func() time.Duration // since the machine started, sleep included
	id   bootID               // of this start of the machine

	base    time.Time     // trusted time when bootAt was read
	bootAt  time.Duration // boot clock at base
	wallAt  time.Time     // wall clock at base
	skew    time.Duration // wall minus hub time, at the last live answer, less what was corrected since
	running time.Duration // time this vault was open, all in all, at base
	trusted time.Time     // the last time the hub vouched for, for entries (R55)
	marks   []stateHour   // what running stood at, about every hour of it, oldest first
}

// bootID names one start of the machine; zero where the system does not tell.
type bootID [16]byte

// corrected is the least step of the wall clock against the boot clock that is
// a correction and not the two clocks' own difference.
const corrected = time.Second

// load takes up what was persisted, and counts the time between.
func (c *clock) load(s state) {
	c.skew, c.running = time.Duration(s.Skew), time.Duration(s.Running)
	c.trusted, c.marks = millis(s.Trusted), s.Hours
	now := c.boot()
	gone, same := c.since(s, now)
	c.base, c.bootAt, c.wallAt = time.UnixMilli(s.Clock).UTC().Add(gone), now, c.wall()
	if same && s.Wall != 0 {
		c.correct(c.wallAt.Sub(time.UnixMilli(s.Wall)) - gone)
	}
	c.advance()
}

// since is the machine's running time after a state was written: all of it in
// the same start of the machine, else what this start has run, which is never
// more than has passed.
func (c *clock) since(s state, now time.Duration) (gone time.Duration, same bool) {
	was := time.Duration(s.Boot)
	known := c.id != bootID{} && s.BootID != bootID{}
	if now < was || known && c.id != s.BootID {
		return now, false
	}
	return now - was, known
}

// save gives the part of the state that is the clock's.
func (c *clock) save() state {
	now := c.advance()
	s := state{
		Clock: now.UnixMilli(), Boot: int64(c.bootAt), Skew: int64(c.skew), Running: int64(c.running), Hours: c.marks,
		Wall: c.wallAt.UnixMilli(), BootID: c.id,
	}
	if !c.trusted.IsZero() {
		s.Trusted = c.trusted.UnixMilli()
	}
	return s
}

// advance makes the present the new base and counts the time since the last
// as running time.
func (c *clock) advance() time.Time {
	boot, wall := c.boot(), c.wall()
	since := max(0, boot-c.bootAt)
	c.running += since
	if !c.wallAt.IsZero() {
		c.correct(wall.Sub(c.wallAt) - since)
	}
	now := c.base.Add(since)
	if shown := wall.Add(-c.skew); shown.After(now) {
		now = shown
	}
	c.base, c.bootAt, c.wallAt = now, boot, wall
	return now
}

// correct takes a step of the wall clock off what is held against it. A step
// the other way makes the clock no more wrong than it may be believed to be.
func (c *clock) correct(step time.Duration) {
	switch {
	case c.skew > 0 && step < -corrected:
		c.skew = max(0, c.skew+step)
	case c.skew < 0 && step > corrected:
		c.skew = min(0, c.skew+step)
	}
}

// now is the trusted time.
func (c *clock) now() time.Time {
	ahead := *c // a reading changes nothing
	return ahead.advance()
}

// proved moves the clock forward to a time the hub signed.
func (c *clock) proved(t time.Time) {
	now := c.advance()
	if t.After(now) {
		c.base = t
	}
	if t.After(c.trusted) {
		c.trusted = t
	}
}

// live sets the clock to what the hub answered to our nonce, also back. Marks
// of a time that has not come were made by a clock that was wrong: they would
// count time as run past an end that was not reached.
func (c *clock) live(t time.Time) {
	c.advance()
	c.base, c.trusted = t, t
	c.skew = c.wallAt.Sub(t)
	kept := c.marks[:0:0]
	for _, m := range c.marks {
		if !millis(m.Clock).After(t) {
			kept = append(kept, m)
		}
	}
	c.marks = kept
}

// mark notes, once in an hour of running time, what the trusted time is, and
// tells whether it did. A wall clock that jumps to and fro makes no marks.
func (c *clock) mark() bool {
	now := c.advance()
	if n := len(c.marks); n > 0 && c.running-time.Duration(c.marks[n-1].Running) < time.Hour {
		return false
	}
	c.marks = append(c.marks[max(0, len(c.marks)+1-hourMarks):len(c.marks):len(c.marks)], stateHour{now.UnixMilli(), int64(c.running)})
	return true
}

// ranSince is how long the vault has been open since a moment, an hour less at
// most: it counts from the first mark after it. A moment that has not come
// gives 0.
func (c *clock) ranSince(t time.Time) time.Duration {
	for _, m := range c.marks {
		if !millis(m.Clock).Before(t) {
			return c.running - time.Duration(m.Running)
		}
	}
	return 0
}
