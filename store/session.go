package store

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"satchel/store/audit"
	"satchel/store/consent"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/policy"
	"satchel/store/record"
	"satchel/store/search"
)

// Session is one person's time at the device, from Unlock to Lock. Its methods
// may be called from several goroutines; after Lock they return ErrLocked.
type Session struct {
	v      *Vault
	person Person
	user   *userTier
	began  time.Duration // boot clock: no correction of the wall clock lengthens a session

	mu      sync.Mutex
	duty    uint64    // the version of the confidentiality duty accepted here; under mu
	reauthd time.Time // when the passphrase was last given again; under mu
}

// Person is who is unlocked, as the hub's credential says.
type Person struct {
	Slot     identity.SlotID
	Name     string
	Staff    string
	Role     identity.Role
	Category identity.Category
	Trained  time.Time // training lapses (R6)
	Ends     time.Time // the credential ends
}

// Row is one record in a list.
type Row struct {
	search.Row // who, and why it was found; in a list without a search, who alone
	Cohort     identity.CohortID
	State      RowState
}

// RowState is what a list says about a record without opening it.
type RowState struct {
	Readable   bool      // within its lease, and content is here
	Missing    bool      // content is being fetched again
	Hidden     bool      // hidden until the hub confirms, after a withdrawal elsewhere
	Restricted bool      // a directive names this patient: policy decides
	Withheld   bool      // parts were left out of what was released
	LeaseEnds  time.Time // min(the record's own end, the cohort's lease)
	Checked    time.Time // the hub's word that nothing newer existed; zero: never
	Released   time.Time
	NotAfter   time.Time
	Ver        uint64
	Versions   int // versions held, this one included
}

// Results is what a search found.
type Results struct {
	Rows       []Row
	Total      int // how many there are, of which Rows are the best
	Understood search.Understood
}

// Request says which record is to be read, and what for. What is left out is
// answered as if it were the worst.
type Request struct {
	Handle       identity.Handle
	Ver          uint64 // 0: the newest
	Purpose      Purpose
	Relationship Relationship
	Reference    string // of an incident or a referral
	Asked        policy.Answer
	// For break-glass (R24), after Reauthenticate:
	Circumstance policy.Circumstance
	// Detail is the person's own words: for the Guardian where break-glass or
	// a claimed relationship needs them; at most 500 characters, never logged.
	Detail string
}

type (
	// Purpose is what a record is read for: a closed list (R1).
	Purpose = consent.Purpose
	// Relationship is what entitles the reader (R7).
	Relationship = policy.Basis
)

// The purposes (R1) and the relationships (R7) of a request.
const (
	DirectCare     = consent.DirectCare
	Preventive     = consent.Preventive
	Diagnosis      = consent.Diagnosis
	PublicInterest = consent.PublicInterest

	OnCaseload = policy.Caseload
	OnIncident = policy.Incident
	Referred   = policy.Referral
	CaringNow  = policy.CaringNow
	Emergency  = policy.Emergency
)

// Opened is a record that was decided, entered and opened, without what the
// decision withholds from this reader.
type Opened struct {
	Raw       []byte          // the FHIR bytes as released; nil where something was left out
	Summary   *record.Summary // a view of them; nil where this program cannot read them
	Header    fact.RecordHeader
	Decision  policy.Decision
	Checked   time.Time // as of when the hub vouches that nothing newer exists; zero: never
	LeaseEnds time.Time // min(the record's own end, the cohort's lease)
	Until     time.Time // when the screen must close: the lease, the credential or an override, whichever is first
	Withheld  bool      // parts were left out of what was released
	Override  bool      // opened by break-glass: mark every screen
	Versions  []uint64  // held, newest first (R15)
	Entry     uint64    // the number of the entry that answers for this look
}

// Person is who is unlocked.
func (s *Session) Person() Person { return s.person }

// Count is how many records are held.
func (s *Session) Count() int { return s.v.Count() }

// Count is how many records are held.
func (v *Vault) Count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.table.len()
}

// Accepted tells whether the person has accepted this version of the
// confidentiality duty on this device, now or in an earlier session (R25).
func (s *Session) Accepted(version uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.duty >= version && version > 0
}

// AcceptDuty records that the person read the confidentiality duty and accepted
// it (R25). Its entry is durable before it counts; it is kept with the place.
func (s *Session) AcceptDuty(version uint64) error {
	if _, err := s.v.enter(audit.Entry{
		Kind: audit.KindDutyAccepted, Slot: s.person.Slot, Person: s.person.code(), Role: s.person.Role,
		Decision: "duty-" + strconv.FormatUint(version, 10),
	}, audit.ClassOther); err != nil {
		return fmt.Errorf("accepting the duty: %w", err)
	}
	if err := s.keepDuty(version); err != nil {
		return fmt.Errorf("accepting the duty: %w", err)
	}
	s.mu.Lock()
	s.duty = max(s.duty, version)
	s.mu.Unlock()
	s.v.tell(WaitingChanged{})
	return nil
}

func (s *Session) keepDuty(version uint64) error {
	s.v.door.Lock()
	defer s.v.door.Unlock()
	return s.v.changeAtDoor(func(c *keyChange) error {
		slot := slotOf(c.content.Slots, s.person.Slot)
		if slot == nil {
			return ErrNoPerson // removed meanwhile
		}
		info, err := decodeSlotInfo(slot.Info)
		if err != nil {
			return err
		}
		info.Duty = max(info.Duty, version)
		return c.setInfo(slot.ID, info)
	})
}

// Lock ends the session: it drops the index and wipes the keys of the user
// tier. What runs in this session finishes first. The end is entered; it
// happens even where that cannot be written. Calling it again does nothing.
func (s *Session) Lock() {
	s.v.mu.Lock()
	mine := s.v.session == s
	if mine {
		s.v.user, s.v.session = nil, nil
	}
	s.v.mu.Unlock()
	if !mine {
		return
	}
	s.user.wipe()
	if _, err := s.v.enter(audit.Entry{
		Kind: audit.KindLock, Slot: s.person.Slot, Person: s.person.code(), Role: s.person.Role,
	}, audit.ClassOther); err != nil {
		s.v.log.Error("the end of a session could not be entered", "err", err)
	}
	s.v.tell(Locked{}, WaitingChanged{})
}
