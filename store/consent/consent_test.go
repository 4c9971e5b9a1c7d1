package consent

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"satchel/store/canon"
)

const taken = int64(1_790_000_000_000)

// objection is a complete objection, to be bent by a test.
func objection(bend ...func(*Directive)) Directive {
	d := Directive{
		ID: ID{1}, Version: 1, Kind: Objection, State: Received, Taken: taken, Changed: taken,
		With: With{Parties: []Party{SocialCare}}, By: "555", Said: "not my sister's office", Shown: Consequence,
	}
	for _, b := range bend {
		b(&d)
	}
	return d
}

func permission(bend ...func(*Directive)) Directive {
	return objection(append([]func(*Directive){func(d *Directive) {
		d.Kind, d.State, d.Shown = Permission, Upheld, ""
	}}, bend...)...)
}

func withdrawal(bend ...func(*Directive)) Directive {
	return objection(append([]func(*Directive){func(d *Directive) { d.Kind, d.With = Withdrawal, With{} }}, bend...)...)
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name string
		d    Directive
		want string // in the error; empty = valid
	}{
		{"an objection to a category", objection(), ""}, // R26
		{"to a purpose, a section and a label", objection(func(d *Directive) { // R26
			d.How = How{[]Purpose{DirectCare}, []Section{"problems"}, []Label{"HIV", "STD"}}
		}), ""},
		{"to an organisation and a person", objection(func(d *Directive) { // R26
			d.With = With{Organisations: []string{"ZZC01"}, Staff: []string{"555"}}
		}), ""},
		{"a withdrawal", withdrawal(), ""},
		{"a permission for an agency", permission(func(d *Directive) { d.With.Parties = []Party{Education} }), ""},
		{"a challenge", objection(func(d *Directive) { d.Kind, d.Entries = Challenge, []string{"AllergyIntolerance/1"} }), ""},
		{"a restriction", objection(func(d *Directive) { d.Kind, d.Shown = Restriction, "" }), ""},

		{"no id", objection(func(d *Directive) { d.ID = ID{} }), "no id"},
		{"version 0", objection(func(d *Directive) { d.Version = 0 }), "first version"},
		{"an unknown kind", objection(func(d *Directive) { d.Kind = "wish" }), "kind"},
		{"an unknown state", objection(func(d *Directive) { d.State = "noted" }), "state"},
		{"no time", objection(func(d *Directive) { d.Taken = 0 }), "times"},
		{"an end before time", permission(func(d *Directive) { d.Until = -1 }), "times"},
		{"the consequence was not shown", objection(func(d *Directive) { d.Shown = "" }), "consequence"}, // R30
		{"a withdrawal without it", withdrawal(func(d *Directive) { d.Shown = "" }), "consequence"},      // R30
		{"declined without a reason", objection(func(d *Directive) { d.State = Declined }), "without a reason"},
		{"a withdrawal declined", withdrawal(func(d *Directive) { d.State, d.Reason = Declined, "no" }), "cannot be declined"},
		{"a withdrawal of a part", withdrawal(func(d *Directive) { d.How.Sections = []Section{"problems"} }), "of everything"},
		{"a no with an end", objection(func(d *Directive) { d.Until = taken + 1 }), "no end"},
		{"a permission that removes", permission(func(d *Directive) { d.Remove = true }), "remove"},
		{"a permission for everybody", permission(func(d *Directive) { d.With = With{} }), "whom"},
		{"a challenge of nothing", objection(func(d *Directive) { d.Kind = Challenge }), "challenge"},
		{"an objection to entries", objection(func(d *Directive) { d.Entries = []string{"x"} }), "challenge"},
		{"a party twice", objection(func(d *Directive) { d.With.Parties = []Party{GP, GP} }), "order"},
		{"parties out of order", objection(func(d *Directive) { d.With.Parties = []Party{Trust, GP} }), "order"},
		{"an unknown party", objection(func(d *Directive) { d.With.Parties = []Party{"press"} }), "parties"},
		{"an unknown purpose", objection(func(d *Directive) { d.How.Purposes = []Purpose{"marketing"} }), "purposes"},
		{"an empty staff id", objection(func(d *Directive) { d.With.Staff = []string{""} }), "staff"},
		{"too many sections", objection(func(d *Directive) {
			for i := range maxList + 1 {
				d.How.Sections = append(d.How.Sections, Section(fmt.Sprintf("%05d", i)))
			}
		}), "too many"},
		{"a speech", objection(func(d *Directive) { d.Said = strings.Repeat("a", maxWords+1) }), "too long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.d.Check()
			if tt.want == "" && err != nil || tt.want != "" && (!errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if _, encErr := Marshal(tt.d); (encErr == nil) != (err == nil) {
				t.Errorf("Check says %v, Marshal %v", err, encErr)
			}
		})
	}
}

