package record

import (
	"strings"
	"testing"
	"time"
)

func TestBannerNames(t *testing.T) { // domain.md 2.2, ISB 1506
	for in, want := range map[string]string{
		`[{"family":"Smith","given":["John"],"prefix":["Mr"]}]`:           "SMITH, John (Mr)",
		`[{"family":"SMITH","given":["JOHN","PAUL"],"prefix":["MR."]}]`:   "SMITH, John Paul (Mr)",
		`[{"family":"Evans-West","given":["Jonathan"],"prefix":["Sir"]}]`: "EVANS-WEST, Jonathan (Sir)",
		`[{"family":"O'Brien","given":["MARY-ANN"]}]`:                     "O'BRIEN, Mary-Ann",
		`[{"family":"McDonald","given":["DeShawn"]}]`:                     "MCDONALD, DeShawn",
		`[{"text":"Ethel Barnaby"}]`:                                      "Ethel Barnaby",
		`[{"given":["Ethel"]}]`:                                           "Not known, Ethel",
		`[{"family":"Barnaby"}]`:                                          "BARNABY, Not known",
		`[]`:                                                              notKnown,
		`[{"use":"old","family":"Before"},{"use":"official","family":"Now","given":["A"]}]`:                 "NOW, A",
		`[{"use":"official","family":"B","given":["B"]},{"use":"usual","family":"A","given":["A"]}]`:        "A, A",
		`[{"use":"usual","family":"A","given":["A"],"period":{"end":"2020"}},{"family":"B","given":["B"]}]`: "B, B",
		`[{"use":"nickname","given":["Bob"]},{"use":"official","family":"B","given":["Robert"]}]`:           "B, Robert",
		`{"family":["Alone"],"given":"Single"}`:                                                             "ALONE, Single",
		`[{"family":"李","given":["小龙"]}]`:                                                                   "李, 小龙",
	} {
		s := mustParse(t, `{"resourceType":"Patient","name":`+in+`}`)
		if got := s.Person.BannerName(); got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
		if missing := want == notKnown; hasWarning(s, WarnNameMissing) != missing {
			t.Errorf("%s: name-missing warning is wrong", in)
		}
	}
	s := mustParse(t, `{"resourceType":"Patient","name":[{"use":"official","family":"B","given":["Robert"]},{"use":"nickname","given":["Bob"]}]}`)
	if got := s.Person.PreferredName(); got != "Bob" {
		t.Errorf("preferred %q", got)
	}
}

func TestBanner(t *testing.T) { // domain.md 2.2, ISB 1505
	b := mustParse(t, johnSmith).Person.Banner(someDay)
	if want := (Banner{Name: "SMITH, John (Mr)", Born: "14-Feb-1938 (88y)", Sex: "Male", NHS: "999 000 0018"}); b != want {
		t.Errorf("the banner differs: born %q, number %q, note %q", b.Born, b.NHS, b.NHSNote)
	}
	b = mustParse(t, strings.Replace(johnSmith, `"gender"`, `"deceasedDateTime":"2014-02-01","gender"`, 1)).Person.Banner(someDay)
	if !b.Dead || b.Died != "01-Feb-2014" || b.AgeAtDied != "75y" || b.Born != "14-Feb-1938" {
		t.Errorf("died %q at %q, born %q", b.Died, b.AgeAtDied, b.Born)
	}
	b = mustParse(t, `{"resourceType":"Patient","deceasedBoolean":true}`).Person.Banner(someDay)
	if !b.Dead || b.Died != notKnown || b.Born != notKnown || b.NHS != notKnown || b.Sex != notKnown || b.NHSNote == "" {
		t.Error("missing items are not said to be not known")
	}
	for code, want := range map[string]string{"male": "Male", "female": "Female", "other": "Not specified", "unknown": notKnown, "x": notKnown} {
		if got := mustParse(t, `{"resourceType":"Patient","gender":"`+code+`"}`).Person.Sex; got != want {
			t.Errorf("%s: %q", code, got)
		}
	}
}

