package record

import (
	"strings"
	"testing"
	"time"
)

var someDay = time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)

const allergiesLOINC = "48765-2"

func emptyReason(code string) string {
	return `,"emptyReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/list-empty-reason","code":"` + code + `"}]}`
}

// TestFourStatesNeverMerge: present, known none, not recorded and not available
// stay apart, whatever the encoding. P3, domain.md 1.1
func TestFourStatesNeverMerge(t *testing.T) {
	ips := func(code string) string {
		return `{"coding":[{"system":"http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips","code":"` + code + `"}]}`
	}
	active := `,"clinicalStatus":{"coding":[{"code":"active"}]}`
	entry := func(code string, more ...string) string {
		return doc(sec(allergiesLOINC, "", "AllergyIntolerance/a"), allergy("a", code, more...))
	}
	for _, c := range []struct {
		name, in string
		section  State
		title    AllergyState
		note     string
	}{
		{"an allergy", entry(snomedCode("91936005", "Allergy to penicillin"), active), Recorded, KnownAllergies, ""},
		{"nilknown", doc(sec(allergiesLOINC, emptyReason("nilknown"))), KnownNone, NoKnownAllergies, "states that there is none"},
		{"SNOMED no known allergy", entry(snomedCode("716186003", "No known allergy")), KnownNone, NoKnownAllergies, "No known allergy"},
		{"SNOMED no known drug allergy", entry(snomedCode("409137002", "No known drug allergy")), KnownNone, NoKnownAllergies, "stated for medicines only"},
		{"IPS no-known-allergies", entry(ips("no-known-allergies")), KnownNone, NoKnownAllergies, "no-known-allergies"},
		{"IPS no-known-food-allergies", entry(ips("no-known-food-allergies")), KnownNone, AllergiesNotRecorded, "stated for food only"},
		{"IPS no-allergy-info", entry(ips("no-allergy-info")), NotRecorded, AllergiesNotRecorded, "no-allergy-info"},
		{"SNOMED no information", entry(snomedCode("1287211007", "No information available")), NotRecorded, AllergiesNotRecorded, "No information available"},
		{"uncoded words", entry(`{"text":"No known allergies"}`), NotRecorded, AllergiesNotRecorded, `As written: "No known allergies"`},
		{"words that name a thing", entry(`{"text":"No known allergies except penicillin"}`), Recorded, KnownAllergies, ""},
		{"notasked", doc(sec(allergiesLOINC, emptyReason("notasked"))), NotRecorded, AllergiesNotRecorded, "Not asked"},
		{"notstarted", doc(sec(allergiesLOINC, emptyReason("notstarted"))), NotRecorded, AllergiesNotRecorded, "Not started"},
		{"unavailable", doc(sec(allergiesLOINC, emptyReason("unavailable"))), NotAvailable, AllergiesUnavailable, "no information available"},
		{"withheld", doc(sec(allergiesLOINC, emptyReason("withheld"))), NotAvailable, AllergiesUnavailable, "Withheld"},
		{"a reason unknown to us", doc(sec(allergiesLOINC, emptyReason("qqq"))), NotAvailable, AllergiesUnavailable, "The source says: qqq"},
		{"narrative only", doc(sec(allergiesLOINC, div("<p>No known allergies</p>"))), Recorded, AllergiesUnavailable, "As written by the source"},
		{"nothing at all", doc(sec(allergiesLOINC, "")), NotRecorded, AllergiesNotRecorded, "sent this section empty"},
		{"unresolvable", doc(sec(allergiesLOINC, "", "AllergyIntolerance/gone")), NotAvailable, AllergiesUnavailable, "1 item could not be read"},
		{"refuted", entry(snomedCode("91936005", "Allergy to penicillin"), `,"verificationStatus":{"coding":[{"code":"refuted"}]}`), Recorded, AllergiesNotRecorded, "Only ended"},
		{"negation entered in error", entry(snomedCode("716186003", "No known allergy"), `,"verificationStatus":{"coding":[{"code":"entered-in-error"}]}`), Recorded, AllergiesNotRecorded, "Only ended"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := mustParse(t, c.in)
			if got := s.Sections[0].State; got != c.section || s.Sections[0].Kind != Allergies {
				t.Errorf("section %s: state %v, want %v", s.Sections[0].Kind, got, c.section)
			}
			card := s.Card(someDay)
			tile := card.Tiles[TileAllergies]
			if card.Allergy != c.title || tile.Title != c.title.String() {
				t.Errorf("title %q, want %q", tile.Title, c.title)
			}
			if !strings.Contains(tile.Note, c.note) {
				t.Errorf("note %q, want %q in it", tile.Note, c.note)
			}
			if (card.Allergy == KnownAllergies) != (len(tile.Items) > 0) {
				t.Errorf("%d allergies under %q", len(tile.Items), tile.Title)
			}
		})
	}
}

