package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"satchel/store/audit"
	"satchel/store/cache"
	"satchel/store/seal"
)

const (
	// scrubEvery is how long the bytes of deleted values stay in the cache at
	// most, in running days; their keys are gone from the beginning.
	scrubEvery = 24 * time.Hour
	// scrubShare is the share of what is held from which deleted values are
	// scrubbed at once, when there are scrubLeast of them at least.
	scrubShare = 4
	scrubLeast = 1000

	// scrubWork is how much of a minute a scrub takes while somebody is
	// unlocked, and scrubIdle while nobody is.
	scrubWork = time.Second
	scrubIdle = 10 * time.Second

	// shareEvery is how often turning an owed share is tried: each try writes
	// the whole key file.
	shareEvery = 10 * time.Minute
)

// scrubbing is what is known of the cache's scrubs. It is changed under mu;
// deleted and at are in keys/state.
type scrubbing struct {
	deleted uint64    // values of records deleted since the last one began
	at      int64     // when the last one ended, Unix milliseconds
	key     *seal.Key // of the one under way; under door
	began   uint64    // deleted when it began; under door
}

// stateScrub is the same in keys/state.
type stateScrub struct {
	Deleted uint64 `cbor:"1,keyasint"`
	At      int64  `cbor:"2,keyasint"`
}

// tendCache gives the cache what it needs about once a minute: value log files
// are collected, ballast is taken, and what was deleted is scrubbed, step by
// step while others read and write. It needs nobody unlocked, and not the door
// until the end.
func (v *Vault) tendCache(ctx context.Context) error {
	c := v.cache.Load()
	if c == nil {
		return nil
	}
	budget := scrubIdle
	v.mu.Lock()
	if v.session != nil {
		budget = scrubWork
	}
	v.mu.Unlock()
	if _, err := c.Tend(ctx, budget); err != nil {
		return v.scrubFailed(err)
	}
	if !c.Scrubbing() {
		if begun, err := v.beginScrub(c); err != nil || !begun {
			return v.scrubFailed(err)
		}
	}
	done, err := c.ScrubSome(ctx, v.keeps, budget)
	if err != nil || !done {
		return v.scrubFailed(err)
	}
	return v.endScrub(c)
}

// keeps tells whether a value is of a version that is held.
func (v *Vault) keeps(k cache.Key) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	r := v.table.get(cacheKey(k).handle())
	return r != nil && versionOf(r, cacheKey(k).ver()) != nil
}

// scrubDueLocked tells whether deleted values have lain in the cache for long
// enough, or are many.
func (v *Vault) scrubDueLocked() bool {
	if v.scrub.deleted == 0 {
		return false
	}
	if v.scrub.deleted >= scrubLeast && v.scrub.deleted >= uint64(v.table.len()/scrubShare) {
		return true
	}
	since := v.nowLocked().Sub(millis(v.scrub.at))
	return since < 0 || since >= scrubEvery
}

func (v *Vault) beginScrub(c *values) (bool, error) {
	v.door.Lock()
	defer v.door.Unlock()
	if err := v.usable(); err != nil {
		return false, nil // closed meanwhile
	}
	v.mu.Lock()
	due := v.scrubDueLocked()
	v.mu.Unlock()
	if !due || v.cache.Load() != c {
		return false, nil
	}
	key := seal.NewKey()
	if err := c.BeginScrub(key[:]); err != nil {
		return false, err
	}
	v.scrub.key, v.scrub.began = &key, v.scrub.deleted
	return true, nil
}

// endScrub puts the copy in the cache's place: the next generation of the key
// file names its key, and takes the old key with it.
func (v *Vault) endScrub(c *values) error {
	v.door.Lock()
	defer v.door.Unlock()
	if v.usable() != nil || v.cache.Load() != c || v.scrub.key == nil {
		return nil
	}
	old := v.content.Cache
	lost, err := c.EndScrub(func() error {
		v.content.Cache = *v.scrub.key
		saved, err := v.saveKeysAtDoor()
		if saved.Generation == 0 {
			v.content.Cache = old
		}
		return err
	})
	v.scrub.key.Wipe()
	v.scrub.key = nil
	if err != nil {
		return v.scrubFailedAtDoor(err)
	}
	old.Wipe()
	v.mu.Lock()
	v.scrub.deleted -= v.scrub.began
	v.scrub.at = v.nowLocked().UnixMilli()
	v.stateDirty = true
	v.mu.Unlock()
	var missing []cacheKey
	for _, k := range lost {
		missing = append(missing, cacheKey(k))
	}
	v.missing(missing)
	return v.saveStateAtDoor()
}

func (v *Vault) scrubFailed(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	v.door.Lock()
	defer v.door.Unlock()
	return v.scrubFailedAtDoor(err)
}

// scrubFailedAtDoor leaves a scrub for later where the disk is too full, and
// has a cache that broke made anew.
func (v *Vault) scrubFailedAtDoor(err error) error {
	switch {
	case errors.Is(err, cache.ErrFull):
		v.log.Warn("there is no room to scrub the cache; it is tried again")
		return nil
	case errors.Is(err, cache.ErrDown) && v.usable() == nil && v.cache.Load() != nil:
		return v.cacheFailedAtDoor(err)
	}
	return fmt.Errorf("scrubbing the cache: %w", err)
}

// shareSavedAtDoor notes whether the share was turned with a generation, and
// tells when a debt was paid.
func (v *Vault) shareSavedAtDoor(saved seal.Saved) {
	if !saved.Turned {
		v.shareOwed = true
		v.note(Notice{Code: ShareNotTurned})
		return
	}
	if !v.shareOwed {
		return
	}
	v.shareOwed, v.shareTried = false, 0
	v.unnote(ShareNotTurned)
	if v.items == nil {
		return // while opening: the item of the erasure tells
	}
	if _, err := v.enter(audit.Entry{Kind: audit.KindKeysTurned, Decision: "share", Turned: true}, audit.ClassOther); err != nil {
		v.log.Error("that the share was turned could not be entered", "err", err)
	}
}

// payShareAtDoor makes up for an erasure that found the share's store silent:
// the next generation lies under a new share as soon as it answers.
func (v *Vault) payShareAtDoor() error {
	now := v.cfg.Boot()
	if !v.shareOwed || v.shareTried != 0 && now-v.shareTried < shareEvery || !v.keys.ShareAnswers() {
		return nil
	}
	v.shareTried = now
	if _, err := v.saveKeysAtDoor(); err != nil {
		return fmt.Errorf("turning the share: %w", err)
	}
	return nil
}
