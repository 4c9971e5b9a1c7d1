package wire

import (
	"fmt"
	"log/slog"

	"satchel/store/identity"
)

// HubHello is the hub's first word to a newcomer: who it is. The newcomer
// verifies the certificate against the root that its enrolment code names, and
// the connection's key against the certificate, before it says anything.
type HubHello struct {
	Version     uint64 `cbor:"1,keyasint"`
	Certificate []byte `cbor:"2,keyasint"` // fact.OpenHubCertificate reads it
}

// EnrolRequest asks for membership under a one-time code. Sign must be the key
// of the connection. It never prints the secret.
type EnrolRequest struct {
	Version  uint64            `cbor:"1,keyasint"`
	Secret   [32]byte          `cbor:"2,keyasint"` // identity.EnrolmentCode.Secret
	Sign     []byte            `cbor:"3,keyasint"` // Ed25519
	Gossip   [32]byte          `cbor:"4,keyasint"` // X25519
	Keys     [32]byte          `cbor:"5,keyasint"` // X25519 for K; zero for a box
	Kind     identity.Kind     `cbor:"6,keyasint"`
	Category identity.Category `cbor:"7,keyasint"` // empty: as the code says
	Name     string            `cbor:"8,keyasint"`
	First    *First            `cbor:"9,keyasint,omitempty"` // a box has none
}

// First is the first person on a laptop, whose place is made before the
// request, so that the key for K is in it.
type First struct {
	Slot identity.SlotID `cbor:"1,keyasint"`
	Name string          `cbor:"2,keyasint"`
	Role identity.Role   `cbor:"3,keyasint"`
}

// Format hides the secret under every verb.
func (r EnrolRequest) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "enrolment request of %s", identity.DeviceIDOf(r.Sign))
}

// LogValue hides the secret.
func (r EnrolRequest) LogValue() slog.Value {
	return slog.StringValue("enrolment request of " + identity.DeviceIDOf(r.Sign).String())
}

// State is what became of an enrolment request.
type State uint8

// The states of a request. A newcomer that is told to wait keeps its keys and
// asks again with the same code.
const (
	Approved State = 1
	Waiting  State = 2
	Refused  State = 3
)

// EnrolAnswer is the hub's word on a request.
type EnrolAnswer struct {
	State      State               `cbor:"1,keyasint"`
	Reason     Code                `cbor:"2,keyasint"` // of a refusal; 0 otherwise
	Membership []byte              `cbor:"3,keyasint"` // fact.OpenRun; of an approval
	Credential []byte              `cbor:"4,keyasint"` // fact.Open[fact.Credential]; empty for a box
	Cohorts    []identity.CohortID `cbor:"5,keyasint"` // that the device may hold
}

// Err is nil but for a refusal, whose sentinel it gives.
func (a *EnrolAnswer) Err() error {
	if a.State != Refused {
		return nil
	}
	return a.Reason.Err()
}
