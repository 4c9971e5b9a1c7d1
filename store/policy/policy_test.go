package policy

import (
	"bufio"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"satchel/store/consent"
	"satchel/store/identity"
)

const (
	now   = int64(1_790_000_000_000)
	later = now + int64(24*time.Hour/time.Millisecond)
)

// plain is a request that nothing stands against.
func plain() Request {
	return Request{
		Now:     now,
		Device:  Device{Category: identity.Ambulance, Cohorts: []identity.CohortID{{1}}},
		Purpose: consent.DirectCare,
		Person: Person{
			Role: identity.Paramedic, Category: identity.Ambulance, Organisation: "ZZR03", Staff: "555",
			TrainedUntil: later, CredentialEnds: later,
		},
		Reason: Reason{Basis: Incident},
		Known:  Known{OnCaseload: true, OnIncident: true, Referred: true},
		Record: Record{
			State: Held, Cohort: identity.CohortID{1}, Category: identity.Ambulance,
			Labels: []Label{{"", "N"}}, NotAfter: later, LeaseEnds: later,
		},
	}
}

// breakGlass makes a request's reason a complete emergency.
func breakGlass(r *Request) {
	r.Reason = Reason{
		Basis: Emergency, Circumstance: RiskToLife, Words: "unresponsive on the floor", Reauthenticated: true, Began: now,
	}
}

// no is an objection to everything, upheld; id tells it from others.
func no(id byte, taken int64, bend ...func(*consent.Directive)) consent.Directive {
	d := consent.Directive{
		ID: consent.ID{id}, Version: 1, Kind: consent.Objection, State: consent.Upheld,
		Taken: taken, Changed: taken, Shown: consent.Consequence,
	}
	for _, b := range bend {
		b(&d)
	}
	return d
}

// yes is a permission for the parties, upheld.
func yes(id byte, taken int64, parties ...consent.Party) consent.Directive {
	return no(id, taken, func(d *consent.Directive) {
		d.Kind, d.Shown, d.With.Parties = consent.Permission, "", parties
	})
}

func withdrawn(id byte, taken int64) consent.Directive {
	return no(id, taken, func(d *consent.Directive) { d.Kind = consent.Withdrawal })
}

// lines reads a table, with its line numbers, without comments and the heading.
func lines(t *testing.T, name string) map[int][]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out, n, heading := map[int][]string{}, 0, true
	for s := bufio.NewScanner(f); s.Scan(); {
		n++
		switch {
		case strings.HasPrefix(s.Text(), "#"):
		case heading:
			heading = false
		default:
			out[n] = strings.Split(s.Text(), "\t")
		}
	}
	return out
}

// TestTruthTable holds Decide to every line of the table: all roles, on all bases,
// with all that a person may have said, under all kinds of label.
func TestTruthTable(t *testing.T) {
	said := map[string]func(*Request){
		"nothing":   func(*Request) {},
		"objection": func(r *Request) { r.Directives = []consent.Directive{no(1, now-1000)} },
		"objection+later-yes": func(r *Request) {
			r.Directives = []consent.Directive{no(1, now-1000), yes(2, now-500, consent.Ambulance)}
		},
		"yes+later-objection": func(r *Request) {
			r.Directives = []consent.Directive{no(1, now-500), yes(2, now-1000, consent.Ambulance)}
		},
		"restricted": func(r *Request) { r.Record.Restricted = true },
		"unread":     func(r *Request) { r.Unread = true },
		"withdrawn":  func(r *Request) { r.Directives = []consent.Directive{withdrawn(1, now-1000)} },
	}
	labels := []string{"N", "R", "SOMETHING-NEW", "V"}
	verdicts := map[string]Verdict{"allow": Allow, "reason": NeedsReason, "glass": NeedsBreakGlass, "deny": Deny}
	tried := map[string]bool{}
	for n, cells := range lines(t, "testdata/truth.tsv") {
		for i, label := range labels {
			r := plain()
			r.Person.Role = identity.Role(cells[0])
			r.Reason = Reason{Basis: Basis(strings.TrimPrefix(cells[1], "-"))}
			if cells[1] == string(Emergency) {
				breakGlass(&r)
			}
			said[cells[2]](&r)
			r.Record.Labels = []Label{{"", label}}
			want, known := verdicts[cells[3+i]]
			if got := Decide(r); !known || got.Verdict != want {
				t.Errorf("truth.tsv:%d: labelled %s: %v %v, want %s", n, label, got.Verdict, got.Codes, cells[3+i])
			}
			tried[strings.Join(cells[:3], " ")+label] = true
		}
	}
	if want := 8 * 6 * len(said) * len(labels); len(tried) != want {
		t.Errorf("the table has %d cells, the whole truth has %d", len(tried), want)
	}
}

