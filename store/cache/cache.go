package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/dgraph-io/badger/v4"
)

// KeySize is the only length a key may have: lengths of keys lie in clear.
const KeySize = 25

// Key is where a value lies. It lies in clear in some of Badger's files until
// it is compacted: it MUST say nothing to whoever has no other key.
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
)

// Cache is an open cache. Its methods may be called from several goroutines.
type Cache struct {
	log *slog.Logger

	mu sync.RWMutex // held for reading while db is used, for writing to replace it
	db *badger.DB
}

// Put makes values durable; after an error any part of them may be there.
func (c *Cache) Put(pairs []Pair) error {
	return c.batch("writing to the cache", func(wb *badger.WriteBatch) error {
		for i := range pairs {
			if err := wb.Set(pairs[i].Key[:], pairs[i].Value); err != nil {
				return err
			}
		}
		return nil
	})
}

// Delete makes values unreadable through this package, durably. Their bytes
// stay on the disk until a scrub. An unknown key is no error.
func (c *Cache) Delete(keys []Key) error {
	return c.batch("deleting from the cache", func(wb *badger.WriteBatch) error {
		for i := range keys {
			if err := wb.Delete(keys[i][:]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *Cache) batch(what string, fill func(*badger.WriteBatch) error) (err error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	defer recovered(&err)
	wb := c.db.NewWriteBatch()
	defer wb.Cancel()
	if err := fill(wb); err != nil {
		return down(what, err)
	}
	if err := wb.Flush(); err != nil {
		return down(what, err)
	}
	return nil
}

// Get reads one value, or ErrAbsent.
func (c *Cache) Get(k Key) (value []byte, err error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	defer recovered(&err)
	err = c.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get(k[:])
		if err != nil {
			return err
		}
		value, err = item.ValueCopy(nil)
		return err
	})
	switch {
	case errors.Is(err, badger.ErrKeyNotFound):
		return nil, ErrAbsent
	case err != nil:
		return nil, down("reading the cache", err)
	case len(value) == 0:
		return nil, ErrAbsent
	}
	return value, nil
}

// Each gives every key that begins with kind, and its value where values is
// set, to do, from several goroutines at once: part i of n gets its share of
// the second byte. The value is good until do returns.
func (c *Cache) Each(ctx context.Context, kind byte, values bool, parts int, do func(part int, k Key, value []byte) error) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	errs := make([]error, parts)
	var wg sync.WaitGroup
	for part := range parts {
		wg.Go(func() {
			errs[part] = eachBetween(ctx, c.db, kind, part*256/parts, (part+1)*256/parts, values,
				func(k Key, value []byte) error { return do(part, k, value) })
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func eachBetween(ctx context.Context, db *badger.DB, kind byte, from, to int, values bool, do func(Key, []byte) error) (err error) {
	defer recovered(&err)
	opts := badger.DefaultIteratorOptions
	opts.PrefetchValues = values
	opts.Prefix = []byte{kind}
	return db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(opts)
		defer it.Close()
		for it.Seek([]byte{kind, byte(from)}); it.Valid(); it.Next() {
			if err := ctx.Err(); err != nil {
				return err
			}
			item := it.Item()
			if len(item.Key()) != KeySize {
				continue // not ours: nothing asks for it
			}
			k := Key(item.Key())
			if int(k[1]) >= to {
				return nil
			}
			if !values {
				if err := do(k, nil); err != nil {
					return err
				}
				continue
			}
			if err := item.Value(func(value []byte) error { return do(k, value) }); err != nil {
				return err
			}
		}
		return nil
	})
}

// maxTidy bounds the value log files rewritten at a time: 64 MB each.
const maxTidy = 2

// Tidy rewrites value log files that are mostly deleted values, a few at most:
// Badger never does it by itself. Nothing to do is no error.
func (c *Cache) Tidy() (err error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	defer recovered(&err)
	for range maxTidy {
		switch err := c.db.RunValueLogGC(0.5); {
		case err == nil:
		case errors.Is(err, badger.ErrNoRewrite), errors.Is(err, badger.ErrRejected):
			return nil
		default:
			return down("tidying the cache", err)
		}
	}
	return nil
}

// Close closes the cache. It is not used afterwards.
func (c *Cache) Close() (err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer recovered(&err)
	if err := c.db.Close(); err != nil {
		return down("closing the cache", err)
	}
	return nil
}

// down hides what Badger said: its errors hold keys and paths.
func down(what string, err error) error { return fmt.Errorf("%s: %w: %T", what, ErrDown, err) }

// recovered turns a panic of Badger's (it panics on damaged tables) into
// ErrDown.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%w: it panicked", ErrDown)
	}
}

// EveryVersion gives every value that Badger can still find under dir, the
// deleted and the older ones too, without changing what a Cache would find:
// for the tests that look for what should be gone. The cache is closed.
func EveryVersion(dir string, key []byte, do func(k Key, value []byte)) (err error) {
	defer recovered(&err)
	db, err := openBadger(dir, key, slog.New(slog.DiscardHandler))
	if err != nil {
		return down("reading the cache", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.View(func(txn *badger.Txn) error {
		opts := badger.DefaultIteratorOptions
		opts.AllVersions = true
		it := txn.NewIterator(opts)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			value, err := it.Item().ValueCopy(nil)
			if err != nil || len(value) == 0 || len(it.Item().Key()) != KeySize {
				continue
			}
			do(Key(it.Item().Key()), bytes.Clone(value))
		}
		return nil
	})
}
