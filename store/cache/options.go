package cache

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/dgraph-io/badger/v4"
	badgeroptions "github.com/dgraph-io/badger/v4/options"
)

// sizes are Badger's sizes; a test has smaller ones.
type sizes struct {
	memTable int64 // of one memtable; its log is mapped at twice this
	valueLog int64 // of one value log file, mapped at twice this while it is written
	memory   int64 // of the block cache, and of the index cache
	ballast  int64 // of the file that is given up when the disk is full
}

// laptop is what vault.md, section 6, gives.
var laptop = sizes{memTable: 8 << 20, valueLog: 64 << 20, memory: 8 << 20, ballast: 64 << 20}

// valueThreshold is the length from which a value lies in the value log.
const valueThreshold = 1 << 10

// Reserve is the free space below which nothing is taken in: Badger maps its
// logs into memory, and a full disk would kill the process.
const Reserve = 2*(64<<20) + 2*(8<<20) + 64<<20

// reserve is the room that a batch may not touch.
func (s sizes) reserve() uint64 { return uint64(2*s.valueLog + 2*s.memTable + s.ballast) }

// least is the room without which Badger is not opened, emptied or closed: its
// memtables become tables then, and those are compacted.
func (s sizes) least() uint64 { return uint64(s.ballast) / 2 }

func options(dir string, key []byte, s sizes, log badger.Logger) badger.Options {
	return badger.DefaultOptions(dir).
		WithMemTableSize(s.memTable).
		WithNumMemtables(2).
		WithValueThreshold(valueThreshold).
		WithValueLogFileSize(s.valueLog).
		WithBlockCacheSize(s.memory).
		WithIndexCacheSize(s.memory).
		WithNumCompactors(2).
		WithCompression(badgeroptions.None).
		WithCompactL0OnClose(true).
		WithVerifyValueChecksum(true).
		WithChecksumVerificationMode(badgeroptions.OnTableAndBlockRead).
		WithSyncWrites(true).
		WithMetricsEnabled(false).
		WithDetectConflicts(false).
		WithEncryptionKey(key).
		WithLogger(log)
}

var errOptions = errors.New("the cache's settings are not safe")

// checkOptions refuses what Badger would take and then fail at, or what would
// leave values in clear.
func checkOptions(o badger.Options) error {
	var wrong string
	switch {
	case len(o.EncryptionKey) != 32:
		wrong = "no encryption"
	case o.BlockCacheSize <= 0 || o.IndexCacheSize <= 0:
		wrong = "no block cache or no index cache, which encryption needs"
	case o.Compression != badgeroptions.None:
		wrong = "compression of what is sealed"
	case !o.VerifyValueChecksum || o.ChecksumVerificationMode != badgeroptions.OnTableAndBlockRead:
		wrong = "checksums unread"
	case !o.CompactL0OnClose:
		wrong = "deleted values stay in level 0"
	case o.Logger == nil:
		wrong = "nobody listens"
	default:
		return nil
	}
	return fmt.Errorf("%w: %s", errOptions, wrong)
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
