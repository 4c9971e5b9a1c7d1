package policy

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"satchel/assets/people"
	"satchel/store/consent"
	"satchel/store/identity"
	"satchel/store/record"
)

var reading = time.Date(2026, time.November, 2, 10, 0, 0, 0, time.UTC)

// summary reads a small document with the given sections, each a list of resources.
func summary(t *testing.T, sections map[string][]string) *record.Summary {
	t.Helper()
	entries := []string{`{"fullUrl":"urn:p","resource":{"resourceType":"Patient","id":"p","name":[{"family":"Nemo"}]}}`}
	var heads []string
	for code, resources := range sections {
		var refs []string
		for i, r := range resources {
			url := "urn:" + code + string(rune('a'+i))
			entries = append(entries, `{"fullUrl":"`+url+`","resource":`+r+`}`)
			refs = append(refs, `{"reference":"`+url+`"}`)
		}
		heads = append(heads, `{"title":"T","code":{"coding":[{"system":"http://loinc.org","code":"`+code+`"}]},`+
			`"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">words about it</div>"},"entry":[`+strings.Join(refs, ",")+`]}`)
	}
	composition := `{"fullUrl":"urn:c","resource":{"resourceType":"Composition","status":"final","title":"S","subject":{"reference":"urn:p"},"section":[` + strings.Join(heads, ",") + `]}}`
	raw := `{"resourceType":"Bundle","type":"document","entry":[` + strings.Join(append([]string{composition}, entries...), ",") + `]}`
	if !json.Valid([]byte(raw)) {
		t.Fatalf("not JSON: %s", raw)
	}
	s, err := record.Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func condition(words, label string) string {
	meta := ""
	if label != "" {
		meta = `"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"` + label + `"}]},`
	}
	return `{"resourceType":"Condition",` + meta + `"code":{"text":"` + words + `"},"subject":{"reference":"urn:p"}}`
}

func decided(t *testing.T, bend func(*Request)) Decision {
	t.Helper()
	r := plain()
	bend(&r)
	d := Decide(r)
	if d.Verdict != Allow {
		t.Fatalf("%v %v", d.Verdict, d.Codes)
	}
	return d
}

// section finds a section by kind.
func section(t *testing.T, s *record.Summary, k record.SectionKind) record.Section {
	t.Helper()
	i := slices.IndexFunc(s.Sections, func(sec record.Section) bool { return sec.Kind == k })
	if i < 0 {
		t.Fatalf("the section %s is gone without a trace", k)
	}
	return s.Sections[i]
}

func TestReduceLeavesTraces(t *testing.T) {
	s := summary(t, map[string][]string{
		"11450-4": {condition("Asthma", ""), condition("Hidden thing", "R"), condition("Secret thing", "V")},
		"18776-5": {`{"resourceType":"CarePlan","status":"active","intent":"plan","title":"Visits","subject":{"reference":"urn:p"}}`},
	})

	whole, left := decided(t, func(*Request) {}).Reduce(s)
	problems := section(t, whole, record.Problems)
	if left != 1 || !whole.Withheld || len(problems.Items) != 2 || len(problems.Unreadable) != 1 || !problems.Narrative.IsZero() {
		t.Errorf("on an incident: %d left out, %d shown, %d traces", left, len(problems.Items), len(problems.Unreadable))
	}
	claimed, left := decided(t, func(r *Request) { r.Reason.Basis = CaringNow }).Reduce(s)
	if left != 2 || len(section(t, claimed, record.Problems).Items) != 1 {
		t.Errorf("on a claim: %d left out", left)
	}
	social, left := decided(t, func(r *Request) { r.Person.Role = identity.SocialWorker }).Reduce(s) // the Composition goes too
	problems = section(t, social, record.Problems)
	if left != 2 || len(problems.Items)+len(problems.Unreadable) != 0 || problems.State != record.NotAvailable || problems.StateNote != notForRole {
		t.Errorf("for a social worker: %d left out, state %v, note %q", left, problems.State, problems.StateNote)
	}
	if plan := section(t, social, record.PlanOfCare); len(plan.Items) != 1 || plan.Narrative.IsZero() {
		t.Errorf("for a social worker the plan of care has %d items", len(plan.Items))
	}
	objected, _ := decided(t, func(r *Request) { // R26
		r.Directives = []consent.Directive{no(1, now-5, func(d *consent.Directive) { d.How.Sections = []consent.Section{"problems"} })}
	}).Reduce(s)
	if problems = section(t, objected, record.Problems); len(problems.Items) != 0 || problems.StateNote != withheld {
		t.Errorf("objected to: %d items, note %q", len(problems.Items), problems.StateNote)
	}
	if before := section(t, s, record.Problems); len(before.Items) != 3 || before.Narrative.IsZero() || s.Withheld {
		t.Error("the summary that was handed in was changed")
	}
}

// A withheld allergy must not leave "no known allergies" behind (hazard 3).
func TestReduceNeverTurnsWithheldIntoNone(t *testing.T) {
	const none = `{"resourceType":"AllergyIntolerance","code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003"}]},"patient":{"reference":"urn:p"}}`
	const some = `{"resourceType":"AllergyIntolerance","meta":{"security":[{"code":"V"}]},"code":{"text":"Latex"},"patient":{"reference":"urn:p"}}`
	s := summary(t, map[string][]string{"48765-2": {none, some}})
	out, left := decided(t, func(*Request) {}).Reduce(s)
	if got := out.Card(reading).Allergy; left == 0 || got != record.AllergiesUnavailable {
		t.Errorf("%d left out, and the card says %v", left, got)
	}
	if n := len(section(t, out, record.Allergies).Negations); n != 0 {
		t.Errorf("%d statements that there is none are left", n)
	}
	for _, role := range []identity.Role{identity.SocialWorker, identity.CallHandler} {
		out, _ := decided(t, func(r *Request) { r.Person.Role = role }).Reduce(s)
		if got := out.Card(reading).Allergy; got != record.AllergiesUnavailable {
			t.Errorf("to a %s the card says %v", role, got)
		}
	}
}

// Parts that are no items of a section: words alone, nested sections, supporting items
// and warnings.
func TestReduceTheRest(t *testing.T) {
	secret := []record.Coding{{Code: "V"}}
	words := record.Narrative{Blocks: []record.Block{{}}}
	s := &record.Summary{
		Sections: []record.Section{
			{Kind: record.Problems, State: record.Recorded, Narrative: words},
			{Kind: record.PlanOfCare, State: record.Recorded, Nested: []record.Section{
				{Kind: record.PlanOfCare, State: record.Recorded, Items: []record.Item{{Kind: "CarePlan", Labels: secret}}},
			}},
		},
		Supporting: []record.Item{
			{Kind: "Practitioner"}, {Kind: "Practitioner", Labels: secret}, {Kind: "Medication"}, {Kind: "Medication", Labels: secret},
		},
		Warnings: []record.Warning{{Code: record.WarnNHSNumberMissing}, {Code: record.WarnContradiction, Words: "of two doses"}},
	}
	objects := func(r *Request) {
		r.Directives = []consent.Directive{no(1, now-5, func(d *consent.Directive) { d.How.Sections = []consent.Section{"problems"} })}
	}
	full, left := decided(t, objects).Reduce(s)
	if !full.Sections[0].Narrative.IsZero() || full.Sections[0].State != record.NotAvailable {
		t.Error("the words of a section that is objected to are left")
	}
	if nested := full.Sections[1].Nested[0]; len(nested.Items) != 0 || nested.StateNote != withheld {
		t.Error("a very restricted item of a nested section is left")
	}
	if left != 4 || len(full.Supporting) != 2 || len(full.Warnings) != 2 {
		t.Errorf("full view: %d left out, %d supporting, %d warnings", left, len(full.Supporting), len(full.Warnings))
	}
	social, _ := decided(t, func(r *Request) { r.Person.Role = identity.SocialWorker }).Reduce(s)
	if len(social.Supporting) != 1 || len(social.Warnings) != 1 || social.Warnings[0].Code != record.WarnNHSNumberMissing {
		t.Errorf("a social worker: %d supporting, %d warnings", len(social.Supporting), len(social.Warnings))
	}
}

func TestReduceWithoutLeave(t *testing.T) {
	s := summary(t, map[string][]string{"11450-4": {condition("Asthma", "")}})
	if out, left := Decide(Request{}).Reduce(s); out != nil || left != 0 {
		t.Error("a refusal shows something")
	}
}

// Over the whole demonstration population: what a role does not see is not in what is
// left, whatever the section it stood in, and a full view without labels is whole.
func TestReduceThePopulation(t *testing.T) {
	full := decided(t, func(*Request) {})
	social := decided(t, func(r *Request) { r.Person.Role = identity.SocialWorker })
	for doc := range people.Generate(3, 120) {
		s, err := record.Parse(doc.JSON)
		if err != nil {
			t.Fatal(err)
		}
		if out, left := full.Reduce(s); left != 0 || len(out.Sections) != len(s.Sections) || out.Withheld != s.Withheld {
			t.Errorf("%s: %d left out of a full view", doc.ID, left)
		}
		out, _ := social.Reduce(s)
		if len(out.Sections) != len(s.Sections) {
			t.Errorf("%s: a section is gone without a trace", doc.ID)
		}
		for _, sec := range out.Sections {
			if !slices.Contains(socialSections, consent.Section(sec.Kind)) && len(sec.Items)+len(sec.Ended)+len(sec.Negations)+len(sec.Unreadable)+len(sec.Nested) > 0 {
				t.Errorf("%s: a social worker sees %s", doc.ID, sec.Kind)
			}
		}
		for _, it := range out.Supporting {
			if strings.Contains(it.Kind, "Medication") {
				t.Errorf("%s: a social worker sees a %s", doc.ID, it.Kind)
			}
		}
		for _, tile := range out.Card(reading).Tiles {
			if tile.Kind == record.TileMedicines && len(tile.Items)+len(tile.More)+len(tile.Narrative) > 0 {
				t.Errorf("%s: a social worker's card shows medicines", doc.ID)
			}
		}
	}
}
