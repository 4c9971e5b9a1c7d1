package reader

import (
	"crypto/ed25519"
	"fmt"
)

// The objects of sync/PROTOCOL.md, sections 1 and 2.

// Signed is a signed object as it travels.
type Signed struct {
	Body      []byte `cbor:"1,keyasint"`
	Signature []byte `cbor:"2,keyasint"`
}

// open verifies a signed object and decodes it.
func open[T any](what, domain string, key ed25519.PublicKey, raw []byte) (T, error) {
	var zero T
	s, err := decode[Signed](what, raw)
	if err != nil {
		return zero, err
	}
	if len(key) != 32 || !ed25519.Verify(key, slicesOf([]byte(domain+"\x00"), s.Body), s.Signature) {
		return zero, fmt.Errorf("the signature of %s %w", what, ErrForm)
	}
	return decode[T](what, s.Body)
}

// Chain names a chain.
type Chain struct {
	Area   []byte `cbor:"1,keyasint"`
	Cohort []byte `cbor:"2,keyasint"`
}

// Certificate is the hub's.
type Certificate struct {
	Area        []byte `cbor:"1,keyasint"`
	Incarnation uint64 `cbor:"2,keyasint"`
	Name        string `cbor:"3,keyasint"`
	Root        []byte `cbor:"4,keyasint"`
	Sign        []byte `cbor:"5,keyasint"`
	Box         []byte `cbor:"6,keyasint"`
	Recovery    []byte `cbor:"7,keyasint"`
	NotAfter    int64  `cbor:"8,keyasint"`
	Demo        bool   `cbor:"9,keyasint"`
	Restart     *struct {
		Heads []SignedHead `cbor:"1,keyasint"`
		Size  uint64       `cbor:"2,keyasint"`
		Root  []byte       `cbor:"3,keyasint"`
	} `cbor:"10,keyasint,omitempty"`
}

// SignedHead is what the hub signs of a chain.
type SignedHead struct {
	Chain       Chain  `cbor:"1,keyasint"`
	Incarnation uint64 `cbor:"2,keyasint"`
	End         Point  `cbor:"3,keyasint"`
	Floor       Point  `cbor:"4,keyasint"`
	Time        int64  `cbor:"5,keyasint"`
}

// Run is a piece of a chain.
type Run struct {
	From    Point    `cbor:"1,keyasint"`
	Entries [][]byte `cbor:"2,keyasint"`
	Head    []byte   `cbor:"3,keyasint"`
}

// compacted is what compaction writes of a chain.
type compacted struct {
	Chain   Chain    `cbor:"1,keyasint"`
	From    Point    `cbor:"2,keyasint"`
	Entries [][]byte `cbor:"3,keyasint"`
	Head    []byte   `cbor:"4,keyasint"`
}

// MemberEntry is an entry of M.
type MemberEntry struct {
	N      uint64 `cbor:"1,keyasint"`
	Kind   uint64 `cbor:"2,keyasint"`
	Member struct {
		Device   []byte   `cbor:"1,keyasint"`
		Sign     []byte   `cbor:"2,keyasint"`
		Gossip   []byte   `cbor:"3,keyasint"`
		Keys     []byte   `cbor:"4,keyasint"`
		Kind     string   `cbor:"5,keyasint"`
		Category string   `cbor:"6,keyasint"`
		Name     string   `cbor:"7,keyasint"`
		Holds    [][]byte `cbor:"8,keyasint"`
		Carries  [][]byte `cbor:"9,keyasint"`
		End      int64    `cbor:"10,keyasint"`
		Push     []byte   `cbor:"11,keyasint"`
	} `cbor:"3,keyasint"`
	Reason string `cbor:"4,keyasint"`
	Time   int64  `cbor:"5,keyasint"`
}

// GovernanceEntry is an entry of G.
type GovernanceEntry struct {
	N        uint64 `cbor:"1,keyasint"`
	Kind     uint64 `cbor:"2,keyasint"`
	Time     int64  `cbor:"3,keyasint"`
	PID      []byte `cbor:"4,keyasint"`
	Epoch    uint64 `cbor:"5,keyasint"`
	Reason   string `cbor:"6,keyasint"`
	Device   []byte `cbor:"7,keyasint"`
	Item     uint64 `cbor:"8,keyasint"`
	Slot     []byte `cbor:"9,keyasint"`
	Policy   any    `cbor:"10,keyasint,omitempty"`
	Order    string `cbor:"11,keyasint"`
	KeyEpoch uint64 `cbor:"12,keyasint"`
	Body     []byte `cbor:"13,keyasint"`
}

// KeySet is K.
type KeySet struct {
	Incarnation uint64 `cbor:"1,keyasint"`
	Cohort      []byte `cbor:"2,keyasint"`
	Epoch       uint64 `cbor:"3,keyasint"`
	Boxes       []struct {
		Device []byte `cbor:"1,keyasint"`
		Box    []byte `cbor:"2,keyasint"`
	} `cbor:"4,keyasint"`
	Older []struct {
		Epoch uint64 `cbor:"1,keyasint"`
		Box   []byte `cbor:"2,keyasint"`
	} `cbor:"5,keyasint"`
	Time int64 `cbor:"6,keyasint"`
}

// Freshness is F.
type Freshness struct {
	Incarnation uint64 `cbor:"1,keyasint"`
	Cohort      []byte `cbor:"2,keyasint"`
	Rev         uint64 `cbor:"3,keyasint"`
	Governance  Point  `cbor:"4,keyasint"`
	Time        int64  `cbor:"5,keyasint"`
}

// Receipt is P.
type Receipt struct {
	Device      []byte `cbor:"1,keyasint"`
	Chain       uint64 `cbor:"2,keyasint"`
	UpTo        uint64 `cbor:"3,keyasint"`
	Link        []byte `cbor:"4,keyasint"`
	Incarnation uint64 `cbor:"5,keyasint"`
	LogSize     uint64 `cbor:"6,keyasint"`
	LogRoot     []byte `cbor:"7,keyasint"`
	Time        int64  `cbor:"8,keyasint"`
	Signature   []byte `cbor:"9,keyasint,omitempty"`
}

// Credential is a person's.
type Credential struct {
	Slot     []byte `cbor:"1,keyasint"`
	Device   []byte `cbor:"2,keyasint"`
	Name     string `cbor:"3,keyasint"`
	Staff    string `cbor:"4,keyasint"`
	Role     string `cbor:"5,keyasint"`
	Category string `cbor:"6,keyasint"`
	Trained  int64  `cbor:"7,keyasint"`
	Ends     int64  `cbor:"8,keyasint"`
}

// Admission is inside the body of a person's admission.
type Admission struct {
	Credential []byte `cbor:"1,keyasint"`
	Join       []byte `cbor:"2,keyasint"`
}
