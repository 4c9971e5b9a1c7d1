package record

import (
	"strings"
	"testing"
)

// Each surprise of public data has its test here. P28, R10, R12

func condition(id, text string) string {
	return `{"resourceType":"Condition","id":"` + id + `","subject":{"reference":"Patient/p"},"code":{"text":"` + text + `"}}`
}

func TestReferencesOfEveryShape(t *testing.T) {
	for _, c := range []struct {
		name, full, id, ref string
		found               bool
	}{
		{"relative", "", "x1", "Condition/x1", true},
		{"urn:uuid", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", true},
		{"urn:uuid in capitals", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "", "urn:uuid:0C3151BD-1CBF-4D64-B04D-CD9187A4C6E0", true},
		{"urn:uuid that is the id", "", "0c3151bd", "urn:uuid:0c3151bd", true},
		{"full URL differs from the id", "urn:uuid:11111111-1cbf-4d64-b04d-cd9187a4c6e0", "x1", "Condition/x1", true},
		{"absolute", "https://a.example/fhir/Condition/x1", "x1", "https://a.example/fhir/Condition/x1", true},
		{"absolute on another host", "https://a.example/fhir/Condition/x1", "x1", "https://b.example/Condition/x1", true},
		{"versioned", "", "x1", "Condition/x1/_history/3", true},
		{"versioned absolute", "https://a.example/Condition/x1", "x1", "https://a.example/Condition/x1/_history/3", true},
		{"bare id", "", "x1", "x1", true},
		{"conditional", "", "x1", "Condition?identifier=https://ids.example|K7", true},
		{"conditional, escaped", "", "x1", "Condition?identifier=https://ids.example%7CK7", true},
		{"urn:oid", "urn:oid:1.2.3.4", "x1", "urn:oid:1.2.3.4", true},
		{"another type", "", "x1", "Observation/x1", false},
		{"unresolvable", "", "x1", "Condition/gone", false},
		{"empty", "", "x1", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := ""
			if c.id != "" {
				id = `"id":"` + c.id + `",`
			}
			in := doc(sec("11450-4", "", c.ref))
			full := ""
			if c.full != "" {
				full = `"fullUrl":"` + c.full + `",`
			}
			in = strings.TrimSuffix(in, "]}") + `,{` + full + `"resource":{"resourceType":"Condition",` + id +
				`"identifier":[{"system":"https://ids.example","value":"K7"}],"code":{"text":"Gout"}}}]}`
			s := mustParse(t, in)
			got := len(s.Sections[0].Items)
			if (got == 1) != c.found || (s.EntriesMissing == 0) != c.found {
				t.Fatalf("%d items, %d missing", got, s.EntriesMissing)
			}
			if !c.found && (len(s.Sections) != 2 || s.Sections[1].Title != "Other items received" || s.Sections[1].Items[0].Title != "Gout") {
				t.Error("what no section names is not among the other items")
			}
		})
	}
}

func TestContainedReference(t *testing.T) {
	s := mustParse(t, doc(sec("10160-0", "", "MedicationRequest/m"),
		`{"resourceType":"MedicationRequest","id":"m","status":"active","subject":{"reference":"Patient/p"},"medicationReference":{"reference":"#d"},
		"contained":[{"resourceType":"Medication","id":"d","code":{"text":"Warfarin 1 mg tablets"},"form":{"text":"Tablet"}}],
		"requester":{"reference":"#who"},"dosageInstruction":[{"text":"2 mg once a day, at 18:00","route":{"text":"By mouth"}}]}`))
	it := s.Sections[0].Items[0]
	if it.Title != "Warfarin 1 mg tablets" || it.HighRisk != "anticoagulant" || it.Dose != "2 mg once a day, at 18:00" || it.Route != "By mouth" || it.Field("Form") != "Tablet" {
		t.Errorf("title, risk, dose, route or form differ: %d fields", len(it.Detail))
	}
	if it.Source != "Named, but not included" {
		t.Errorf("source %q", it.Source)
	}
}

func TestLogicalReferenceByIdentifier(t *testing.T) {
	in := strings.Replace(doc(sec("11450-4", "")), `"custodian":{"display":"Elm Road Surgery"}`, `"custodian":{"type":"Organization","identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"Y12345"}}`, 1)
	if s := mustParse(t, in); s.Custodian != "ODS Y12345" {
		t.Errorf("custodian %q", s.Custodian)
	}
	in = strings.TrimSuffix(in, "]}") + `,{"resource":{"resourceType":"Organization","name":"Oak House","identifier":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"Y12345"}]}}]}`
	if s := mustParse(t, in); s.Custodian != "Oak House" || s.Source != "Oak House" {
		t.Errorf("custodian %q", s.Custodian)
	}
}

