// Package cache is the vault's Badger: opaque keys to opaque, sealed values,
// all of it replaceable. It is the only package of the vault that knows Badger.
//
// It guarantees that what Put acknowledged is durable as far as Badger makes it
// so, that an error or a panic of Badger's comes back as [ErrDown] and holds
// neither keys nor paths, that a full disk is [ErrFull] and not the end of the
// process, that a cache in which processes die is moved aside, and that after a
// scrub the bytes of what was deleted are in none of its files.
//
// It does not authenticate: a value may come back changed, and keys may be gone
// without a word. Whoever reads authenticates each value, and holds the keys
// that are there against a list of what should be (the vault's key table).
//
// Badger's traps, and the test in which Badger does the harm with our guard off
// and not with it on. Those of the vault are in package store:
//
//	 1 where syncing does nothing, writes vanish       store.TestTrap01SyncedWritesAreGone
//	 2 a flipped bit in its log loses commits, unsaid  store.TestTrap02FlippedBitInTheLog
//	 3 the bytes of what was deleted stay on the disk  TestTrap03DeletedBytesStayOnDisk
//	 4 a full disk kills the process                   TestTrap04FullDiskKills
//	 5 changed values come back without an error       TestTrap05ChangedValueWithoutError, store.TestTrap05ValuesAreNotAuthenticated
//	 6 a bad table panics where nobody can catch it    TestTrap06ZeroedTableKillsOpen, TestTrap06DeathsAfterOpening
//	 7 encryption without its caches panics            TestTrap07NoCachesPanic
//	 8 failures are only logged, or tried for ever     TestTrap08SyncErrorsAreOnlyLogged, TestTrap08FlushRetriesForEver
//	 9 its log holds keys and paths                    TestTrap09LogsHoldKeys
//	10 names of new files are not synced               TestTrap10NamesAreNotSynced
//	11 nothing collects the value log                  TestTrap11NothingCollectsTheValueLog
//	12 lengths, ends and user meta lie in clear        TestTrap12LengthsLieInClear
//
// [TestScrubSurvivesEveryStep] kills a scrub at each of its steps.
package cache
