package audit

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"unicode"
	"unicode/utf8"

	"satchel/store/canon"
	"satchel/store/identity"
)

// ErrEntry: not a well-formed entry of a known kind. A newer device wrote it,
// or a faulty one; the hub keeps the item all the same.
var ErrEntry = errors.New("not a valid audit entry")

func badEntry(what string) error { return fmt.Errorf("%w: %s", ErrEntry, what) }

// Entry is what an item says, inside its box: who did what, to whose record,
// why, and what policy decided. It holds ids and codes. Two fields hold a
// person's own words: Reason, which R24 demands, and Writing, the message that
// notes, corrections and objections carry to the centre. Entries redact
// themselves for every print verb and for slog.
type Entry struct {
	Kind     Kind              `cbor:"1,keyasint"`
	Slot     identity.SlotID   `cbor:"2,keyasint,omitzero"` // who, on this device
	Person   string            `cbor:"3,keyasint,omitzero"` // who, as the credential names them
	Role     identity.Role     `cbor:"4,keyasint,omitzero"`
	Category identity.Category `cbor:"5,keyasint,omitzero"` // of the device's organisation
	Body     string            `cbor:"6,keyasint,omitzero"` // organisation code (ODS)

	Purpose   Purpose   `cbor:"7,keyasint,omitzero"`  // R1
	Exception Exception `cbor:"8,keyasint,omitzero"`  // R23
	Reason    string    `cbor:"9,keyasint,omitzero"`  // free text, at most 500 characters
	Decision  string    `cbor:"10,keyasint,omitzero"` // policy's code
	Outcome   Outcome   `cbor:"11,keyasint,omitzero"`

	Cohort   identity.CohortID `cbor:"12,keyasint,omitzero"`
	PID      identity.PID      `cbor:"13,keyasint,omitzero"`
	Epoch    uint64            `cbor:"14,keyasint,omitzero"`
	Handle   identity.Handle   `cbor:"15,keyasint,omitzero"`
	Version  uint64            `cbor:"16,keyasint,omitzero"` // of the record shown
	Record   [32]byte          `cbor:"17,keyasint,omitzero"` // its hash, as in R
	Sections []string          `cbor:"18,keyasint,omitempty"`

	Governance []Governed        `cbor:"19,keyasint,omitempty"` // heads applied (protocol, rule 11)
	Rows       []Gone            `cbor:"20,keyasint,omitempty"` // purged
	Turned     bool              `cbor:"21,keyasint,omitzero"`  // purged, or the keys turned, under a new device share
	Peer       identity.DeviceID `cbor:"22,keyasint,omitzero"`  // other end of a handover
	Count      uint32            `cbor:"23,keyasint,omitzero"`  // found, or wrong attempts
	From       int64             `cbor:"24,keyasint,omitzero"`  // unix milliseconds
	Until      int64             `cbor:"25,keyasint,omitzero"`  // end of what was opened
	Online     bool              `cbor:"26,keyasint,omitzero"`
	App        string            `cbor:"27,keyasint,omitzero"` // version of the program
	Ref        Ref               `cbor:"28,keyasint,omitzero"` // an earlier item this one ends or answers
	Writing    []byte            `cbor:"29,keyasint,omitempty"`
}

// Governed is a governance head that was in force.
type Governed struct {
	Cohort      identity.CohortID `cbor:"1,keyasint"`
	Incarnation uint64            `cbor:"2,keyasint"`
	N           uint64            `cbor:"3,keyasint"`
	Hash        [32]byte          `cbor:"4,keyasint"`
}

// Gone is one destroyed row.
type Gone struct {
	Cohort identity.CohortID `cbor:"1,keyasint"`
	PID    identity.PID      `cbor:"2,keyasint"`
	Epoch  uint64            `cbor:"3,keyasint"`
}

// Ref names an item.
type Ref struct {
	Device identity.DeviceID `cbor:"1,keyasint"`
	Seq    uint64            `cbor:"2,keyasint"`
}

const (
	maxReason   = 500 // characters
	maxCode     = 64
	maxSections = 64
	maxGoverned = 256
	maxGone     = 1000 // rows of one purge entry; a larger batch is several entries
	maxWriting  = 16 << 10
)

var entryLimits = canon.Limits{Bytes: 60 << 10, Depth: 3, Items: maxGone}

