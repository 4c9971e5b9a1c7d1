package seal

const (
	// maxBox is the most plaintext in one box, the sealed header of a chunk
	// included: large messages in one box would have to be held unverified.
	maxBox = 64 << 10

	// MaxRecord bounds the FHIR bytes of one record, before compression. The
	// largest public examples are about a tenth of it; what is larger is
	// refused by the hub with a reason.
	MaxRecord = 32 << 20

	// padUnit is the granule of padded lengths (protocol, table of objects).
	padUnit = 256

	// maxInfo bounds the credential kept with a slot.
	maxInfo = 4 << 10

	// Bounds of the Argon2id parameters read from a slot. The lower ones
	// only keep the function defined; the upper ones keep a changed file
	// from taking the memory or the minutes of the device.
	minMemoryKiB = 64
	maxMemoryKiB = 1 << 20 // 1 GiB
	maxTime      = 16
	maxThreads   = 16

	// Bounds of the key file, generous: 200,000 rows are the design size.
	maxRows        = 2_000_000
	maxCohorts     = 4096
	maxSlots       = 256
	maxPending     = 2 * maxSlots
	maxAttempts    = 3 * maxSlots
	maxEpochKeys   = 1024
	maxDropped     = maxRows
	maxContentHead = 64 << 20
	maxKeyFile     = 512 << 20
	maxOpaque      = 64 << 10

	// maxSharedKeys bounds the agreed keys that Sender and Recipient keep.
	maxSharedKeys = 1024
)
