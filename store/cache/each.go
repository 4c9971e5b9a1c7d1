package cache

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/dgraph-io/badger/v4"
)

// Each gives every key that begins with kind, and its value where values is
// set, to do, from several goroutines at once: part i of n gets its share of
// the second byte. The value is good until do returns; it is nil where it
// cannot be read, as if it were absent. An error of do ends the walk and is
// returned; so does ctx.
func (c *Cache) Each(ctx context.Context, kind byte, values bool, parts int, do func(part int, k Key, value []byte) error) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.b == nil {
		return fmt.Errorf("reading the cache: %w: it is closed", ErrDown)
	}
	errs := make([]error, parts)
	var wg sync.WaitGroup
	for part := range parts {
		wg.Go(func() {
			w := walk{from: Key{kind, byte(part * 256 / parts)}, kind: kind, values: values, more: func(k Key) bool {
				return int(k[1]) < (part+1)*256/parts
			}}
			errs[part] = c.b.each(ctx, w, func(k Key, value []byte) error {
				if values && c.cfg.has(guardPad) {
					value, _ = unpad(value)
				}
				return do(part, k, value)
			})
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// walk says which keys are wanted.
type walk struct {
	from   Key
	kind   byte // 0: every kind
	values bool
	more   func(Key) bool // nil: to the end
}

// each gives keys in order, with values as Badger has them.
func (b *base) each(ctx context.Context, w walk, do func(Key, []byte) error) (err error) {
	defer recovered(&err)
	opts := badger.DefaultIteratorOptions
	opts.PrefetchValues = false // it starts a goroutine for each value; small ones lie beside their keys
	if w.kind != 0 {
		opts.Prefix = []byte{w.kind}
	}
	var given error // what do, or ctx, said; the rest is Badger's
	err = b.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(opts)
		defer it.Close()
		for it.Seek(w.from[:]); it.Valid(); it.Next() {
			if given = ctx.Err(); given != nil {
				return given
			}
			item := it.Item()
			if len(item.Key()) != KeySize {
				continue // not ours: nothing asks for it
			}
			k := Key(item.Key())
			if w.more != nil && !w.more(k) {
				return nil
			}
			if !w.values {
				if given = do(k, nil); given != nil {
					return given
				}
				continue
			}
			err := item.Value(func(value []byte) error {
				given = do(k, value)
				return given
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && given == nil {
		return fmt.Errorf("reading the cache: %w", down(err))
	}
	return err
}