func TestACircleOfReferencesEnds(t *testing.T) {
	s := mustParse(t, doc(sec("10160-0", "", "MedicationStatement/a"),
		`{"resourceType":"MedicationStatement","id":"a","medicationReference":{"reference":"MedicationStatement/a"},"partOf":[{"reference":"MedicationStatement/b"}]}`,
		`{"resourceType":"MedicationStatement","id":"b","medicationReference":{"reference":"MedicationStatement/a"}}`,
		`{"resourceType":"PractitionerRole","id":"r","practitioner":{"reference":"PractitionerRole/r"}}`))
	if len(s.Sections[0].Items) != 1 {
		t.Error("the item is gone")
	}
}

func TestResourcesWithoutAnID(t *testing.T) {
	s := mustParse(t, bundle("transaction", strings.Replace(johnSmith, `"id":"p",`, "", 1), `{"resourceType":"Condition","code":{"text":"Gout"}}`, `{"resourceType":"Condition","code":{"text":"Asthma"}}`))
	if s.Person == nil || len(s.Sections) != 1 || len(s.Sections[0].Items) != 2 {
		t.Fatalf("%d sections", len(s.Sections))
	}
}

func TestSectionsOfEveryShape(t *testing.T) {
	s := mustParse(t, doc(
		`{"title":"No code","text":{"div":"<div>words</div>"}},`+
			`{"code":{"coding":[{"code":"AllergiesHeader"}]},"text":{"div":"<div>words</div>"}},`+
			`{"entry":[{"reference":"Condition/x"}]},`+
			`{"title":"Outer","code":{"coding":[{"system":"http://loinc.org","code":"30954-2"}]},"section":[{"title":"Inner","entry":[{"reference":"Condition/y"}]},{"text":"bare words"}]},`+
			`null,{}`,
		condition("x", "Gout"), condition("y", "Asthma")))
	if len(s.Sections) != 5 {
		t.Fatalf("%d sections", len(s.Sections))
	}
	for i, want := range []struct {
		title string
		kind  SectionKind
		note  string
		state State
	}{
		{"No code", Other, "As written by the source", Recorded},
		{"Allergies and adverse reactions", Allergies, "As written by the source", Recorded},
		{"Section without a title", Other, "", Recorded},
		{"Outer", Results, "In the parts below", Recorded},
		{"Section without a title", Other, "The source sent this section empty", NotRecorded},
	} {
		got := s.Sections[i]
		if got.Title != want.title || got.Kind != want.kind || got.StateNote != want.note || got.State != want.state {
			t.Errorf("%d: %q %s %q %v", i, got.Title, got.Kind, got.StateNote, got.State)
		}
		if got.Source != "Elm Road Surgery" { // R12
			t.Errorf("%d: source %q", i, got.Source)
		}
	}
	if in := s.Sections[3].Nested; len(in) != 2 || in[0].Items[0].Title != "Asthma" || narrativeText(in[1].Narrative) != "bare words\n" {
		t.Error("nested sections differ")
	}
}

func TestCompositionNotFirst(t *testing.T) {
	s := mustParse(t, strings.Replace(doc(sec("11450-4", "", "Condition/x"), condition("x", "Gout")), `"entry":[`, `"entry":[{"resource":{"resourceType":"Organization","name":"Oak House"}},`, 1))
	if !hasWarning(s, WarnCompositionNotFirst) || len(s.Sections) != 1 || s.Person == nil || s.Title != "Patient summary" {
		t.Errorf("%d sections", len(s.Sections))
	}
}

func TestDocumentWithoutComposition(t *testing.T) {
	s := mustParse(t, bundle("document", johnSmith, condition("x", "Gout"), allergy("a", snomedCode("91936005", "Allergy to penicillin"))))
	if !hasWarning(s, WarnNoComposition) || len(s.Sections) != 2 || s.Sections[0].Kind != Allergies || s.Sections[1].Kind != Problems {
		t.Errorf("%d sections", len(s.Sections))
	}
}

