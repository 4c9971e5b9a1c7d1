package store

import (
	"context"
	"encoding/binary"

	"satchel/store/cache"
	"satchel/store/identity"
)

const (
	kindRecord = 0x01 // R as received
	kindInner  = 0x02 // W, and the data key and demographics, under the row key
)

// errCacheDown says that Badger cannot be used any more in this process.
var errCacheDown = cache.ErrDown

// cacheKey is kind | handle | version: random and meaningless elsewhere.
type cacheKey cache.Key

func keyOf(kind byte, h identity.Handle, ver uint64) cacheKey {
	var k cacheKey
	k[0] = kind
	copy(k[1:], h[:])
	binary.BigEndian.PutUint64(k[17:], ver)
	return k
}

func (k cacheKey) handle() identity.Handle { return identity.Handle(k[1:17]) }
func (k cacheKey) ver() uint64             { return binary.BigEndian.Uint64(k[17:]) }

// pair is one value to write.
type pair struct {
	key   cacheKey
	value []byte
}

// values is the cache in the vault's words, trusted with nothing: whoever reads
// a value authenticates it.
type values struct{ *cache.Cache }

// openValues opens the cache.
func (v *Vault) openValues(ctx context.Context) (*values, cache.Opened, error) {
	c, found, err := cache.Open(ctx, cache.Config{Dir: v.cfg.Dir, Key: v.content.Cache[:], Log: v.log, Free: v.cfg.free})
	if err != nil {
		return nil, found, err
	}
	return &values{c}, found, nil
}

// write makes values durable; after an error any part of them may be there.
func (c *values) write(pairs []pair) error {
	in := make([]cache.Pair, len(pairs))
	for i := range pairs {
		in[i] = cache.Pair{Key: cache.Key(pairs[i].key), Value: pairs[i].value}
	}
	return c.Put(in)
}

func (c *values) remove(keys []cacheKey) error {
	in := make([]cache.Key, len(keys))
	for i := range keys {
		in[i] = cache.Key(keys[i])
	}
	return c.Delete(in)
}

// get reads one value, or cache.ErrAbsent.
func (c *values) get(k cacheKey) ([]byte, error) { return c.Get(cache.Key(k)) }

// getBoth reads a record and what lies beside it, or cache.ErrAbsent.
func (c *values) getBoth(h identity.Handle, ver uint64) (record, inner []byte, err error) {
	return c.GetBoth(cache.Key(keyOf(kindRecord, h, ver)), cache.Key(keyOf(kindInner, h, ver)))
}

// each gives every key of a kind, and its value where wanted, to do, from
// several goroutines at once: part i of n gets its share of the handles. The
// value is good until do returns.
func (c *values) each(ctx context.Context, kind byte, wanted bool, parts int, do func(part int, k cacheKey, value []byte) error) error {
	return c.Each(ctx, kind, wanted, parts, func(part int, k cache.Key, value []byte) error { return do(part, cacheKey(k), value) })
}
