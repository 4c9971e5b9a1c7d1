package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"satchel/store/audit"
	"satchel/store/cache"
	"satchel/store/seal"
)

// openCacheAtDoor opens the cache and holds it to the key table, which is the
// truth: a row without its values is marked missing and its cohort is fetched
// again from the beginning; a value without a row is deleted. A cache that
// cannot be had at all leaves the vault open with nothing readable, and says so.
func (v *Vault) openCacheAtDoor(ctx context.Context) error {
	c, found, err := v.openValues(ctx)
	if found.Aside != "" {
		v.cacheAside(found.Aside)
	}
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		v.log.Error("the cache cannot be opened", "err", err)
		v.note(Notice{Code: CacheClosed})
		return nil
	}
	v.unnote(CacheClosed)
	v.cache.Store(c)
	v.deleteValuesAtDoor()
	err = v.reconcileAtDoor(ctx, c)
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	return v.cacheFailedAtDoor(err)
}

// cacheAside says, to the owner and in the chain, that the cache was moved
// aside.
func (v *Vault) cacheAside(why cache.Why) {
	v.log.Warn("the cache was moved aside and is filled again", "why", string(why))
	v.note(Notice{Code: CacheQuarantined, File: cache.Folder})
	if _, err := v.enter(audit.Entry{Kind: audit.KindCacheRebuilt}, audit.ClassOther); err != nil {
		v.log.Error("that the cache was moved aside could not be entered", "err", err)
	}
}

// presence is which values the cache has: a byte for each row of the key table,
// in its order, with a bit for the record and one for the inner part of each
// version held. A map of everything held would be larger than the table.
type presence []uint8

// A row's byte has a bit for each kind of each of its versions.
const _ = uint(8 - 2*maxVersions)

// bitOf is the bit of a version's record or inner part in its row's byte.
func bitOf(kind byte, version int) uint8 { return 1 << (2*version + int(kind-kindRecord)) }

// whole tells whether a version's record and inner part were both found.
func (p presence) whole(row, version int) bool {
	both := bitOf(kindRecord, version) | bitOf(kindInner, version)
	return p != nil && p[row]&both == both
}

func (v *Vault) reconcileAtDoor(ctx context.Context, c *values) error {
	cores := runtime.GOMAXPROCS(0)
	found := make(presence, v.table.len())
	strays := make([][]cacheKey, cores) // of each core
	for _, kind := range []byte{kindRecord, kindInner} {
		walkers := slices.Repeat([]walker{{t: v.table}}, cores)
		// A row's keys are all in the share of one core, so that nobody else
		// writes its byte.
		err := c.each(ctx, kind, false, cores, func(core int, k cacheKey, _ []byte) error {
			if row, version := walkers[core].place(k); version >= 0 {
				found[row] |= bitOf(kind, version)
			} else {
				strays[core] = append(strays[core], k)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	v.missing(v.absent(found))
	orphans := slices.Concat(strays...)
	if len(orphans) == 0 {
		return nil
	}
	// A value without a row is what an interrupted erasure leaves, and what a
	// lost row would leave: asking the hub again costs little and settles it.
	v.mu.Lock()
	for _, c := range v.cohorts {
		c.cursor = cursor{}
	}
	v.mu.Unlock()
	if err := c.remove(orphans); !errors.Is(err, cache.ErrFull) {
		return err
	}
	return nil // without a row nothing opens them; they go when there is room
}

// absent gives a key for each held version of which the cache lacks a value;
// without a presence, for all of them.
func (v *Vault) absent(found presence) []cacheKey {
	var out []cacheKey
	for i := range v.table.rows {
		r := &v.table.rows[i]
		for j := range r.Versions {
			if !found.whole(i, j) {
				out = append(out, keyOf(kindRecord, r.Handle, r.Versions[j].Ver))
			}
		}
	}
	return out
}

// missing marks versions whose values are absent or do not authenticate: they
// are not readable, and their cohorts are fetched again. The marks are in
// memory: reconcile and the next look find them again. An older version of a
// row, kept for review, is not to be fetched from anybody: it is given up. The
// door is held.
func (v *Vault) missing(keys []cacheKey) {
	v.mu.Lock()
	n := 0
	var shorter []change
	for _, k := range keys {
		r := v.table.get(k.handle())
		if r == nil || versionOf(r, k.ver()) == nil {
			continue
		}
		// The row's versions are shared with whoever copied the row: make the
		// change on a copy.
		r.Versions = slices.Clone(r.Versions)
		if r.Versions[0].Ver != k.ver() {
			r.Versions = slices.DeleteFunc(r.Versions, func(x seal.Version) bool { return x.Ver == k.ver() })
			v.toDelete = append(v.toDelete, k, keyOf(kindInner, k.handle(), k.ver()))
			shorter = append(shorter, change{row: *r})
			continue
		}
		r.Versions[0].State |= flagMissing
		v.anyCohortLocked(r.Cohort).cursor = cursor{}
		n++
	}
	if n > 0 {
		v.stateDirty = true
		v.noteLocked(Notice{Code: RecordsMissing, N: n})
	}
	if len(shorter) > 0 {
		v.noteLocked(Notice{Code: VersionsLost, N: len(shorter)})
	}
	v.mu.Unlock()
	v.keepShorterAtDoor(shorter)
}

// keepShorterAtDoor makes rows durable that have given up a version. What fails
// here is given up again at the next start.
func (v *Vault) keepShorterAtDoor(rows []change) {
	for batch := range slices.Chunk(rows, putBatch) {
		if err := v.keepRowsAtDoor(batch); err != nil {
			v.log.Warn("that older versions are gone could not be written", "err", err)
			return
		}
	}
	v.deleteValuesAtDoor()
}

// cacheFailedAtDoor moves a cache aside that broke while it was open, and
// begins a new one: every row is missing until the hub has sent it again. A
// full disk is no failure of the cache.
func (v *Vault) cacheFailedAtDoor(cause error) error {
	if errors.Is(cause, cache.ErrFull) {
		v.log.Warn("the disk is too full to write to the cache")
		return nil
	}
	v.log.Warn("the cache broke and is moved aside", "err", cause)
	if old := v.cache.Swap(nil); old != nil {
		if err := old.Close(); err != nil {
			v.log.Warn("the broken cache did not close", "err", err)
		}
	}
	if err := cache.Quarantine(v.cfg.Dir); err != nil {
		return err
	}
	v.cacheAside(cache.WhyDamaged)
	c, _, err := v.openValues(context.Background())
	if err == nil {
		v.cache.Store(c)
	}
	v.missing(v.absent(nil))
	if err != nil {
		v.note(Notice{Code: CacheClosed})
		return errors.Join(fmt.Errorf("making a new cache: %w", err), cause)
	}
	return nil
}
