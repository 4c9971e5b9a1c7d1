package store

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/files"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/store/share"
)

// Config says where a vault lies and what it stands on. Dir is required; every
// other zero value is a documented default.
type Config struct {
	// Dir is the data folder. One process has it at a time.
	Dir string
	// Share keeps the device share. Nil: the store that the folder names.
	Share seal.Share
	// ShareKind is the store that a new folder gets: share.Best is the
	// strongest that works, and a file in a demonstration. Zero: a file, a
	// weak binding that is told as one, because it touches nothing outside
	// Dir. An existing folder keeps its own, and another one named here is
	// share.ErrOtherKind.
	ShareKind share.Kind
	// TPMSocket is an emulator's socket, in place of the machine's TPM.
	TPMSocket string
	// Machine gives the machine's name for itself. Nil: the system's.
	Machine func() string
	// Now is the wall clock. Nil: time.Now.
	Now func() time.Time
	// Boot is the time since the machine started, sleep included. Nil: the
	// operating system's.
	Boot func() time.Duration
	// BootID names this start of the machine, zero where that is not known.
	// Nil: the operating system's.
	BootID func() [16]byte
	// Log takes what an operator should see; never clinical content. Nil:
	// nothing is logged.
	Log *slog.Logger
	// Argon2 is the cost of a passphrase in slots made from now on. Zero:
	// seal.DefaultParams (64 MiB, 3 passes, 4 lanes).
	Argon2 seal.Params
	// LeastGuesses is how many guesses a passphrase is to take, as zxcvbn
	// estimates. Zero: 1e10. Tests set 1.
	LeastGuesses float64
	// Demo says that this is a demonstration: its certificates are accepted
	// and real ones refused (R57).
	Demo bool
	// Disk is where our own files go. Nil: the operating system's files in
	// Dir. Tests hand in a disk that loses power. The cache and the lock are
	// always in Dir.
	Disk files.FS
	// SegmentBytes is the size of the files that facts and entries are kept
	// in. Zero: audit.DefaultSegmentBytes. Tests ask for small ones, to see
	// files begun and freed.
	SegmentBytes int64
	// FoldRows is how many rows of changes make a new generation of the key
	// file worth its cost. Zero: 20,000. Tests ask for few.
	FoldRows int

	free func(string) (uint64, error) // tests: free disk space; nil: the operating system's
}

// Founding is what a new vault is made from.
type Founding struct {
	// Certificate is the hub's, opened with fact.OpenHubCertificate under a
	// root that the enrolment code names; both are pinned.
	Certificate fact.Signed[fact.HubCertificate]
	DeviceName  string
	Kind        identity.Kind
	// First is the first person's place; a laptop needs one, a box has none.
	First *FirstPerson
}

// FirstPerson is the person at the device while it is enrolled.
type FirstPerson struct {
	Name       string
	Role       identity.Role
	Passphrase []byte // or the PIN; the caller wipes it
	PIN        bool   // only behind hardware that limits tries
}

// PersonSlot is one person's place on the device.
type PersonSlot struct {
	Slot       identity.SlotID
	Name       string
	Role       identity.Role
	Credential fact.Signed[fact.Credential] // zero until the hub approved
	State      PlaceState
	PIN        bool                // it is opened with a PIN
	Answered   bool                // an admin's answer is here: unlock with the secret made for the request
	Left       int                 // tries left, at the passphrase or at the joining code
	Wait       time.Duration       // before the next try is taken
	Joined     bool                // made with a joining code, without keys yet: the next unlock by anybody gives it them
	LastTry    time.Time           // right or wrong; zero: none that is remembered
	Refused    *UnlockRefusedError // why even the right secret opens nothing now (R6); nil: it does. Unlock decides anew
}

// Incoming is one record as it came from a connection. The caller opened
// Record with the hub's key (fact.OpenRecord), so its signature and its
// content's hash are known to be right; the raw bytes are kept as they came.
type Incoming struct {
	Record    fact.Record
	RecordRaw []byte
	WrapRaw   []byte
}

// Waiting is what has not reached the hub.
type Waiting struct {
	Unsent        int       // items above the last receipt
	Received      uint64    // items receipted, all in all
	Total         uint64    // items ever made
	Oldest        time.Time // of the oldest unsent item; zero when there is none
	LastReceiptAt time.Time // zero when there was none
}

