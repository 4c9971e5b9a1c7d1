package store

import "time"

// clock is the vault's trusted time (protocol, "Lease"):
//
//	max(base + boot time since base, the newest F's time, wall - skew)
//
// base is what was persisted or proved last. Only an answer of the hub in a
// live session moves it back, and then skew remembers by how much the wall
// clock was wrong, so that the wall does not win at once. Owner: Vault.mu.
type clock struct {
	wall func() time.Time
	boot func() time.Duration

	base    time.Time     // trusted time when bootAt was read
	bootAt  time.Duration // boot clock at base
	skew    time.Duration // wall minus hub time, at the last live answer
	running time.Duration // time this vault was open, all in all, at base
	trusted time.Time     // the last time the hub vouched for, for entries (R55)
}

// resume continues from persisted values. The boot clock stands higher than
// what was persisted when the machine ran on, and then counts the time between;
// after a restart it counts what it has, which is never more than has passed.
func (c *clock) resume(base time.Time, bootAt time.Duration) {
	now := c.boot()
	gone := now
	if now >= bootAt {
		gone = now - bootAt
	}
	c.base, c.bootAt = base.Add(gone), now
	c.advance()
}

// advance makes the present the new base and counts the time since the last
// as running time.
func (c *clock) advance() time.Time {
	boot := c.boot()
	since := max(0, boot-c.bootAt)
	c.running += since
	now := c.base.Add(since)
	if wall := c.wall().Add(-c.skew); wall.After(now) {
		now = wall
	}
	c.base, c.bootAt = now, boot
	return now
}

// now is the trusted time.
func (c *clock) now() time.Time {
	now := c.base.Add(max(0, c.boot()-c.bootAt))
	if wall := c.wall().Add(-c.skew); wall.After(now) {
		return wall
	}
	return now
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

// live sets the clock to what the hub answered to our nonce, also back.
func (c *clock) live(t time.Time) {
	c.advance()
	c.base, c.trusted = t, t
	c.skew = c.wall().Sub(t)
}
