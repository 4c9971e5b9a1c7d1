package ledger

import (
	"slices"

	"satchel/store/fact"
	"satchel/store/identity"
)

// Member is a device as the hub knows it.
type Member struct {
	fact.Member
	Revoked int64 // Unix milliseconds; 0: in force
}

// Members is who belongs to the area, as of Point. It does not change: what is
// decided later is in the next one.
type Members struct {
	Point fact.Point
	all   map[identity.DeviceID]Member
}

// NewMembers makes the state at a point; all is the caller's no longer.
func NewMembers(at fact.Point, all map[identity.DeviceID]Member) *Members {
	return &Members{Point: at, all: all}
}

// Get gives a member that is in force. Whether its own end date has come is
// the caller's question, for the caller has the clock.
func (m *Members) Get(d identity.DeviceID) (fact.Member, bool) {
	got, ok := m.all[d]
	return got.Member, ok && got.Revoked == 0
}

// Revoked tells whether a device was put out.
func (m *Members) Revoked(d identity.DeviceID) bool { return m.all[d].Revoked != 0 }

// Ever gives a device that was enlisted once, in force or revoked.
func (m *Members) Ever(d identity.DeviceID) (Member, bool) {
	got, ok := m.all[d]
	return got, ok
}

// All gives every device ever enlisted, in the order of their ids.
func (m *Members) All() []Member {
	out := make([]Member, 0, len(m.all))
	for _, d := range m.all {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b Member) int { return slices.Compare(a.Device[:], b.Device[:]) })
	return out
}