// The histories that can happen, drawn as arrows: both ends stay, and the reversal
// is the end.
func TestNext(t *testing.T) {
	tests := []struct {
		path string
		ok   bool
	}{
		{"received -> upheld -> reversed", true}, // R31
		{"received -> reversed", true},           // R31
		{"received -> declined -> upheld -> reversed", true},
		{"received -> declined -> reversed", true},
		{"received -> reversed -> upheld", false},
		{"received -> upheld -> declined", false},
		{"received -> upheld -> received", false},
		{"received -> received", false},
	}
	for _, tt := range tests {
		d := objection()
		var err error
		steps := strings.Split(tt.path, " -> ")
		for i, to := range steps[1:] {
			before := d
			if d, err = d.Next(State(to), taken+int64(i+1), "777", "why"); err != nil {
				break
			}
			if d.Version != before.Version+1 || d.ID != before.ID || d.Said != before.Said || d.Shown != before.Shown {
				t.Errorf("%s: %+q does not follow %+q", tt.path, d.State, before.State)
			}
		}
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.path, err)
		}
	}
}

func TestDefaultsOfNo(t *testing.T) {
	tests := []struct {
		name  string
		d     Directive
		want  Effect
		noted bool
	}{
		{"withdrawal", withdrawal(), DoNotHold, true}, // R32
		{"objection to everything", objection(func(d *Directive) { d.With, d.State = With{}, Upheld }), DoNotShow, true},
		{"objection to a category", objection(func(d *Directive) { d.State = Upheld }), DoNotShow, true},
		{"objection the Guardian removes", objection(func(d *Directive) { d.State, d.Remove = Upheld, true }), DoNotHold, true},
		{"removal asked for, not yet upheld", objection(func(d *Directive) { d.Remove = true }), DoNotShow, true},
		{"restriction", objection(func(d *Directive) { d.Kind = Restriction }), DoNotShow, true},
		{"challenge", objection(func(d *Directive) { d.Kind = Challenge }), Mark, false}, // R45
		{"permission", permission(), NoEffect, false},
	}
	for _, tt := range tests {
		if got := tt.d.Effect(); got != tt.want || tt.d.Noted() != tt.noted { // R27
			t.Errorf("%s: effect %d noted %v, want %d %v", tt.name, got, tt.d.Noted(), tt.want, tt.noted)
		}
	}
}

