package identity

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// ErrNotAnID says that a text is not 32 hexadecimal digits. Ask for the id
// again; do not guess.
var ErrNotAnID = errors.New("not an identifier: 32 hexadecimal digits are due")

type (
	// AreaID names one area: the first 16 bytes of the hash of its root key.
	AreaID [16]byte
	// DeviceID names one device: the first 16 bytes of the hash of its
	// signing key.
	DeviceID [16]byte
	// CohortID names one team or station of one organisation category: the
	// unit of need-to-know. It is random.
	CohortID [16]byte
	// PID is a keyed pseudonym of a patient, different in each cohort; only
	// the hub can link two of them.
	PID [16]byte
	// Handle names one row of a device's key table. It is random, and means
	// nothing on any other device.
	Handle [16]byte
	// SlotID names one person's place on one device.
	SlotID [16]byte
	// PersonTag joins the rows of one patient in several cohorts on one
	// device. It is random for each device.
	PersonTag [16]byte
)

func (a AreaID) String() string    { return hex.EncodeToString(a[:]) }
func (d DeviceID) String() string  { return hex.EncodeToString(d[:]) }
func (c CohortID) String() string  { return hex.EncodeToString(c[:]) }
func (p PID) String() string       { return hex.EncodeToString(p[:]) }
func (h Handle) String() string    { return hex.EncodeToString(h[:]) }
func (s SlotID) String() string    { return hex.EncodeToString(s[:]) }
func (t PersonTag) String() string { return hex.EncodeToString(t[:]) }

// ParseDeviceID reads a device id from 32 hexadecimal digits.
func ParseDeviceID(s string) (DeviceID, error) { return parse16[DeviceID](s) }

// ParseCohortID reads a cohort id from 32 hexadecimal digits.
func ParseCohortID(s string) (CohortID, error) { return parse16[CohortID](s) }

// ParsePID reads a patient pseudonym from 32 hexadecimal digits.
func ParsePID(s string) (PID, error) { return parse16[PID](s) }

// ParseHandle reads a row handle from 32 hexadecimal digits.
func ParseHandle(s string) (Handle, error) { return parse16[Handle](s) }

func parse16[T ~[16]byte](s string) (T, error) {
	var id T
	if len(s) != 2*len(id) {
		return id, fmt.Errorf("%w, not %d", ErrNotAnID, len(s))
	}
	b, err := hex.DecodeString(s)
	if err != nil {
		return id, ErrNotAnID
	}
	copy(id[:], b)
	return id, nil
}

// Random gives a fresh random identifier of any of the 16-byte kinds.
func Random[T ~[16]byte]() T {
	var id T
	_, _ = rand.Read(id[:]) // crypto/rand.Read never returns an error
	return id
}

// DeviceIDOf derives a device's id from its Ed25519 public key.
func DeviceIDOf(sign ed25519.PublicKey) DeviceID {
	h := fingerprint("satchel/device/1", sign)
	return DeviceID(h[:16])
}

// AreaIDOf derives an area's id from its root Ed25519 public key.
func AreaIDOf(root ed25519.PublicKey) AreaID {
	h := fingerprint("satchel/area/1", root)
	return AreaID(h[:16])
}

func fingerprint(domain string, key []byte) [32]byte {
	return sha256.Sum256(append(append([]byte(domain), 0), key...))
}
