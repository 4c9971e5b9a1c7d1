package policy

import (
	"time"

	"satchel/store/consent"
	"satchel/store/identity"
)

// Request is everything a decision rests on. Times are Unix milliseconds. The zero
// value of every field is the strict reading: no role, no reason, a lease that ended.
type Request struct {
	Now        int64
	Settings   Settings
	Device     Device
	Person     Person
	To         *Recipient // whom it is handed to; nil when the person reads it
	Purpose    consent.Purpose
	Reason     Reason
	Known      Known
	Record     Record
	Directives []consent.Directive // the history, in any order
	Unread     bool                // there is a directive that this device cannot open
}

// Settings are what an organisation may decide. The zero value is the default.
type Settings struct {
	AllowLapsedTraining bool          // R6 is configurable
	AskPermission       bool          // ask the person before a claimed reason opens
	Override            time.Duration // how long break-glass lasts; 0 = DefaultOverride
}

// DefaultOverride is how long break-glass lasts unless the organisation says else.
const DefaultOverride = 30 * time.Minute

// Device is the device that asks, as the membership chain describes it.
type Device struct {
	Category      identity.Category
	Cohorts       []identity.CohortID // those it may hold
	Demonstration bool                // it belongs to a demonstration area
	Suspended     bool                // or revoked, or wiped
}

// Person is who is unlocked, as the hub's credential says.
type Person struct {
	Role           identity.Role
	Category       identity.Category
	Organisation   string // ODS code
	Staff          string // staff directory id
	TrainedUntil   int64  // R6
	CredentialEnds int64
}

// Recipient is whom a record is handed to.
type Recipient struct {
	Party          consent.Party
	Organisation   string
	Staff          string
	LegitimateNeed bool // recorded by a Guardian, for an agency (R21)
}

// Basis is the relationship that a person opens a record on (R7).
type Basis string

// The bases. Caseload has to be known to the hub; an incident and a referral are
// known to it or named by a reference; CaringNow is the person's own claim, and
// raises an alert; Emergency is break-glass.
const (
	NoBasis   Basis = ""
	Caseload  Basis = "caseload"
	Incident  Basis = "incident"
	Referral  Basis = "referral"
	CaringNow Basis = "caring-now"
	Emergency Basis = "emergency"
)

// Circumstance is why break-glass is used: exactly the health and safety of the
// person or of others, or the law (R23).
type Circumstance string

// The circumstances, as the emergency page words them.
const (
	CannotConsent Circumstance = "cannot-give-permission"
	RiskToLife    Circumstance = "risk-to-life"
	RiskToOthers  Circumstance = "risk-to-others"
	LawRequires   Circumstance = "law-requires"
)

// LeastWords is how many characters break-glass asks for: enough that a Guardian has
// something to judge, few enough for gloves.
const LeastWords = 10

// Answer is what the patient said when asked for permission to view.
type Answer string

// The answers.
const (
	NotAsked    Answer = ""
	Yes         Answer = "yes"
	No          Answer = "no"
	CouldNotAsk Answer = "could-not-ask"
)

// Reason is what the person says they open the record for.
type Reason struct {
	Basis     Basis
	Reference string // of an incident or a referral
	Asked     Answer

	// For break-glass (R24):
	Circumstance    Circumstance
	Words           string
	Reauthenticated bool
	Began           int64
}

// Known is what the hub has said about the relationship.
type Known struct {
	OnCaseload bool
	OnIncident bool
	Referred   bool
}

// State is what has become of a record.
type State uint8

// The states. Only Held can be read.
const (
	Missing   State = iota // the zero value: not here, or not yet
	Held                   //
	Withdrawn              // consent was withdrawn (R32)
	Erased                 // added in error, or erased on request (R43)
	InError                // entered on the wrong person
	Ended                  // the release to this cohort ended
)

// Label is a security label as the record carries it.
type Label struct{ System, Code string }

// Record is the record that is asked for, without its content.
type Record struct {
	State         State
	Cohort        identity.CohortID
	Category      identity.Category // of its cohort
	Labels        []Label           // of the record as a whole
	Restricted    bool              // an unsettled restriction hides it
	NotAfter      int64             // its own end: no device holds it longer (R51)
	LeaseEnds     int64             // min(NotAfter, the cohort's lease): nobody reads it later (R33)
	Demonstration bool              // it carries the mark HTEST (R57)
}
