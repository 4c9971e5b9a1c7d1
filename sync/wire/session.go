package wire

import (
	"fmt"

	"satchel/store/fact"
	"satchel/store/identity"
)

// Phase is one of the five steps of a round; each ends before the next begins.
type Phase uint8

// The phases, in their order.
const (
	PhaseHello   Phase = 1
	PhaseBarrier Phase = 2
	PhaseKeys    Phase = 3
	PhaseOutbox  Phase = 4
	PhaseRecords Phase = 5
)

func (p Phase) String() string {
	if p < PhaseHello || p > PhaseRecords {
		return fmt.Sprintf("phase %d", uint8(p))
	}
	return [...]string{"hello", "barrier", "keys", "outbox", "records"}[p-1]
}

// Hello opens a round: where each side stands. The hub answers with its own,
// which repeats the nonce and may leave everything else out.
type Hello struct {
	Version    uint64            `cbor:"1,keyasint"`
	Device     identity.DeviceID `cbor:"2,keyasint"` // zero from the hub
	Kind       identity.Kind     `cbor:"3,keyasint"` // empty from the hub
	Nonce      [16]byte          `cbor:"4,keyasint"` // fresh for each round
	Chain      uint64            `cbor:"5,keyasint"` // number of the device's own item chain
	Membership At                `cbor:"6,keyasint"`
	Governance []CohortAt        `cbor:"7,keyasint"`
	KeyEpochs  []KeyEpoch        `cbor:"8,keyasint"`
	Checkpoint LogAt             `cbor:"9,keyasint"`
	Cursors    []Cursor          `cbor:"10,keyasint"`
}

// At is where a side stands in a chain, and the signed head that proves it. A
// point without its head counts as none between devices; the hub knows its own
// chain and needs no proof.
type At struct {
	Point fact.Point `cbor:"1,keyasint"`
	Head  []byte     `cbor:"2,keyasint"`
}

// CohortAt is At for one cohort's governance.
type CohortAt struct {
	Cohort identity.CohortID `cbor:"1,keyasint"`
	Point  fact.Point        `cbor:"2,keyasint"`
	Head   []byte            `cbor:"3,keyasint"`
}

// KeyEpoch is the newest cohort key that a side holds; 0 is none.
type KeyEpoch struct {
	Cohort identity.CohortID `cbor:"1,keyasint"`
	Epoch  uint64            `cbor:"2,keyasint"`
}

// LogAt is the last checkpoint of the hub's log that a side has seen.
type LogAt struct {
	Size uint64   `cbor:"1,keyasint"`
	Root [32]byte `cbor:"2,keyasint"`
}

// Cursor is how far a side has followed the hub's own stream of one cohort.
type Cursor struct {
	Cohort      identity.CohortID `cbor:"1,keyasint"`
	Incarnation uint64            `cbor:"2,keyasint"`
	Rev         uint64            `cbor:"3,keyasint"`
}

// ChainRun carries consecutive entries of one chain: fact.OpenRun reads it,
// and its head names the chain.
type ChainRun struct {
	Raw []byte `cbor:"1,keyasint"`
}

// BarrierAck says which points a side has applied and made durable. Until both
// have said it, no record and no wrap crosses the connection (I3).
type BarrierAck struct {
	Membership fact.Point    `cbor:"1,keyasint"`
	Governance []CohortPoint `cbor:"2,keyasint"`
}

// CohortPoint is a place in one cohort's governance.
type CohortPoint struct {
	Cohort identity.CohortID `cbor:"1,keyasint"`
	Point  fact.Point        `cbor:"2,keyasint"`
}

// Clock is the hub's time, in answer to this round's nonce: the only time that
// may set a device's clock back.
type Clock struct {
	Nonce [16]byte `cbor:"1,keyasint"`
	Time  int64    `cbor:"2,keyasint"` // Unix milliseconds
}

// Fresh carries F: fact.Open[fact.Freshness] reads it.
type Fresh struct {
	Raw []byte `cbor:"1,keyasint"`
}

// Keys carries K: fact.Open[fact.KeySet] reads it.
type Keys struct {
	Raw []byte `cbor:"1,keyasint"`
}

// Receipt carries P: store/audit reads it.
type Receipt struct {
	Raw []byte `cbor:"1,keyasint"`
}

// Checkpoint carries C with the proof that its log extends the one that the
// hello named; the proof is empty where the hello named none.
type Checkpoint struct {
	Note  []byte     `cbor:"1,keyasint"`
	Proof [][32]byte `cbor:"2,keyasint"`
}

// Have says how far a side holds the items of each origin, without a gap.
type Have struct {
	Origins []Origin `cbor:"1,keyasint"`
}

// Origin is one chain of one device, held up to and with an item; 0 is none.
type Origin struct {
	Device identity.DeviceID `cbor:"1,keyasint"`
	Chain  uint64            `cbor:"2,keyasint"`
	UpTo   uint64            `cbor:"3,keyasint"`
}

// UpTo gives how far one chain is held; 0 where it is not named.
func (h *Have) UpTo(d identity.DeviceID, chain uint64) uint64 {
	for _, o := range h.Origins {
		if o.Device == d && o.Chain == chain {
			return o.UpTo
		}
	}
	return 0
}

// Item carries D: store/audit reads it.
type Item struct {
	Raw []byte `cbor:"1,keyasint"`
}

// Pull asks for what follows a cursor in one cohort.
type Pull struct {
	Cohort      identity.CohortID `cbor:"1,keyasint"`
	Incarnation uint64            `cbor:"2,keyasint"`
	Since       uint64            `cbor:"3,keyasint"`
}

// Record carries R and W: fact.OpenRecord reads Raw, fact.DecodeWrap Wrap.
type Record struct {
	Raw  []byte `cbor:"1,keyasint"`
	Wrap []byte `cbor:"2,keyasint"`
}

// RecordsEnd ends the answer to a Pull: the cursor of one who took it all.
type RecordsEnd struct {
	Cohort      identity.CohortID `cbor:"1,keyasint"`
	Incarnation uint64            `cbor:"2,keyasint"`
	Rev         uint64            `cbor:"3,keyasint"`
}

// Done says that a side has sent everything it has in a phase.
type Done struct {
	Phase Phase `cbor:"1,keyasint"`
	// Revoked says, at the end of the barrier, that the membership no longer
	// counts the device: no keys and no records follow.
	Revoked bool `cbor:"2,keyasint"`
}

// Notify says between rounds that something grew. It says nothing else; the
// device begins a round.
type Notify struct{}

// Bye ends a session in good order.
type Bye struct{}
