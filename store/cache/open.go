package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dgraph-io/badger/v4"
)

// Folder is the cache's folder in the data folder, and Marker the file beside
// it that is there while Badger is being opened.
const (
	Folder = "cache"
	Marker = "cache-opening"

	asidePrefix = "cache-aside-"
)

// Config says where a cache lies. Dir and Key are required.
type Config struct {
	// Dir is the data folder; the cache and what belongs to it lie in it.
	Dir string
	// Key is Badger's encryption key, 32 bytes: a second skin, and no more.
	Key []byte
	// Log is told what an operator should see: never a key, a value or a
	// path. Nil: nothing is logged.
	Log *slog.Logger
}

// Opened says what Open found.
type Opened struct {
	// Aside is true when what was there was moved aside: an earlier process
	// died in it, or it did not open. The cache is then new and empty.
	Aside bool
}

// Open opens the cache, or makes it. A marker says that an earlier process died
// inside this call: then, and on any error of Badger's, what is there is moved
// aside and a new cache is made.
func Open(_ context.Context, cfg Config) (c *Cache, o Opened, err error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	marker := filepath.Join(cfg.Dir, Marker)
	if _, err := os.Lstat(marker); err == nil {
		if err := Quarantine(cfg.Dir); err != nil {
			return nil, o, err
		}
		o.Aside = true
	}
	if err := os.WriteFile(marker, nil, 0o600); err != nil {
		return nil, o, fmt.Errorf("opening the cache: %w", err)
	}
	db, err := openBadger(cfg.Dir, cfg.Key, cfg.Log)
	if err != nil {
		cfg.Log.Warn("the cache did not open and is moved aside", "kind", fmt.Sprintf("%T", err))
		if err := Quarantine(cfg.Dir); err != nil {
			return nil, o, err
		}
		o.Aside = true
		if db, err = openBadger(cfg.Dir, cfg.Key, cfg.Log); err != nil {
			return nil, o, down("making a new cache", err)
		}
	}
	if err := os.Remove(marker); err != nil {
		return nil, o, errors.Join(fmt.Errorf("opening the cache: %w", err), db.Close())
	}
	return &Cache{db: db, log: cfg.Log}, o, nil
}

func openBadger(dir string, key []byte, log *slog.Logger) (db *badger.DB, err error) {
	defer recovered(&err)
	return badger.Open(options(filepath.Join(dir, Folder), key, log))
}

// Quarantine renames the cache of a data folder, keeping only the newest one
// set aside: it is sealed, and evidence of what went wrong. The cache is closed.
func Quarantine(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("moving the cache aside: %w", err)
	}
	last := 0
	for _, e := range entries {
		n, found := strings.CutPrefix(e.Name(), asidePrefix)
		if !found {
			continue
		}
		if i, err := strconv.Atoi(n); err == nil {
			last = max(last, i)
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("moving the cache aside: %w", err)
		}
	}
	to := filepath.Join(dir, asidePrefix+strconv.Itoa(last+1))
	if err := os.Rename(filepath.Join(dir, Folder), to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("moving the cache aside: %w", err)
	}
	return nil
}
