package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"satchel/store/identity"
)

// The cache is Badger. It holds what can be had again: released contents, from
// the central record; entries of the log and hashes of its tree, from the
// journal. Nothing read from it is believed before its hash is compared with
// the journal's word, because Badger gives changed and empty values without an
// error, and forgets without one.
const (
	keyRecord = 0x01 // cohort, rev: wrap and R
	keyEntry  = 0x02 // index: an itemOp without its kind
	keyHashes = 0x03 // chunk: hashesPerChunk stored hashes
	keySeq    = 0x04 // device, chain, seq: index
	keyEnd    = 0x05 // how many frames the journal had, and a hash of that
)

const (
	journalFolder    = "journal"
	cacheFolder      = "cache"
	cacheMarker      = "cache-opening"
	cacheAside       = "cache-aside"
	hashesPerChunk   = 256
	recordKeySize    = 1 + 16 + 8
	cacheMemory      = 8 << 20
	cacheTable       = 8 << 20
	cacheValueLog    = 64 << 20
	cacheThreshold   = 1 << 10
	cacheWorstGrowth = 2*cacheValueLog + 2*cacheTable + 64<<20
)

// errCache says that Badger does not work any more in this process.
var errCache = errors.New("the cache does not work")

type cache struct {
	db *badger.DB
}

// cacheSizes are smaller in tests that copy caches.
type cacheSizes struct{ table, valueLog int64 }

func recordKey(c identity.CohortID, rev uint64) []byte {
	k := append(make([]byte, 0, recordKeySize), keyRecord)
	k = append(k, c[:]...)
	return binary.BigEndian.AppendUint64(k, rev)
}

func entryKey(index uint64) []byte { return binary.BigEndian.AppendUint64([]byte{keyEntry}, index) }
func chunkKey(chunk uint64) []byte { return binary.BigEndian.AppendUint64([]byte{keyHashes}, chunk) }

func seqKey(d identity.DeviceID, chain, seq uint64) []byte {
	k := append(make([]byte, 0, 33), keySeq)
	k = append(k, d[:]...)
	k = binary.BigEndian.AppendUint64(k, chain)
	return binary.BigEndian.AppendUint64(k, seq)
}

// openCache opens Badger under dir. A marker says that an earlier process died
// inside this call, which a damaged table can make it do: then, and on any
// error, what is there is moved aside and an empty cache is made.
func openCache(dir string, sizes cacheSizes, log *slog.Logger) (*cache, error) {
	marker := filepath.Join(dir, cacheMarker)
	if _, err := os.Lstat(marker); err == nil {
		log.Warn("the cache did not open last time and is moved aside")
		if err := moveAside(dir); err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile(marker, nil, 0o600); err != nil {
		return nil, fmt.Errorf("opening the cache: %w", err)
	}
	db, err := openBadger(filepath.Join(dir, cacheFolder), sizes, log)
	if err != nil {
		log.Warn("the cache does not open and is moved aside", "kind", fmt.Sprintf("%T", err))
		if err := moveAside(dir); err != nil {
			return nil, err
		}
		if db, err = openBadger(filepath.Join(dir, cacheFolder), sizes, log); err != nil {
			return nil, fmt.Errorf("making a new cache: %w: %T", errCache, err)
		}
	}
	if err := os.Remove(marker); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the cache: %w", err), db.Close())
	}
	return &cache{db: db}, nil
}

func openBadger(dir string, sizes cacheSizes, log *slog.Logger) (db *badger.DB, err error) {
	defer recoverBadger(&err)
	return badger.Open(badger.DefaultOptions(dir).
		WithMemTableSize(sizes.table).
		WithNumMemtables(2).
		WithValueThreshold(cacheThreshold).
		WithValueLogFileSize(sizes.valueLog).
		WithBlockCacheSize(cacheMemory).
		WithIndexCacheSize(cacheMemory).
		WithNumCompactors(2).
		WithCompression(options.None).
		WithCompactL0OnClose(true).
		WithVerifyValueChecksum(true).
		WithChecksumVerificationMode(options.OnTableAndBlockRead).
		WithSyncWrites(false). // sync is called where it counts
		WithMetricsEnabled(false).
		WithDetectConflicts(false).
		WithLogger(quiet{log}))
}

// moveAside keeps only the newest cache that was moved aside: it is evidence of
// what went wrong, and all of it is sealed.
func moveAside(dir string) error {
	from, to := filepath.Join(dir, cacheFolder), filepath.Join(dir, cacheAside)
	if err := os.RemoveAll(to); err != nil {
		return fmt.Errorf("moving the cache aside: %w", err)
	}
	if err := os.Rename(from, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("moving the cache aside: %w", err)
	}
	return nil
}

// recoverBadger turns a panic of Badger's into errCache.
func recoverBadger(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: it panicked: %T", errCache, p)
	}
}

func (c *cache) close() (err error) {
	defer recoverBadger(&err)
	if err := c.db.Close(); err != nil {
		return fmt.Errorf("closing the cache: %w", err)
	}
	return nil
}

// write puts and deletes in one go, though not in one step. A nil value deletes.
func (c *cache) write(puts []put) (err error) {
	if len(puts) == 0 {
		return nil
	}
	defer recoverBadger(&err)
	batch := c.db.NewWriteBatch()
	defer batch.Cancel()
	for _, p := range puts {
		if p.value == nil {
			err = batch.Delete(p.key)
		} else {
			err = batch.Set(p.key, p.value)
		}
		if err != nil {
			return fmt.Errorf("writing the cache: %w", err)
		}
	}
	if err := batch.Flush(); err != nil {
		return fmt.Errorf("writing the cache: %w", err)
	}
	return nil
}

type put struct{ key, value []byte }

func (c *cache) sync() (err error) {
	defer recoverBadger(&err)
	if err := c.db.Sync(); err != nil {
		return fmt.Errorf("syncing the cache: %w", err)
	}
	return nil
}

// get gives a copy of a value; false where there is none, or an empty one: with
// Badger that is a damaged one.
func (c *cache) get(key []byte) (value []byte, ok bool, err error) {
	defer recoverBadger(&err)
	txn := c.db.NewTransaction(false)
	defer txn.Discard()
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, false, nil
	}
	if err == nil {
		value, err = item.ValueCopy(nil)
	}
	if err != nil {
		return nil, false, fmt.Errorf("reading the cache: %w", err)
	}
	return value, len(value) > 0, nil
}

// keys calls yield for every key that begins with prefix, in order. The key is
// valid until yield returns; yield returns false to stop.
func (c *cache) keys(prefix []byte, yield func(key []byte) bool) (err error) {
	defer recoverBadger(&err)
	txn := c.db.NewTransaction(false)
	defer txn.Discard()
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if !yield(it.Item().Key()) {
			return nil
		}
	}
	return nil
}

// quiet passes Badger's warnings on without their text, which may hold keys.
type quiet struct{ log *slog.Logger }

func (q quiet) Errorf(format string, _ ...any)   { q.log.Error("cache", "badger", format) }
func (q quiet) Warningf(format string, _ ...any) { q.log.Warn("cache", "badger", format) }
func (q quiet) Infof(string, ...any)             {}
func (q quiet) Debugf(string, ...any)            {}