// MaxGone is how many rows one purge entry lists; a larger batch is several.
const MaxGone = maxGone

// Encode checks the entry and gives its one encoding, to be boxed.
func (e *Entry) Encode() ([]byte, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	b, err := canon.Marshal(e, entryLimits)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEntry, err)
	}
	return b, nil
}

// DecodeEntry reads an entry strictly.
func DecodeEntry(b []byte) (Entry, error) {
	var e Entry
	if err := canon.Unmarshal(b, &e, entryLimits); err != nil {
		return Entry{}, fmt.Errorf("%w: %w", ErrEntry, err)
	}
	if err := e.Check(); err != nil {
		return Entry{}, err
	}
	return e, nil
}

// Check demands that the entry is of a known kind and holds what its kind
// needs, and nothing that its kind must not hold.
func (e *Entry) Check() error {
	s, known := shapes[e.Kind]
	if !known {
		return badEntry("unknown kind")
	}
	for _, f := range []struct {
		what  string
		need  need
		there bool
	}{
		{"person", s.person, e.Slot != identity.SlotID{}},
		{"patient", s.patient, e.PID != identity.PID{} && e.Cohort != identity.CohortID{}},
		{"purpose", s.purpose, e.Purpose != ""},
		{"exception", s.exception, e.Exception != ""},
		{"reason", s.reason, e.Reason != ""},
		{"rows", s.rows, len(e.Rows) > 0},
		{"writing", s.writing, len(e.Writing) > 0},
		{"peer", s.peer, e.Peer != identity.DeviceID{}},
	} {
		if f.need == must && !f.there || f.need == never && f.there {
			return badEntry(fmt.Sprintf("%s: %s", e.Kind, f.what))
		}
	}
	return e.checkFields()
}

func (e *Entry) checkFields() error {
	var errs []error
	if e.Purpose != "" {
		_, err := ParsePurpose(string(e.Purpose))
		errs = append(errs, err)
	}
	if e.Role != "" {
		_, err := identity.ParseRole(string(e.Role))
		errs = append(errs, err)
	}
	if e.Category != "" {
		_, err := identity.ParseCategory(string(e.Category))
		errs = append(errs, err)
	}
	if errors.Join(errs...) != nil {
		return badEntry("role, category or purpose")
	}
	switch {
	case e.Exception != "" && e.Exception != ExceptionSafety && e.Exception != ExceptionLaw:
		return badEntry("unknown exception")
	case e.Outcome%4 != 0 || e.Outcome > OutcomeMajor:
		return badEntry("unknown outcome")
	case !plainText(e.Reason):
		return badEntry("reason")
	case !code(e.Person, true) || !code(e.Body, true) || !code(e.Decision, true) || !code(e.App, true):
		return badEntry("person, body, decision or program is not a code")
	case len(e.Sections) > maxSections || len(e.Governance) > maxGoverned || len(e.Rows) > maxGone || len(e.Writing) > maxWriting:
		return badEntry("list too long")
	case e.From < 0 || e.Until < 0:
		return badEntry("negative time")
	case e.Ref != Ref{} && e.Ref.Seq == 0:
		return badEntry("reference")
	}
	for _, s := range e.Sections {
		if !code(s, false) {
			return badEntry("section is not a code")
		}
	}
	return nil
}

// code accepts what cannot be clinical text: no spaces, printable ASCII.
func code(s string, empty bool) bool {
	if s == "" {
		return empty
	}
	if len(s) > maxCode {
		return false
	}
	for _, r := range s {
		if r <= ' ' || r > '~' {
			return false
		}
	}
	return true
}

// plainText accepts a person's words: no control characters but line ends.
func plainText(s string) bool {
	if utf8.RuneCountInString(s) > maxReason {
		return false
	}
	for _, r := range s {
		if r != '\n' && !unicode.IsPrint(r) && !unicode.IsSpace(r) || r == '\u2028' || r == '\u2029' {
			return false
		}
	}
	return true
}

// Format hides the entry from every print verb, but for its kind.
func (e Entry) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, e.hidden()) }

// LogValue hides the entry from slog, but for its kind.
func (e Entry) LogValue() slog.Value { return slog.StringValue(e.hidden()) }

func (e Entry) hidden() string {
	if _, known := shapes[e.Kind]; !known {
		return "[audit entry]"
	}
	return "[audit entry " + string(e.Kind) + "]"
}