// bends are what conditions.tsv may change in the plain case.
var bends = map[string]func(r *Request, v string){
	"purpose":         func(r *Request, v string) { r.Purpose = consent.Purpose(v) },
	"trained":         func(r *Request, v string) { r.Person.TrainedUntil = now + number(v) },
	"lapsed-allowed":  func(r *Request, _ string) { r.Settings.AllowLapsedTraining = true },
	"credential":      func(r *Request, v string) { r.Person.CredentialEnds = now + number(v) },
	"basis":           func(r *Request, v string) { r.Reason.Basis = Basis(v) },
	"unknown":         func(r *Request, _ string) { r.Known = Known{} },
	"reference":       func(r *Request, _ string) { r.Reason.Reference = "4711" },
	"role":            func(r *Request, v string) { r.Person.Role = identity.Role(v) },
	"category":        func(r *Request, v string) { r.Person.Category = identity.Category(v) },
	"device-category": func(r *Request, v string) { r.Device.Category = identity.Category(v) },
	"suspended":       func(r *Request, _ string) { r.Device.Suspended = true },
	"record-demo":     func(r *Request, _ string) { r.Record.Demonstration = true },
	"device-demo":     func(r *Request, _ string) { r.Device.Demonstration = true },
	"state": func(r *Request, v string) {
		r.Record.State = map[string]State{"withdrawn": Withdrawn, "erased": Erased, "in-error": InError, "ended": Ended, "missing": Missing}[v]
	},
	"lease":        func(r *Request, v string) { r.Record.LeaseEnds = now + number(v) },
	"emergency":    func(r *Request, _ string) { breakGlass(r) },
	"circumstance": func(r *Request, v string) { r.Reason.Circumstance = Circumstance(v) },
	"words":        func(r *Request, v string) { r.Reason.Words = v },
	"no-reauth":    func(r *Request, _ string) { r.Reason.Reauthenticated = false },
	"began":        func(r *Request, v string) { r.Reason.Began = now + number(v) },
	"override":     func(r *Request, v string) { r.Settings.Override = time.Duration(number(v)) * time.Millisecond },
	"asked":        func(r *Request, v string) { r.Reason.Asked = Answer(v) },
	"ask":          func(r *Request, _ string) { r.Settings.AskPermission = true },
	"label": func(r *Request, v string) {
		system, code, two := strings.Cut(v, "|")
		if !two {
			system, code = "", v
		}
		r.Record.Labels = []Label{{system, code}}
	},
	"object": func(r *Request, v string) {
		object(r, func(d *consent.Directive) { d.With.Parties = []consent.Party{consent.Party(v)} })
	},
	"object-org": func(r *Request, v string) {
		object(r, func(d *consent.Directive) { d.With.Organisations = []string{v} })
	},
	"object-staff": func(r *Request, v string) { object(r, func(d *consent.Directive) { d.With.Staff = []string{v} }) },
	"object-purpose": func(r *Request, v string) {
		object(r, func(d *consent.Directive) { d.How.Purposes = []consent.Purpose{consent.Purpose(v)} })
	},
	"object-section": func(r *Request, v string) {
		object(r, func(d *consent.Directive) { d.How.Sections = []consent.Section{consent.Section(v)} })
	},
	"object-state": func(r *Request, v string) {
		object(r, func(d *consent.Directive) { d.State, d.Reason = consent.State(v), "why" })
	},
	"object-remove": func(r *Request, _ string) {
		object(r, func(d *consent.Directive) { d.Remove, d.How = true, consent.How{} })
	},
	"to":   func(r *Request, v string) { recipient(r).Party = consent.Party(v) },
	"need": func(r *Request, _ string) { recipient(r).LegitimateNeed = true },
	"permit": func(r *Request, v string) {
		r.Directives = append(r.Directives, yes(9, now-10, consent.Party(v)))
	},
}

