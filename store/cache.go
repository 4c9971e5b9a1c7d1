package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"satchel/store/identity"
)

const (
	cacheDir      = "cache"
	cacheMarker   = "cache-opening"
	cacheAsideFor = "cache-aside-"

	kindRecord = 0x01 // R as received
	kindInner  = 0x02 // W, and the data key and demographics, under the row key
)

var (
	// errCacheDown says that Badger cannot be used any more in this process.
	errCacheDown = errors.New("the cache does not work")
	// errAbsent says that the cache has no such value, or an empty one: with
	// Badger the two cannot be told apart from damage.
	errAbsent = errors.New("no value")
)

// cacheKey is kind | handle | version: random and meaningless elsewhere.
type cacheKey [1 + 16 + 8]byte

func keyOf(kind byte, h identity.Handle, ver uint64) cacheKey {
	var k cacheKey
	k[0] = kind
	copy(k[1:], h[:])
	binary.BigEndian.PutUint64(k[17:], ver)
	return k
}

func (k cacheKey) handle() identity.Handle { return identity.Handle(k[1:17]) }
func (k cacheKey) ver() uint64             { return binary.BigEndian.Uint64(k[17:]) }

// cache is Badger, trusted with nothing: whoever reads a value authenticates
// it. Every call turns a panic of Badger's into errCacheDown.
type cache struct {
	db  *badger.DB
	log *slog.Logger
}

func cacheOptions(dir string, key []byte, log *slog.Logger) badger.Options {
	return badger.DefaultOptions(dir).
		WithMemTableSize(memTableSize).
		WithNumMemtables(2).
		WithValueThreshold(valueThreshold).
		WithValueLogFileSize(valueLogFileSize).
		WithBlockCacheSize(cacheMemory).
		WithIndexCacheSize(cacheMemory).
		WithNumCompactors(2).
		WithCompression(options.None).
		WithCompactL0OnClose(true).
		WithVerifyValueChecksum(true).
		WithChecksumVerificationMode(options.OnTableAndBlockRead).
		WithSyncWrites(true).
		WithMetricsEnabled(false).
		WithDetectConflicts(false).
		WithEncryptionKey(key).
		WithLogger(redactingLogger{log})
}

// openCache opens Badger under dir. A marker says that an earlier process died
// inside this call: then, and on any error, what is there is moved aside and a
// new cache is made; aside is then true.
func openCache(dir string, key []byte, log *slog.Logger) (c *cache, aside bool, err error) {
	marker := filepath.Join(dir, cacheMarker)
	if _, err := os.Lstat(marker); err == nil {
		if err := setAside(dir); err != nil {
			return nil, false, err
		}
		aside = true
	}
	if err := os.WriteFile(marker, nil, 0o600); err != nil {
		return nil, aside, fmt.Errorf("opening the cache: %w", err)
	}
	db, err := openBadger(dir, key, log)
	if err != nil {
		log.Warn("the cache did not open and is moved aside", "kind", fmt.Sprintf("%T", err))
		if err := setAside(dir); err != nil {
			return nil, aside, err
		}
		aside = true
		if db, err = openBadger(dir, key, log); err != nil {
			return nil, aside, fmt.Errorf("making a new cache: %w: %T", errCacheDown, err)
		}
	}
	if err := os.Remove(marker); err != nil {
		return nil, aside, errors.Join(fmt.Errorf("opening the cache: %w", err), db.Close())
	}
	return &cache{db: db, log: log}, aside, nil
}

func openBadger(dir string, key []byte, log *slog.Logger) (db *badger.DB, err error) {
	defer recoverCache(&err)
	return badger.Open(cacheOptions(filepath.Join(dir, cacheDir), key, log))
}

// setAside renames the cache, keeping only the newest one set aside: it is
// sealed, and evidence of what went wrong.
func setAside(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("moving the cache aside: %w", err)
	}
	last := 0
	for _, e := range entries {
		n, found := strings.CutPrefix(e.Name(), cacheAsideFor)
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
	to := filepath.Join(dir, cacheAsideFor+strconv.Itoa(last+1))
	if err := os.Rename(filepath.Join(dir, cacheDir), to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("moving the cache aside: %w", err)
	}
	return nil
}

func (c *cache) close() (err error) {
	defer recoverCache(&err)
	if err := c.db.Close(); err != nil {
		return fmt.Errorf("closing the cache: %w: %T", errCacheDown, err)
	}
	return nil
}

