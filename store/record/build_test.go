package record

import (
	"encoding/json"
	"strings"
	"testing"
)

// The tests' own documents, written as short as they can be. Everyone in them
// is made up; the numbers are from the 999 range.

const johnSmith = `{"resourceType":"Patient","id":"p","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],` +
	`"name":[{"use":"official","family":"Smith","given":["John"],"prefix":["Mr"]}],"gender":"male","birthDate":"1938-02-14"}`

// document wraps sections and resources into a document about johnSmith.
func doc(sections string, resources ...string) string {
	return docAbout(`{"reference":"Patient/p"}`, sections, append([]string{johnSmith}, resources...)...)
}

func docAbout(subject, sections string, resources ...string) string {
	comp := `{"resourceType":"Composition","id":"c","status":"final","type":{"coding":[{"system":"http://loinc.org","code":"60591-5"}]},` +
		`"subject":` + subject + `,"date":"2026-10-02T09:30:00+01:00","title":"Patient summary","author":[{"display":"Dr Ann Lee"}],` +
		`"custodian":{"display":"Elm Road Surgery"},"section":[` + sections + `]}`
	return bundle("document", append([]string{comp}, resources...)...)
}

func bundle(typ string, resources ...string) string {
	var b strings.Builder
	b.WriteString(`{"resourceType":"Bundle","id":"b","type":"` + typ + `","entry":[`)
	for i, r := range resources {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"resource":` + r + `}`)
	}
	b.WriteString("]}")
	return b.String()
}

// sec writes one section; more is further properties, beginning with a comma.
func sec(code, more string, refs ...string) string {
	s := `{"title":"Section ` + code + `","code":{"coding":[{"system":"http://loinc.org","code":"` + code + `"}]}` + more
	if len(refs) > 0 {
		s += `,"entry":[`
		for i, r := range refs {
			if i > 0 {
				s += ","
			}
			s += `{"reference":"` + r + `"}`
		}
		s += "]"
	}
	return s + "}"
}

func div(html string) string {
	text, err := json.Marshal(`<div xmlns="http://www.w3.org/1999/xhtml">` + html + `</div>`)
	if err != nil {
		panic(err)
	}
	return `,"text":{"status":"generated","div":` + string(text) + `}`
}

func allergy(id, code string, more ...string) string {
	return `{"resourceType":"AllergyIntolerance","id":"` + id + `","patient":{"reference":"Patient/p"},"code":` + code + strings.Join(more, "") + `}`
}

func snomedCode(code, display string) string {
	return `{"coding":[{"system":"http://snomed.info/sct","code":"` + code + `","display":"` + display + `"}]}`
}

func mustParse(t testing.TB, in string) *Summary {
	t.Helper()
	s, err := Parse([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	if e := accounted(s); e != "" {
		t.Error(e)
	}
	return s
}

func hasWarning(s *Summary, code WarningCode) bool {
	for _, w := range s.Warnings {
		if w.Code == code {
			return true
		}
	}
	return false
}

func narrativeText(n Narrative) string {
	var b strings.Builder
	for _, bl := range n.Blocks {
		b.WriteString(bl.Text + "\n")
		for _, l := range bl.Lines {
			b.WriteString("* " + l + "\n")
		}
		for _, r := range bl.Rows {
			b.WriteString("| " + strings.Join(r.Cells, " | ") + "\n")
		}
	}
	return b.String()
}
