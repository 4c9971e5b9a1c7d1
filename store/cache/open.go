package cache

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/dgraph-io/badger/v4"

	"satchel/store/files"
)

// Names in the data folder.
const (
	// Folder holds Badger's folder, one for each of its keys: only one of
	// them is in force.
	Folder = "cache"
	// Marker is there while Badger is being opened.
	Marker = "cache-opening"

	asidePrefix = "cache-aside-"
)

// Config says where a cache lies. Dir and Key are required; other zero values
// are the documented defaults.
type Config struct {
	// Dir is the data folder; the cache and what belongs to it lie in it.
	Dir string
	// Key is Badger's encryption key, 32 bytes: a second skin. It names
	// Badger's folder too, so that a new key begins a new cache.
	Key []byte
	// Log is told what an operator should see: never a key, a value or a
	// path. Nil: nothing is logged.
	Log *slog.Logger
	// Free gives the free bytes of the volume of a folder. Nil: files.Free.
	Free func(string) (uint64, error)

	sizes     sizes  // tests; zero: laptop
	off       guards // tests
	opening   func() // tests: called between the marker and Badger
	syncNames func(dir string) error
}

// Why says why a cache was moved aside.
type Why string

// The reasons.
const (
	WhyDiedOpening Why = "a process died while it was being opened"
	WhyDiedSoon    Why = "processes died soon after it was opened"
	WhyDamaged     Why = "it did not open"
)

// Opened says what Open found.
type Opened struct {
	// Aside says why what was there was moved aside; the cache is then new
	// and empty. Empty: it was not.
	Aside Why
	// Checked is true when the whole cache was read and compacted first,
	// because processes had died soon after opening it.
	Checked bool
	// Ignored is true when Badger left damaged tables out: some keys are
	// gone, and the list of what should be there says which.
	Ignored bool
	// Ballast is true when the ballast was given up to open on a full disk.
	Ballast bool
}

func (c *Config) complete() error {
	if c.Log == nil {
		c.Log = quiet()
	}
	if c.Free == nil {
		c.Free = files.Free
	}
	if c.sizes == (sizes{}) {
		c.sizes = laptop
	}
	if c.syncNames == nil {
		c.syncNames = syncDir
	}
	if c.Dir == "" || len(c.Key) != 32 {
		return fmt.Errorf("%w: no folder or no key", errOptions)
	}
	c.Key = bytes.Clone(c.Key) // Badger keeps it
	return nil
}

// Open opens the cache, or makes it. What cannot be opened, and what processes
// died in, is moved aside and made anew: that is no error, and Opened says so.
// Errors: ErrFull, and ErrDown when no cache can be made at all.
func Open(ctx context.Context, cfg Config) (*Cache, Opened, error) {
	var o Opened
	c, err := open(ctx, cfg, &o)
	if err != nil {
		return nil, o, fmt.Errorf("opening the cache: %w", err)
	}
	return c, o, nil
}

func open(ctx context.Context, cfg Config, o *Opened) (_ *Cache, err error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	c := &Cache{cfg: cfg, opened: time.Now()}
	check, err := c.beginLife(o)
	if err != nil {
		return nil, err
	}
	if err := c.makeRoom(o); err != nil {
		return nil, err
	}
	if err := c.mark(); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.unmark()) }() // unless the process dies
	if cfg.opening != nil {
		cfg.opening()
	}
	if c.b, err = c.openSound(ctx, check); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		cfg.Log.Warn("the cache did not open and is moved aside", "err", err)
		if o.Aside, err = WhyDamaged, Quarantine(cfg.Dir); err != nil {
			return nil, err
		}
		if c.b, err = c.openSound(ctx, false); err != nil {
			return nil, fmt.Errorf("making a new one: %w", err)
		}
	}
	o.Checked, o.Ignored = check, c.b.state.ignored.Load()
	if err := errors.Join(c.deleteOthers(), c.b.syncNames(&cfg)); err != nil {
		return nil, errors.Join(err, c.b.close())
	}
	return c, nil
}

// mark makes the marker. It need not survive a power cut: what it tells is
// that a process died, and then the machine goes on.
func (c *Cache) mark() error {
	return os.WriteFile(filepath.Join(c.cfg.Dir, Marker), nil, 0o600)
}

func (c *Cache) unmark() error { return os.Remove(filepath.Join(c.cfg.Dir, Marker)) }

