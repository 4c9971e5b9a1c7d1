package record

import (
	"strings"
	"testing"
)

func flag(id, code, display, period, more string) string {
	return `{"resourceType":"Flag","id":"` + id + `","status":"active","subject":{"reference":"Patient/p"},"code":` + snomedCode(code, display) +
		`,"period":` + period + `,"author":{"display":"Dr Ann Lee, GP"}` + more + `}`
}

func TestCardOrder(t *testing.T) { // P3, domain.md 1.4, screens.md 4
	c := mustParse(t, doc("")).Card(someDay)
	want := []string{"CPR, ReSPECT, refusals", "Allergies unavailable", "Alerts", "Current medicines", "Active problems", "Devices and implants", "Contingency plan", "Contacts", "Communication, interpreter, capacity", "Recent contacts"}
	for i, tile := range c.Tiles {
		if tile.Title != want[i] || tile.State != NotAvailable {
			t.Errorf("%d: %q %v", i, tile.Title, tile.State)
		}
	}
	if c.Source != "Elm Road Surgery" || c.AsAt.Format() != "02-Oct-2026 09:30" {
		t.Errorf("%q %q", c.Source, c.AsAt.Format())
	}
}

func TestCPRTile(t *testing.T) { // H4
	s := mustParse(t, doc("",
		flag("old", "450475007", "For attempted CPR", `{"start":"2024-01-05"}`, ""),
		flag("new", "450476008", "Not for attempted CPR", `{"start":"2026-03-01","end":"2026-10-01"}`, ""),
		strings.Replace(flag("gone", "450475007", "For attempted CPR", `{"start":"2026-09-01"}`, ""), `"active"`, `"entered-in-error"`, 1)))
	c := s.Card(someDay)
	d, tile := c.CPR, c.Tiles[TileCPR]
	if d == nil || d.Words != "Not for attempted CPR" || d.Decided.Format() != "01-Mar-2026" || d.Review.Format() != "01-Oct-2026" || !d.ReviewPassed {
		t.Fatal("the newest decision in force does not lead")
	}
	if d.ReviewNote != "Review date passed 01-Oct-2026" || d.Author != "Dr Ann Lee, GP" || d.Source != "Elm Road Surgery" || d.Confirm != "Confirm the original form" || !d.Conflict {
		t.Errorf("%q %q %q %v", d.ReviewNote, d.Author, d.Source, d.Conflict)
	}
	if len(tile.Items) != 1 || len(tile.More) != 2 || !strings.Contains(tile.Note, "Conflicting") || tile.State != Recorded {
		t.Errorf("%d on the tile, %d beneath, %q", len(tile.Items), len(tile.More), tile.Note)
	}
	if len(c.Tiles[TileAlerts].Items) != 0 {
		t.Error("a CPR decision stands among the alerts")
	}
	if got := mustParse(t, doc("")).Card(someDay); got.CPR != nil || got.Tiles[TileCPR].Note != "No CPR decision is held here. That does not mean there is none." {
		t.Errorf("%q", got.Tiles[TileCPR].Note)
	}
	if c := mustParse(t, doc(sec("42348-3", emptyReason("nilknown")))).Card(someDay); c.Tiles[TileCPR].State != KnownNone || c.Tiles[TileCPR].Note != cprNone {
		t.Errorf("%v %q", c.Tiles[TileCPR].State, c.Tiles[TileCPR].Note)
	}
}

func TestCPRInConsentAndForms(t *testing.T) {
	s := mustParse(t, doc(sec("42348-3", "", "Consent/d"),
		`{"resourceType":"Consent","id":"d","status":"active","scope":{"coding":[{"code":"treatment"}]},"category":[{"coding":[{"code":"dnr","display":"Do Not Resuscitate"}]}],"patient":{"reference":"Patient/p"},"dateTime":"2021-09-01","provision":{"code":[`+snomedCode("304253006", "Not for resuscitation")+`]}}`))
	c := s.Card(someDay)
	if c.CPR == nil || !strings.HasPrefix(c.CPR.Words, "Not for resuscitation (a consent record") || c.Tiles[TileCPR].Note == cprNone {
		t.Error("a consent about resuscitation is passed over")
	}
	s = mustParse(t, doc("", `{"resourceType":"DocumentReference","id":"r","status":"current","subject":{"reference":"Patient/p"},"type":`+snomedCode("1382601000000107", "ReSPECT form")+`,"date":"2026-05-01","content":[{"attachment":{"contentType":"application/pdf"}}]}`))
	tile := s.Card(someDay).Tiles[TileCPR]
	if len(tile.Items) != 1 || tile.Items[0].Title != "ReSPECT form" || tile.Note != cprRead || tile.State != Recorded {
		t.Errorf("%d items, %q", len(tile.Items), tile.Note)
	}
}

