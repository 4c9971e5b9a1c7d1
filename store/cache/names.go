package cache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// names are the files of Badger's folder whose entries in it are known to be
// on the disk. Badger syncs its files, and not that they are there.
type names struct {
	mu    sync.Mutex
	known []string // sorted
	made  bool     // the folder itself is new
}

// syncNames syncs Badger's folder when it has new files. Until then what was
// written into them is not acknowledged.
func (b *base) syncNames(cfg *Config) error {
	if !cfg.has(guardDirs) {
		return nil
	}
	b.dirs.mu.Lock()
	defer b.dirs.mu.Unlock()
	entries, err := os.ReadDir(b.folder)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDown, err)
	}
	now := make([]string, len(entries))
	for i, e := range entries {
		now[i] = e.Name()
	}
	isNew := func(name string) bool {
		_, known := slices.BinarySearch(b.dirs.known, name)
		return !known
	}
	if !slices.ContainsFunc(now, isNew) {
		b.dirs.known = now
		return nil
	}
	if err := cfg.syncNames(b.folder); err != nil {
		return fmt.Errorf("%w: syncing its folder: %w", ErrDown, err)
	}
	if b.dirs.made {
		b.dirs.made = false
		up := filepath.Dir(b.folder)
		if err := errors.Join(cfg.syncNames(up), cfg.syncNames(filepath.Dir(up))); err != nil {
			return fmt.Errorf("%w: syncing its folder: %w", ErrDown, err)
		}
	}
	b.dirs.known = now
	return nil
}
