package ledger

import (
	"errors"
	"fmt"
)

var (
	// ErrClosed: the ledger was closed, or a write failed and it stopped
	// itself. Open it again; it then says what it holds.
	ErrClosed = errors.New("the ledger is closed")
	// ErrConflict: somebody changed it since it was read. Read again and
	// decide again.
	ErrConflict = errors.New("changed since it was read")
	// ErrForeign: a value this hub, in this incarnation, did not sign, or one
	// of another area. Never store it.
	ErrForeign = errors.New("signed by another hub or for another area")
	// ErrTooLarge: over a limit of limits.go. Split it.
	ErrTooLarge = errors.New("larger than the ledger takes in one piece")

	// ErrNoSpace: the disk is nearly full. Nothing was written; make room and
	// try again. Decisions are still taken.
	ErrNoSpace = errors.New("the hub's disk is nearly full")

	// ErrDead: a record of an epoch that a kill has ended. Release no more
	// of it; a new release opens a new epoch.
	ErrDead = errors.New("that epoch of the patient has been killed")
	// ErrVersion: the version is not above the patient's, or the epoch below
	// it. Ask Patient again and seal again.
	ErrVersion = errors.New("the patient has a later version")
	// ErrDraft: a draft that nobody could open or keep: no content, no wrap,
	// a key epoch the cohort has not, a life that has ended.
	ErrDraft = errors.New("the draft is not complete")

	// ErrItem: bytes that are no item, or not signed by the device they name.
	// Count it against whoever sent it.
	ErrItem = errors.New("not an item of that device")
	// ErrStranger: the device was never enlisted. Take nothing from it.
	ErrStranger = errors.New("the device was never enlisted")
	// ErrFull: too many items of that chain wait for a predecessor. Nothing
	// is lost: the device keeps it, and sends it again.
	ErrFull = errors.New("too many items wait for an earlier one")

	// ErrRange: beyond what the log holds.
	ErrRange = errors.New("beyond the end of the log")
)

// DraftError says which draft a Release stopped at. Err is ErrDead, ErrVersion
// or ErrDraft.
type DraftError struct {
	Draft int
	Err   error
}

func (e *DraftError) Error() string { return fmt.Sprintf("draft %d: %v", e.Draft, e.Err) }
func (e *DraftError) Unwrap() error { return e.Err }

// DamagedError says that a file of the ledger is not what was written. The
// ledger does not open on it: restore a backup, as a new incarnation.
type DamagedError struct {
	What string // which part, never its content
	Err  error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("the ledger's %s is damaged: %v", e.What, e.Err)
}
func (e *DamagedError) Unwrap() error { return e.Err }
