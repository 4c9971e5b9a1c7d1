package cache

import (
	"log/slog"

	"github.com/dgraph-io/badger/v4"
	badgeroptions "github.com/dgraph-io/badger/v4/options"
)

// Badger's sizes on a laptop (vault.md, 6).
const (
	memTableSize     = 8 << 20
	valueLogFileSize = 64 << 20
	valueThreshold   = 1 << 10
	cacheMemory      = 8 << 20
)

// Reserve is the free space below which nothing is taken in: Badger maps its
// logs into memory, and a full disk would kill the process.
const Reserve = 2*valueLogFileSize + 2*memTableSize + 64<<20

func options(dir string, key []byte, log *slog.Logger) badger.Options {
	return badger.DefaultOptions(dir).
		WithMemTableSize(memTableSize).
		WithNumMemtables(2).
		WithValueThreshold(valueThreshold).
		WithValueLogFileSize(valueLogFileSize).
		WithBlockCacheSize(cacheMemory).
		WithIndexCacheSize(cacheMemory).
		WithNumCompactors(2).
		WithCompression(badgeroptions.None).
		WithCompactL0OnClose(true).
		WithVerifyValueChecksum(true).
		WithChecksumVerificationMode(badgeroptions.OnTableAndBlockRead).
		WithSyncWrites(true).
		WithMetricsEnabled(false).
		WithDetectConflicts(false).
		WithEncryptionKey(key).
		WithLogger(redactingLogger{log})
}
