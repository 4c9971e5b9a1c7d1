package cache

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// A table that Badger cannot read makes it panic in a goroutine of its own, and
// nothing can catch that: while it opens, or later. The marker tells of the
// first. For the second, starts are counted that ended, without a power cut and
// without a close, before the cache had been good for a while.
const (
	livesName = "cache-open"
	// settleAfter is how long a cache is open before it counts as good.
	settleAfter = 10 * time.Second
	// checkFrom is the count of deaths from which everything is read and
	// rewritten at opening, under the marker; asideFrom that from which the
	// cache is moved aside even if that finds nothing.
	checkFrom = 3
	asideFrom = 6
)

// settler remembers whether the present opening counts as good.
type settler struct{ done atomic.Bool }

// beginLife reads how earlier processes ended, moves the cache aside if that
// asks for it, and counts this one as dead until it settles. check tells that
// everything is to be read first.
func (c *Cache) beginLife(o *Opened) (check bool, err error) {
	deaths := c.deaths()
	if _, err := os.Lstat(filepath.Join(c.cfg.Dir, Marker)); err == nil && c.cfg.has(guardMarker) {
		o.Aside = WhyDiedOpening
	} else if deaths >= asideFrom && c.cfg.has(guardDeaths) {
		o.Aside = WhyDiedSoon
	}
	if o.Aside != "" {
		if err := Quarantine(c.cfg.Dir); err != nil {
			return false, err
		}
		deaths = 0
	}
	text := fmt.Appendf(nil, "%d %s\n", deaths+1, machineStart())
	if err := os.WriteFile(filepath.Join(c.cfg.Dir, livesName), text, 0o600); err != nil {
		// On a full disk nothing can be counted, and Badger is not the reason.
		c.cfg.Log.Warn("that the cache is open could not be written down", "kind", fmt.Sprintf("%T", err))
	}
	return deaths >= checkFrom && c.cfg.has(guardDeaths), nil
}

// deaths gives how many processes in a row died soon after opening, since the
// machine started.
func (c *Cache) deaths() int {
	text, err := os.ReadFile(filepath.Join(c.cfg.Dir, livesName))
	if err != nil {
		return 0
	}
	var n int
	var start string
	if _, err := fmt.Sscanf(string(text), "%d %s\n", &n, &start); err != nil || start != machineStart() || n < 0 {
		return 0
	}
	return n
}

// settle ends the count once the cache has been good for a while.
func (c *Cache) settle() {
	if c.settled.done.Load() || time.Since(c.opened) < settleAfter || !c.settled.done.CompareAndSwap(false, true) {
		return
	}
	if err := c.endLife(); err != nil {
		c.cfg.Log.Warn("that the cache is sound could not be written down", "kind", fmt.Sprintf("%T", err))
	}
}

func (c *Cache) endLife() error {
	err := os.Remove(filepath.Join(c.cfg.Dir, livesName))
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

// machineStart names the present run of the machine, where the system has such
// a name: a battery that went flat is no sign against the cache.
func machineStart() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil || len(id) < 8 {
		return "-"
	}
	return string(id[:8])
}
