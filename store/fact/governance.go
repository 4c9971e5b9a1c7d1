package fact

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"satchel/store/canon"
	"satchel/store/identity"
)

// GovernanceKind is what a governance entry does.
type GovernanceKind uint8

// The kinds of governance entry (protocol: object G).
const (
	Kill          GovernanceKind = 1 // content and key of a patient go
	Directed      GovernanceKind = 2 // an objection or permission; body sealed
	Lift          GovernanceKind = 3 // a restriction taken at a bedside ends
	Caseload      GovernanceKind = 4 // body sealed
	Incident      GovernanceKind = 5 // body sealed
	CredentialEnd GovernanceKind = 6 // names the slot in clear
	SetPolicy     GovernanceKind = 7 // in clear
	DeviceOrder   GovernanceKind = 8 // suspend, wipe or turn the keys
	Credentialled GovernanceKind = 9 // body sealed; with a device: an Admission, boxed to it
)

// The orders to a device.
const (
	Suspend = "suspend"
	Wipe    = "wipe"
	Turn    = "turn-keys" // after a loss report: the device share at once, DMK and EK at the next unlock
)

// KillReason says why a patient's content goes.
type KillReason string

// The reasons for a kill.
const (
	Withdrawn    KillReason = "withdrawn"
	Erased       KillReason = "erased"
	WrongPatient KillReason = "wrong-patient"
	Objection    KillReason = "objection"
	ReleaseEnded KillReason = "release-ended"
)

// Policy is what an organisation decides for a cohort's devices. It travels in
// clear and names nobody who is a patient.
type Policy struct {
	Version      uint64 `cbor:"1,keyasint"`
	Organisation string `cbor:"2,keyasint"`
	Cohort       string `cbor:"3,keyasint"` // the team's name, for screens
	HelpDesk     string `cbor:"4,keyasint"`
	Lease        int64  `cbor:"5,keyasint"` // milliseconds; 72 h in the field
	IdleLock     int64  `cbor:"6,keyasint"` // milliseconds; 5 min
	LongestOpen  int64  `cbor:"7,keyasint"` // milliseconds; 12 h
	IsCaseload   bool   `cbor:"8,keyasint"` // everybody released to the cohort is on its caseload
	SIRO         string `cbor:"9,keyasint"`
	Guardian     string `cbor:"10,keyasint"`
	Controller   string `cbor:"11,keyasint"`
	Protection   string `cbor:"12,keyasint"` // data protection officer
}

// DefaultPolicy is what holds until an organisation decides otherwise.
func DefaultPolicy() Policy {
	return Policy{
		Version: 1, IsCaseload: true,
		Lease: (72 * time.Hour).Milliseconds(), IdleLock: (5 * time.Minute).Milliseconds(),
		LongestOpen: (12 * time.Hour).Milliseconds(),
	}
}

// GovernanceEntry is one entry of a cohort's chain. What names more than a
// pid is sealed to the cohort in Body.
type GovernanceEntry struct {
	N        uint64            `cbor:"1,keyasint"`
	Kind     GovernanceKind    `cbor:"2,keyasint"`
	Time     int64             `cbor:"3,keyasint"`
	PID      identity.PID      `cbor:"4,keyasint"`
	Epoch    uint64            `cbor:"5,keyasint"`
	Reason   KillReason        `cbor:"6,keyasint"`
	Device   identity.DeviceID `cbor:"7,keyasint"`
	Seq      uint64            `cbor:"8,keyasint"` // with Device: the item it answers
	Slot     identity.SlotID   `cbor:"9,keyasint"`
	Policy   *Policy           `cbor:"10,keyasint,omitempty"`
	Order    string            `cbor:"11,keyasint"` // Suspend, Wipe or Turn
	KeyEpoch uint64            `cbor:"12,keyasint"` // of a sealed body; 0 where it is boxed to Device
	Body     []byte            `cbor:"13,keyasint"`
}

// Governance is what is in force in one cohort, as of a point of its chain.
// The zero value is not usable; begin with NewGovernance.
type Governance struct {
	Point  Point
	Policy Policy
	kills  map[identity.PID]uint64 // every R with an epoch below it is dead
	sealed map[identity.PID][]GovernanceEntry
}

// NewGovernance is the state before the first entry.
func NewGovernance(c Chain) *Governance {
	return &Governance{
		Point: c.Start(), Policy: DefaultPolicy(),
		kills: map[identity.PID]uint64{}, sealed: map[identity.PID][]GovernanceEntry{},
	}
}

