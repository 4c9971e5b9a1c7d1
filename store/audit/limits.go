package audit

const (
	// DefaultSegmentBytes is the size of a journal file. Small enough to free
	// in steps, large enough that rolling is rare (about 7,000 audit items).
	DefaultSegmentBytes = 4 << 20

	// MaxPayload bounds one journal entry: a cohort key set for 10,000
	// members is below 2 MiB.
	MaxPayload = 8 << 20

	// maxSegmentBytes bounds what is read into memory for one segment.
	maxSegmentBytes = 64 << 20

	// MaxBody bounds the sealed body of an item: one box (store/seal).
	MaxBody = 64 << 10

	// maxProbe bounds the bytes that are hashed to tell a torn tail from
	// damage; beyond it, damage is assumed.
	maxProbe = 256 << 20

	// maxCheckpoint bounds a checkpoint note with its signatures.
	maxCheckpoint = 16 << 10
)
