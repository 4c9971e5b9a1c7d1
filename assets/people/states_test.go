package people

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// shown says what one document shows, in words that the list below uses.
func shown(t interface{ Fatal(...any) }, d Document) map[string]bool {
	out := map[string]bool{}
	b := decode(t, d.JSON)
	composition := b.Entry[0].Resource
	sections, _ := composition["section"].([]any)
	for _, s := range sections {
		showSection(s.(map[string]any), out)
	}
	for _, e := range b.Entry {
		showResource(e.Resource, out)
	}
	if made, err := time.Parse(time.RFC3339, composition["date"].(string)); err == nil && reference.Sub(made) > 180*24*time.Hour {
		out["old document"] = true
	}
	text := string(d.JSON)
	for word, sign := range map[string]string{
		"withheld notice": `"REDACTED"`, "carer gave it": `"asserter"`, "unreadable item": `"XrayPlate"`,
		"interpreter": "patient-interpreterRequired", "known none by SNOMED": "716186003",
		"no known drug allergy": "409137002", "known none by IPS": "no-known-allergies",
		"not recorded by IPS": "no-allergy-info", "not recorded by SNOMED": "1287211007",
		"no known problems": "160245001", "no known medicines": "787481004", "no known problems by IPS": "no-known-problems",
		"refuted": `"refuted"`, "entered in error": `"entered-in-error"`, "key safe": "Key safe", "ReSPECT": "1382601000000107",
		"refusal of treatment": `"adr"`, "contingency plan": "325691000000100", "anticoagulant": "Apixaban", "weekly methotrexate": "ONCE A WEEK",
		"second contact": `"valuePositiveInt":2`, "restricted flag": `"code":"R","display":"restricted"`,
		"named by UUIDs": `"reference":"urn:uuid:`, "named by a server": `"reference":"Patient/`,
	} {
		if strings.Contains(text, sign) {
			out[word] = true
		}
	}
	switch {
	case d.NHS == "":
		out["no NHS number"] = true
	case !passes(d.NHS):
		out["NHS number fails"] = true
	}
	return out
}

func showSection(s map[string]any, out map[string]bool) {
	title := s["title"].(string)
	out["section "+title] = true
	if reason, ok := s["emptyReason"].(map[string]any); ok {
		code := reason["coding"].([]any)[0].(map[string]any)["code"].(string)
		out[title+" "+code] = true
	}
	if s["entry"] == nil && s["emptyReason"] == nil {
		out["words alone"] = true
	}
}

func showResource(r map[string]any, out map[string]bool) {
	switch r["resourceType"] {
	case "Patient":
		showPatient(r, out)
	case "AllergyIntolerance":
		if r["reaction"] != nil && fmt.Sprint(r["clinicalStatus"]) != "<nil>" {
			out["allergy "+fmt.Sprint(r["criticality"])] = true
		}
	case "Flag":
		code := fmt.Sprint(r["code"])
		if strings.Contains(code, "450475007") && r["status"] == "active" {
			out["for CPR"] = true
		}
		if strings.Contains(code, "450476008") && r["status"] == "active" {
			out["not for CPR"] = true
		}
		out["CPR conflict"] = out["for CPR"] && out["not for CPR"]
		period, _ := r["period"].(map[string]any)
		if !strings.Contains(code, "450476008") && !strings.Contains(code, "450475007") && !strings.Contains(code, "845151000000104") {
			return
		}
		end, _ := period["end"].(string)
		over := end != "" && end < reference.Format(time.DateOnly)
		out[fmt.Sprintf("CPR %v %v", r["status"], strings.Contains(code, "450475007"))] = true
		out["CPR review passed"] = out["CPR review passed"] || over && r["status"] == "active"
		out["CPR not aware"] = out["CPR not aware"] || strings.Contains(code, "845151000000104")
	}
}

func showPatient(r map[string]any, out map[string]bool) {
	name := r["name"].([]any)[0].(map[string]any)
	family, given := name["family"].(string), fmt.Sprint(name["given"])
	born, _ := r["birthDate"].(string)
	out["family "+familyKind(family)] = true
	out["address missing"] = out["address missing"] || r["address"] == nil
	out["address"] = out["address"] || r["address"] != nil
	out["deceased"] = out["deceased"] || r["deceasedDateTime"] != nil
	out["preferred name"] = out["preferred name"] || len(r["name"].([]any)) > 1
	out[fmt.Sprintf("birth date of %d", len(born))] = true
	if len(family)+len(given) > 60 {
		out["long name"] = true
	}
	if strings.ContainsFunc(family+given, func(r rune) bool { return r > 127 }) {
		out["diacritics"] = true
	}
	if len(born) == 10 {
		switch day, err := time.Parse(time.DateOnly, born); {
		case err != nil:
			out["birth date broken"] = true
		case reference.Sub(day) < 28*24*time.Hour:
			out["newborn"] = true
		case reference.Sub(day) < 18*365*24*time.Hour:
			out["child"] = true
		}
	}
	status := fmt.Sprint(r["identifier"])
	for _, code := range []string{"01", "02", "03"} {
		if strings.Contains(status, "code:"+code) {
			out["number status "+code] = true
		}
	}
}

