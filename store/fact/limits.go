package fact

import "satchel/store/canon"

const (
	// MaxRecord bounds an R: a 32 MB document that does not compress, and
	// room for its seals.
	MaxRecord = 34 << 20
	// MaxEntry bounds one chain entry: a sealed caseload of some thousand
	// people.
	MaxEntry = 256 << 10
	// MaxRun bounds the entries of one run; a longer history travels as
	// several.
	MaxRun = 4096
	// MaxKeySet bounds a K: 8,000 members at about 120 bytes.
	MaxKeySet = 1 << 20
	// maxHeader bounds the small signed values.
	maxHeader = 4096
	// maxName bounds the name of a device, a person or a hub, in bytes: what
	// fits a line of a screen, several times over.
	maxName = 200
	// maxPolicyText bounds each text of a policy: a name, an address, opening
	// hours.
	maxPolicyText = 1000
	// MaxRunBytes bounds a run on the wire.
	MaxRunBytes = 4 << 20
)

var (
	headerLimits = canon.Limits{Bytes: maxHeader, Depth: 6, Items: 64}
	certLimits   = canon.Limits{Bytes: 64 << 10, Depth: 6, Items: 1024}
	// An admission is one signed credential and a hash.
	admissionLimits = canon.Limits{Bytes: 2 * maxHeader, Depth: 2, Items: 8}
	entryLimits     = canon.Limits{Bytes: MaxEntry, Depth: 6, Items: 1024}
	runLimits       = canon.Limits{Bytes: MaxRunBytes, Depth: 6, Items: MaxRun}
	keySetLimits    = canon.Limits{Bytes: MaxKeySet, Depth: 6, Items: 8192}
	recordLimits    = canon.Limits{Bytes: MaxRecord, Depth: 4, Items: 64}
)
