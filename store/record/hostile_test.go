package record

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestHostileDocumentsStayCheap: documents within every limit, made to cost as
// much as they can, are read in time and memory in proportion to their size.
// faults.md row 11
func TestHostileDocumentsStayCheap(t *testing.T) {
	many := func(n int, one string) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
	entries := func(n int, one string) string { return strings.Repeat(one+`},{"resource":`, n-1) + one }
	long := strings.Repeat("long ", 200_000)
	for name, in := range map[string]string{
		"one long title named often": bundle("collection", `{"resourceType":"Organization","id":"o","name":"`+long+`"}`,
			`{"resourceType":"CareTeam","managingOrganization":[`+many(15_000, `{"reference":"Organization/o"}`)+`]}`,
			`{"resourceType":"Condition","note":[`+many(5_000, `{"text":"n","authorReference":{"reference":"Organization/o"}}`)+`]}`),
		"one long result named often": bundle("collection", `{"resourceType":"Observation","id":"o","code":{"text":"x"},"valueString":"`+long+`"}`,
			`{"resourceType":"DiagnosticReport","result":[`+many(15_000, `{"reference":"Observation/o"}`)+`]}`),
		"one item in many sections":     doc(many(5_000, sec("11450-4", "", "Condition/x")), condition("x", "Gout")),
		"many references, no target":    doc(sec("11450-4", ""), `{"resourceType":"Condition","evidence":[{"detail":[`+many(25_000, `{"reference":"Condition/gone"}`)+`]}]}`),
		"many entries, many references": bundle("collection", entries(5_000, `{"resourceType":"Procedure","performer":[{"actor":{"reference":"Practitioner/x"}}],"subject":{"reference":"urn:uuid:1"}}`)),
		"many negations":                doc(sec(allergiesLOINC, ""), entries(8_000, allergy("", `{"coding":[{"code":"716186003"}]}`))),
		"people inside":                 bundle("collection", johnSmith, `{"resourceType":"Condition","subject":{"reference":"#q"},"contained":[`+many(12_000, `{"resourceType":"Patient","id":"q","identifier":[{"system":"s","value":"v"}]}`)+`]}`),
		"deep questions":                `{"resourceType":"QuestionnaireResponse","item":` + strings.Repeat(`[{"text":"`+long[:100_000]+`","item":`, 28) + "[" + many(300, `{"text":"a","answer":[{"valueString":"b"}]}`) + "]" + strings.Repeat("}]", 28) + "}",
		"deep values":                   `{"resourceType":"Basic","x":` + strings.Repeat(`{"a":`, 60) + "[" + many(25_000, "1") + "]" + strings.Repeat("}", 60) + "}",
		"one drug of many codes": bundle("collection", `{"resourceType":"Medication","id":"d","code":{"coding":[`+many(12_000, `{"code":"1","display":"x"}`)+`]}}`,
			entries(5_000, `{"resourceType":"MedicationRequest","medicationReference":{"reference":"Medication/d"}}`)),
		"lists in lists": bundle("collection", johnSmith, entries(5_000, `{"resourceType":"List","id":"l","entry":[{"item":{"reference":"List/l"}},{"item":{"reference":"Patient/p"}}]}`)),
		"a long name and people inside": bundle("collection", `{"resourceType":"Patient","name":[{"family":"`+long+`"}]}`,
			entries(3_000, `{"resourceType":"Condition","subject":{"reference":"#q"},"contained":[{"resourceType":"Patient","id":"q","name":[{"family":"x"}]}]}`)),
		"hidden text":  `{"resourceType":"Condition","text":{"div":"` + strings.Repeat("\u202e", 1_000_000) + `"}}`,
		"wide objects": bundle("collection", entries(300, "{"+wide()+`,"resourceType":"Basic"}`)),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			s, err := Parse([]byte(in))
			if err == nil {
				s.Card(someDay)
			}
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if err != nil {
				t.Errorf("refused, so it proves nothing: %v", err)
			}
			if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 600 {
				t.Errorf("%d MB allocated for %d KB", mb, len(in)>>10)
			}
			if took > hang {
				t.Errorf("took %v for %d KB", took, len(in)>>10)
			}
			t.Logf("%d KB: %v, %d MB", len(in)>>10, took.Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20)
		})
	}
}

// hang is longer than any of these takes on a busy machine with the race
// detector; without the bounds they take hours.
const hang = time.Minute

// wide is as many properties as an object may have, of one length.
func wide() string {
	var b strings.Builder
	for i := range MaxKeys - 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"k` + string(rune('a'+i/26)) + string(rune('a'+i%26)) + `":1`)
	}
	return b.String()
}