func TestOnlyAnUpheldYesCounts(t *testing.T) {
	tests := []struct {
		name string
		d    Directive
		now  int64
		want bool
	}{
		{"a no counts when received", objection(), taken, true},
		{"a no counts under a clock that is behind", objection(), taken - 5000, true},
		{"a no that was declined", objection(func(d *Directive) { d.State = Declined }), taken, false},
		{"a no that was reversed", objection(func(d *Directive) { d.State = Reversed }), taken, false}, // R31
		{"a yes that was only received", permission(func(d *Directive) { d.State = Received }), taken, false},
		{"a yes that is upheld", permission(), taken, true},
		{"a yes from the future", permission(), taken - 1, false},
		{"a yes before its end", permission(func(d *Directive) { d.Until = taken + 10 }), taken + 9, true},
		{"a yes at its end", permission(func(d *Directive) { d.Until = taken + 10 }), taken + 10, false},
		{"a withdrawal when received", withdrawal(), taken, true}, // R32
	}
	for _, tt := range tests {
		if got := tt.d.InForce(tt.now); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestScopes(t *testing.T) {
	all := With{}
	crew := With{Parties: []Party{Ambulance}, Organisations: []string{"ZZR03"}}
	person := With{Staff: []string{"555"}}
	tests := []struct {
		name              string
		w                 With
		p                 Party
		org, staff        string
		included, isNamed bool
	}{
		{"everybody, for a no", all, GP, "Y1", "1", true, false},
		{"both fields hold", crew, Ambulance, "ZZR03", "1", true, true},
		{"one field does not", crew, Ambulance, "ZZR09", "1", false, false},
		{"the other does not", crew, GP, "ZZR03", "1", false, false},
		{"an unknown organisation counts for a no only", crew, Ambulance, "", "1", true, false},
		{"the person", person, GP, "Y1", "555", true, true},
		{"somebody else", person, GP, "Y1", "556", false, false},
		{"an unknown person counts for a no only", person, GP, "Y1", "", true, false},
	}
	for _, tt := range tests {
		if got := tt.w.Includes(tt.p, tt.org, tt.staff); got != tt.included {
			t.Errorf("%s: included %v", tt.name, got)
		}
		if got := tt.w.Names(tt.p, tt.org, tt.staff); got != tt.isNamed {
			t.Errorf("%s: named %v", tt.name, got)
		}
	}
	h := How{Sections: []Section{"problems"}, Labels: []Label{"HIV"}}
	for _, tt := range []struct {
		s    Section
		l    []Label
		want bool
	}{{"problems", []Label{"N", "HIV"}, true}, {"problems", []Label{"N"}, false}, {"medications", []Label{"HIV"}, false}} {
		if got := h.Part(tt.s, tt.l); got != tt.want {
			t.Errorf("part %s %v: %v", tt.s, tt.l, got)
		}
	}
	if h.Any() || h.Whole() || !(How{Purposes: []Purpose{Diagnosis}}).Whole() || (How{Purposes: []Purpose{Diagnosis}}).For(DirectCare) {
		t.Error("a scope is misread")
	}
}

// drawDirective draws any valid directive.
func drawDirective(t *rapid.T, name string) Directive {
	d := rapid.SampledFrom([]Directive{objection(), permission(), withdrawal()}).Draw(t, name)
	d = d.clone()
	d.ID = ID{byte(rapid.IntRange(1, 3).Draw(t, "id"))}
	d.Version = uint64(rapid.IntRange(1, 4).Draw(t, "version"))
	d.Changed = taken + int64(rapid.IntRange(0, 5).Draw(t, "changed"))
	d.Said = rapid.StringMatching(`[a-z ]{0,8}`).Draw(t, "said")
	d.State = rapid.SampledFrom([]State{Received, Upheld, Declined, Reversed}).Draw(t, "state")
	if d.State == Declined {
		d.Reason = "because"
		if d.Kind == Withdrawal {
			d.State = Upheld
		}
	}
	return d
}

// Any order, and any repetition, of a history gives the same directives in force.
func TestOrderNeverMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 12).Draw(t, "n")
		var history []Directive
		for i := range n {
			history = append(history, drawDirective(t, fmt.Sprint(i)))
		}
		other := rapid.Permutation(history).Draw(t, "order")
		if n > 0 {
			other = append(other, other[0], other[n/2])
		}
		a, b := InForce(history, taken+3), InForce(other, taken+3)
		if !slices.EqualFunc(a, b, same) {
			t.Fatalf("in force %v, and %v in another order", a, b)
		}
		for _, d := range a {
			if !d.InForce(taken + 3) {
				t.Fatalf("%v is in force and is not", d)
			}
		}
		for _, d := range history { // the newest version decides
			if i := slices.IndexFunc(a, func(o Directive) bool { return o.ID == d.ID }); i >= 0 && d.Version > a[i].Version {
				t.Fatalf("version %d in force, there is a version %d", a[i].Version, d.Version)
			}
		}
	})
}

