package record

import (
	"slices"
	"strings"
	"testing"

	"satchel/assets/people"
)

// potassium is a result of 6.4 that names a person by some reference.
func potassium(subject string) string {
	return `{"resourceType":"Observation","id":"k","status":"final","subject":` + subject + `,"code":{"text":"Potassium"},"effectiveDateTime":"2026-09-01","valueQuantity":{"value":6.4,"unit":"mmol/L"}}`
}

const patientWithMuch = `{"resourceType":"Patient","id":"p","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"999 000 0018"},{"system":"https://ids.example","value":"K7"}],` +
	`"name":[{"family":"Smith"}],"link":[{"other":{"reference":"Patient/old"},"type":"replaces"}]}`

// TestWhomAReferenceNames: every reasonable way to write the subject counts as
// the subject, and what leads nowhere counts as nobody's. H2
func TestWhomAReferenceNames(t *testing.T) {
	const uuid = "0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
	for _, c := range []struct {
		name, full, subject string
		theirs              bool
	}{
		{"relative", "", `{"reference":"Patient/p"}`, true},
		{"versioned", "", `{"reference":"Patient/p/_history/7"}`, true},
		{"absolute", "", `{"reference":"https://b.example/fhir/Patient/p"}`, true},
		{"absolute, with a slash at the end", "", `{"reference":"https://b.example/fhir/Patient/p/"}`, true},
		{"bare id", "", `{"reference":"p"}`, true},
		{"bare text", "", `"Patient/p"`, true},
		{"urn:uuid of the id", "", `{"reference":"urn:uuid:p"}`, true},
		{"urn:uuid in capitals", "urn:uuid:" + uuid, `{"reference":"urn:uuid:` + strings.ToUpper(uuid) + `"}`, true},
		{"relative, with the UUID of the full URL", "urn:uuid:" + uuid, `{"reference":"Patient/` + uuid + `"}`, true},
		{"relative, with the end of the full URL", "https://a.example/Patient/77", `{"reference":"Patient/77"}`, true},
		{"a link of the Patient", "", `{"reference":"Patient/old"}`, true},
		{"conditional", "", `{"reference":"Patient?identifier=https://ids.example|K7"}`, true},
		{"conditional, without a system", "", `{"reference":"Patient?identifier=K7"}`, true},
		{"conditional, by id", "", `{"reference":"Patient?_id=p"}`, true},
		{"NHS number", "", `{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}}`, true},
		{"NHS number under its OID", "", `{"identifier":{"system":"urn:oid:2.16.840.1.113883.2.1.4.1","value":"999-000-0018"}}`, true},
		{"NHS number as the national service's id", "", `{"reference":"https://api.service.nhs.uk/personal-demographics/FHIR/R4/Patient/9990000018"}`, true},
		{"identifier beside an address", "", `{"reference":"Patient/elsewhere","identifier":{"system":"https://ids.example","value":"K7"}}`, true},
		{"words alone", "", `{"display":"John Smith"}`, true},
		{"a place, not a person", "", `{"reference":"Location/ward-3"}`, true},
		{"a group, by type", "", `{"type":"Group","identifier":{"value":"7"}}`, true},

		{"another id", "", `{"reference":"Patient/q"}`, false},
		{"another id, absolute", "", `{"reference":"https://b.example/fhir/Patient/q"}`, false},
		{"an id that begins the same", "", `{"reference":"Patient/p2"}`, false},
		{"another UUID", "urn:uuid:" + uuid, `{"reference":"urn:uuid:1c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"}`, false},
		{"another NHS number", "", `{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9434765919"}}`, false},
		{"a number of another kind", "", `{"identifier":{"system":"https://others.example","value":"K7"}}`, false},
		{"a local number as another server's id", "", `{"reference":"https://b.example/Patient/K7"}`, false},
		{"conditional, another", "", `{"reference":"Patient?identifier=https://ids.example|K8"}`, false},
		{"conditional, by what we cannot ask", "", `{"reference":"Patient?family=Smith"}`, false},
		{"contained, but not there", "", `{"reference":"#nobody"}`, false},
		{"words beside an unknown address", "", `{"reference":"Patient/q","display":"John Smith"}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := bundle("collection", patientWithMuch, potassium(c.subject))
			if c.full != "" {
				in = strings.Replace(in, `{"resource":{"resourceType":"Patient"`, `{"fullUrl":"`+c.full+`","resource":{"resourceType":"Patient"`, 1)
			}
			s := mustParse(t, in)
			sec := s.Sections[0]
			if sec.Kind != Results || len(sec.Items)+len(sec.Unreadable) != 1 {
				t.Fatalf("%s: %d items, %d unreadable", sec.Kind, len(sec.Items), len(sec.Unreadable))
			}
			if (len(sec.Items) == 1) != c.theirs || hasWarning(s, WarnUnknownPerson) == c.theirs {
				t.Errorf("theirs: %v, warned: %v", len(sec.Items) == 1, hasWarning(s, WarnUnknownPerson))
			}
		})
	}
}

// TestAnUnknownPersonsResultStandsApart: visible, counted and not this
// person's, wherever the source put it. H2
func TestAnUnknownPersonsResultStandsApart(t *testing.T) {
	stranger := potassium(`{"reference":"Patient/q","display":"Mary Jones"}`)
	for name, in := range map[string]string{
		"in a section":  doc(sec("30954-2", "", "Observation/k"), stranger),
		"in no section": doc("", stranger),
		"in a list":     bundle("searchset", johnSmith, `{"resourceType":"List","title":"Results","entry":[{"item":{"reference":"Observation/k"}}]}`, stranger),
		"in no list":    bundle("searchset", johnSmith, stranger),
		"contained": bundle("document", strings.Replace(strings.TrimSuffix(strings.TrimPrefix(doc(sec("30954-2", "", "#k")), `{"resourceType":"Bundle","id":"b","type":"document","entry":[{"resource":`), `},{"resource":`+johnSmith+`}]}`),
			`"section"`, `"contained":[`+stranger+`],"section"`, 1), johnSmith),
	} {
		t.Run(name, func(t *testing.T) {
			s := mustParse(t, in)
			if len(s.Sections) != 1 {
				t.Fatalf("%d sections", len(s.Sections))
			}
			sec := s.Sections[0]
			if len(sec.Items)+len(sec.Ended)+len(sec.Negations) != 0 || len(sec.Unreadable) != 1 {
				t.Fatalf("%d items, %d unreadable", len(sec.Items), len(sec.Unreadable))
			}
			u := sec.Unreadable[0]
			if u.Cause != "it names another or an unknown person" || u.Path == "" {
				t.Errorf("cause %q, path %q", u.Cause, u.Path)
			}
			for _, words := range []string{"Potassium", "6.4 mmol/L", "01-Sep-2026", "Mary Jones"} {
				if !strings.Contains(u.Text, words) {
					t.Errorf("%q is not shown", words)
				}
			}
			if sec.State != NotAvailable || s.EntriesUnreadable != 1 && name != "contained" {
				t.Errorf("state %v, %d unreadable", sec.State, s.EntriesUnreadable)
			}
		})
	}
}

// TestAStrangersAllergyIsNoState: neither an allergy nor the word that there is
// none is taken from somebody unknown. H2, H3, P3
func TestAStrangersAllergyIsNoState(t *testing.T) {
	for name, code := range map[string]string{"an allergy": snomedCode("91936005", "Allergy to penicillin"), "none known": snomedCode("716186003", "No known allergy")} {
		stranger := strings.Replace(allergy("a", code), "Patient/p", "Patient/q", 1)
		for where, in := range map[string]string{"section": doc(sec(allergiesLOINC, "", "AllergyIntolerance/a"), stranger), "bundle": bundle("searchset", johnSmith, stranger)} {
			c := mustParse(t, in).Card(someDay)
			if tile := c.Tiles[TileAllergies]; c.Allergy != AllergiesUnavailable || len(tile.Items)+len(tile.More) != 0 {
				t.Errorf("%s in a %s: %q, %d items", name, where, c.Allergy, len(tile.Items))
			}
		}
	}
}

// TestAStrangersItemIsMissedOnItsTile: it may be this person's, so a tile it
// would stand on says that something could not be read, in whatever section it
// came. H3, H5
func TestAStrangersItemIsMissedOnItsTile(t *testing.T) {
	stranger := strings.Replace(allergy("a", `{"text":"Penicillin"}`), "Patient/p", "Patient/q", 1)
	for name, in := range map[string]string{
		"none known":              doc(sec(allergiesLOINC, emptyReason("nilknown")), stranger),
		"none known, in an alert": doc(sec(allergiesLOINC, emptyReason("nilknown"))+","+sec("104605-1", "", "AllergyIntolerance/a"), stranger),
	} {
		if c := mustParse(t, in).Card(someDay); c.Allergy != AllergiesUnavailable || c.Tiles[TileAllergies].Note != "1 item could not be read" {
			t.Errorf("%s: %q, %q", name, c.Allergy, c.Tiles[TileAllergies].Note)
		}
	}
	med := func(id, who string) string {
		return `{"resourceType":"MedicationRequest","id":"` + id + `","status":"active","subject":{"reference":"Patient/` + who + `"},"medicationCodeableConcept":{"text":"Warfarin"}}`
	}
	tile := mustParse(t, doc(sec("10160-0", "", "MedicationRequest/1"), med("1", "p"), med("2", "q"))).Card(someDay).Tiles[TileMedicines]
	if len(tile.Items) != 1 || tile.Note != "1 item could not be read" {
		t.Errorf("%d medicines, %q", len(tile.Items), tile.Note)
	}
}

// TestAStrangersLabelledItemHasNoWords: a list of the unreadable carries no
// labels for policy to judge, so what a label restricts is only counted there.
func TestAStrangersLabelledItemHasNoWords(t *testing.T) {
	stranger := strings.Replace(potassium(`{"reference":"Patient/q"}`), `"status"`, `"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"status"`, 1)
	u := mustParse(t, bundle("searchset", johnSmith, stranger)).Sections[0].Unreadable
	if len(u) != 1 || u[0].Text != "" || u[0].Cause == "" {
		t.Errorf("%d unreadable", len(u))
	}
}

// TestAStrangersItemKeepsWhatTurnsItsMeaning: status, certainty and unknown
// modifiers stand in the words too. H2, H5
func TestAStrangersItemKeepsWhatTurnsItsMeaning(t *testing.T) {
	stranger := strings.Replace(allergy("a", `{"text":"Penicillin"}`, `,"clinicalStatus":{"coding":[{"code":"resolved"}]},"verificationStatus":{"coding":[{"code":"refuted"}]},`+
		`"modifierExtension":[{"url":"https://x.example/negated","valueBoolean":true}]`, div("<ul><li>As the mother says</li></ul><table><tr><td>a</td><td>b</td></tr></table>")), "Patient/p", "Patient/q", 1)
	text := mustParse(t, bundle("searchset", johnSmith, stranger)).Sections[0].Unreadable[0].Text
	for _, words := range []string{"Allergy or intolerance: Penicillin\n", "Names: Patient", "Now: Refuted", "Status: Resolved", "Certainty: Refuted", "Do not rely: ", "Negated: Yes", "\nAs the mother says", "\na | b"} {
		if !strings.Contains(text, words) {
			t.Errorf("%q is not shown", words)
		}
	}
	if strings.Count(text, "Certainty: ") != 1 {
		t.Error("the certainty stands twice")
	}
}

// TestTheNameOfTheSummaryItself: where the summary calls its person by an
// address that leads nowhere, so may its items; any other name is a stranger's. H2
func TestTheNameOfTheSummaryItself(t *testing.T) {
	for name, c := range map[string]struct {
		in     string
		theirs bool
	}{
		"one Patient, the same":  {docAbout(`{"reference":"Patient/x"}`, "", johnSmith, potassium(`{"reference":"https://a.example/Patient/x"}`)), true},
		"one Patient, another":   {docAbout(`{"reference":"Patient/x"}`, "", johnSmith, potassium(`{"reference":"Patient/q"}`)), false},
		"no Patient, the same":   {docAbout(`{"reference":"Patient/x","display":"John Smith"}`, "", potassium(`{"reference":"Patient/x"}`)), true},
		"no Patient, another":    {docAbout(`{"reference":"Patient/x","display":"John Smith"}`, "", potassium(`{"reference":"Patient/q"}`)), false},
		"no Patient, by number":  {docAbout(`{"identifier":{"system":"https://ids.example","value":"K7"}}`, "", potassium(`{"identifier":{"system":"https://ids.example","value":"K7"}}`)), true},
		"no Patient, words only": {docAbout(`{"display":"John Smith"}`, "", potassium(`{"reference":"Patient/q"}`)), true},
	} {
		s := mustParse(t, c.in)
		if s.Person == nil || len(s.Sections) != 1 || (len(s.Sections[0].Items) == 1) != c.theirs {
			t.Errorf("%s: %d sections, %d unreadable", name, len(s.Sections), s.EntriesUnreadable)
		}
	}
}

// TestAStrangersRelativesAndSummaries: next of kin and further compositions
// are the person's own or nobody's. H2
func TestAStrangersRelativesAndSummaries(t *testing.T) {
	s := mustParse(t, doc("", `{"resourceType":"RelatedPerson","id":"w","patient":{"reference":"Patient/q"},"name":[{"text":"Joy"}]}`))
	if len(s.Person.Contacts) != 0 || s.EntriesUnreadable != 1 {
		t.Errorf("%d contacts, %d unreadable", len(s.Person.Contacts), s.EntriesUnreadable)
	}
	s = mustParse(t, doc("", `{"resourceType":"Composition","id":"d","title":"Another summary","subject":{"reference":"Patient/q"},"section":[`+sec("11450-4", "", "Condition/x")+`]}`, condition("x", "Gout")))
	if len(s.Sections) != 1 || s.Sections[0].Kind != Other || len(s.Sections[0].Items) != 1 || len(s.Sections[0].Unreadable) != 1 {
		t.Errorf("%d sections", len(s.Sections))
	}
}

// TestStrangersInTheDemonstration: of the made-up people those with a result of
// somebody else show it apart, and nobody else has any. H2
func TestStrangersInTheDemonstration(t *testing.T) {
	with := 0
	for doc := range people.Generate(1, 60) {
		s := mustParse(t, string(doc.JSON))
		want := 0
		if strings.Contains(string(doc.JSON), "XrayPlate") {
			want = 1
			with++
		}
		got := strangersIn(s.Sections)
		if len(got) != want || hasWarning(s, WarnUnknownPerson) != (want == 1) {
			t.Fatalf("%d strangers, want %d", len(got), want)
		}
		for _, u := range got {
			if !strings.Contains(u.Text, "6.4 mmol/L") {
				t.Error("the result is not shown")
			}
		}
		for _, tile := range s.Card(someDay).Tiles {
			for _, it := range slices.Concat(tile.Items, tile.More) {
				if strings.Contains(it.Title, "Potassium") {
					t.Error("somebody else's result stands on the card")
				}
			}
		}
	}
	if with == 0 {
		t.Error("nobody has a result of somebody else")
	}
}

func strangersIn(sections []Section) []Unreadable {
	var out []Unreadable
	for _, sec := range sections {
		for _, u := range sec.Unreadable {
			if u.Cause == causeUnknownPerson {
				out = append(out, u)
			}
		}
		out = append(out, strangersIn(sec.Nested)...)
	}
	return out
}

// TestStrangersInPublicData counts what the rule takes out of real documents:
// two items of one of them, which name Patient/1 in a record of somebody else.
func TestStrangersInPublicData(t *testing.T) {
	found := map[string]int{}
	bundles := 0
	eachExample(t, func(path string, raw []byte) {
		s, err := Parse(raw)
		if err != nil || s.Person == nil || s.Kind == KindResource {
			return
		}
		bundles++
		if n := len(strangersIn(s.Sections)); n > 0 {
			found[path] = n
		}
	})
	if bundles < 100 {
		t.Errorf("only %d bundles about a person", bundles)
	}
	const author = "ips/connectathon/archive--US_Washington_GDHP_original.json"
	if len(found) != 1 || found[author] != 2 {
		t.Errorf("%v", found)
	}
	t.Logf("%d bundles about a person", bundles)
}
