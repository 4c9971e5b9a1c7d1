package cache

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// BallastName is the file that is given up when the disk is full, so that the
// cache can still be opened, read and closed.
const BallastName = "ballast"

// room demands free space. Badger writes into mapped files that are longer than
// what the disk has given them: a write that finds the disk full is a SIGBUS.
func (c *Cache) room(need uint64) error {
	if !c.cfg.has(guardRoom) {
		return nil
	}
	free, err := c.cfg.Free(c.cfg.Dir)
	if err != nil {
		return err
	}
	if free < need {
		return ErrFull
	}
	return nil
}

// emptied demands the least room, and gives the ballast up for it.
func (c *Cache) emptied() error {
	err := c.room(c.cfg.sizes.least())
	if !errors.Is(err, ErrFull) {
		return err
	}
	if os.Remove(c.ballast()) != nil {
		return ErrFull
	}
	return c.room(c.cfg.sizes.least())
}

// makeRoom sees to it that Badger can be opened.
func (c *Cache) makeRoom(o *Opened) error {
	_, err := os.Lstat(c.ballast())
	had := err == nil
	if err := c.emptied(); err != nil {
		return err
	}
	_, err = os.Lstat(c.ballast())
	o.Ballast = had && errors.Is(err, fs.ErrNotExist)
	return nil
}

func (c *Cache) ballast() string { return filepath.Join(c.cfg.Dir, BallastName) }

// takeBallast writes the ballast again when there is room for it. Random bytes:
// a file system that compresses would keep zeros for nothing.
func (c *Cache) takeBallast() (err error) {
	if !c.cfg.has(guardRoom) {
		return nil
	}
	if fi, err := os.Lstat(c.ballast()); err == nil && fi.Size() == c.cfg.sizes.ballast {
		return nil
	}
	if err := c.room(c.cfg.sizes.reserve() + uint64(c.cfg.sizes.ballast)); errors.Is(err, ErrFull) {
		return nil
	} else if err != nil {
		return err
	}
	f, err := os.OpenFile(c.ballast(), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("taking ballast: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	block := make([]byte, 1<<20)
	_, _ = rand.Read(block)
	for left := c.cfg.sizes.ballast; left > 0; left -= int64(len(block)) {
		if _, err := f.Write(block[:min(left, int64(len(block)))]); err != nil {
			return fmt.Errorf("taking ballast: %w", err)
		}
	}
	return f.Sync()
}
