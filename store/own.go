package store

import (
	"fmt"

	"satchel/store/canon"
	"satchel/store/fact"
	"satchel/store/identity"
)

// own is what the vault keeps of itself in the key file.
type own struct {
	Name        string        `cbor:"1,keyasint"`
	Kind        identity.Kind `cbor:"2,keyasint"`
	Demo        bool          `cbor:"3,keyasint"`
	Root        []byte        `cbor:"4,keyasint"` // pinned at enrolment
	Certificate []byte        `cbor:"5,keyasint"` // as it came
	Chain       uint64        `cbor:"6,keyasint"` // number of the device's own chain
	First       uint64        `cbor:"7,keyasint"` // number of its first item
	TurnDue     bool          `cbor:"8,keyasint"` // the next unlock turns DMK and EK over
	TurnedAt    int64         `cbor:"9,keyasint"` // when they were made, Unix milliseconds

	Owed    []owedEntry `cbor:"10,keyasint,omitempty"` // entries that this generation demands
	ShareAt int64       `cbor:"11,keyasint,omitzero"`  // when the device share was turned, Unix milliseconds
	Turned  []turned    `cbor:"12,keyasint,omitempty"` // orders to turn the keys that were carried out
}

// turned names the last order of a cohort to turn the keys that was carried out:
// by the chain's hash after it, so that no other order is taken for it.
type turned struct {
	Cohort identity.CohortID `cbor:"1,keyasint"`
	Hash   [32]byte          `cbor:"2,keyasint"`
}

// slotInfo is what stands beside a slot: who it is for.
type slotInfo struct {
	Name       string        `cbor:"1,keyasint"`
	Role       identity.Role `cbor:"2,keyasint"`
	Credential []byte        `cbor:"3,keyasint"`           // as it came; empty until the hub approved
	Duty       uint64        `cbor:"4,keyasint,omitzero"`  // version of the confidentiality duty accepted here (R25)
	At         *admitted     `cbor:"5,keyasint,omitempty"` // where the credential stands in governance; nil: it came with the enrolment
}

// ownLimits leave room for an entry owed for every place that a device can have:
// a wipe removes them all at once.
var ownLimits = canon.Limits{Bytes: 64 << 10, Depth: 4, Items: 1024}

func decodeOwn(b []byte, demo bool) (own, fact.Signed[fact.HubCertificate], error) {
	var o own
	if err := canon.Unmarshal(b, &o, ownLimits); err != nil {
		return o, fact.Signed[fact.HubCertificate]{}, &DamagedError{File: "keys", What: "the vault's settings make no sense", Err: err}
	}
	if o.Demo != demo {
		return o, fact.Signed[fact.HubCertificate]{}, fmt.Errorf("opening the data folder: %w", fact.ErrDemonstration)
	}
	cert, err := fact.Open[fact.HubCertificate](o.Root, o.Certificate)
	if err != nil {
		return o, cert, &DamagedError{File: "keys", What: "the hub's certificate is not the pinned root's", Err: err}
	}
	return o, cert, nil
}

func decodeSlotInfo(b []byte) (slotInfo, error) {
	var i slotInfo
	if err := canon.Unmarshal(b, &i, ownLimits); err != nil {
		return i, &DamagedError{File: "keys", What: "a person's place makes no sense", Err: err}
	}
	return i, nil
}
