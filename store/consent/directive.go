package consent

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"satchel/store/identity"
)

// Kind is what sort of wish a directive states.
type Kind string

// The five kinds. The notice mixes objection and permission; the product keeps them
// apart: an objection is a standing "no" to how or with whom, a permission is a "yes"
// that a body outside direct care needs (requirements.md, opening).
const (
	Objection   Kind = "objection"           // R26
	Permission  Kind = "permission"          // R21, R22
	Withdrawal  Kind = "withdrawal"          // R32
	Restriction Kind = "restriction"         // taken on a device, until the hub decides
	Challenge   Kind = "accuracy-challenged" // R45
)

// State is how far a directive has come.
type State string

// The four states. Every change is a new version; the earlier ones stay in the
// history (R31).
const (
	Received State = "received"
	Upheld   State = "upheld"
	Declined State = "declined" // with a reason
	Reversed State = "reversed" // taken back by the person; the end of the directive
)

// Consequence is what a person is shown before an objection or a withdrawal is
// recorded; what was shown is kept with the directive (R30).
const Consequence = "may make the delivery of your care or treatment more difficult"

// ErrInvalid: a directive is not complete or contradicts itself. Do not keep it; the
// error says which part, never what was said.
var ErrInvalid = errors.New("not a valid directive")

// ID names one directive for as long as it lasts, through all its versions. It is
// random.
type ID [16]byte

// Directive is one version of one wish of one person. Whose it is stands beside it,
// in the governance entry or device item that carries it.
type Directive struct {
	ID      ID     `cbor:"1,keyasint"`
	Version uint64 `cbor:"2,keyasint"` // 1, then one more for each change
	Kind    Kind   `cbor:"3,keyasint"`
	State   State  `cbor:"4,keyasint"`
	Taken   int64  `cbor:"5,keyasint"` // when the person said it, Unix milliseconds
	Changed int64  `cbor:"6,keyasint"` // when this version was made, Unix milliseconds
	Until   int64  `cbor:"7,keyasint"` // its end, Unix milliseconds; 0 = none

	How  How  `cbor:"8,keyasint"`
	With With `cbor:"9,keyasint"`

	// Remove asks for "do not hold" where the default is "hold, do not show": a
	// Guardian's decision on an objection (protocol.md section 3).
	Remove bool `cbor:"10,keyasint"`

	Entries []string `cbor:"11,keyasint"` // the entries a challenge is about
	By      string   `cbor:"12,keyasint"` // staff id of who recorded this version
	Said    string   `cbor:"13,keyasint"` // in the person's words
	Shown   string   `cbor:"14,keyasint"` // the consequence as it was shown (R30)
	Reason  string   `cbor:"15,keyasint"` // why it was declined
}

// Check reports what is wrong with a directive, as an error that wraps ErrInvalid.
func (d Directive) Check() error {
	if err := d.checkForm(); err != nil {
		return err
	}
	if err := d.How.check(); err != nil {
		return err
	}
	if err := d.With.check(); err != nil {
		return err
	}
	return d.checkSense()
}

// checkForm holds each field to its own rules.
func (d Directive) checkForm() error {
	switch {
	case d.ID == ID{}:
		return invalid("it has no id")
	case d.Version == 0:
		return invalid("its first version is 1")
	case !slices.Contains([]Kind{Objection, Permission, Withdrawal, Restriction, Challenge}, d.Kind):
		return invalid("its kind is not known to this version")
	case !slices.Contains([]State{Received, Upheld, Declined, Reversed}, d.State):
		return invalid("its state is not known to this version")
	case d.Taken <= 0 || d.Changed <= 0 || d.Until < 0:
		return invalid("its times are not times")
	case len(d.By) > maxName || max(len(d.Said), len(d.Shown), len(d.Reason)) > maxWords:
		return invalid("a text of it is too long")
	}
	return checkList("entries", d.Entries, func(e string) bool { return e != "" && len(e) <= maxName })
}

// checkSense holds the fields to each other.
func (d Directive) checkSense() error {
	no := d.Kind == Objection || d.Kind == Withdrawal
	switch {
	case no && d.Shown == "":
		return invalid("the consequence was not shown") // R30
	case d.State == Declined && d.Reason == "":
		return invalid("it was declined without a reason")
	case d.Kind == Withdrawal && d.State == Declined:
		return invalid("a withdrawal cannot be declined") // R32
	case d.Kind == Withdrawal && (!d.How.Any() || !d.With.Anyone()):
		return invalid("a withdrawal is of everything, from everyone")
	case d.Until != 0 && no:
		return invalid("a no has no end of its own")
	case d.Remove && d.Kind != Objection && d.Kind != Withdrawal:
		return invalid("only a no can remove")
	case (d.Kind == Challenge) != (len(d.Entries) > 0):
		return invalid("entries are named by a challenge, and only by one")
	case d.Kind == Permission && d.With.Anyone():
		return invalid("a permission names whom it is for")
	}
	return nil
}

// Next is the version that follows when the directive's state changes: a received
// one is upheld, declined or reversed; a declined one may still be upheld; what is
// upheld can be reversed at any time (R31); what is reversed is over, and a changed
// mind is a new directive.
func (d Directive) Next(to State, at int64, by, reason string) (Directive, error) {
	next := map[State][]State{
		Received: {Upheld, Declined, Reversed}, Declined: {Upheld, Reversed}, Upheld: {Reversed},
	}
	if !slices.Contains(next[d.State], to) {
		return Directive{}, invalid(fmt.Sprintf("it cannot go from %s to %s", d.State, to))
	}
	n := d.clone()
	n.State, n.Version, n.Changed, n.By, n.Reason = to, d.Version+1, at, by, reason
	return n, n.Check()
}

func (d Directive) clone() Directive {
	d.Entries = slices.Clone(d.Entries)
	d.How = How{slices.Clone(d.How.Purposes), slices.Clone(d.How.Sections), slices.Clone(d.How.Labels)}
	d.With = With{slices.Clone(d.With.Parties), slices.Clone(d.With.Organisations), slices.Clone(d.With.Staff)}
	return d
}

// NewID makes an id for a directive.
func NewID() ID { return identity.Random[ID]() }

// Format hides what the person said, whatever the verb: a directive prints as its
// kind and state.
func (d Directive) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "directive(%s, %s)", d.Kind, d.State)
}

// LogValue hides what the person said from slog.
func (d Directive) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(d)) }

func invalid(why string) error { return fmt.Errorf("%w: %s", ErrInvalid, why) }
