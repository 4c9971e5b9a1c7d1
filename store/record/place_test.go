package record

import (
	"strings"
	"testing"
)

const contingencyPlan = `{"resourceType":"CarePlan","id":"c","status":"active","subject":{"reference":"Patient/p"},"category":[{"text":"Plan"},{"coding":[{"system":"http://snomed.info/sct","code":"734163000"},` +
	`{"system":"http://snomed.info/sct","code":"325691000000100","display":"Contingency plan"}]}],"title":"If chest pain","description":"Call the cardiac nurse"}`

// TestAContingencyPlanReachesItsTile from wherever the source put it.
func TestAContingencyPlanReachesItsTile(t *testing.T) {
	plain := strings.Replace(contingencyPlan, `"325691000000100"`, `"1"`, 1)
	headed := `{"title":"Contingency plan","code":{"coding":[{"system":"http://snomed.info/sct","code":"325691000000100"}]},"entry":[{"reference":"CarePlan/c"}]}`
	for name, in := range map[string]string{
		"plan of care":                    doc(sec("18776-5", "", "CarePlan/c"), contingencyPlan),
		"documents":                       doc(sec("34109-9", "", "CarePlan/c"), contingencyPlan),
		"a section of no kind":            doc(`{"title":"Bits","entry":[{"reference":"CarePlan/c"}]}`, contingencyPlan),
		"a nested section":                doc(`{"title":"Outer","section":[`+sec("18776-5", "", "CarePlan/c")+`]}`, contingencyPlan),
		"no section":                      doc("", contingencyPlan),
		"a search result":                 bundle("searchset", johnSmith, contingencyPlan),
		"a list":                          bundle("searchset", johnSmith, `{"resourceType":"List","entry":[{"item":{"reference":"CarePlan/c"}}]}`, contingencyPlan),
		"its section":                     doc(headed, plain),
		"its section, after another":      doc(sec("18776-5", "", "CarePlan/c")+","+headed, plain),
		"its section, before another":     doc(headed+","+sec("18776-5", "", "CarePlan/c"), contingencyPlan),
		"an empty one of its own beside":  doc(strings.Replace(headed, `,"entry":[{"reference":"CarePlan/c"}]`, "", 1)+","+sec("18776-5", "", "CarePlan/c"), contingencyPlan),
		"an advance care plan as well":    doc(sec("18776-5", "", "CarePlan/c"), strings.Replace(contingencyPlan, "734163000", "736366004", 1)),
		"an emergency health care plan":   doc(sec("18776-5", "", "CarePlan/c"), strings.Replace(contingencyPlan, "325691000000100", "887701000000100", 1)),
		"a plan contained in the summary": strings.Replace(doc(sec("18776-5", "", "#c")), `"section":[`, `"contained":[`+contingencyPlan+`],"section":[`, 1),
	} {
		tile := mustParse(t, in).Card(someDay).Tiles[TileContingency]
		if len(tile.Items) != 1 || tile.State != Recorded || tile.Items[0].Title != "If chest pain" {
			t.Errorf("%s: %d items, %v, %q", name, len(tile.Items), tile.State, tile.Note)
		}
	}
	tile := mustParse(t, doc(sec("18776-5", "", "CarePlan/c"), strings.Replace(contingencyPlan, `"active"`, `"completed"`, 1))).Card(someDay).Tiles[TileContingency]
	if len(tile.Items) != 0 || len(tile.More) != 1 {
		t.Errorf("ended: %d items, %d beneath", len(tile.Items), len(tile.More))
	}
}