// tidy rewrites value log files that are mostly deleted values, a few at most:
// Badger never does it by itself. Nothing to do is no error.
func (c *cache) tidy() (err error) {
	defer recoverCache(&err)
	for range maxTidy {
		switch err := c.db.RunValueLogGC(0.5); {
		case err == nil:
		case errors.Is(err, badger.ErrNoRewrite), errors.Is(err, badger.ErrRejected):
			return nil
		default:
			return fmt.Errorf("tidying the cache: %w: %T", errCacheDown, err)
		}
	}
	return nil
}

// pair is one value to write.
type pair struct {
	key   cacheKey
	value []byte
}

// write makes values durable; after an error any part of them may be there.
func (c *cache) write(pairs []pair) (err error) {
	defer recoverCache(&err)
	wb := c.db.NewWriteBatch()
	defer wb.Cancel()
	for i := range pairs {
		if err := wb.Set(pairs[i].key[:], pairs[i].value); err != nil {
			return fmt.Errorf("writing to the cache: %w: %T", errCacheDown, err)
		}
	}
	if err := wb.Flush(); err != nil {
		return fmt.Errorf("writing to the cache: %w: %T", errCacheDown, err)
	}
	return nil
}

func (c *cache) remove(keys []cacheKey) (err error) {
	defer recoverCache(&err)
	wb := c.db.NewWriteBatch()
	defer wb.Cancel()
	for i := range keys {
		if err := wb.Delete(keys[i][:]); err != nil {
			return fmt.Errorf("deleting from the cache: %w: %T", errCacheDown, err)
		}
	}
	if err := wb.Flush(); err != nil {
		return fmt.Errorf("deleting from the cache: %w: %T", errCacheDown, err)
	}
	return nil
}

// get reads one value, or errAbsent.
func (c *cache) get(k cacheKey) (value []byte, err error) {
	defer recoverCache(&err)
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
		return nil, errAbsent
	case err != nil:
		return nil, fmt.Errorf("reading the cache: %w: %T", errCacheDown, err)
	case len(value) == 0:
		return nil, errAbsent
	}
	return value, nil
}

// each gives every key of a kind, and its value where values is set, to do,
// from several goroutines at once: part i of n gets the handles that begin with
// its share of the first byte. The value is good until do returns.
func (c *cache) each(ctx context.Context, kind byte, values bool, parts int, do func(part int, k cacheKey, value []byte) error) error {
	errs := make([]error, parts)
	var wg sync.WaitGroup
	for part := range parts {
		wg.Go(func() {
			errs[part] = c.eachBetween(ctx, kind, part*256/parts, (part+1)*256/parts, values,
				func(k cacheKey, value []byte) error { return do(part, k, value) })
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (c *cache) eachBetween(ctx context.Context, kind byte, from, to int, values bool, do func(cacheKey, []byte) error) (err error) {
	defer recoverCache(&err)
	opts := badger.DefaultIteratorOptions
	opts.PrefetchValues = values
	opts.Prefix = []byte{kind}
	return c.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(opts)
		defer it.Close()
		for it.Seek([]byte{kind, byte(from)}); it.Valid(); it.Next() {
			if err := ctx.Err(); err != nil {
				return err
			}
			item := it.Item()
			var k cacheKey
			if copy(k[:], item.Key()); len(item.Key()) != len(k) || int(k[1]) >= to {
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

// recoverCache turns a panic of Badger's (it panics on damaged tables) into an
// error that leads to quarantine.
func recoverCache(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%w: it panicked", errCacheDown)
	}
}

// redactingLogger passes on that Badger said something, never what: its
// messages hold keys and paths.
type redactingLogger struct{ log *slog.Logger }

func (l redactingLogger) Errorf(format string, _ ...any) { l.say(slog.LevelError, format) }

func (l redactingLogger) Warningf(format string, _ ...any) { l.say(slog.LevelWarn, format) }

func (l redactingLogger) Infof(string, ...any) {}

func (l redactingLogger) Debugf(string, ...any) {}

// say logs the format alone: a constant of Badger's source.
func (l redactingLogger) say(level slog.Level, format string) {
	l.log.Log(context.Background(), level, "the cache reports", "message", strings.TrimSpace(format))
}