func TestNHSNumberWarnsAndIsNeverHidden(t *testing.T) { // domain.md 2.1
	status := func(code string) string {
		return `,"extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus","valueCodeableConcept":{"coding":[{"code":"` + code + `"}]}}]`
	}
	const system = `{"system":"https://fhir.nhs.uk/Id/nhs-number"`
	for _, c := range []struct {
		name, ids, shown string
		warn             WarningCode
	}{
		{"good", system + `,"value":"9990000018"` + status("01") + `}`, "999 000 0018", ""},
		{"spaced", system + `,"value":"999 000 0018"}`, "999 000 0018", ""},
		{"fails Modulus 11 though verified", system + `,"value":"9000000012"` + status("01") + `}`, "900 000 0012", WarnNHSNumberInvalid},
		{"all alike", system + `,"value":"9999999999"}`, "999 999 9999", WarnNHSNumberInvalid},
		{"not ten digits", system + `,"value":"12345"}`, "12345", WarnNHSNumberInvalid},
		{"not verified", system + `,"value":"9990000018"` + status("03") + `}`, "999 000 0018", WarnNHSNumberUnverified},
		{"none", `{"system":"https://other.example","value":"9990000018"}`, notKnown, WarnNHSNumberMissing},
		{"two", system + `,"value":"9990000018"},` + system + `,"value":"9990000026"}`, "999 000 0018", WarnNHSNumberSeveral},
		{"a former one", system + `,"use":"old","value":"9990000026"},` + system + `,"value":"9990000018"}`, "999 000 0018", ""},
	} {
		s := mustParse(t, `{"resourceType":"Patient","identifier":[`+c.ids+`]}`)
		b := s.Person.Banner(someDay)
		if b.NHS != c.shown || (b.NHSNote != "") != (c.warn != "") || c.warn != "" && !hasWarning(s, c.warn) {
			t.Errorf("%s: %q, note %q", c.name, b.NHS, b.NHSNote)
		}
	}
}

func TestEndedNamesAndAddressesStay(t *testing.T) {
	s := mustParse(t, `{"resourceType":"Patient","name":[{"use":"usual","family":"Smith","given":["Jane"],"period":{"start":"2020-01-01","end":"2025-12-31"}}],
		"address":[{"use":"home","line":["1 Trevelyan Square","Boar Lane"],"city":"Leeds","postalCode":"ls16ae","period":{"end":"2025-12-31"}}],
		"telecom":[{"system":"phone","use":"home","value":"+44 (0)118 496 0123","period":{"end":"2025-12-31"}}]}`)
	p := s.Person
	if !p.Names[0].Ended || p.BannerName() != "SMITH, Jane" {
		t.Error("the ended name is hidden or not marked")
	}
	if a := p.Addresses[0]; !a.Ended || a.Line() != "1 Trevelyan Square, Boar Lane, Leeds, LS1 6AE" {
		t.Errorf("the ended address is hidden or not marked")
	}
	if x := p.Telecoms[0]; !x.Ended || x.Value != "0118 496 0123" {
		t.Error("the ended phone is hidden or not marked")
	}
	before, err := parse([]byte(`{"resourceType":"Patient","name":[{"family":"A","period":{"end":"2025-12-31"}}]}`), time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC))
	if err != nil || before.Person.Names[0].Ended {
		t.Error("a name is ended before its end")
	}
}

func TestRestrictedPeople(t *testing.T) { // domain.md 3.3
	label := func(code string) string {
		return strings.Replace(johnSmith, `"gender"`, `"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"`+code+`"}]},"gender"`, 1)
	}
	for code, want := range map[string][2]bool{"U": {false, false}, "N": {false, false}, "R": {true, false}, "V": {true, true}} {
		p := mustParse(t, label(code)).Person
		if p.Restricted != want[0] || p.Protected != want[1] || len(p.Addresses) != 0 {
			t.Errorf("%s: restricted %v, protected %v", code, p.Restricted, p.Protected)
		}
	}
}