// Vault is one device's vault. Its methods may be called from several
// goroutines.
type Vault struct {
	cfg   Config
	log   *slog.Logger
	fsys  files.FS
	osDir *files.Dir   // closed with the vault; nil when a test's disk is used
	share seal.Share   // replaced under door
	bound *share.Bound // share, or what it is around; nil when the caller's own is used
	lock  *files.LockFile

	// Set once while opening.
	id     identity.DeviceID
	sender *seal.Sender // a fresh key pair for this run of the process
	device identity.DeviceKeys
	name   string
	kind   identity.Kind
	demo   bool

	// door serialises every change of keys, facts, rows and cache.
	door    sync.Mutex
	keys    *seal.KeyFile // under door
	content *seal.Content // under door; its Rows are the table's
	keyLog  *keyLog       // under door
	facts   *audit.Journal
	cache   atomic.Pointer[values] // nil while there is none; replaced under door
	savedAt time.Duration          // boot clock when the state was written last; under door
	broken  error                  // under door: why nothing can be changed any more

	owed       bool          // under door: an erasure is not finished
	toDelete   []cacheKey    // under door: values of erased rows
	shareOwed  bool          // under door: a share is to be turned when its store answers
	shareTried time.Duration // under door: boot clock when that was tried last; 0: not yet

	unlocking sync.Mutex // one try at a time; taken before the door

	mu             sync.Mutex
	closed         bool
	own            own // changed under door and mu
	cert           fact.Signed[fact.HubCertificate]
	members        *fact.Membership
	memberChain    chain
	cohorts        map[identity.CohortID]*cohort
	table          *table // changed under door and mu
	clock          clock
	hidden         map[identity.PersonTag]int64
	goneRows       map[identity.Handle]goneRow // destroyed while this process runs
	factsNext      uint64                      // the number that the next fact had when the state was written
	marks          marks                       // what the state knows of other files
	items          *audit.Log                  // the device's own chain; replaced under door and mu
	known          audit.Head                  // its head when the state was written
	receipt        *audit.Receipt
	checkpoint     audit.Checkpoint
	checkpointNote []byte    // as it came
	user           *userTier // nil while nobody is unlocked
	session        *Session
	notices        []Notice
	stateDirty     bool
	scrub          scrubbing

	listenMu  sync.Mutex
	listeners []*listener

	givingBack sync.WaitGroup // what an unlock left in memory; Close waits for it
}

func newVault(cfg Config) *Vault {
	return &Vault{
		cfg: cfg, log: cfg.Log, clock: clock{wall: cfg.Now, boot: cfg.Boot, id: cfg.BootID()},
		cohorts: map[identity.CohortID]*cohort{}, hidden: map[identity.PersonTag]int64{},
		goneRows: map[identity.Handle]goneRow{},
	}
}

// Device is this device's id.
func (v *Vault) Device() identity.DeviceID { return v.id }

// Keys are the device's private keys of the device tier: they work while
// nobody is unlocked.
func (v *Vault) Keys() identity.DeviceKeys { return v.device }

// Name is the device's own name.
func (v *Vault) Name() string { return v.name }

// Kind is what sort of device it is.
func (v *Vault) Kind() identity.Kind { return v.kind }

// Demo tells whether this is a demonstration (R57).
func (v *Vault) Demo() bool { return v.demo }

// KeysPublic is the X25519 key that cohort keys are boxed to; zero for a box.
func (v *Vault) KeysPublic() [32]byte {
	v.door.Lock()
	defer v.door.Unlock()
	return v.content.TierPublic
}

// Certificate is the hub's, as pinned.
func (v *Vault) Certificate() fact.Signed[fact.HubCertificate] {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.cert
}

func (v *Vault) hubKey() []byte { return v.cert.Value.Sign }

func (v *Vault) area() identity.AreaID { return v.cert.Value.Area }

// usable tells why nothing can be changed; the door is held.
func (v *Vault) usable() error {
	if err := v.stillOpen(); err != nil {
		return err
	}
	return v.broken
}

// stillOpen is asked before anything is written: what was under way when the
// vault was closed must not write with keys that are wiped, in a folder that
// another process may have. The door is held.
func (v *Vault) stillOpen() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return ErrClosed
	}
	return nil
}