func TestBundlesOfEveryType(t *testing.T) {
	for _, typ := range []string{"searchset", "transaction", "message", "collection", "batch", "history", ""} {
		s := mustParse(t, bundle(typ, johnSmith, condition("x", "Gout"), `{"resourceType":"Nonsense","alpha":{"beta":[1,2]},"code":{"text":"A thing"}}`))
		if s.Person == nil || s.EntriesReceived != 3 || len(s.Sections) != 2 {
			t.Errorf("%s: %d sections", typ, len(s.Sections))
			continue
		}
		other := s.Sections[1]
		if other.Kind != Other || other.Items[0].Title != "A thing" || other.Items[0].Field("Alpha") != "Beta: 1; 2" {
			t.Errorf("%s: an unknown kind is not worded", typ)
		}
	}
}

func TestEntriesThatAreNoResources(t *testing.T) {
	s := mustParse(t, `{"resourceType":"Bundle","type":"batch-response","entry":[null,7,{},{"resource":"x"},{"resource":{"id":"q","note":"words"}},{"response":{"status":"201 Created"}},{"resource":{"resourceType":"Bundle","entry":[{"resource":`+condition("x", "Gout")+`}]}}]}`)
	if s.EntriesReceived != 8 || s.EntriesUnreadable != 5 || s.EntriesSupporting != 2 {
		t.Errorf("received %d, unreadable %d, supporting %d", s.EntriesReceived, s.EntriesUnreadable, s.EntriesSupporting)
	}
	u := s.Sections[len(s.Sections)-1].Unreadable
	if len(u) != 5 || u[4].Path != "$.entry[4].resource" || !strings.Contains(u[4].Text, "Note: words") {
		t.Errorf("%d unreadable", len(u))
	}
}

func TestSTU3ShapesAreRead(t *testing.T) {
	s := mustParse(t, doc(sec(allergiesLOINC, "", "AllergyIntolerance/a"), allergy("a", `"Peanut"`, `,"clinicalStatus":"active","verificationStatus":"confirmed","criticality":"high","reaction":{"manifestation":"Rash","severity":"severe"}`)))
	it := s.Sections[0].Items[0]
	if it.Title != "Peanut" || it.Status != "Active" || it.Certainty != "Confirmed" || it.Criticality != "High" || it.Reaction != "Rash" || it.Severity != "Severe" {
		t.Errorf("an STU3 shape was lost: %d fields", len(it.Detail))
	}
}

func TestNullsInsideArrays(t *testing.T) {
	in := strings.Replace(johnSmith, `"given":["John"]`, `"given":[null,"John",null,"Paul"],"_given":[{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]},null]`, 1)
	s := mustParse(t, in)
	if got := s.Person.BannerName(); got != "SMITH, John Paul (Mr)" {
		t.Errorf("%q", got)
	}
}

func TestPrimitiveExtensions(t *testing.T) {
	absent := `{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]}`
	s := mustParse(t, strings.Replace(johnSmith, `"birthDate":"1938-02-14"`, `"_birthDate":`+absent, 1))
	if s.Person.BornReason != "Withheld" || s.Person.Banner(someDay).Born != notKnown {
		t.Errorf("%q", s.Person.BornReason)
	}
	s = mustParse(t, strings.Replace(condition("x", "Gout"), `"code"`, `"_onsetDateTime":`+absent+`,"code"`, 1))
	if got := s.Sections[0].Items[0].Field("Onset"); got != "Withheld" {
		t.Errorf("onset %q", got)
	}
}

func TestCodesWithoutDisplay(t *testing.T) {
	s := mustParse(t, allergy("a", `{"coding":[{"system":"http://snomed.info/sct","code":"91936005"}]}`))
	if it := s.Sections[0].Items[0]; it.Title != "91936005" || it.Coding.Code != "91936005" {
		t.Errorf("%q", it.Title)
	}
	s = mustParse(t, `{"resourceType":"Condition"}`)
	if it := s.Sections[0].Items[0]; it.Title != "Problem" {
		t.Errorf("%q", it.Title)
	}
}

func TestBlanksAroundValues(t *testing.T) {
	in := strings.NewReplacer(`"9990000018"`, `"  9990000018 "`, `"Smith"`, `" Smith  "`, `"John"`, `"John "`).Replace(johnSmith)
	p := mustParse(t, in).Person
	if p.BannerName() != "SMITH, John (Mr)" || p.NHS.Digits() != "9990000018" {
		t.Errorf("%q", p.BannerName())
	}
}