// openSound opens Badger, and where asked has it read and rewrite everything,
// so that whatever would kill a process later kills it now, under the marker.
func (c *Cache) openSound(ctx context.Context, check bool) (*base, error) {
	folder, err := c.folder()
	if err != nil {
		return nil, err
	}
	b, err := c.openBase(folder, c.cfg.Key, true)
	if err != nil || !check {
		return b, err
	}
	if err := b.checkAll(ctx); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

// openBase opens Badger in a folder.
func (c *Cache) openBase(folder string, key []byte, sync bool) (b *base, err error) {
	defer recovered(&err)
	b = &base{folder: folder, state: newState()}
	if _, err := os.Lstat(folder); err != nil {
		b.dirs.made = true
	}
	opts := options(folder, key, c.cfg.sizes, listener{
		log: c.cfg.Log, redact: c.cfg.has(guardRedact), watch: c.cfg.has(guardWatch), state: b.state,
	}).WithSyncWrites(sync)
	if !c.cfg.has(guardSkin) {
		opts = opts.WithEncryptionKey(nil)
	}
	if c.cfg.has(guardOptions) {
		if err := checkOptions(opts); err != nil {
			return nil, err
		}
	}
	if b.DB, err = badger.Open(opts); err != nil {
		return nil, down(err)
	}
	return b, nil
}

func (b *base) checkAll(ctx context.Context) (err error) {
	defer recovered(&err)
	if err := b.VerifyChecksum(); err != nil {
		return down(err)
	}
	if err := b.each(ctx, walk{values: true}, func(Key, []byte) error { return nil }); err != nil {
		return err
	}
	if err := b.Flatten(2); err != nil {
		return down(err)
	}
	return nil
}

// folderOf is the name that a key gives its folder.
func folderOf(key []byte) string {
	h := sha256.Sum256(append([]byte("satchel/cache-folder/1\x00"), key...))
	return hex.EncodeToString(h[:8])
}

// folder gives the folder in force. After a quarantine the next is another
// one: a Badger that broke in this process may still write where it was.
func (c *Cache) folder() (string, error) {
	last, err := lastAside(c.cfg.Dir)
	if err != nil {
		return "", err
	}
	root := filepath.Join(c.cfg.Dir, Folder)
	if err := os.MkdirAll(root, 0o700); err != nil {
		return "", err
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return "", err
	}
	name := folderOf(c.cfg.Key)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), name+"-") {
			return filepath.Join(root, e.Name()), nil
		}
	}
	return filepath.Join(root, name+"-"+strconv.Itoa(last)), nil
}

// deleteOthers deletes what a scrub that was interrupted, or finished, left:
// folders of other keys.
func (c *Cache) deleteOthers() error {
	root := filepath.Join(c.cfg.Dir, Folder)
	entries, err := os.ReadDir(root)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if e.Name() != filepath.Base(c.b.folder) {
			errs = append(errs, os.RemoveAll(filepath.Join(root, e.Name())))
		}
	}
	if len(errs) > 0 {
		errs = append(errs, c.cfg.syncNames(root))
	}
	return errors.Join(errs...)
}

// Quarantine renames the cache of a data folder, keeping only the newest one
// set aside: it is sealed, and evidence of what went wrong, until the next
// scrub. The cache is closed.
func Quarantine(dir string) error {
	last, err := lastAside(dir)
	if err != nil {
		return fmt.Errorf("moving the cache aside: %w", err)
	}
	if err := dropAside(dir); err != nil {
		return fmt.Errorf("moving the cache aside: %w", err)
	}
	to := filepath.Join(dir, asidePrefix+strconv.Itoa(last+1))
	if err := os.Rename(filepath.Join(dir, Folder), to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("moving the cache aside: %w", err)
	}
	return nil
}

// lastAside gives the number of the cache that was moved aside last; 0 is none.
func lastAside(dir string) (int, error) {
	entries, err := os.ReadDir(dir)
	last := 0
	for _, e := range entries {
		if n, found := strings.CutPrefix(e.Name(), asidePrefix); found {
			if i, err := strconv.Atoi(n); err == nil {
				last = max(last, i)
			}
		}
	}
	return last, err
}

func dropAside(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), asidePrefix) {
			errs = append(errs, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return errors.Join(errs...)
}
