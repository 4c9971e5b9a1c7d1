// Package store is the vault: what one device keeps, and the only door to it.
//
// It guarantees, in the product's order of promises:
//
//   - A kill in a cohort's governance chain destroys the row keys of whom it
//     names before [Vault.TakeGovernance] returns, whether anybody is unlocked
//     or not, and no older value from anybody brings them back. A lease ends
//     what no message reaches.
//   - [Session.Read] decides, makes the entry durable, and only then opens, in
//     that order; a refusal is entered too, and when the entry cannot be
//     written nothing opens.
//   - What was acknowledged is there after a crash, or its loss is named:
//     facts, keys and the device's own audit chain are files of our own,
//     synced before they count. The cache (Badger) is trusted with nothing:
//     every value is authenticated when it is read, and on any doubt the cache
//     is moved aside and filled again.
//   - While nobody is unlocked the vault can verify, carry, purge and deliver;
//     it cannot open a record, a name or its own queue.
//
// It does not protect an unlocked device from its own operating system, cannot
// promise that a disk forgets old blocks (an erasure is cryptographic, bounded
// by how well the device share's store forgets), and does not notice a whole
// folder put back from an image: the hub does, by the item numbers.
//
// Locks, in the order in which they are taken: Vault.unlocking (one try of a
// secret at a time), Vault.door (one change of the keys, facts or rows at a
// time), Vault.mu (what is read from everywhere, held briefly, never across a
// write to disk), the user tier's, the journal's and the cache's own. No lock is
// held while an event is told.
//
// FORMAT.md specifies the data folder. TestNothingOpensWithoutEntry,
// TestWithdrawnIsGone, TestOlderCopyStaysOut, TestCutEverywhere, TestKilled and
// TestModel prove the above.
package store
