package store

import (
	"time"

	"satchel/store/cache"
)

const (
	// formatVersion is the version of the data folder that this program
	// writes. A newer one is refused by name.
	formatVersion = 1

	// maxVersions is how many versions of a record are kept for review (R15).
	maxVersions = 3

	// putBatch is how many records are made durable together: large enough
	// that two syncs a batch cost little, small enough that a lost batch is
	// cheap to fetch again.
	putBatch = 500

	// maxTries is how many wrong passphrases a slot survives.
	maxTries = 10

	// maxWait bounds the wait between two tries: 1, 2, 4 s ... 256 s.
	maxWait = 256 * time.Second

	// afterLease is how much running time after the end of a lease, with no
	// hub session, the keys survive (protocol, "Lease").
	afterLease = 24 * time.Hour

	// hourMarks is how many hourly marks of running time are kept; enough to
	// know that 24 running hours have gone since any moment.
	hourMarks = 48

	// persistEvery is how often Tick writes the state.
	persistEvery = time.Minute

	// keepReceipted is how long receipted items stay, for a hub restored from
	// a backup.
	keepReceipted = 30 * 24 * time.Hour

	// keepReceiptedBytes bounds the same by size.
	keepReceiptedBytes = 64 << 20

	// compactFrom is the number of segments from which facts/ is compacted,
	// and maxChainPart the most entries' bytes of one frame of that.
	compactFrom  = 4
	maxChainPart = 4 << 20

	// itemOverhead is about what an item takes beside its body.
	itemOverhead = 400

	// maxFind bounds how many rows one search gives.
	maxFind = 1000

	// diskReserve is the free space below which nothing is taken in.
	diskReserve = cache.Reserve

	// leastRoom is the room for entries below which nothing is read: locking,
	// refusals and erasures must still be entered. A spare segment of the
	// journal is much larger, so it is met only when the disk is full.
	leastRoom = 16 << 10

	// drift is the error of the wall clock from which a person is told.
	drift = 2 * time.Minute

	// giveBackFrom is the number of rows from which what opening left is given
	// back to the system, and what Argon2id and building the index left after
	// an unlock, while the person begins to type: at 200,000 two thirds of what
	// the process has.
	giveBackFrom = 1000

	// padInner is the granule of lengths of inner parts in the cache, and
	// padWrap of wraps, whose lengths differ by a few bytes of numbers.
	padInner = 256
	padWrap  = 64
)

const (
	// foldRows is the least number of rows in the key log that makes a new
	// generation worth its cost.
	foldRows = 20_000

	// saveCursorEvery bounds how often a moving cursor is written.
	saveCursorEvery = time.Second
)
