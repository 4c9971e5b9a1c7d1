package policy

import (
	"testing"

	"satchel/store/consent"
	"satchel/store/identity"
	"satchel/store/record"
)

// TestViews walks the table of roles (domain.md 8): a dot is a section that is shown,
// x one that is not part of the role's view.
func TestViews(t *testing.T) {
	columns := []identity.Role{identity.Paramedic, identity.DistrictNurse, identity.SocialWorker, identity.CallHandler}
	table := []struct {
		section record.SectionKind
		shown   string // one letter a role
	}{
		{record.PersonDetails, "...."},
		{record.Alerts, "...."},
		{record.AboutSummary, "...."},
		{record.PersonalContacts, "...x"},
		{record.CareContacts, "...x"},
		{record.PlanOfCare, "...x"},
		{record.ContingencyPlan, "...x"},
		{record.FunctionalStatus, "...x"},
		{record.IndividualNeeds, "...x"},
		{record.Problems, "..xx"},
		{record.Allergies, "..xx"},
		{record.Medications, "..xx"},
		{record.Results, "..xx"},
		{record.AdvanceDirectives, "..xx"},
		{record.Documents, "..xx"},
		{record.Pregnancy, "..xx"},
		{record.Other, "..xx"},
	}
	for _, row := range table {
		for i, role := range columns {
			r := plain()
			r.Person.Role = role
			d := Decide(r)
			want := row.shown[i] == '.'
			if d.Verdict != Allow || d.Shows(consent.Section(row.section)) != want {
				t.Errorf("%s of a %s: shown %v (%v)", row.section, role, !want, d.Codes)
			}
			if d.Withholds(consent.Section(row.section), nil) == want {
				t.Errorf("%s of a %s: withheld %v", row.section, role, want)
			}
		}
	}
}

// R16: what goes with a referral is what both the sender and the receiver may see.
func TestHandedOverViews(t *testing.T) {
	for _, tt := range []struct {
		to       consent.Party
		problems bool
	}{{consent.Trust, true}, {consent.GP, true}, {consent.Ambulance, true}, {consent.SocialCare, false}} {
		r := plain()
		r.To = &Recipient{Party: tt.to}
		if d := Decide(r); d.Shows("problems") != tt.problems || !d.Shows("plan-of-care") {
			t.Errorf("to %s: problems %v", tt.to, !tt.problems)
		}
	}
	r := plain()
	r.Person.Role, r.To = identity.SocialWorker, &Recipient{Party: consent.Trust}
	if Decide(r).Shows("problems") {
		t.Error("a social worker handed on what the role does not see")
	}
}

// Items inside a record that opens.
func TestWithholds(t *testing.T) {
	claim := func(r *Request) { r.Reason.Basis = CaringNow }
	social := func(r *Request) { r.Person.Role = identity.SocialWorker }
	handler := func(r *Request) { r.Person.Role = identity.CallHandler }
	objects := func(r *Request) {
		r.Directives = []consent.Directive{no(1, now-5, func(d *consent.Directive) {
			d.How = consent.How{Sections: []consent.Section{"problems"}, Labels: []consent.Label{"MH"}}
		})}
	}
	both := func(a, b func(*Request)) func(*Request) { return func(r *Request) { a(r); b(r) } }
	tests := []struct {
		name     string
		bend     func(*Request)
		section  consent.Section
		label    string
		withheld bool
	}{
		{"nothing special", func(*Request) {}, "problems", "N", false},
		{"very restricted, always", func(*Request) {}, "problems", "V", true},
		{"very restricted, also by break-glass", breakGlass, "problems", "V", true},
		{"restricted, on an incident", func(*Request) {}, "problems", "R", false},
		{"restricted, on a claim alone", claim, "problems", "R", true},
		{"of a sensitivity, on a claim alone", claim, "results", "HIV", true},
		{"of an unknown label, on a claim alone", claim, "results", "NEW", true},
		{"restricted, by break-glass", breakGlass, "problems", "R", false},
		{"safeguarding, for a social worker", social, "alerts", "R", false},
		{"another restricted item, for a social worker", social, "plan-of-care", "R", true},
		{"safeguarding, for a call handler", handler, "alerts", "R", true},
		{"an ordinary alert, for a call handler", handler, "alerts", "N", false},
		{"what is objected to", objects, "problems", "MH", true}, // R26
		{"beside what is objected to, the section", objects, "results", "MH", false},
		{"beside what is objected to, the label", objects, "problems", "SUD", false},
		{"what is objected to, by break-glass", both(objects, breakGlass), "problems", "MH", false},
	}
	for _, tt := range tests {
		r := plain()
		tt.bend(&r)
		d := Decide(r)
		if got := d.Withholds(tt.section, []Label{{"", tt.label}}); d.Verdict != Allow || got != tt.withheld {
			t.Errorf("%s: withheld %v (%v %v)", tt.name, got, d.Verdict, d.Codes)
		}
	}
}
