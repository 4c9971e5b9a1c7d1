package seal

import (
	"errors"

	"satchel/store/identity"
)

// Limiter is hardware that limits tries, a TPM. A PIN is allowed only where one
// stands behind it: six digits are no secret without something that counts. A
// [Share] may also be a Limiter; ask by type assertion.
//
// It keeps one pepper a slot, 32 random bytes that a PIN slot's wrapping key
// needs: auth is DeriveKey(argon, "satchel/pin-auth/1", slot) and the wrapping
// key DeriveKey(argon, "satchel/pin-slot/1", pepper), where argon is Argon2id
// over PIN and salt. A copied disk holds no pepper, so it cannot be guessed at
// away from the hardware, and the hardware counts the guesses made at it.
//
// SetPIN MUST NOT return nil before the pepper survives a power cut; after an
// error the former pepper of the slot may be gone. DeletePIN of an unknown slot
// is no error. All three return ErrShareUnavailable when the hardware cannot be
// reached, and neither it nor ErrPINLocked counts as a try of the person's.
type Limiter interface {
	// SetPIN makes a fresh random pepper, kept by the hardware under auth, and
	// returns it. It replaces the slot's former one.
	SetPIN(slot identity.SlotID, auth *Key) (Key, error)
	// OpenPIN returns the slot's pepper: ErrPIN when auth is wrong, ErrPINLocked
	// when the hardware takes no tries for now, ErrNoPIN when it has no such
	// pepper.
	OpenPIN(slot identity.SlotID, auth *Key) (Key, error)
	// DeletePIN destroys the slot's pepper.
	DeletePIN(slot identity.SlotID) error
}

var (
	// ErrPIN: the hardware refused the PIN and counted the try.
	ErrPIN = errors.New("wrong PIN")
	// ErrPINLocked: the hardware takes no tries for now, after too many wrong
	// ones. Wait, or use another way in.
	ErrPINLocked = errors.New("PIN is locked by the hardware for now")
	// ErrNoPIN: the hardware keeps no PIN for this slot; it was cleared, or the
	// folder comes from another machine. The PIN cannot work again: recover.
	ErrNoPIN = errors.New("hardware keeps no PIN for this person")
)