func TestNoSectionIsNotNone(t *testing.T) { // domain.md 2.2: not supplied
	card := mustParse(t, doc(sec("11450-4", emptyReason("nilknown")))).Card(someDay)
	if card.Allergy != AllergiesUnavailable || card.Tiles[TileAllergies].Note != notSent {
		t.Errorf("%q %q", card.Allergy, card.Tiles[TileAllergies].Note)
	}
	if p := card.Tiles[TileProblems]; p.State != KnownNone {
		t.Errorf("problems %v", p.State)
	}
	if m := card.Tiles[TileMedicines]; m.State != NotAvailable || m.Note != notSent {
		t.Errorf("medicines %v %q", m.State, m.Note)
	}
}

func TestOtherNegations(t *testing.T) { // domain.md 1.1
	s := mustParse(t, doc(sec("11450-4", "", "Condition/x")+","+sec("10160-0", "", "MedicationStatement/m"),
		`{"resourceType":"Condition","id":"x","subject":{"reference":"Patient/p"},"code":`+snomedCode("160245001", "No current problems or disability")+`}`,
		`{"resourceType":"MedicationStatement","id":"m","status":"active","subject":{"reference":"Patient/p"},"medicationCodeableConcept":`+snomedCode("787481004", "No known medications")+`}`))
	for i, sec := range s.Sections {
		if sec.State != KnownNone || len(sec.Items) != 0 || len(sec.Negations) != 1 {
			t.Errorf("section %d: %v, %d items", i, sec.State, len(sec.Items))
		}
	}
	if card := s.Card(someDay); card.Tiles[TileProblems].State != KnownNone || card.Tiles[TileMedicines].State != KnownNone {
		t.Error("the card does not say known none")
	}
}

// TestNegationBesideAnAllergy: the allergy stands, the contradiction is said.
func TestNegationBesideAnAllergy(t *testing.T) {
	s := mustParse(t, doc(sec(allergiesLOINC, "", "AllergyIntolerance/a", "AllergyIntolerance/n"),
		allergy("a", snomedCode("91936005", "Allergy to penicillin")), allergy("n", snomedCode("716186003", "No known allergy"))))
	card := s.Card(someDay)
	if card.Allergy != KnownAllergies || len(card.Tiles[TileAllergies].Items) != 1 || !hasWarning(s, WarnContradiction) {
		t.Errorf("%q, %d items, warnings %d", card.Allergy, len(card.Tiles[TileAllergies].Items), len(s.Warnings))
	}
	if !strings.Contains(card.Tiles[TileAllergies].Note, "The source also says: No known allergy") {
		t.Errorf("note %q", card.Tiles[TileAllergies].Note)
	}
}

// TestAllergyOutsideItsSection: an allergy that no section names is an allergy.
func TestAllergyOutsideItsSection(t *testing.T) {
	s := mustParse(t, doc(sec(allergiesLOINC, emptyReason("nilknown")), allergy("a", snomedCode("91936005", "Allergy to penicillin"))))
	if card := s.Card(someDay); card.Allergy != KnownAllergies {
		t.Errorf("%q", card.Allergy)
	}
}

func TestOneUnreadableAllergyForbidsNone(t *testing.T) { // H3, H5
	s := mustParse(t, doc(sec(allergiesLOINC, "", "AllergyIntolerance/n", "AllergyIntolerance/gone"), allergy("n", snomedCode("716186003", "No known allergy"))))
	if card := s.Card(someDay); card.Allergy != AllergiesUnavailable {
		t.Errorf("%q", card.Allergy)
	}
	if s.EntriesMissing != 1 || !hasWarning(s, WarnMissingItems) {
		t.Error("the missing item is not counted")
	}
}

func TestUKListWithEmptyReason(t *testing.T) {
	list := func(more string) string {
		return bundle("collection", johnSmith, `{"resourceType":"List","status":"current","mode":"snapshot","title":"Allergies and adverse reactions","subject":{"reference":"Patient/p"},"code":`+
			snomedCode("886921000000105", "Allergies and adverse reactions")+more+`}`)
	}
	for reason, want := range map[string]AllergyState{"nilknown": NoKnownAllergies, "notasked": AllergiesNotRecorded, "unavailable": AllergiesUnavailable} {
		if got := mustParse(t, list(emptyReason(reason))).Card(someDay).Allergy; got != want {
			t.Errorf("%s: %q, want %q", reason, got, want)
		}
	}
}
