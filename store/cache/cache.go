package cache

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// KeySize is the only length a key may have: lengths of keys lie in clear.
const KeySize = 25

// Key is where a value lies. It MUST say nothing to whoever has no other key.
type Key [KeySize]byte

// Pair is one value to write. The value is sealed: this package pads it and
// hides its bytes under a second skin, and vouches for nothing.
type Pair struct {
	Key   Key
	Value []byte
}

var (
	// ErrDown: Badger cannot be used any more in this process. Close the
	// cache, [Quarantine] it and open a new one.
	ErrDown = errors.New("the cache does not work")
	// ErrAbsent: there is no such value, or it is damaged: with Badger the
	// two cannot be told apart. Fetch it again.
	ErrAbsent = errors.New("no value")
	// ErrFull: the disk is too full to write. Nothing was written, and
	// nothing is wrong with what is there; try again when there is room.
	ErrFull = errors.New("too little room on the disk for the cache")
)

// Cache is an open cache. Its methods may be called from several goroutines.
//
// Lock order: scrubbing, mu, dirs.
type Cache struct {
	cfg    Config
	opened time.Time

	mu    sync.RWMutex // for reading while b is used, for writing to replace or close it
	b     *base
	scrub *copying // the scrub under way, or nil; replaced under mu and scrubbing

	scrubbing sync.Mutex // one step of a scrub, or of tending, at a time
	settled   settler
}

// base is one open Badger.
type base struct {
	*badger.DB
	folder string
	state  *state
	dirs   names
}

// Put makes values durable, or says that it did not; then any part of them may
// be there. Free space is looked at every few megabytes. Errors: ErrFull,
// ErrDown.
func (c *Cache) Put(pairs []Pair) error {
	for len(pairs) > 0 {
		n, size := 0, uint64(0)
		var keys []Key
		for n < len(pairs) && size < maxPart {
			keys = append(keys, pairs[n].Key)
			size += uint64(len(pairs[n].Value))
			n++
		}
		part := pairs[:n]
		if pairs = pairs[n:]; size <= maxPart {
			size = 0 // the reserve has room for it
		}
		if err := c.room(c.cfg.sizes.reserve() + size); err != nil {
			return fmt.Errorf("writing to the cache: %w", err)
		}
		err := c.change("writing to the cache", keys, func(wb *badger.WriteBatch) error {
			for i := range part {
				if err := wb.Set(part[i].Key[:], c.padded(part[i].Value)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// maxPart is how much is written between two looks at the free space.
const maxPart = 4 << 20

func (c *Cache) padded(value []byte) []byte {
	if c.cfg.has(guardPad) {
		return pad(value)
	}
	return value
}

// Delete makes values unreadable through this package, durably. Their bytes
// stay on the disk until a scrub. An unknown key is no error. Errors: ErrFull,
// ErrDown.
func (c *Cache) Delete(keys []Key) error {
	if err := c.room(c.cfg.sizes.least()); err != nil {
		return fmt.Errorf("deleting from the cache: %w", err)
	}
	return c.change("deleting from the cache", keys, func(wb *badger.WriteBatch) error {
		for i := range keys {
			if err := wb.Delete(keys[i][:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// change writes one batch, and tells a scrub under way about it.
func (c *Cache) change(what string, keys []Key, fill func(*badger.WriteBatch) error) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.b == nil {
		return fmt.Errorf("%s: %w: it is closed", what, ErrDown)
	}
	if c.scrub != nil {
		c.scrub.note(keys)
	}
	if err := c.b.write(fill); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := c.b.syncNames(&c.cfg); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	c.settle()
	return nil
}

// write waits for a batch until it is durable or Badger is known to be broken:
// one that cannot flush its memtables waits for ever.
func (b *base) write(fill func(*badger.WriteBatch) error) error {
	if b.state.isBroken() {
		return fmt.Errorf("%w: it said so", ErrDown)
	}
	done := make(chan error, 1)
	go func() { // ends with the batch; with a Badger that never answers it is abandoned
		done <- func() (err error) {
			defer recovered(&err)
			wb := b.NewWriteBatch()
			defer wb.Cancel()
			if err := fill(wb); err != nil {
				return down(err)
			}
			if err := wb.Flush(); err != nil {
				return down(err)
			}
			return nil
		}()
	}()
	select {
	case err := <-done:
		if err == nil && b.state.isBroken() {
			err = fmt.Errorf("%w: it said so", ErrDown) // and yet reported success
		}
		return err
	case <-b.state.broken:
		return fmt.Errorf("%w: it said so", ErrDown)
	}
}

// Get reads one value, or ErrAbsent.
func (c *Cache) Get(k Key) ([]byte, error) {
	var values [1][]byte
	err := c.read([]Key{k}, values[:])
	return values[0], err
}

// GetBoth reads two values as of one moment, or ErrAbsent when one of them is.
func (c *Cache) GetBoth(a, b Key) (valueOfA, valueOfB []byte, err error) {
	var values [2][]byte
	err = c.read([]Key{a, b}, values[:])
	return values[0], values[1], err
}

// read puts the value of each key into values; after an error there are none.
func (c *Cache) read(keys []Key, values [][]byte) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.b == nil {
		return fmt.Errorf("reading the cache: %w: it is closed", ErrDown)
	}
	err := c.b.get(keys, values)
	if err == nil {
		c.settle()
		err = c.unpadded(values)
	}
	if err != nil {
		clear(values)
	}
	if err != nil && !errors.Is(err, ErrAbsent) {
		return fmt.Errorf("reading the cache: %w", err)
	}
	return err
}

func (c *Cache) unpadded(values [][]byte) error {
	if !c.cfg.has(guardPad) {
		return nil
	}
	for i := range values {
		value, ok := unpad(values[i])
		if !ok {
			return ErrAbsent
		}
		values[i] = value
	}
	return nil
}

// get gives values as Badger has them: padded.
func (b *base) get(keys []Key, values [][]byte) (err error) {
	defer recovered(&err)
	err = b.View(func(txn *badger.Txn) error {
		for i := range keys {
			item, err := txn.Get(keys[i][:])
			if err != nil {
				return err
			}
			if values[i], err = item.ValueCopy(nil); err != nil {
				return err
			}
			if len(values[i]) == 0 { // Badger's way of saying that it could not be read
				return badger.ErrKeyNotFound
			}
		}
		return nil
	})
	switch {
	case errors.Is(err, badger.ErrKeyNotFound):
		return ErrAbsent
	case err != nil:
		return down(err)
	}
	return nil
}

// Close closes the cache. It is not used afterwards. A Badger that broke, or
// that would be killed by a full disk while it closes, is left to the end of
// the process: what it acknowledged is in its logs.
func (c *Cache) Close() error {
	c.scrubbing.Lock()
	defer c.scrubbing.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.b == nil {
		return nil
	}
	c.dropCopy()
	b := c.b
	c.b = nil
	if b.state.isBroken() || c.emptied() != nil {
		return nil
	}
	if err := b.close(); err != nil {
		return fmt.Errorf("closing the cache: %w", err)
	}
	return c.endLife()
}

func (b *base) close() (err error) {
	defer recovered(&err)
	if err := b.DB.Close(); err != nil {
		return down(err)
	}
	return nil
}

// down hides what Badger said: its errors hold keys and paths.
func down(err error) error { return fmt.Errorf("%w: %T", ErrDown, err) }

// recovered turns a panic of Badger's (it panics on damaged tables) into
// ErrDown.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%w: it panicked", ErrDown)
	}
}
