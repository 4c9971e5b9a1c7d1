package ledger

import (
	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
)

// Change is what Commit writes in one step.
type Change struct {
	Members    []fact.MemberEntry
	Governance []Governing
	Keys       []fact.Signed[fact.KeySet]
	Notes      []Note
}

// Governing is one governance entry and the cohort it is for.
type Governing struct {
	Cohort identity.CohortID
	Entry  fact.GovernanceEntry
}

// Note is a small fact of the hub's own that no chain carries: an enrolment
// code, who a pid is, a secret the hub sealed to itself.
//
// To write one, Version is the version it replaces, 0 for a new note, and a
// nil Value deletes it. To read one, Version is its present version, which
// never repeats for a kind and key, deletion included.
type Note struct {
	Kind    string
	Key     string
	Value   []byte
	Version uint64
}

// Cohort is where a cohort stands.
type Cohort struct {
	Governance fact.Point
	Policy     fact.Policy
	Rev        uint64 // of the newest record ever released
	KeyEpoch   uint64 // of the newest key set; 0: none
	Records    int    // patients in the stream
}

// Draft is one record to be released: Ciphertext is store/seal's, and Wrap
// names cohort, patient, epoch, version and key epoch, and holds the data key.
type Draft struct {
	Wrap       fact.Wrap
	Ciphertext []byte
	Commitment [32]byte // to the data key
	Dictionary [8]byte
	NotAfter   int64 // Unix milliseconds
	Withheld   bool
	Source     [32]byte // keyed hash of the central document's version
}

// Stored is one record of a stream, as it is sent.
type Stored struct {
	PID      identity.PID
	Epoch    uint64
	Ver      uint64
	Rev      uint64
	KeyEpoch uint64 // of Wrap
	Record   []byte // fact.OpenRecord reads it
	Wrap     []byte // fact.DecodeWrap reads it
}

// Patient is what one cohort has of a patient. Epoch, Ver, Rev, Source and the
// times are of the newest record, in force or not, and zero where there was
// none. Versions count up for ever, also across a kill and a new release.
type Patient struct {
	Released    bool // a record is in force, Missing or not
	Missing     bool // and its content is lost
	Epoch       uint64
	Ver         uint64
	Rev         uint64
	Source      [32]byte
	ReleasedAt  int64  // Unix milliseconds
	NotAfter    int64  // Unix milliseconds
	KilledBelow uint64 // epochs below it are dead
	Directives  []fact.GovernanceEntry
}

// Next gives the epoch and version of the patient's next record.
func (p Patient) Next() (epoch, ver uint64) {
	return max(p.Epoch, p.KilledBelow, 1), p.Ver + 1
}

// MissingRecord is a record that has to be released again.
type MissingRecord struct {
	Cohort identity.CohortID
	PID    identity.PID
	Epoch  uint64
	Ver    uint64
}

// Acceptance is what became of the items of one Accept.
type Acceptance struct {
	Entered  int // new in the log, those that had waited included
	Known    int // were in the log already
	Waiting  int // wait for a predecessor
	Receipts []Receipt
	Refused  []Refusal
}

// Refusal says why an item was not taken. Err is ErrItem, ErrStranger,
// ErrFull or an *audit.ForkError: a device's disk was copied back, its key was
// copied, or somebody lies.
type Refusal struct {
	Item int // its place in the call
	Err  error
}

// Receipt is P: the hub's word for how far it holds one chain of a device.
// UpTo is contiguous: everything to it is in the log.
type Receipt struct {
	Device identity.DeviceID
	Chain  uint64
	UpTo   uint64
	Raw    []byte // as the device takes it
}

// Held is how far a device's chain is held.
type Held struct {
	Device   identity.DeviceID
	Chain    uint64
	UpTo     uint64
	Waiting  int   // out of order
	Received int64 // the last entry's time, Unix milliseconds
}

// Entry is one item in the log.
type Entry struct {
	Index    uint64
	Device   identity.DeviceID
	Chain    uint64
	Seq      uint64
	Received int64 // Unix milliseconds, hub clock
	Raw      []byte
}

// Checkpoint is C: the signed size and root of the log.
type Checkpoint struct {
	Size uint64
	Root [32]byte
	Note []byte // C2SP tlog-checkpoint, signed
}

// Fork is the evidence of two histories of one device chain: two items, both
// signed by the device, that cannot both be. First is in the log, or waited.
type Fork struct {
	*audit.ForkError
	Found int64 // Unix milliseconds
}