// object bends the one objection of a case, which is made when it is first named.
func object(r *Request, bend func(*consent.Directive)) {
	if len(r.Directives) == 0 {
		r.Directives = []consent.Directive{no(1, now-1000)}
	}
	bend(&r.Directives[0])
}

func recipient(r *Request) *Recipient {
	if r.To == nil {
		r.To = &Recipient{}
	}
	return r.To
}

func number(v string) int64 {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		panic("conditions.tsv: " + err.Error())
	}
	return n
}

func TestConditions(t *testing.T) {
	used, codes := map[string]bool{}, map[Code]bool{}
	for n, cells := range lines(t, "testdata/conditions.tsv") {
		r := plain()
		for word := range strings.FieldsSeq(cells[1]) {
			name, value, _ := strings.Cut(word, "=")
			bend, ok := bends[name]
			if !ok {
				t.Fatalf("conditions.tsv:%d: %q is not known", n, name)
			}
			bend(&r, value)
			used[name] = true
		}
		for _, d := range r.Directives {
			if err := d.Check(); err != nil {
				t.Fatalf("conditions.tsv:%d: %v", n, err)
			}
		}
		got := Decide(r)
		var said []string
		for _, c := range got.Codes {
			said, codes[c] = append(said, string(c)), true
		}
		if got.Verdict.String() != cells[2] || strings.Join(said, " ") != cells[3] {
			t.Errorf("conditions.tsv:%d: %s: %v %v, want %s %s", n, cells[0], got.Verdict, said, cells[2], cells[3])
		}
	}
	for name := range bends {
		if !used[name] {
			t.Errorf("no line of conditions.tsv uses %q", name)
		}
	}
	onlyElsewhere := []Code{RecordEnded, CohortNotHere, RestrictedHere, DirectiveUnread} // holding, and truth.tsv
	for c := range words {
		if !codes[c] && !slices.Contains(onlyElsewhere, c) {
			t.Errorf("no line of conditions.tsv gives %q", c)
		}
	}
}

func TestEveryCodeHasWords(t *testing.T) {
	for c, w := range words {
		if !strings.HasSuffix(w, ".") || c.Words() != w {
			t.Errorf("%s says %q", c, w)
		}
	}
	d := Decide(Request{})
	for i, said := range d.Reasons() {
		if said == "" {
			t.Errorf("%s has no words", d.Codes[i])
		}
	}
}

// What follows from an allowed request besides the answer.
func TestConsequences(t *testing.T) {
	tests := []struct {
		name     string
		bend     func(*Request)
		override bool
		alert    bool
		until    int64
	}{
		{"on the list", func(*Request) {}, false, false, later},
		{"a claim of their own alerts", func(r *Request) { r.Reason.Basis = CaringNow }, false, true, later},              // R7
		{"break-glass alerts and is short", breakGlass, true, true, now + DefaultOverride.Milliseconds()},                 // R24
		{"the lease ends first", func(r *Request) { breakGlass(r); r.Record.LeaseEnds = now + 60 }, true, true, now + 60}, // R33
		{"the credential ends first", func(r *Request) { r.Person.CredentialEnds = now + 50 }, false, false, now + 50},
		{"training lapses first", func(r *Request) { r.Person.TrainedUntil = now + 40 }, false, false, now + 40}, // R6
		{"training does not count", func(r *Request) {
			r.Person.TrainedUntil, r.Settings.AllowLapsedTraining = now-1, true
		}, false, false, later},
	}
	for _, tt := range tests {
		r := plain()
		tt.bend(&r)
		d := Decide(r)
		if d.Verdict != Allow || d.Override != tt.override || d.Alert != tt.alert || d.Until != tt.until {
			t.Errorf("%s: %v %v override %v alert %v until %+d", tt.name, d.Verdict, d.Codes, d.Override, d.Alert, d.Until-now)
		}
	}
	refused := plain()
	refused.Reason = Reason{}
	if d := Decide(refused); d.Until != 0 || d.Alert || d.Shows("alerts") {
		t.Errorf("a refusal grants something: %+v", d)
	}
}