// Apply takes the next entry. On an error nothing has changed.
func (g *Governance) Apply(raw []byte) (GovernanceEntry, error) {
	var e GovernanceEntry
	if err := canon.Unmarshal(raw, &e, entryLimits); err != nil {
		return e, fmt.Errorf("applying a governance entry: %w", err)
	}
	if err := g.fits(e); err != nil {
		return e, fmt.Errorf("applying governance entry %d: %w", e.N, err)
	}
	switch e.Kind {
	case Kill:
		g.kills[e.PID] = max(g.kills[e.PID], e.Epoch)
	case SetPolicy:
		if e.Policy.Version >= g.Policy.Version { // an older one is history
			g.Policy = *e.Policy
		}
	case Directed:
		g.sealed[e.PID] = append(g.sealed[e.PID], e)
	}
	g.Point = g.Point.Next(raw)
	return e, nil
}

func (g *Governance) fits(e GovernanceEntry) error {
	switch {
	case e.N != g.Point.N+1:
		return fmt.Errorf("%w: number %d where %d is due", ErrEntry, e.N, g.Point.N+1)
	case e.Kind < Kill || e.Kind > Credentialled:
		return fmt.Errorf("%w: kind %d is not known to this version", ErrEntry, e.Kind)
	case e.Policy != nil && e.Kind != SetPolicy:
		return fmt.Errorf("%w: kind %d carries a policy", ErrEntry, e.Kind)
	case len(e.Body) > 0 && e.KeyEpoch == 0 && !e.Admits():
		return fmt.Errorf("%w: a sealed body names its key epoch", ErrEntry)
	}
	return e.names()
}

// Admits tells whether the entry gives or renews one person's place on a
// device: its body is then an Admission boxed to that device's gossip key, and
// not sealed to the cohort.
func (e GovernanceEntry) Admits() bool {
	return e.Kind == Credentialled && e.Device != identity.DeviceID{}
}

// names checks that an entry says in clear what has to be known while nobody
// is unlocked. A kill counts whatever reason it gives.
func (e GovernanceEntry) names() error {
	none := identity.DeviceID{}
	switch {
	case e.Kind == Kill && (e.PID == identity.PID{} || e.Epoch == 0):
		return fmt.Errorf("%w: a kill names a patient and an epoch above 0", ErrEntry)
	case e.Kind == Directed && e.PID == identity.PID{}:
		return fmt.Errorf("%w: a directive names a patient", ErrEntry)
	case e.Kind == Lift && (e.Device == none || e.Seq == 0):
		return fmt.Errorf("%w: a lift names the item that it ends", ErrEntry)
	case e.Kind == CredentialEnd && e.Slot == identity.SlotID{}:
		return fmt.Errorf("%w: a credential's end names a slot", ErrEntry)
	case e.Admits() && (e.Slot == identity.SlotID{} || len(e.Body) == 0 || e.KeyEpoch != 0):
		return fmt.Errorf("%w: an admission names a slot, and its body is boxed to the device", ErrEntry)
	case e.Kind == DeviceOrder && (e.Device == none || (e.Order != Suspend && e.Order != Wipe && e.Order != Turn)):
		return fmt.Errorf("%w: an order names a device, and is to suspend, to wipe or to turn its keys", ErrEntry)
	case e.Kind == SetPolicy:
		return e.Policy.check()
	}
	return nil
}

func (p *Policy) check() error {
	if p == nil || p.Version == 0 || p.Lease <= 0 || p.IdleLock <= 0 || p.LongestOpen <= 0 {
		return fmt.Errorf("%w: a policy needs a version, a lease, an idle time and a longest time open, all above 0", ErrEntry)
	}
	for _, text := range []string{p.Organisation, p.Cohort, p.HelpDesk, p.SIRO, p.Guardian, p.Controller, p.Protection} {
		if len(text) > maxPolicyText {
			return fmt.Errorf("%w: a text of a policy has %d bytes, at most %d", ErrEntry, len(text), maxPolicyText)
		}
	}
	return nil
}

// Dead tells whether a record of that epoch has been killed.
func (g *Governance) Dead(p identity.PID, epoch uint64) bool { return epoch < g.kills[p] }

// KilledBelow is the epoch below which a patient's records are dead; 0 where
// there was no kill.
func (g *Governance) KilledBelow(p identity.PID) uint64 { return g.kills[p] }

// Kills gives every kill in force, the patients in the order of their pids.
func (g *Governance) Kills() []PatientEpoch {
	out := make([]PatientEpoch, 0, len(g.kills))
	for _, p := range slices.SortedFunc(maps.Keys(g.kills), func(a, b identity.PID) int { return slices.Compare(a[:], b[:]) }) {
		out = append(out, PatientEpoch{p, g.kills[p]})
	}
	return out
}

// Directives gives the sealed entries about a patient, oldest first.
func (g *Governance) Directives(p identity.PID) []GovernanceEntry { return slices.Clone(g.sealed[p]) }

// PatientEpoch is a patient and an epoch of theirs.
type PatientEpoch struct {
	PID   identity.PID `cbor:"1,keyasint"`
	Epoch uint64       `cbor:"2,keyasint"`
}