// Two different versions of one number are never written by one hub; a device that
// sees them takes the one that restricts more.
func TestTwoVersionsOfOneNumber(t *testing.T) {
	on, off := objection(), objection(func(d *Directive) { d.State = Reversed })
	if got := InForce([]Directive{off, on}, taken); len(got) != 1 {
		t.Errorf("the reversal won: %v", got)
	}
	yes, no := permission(), permission(func(d *Directive) { d.State = Reversed })
	if got := InForce([]Directive{yes, no}, taken); len(got) != 0 {
		t.Errorf("the permission won: %v", got)
	}
}

func same(a, b Directive) bool { return bytes.Equal(raw(a), raw(b)) }

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDirective(t, "d")
		b, err := Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(b)
		if err != nil || !same(got, d) {
			t.Fatalf("%v came back as %v, %v", d, got, err)
		}
	})
}

func TestParseRefuses(t *testing.T) {
	good, err := Marshal(objection())
	if err != nil {
		t.Fatal(err)
	}
	inner, err := canon.Marshal(objection(func(d *Directive) { d.Version = 0 }))
	if err != nil {
		t.Fatal(err)
	}
	wrap := func(e envelope) []byte {
		b, err := canon.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	tests := []struct {
		name string
		in   []byte
		want error
	}{
		{"nothing", nil, canon.ErrMalformed},
		{"cut short", good[:len(good)-1], canon.ErrMalformed},
		{"something after it", append(slices.Clone(good), 0), canon.ErrMalformed},
		{"a newer format", wrap(envelope{2, []byte("new")}), ErrFormat},
		{"format 0", wrap(envelope{0, nil}), ErrFormat},
		{"well written, and not valid", wrap(envelope{format, inner}), ErrInvalid},
		{"too large", wrap(envelope{format, make([]byte, maxOfOne)}), canon.ErrLimit},
	}
	for _, tt := range tests {
		if _, err := Parse(tt.in); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestNothingSaidIsPrinted(t *testing.T) {
	d := objection(func(d *Directive) { d.State, d.Reason = Declined, "sister is the social worker" })
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{d, &d, []Directive{d}, struct{ D Directive }{d}} {
			if got := fmt.Sprintf(verb, v); strings.Contains(got, "sister") || strings.Contains(got, "736973746572") {
				t.Errorf("%s of %T prints what was said: %s", verb, v, got)
			}
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("kept", "directive", d)
	if strings.Contains(log.String(), "sister") || !strings.Contains(log.String(), "directive(objection, declined)") {
		t.Errorf("slog wrote %s", log.String())
	}
	if _, err := Marshal(objection(func(d *Directive) { d.Version = 0 })); err == nil || strings.Contains(err.Error(), "sister") {
		t.Errorf("error %v", err)
	}
}

func TestNewID(t *testing.T) {
	if a, b := NewID(), NewID(); a == b || a == (ID{}) {
		t.Errorf("ids %x and %x", a, b)
	}
}

func FuzzParse(f *testing.F) {
	for _, d := range []Directive{
		objection(), withdrawal(), permission(),
		objection(func(d *Directive) { d.Kind, d.Entries = Challenge, []string{"AllergyIntolerance/1"} }),
	} {
		b, err := Marshal(d)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Parse(b)
		if err != nil {
			return
		}
		if again, err := Marshal(d); err != nil || !bytes.Equal(again, b) {
			t.Errorf("read, and written differently (%v)", err)
		}
	})
}
