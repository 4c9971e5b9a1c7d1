package ledger

import (
	"context"

	"satchel/store/fact"
	"satchel/store/identity"
)

// Ledger is the hub's facts and log. Three methods write: Commit takes the
// hub's decisions, Release its records, Accept what devices wrote. Everything
// else reads.
//
// When a writer returns nil, what it wrote survives a power cut and every
// later read sees it. After an error other than those named at the method the
// outcome is unknown: read again before deciding anything. Implementations
// MUST NOT let a reader see, nor a signature name, what is not durable.
//
// All methods may be called from several goroutines and, where an
// implementation allows several hubs at once, from several processes. What a
// method returns is the caller's to keep but not to change.
type Ledger interface {
	Decisions
	Records
	Log

	// Incarnation is the hub's, as it was opened: every dense number counts
	// in it.
	Incarnation() uint64
	// Watch gives a channel that receives after anything grew: chains, keys,
	// records or the log. Signals are coalesced, so read the state and not
	// the count. stop releases the channel; it is never closed.
	Watch() (changed <-chan struct{}, stop func())
	// Close waits for the calls under way. Later calls return ErrClosed.
	Close() error
}

// Decisions are the chains M and G, the cohort keys and the hub's notes.
type Decisions interface {
	// Commit writes one change, all of it or none, over however many chains
	// and cohorts. The ledger numbers and times the entries; a caller leaves
	// N and Time zero. A kill is in force for Release and Since from the
	// moment it returns.
	//
	// Errors: fact.ErrEntry (an entry makes no sense; nothing was written),
	// ErrConflict (a note or a key set is not at the version given; read it
	// again and decide again), ErrForeign (a key set this hub did not sign),
	// ErrTooLarge.
	Commit(ctx context.Context, change Change) error

	// Run gives the entries of a chain after number after, and a signed head
	// for where they end: the area's membership where cohort is zero, else
	// that cohort's governance. A head comes also when no entry does. Where
	// the rest is longer than fact.MaxRun, the run is its first part: ask
	// again from its head. after beyond the end counts as the end.
	Run(ctx context.Context, cohort identity.CohortID, after uint64) (fact.Run, error)

	// Members gives who belongs to the area, as of one point of its chain.
	// It is cheap to ask: ask again for each decision.
	Members(ctx context.Context) (*Members, error)

	// Cohort tells where a cohort stands. One that nothing was written about
	// is at its start, with the default policy.
	Cohort(ctx context.Context, cohort identity.CohortID) (Cohort, error)
	// Cohorts gives every cohort with an entry, a key or a record.
	Cohorts(ctx context.Context) ([]identity.CohortID, error)

	// Keys gives a cohort's newest key set; the zero value where it has none.
	Keys(ctx context.Context, cohort identity.CohortID) (fact.Signed[fact.KeySet], error)

	// Note reads one note; false where there is none.
	Note(ctx context.Context, kind, key string) (Note, bool, error)
	// Notes gives the notes of a kind, in the order of their keys.
	Notes(ctx context.Context, kind string) ([]Note, error)
}

// Records are the released summaries, one stream for each cohort.
type Records interface {
	// Release signs drafts, in their order, each at the next revision of its
	// cohort. It works through them in batches: on an error the headers
	// returned are those that were released and are durable, and nothing
	// after them was. The wrap of a draft names its cohort, patient, epoch
	// and version; Patient tells which are due. A hub that was restored and
	// learns of later ones may go above them; versions only ever rise.
	//
	// Errors: ErrDead (the epoch was killed: release no more of it),
	// ErrVersion (the patient has moved on: ask Patient, seal again),
	// ErrDraft (a draft that could not be opened by anybody), each with the
	// draft's place in a *DraftError: leave it out and release the rest.
	// ErrNoSpace.
	Release(ctx context.Context, drafts []Draft) ([]fact.RecordHeader, error)

	// Since calls yield for the newest record of every patient of a cohort
	// whose revision is above after, revisions ascending, as of one moment;
	// rev is the cohort's revision of that moment, the cursor of a reader
	// who took them all. A record killed by then, or by a kill that returned
	// before its yield began, is left out. What yield is given is valid until
	// it returns. An error of yield ends the stream and is returned.
	Since(ctx context.Context, cohort identity.CohortID, after uint64, yield func(Stored) error) (rev uint64, err error)

	// Patient tells what a cohort has of a patient, and what version comes
	// next; the zero value's Next is right for a patient never released.
	Patient(ctx context.Context, cohort identity.CohortID, pid identity.PID) (Patient, error)

	// Missing lists the records whose header is in force and whose content is
	// lost, or was signed by an earlier incarnation. They are not in Since:
	// release each again from the central record.
	Missing(ctx context.Context) ([]MissingRecord, error)

	// Freshness signs F for a cohort, at a moment when no record and no
	// governance entry of it is being written.
	Freshness(ctx context.Context, cohort identity.CohortID) (fact.Signed[fact.Freshness], error)
}

// Log is the devices' items, each exactly once, in one Merkle log.
type Log interface {
	// Accept takes items as they came, of any number of devices, in any
	// order, again and again. Each is verified against the key under which
	// its device was enlisted; a revoked device may still push. An item
	// whose predecessor is missing waits; one already held is not entered
	// twice. The acceptance has a receipt for every device chain that was
	// named, signed after the commit is durable, and says of every item that
	// was not taken why not. The error is about the ledger alone.
	Accept(ctx context.Context, items [][]byte) (Acceptance, error)

	// Receipt signs how far a device's newest chain is held; false where
	// nothing of the device is.
	Receipt(ctx context.Context, device identity.DeviceID) (Receipt, bool, error)
	// Have lists, for every chain of every device, how far it is held.
	Have(ctx context.Context) ([]Held, error)
	// Evidence lists the forks that were found, oldest first.
	Evidence(ctx context.Context) ([]Fork, error)

	// Entries gives up to n entries of the log from index from on.
	Entries(ctx context.Context, from uint64, n int) ([]Entry, error)
	// Checkpoint signs the present size and root of the log.
	Checkpoint(ctx context.Context) (Checkpoint, error)
	// Inclusion proves that entry index is in the log of that size.
	Inclusion(ctx context.Context, index, size uint64) ([][32]byte, error)
	// Consistency proves that the log of size extends that of older.
	Consistency(ctx context.Context, older, size uint64) ([][32]byte, error)
}
