package cache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// maxCollected bounds the value log files rewritten in one call of Tend.
const maxCollected = 16

// collectRatio is the share of deleted values from which a value log file is
// rewritten.
const collectRatio = 0.5

// Tend does what Badger never does by itself: it rewrites value log files that
// are mostly deleted values until none is left or budget is used up, and takes
// ballast again when there is room. more tells that there is more to do. Call
// it about once an hour, and again soon while more.
func (c *Cache) Tend(ctx context.Context, budget time.Duration) (more bool, err error) {
	c.scrubbing.Lock()
	defer c.scrubbing.Unlock()
	until := time.Now().Add(budget)
	for range maxCollected {
		if ctx.Err() != nil || c.Scrubbing() { // a scrub leaves nothing to collect
			break
		}
		if more, err = c.collect(); err != nil || !more || time.Now().After(until) {
			break
		}
	}
	if err == nil {
		err = c.takeBallast()
	}
	if err != nil {
		return false, fmt.Errorf("tending the cache: %w", err)
	}
	c.settle()
	return more, nil
}

// collect rewrites one value log file; done tells that it did.
func (c *Cache) collect() (did bool, err error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	defer recovered(&err)
	if c.b == nil {
		return false, fmt.Errorf("%w: it is closed", ErrDown)
	}
	if c.room(c.cfg.sizes.reserve()) != nil {
		return false, nil // what it rewrites it writes first
	}
	switch err := c.b.RunValueLogGC(collectRatio); {
	case err == nil:
		return true, nil
	case errors.Is(err, badger.ErrNoRewrite), errors.Is(err, badger.ErrRejected):
		return false, nil
	default:
		return false, down(err)
	}
}
