package seal

import (
	"crypto/rand"
	"errors"
)

// PINID names one PIN's pepper in the hardware. It is random, made anew with
// each PIN, kept in the person's place, and says nothing.
type PINID [16]byte

// NewPINID makes a name for a new pepper.
func NewPINID() PINID {
	var id PINID
	_, _ = rand.Read(id[:]) // never fails (crypto/rand, Go 1.24)
	return id
}

// Limiter is hardware that limits tries, a TPM. A PIN is allowed only where one
// stands behind it: six digits are no secret without something that counts. A
// [Share] may also be a Limiter; ask by type assertion.
//
// It keeps one pepper a PIN, 32 random bytes that a PIN place's wrapping key
// needs: auth is DeriveKey(argon, "satchel/pin-auth/1", slot) and the wrapping
// key DeriveKey(argon, "satchel/pin-slot/1", pepper), where argon is Argon2id
// over PIN and salt. A copied disk holds no pepper, so it cannot be guessed at
// away from the hardware, and the hardware counts the guesses made at it.
//
// A change of PIN survives a crash at any step in this order: SetPIN under a
// new id; save the place with the new id; DeletePIN of the old id; and at start
// DeletePIN of all that no place names (see PINs).
//
// SetPIN MUST NOT return nil before the pepper survives a power cut. DeletePIN
// of an unknown id is no error. All return ErrShareUnavailable when the hardware
// cannot be reached; neither it nor ErrPINLocked is a try of the person's.
type Limiter interface {
	// SetPIN makes a fresh random pepper under a new id, kept by the hardware
	// under auth, and returns it.
	SetPIN(id PINID, auth *Key) (Key, error)
	// OpenPIN returns the pepper: ErrPIN when auth is wrong, ErrPINLocked when
	// the hardware takes no tries for now, ErrNoPIN when it has no such pepper.
	OpenPIN(id PINID, auth *Key) (Key, error)
	// DeletePIN destroys the pepper.
	DeletePIN(id PINID) error
	// PINs lists the peppers of this data folder.
	PINs() ([]PINID, error)
}

var (
	// ErrPIN: the hardware refused the PIN and counted the try.
	ErrPIN = errors.New("wrong PIN")
	// ErrPINLocked: the hardware takes no tries for now, after too many wrong
	// ones. Wait, or use another way in.
	ErrPINLocked = errors.New("PIN is locked by the hardware for now")
	// ErrNoPIN: the hardware keeps no such PIN; it was cleared, or the folder
	// comes from another machine. The PIN cannot work again: recover.
	ErrNoPIN = errors.New("hardware keeps no such PIN")
)