func TestEndedItemsAreApartAndCounted(t *testing.T) {
	var entries, refs []string
	for id, status := range map[string]string{
		"a1": `"clinicalStatus":{"coding":[{"code":"active"}]}`, "a2": `"clinicalStatus":{"coding":[{"code":"inactive"}]}`, "a3": `"clinicalStatus":"resolved"`,
		"a4": `"verificationStatus":{"coding":[{"code":"refuted"}]}`, "a5": `"verificationStatus":{"coding":[{"code":"entered-in-error"}]}`,
	} {
		entries = append(entries, allergy(id, `{"text":"`+id+`"}`, ","+status))
		refs = append(refs, "AllergyIntolerance/"+id)
	}
	s := mustParse(t, doc(sec(allergiesLOINC, "", refs...), entries...))
	if got := s.Sections[0]; len(got.Items) != 1 || got.Items[0].Title != "a1" || len(got.Ended) != 4 {
		t.Fatalf("%d current, %d ended", len(got.Items), len(got.Ended))
	}
	tile := s.Card(someDay).Tiles[TileAllergies]
	if len(tile.Items) != 1 || len(tile.More) != 4 {
		t.Errorf("card: %d current, %d ended", len(tile.Items), len(tile.More))
	}
	groups := map[Group]int{}
	for _, it := range tile.More {
		groups[it.Group]++
	}
	if groups[GroupEnded] != 2 || groups[GroupRefuted] != 1 || groups[GroupError] != 1 {
		t.Errorf("groups %v", groups)
	}
}

func TestWithheldByWordsReasonOrLabel(t *testing.T) { // H12
	for name, in := range map[string]string{
		"words":  doc(sec("Title", div("<p>One or more entries have been deliberately withheld from this GP Summary.</p>"))),
		"reason": doc(sec("11450-4", emptyReason("withheld"))),
		"label":  doc(sec("11450-4", "", "Condition/x"), strings.Replace(condition("x", "Gout"), `"code"`, `"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"REDACTED"}]},"code"`, 1)),
	} {
		s := mustParse(t, in)
		if !s.Withheld || !hasWarning(s, WarnWithheld) || !s.Card(someDay).Withheld {
			t.Errorf("%s: not said to be withheld", name)
		}
	}
	if s := mustParse(t, doc(sec("11450-4", emptyReason("unavailable")))); s.Withheld {
		t.Error("unavailable is not withheld")
	}
}

func TestUnknownModifiers(t *testing.T) { // faults.md row 11
	s := mustParse(t, strings.Replace(condition("x", "Gout"), `"code"`, `"modifierExtension":[{"url":"https://x.example/negated","valueBoolean":true}],"code"`, 1))
	if it := s.Sections[0].Items[0]; it.DoNotRely == "" || it.Field("Negated") != "Yes" || !hasWarning(s, WarnDoNotRely) {
		t.Error("an unknown modifier is not said")
	}
}

func TestLabelsRestrict(t *testing.T) { // domain.md 3.3
	for label, want := range map[string]bool{
		`{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"N"}`: false,
		`{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}`: true,
		`{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"HTEST"}`:   false,
		`{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"HIV"}`:       true,
		`{"system":"https://nobody.example/labels","code":"zzz"}`:                          true,
	} {
		s := mustParse(t, strings.Replace(condition("x", "Gout"), `"code"`, `"meta":{"security":[`+label+`]},"code"`, 1))
		if it := s.Sections[0].Items[0]; it.Restricted != want || len(it.Labels) != 1 {
			t.Errorf("%s: restricted %v", label, it.Restricted)
		}
	}
}

func TestInformationFromACarer(t *testing.T) { // R11
	s := mustParse(t, doc(sec("10160-0", "", "MedicationStatement/m"),
		`{"resourceType":"MedicationStatement","id":"m","status":"active","subject":{"reference":"Patient/p"},"medicationCodeableConcept":{"text":"Aspirin 75 mg"},"informationSource":{"reference":"RelatedPerson/w"}}`,
		`{"resourceType":"RelatedPerson","id":"w","patient":{"reference":"Patient/p"},"name":[{"given":["Joy"],"family":"Smith"}],"relationship":[{"coding":[{"code":"WIFE"}]}]}`))
	it := s.Sections[0].Items[0]
	if !it.FromCarer || it.Carer != "Joy Smith, Wife" {
		t.Errorf("%v %q", it.FromCarer, it.Carer)
	}
	if c := s.Person.Contacts; len(c) != 1 || c[0].Name != "Joy Smith" {
		t.Error("the related person is no contact")
	}
}