// TestAnItemInTwoSections stands on the tile of each, once.
func TestAnItemInTwoSections(t *testing.T) {
	med := `{"resourceType":"MedicationStatement","id":"m","status":"active","subject":{"reference":"Patient/p"},"medicationCodeableConcept":{"text":"Apixaban 5 mg"}}`
	past := `{"title":"Discontinued","code":{"coding":[{"code":"DiscRepeatMedsHeader"}]},"entry":[{"reference":"MedicationStatement/m"}]}`
	for name, sections := range map[string]string{"past first": past + "," + sec("10160-0", "", "MedicationStatement/m"), "past last": sec("10160-0", "", "MedicationStatement/m") + "," + past} {
		if tile := mustParse(t, doc(sections, med)).Card(someDay).Tiles[TileMedicines]; len(tile.Items) != 1 {
			t.Errorf("%s: %d medicines", name, len(tile.Items))
		}
	}
	both := sec("11450-4", "", "Condition/x") + "," + sec("11348-0", "", "Condition/x")
	for name, sections := range map[string]string{"problem": both, "problem twice": both + "," + sec("11450-4", "", "Condition/x")} {
		if tile := mustParse(t, doc(sections, condition("x", "Gout"))).Card(someDay).Tiles[TileProblems]; len(tile.Items) != 1 {
			t.Errorf("%s: %d problems", name, len(tile.Items))
		}
	}
	twice := sec("42348-3", "", "Flag/f") + "," + sec("104605-1", "", "Flag/f")
	if tile := mustParse(t, doc(twice, flag("f", "450476008", "Not for attempted CPR", `{}`, ""))).Card(someDay).Tiles[TileCPR]; len(tile.Items) != 1 || len(tile.More) != 0 {
		t.Errorf("CPR: %d items, %d beneath", len(tile.Items), len(tile.More))
	}
	if tile := mustParse(t, doc(sec(allergiesLOINC, "", "AllergyIntolerance/a")+","+sec("104605-1", "", "AllergyIntolerance/a"), allergy("a", `{"text":"Nickel"}`))).Card(someDay).Tiles[TileAllergies]; len(tile.Items) != 1 {
		t.Errorf("allergies: %d items", len(tile.Items))
	}
}

// TestHeadingsOfTheCoreInformationStandard by title alone, and notes by code.
// R10, domain.md 1.2
func TestHeadingsOfTheCoreInformationStandard(t *testing.T) {
	for title, want := range map[string]SectionKind{
		"Individual requirements": IndividualNeeds, "Reasonable adjustments": IndividualNeeds, "Communication and interpreter": IndividualNeeds,
		"Notes and reports": Documents, "Documents": Documents, "About me": Preferences, "Legal information": LegalInformation,
		"Contacts with professionals": CareContacts, "Professional contacts": PersonalContacts, "Personal contacts": PersonalContacts,
		"Admissions and discharges": CareContacts, "End of life care": AdvanceDirectives, "Assessments": Assessments,
		"Information from carers and relatives": CarerInformation, "Contingency plan": ContingencyPlan, "Family history": FamilyHistory,
		"Risk assessments": Alerts, "Safeguarding": Other, "Research participation": Other, "Care funding and services": Other,
	} {
		s := mustParse(t, doc(`{"title":"`+title+`"`+div("<p>words</p>")+`}`))
		if got := s.Sections[0]; got.Kind != want || got.Title != title {
			t.Errorf("%s: %s, want %s", title, got.Kind, want)
		}
	}
	s := mustParse(t, doc(sec("34109-9", "", "DocumentReference/d"), `{"resourceType":"DocumentReference","id":"d","subject":{"reference":"Patient/p"},"type":{"text":"Discharge summary"}}`))
	if got := s.Sections[0]; got.Kind != Documents || len(got.Items) != 1 {
		t.Errorf("%s, %d items", got.Kind, len(got.Items))
	}
	needs := mustParse(t, doc(`{"title":"Individual requirements"`+div("<p>Hard of hearing in both ears</p>")+`}`)).Card(someDay).Tiles[TileCommunication]
	if needs.State != Recorded || len(needs.Narrative) != 1 {
		t.Errorf("communication: %v, %d narratives", needs.State, len(needs.Narrative))
	}
}
