package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// Deleting, collecting and flattening leave the bytes of deleted values on the
// disk. A scrub copies what is wanted to a new folder under a new key, and then
// deletes the old folder. Its files are not overwritten first: on an SSD, or a
// file system that copies on write, that writes somewhere else. What is certain
// is that the old key is gone from the key file, and its share with it.
//
// The key file decides which folder is in force, so that a crash at any step
// leaves one that is whole:
//
//	BeginScrub   a new folder, under a key that is nowhere yet
//	ScrubSome    values copied, in order, while others read and write; at the
//	             end the folder is closed, synced file by file, opened again
//	EndScrub     what changed meanwhile is copied; commit writes the key file
//	             with the new key; from here on the new folder is in force
//	             the old folder is deleted
//
// Open deletes every folder but the one of its key.
type copying struct {
	key  []byte
	to   *base
	next Key  // where to go on
	done bool // everything was copied once, and is durable
	n    int  // values copied
	lost []Key

	mu      sync.Mutex
	changed map[Key]struct{} // written or deleted since it began
}

// maxCopy bounds one batch of copied values.
const (
	maxCopy      = 256
	maxCopyBytes = 1 << 20
)

var errEnough = errors.New("enough for now")

func (cp *copying) note(keys []Key) {
	cp.mu.Lock()
	defer cp.mu.Unlock()
	for _, k := range keys {
		cp.changed[k] = struct{}{}
	}
}

func (cp *copying) takeChanged() []Key {
	cp.mu.Lock()
	defer cp.mu.Unlock()
	keys := make([]Key, 0, len(cp.changed))
	for k := range cp.changed {
		keys = append(keys, k)
	}
	clear(cp.changed)
	return keys
}

// Scrubbing tells whether a scrub is under way.
func (c *Cache) Scrubbing() bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.scrub != nil
}

// BeginScrub makes the folder of a new key, 32 bytes, of which the caller keeps
// a copy. A scrub under way is dropped. ErrFull: there is no room for a second
// copy of what is held.
func (c *Cache) BeginScrub(key []byte) error {
	c.scrubbing.Lock()
	defer c.scrubbing.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.b == nil {
		return fmt.Errorf("scrubbing the cache: %w: it is closed", ErrDown)
	}
	c.dropCopy()
	size, err := folderSize(c.b.folder)
	if err == nil {
		err = c.room(c.cfg.sizes.reserve() + uint64(size))
	}
	if err != nil {
		return fmt.Errorf("scrubbing the cache: %w", err)
	}
	key = bytes.Clone(key)
	folder := filepath.Join(c.cfg.Dir, Folder, folderOf(key)+"-0")
	if err := os.RemoveAll(folder); err != nil {
		return fmt.Errorf("scrubbing the cache: %w", err)
	}
	to, err := c.openBase(folder, key, false)
	if err != nil {
		return fmt.Errorf("scrubbing the cache: %w", err)
	}
	c.scrub = &copying{key: key, to: to, changed: map[Key]struct{}{}}
	return nil
}

// ScrubSome copies for about as long as budget says the values that keep wants,
// and tells whether EndScrub can follow. After an error the scrub is dropped;
// ErrDown means the cache, as ever.
func (c *Cache) ScrubSome(ctx context.Context, keep func(Key) bool, budget time.Duration) (done bool, err error) {
	c.scrubbing.Lock()
	defer c.scrubbing.Unlock()
	c.mu.RLock()
	cp, b := c.scrub, c.b
	if cp == nil || cp.done {
		c.mu.RUnlock()
		return cp != nil, nil
	}
	all, err := c.copySome(ctx, cp, b, keep, time.Now().Add(budget))
	c.mu.RUnlock()
	if err == nil && all {
		err = c.harden(ctx, cp)
	}
	if err != nil {
		c.mu.Lock()
		c.dropCopy()
		c.mu.Unlock()
		return false, fmt.Errorf("scrubbing the cache: %w", err)
	}
	return cp.done, nil
}