func familyKind(family string) string {
	switch {
	case strings.Contains(family, "'"):
		return "O'"
	case strings.HasPrefix(family, "Mc") || strings.HasPrefix(family, "Mac"):
		return "Mc"
	case strings.Contains(family, "-"):
		return "with a hyphen"
	case strings.Contains(family, " "):
		return "with a space"
	}
	return "plain"
}

// everyState is what 250 people have to show between them: every section of
// domain.md 1.1, and every state that a screen has to keep apart.
var everyState = []string{
	"section Alerts", "section Allergies and intolerances", "section Medication summary", "section Problems",
	"section Medical devices", "section Advance directives", "section Contingency plan", "section Plan of care", "section Contacts with professionals",
	"section Individual requirements", "section Past problems", "section Procedures", "section Immunisations",
	"section Results", "section Vital signs", "section Functional status", "section Pregnancy",
	"section Social history", "section Patient story", "section Notes and reports",

	"Allergies and intolerances nilknown", "Allergies and intolerances notasked", "Allergies and intolerances unavailable",
	"Allergies and intolerances withheld", "known none by SNOMED", "no known drug allergy", "known none by IPS",
	"not recorded by IPS", "not recorded by SNOMED", "allergy high", "allergy low", "refuted",
	"Problems notasked", "Medication summary unavailable", "no known problems", "no known medicines", "no known problems by IPS",

	"CPR active false", "CPR active true", "CPR inactive false", "CPR entered-in-error false", "CPR review passed", "CPR conflict",
	"CPR not aware", "ReSPECT", "refusal of treatment", "key safe", "anticoagulant", "weekly methotrexate", "contingency plan",

	"deceased", "newborn", "child", "birth date of 4", "birth date of 7", "birth date of 10", "address missing", "address",
	"family O'", "family Mc", "family with a hyphen", "family with a space", "family plain", "diacritics", "long name", "preferred name",
	"no NHS number", "NHS number fails", "number status 01", "number status 02", "number status 03",
	"interpreter", "second contact", "restricted flag",

	"words alone", "unreadable item", "carer gave it", "withheld notice", "entered in error", "old document",
	"named by UUIDs", "named by a server",
}

func TestEveryStateIsShown(t *testing.T) {
	for _, seed := range []uint64{1, 42, 1 << 63} {
		all := map[string]bool{}
		for d := range Generate(seed, 250) {
			for what, is := range shown(t, d) {
				all[what] = all[what] || is
			}
		}
		for _, want := range everyState {
			if !all[want] {
				t.Errorf("seed %d: nobody shows %q", seed, want)
			}
		}
		if all["birth date broken"] {
			t.Errorf("seed %d: a birth date that is no day", seed)
		}
	}
}

// Two people who are easily taken for each other have the same family name and
// birth date and almost the same first name, and different numbers.
func TestPairsWhoResembleEachOther(t *testing.T) {
	p, q := paint(1, 19, "9990010013", reference), paint(1, 20, "9990010021", reference)
	if p.family != q.family || p.born != q.born || p.given == q.given || p.nhs == q.nhs {
		t.Errorf("%s %s and %s %s do not resemble each other", p.given, p.family, q.given, q.family)
	}
	if strings.TrimSuffix(p.given, "e") != strings.TrimSuffix(q.given, "e") {
		t.Errorf("%s and %s differ by more than an e", p.given, q.given)
	}
}

func TestScenario(t *testing.T) {
	cast, docs := Scenario(), collect(12345, 40)
	keys := map[string]Person{}
	for i, p := range cast {
		keys[p.Key] = p
		if docs[i].ID != p.ID || docs[i].NHS != p.NHS {
			t.Errorf("%s is not at the head of the population", p.Key)
		}
		text := string(docs[i].JSON)
		for _, want := range []string{`"family":"` + p.Family + `"`, p.Given, p.Born, p.Postcode} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the document lacks %q", p.Key, want)
			}
		}
		if p.Story == "" {
			t.Errorf("%s has no story", p.Key)
		}
	}
	if len(keys) != len(cast) {
		t.Error("two people of the stories have one key")
	}
	ethel := shown(t, docs[slices.IndexFunc(cast, func(p Person) bool { return p.Key == "ethel" })])
	for _, want := range []string{"allergy high", "CPR active false", "ReSPECT", "anticoagulant", "key safe", "contingency plan", "section Medical devices"} {
		if !ethel[want] {
			t.Errorf("Ethel Barnaby does not show %q", want)
		}
	}
	if keys["bozena"].Postcode != "" || keys["baby"].NHS != "" {
		t.Error("the restricted person has an address, or the newborn a number")
	}
	bozena := docs[slices.IndexFunc(cast, func(p Person) bool { return p.Key == "bozena" })]
	if strings.Contains(string(bozena.JSON), `"address"`) || strings.Contains(string(bozena.JSON), "generalPractitioner") {
		t.Error("the restricted person's document says where she may be found")
	}
}
