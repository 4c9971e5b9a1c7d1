package hub

import (
	"context"
	"time"
)

// Orders is what an operator may ask of a hub: of one that this process has
// open, or of one that runs elsewhere, through its socket. The zero values of
// requests are documented at their types.
type Orders interface {
	IssueCode(context.Context, CodeOrder) (IssuedCode, error)
	ListDevices(context.Context) ([]DeviceLine, error)
	RevokeDevice(context.Context, RevokeOrder) error
	WithdrawPerson(context.Context, WithdrawOrder) (Withdrawal, error)
	VerifyAudit(context.Context) (AuditReport, error)
	State(context.Context) (State, error)
	SaveBackup(context.Context, BackupOrder) (BackupReport, error)
	PeopleOrders
}

// PeopleOrders are the orders about the people of the staff, and about the keys
// of their laptops.
type PeopleOrders interface {
	AddUser(context.Context, UserOrder) (AddedUser, error)
	TrainUser(context.Context, TrainOrder) (ChangedUser, error)
	EndUser(context.Context, EndOrder) (ChangedUser, error)
	ListUsers(context.Context) ([]UserLine, error)
	LookAtRecovery(context.Context, RecoveryOrder) (RecoverySubject, error)
	EnterRecovery(context.Context, RecoveryOrder) (RecoverySubject, error)
	TurnKeys(context.Context, TurnOrder) error
}

// CodeOrder asks for an enrolment code, in words.
type CodeOrder struct {
	Kind   string        `json:"kind"`
	Role   string        `json:"role"`
	Cohort string        `json:"cohort"` // empty: the only one
	Life   time.Duration `json:"life"`   // zero: 15 minutes
	By     string        `json:"by"`
}

// IssuedCode is a code to hand over. It is a secret until it is used.
type IssuedCode struct {
	Code  string    `json:"code"`
	Ends  time.Time `json:"ends"`
	Words string    `json:"words"` // of the hub, to compare with the device's screen
}

// RevokeOrder puts a device out for good.
type RevokeOrder struct {
	Device string `json:"device"`
	Reason string `json:"reason"`
	By     string `json:"by"`
}

// WithdrawOrder ends a person's records everywhere. One of NHS and Document
// names the person.
type WithdrawOrder struct {
	NHS      string `json:"nhs"`
	Document string `json:"document"`
	Reason   string `json:"reason"` // empty: withdrawn
	By       string `json:"by"`
}

// State is how the hub stands. Counts and times only.
type State struct {
	Name      string        `json:"name"`
	Area      string        `json:"area"`
	Demo      bool          `json:"demonstration"`
	Address   string        `json:"address"`
	Words     string        `json:"words"`
	Cohorts   []CohortState `json:"cohorts"`
	Devices   int           `json:"devices"` // in force
	LogSize   uint64        `json:"logSize"`
	Forks     int           `json:"forks"`
	Scan      ScanReport    `json:"central"`
	LastError string        `json:"lastError,omitempty"` // why the last look at the central record failed
}

// CohortState is how one cohort stands.
type CohortState struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Records  int    `json:"records"`
	Rev      uint64 `json:"rev"`
	KeyEpoch uint64 `json:"keyEpoch"`
}

// ScanReport is what the last look at the central record found.
type ScanReport struct {
	At        time.Time `json:"at,omitzero"`
	Files     int       `json:"files"`
	People    int       `json:"people"`
	Older     int       `json:"older"`    // documents superseded by a newer one of the same person
	NoPerson  int       `json:"noPerson"` // resources that are nobody's summary
	Refused   int       `json:"refused"`
	Gone      int       `json:"gone"`      // documents that disappeared: not a withdrawal
	Contested int       `json:"contested"` // files whose number another person has: people of their own
	Unsettled int       `json:"unsettled"` // being written, it seems: judged at a later look
	Released  int       `json:"released"`
}
