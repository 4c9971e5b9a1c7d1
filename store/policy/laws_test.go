package policy

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"satchel/store/consent"
	"satchel/store/identity"
)

// drawRequest draws any request, sensible or not.
func drawRequest(t *rapid.T) Request {
	r := plain()
	pick := func(name string, bend ...func()) {
		bend[rapid.IntRange(0, len(bend)-1).Draw(t, name)]()
	}
	keep := func() {}
	r.Person.Role = rapid.SampledFrom([]identity.Role{
		identity.Paramedic, identity.Paramedic, identity.DistrictNurse, identity.SocialWorker, identity.CallHandler,
		identity.Quality, identity.ITAdmin, identity.Guardian, "",
	}).Draw(t, "role")
	r.Reason.Basis = rapid.SampledFrom([]Basis{NoBasis, Caseload, Incident, Referral, CaringNow, "curious"}).Draw(t, "basis")
	pick("emergency", keep, func() { breakGlass(&r) }, func() { breakGlass(&r); r.Reason.Words = "" })
	pick("purpose", keep, keep, func() { r.Purpose = "" }, func() { r.Purpose = consent.Diagnosis })
	pick("known", keep, func() { r.Known = Known{} })
	pick("state", keep, keep, func() { r.Record.State = Erased })
	pick("lease", keep, keep, func() { r.Record.LeaseEnds = now })
	pick("training", keep, keep, func() { r.Person.TrainedUntil = now })
	pick("restricted", keep, keep, func() { r.Record.Restricted = true })
	pick("unread", keep, keep, func() { r.Unread = true })
	pick("asked", keep, func() { r.Reason.Asked = No }, func() { r.Settings.AskPermission = true })
	pick("to", keep, keep, func() { r.To = &Recipient{Party: consent.SocialCare} }, func() { r.To = &Recipient{Party: consent.ThirdParty} })
	for range rapid.IntRange(0, 3).Draw(t, "labels") {
		r.Record.Labels = append(r.Record.Labels, Label{"", rapid.SampledFrom([]string{"N", "R", "V", "HIV", "L", "ODD"}).Draw(t, "label")})
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "directives") {
		r.Directives = append(r.Directives, drawDirective(t, byte(i+1)))
	}
	return r
}

func drawDirective(t *rapid.T, id byte) consent.Directive {
	taken := now - int64(rapid.IntRange(1, 1000).Draw(t, "taken"))
	party := rapid.SampledFrom([]consent.Party{consent.Ambulance, consent.SocialCare, consent.ThirdParty}).Draw(t, "party")
	var d consent.Directive
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		d = no(id, taken)
	case 1:
		d = no(id, taken, func(d *consent.Directive) { d.With.Parties = []consent.Party{party} })
	case 2:
		d = no(id, taken, func(d *consent.Directive) { d.How.Sections = []consent.Section{"problems"} })
	case 3:
		d = yes(id, taken, party)
	default:
		d = no(id, taken, func(d *consent.Directive) { d.Kind, d.Shown = consent.Restriction, "" })
	}
	d.State = rapid.SampledFrom([]consent.State{consent.Upheld, consent.Received, consent.Reversed}).Draw(t, "state")
	return d
}

// shown lists what a decision shows, of a set of sections and labels.
func shown(d Decision) []string {
	var out []string
	for _, s := range []consent.Section{"problems", "alerts", "plan-of-care", "results"} {
		for _, l := range []string{"N", "R", "V", "MH"} {
			if !d.Withholds(s, []Label{{"", l}}) {
				out = append(out, fmt.Sprintf("%s/%s", s, l))
			}
		}
	}
	return out
}

// Adding a "no", a label or a restriction never opens anything more, and never shows
// a part more.
func TestDenialNeverGrants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRequest(t)
		before := Decide(r)
		more := r
		more.Directives = slices.Clone(r.Directives)
		more.Record.Labels = slices.Clone(r.Record.Labels)
		switch rapid.IntRange(0, 5).Draw(t, "denial") {
		case 0:
			more.Directives = append(more.Directives, no(100, now-int64(rapid.IntRange(1, 1000).Draw(t, "when"))))
		case 1:
			more.Directives = append(more.Directives, no(100, now-1, func(d *consent.Directive) { d.How.Sections = []consent.Section{"results"} }))
		case 2:
			more.Record.Labels = append(more.Record.Labels, Label{"", rapid.SampledFrom([]string{"R", "V", "ODD"}).Draw(t, "more")})
		case 3:
			more.Record.Restricted = true
		case 4:
			more.Directives = append(more.Directives, withdrawn(100, now-1))
		case 5:
			more.Unread = true
		}
		after := Decide(more)
		if after.Verdict < before.Verdict {
			t.Fatalf("%v became %v", before.Verdict, after.Verdict)
		}
		was := shown(before)
		for _, part := range shown(after) {
			if !slices.Contains(was, part) {
				t.Fatalf("%s is shown since the denial", part)
			}
		}
	})
}

