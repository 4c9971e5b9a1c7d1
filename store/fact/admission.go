package fact

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"satchel/store/canon"
	"satchel/store/identity"
)

// ErrJoinCode says that a text cannot be a joining code: ten letters and digits
// are due. It was not compared with anything; ask for it again.
var ErrJoinCode = errors.New("a joining code has ten letters and digits")

// Admission is the body of a Credentialled entry that names a device: a place
// for one person there, or the renewal of one. It is boxed to the device's
// gossip key, so that a locked device can open it.
type Admission struct {
	Credential []byte   `cbor:"1,keyasint"` // a signed Credential, as it came
	Join       [32]byte `cbor:"2,keyasint"` // JoinHash of the one-time code; zeros: none is needed, the place is there
}

// AdmissionLabel binds an admission's box to the device and the slot that its
// entry names: the label of Sender.BoxTo and Recipient.OpenBox in store/seal.
// The parts are joined as seal.Bind does.
func AdmissionLabel(d identity.DeviceID, s identity.SlotID) string {
	b := append([]byte("satchel/admission/1"), 0)
	for _, part := range [][]byte{d[:], s[:]} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	return string(b)
}

// Encode gives the canonical bytes that are boxed.
func (a Admission) Encode() ([]byte, error) { return canon.Marshal(a, admissionLimits) }

// Open reads the credential and holds it to the entry that brought it: signed
// by the hub, for that device and that slot. Errors: ErrSignature, ErrEntry,
// and those of Decode.
func (a Admission) Open(hub []byte, e GovernanceEntry) (Signed[Credential], error) {
	c, err := Open[Credential](hub, a.Credential)
	if err != nil {
		return c, fmt.Errorf("opening an admission: %w", err)
	}
	if c.Value.Device != e.Device || c.Value.Slot != e.Slot {
		return Signed[Credential]{}, fmt.Errorf("opening an admission: %w: the credential is for another place", ErrEntry)
	}
	return c, nil
}

// DecodeAdmission reads what Encode wrote.
func DecodeAdmission(raw []byte) (Admission, error) {
	var a Admission
	if err := canon.Unmarshal(raw, &a, admissionLimits); err != nil {
		return Admission{}, fmt.Errorf("reading an admission: %w", err)
	}
	return a, nil
}

// joinLetters is how long a joining code is: 50 bits, used once, and tried
// against a counter.
const joinLetters = 10

// NewJoinCode makes a one-time joining code, XXXXX-XXXXX, for its person alone.
func NewJoinCode() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	text := identity.EncodeLetters(b[:])[:joinLetters]
	return text[:joinLetters/2] + "-" + text[joinLetters/2:]
}

// CheckJoinCode tells whether a text can be a joining code at all; ErrJoinCode
// where it cannot.
func CheckJoinCode(typed string) error {
	tidy := identity.TidyLetters(typed)
	if len(tidy) != joinLetters || strings.Trim(tidy, joinAlphabet) != "" {
		return ErrJoinCode
	}
	return nil
}

// joinAlphabet is that of every code (identity.EncodeLetters).
const joinAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// JoinHash is what the hub keeps of a joining code, and what a device compares:
// bound to its slot. Lower case, spaces and hyphens make no difference.
func JoinHash(s identity.SlotID, code string) [32]byte {
	b := append([]byte("satchel/join/1\x00"), s[:]...)
	return sha256.Sum256(append(b, identity.TidyLetters(code)...))
}
