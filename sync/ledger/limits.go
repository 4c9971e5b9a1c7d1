package ledger

// formatVersion is the journal's. A newer one is refused by name.
const formatVersion = 1

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
	// MaxChains bounds the chains of one device: it begins a new one when its
	// disk was restored from an image, which is rare.
	MaxChains = 256
	// MaxEvidence bounds the forks kept for one device chain: two prove the
	// case, the rest of a flood proves no more.
	MaxEvidence = 16
	// MaxEntries bounds one answer of Entries.
	MaxEntries = 4096

	// releaseBatch is how many records one commit signs: a few milliseconds,
	// which is how long a kill waits for a release of thousands.
	releaseBatch = 512
	// releaseBytes is where a batch of large records ends.
	releaseBytes = 8 << 20
)

const (
	// maxFrame bounds what goes to the journal in one frame, well below its
	// own limit, so that a segment is never left half empty.
	maxFrame = 512 << 10
	// maxOp bounds one op: an entry, a key set, an item with its 256-byte
	// padding, two items of a fork.
	maxOp = 3 << 20
	// maxProposal bounds the ops of one writer's call, in bytes.
	maxProposal = 16 << 20
	// maxRunBytes bounds the entries of a run, below what a run may have on
	// the wire.
	maxRunBytes = 3 << 20
	// rebuildBatch is how many cache entries are written at once at start.
	rebuildBatch = 4096
	// maxViews bounds the numbers of entries that a start keeps track of.
	maxViews = 1 << 36
	// maxGroup and maxOps bound what one fsync takes, and so what replay holds
	// in memory at a time.
	maxGroup = 32 << 20
	maxOps   = 1 << 16
	// maxProposals bounds the writers that share a group.
	maxProposals = 256
	// groupBytes is where the writer stops adding proposals to a group.
	groupBytes = 8 << 20
)
