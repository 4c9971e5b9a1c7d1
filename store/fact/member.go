package fact

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"

	"satchel/store/canon"
	"satchel/store/identity"
)

// MemberKind is what a membership entry does.
type MemberKind uint8

// The kinds of membership entry.
const (
	Join   MemberKind = 1 // a device joins, or its facts change
	Revoke MemberKind = 2 // a device is out, for good
)

// Member is one device as the hub knows it.
type Member struct {
	Device   identity.DeviceID   `cbor:"1,keyasint"`
	Sign     []byte              `cbor:"2,keyasint"` // Ed25519
	Gossip   [32]byte            `cbor:"3,keyasint"` // X25519
	Keys     [32]byte            `cbor:"4,keyasint"` // X25519 for K; zero for a box
	Kind     identity.Kind       `cbor:"5,keyasint"`
	Category identity.Category   `cbor:"6,keyasint"`
	Name     string              `cbor:"7,keyasint"`
	Holds    []identity.CohortID `cbor:"8,keyasint"` // may hold
	Carries  []identity.CohortID `cbor:"9,keyasint"` // may carry, sealed
	Ends     int64               `cbor:"10,keyasint"`
	PushOnly []byte              `cbor:"11,keyasint"` // a wiped device's link key, may only push its outbox
}

// MayHold tells whether the device may hold a cohort's records.
func (m Member) MayHold(c identity.CohortID) bool { return slices.Contains(m.Holds, c) }

// MemberEntry is one entry of the membership chain.
type MemberEntry struct {
	N      uint64     `cbor:"1,keyasint"`
	Kind   MemberKind `cbor:"2,keyasint"`
	Member Member     `cbor:"3,keyasint"` // for Revoke only Device counts
	Reason string     `cbor:"4,keyasint"` // a code, never a sentence
	Time   int64      `cbor:"5,keyasint"`
}

// ErrEntry says that an entry makes no sense in its place. The chain is not
// followed beyond it.
var ErrEntry = errors.New("a chain entry makes no sense")

// EncodeEntry gives the canonical bytes of a membership or governance entry.
func EncodeEntry[E MemberEntry | GovernanceEntry](e E) ([]byte, error) {
	return canon.Marshal(e, entryLimits)
}

// Membership is who belongs to an area, as of a point of its chain. The zero
// value is not usable; begin with NewMembership.
type Membership struct {
	Point   Point
	members map[identity.DeviceID]Member
	revoked map[identity.DeviceID]Member // as last known; no kind where it never joined
}

// NewMembership is the state before the first entry.
func NewMembership(area identity.AreaID) *Membership {
	return &Membership{
		Point:   Chain{Area: area}.Start(),
		members: map[identity.DeviceID]Member{},
		revoked: map[identity.DeviceID]Member{},
	}
}

// Apply takes the next entry. On an error nothing has changed.
func (m *Membership) Apply(raw []byte) (MemberEntry, error) {
	var e MemberEntry
	if err := canon.Unmarshal(raw, &e, entryLimits); err != nil {
		return e, fmt.Errorf("applying a membership entry: %w", err)
	}
	if err := m.fits(e); err != nil {
		return e, fmt.Errorf("applying membership entry %d: %w", e.N, err)
	}
	switch e.Kind {
	case Join:
		m.members[e.Member.Device] = e.Member
	case Revoke:
		if _, again := m.revoked[e.Member.Device]; !again {
			m.revoked[e.Member.Device] = m.members[e.Member.Device]
			delete(m.members, e.Member.Device)
		}
	}
	m.Point = m.Point.Next(raw)
	return e, nil
}

func (m *Membership) fits(e MemberEntry) error {
	if e.N != m.Point.N+1 {
		return fmt.Errorf("%w: number %d where %d is due", ErrEntry, e.N, m.Point.N+1)
	}
	switch e.Kind {
	case Revoke:
		if e.Member.Device == (identity.DeviceID{}) {
			return fmt.Errorf("%w: a revocation names a device", ErrEntry)
		}
		return nil
	case Join:
	default:
		return fmt.Errorf("%w: kind %d is not known to this version", ErrEntry, e.Kind)
	}
	if _, out := m.revoked[e.Member.Device]; out {
		return fmt.Errorf("%w: a revoked device does not come back under its old key", ErrEntry)
	}
	return e.Member.check()
}

func (m Member) check() error {
	if len(m.Sign) != ed25519.PublicKeySize || identity.DeviceIDOf(m.Sign) != m.Device {
		return fmt.Errorf("%w: the device id is not its key's", ErrEntry)
	}
	if _, err := identity.ParseKind(string(m.Kind)); err != nil {
		return fmt.Errorf("%w: %w", ErrEntry, err)
	}
	if _, err := identity.ParseCategory(string(m.Category)); err != nil {
		return fmt.Errorf("%w: %w", ErrEntry, err)
	}
	if m.Kind == identity.Box && m.Keys != [32]byte{} {
		return fmt.Errorf("%w: a box has no key for cohort keys", ErrEntry)
	}
	if len(m.Name) > maxName || (len(m.PushOnly) != 0 && len(m.PushOnly) != ed25519.PublicKeySize) {
		return fmt.Errorf("%w: a device's name or push-only key is too long", ErrEntry)
	}
	return nil
}

// Get gives a member that is in force.
func (m *Membership) Get(d identity.DeviceID) (Member, bool) {
	got, ok := m.members[d]
	return got, ok
}

// Known gives a device that is a member, or was one before it was revoked: the
// key there still proves the items that it signed.
func (m *Membership) Known(d identity.DeviceID) (Member, bool) {
	if got, ok := m.members[d]; ok {
		return got, true
	}
	got := m.revoked[d]
	return got, got.Kind != ""
}

// Revoked tells whether a device was put out.
func (m *Membership) Revoked(d identity.DeviceID) bool {
	_, out := m.revoked[d]
	return out
}

// All gives the members in force, in the order of their ids.
func (m *Membership) All() []Member {
	out := make([]Member, 0, len(m.members))
	for _, d := range m.members {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b Member) int { return slices.Compare(a.Device[:], b.Device[:]) })
	return out
}