// The order of labels, of directives and of rules changes nothing.
func TestOrderNeverMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRequest(t)
		a := Decide(r)
		other := r
		other.Record.Labels = rapid.Permutation(r.Record.Labels).Draw(t, "labels")
		other.Directives = rapid.Permutation(r.Directives).Draw(t, "directives")
		b := Decide(other)
		if a.Verdict != b.Verdict || !slices.Equal(a.Codes, b.Codes) || a.Until != b.Until || !slices.Equal(shown(a), shown(b)) {
			t.Fatalf("%v %v, in another order %v %v", a.Verdict, a.Codes, b.Verdict, b.Codes)
		}
		var found []finding
		for _, rule := range rapid.Permutation(readingRules).Draw(t, "rules") {
			found = append(found, rule(r)...)
		}
		broke := overrides(r)
		if !broke && clinical(r.Person.Role) && strictest(found) != a.Verdict {
			t.Fatalf("%v, with the rules in another order %v", a.Verdict, strictest(found))
		}
	})
}

// Whoever asks, however: after a withdrawal nothing reads, nobody may hold it, and
// its reversal alone ends that (R31, R32).
func TestAfterWithdrawalNothingReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRequest(t)
		gone := withdrawn(100, now-int64(rapid.IntRange(-1000, 1000).Draw(t, "when"))) // also under a clock that is behind
		r.Directives = append(r.Directives, gone)
		if d := Decide(r); d.Verdict != Deny || len(shown(d)) > 0 {
			t.Fatalf("%v %v", d.Verdict, d.Codes)
		}
		if d := MayHold(r.Device, r.Record, r.Directives, now); d.Verdict != Deny {
			t.Fatalf("may be held: %v", d.Codes)
		}
		back, err := gone.Next(consent.Reversed, now, "555", "")
		if err != nil {
			t.Fatal(err)
		}
		with := append(slices.Clone(r.Directives), back)
		without := r.Directives[:len(r.Directives)-1]
		r.Directives = with
		a := Decide(r)
		r.Directives = without
		if b := Decide(r); a.Verdict != b.Verdict || !slices.Equal(a.Codes, b.Codes) {
			t.Fatalf("reversed: %v %v, never withdrawn: %v %v", a.Verdict, a.Codes, b.Verdict, b.Codes)
		}
	})
}

// A label that nobody knows is at least as strict as R, in every request.
func TestUnknownLabelRestricts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRequest(t)
		odd := rapid.StringMatching(`[A-Z]{3,12}`).Draw(t, "odd")
		r.Record.Labels = []Label{{"http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "R"}}
		a := Decide(r)
		r.Record.Labels = []Label{{rapid.SampledFrom([]string{"", "http://example.org/labels"}).Draw(t, "system"), odd}}
		b := Decide(r)
		if a.Verdict != b.Verdict || !slices.Equal(a.Codes, b.Codes) {
			t.Fatalf("R: %v %v, %s: %v %v", a.Verdict, a.Codes, odd, b.Verdict, b.Codes)
		}
	})
}

// Of a "no" and a "yes" about the same thing, the newer counts; of the same moment,
// the "no".
func TestNewerNoBeatsOlderYes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := plain()
		noAt := now - int64(rapid.IntRange(1, 5).Draw(t, "no"))
		yesAt := now - int64(rapid.IntRange(1, 5).Draw(t, "yes"))
		r.Directives = rapid.Permutation([]consent.Directive{no(1, noAt), yes(2, yesAt, consent.Ambulance)}).Draw(t, "order")
		want := NeedsBreakGlass
		if yesAt > noAt {
			want = Allow
		}
		if d := Decide(r); d.Verdict != want {
			t.Fatalf("no %d ago, yes %d ago: %v", now-noAt, now-yesAt, d.Verdict)
		}
	})
}

// Time only closes: what is refused for a lease, a credential, training or
// break-glass that ended stays refused, and what is open closes by Until.
func TestTimeOnlyCloses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRequest(t)
		r.Directives = slices.DeleteFunc(r.Directives, func(d consent.Directive) bool { return d.Kind == consent.Permission })
		a := Decide(r)
		r.Now += int64(rapid.IntRange(0, int(48*time.Hour/time.Millisecond)).Draw(t, "on"))
		if b := Decide(r); b.Verdict < a.Verdict {
			t.Fatalf("%v, later %v", a.Verdict, b.Verdict)
		}
		if a.Verdict == Allow {
			r.Now = a.Until
			if b := Decide(r); b.Verdict == Allow {
				t.Fatalf("still open at its end")
			}
		}
	})
}

// The request that says nothing is refused, and so is any that lacks a role.
func TestNothingSaidIsRefused(t *testing.T) {
	if d := Decide(Request{}); d.Verdict != Deny || len(d.Reasons()) != len(d.Codes) {
		t.Errorf("%v %v", d.Verdict, d.Codes)
	}
	if d := MayHold(Device{}, Record{}, nil, 0); d.Verdict != Deny {
		t.Errorf("may hold: %v", d.Codes)
	}
	r := plain()
	r.Now = math.MaxInt64
	if d := Decide(r); d.Verdict != Deny {
		t.Errorf("at the end of time: %v", d.Verdict)
	}
}
