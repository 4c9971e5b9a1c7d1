package screen

import (
	"time"

	"satchel/store/identity"
	"satchel/store/record"
)

// Match says why a row was found.
type Match uint8

// The matches. NoMatch stands for rows of a list that nobody searched.
const (
	NoMatch Match = iota
	MatchNumber
	MatchName     // the whole name
	MatchStart    // the name begins so
	MatchBorn     // date of birth
	MatchPostcode //
	MatchSimilar  // sounds or looks alike: to be checked
)

// Mark is something to know of a person before opening the record.
type Mark uint8

// The marks.
const (
	MarkObjection Mark = iota
	MarkReason         // a reason must be given first
	MarkProtected      // details are protected
	MarkRestricted
)

// Freshness says how well the hub stands behind a copy.
type Freshness struct {
	Checked time.Time // when the hub last confirmed that this is the newest copy
	Ends    time.Time // when the lease ends
	Ended   bool      // the lease has ended: cannot be opened
}

// Row is one person in a list. It holds no clinical content.
type Row struct {
	Handle identity.Handle
	Name   string // as on the banner: BARNABY, Ethel (Mrs)
	Born   string // 14-Feb-1938 (88y)
	Sex    string
	NHS    string // 999 000 0018; "" if none is known
	Place  string // street and outward postcode; "" where protected
	Match  Match
	Alike  bool // another row has a like name and a near birth date
	Fresh  Freshness
	Marks  []Mark
	Due    string // on today's list: the time or the incident; "" else
	Recent bool   // not on the list: opened earlier this shift
}

// Results is the answer to one search.
type Results struct {
	Query string
	Rows  []Row
	More  bool // there are more than the limit
	// BadNumber says that what was typed has ten digits and cannot be an NHS
	// number.
	BadNumber bool
}

// Basis is why this person's record is this user's business (R7).
type Basis string

// The bases.
const (
	BasisCaseload Basis = "caseload"
	BasisIncident Basis = "incident"
	BasisReferral Basis = "referral"
	BasisCaring   Basis = "caring-now" // claimed; alerts the privacy officer
)

// Purpose is what the record is opened for: the closed list of R1.
type Purpose string

// The purposes.
const (
	PurposeDirectCare     Purpose = "direct-care"
	PurposePreventive     Purpose = "preventive-or-occupational-medicine"
	PurposeDiagnosis      Purpose = "diagnosis"
	PurposePublicInterest Purpose = "public-interest-task"
)

// Permission is the person's answer to being asked for permission to view.
type Permission string

// The answers. PermissionNotAsked is for policies that do not ask.
const (
	PermissionNotAsked Permission = ""
	PermissionVisit    Permission = "yes-this-visit"
	PermissionEpisode  Permission = "yes-this-episode"
	PermissionUnable   Permission = "could-not-ask"
)

// Reason is why a record is opened.
type Reason struct {
	Purpose    Purpose
	Basis      Basis
	Reference  string // incident number, or from whom the referral came
	Permission Permission
}

// Approach is what opening a person takes.
type Approach struct {
	Row     Row
	Address string // first line, to check a similar match; "" where protected
	// Direct is the reason that is written for the user because the person is
	// on the user's own list; nil means the user must give one.
	Direct *Reason
	// Bases are those this user may claim, in the order to offer them.
	Bases []Basis
	// AskPermission says that policy wants the person asked.
	AskPermission bool
	// Refused is why this user may not open this person at all; nil: may.
	Refused *Problem
}

// Objection is a standing "no" of the person's, as everyone in the care team
// sees it (R27).
type Objection struct {
	Words string // to what and with whom, in plain words
	State string // received, upheld, declined, reversed
	When  time.Time
}

// Opened is a record that may be shown.
type Opened struct {
	Handle     identity.Handle
	Summary    *record.Summary
	Fresh      Freshness
	Reason     Reason
	At         time.Time // when it was opened
	Withheld   bool      // some items were withheld before they reached this laptop
	Objections []Objection
	MayRelease bool // the role may see clinical items (domain.md 8)
}

// Waiting is what this laptop has written and the hub has not confirmed.
type Waiting struct {
	Items      []WaitingItem // in sending order
	Written    int           // of the present count: how many there were
	Received   int           // and how many the hub has receipts for
	ReceivedAt time.Time     // when the newest receipt was signed
}

// WaitingKind is what an item is.
type WaitingKind string

// The kinds, in sending order.
const (
	WaitingObjection  WaitingKind = "objection"
	WaitingAlert      WaitingKind = "alert"
	WaitingCorrection WaitingKind = "correction"
	WaitingNote       WaitingKind = "note"
	WaitingAccess     WaitingKind = "access"
	WaitingDevice     WaitingKind = "device" // what the laptop itself reports
)

// WaitingState is how far an item has come.
type WaitingState string

// The states.
const (
	OnLaptop  WaitingState = "on-laptop"
	Carried   WaitingState = "carried"  // By names the carrier
	Delivered WaitingState = "received" // At is the receipt's time
	Rejected  WaitingState = "refused"  // Why says why
)

// WaitingItem is one row.
type WaitingItem struct {
	Kind  WaitingKind
	Count int    // entries in the row; 0 means one
	About string // a name for the author's eyes; "" means "one person" or nobody
	When  time.Time
	State WaitingState
	By    string
	At    time.Time
	Why   *Problem
}