func TestHighRiskFirst(t *testing.T) {
	med := func(id, name, status string) string {
		return `{"resourceType":"MedicationStatement","id":"` + id + `","status":"` + status + `","subject":{"reference":"Patient/p"},"medicationCodeableConcept":{"text":"` + name + `"},"dosage":[{"text":"one a day"}]}`
	}
	s := mustParse(t, doc(sec("10160-0", "", "MedicationStatement/1", "MedicationStatement/2", "MedicationStatement/3", "MedicationStatement/4"),
		med("1", "Paracetamol 500 mg", "active"), med("2", "Apixaban 5 mg", "active"), med("3", "Oramorph 10 mg/5 ml", "unknown"), med("4", "Insulin glargine", "stopped")))
	tile := s.Card(someDay).Tiles[TileMedicines]
	if len(tile.Items) != 3 || tile.Items[0].HighRisk != "anticoagulant" || tile.Items[1].HighRisk != "opioid" || tile.Items[2].HighRisk != "" || len(tile.More) != 1 {
		t.Errorf("%d current, %d ended", len(tile.Items), len(tile.More))
	}
}

func TestHighRiskNames(t *testing.T) {
	for name, want := range map[string]string{
		"Warfarin 1 mg tablets": "anticoagulant", "WARFARIN": "anticoagulant", "Co-codamol 8mg/500mg effervescent tablets": "opioid", "NovoRapid FlexPen": "insulin",
		"sodium valproate 200 mg": "antiepileptic", "Prednisolone 5mg": "steroid", "methotrexate 2.5 mg": "immunosuppressant", "Paracetamol": "", "Amoxicillin": "", "unwarfarined": "", "": "",
	} {
		if got := highRisk(name, nil); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if highRisk("?", []Coding{{System: "http://www.whocc.no/atc", Code: "B01AF02"}}) != "anticoagulant" || highRisk("?", []Coding{{System: snomed, Code: "372756006"}}) != "anticoagulant" {
		t.Error("a code is not known")
	}
}

func TestDoseAsWritten(t *testing.T) { // H9
	for in, want := range map[string]string{
		`[{"text":"ONE to be taken  at NIGHT","doseAndRate":[{"doseQuantity":{"value":1,"unit":"tablet"}}]}]`:                                                        "ONE to be taken  at NIGHT",
		`[{"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d","when":["PC"]}},"doseAndRate":[{"doseQuantity":{"value":0.50,"unit":"mg"}}]}]`:              "0.50 mg, 2 times every day, after meals",
		`[{"timing":{"code":{"text":"BID"}},"asNeededBoolean":true,"doseAndRate":[{"doseRange":{"low":{"value":1,"unit":"tab"},"high":{"value":2,"unit":"tab"}}}]}]`: "1 tab to 2 tab, BID, as needed",
		`[{"doseQuantity":{"value":5,"unit":"ml"}}]`: "5 ml",
		`"as directed"`: "as directed",
		`[]`:            "",
	} {
		s := mustParse(t, `{"resourceType":"MedicationStatement","medicationCodeableConcept":{"text":"X"},"dosage":`+in+`}`)
		if it := s.Sections[0].Items[0]; it.Dose != want || want == "" && it.Field("Dose") != "Not recorded" {
			t.Errorf("%s: %q", in, it.Dose)
		}
	}
}

func TestAlertsContingencyAndContacts(t *testing.T) {
	s := mustParse(t, doc("",
		flag("k", "1", "Key safe: ask control", `{"start":"2025-01-01"}`, ""), flag("s", "2", "Child protection plan", `{}`, ""),
		`{"resourceType":"CarePlan","id":"c","status":"active","subject":{"reference":"Patient/p"},"category":[`+snomedCode("325691000000100", "Contingency plan")+`],"title":"If chest pain","description":"Call the cardiac nurse"}`,
		`{"resourceType":"Encounter","id":"e","status":"finished","subject":{"reference":"Patient/p"},"class":{"code":"EMER"},"period":{"start":"2026-09-01"}}`,
		`{"resourceType":"CareTeam","id":"t","name":"Community matron","subject":{"reference":"Patient/p"}}`))
	c := s.Card(someDay)
	alerts := c.Tiles[TileAlerts].Items
	if len(alerts) != 2 || alerts[0].Title != "Key safe: ask control" || alerts[0].Safeguard || !alerts[1].Safeguard {
		t.Errorf("%d alerts", len(alerts))
	}
	for kind, title := range map[TileKind]string{TileContingency: "If chest pain", TileRecent: "Emergency", TileContacts: "Community matron"} {
		if items := c.Tiles[kind].Items; len(items) != 1 || items[0].Title != title {
			t.Errorf("tile %d: %d items", kind, len(items))
		}
	}
}

func TestAllergyTileShowsTheDangerousFirst(t *testing.T) {
	s := mustParse(t, doc(sec(allergiesLOINC, "", "AllergyIntolerance/a", "AllergyIntolerance/b"),
		allergy("a", `{"text":"Nickel"}`, `,"criticality":"low"`),
		allergy("b", `{"text":"Penicillin"}`, `,"criticality":"high","recordedDate":"2020-05-01","verificationStatus":{"coding":[{"code":"confirmed"}]},"reaction":[{"manifestation":[{"text":"Anaphylaxis"}],"severity":"severe"}]`)))
	it := s.Card(someDay).Tiles[TileAllergies].Items[0]
	if it.Title != "Penicillin" || it.Reaction != "Anaphylaxis" || it.Severity != "Severe" || it.Criticality != "High" || it.Certainty != "Confirmed" || it.Updated.Format() != "01-May-2020" {
		t.Error("substance, reaction, severity, certainty or date differ")
	}
}
