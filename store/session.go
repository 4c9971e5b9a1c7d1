package store

import (
	"time"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/record"
	"satchel/store/search"
)

// Session is one person's time at the device, from Unlock to Lock. Its methods
// may be called from several goroutines; after Lock they return ErrLocked.
type Session struct {
	v      *Vault
	person Person
	user   *userTier
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

// Request says which record is to be read, and what for.
type Request struct {
	Handle       identity.Handle
	Ver          uint64 // 0: the newest
	Purpose      Purpose
	Relationship Relationship
	Reason       string // break-glass: the reason code; else ""
	Detail       string // break-glass: free text for the Guardian, never logged
}

// Opened is a record that was decided, entered and opened.
type Opened struct {
	Raw       []byte          // the FHIR bytes as released
	Summary   *record.Summary // a view of them
	Header    fact.RecordHeader
	Checked   time.Time // as of when the hub vouches that nothing newer exists; zero: never
	LeaseEnds time.Time // when the screen must close
	Withheld  bool      // parts were left out of what was released
	Override  bool      // opened by break-glass: mark every screen
	Until     time.Time // an override's end; zero otherwise
	Entry     uint64    // the number of the entry that answers for this look
}

type (
	// Purpose is what a record is read for (R1).
	Purpose string
	// Relationship is what entitles the reader (R7).
	Relationship string
)

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

// Lock ends the session.
func (s *Session) Lock() {
	s.v.mu.Lock()
	if s.v.session == s {
		s.v.dropUserLocked()
	}
	s.v.mu.Unlock()
	s.v.tell(Locked{})
}
