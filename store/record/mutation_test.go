package record

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestAnyValueMayBeAnything puts values of the wrong kind, or another value of
// the same document, in place of any value: what is still JSON is read, every
// entry is accounted for, and Identify agrees. P28
func TestAnyValueMayBeAnything(t *testing.T) {
	documents := [][]byte{
		[]byte(doc(sec(allergiesLOINC, div("<p>x</p>"), "AllergyIntolerance/a")+","+sec("10160-0", "", "MedicationStatement/m"), allergy("a", snomedCode("91936005", "Allergy to penicillin"), `,"reaction":[{"manifestation":[{"text":"Rash"}],"severity":"mild"}]`),
			`{"resourceType":"MedicationStatement","id":"m","status":"active","medicationReference":{"reference":"Medication/d"},"dosage":[{"text":"one","timing":{"repeat":{"frequency":1}},"doseAndRate":[{"doseQuantity":{"value":1}}]}],"informationSource":{"reference":"RelatedPerson/r"}}`,
			`{"resourceType":"Medication","id":"d","code":{"text":"X"},"ingredient":[{"itemCodeableConcept":{"text":"Y"}}]}`, `{"resourceType":"RelatedPerson","id":"r","name":[{"text":"Q"}],"relationship":[{"text":"Wife"}]}`)),
		[]byte(bundle("message", johnSmith, flag("f", "450476008", "Not for attempted CPR", `{"start":"2026-03-01","end":"2026-10-01"}`, ""), `{"resourceType":"List","code":`+snomedCode("886921000000105", "A")+`,"entry":[{"item":{"reference":"#z"}}],"emptyReason":{"text":"x"}}`)),
	}
	for _, p := range []string{"ips/connectathon/Sept2025--full_ips.json", "uk/ukcore/UKCore-Patient-RichardSmith-Example.json", "uk/bars/process_message--POST-body.json"} {
		if raw, err := os.ReadFile(filepath.Join(dataFolder, p)); err == nil {
			documents = append(documents, raw)
		}
	}
	odd := []string{"null", "7", "true", `"x"`, `""`, "{}", "[]", "[null]", `[7,"x",{}]`, `{"coding":"x"}`, `{"reference":"#"}`, `{"text":["x"]}`, `[[[]]]`, `{"value":{"value":1}}`, `{"start":7,"end":[]}`}
	rapid.Check(t, func(t *rapid.T) {
		raw := slices.Clone(documents[rapid.IntRange(0, len(documents)-1).Draw(t, "document")])
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			tr, r := scan(raw)
			if r != nil {
				return
			}
			n := tr.nodes[rapid.IntRange(0, len(tr.nodes)-1).Draw(t, "value")]
			put := []byte(rapid.SampledFrom(odd).Draw(t, "put"))
			if rapid.Bool().Draw(t, "own") {
				put = quoted(raw, tr.nodes[rapid.IntRange(0, len(tr.nodes)-1).Draw(t, "from")])
			}
			off, end := bounds(n)
			raw = slices.Concat(raw[:off], put, raw[end:])
		}
		s, err := Parse(raw)
		d, ierr := Identify(raw)
		if err != nil {
			if ierr == nil {
				t.Fatalf("refused, but identified: %v", err)
			}
			return
		}
		if e := accounted(s); e != "" {
			t.Fatal(e)
		}
		if (s.Person == nil) != (ierr != nil) || s.Person != nil && d.Banner != s.Person.Demographics().Banner {
			t.Fatalf("Identify differs: %v", ierr)
		}
		s.Card(someDay)
	})
}

// bounds are the bytes of a value, with the quotes of a text.
func bounds(n node) (off, end uint32) {
	if n.kind == kindString {
		return n.off - 1, n.end + 1
	}
	return n.off, n.end
}

func quoted(raw []byte, n node) []byte {
	off, end := bounds(n)
	return slices.Clone(raw[off:end])
}
