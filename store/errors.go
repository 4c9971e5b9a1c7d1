package store

import (
	"errors"
	"fmt"
	"time"

	"satchel/store/identity"
	"satchel/store/policy"
)

var (
	// ErrNoVault says that the data folder holds no vault. Enrol the device.
	ErrNoVault = errors.New("there is no vault in the data folder")
	// ErrVaultExists says that Create met a data folder that holds a vault
	// already. Open it, or choose another folder; it is never overwritten.
	ErrVaultExists = errors.New("the data folder holds a vault already")
	// ErrNewerFormat says that a newer version of the product wrote the data
	// folder; the text names the version. Install that version.
	ErrNewerFormat = errors.New("the data folder was written by a newer version")
	// ErrShare says that the device share is missing or cannot be reached.
	// When the keyring is locked, try again later; when it is gone, so are
	// the keys: enrol the device anew (unsent audit can still be exported).
	ErrShare = errors.New("the device share cannot be had")
	// ErrElsewhere says that the data folder was made on another machine and
	// copied here. Nothing is lost there: open it on that machine, or enrol
	// this one into a new folder. To replace a broken machine, enrol the new
	// one; what the old one had not sent can only be sent by it.
	ErrElsewhere = errors.New("the data folder is bound to another machine: open it there, or enrol this machine into a new folder")
	// ErrClosed says that the vault was closed.
	ErrClosed = errors.New("the vault is closed")
	// ErrLocked says that the session was locked. Unlock again.
	ErrLocked = errors.New("the session is locked")
	// ErrUnlocked says that somebody is unlocked already. Lock first.
	ErrUnlocked = errors.New("somebody is unlocked already")
	// ErrNoPerson says that no such person has a slot here. Show the list
	// again.
	ErrNoPerson = errors.New("no such person on this device")
	// ErrFounding says that what a vault is to be made from does not fit
	// together. It is a mistake of the caller.
	ErrFounding = errors.New("a vault cannot be made from this")
	// ErrNotHeld says that there is no such record here, or no longer. Close
	// the screen that shows it.
	ErrNotHeld = errors.New("the record is not held")
	// ErrMissing says that the record's row is held and its content is not,
	// or does not authenticate: it is being fetched again. Say so; ask again
	// after the next sync.
	ErrMissing = errors.New("the record's content is being fetched again")
	// ErrNewerRecord says that a record was compressed with a dictionary that
	// this version of the product does not have. Install the newer version:
	// the record is kept, is not fetched again, and opens then.
	ErrNewerRecord = errors.New("the record was made for a newer version")
	// ErrNotMember says that a fact is about a cohort this device does not
	// hold. Drop it.
	ErrNotMember = errors.New("this device does not hold that cohort")
	// ErrForeign says that a fact is of another area, chain or device. Drop
	// it and count it against whoever sent it.
	ErrForeign = errors.New("the fact belongs elsewhere")
	// ErrBelowFloor says that a chain has been forgotten up to a floor above
	// what is held: the cohort's rows have been destroyed, and its chain must
	// be taken from the floor.
	ErrBelowFloor = errors.New("the chain was forgotten beyond what is held")
	// ErrDiskFull says that the reserve of disk space is reached: nothing is
	// taken in, and nothing opens that could not be entered.
	ErrDiskFull = errors.New("the disk is too full to take more in")
	// ErrForkedLog says that the hub's log is not an extension of the one
	// this device saw before. Keep both as evidence and raise it.
	ErrForkedLog = errors.New("the hub showed two histories of its log")
)

// InUseError says that another process has the data folder.
type InUseError struct {
	PID int // 0 when it could not be read
}

func (e *InUseError) Error() string {
	if e.PID == 0 {
		return "the data folder is in use by another process"
	}
	return fmt.Sprintf("the data folder is in use by process %d", e.PID)
}

// DamagedError names a file of the data folder that is not what was written.
// The vault does not open: restore nothing by hand, export the unsent audit and
// enrol the device anew.
type DamagedError struct {
	File string // relative to the data folder
	What string // what is wrong, in words, without content
	Err  error  // may be nil
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("the file %s is damaged: %s", e.File, e.What)
}

func (e *DamagedError) Unwrap() error { return e.Err }

// WrongPassphraseError says that a passphrase did not open the slot, or that
// the wait after earlier ones is not over (then it was not tried).
type WrongPassphraseError struct {
	Left  int           // tries left before the slot goes
	Wait  time.Duration // before the next try is taken
	Tried bool          // whether this one was tried at all
}

func (e *WrongPassphraseError) Error() string {
	if !e.Tried {
		return fmt.Sprintf("wait %s before the next try", e.Wait.Round(time.Second))
	}
	return fmt.Sprintf("the passphrase is not right: %d tries left", e.Left)
}

// SlotGoneError says that the person's slot was destroyed after too many wrong
// passphrases. An admin's recovery brings the person back.
type SlotGoneError struct{ Slot identity.SlotID }

func (e *SlotGoneError) Error() string {
	return "too many wrong passphrases: this person's place on the device is gone"
}

// UnlockRefusal is why the right passphrase was not enough.
type UnlockRefusal string

// The reasons for refusing to unlock.
const (
	TrainingLapsed   UnlockRefusal = "training-lapsed"   // R6
	CredentialEnded  UnlockRefusal = "credential-ended"  // its end date, or the hub's word
	NoCredential     UnlockRefusal = "no-credential"     // the hub has not approved this person yet
	DeviceSuspended  UnlockRefusal = "device-suspended"  // by the hub's order
	DeviceNotEnabled UnlockRefusal = "device-not-member" // enrolment is pending, or membership ended
)

// UnlockRefusedError says that the person was recognised and may not come in.
type UnlockRefusedError struct {
	Reason UnlockRefusal
	Since  time.Time // when the training or the credential ended; zero if that is not why
}

func (e *UnlockRefusedError) Error() string {
	return "unlocking was refused: " + string(e.Reason)
}

// RefusedError says that a decision was made and entered, and it was no.
type RefusedError struct {
	Verdict  policy.Verdict
	Codes    []policy.Code // why, in their order; Words says each in plain English
	Override bool          // break-glass would open it
}

func (e *RefusedError) Error() string {
	if len(e.Codes) == 0 {
		return "reading was refused"
	}
	return "reading was refused: " + string(e.Codes[0])
}