// copySome copies from where it left off; all tells that it came to the end.
func (c *Cache) copySome(ctx context.Context, cp *copying, b *base, keep func(Key) bool, until time.Time) (all bool, err error) {
	var pairs []Pair
	size := 0
	flush := func() error {
		if len(pairs) == 0 {
			return nil
		}
		if err := c.room(c.cfg.sizes.reserve()); err != nil {
			return err
		}
		err := cp.to.put(pairs)
		cp.n += len(pairs)
		pairs, size = pairs[:0], 0
		return err
	}
	err = b.each(ctx, walk{from: cp.next, values: true}, func(k Key, value []byte) error {
		cp.next = k
		if !keep(k) {
			return nil
		}
		if len(value) == 0 {
			cp.lost = append(cp.lost, k)
			return nil
		}
		pairs = append(pairs, Pair{k, bytes.Clone(value)})
		if size += len(value); len(pairs) < maxCopy && size < maxCopyBytes {
			return nil
		}
		if err := flush(); err != nil {
			return err
		}
		if cp.next = after(k); time.Now().After(until) {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return false, nil
	}
	return err == nil, errors.Join(err, flush())
}

// after is the key that follows.
func after(k Key) Key {
	for i := KeySize - 1; i >= 0; i-- {
		if k[i]++; k[i] != 0 {
			break
		}
	}
	return k
}

// put writes values as Badger has them.
func (b *base) put(pairs []Pair) error {
	return b.write(func(wb *badger.WriteBatch) error {
		for i := range pairs {
			if err := wb.Set(pairs[i].Key[:], pairs[i].Value); err != nil {
				return err
			}
		}
		return nil
	})
}

// harden makes the copy durable and looks whether it is complete.
func (c *Cache) harden(ctx context.Context, cp *copying) error {
	if err := cp.to.close(); err != nil {
		return err
	}
	if err := syncFiles(cp.to.folder); err != nil {
		return err
	}
	to, err := c.openBase(cp.to.folder, cp.key, true)
	if err != nil {
		return err
	}
	cp.to = to
	if err := to.syncNames(&c.cfg); err != nil {
		return err
	}
	n := 0
	err = to.each(ctx, walk{}, func(Key, []byte) error {
		n++
		return nil
	})
	if err != nil {
		return err
	}
	if n != cp.n {
		return fmt.Errorf("%w: the copy is not complete", ErrDown)
	}
	cp.done = true
	return nil
}

// EndScrub puts the copy in the place of the cache. commit makes the new key
// the one that the next Open is given, durably; after its error the old cache
// stays. The caller sees to it that nothing is put or deleted meanwhile. lost
// are keys that keep wanted and whose values could not be read.
func (c *Cache) EndScrub(commit func() error) (lost []Key, err error) {
	c.scrubbing.Lock()
	defer c.scrubbing.Unlock()
	c.mu.RLock()
	cp, b := c.scrub, c.b
	c.mu.RUnlock()
	if cp == nil || !cp.done || b == nil {
		return nil, fmt.Errorf("scrubbing the cache: %w: no copy is ready", ErrDown)
	}
	err = cp.follow(b)
	if err == nil {
		err = errors.Join(cp.to.syncNames(&c.cfg), commit())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		// Whether commit took hold may not be known: both folders stay until
		// the next Open, which is told the key.
		c.scrub = nil
		return nil, errors.Join(fmt.Errorf("scrubbing the cache: %w", err), cp.to.close())
	}
	c.b, c.scrub, c.cfg.Key = cp.to, nil, cp.key
	if !b.state.isBroken() {
		if err := b.close(); err != nil {
			c.cfg.Log.Warn("the cache that was scrubbed did not close", "err", err)
		}
	}
	if err := errors.Join(c.deleteOthers(), dropAside(c.cfg.Dir)); err != nil {
		return cp.lost, fmt.Errorf("deleting the cache that was scrubbed: %w", err)
	}
	return cp.lost, nil
}

// follow copies what changed while the rest was copied.
func (cp *copying) follow(b *base) error {
	for keys := cp.takeChanged(); len(keys) > 0; keys = cp.takeChanged() {
		err := cp.to.write(func(wb *badger.WriteBatch) error {
			for _, k := range keys {
				var value [1][]byte
				err := b.get([]Key{k}, value[:])
				switch {
				case err == nil:
					err = wb.Set(k[:], value[0])
				case errors.Is(err, ErrAbsent):
					err = wb.Delete(k[:])
				}
				if err != nil {
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

// dropCopy gives a scrub up. mu and scrubbing are held.
func (c *Cache) dropCopy() {
	cp := c.scrub
	if cp == nil {
		return
	}
	c.scrub = nil
	if err := cp.to.close(); err != nil {
		c.cfg.Log.Warn("a scrub was given up and did not close", "err", err)
	}
	if err := os.RemoveAll(cp.to.folder); err != nil {
		c.cfg.Log.Warn("a scrub was given up and left files", "kind", fmt.Sprintf("%T", err))
	}
}

func folderSize(dir string) (int64, error) {
	entries, err := os.ReadDir(dir)
	size := int64(0)
	for _, e := range entries {
		if fi, err := e.Info(); err == nil {
			size += fi.Size()
		}
	}
	return size, err
}

// syncFiles makes every file of a folder durable, and their names.
func syncFiles(dir string) error {
	entries, err := os.ReadDir(dir)
	errs := []error{err}
	for _, e := range entries {
		f, err := os.OpenFile(filepath.Join(dir, e.Name()), os.O_RDWR, 0)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, f.Sync(), f.Close())
	}
	return errors.Join(append(errs, syncDir(dir))...)
}
