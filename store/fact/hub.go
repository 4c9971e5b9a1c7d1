package fact

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"satchel/store/canon"
	"satchel/store/identity"
)

var (
	// ErrDemonstration says that a real device met a demonstration area's
	// hub, or the other way round. Never go on (R57).
	ErrDemonstration = errors.New("demonstration data and real data cannot mix")
	// ErrCertificate says that a hub certificate is not the area's, or has
	// ended. Do not talk to that hub.
	ErrCertificate = errors.New("the hub's certificate is not right")
)

// HubCertificate is the area root's word for the hub's keys.
type HubCertificate struct {
	Area        identity.AreaID `cbor:"1,keyasint"`
	Incarnation uint64          `cbor:"2,keyasint"`
	Name        string          `cbor:"3,keyasint"` // for screens: "Northshire care hub"
	Root        []byte          `cbor:"4,keyasint"` // the area's Ed25519 root
	Sign        []byte          `cbor:"5,keyasint"` // the hub's Ed25519 key
	Box         [32]byte        `cbor:"6,keyasint"` // the hub's X25519 key
	Recovery    [32]byte        `cbor:"7,keyasint"` // the organisation's X25519 recovery key
	NotAfter    int64           `cbor:"8,keyasint"` // Unix milliseconds
	Demo        bool            `cbor:"9,keyasint"`
	Restart     *Restart        `cbor:"10,keyasint,omitempty"`
}

// Restart is from where a restored hub counts: a later certificate's word on
// where each chain and the log stood.
type Restart struct {
	Heads   []Head   `cbor:"1,keyasint"`
	LogSize uint64   `cbor:"2,keyasint"`
	LogRoot [32]byte `cbor:"3,keyasint"`
}

func (c HubCertificate) domain() string {
	if c.Demo {
		return "satchel/hub/demonstration/1"
	}
	return "satchel/hub/1"
}
func (HubCertificate) limits() canon.Limits { return certLimits }
func (c HubCertificate) check() error {
	if len(c.Root) != ed25519.PublicKeySize || len(c.Sign) != ed25519.PublicKeySize {
		return fmt.Errorf("%w: a key has the wrong length", ErrCertificate)
	}
	if c.Area != identity.AreaIDOf(c.Root) {
		return fmt.Errorf("%w: the area is not its root's", ErrCertificate)
	}
	if c.Incarnation == 0 || len(c.Name) > maxName {
		return fmt.Errorf("%w: incarnation or name", ErrCertificate)
	}
	return nil
}

// OpenHubCertificate verifies a certificate against the root that it names.
// The caller must know that root: from its enrolment code, or pinned since.
// Errors: ErrCertificate, ErrSignature, ErrDemonstration.
func OpenHubCertificate(raw []byte, now int64, demo bool) (Signed[HubCertificate], error) {
	c, err := Decode[HubCertificate](raw)
	if err != nil {
		return c, err
	}
	switch {
	case !c.By(c.Value.Root):
		return Signed[HubCertificate]{}, fmt.Errorf("opening the hub's certificate: %w", ErrSignature)
	case c.Value.Demo != demo:
		return Signed[HubCertificate]{}, fmt.Errorf("opening the hub's certificate: %w", ErrDemonstration)
	case now > c.Value.NotAfter:
		return Signed[HubCertificate]{}, fmt.Errorf("%w: it has ended", ErrCertificate)
	}
	return c, nil
}

// Credential is the hub's word for what one person is: who, role, category,
// and until when, training included (R6). It lies in the person's slot.
type Credential struct {
	Slot     identity.SlotID   `cbor:"1,keyasint"`
	Device   identity.DeviceID `cbor:"2,keyasint"`
	Name     string            `cbor:"3,keyasint"`
	Staff    string            `cbor:"4,keyasint"` // staff directory id, may be empty
	Role     identity.Role     `cbor:"5,keyasint"`
	Category identity.Category `cbor:"6,keyasint"`
	Trained  int64             `cbor:"7,keyasint"` // training lapses, Unix milliseconds
	Ends     int64             `cbor:"8,keyasint"` // credential ends, Unix milliseconds
}

func (Credential) domain() string       { return "satchel/credential/1" }
func (Credential) limits() canon.Limits { return headerLimits }
func (c Credential) check() error {
	if _, err := identity.ParseRole(string(c.Role)); err != nil {
		return err
	}
	if _, err := identity.ParseCategory(string(c.Category)); err != nil {
		return err
	}
	if c.Name == "" || len(c.Name) > maxName || len(c.Staff) > 64 {
		return errors.New("a credential needs a name of at most 200 bytes")
	}
	return nil
}