func TestMayHold(t *testing.T) {
	tests := []struct {
		name string
		bend func(*Device, *Record)
		said []consent.Directive
		want []Code
	}{
		{"of its cohort", func(*Device, *Record) {}, nil, nil},
		{"on its way here", func(_ *Device, r *Record) { r.State = Missing }, nil, nil},
		{"past the lease, before its end", func(_ *Device, r *Record) { r.LeaseEnds = now - 1 }, nil, nil},
		{"restricted, labelled R", func(_ *Device, r *Record) { r.Restricted, r.Labels = true, []Label{{"", "R"}} }, nil, nil},
		{"of another cohort", func(_ *Device, r *Record) { r.Cohort = identity.CohortID{2} }, nil, []Code{CohortNotHere}},
		{"of another category", func(_ *Device, r *Record) { r.Category = identity.GP }, nil, []Code{CategoryDiffers}}, // R19
		{"on a device of no category", func(d *Device, r *Record) { d.Category, r.Category = "", "" }, nil, []Code{CategoryDiffers}},
		{"suspended", func(d *Device, _ *Record) { d.Suspended = true }, nil, []Code{DeviceSuspended}},
		{"a demonstration", func(_ *Device, r *Record) { r.Demonstration = true }, nil, []Code{AreasMixed}}, // R57
		{"very restricted", func(_ *Device, r *Record) { r.Labels = append(r.Labels, Label{"", "V"}) }, nil, []Code{VeryRestricted}},
		{"at its end", func(_ *Device, r *Record) { r.NotAfter = now }, nil, []Code{RecordEnded}},                  // R51
		{"withdrawn", func(_ *Device, r *Record) { r.State = Withdrawn }, nil, []Code{RecordWithdrawn}},            // R32
		{"erased", func(_ *Device, r *Record) { r.State = Erased }, nil, []Code{RecordErased}},                     // R43
		{"ended", func(_ *Device, r *Record) { r.State = Ended }, nil, []Code{ReleaseEnded}},                       //
		{"in error", func(_ *Device, r *Record) { r.State = InError }, nil, []Code{RecordInError}},                 //
		{"a withdrawal", func(*Device, *Record) {}, []consent.Directive{withdrawn(1, 5)}, []Code{RecordWithdrawn}}, // R32
		{"an objection to all holds", func(*Device, *Record) {}, []consent.Directive{no(1, 5)}, nil},
		{"an objection that removes", func(*Device, *Record) {}, []consent.Directive{no(1, 5, func(d *consent.Directive) { d.Remove = true })}, []Code{DirectiveRemoves}},
		{"one that removes elsewhere", func(*Device, *Record) {}, []consent.Directive{no(1, 5, func(d *consent.Directive) {
			d.Remove, d.With.Parties = true, []consent.Party{consent.GP}
		})}, nil},
		{"one that removes a part", func(*Device, *Record) {}, []consent.Directive{no(1, 5, func(d *consent.Directive) {
			d.Remove, d.How.Sections = true, []consent.Section{"problems"}
		})}, nil},
	}
	for _, tt := range tests {
		r := plain()
		tt.bend(&r.Device, &r.Record)
		d := MayHold(r.Device, r.Record, tt.said, now)
		if !slices.Equal(d.Codes, tt.want) || (d.Verdict == Allow) != (len(tt.want) == 0) {
			t.Errorf("%s: %v %v, want %v", tt.name, d.Verdict, d.Codes, tt.want)
		}
	}
}

// A later permission lifts an objection only if it is for the whole record, and
// never lifts a restriction that waits for the hub.
func TestWhatAPermissionLifts(t *testing.T) {
	part := yes(2, now-1, consent.Ambulance)
	part.How.Sections = []consent.Section{"problems"}
	bedside := no(1, now-5, func(d *consent.Directive) { d.Kind, d.Shown = consent.Restriction, "" })
	tests := []struct {
		name string
		said []consent.Directive
		want Verdict
	}{
		{"a whole permission", []consent.Directive{no(1, now-5), yes(2, now-1, consent.Ambulance)}, Allow},
		{"a permission for a section", []consent.Directive{no(1, now-5), part}, NeedsBreakGlass},
		{"a permission for somebody else", []consent.Directive{no(1, now-5), yes(2, now-1, consent.GP)}, NeedsBreakGlass},
		{"a whole permission after a restriction", []consent.Directive{bedside, yes(2, now-1, consent.Ambulance)}, NeedsBreakGlass},
	}
	for _, tt := range tests {
		r := plain()
		r.Directives = tt.said
		if d := Decide(r); d.Verdict != tt.want {
			t.Errorf("%s: %v %v, want %v", tt.name, d.Verdict, d.Codes, tt.want)
		}
	}
}
