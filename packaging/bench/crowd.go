package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"satchel/assets/people"
	"satchel/store"
	"satchel/store/identity"
)

// crowd is a laptop's vault that holds a population, filled by an authority of
// its own, with the real cost of a passphrase.
type crowd struct {
	laptop
	hub     *authority
	pids    []identity.PID // of those held, in the order in which they came
	raw     int64          // bytes of their documents
	filling time.Duration  // what PutRecords took, all in all
	working time.Duration  // processor time of it
}

// crowd gives the vault of n people, made when it is first asked for.
func (b *bench) crowd(ctx context.Context, n int) (*crowd, error) {
	if c := b.crowds[n]; c != nil {
		return c, c.open(ctx)
	}
	dir, err := os.MkdirTemp(b.dir, "satchel-bench-")
	if err != nil {
		return nil, fmt.Errorf("making a folder to measure in: %w", err)
	}
	c := &crowd{laptop: laptop{cfg: store.Config{Dir: dir, Demo: true}}}
	b.crowds[n] = c // removed with the others, whatever happens below
	b.say("  filling a vault with %d people", n)
	if err := c.found(ctx); err != nil {
		return nil, fmt.Errorf("making a vault: %w", err)
	}
	if err := c.fill(ctx, n); err != nil {
		return nil, fmt.Errorf("filling a vault: %w", err)
	}
	return c, nil
}

func (b *bench) closeCrowds() error {
	var errs []error
	for n, c := range b.crowds {
		errs = append(errs, c.close(), os.RemoveAll(c.cfg.Dir))
		delete(b.crowds, n)
	}
	return errors.Join(errs...)
}

// found makes an enrolled laptop that has what a session brings before records.
func (c *crowd) found(ctx context.Context) error {
	hub, err := newAuthority(time.Now())
	if err != nil {
		return err
	}
	c.hub = hub
	c.v, err = store.Create(ctx, c.cfg, store.Founding{
		Certificate: hub.cert, DeviceName: "Measured laptop", Kind: identity.Laptop,
		First: &store.FirstPerson{Name: "Measured Nurse", Role: identity.DistrictNurse, Passphrase: []byte(passphrase)},
	})
	if err != nil {
		return err
	}
	return errors.Join(hub.enrol(c.v), hub.vouch(ctx, c.v))
}

// chunk is how many records one call of PutRecords takes.
const chunk = 2000

// fill lets the authority release summaries, and times the vault's taking them,
// somebody being unlocked, so that their inner parts are made as they come.
func (c *crowd) fill(ctx context.Context, n int) error {
	s, err := c.unlock(ctx)
	if err != nil {
		return err
	}
	defer s.Lock()
	docs := make([][]byte, 0, chunk)
	take := func() error {
		in, err := c.release(docs)
		if err != nil {
			return err
		}
		docs = docs[:0]
		before, start := processor(), time.Now()
		kept, err := c.v.PutRecords(ctx, c.hub.cohort, in, 1, uint64(len(c.pids)))
		c.filling, c.working = c.filling+time.Since(start), c.working+processor()-before
		if err == nil && kept != len(in) {
			err = fmt.Errorf("%d of %d were kept", kept, len(in))
		}
		return err
	}
	for d := range people.Generate(seed, n) {
		c.raw += int64(len(d.JSON))
		if docs = append(docs, d.JSON); len(docs) == chunk {
			if err := errors.Join(ctx.Err(), take()); err != nil {
				return err
			}
		}
	}
	if len(docs) == 0 {
		return nil
	}
	return take()
}

// release signs and seals documents on every core.
func (c *crowd) release(docs [][]byte) ([]store.Incoming, error) {
	first := len(c.pids)
	for range docs {
		c.pids = append(c.pids, identity.Random[identity.PID]())
	}
	out, errs := make([]store.Incoming, len(docs)), make([]error, len(docs))
	cores := runtime.GOMAXPROCS(0)
	var all sync.WaitGroup
	for core := range cores {
		all.Go(func() {
			for i := core; i < len(docs); i += cores {
				out[i], errs[i] = c.hub.release(c.pids[first+i], uint64(first+i+1), docs[i])
			}
		})
	}
	all.Wait()
	return out, errors.Join(errs...)
}

// withdraw lets the hub withdraw the last n people, and times how long the vault
// takes until their keys are gone, durably.
func (c *crowd) withdraw(ctx context.Context, n int) (time.Duration, error) {
	from := len(c.hub.entries)
	for _, pid := range c.pids[len(c.pids)-n:] {
		if err := c.hub.kill(pid); err != nil {
			return 0, err
		}
	}
	run, err := c.hub.run(from)
	if err != nil {
		return 0, err
	}
	c.pids = c.pids[:len(c.pids)-n]
	start := time.Now()
	err = c.v.TakeGovernance(ctx, c.hub.cohort, run)
	took := time.Since(start)
	if err == nil && c.v.Count() != len(c.pids) {
		err = fmt.Errorf("%d people are held, not %d", c.v.Count(), len(c.pids))
	}
	return took, err
}

// size is how many bytes the closed folder has: of its files, and the part of it
// that is the cache.
func (c *crowd) size(ctx context.Context) (total, cache int64, err error) {
	if err := c.close(); err != nil {
		return 0, 0, err
	}
	err = filepath.WalkDir(c.cfg.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		total += info.Size()
		if strings.HasPrefix(path, filepath.Join(c.cfg.Dir, "cache")+string(filepath.Separator)) {
			cache += info.Size()
		}
		return nil
	})
	return total, cache, errors.Join(err, c.open(ctx))
}
