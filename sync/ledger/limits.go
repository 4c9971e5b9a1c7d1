package ledger

const (
	// MaxChange bounds the entries, key sets and notes of one Commit: the
	// kills of one withdrawal in every cohort, a fleet file of laptops, a
	// batch of the person map.
	MaxChange = 4096
	// MaxNote bounds a note's value: a map or a sealed secret, not a document.
	MaxNote = 64 << 10
	// MaxNoteName bounds a note's kind and key.
	MaxNoteName = 256
	// MaxAccept bounds the items of one Accept, so that one sender's backlog
	// does not hold up another's.
	MaxAccept = 4096
	// MaxPending bounds the items that wait in one device chain, and
	// MaxPendingAll those of all: they are re-sent, so losing them costs a
	// little time and no fact.
	MaxPending    = 1024
	MaxPendingAll = 65536
	// MaxEvidence bounds the forks kept for one device chain: two prove the
	// case, the rest of a flood proves no more.
	MaxEvidence = 16
	// MaxEntries bounds one answer of Entries.
	MaxEntries = 4096

	// releaseBatch is how many records one commit signs: a few milliseconds,
	// which is how long a kill waits for a release of thousands.
	releaseBatch = 512
)
