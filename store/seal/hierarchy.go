package seal

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"satchel/store/identity"
)

// ErrCommitment: a key that opened is not the one that was committed to. It was
// put there by somebody else: refuse it and say so.
var ErrCommitment = errors.New("key does not match its commitment")

const labelUserTier = "satchel/user-tier/1"

// CommitDMK is the commitment to a device master key of one generation, kept
// with the slots; it makes a master key that comes back from recovery or from a
// slot provable.
func CommitDMK(dmk *Key, generation uint32) [32]byte {
	b := append([]byte("satchel/dmk/1\x00"), dmk[:]...)
	defer clear(b)
	return sha256.Sum256(binary.BigEndian.AppendUint32(b, generation))
}

// OpenDMK opens a device master key boxed to a person or to the organisation's
// recovery key and compares it with the commitment. ErrOpen means that the box
// is for another key, or changed.
func OpenDMK(private identity.X25519Key, boxed []byte, commitment [32]byte, generation uint32) (Key, error) {
	dmk, err := OpenBoxedKey(private, boxed)
	if err != nil {
		return Key{}, fmt.Errorf("opening the device master key: %w", err)
	}
	if CommitDMK(&dmk, generation) != commitment {
		dmk.Wipe()
		return Key{}, fmt.Errorf("opening the device master key: %w", ErrCommitment)
	}
	return dmk, nil
}

// EpochKey is one EK sealed under the device master key. Each patient's inner
// part names the generation of EK it is under; an old EK stays until none does.
type EpochKey struct {
	Generation uint32 `cbor:"1,keyasint"`
	Sealed     []byte `cbor:"2,keyasint"`
}

// SealEpochKey wraps an EK under the device master key.
func SealEpochKey(dmk, ek *Key, generation uint32) EpochKey {
	return EpochKey{Generation: generation, Sealed: Wrap(dmk, ek, epochContext(generation))}
}

// Open opens the EK, or returns ErrOpen.
func (e EpochKey) Open(dmk *Key) (Key, error) {
	ek, err := Unwrap(dmk, e.Sealed, epochContext(e.Generation))
	if err != nil {
		return Key{}, fmt.Errorf("opening epoch key %d: %w", e.Generation, err)
	}
	return ek, nil
}

func epochContext(generation uint32) string {
	return Bind("satchel/ek/1", binary.BigEndian.AppendUint32(nil, generation))
}

// SealUserTier seals the user tier's own private keys, opaque to this package,
// under the device master key.
func SealUserTier(dmk *Key, private []byte) []byte { return Seal(dmk, labelUserTier, private) }

// OpenUserTier opens what SealUserTier made.
func OpenUserTier(dmk *Key, sealed []byte) ([]byte, error) {
	private, err := Open(dmk, labelUserTier, sealed)
	if err != nil {
		return nil, fmt.Errorf("opening the user tier's keys: %w", err)
	}
	return private, nil
}