func TestContactsLanguagesAndNeeds(t *testing.T) { // R10
	p := mustParse(t, `{"resourceType":"Patient","contact":[
		{"relationship":[{"coding":[{"code":"N"}]}],"name":{"text":"Joy Smith"},"telecom":[{"system":"phone","value":"01632 960001"}]},
		{"extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-ContactRank","valuePositiveInt":1}],"relationship":[{"coding":[{"code":"C"}]}],"name":{"given":["Ann"],"family":"Lee"}}],
		"communication":[{"language":{"coding":[{"code":"pl"}]},"preferred":true}],
		"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired","valueBoolean":true}],
		"generalPractitioner":[{"display":"Elm Road Surgery"}]}`).Person
	if len(p.Contacts) != 2 || p.Contacts[0].Name != "Ann Lee" || !p.Contacts[0].Emergency || !p.Contacts[1].NextOfKin || p.Contacts[1].Relationship != "Next of kin" {
		t.Error("contacts differ")
	}
	if p.Interpreter != "Interpreter needed: Polish" || p.GP != "Elm Road Surgery" {
		t.Errorf("%q %q", p.Interpreter, p.GP)
	}
}

func TestSeveralPeopleInOneBundle(t *testing.T) { // H2
	other := `{"resourceType":"Patient","id":"q","name":[{"family":"Other","given":["Maria"]}],"birthDate":"1986-09-21"}`
	of := func(id, who string) string {
		return `{"resourceType":"Condition","id":"` + id + `","subject":{"reference":"Patient/` + who + `"},"code":{"text":"` + id + `"}}`
	}
	s := mustParse(t, doc(sec("11450-4", "", "Condition/mine", "Condition/theirs"), other, of("mine", "p"), of("theirs", "q"), of("stray", "q")))
	if s.Person.BannerName() != "SMITH, John (Mr)" {
		t.Fatalf("the composition's subject is not the person")
	}
	if sec := s.Sections[0]; len(sec.Items) != 1 || sec.Items[0].Title != "mine" || len(sec.Unreadable) != 1 || sec.Unreadable[0].Text != "" {
		t.Error("another person's item is shown")
	}
	if s.EntriesUnreadable != 2 || !hasWarning(s, WarnOtherPerson) {
		t.Errorf("%d unreadable", s.EntriesUnreadable)
	}
	for _, it := range s.Supporting {
		if it.Kind == "Patient" && strings.Contains(it.Title, "Maria") || it.Field("Birth date") == "21-Sep-1986" {
			t.Error("another person's details are shown")
		}
	}
	for _, tile := range s.Card(someDay).Tiles {
		for _, it := range tile.Items {
			if it.Title != "mine" {
				t.Error("the card shows another person's item")
			}
		}
	}
	if s := mustParse(t, bundle("searchset", johnSmith, other)); s.Person != nil || !hasWarning(s, WarnSeveralPeople) {
		t.Error("one of two people was taken for the subject")
	}
}

func TestWhoseSummary(t *testing.T) {
	for _, c := range []struct {
		name, in, banner string
		warn             WarningCode
	}{
		{"subject found", doc(""), "SMITH, John (Mr)", ""},
		{"subject not found, one patient", docAbout(`{"reference":"Patient/gone"}`, "", johnSmith), "SMITH, John (Mr)", WarnSubjectAssumed},
		{"no subject, one patient", docAbout(`null`, "", johnSmith), "SMITH, John (Mr)", WarnSubjectAssumed},
		{"by name and number only", docAbout(`{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"},"display":"John Smith"}`, ""), "John Smith", ""},
		{"subject not found, nobody", docAbout(`{"reference":"Patient/gone"}`, ""), "", WarnSubjectUnclear},
		{"about an organisation", docAbout(`{"reference":"Organization/o"}`, "", `{"resourceType":"Organization","id":"o"}`), "", WarnSubjectUnclear},
		{"an organisation alone", `{"resourceType":"Organization","id":"o","name":"Oak House"}`, "", ""},
		{"an item with its patient inside", `{"resourceType":"Immunization","patient":{"reference":"#p"},"contained":[` + johnSmith + `]}`, "SMITH, John (Mr)", ""},
	} {
		s := mustParse(t, c.in)
		got := ""
		if s.Person != nil {
			got = s.Person.BannerName()
		}
		if got != c.banner || c.warn != "" && !hasWarning(s, c.warn) {
			t.Errorf("%s: %q", c.name, got)
		}
		d, err := Identify([]byte(c.in))
		if (err == ErrNoPerson) != (c.banner == "") || d.Banner != c.banner {
			t.Errorf("%s: Identify gives %v", c.name, err)
		}
	}
}
