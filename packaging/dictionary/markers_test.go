package main

import (
	"bytes"
	"index/suffixarray"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"satchel/assets/dictionary"
	"satchel/assets/people"
	"satchel/store/identity"
)

// markers is what must not be in a dictionary: what a document says about
// somebody.
type markers struct {
	names   map[string]bool // words of names of people and places
	exact   map[string]bool // whole: addresses, postcodes, dates, ids, free text
	numbers map[string]bool
	terms   map[string]bool // published words: a text that is one of them says nothing of anybody
}

func newMarkers() markers {
	return markers{names: map[string]bool{}, exact: map[string]bool{}, numbers: map[string]bool{}, terms: map[string]bool{narrativeOpens + "</div>": true}}
}

// ordinary are names in the public examples that are words of FHIR or of a
// published term: "Patient" as a family name, "Multiple" (sclerosis).
var ordinary = []string{"Contact", "Multiple", "Patient", "med", "test", "No information available"}

var (
	namedBy   = []string{"family", "given", "prefix", "suffix", "city", "district"}
	exactKeys = []string{
		"birthDate", "deceasedDateTime", "postalCode", "line", "date", "recordedDate", "onsetDateTime", "effectiveDateTime", "occurrenceDateTime",
		"authoredOn", "timestamp", "lastUpdated", "id", "value", "title", "text", "div", "description", "comment", "patientInstruction", "name",
	}
	aNumber = regexp.MustCompile(`[0-9]{10}`)
)

// learn takes the markers of a document.
func (m markers) learn(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			m.learn(e)
		}
	case object:
		_, coded := codingOf(v)
		for _, e := range v {
			if coded && (e.key == "code" || e.key == "display" || e.key == "unit") {
				m.terms[v.text(e.key)] = true
				continue
			}
			for _, s := range stringsOf(e.value) {
				m.mark(e.key, s)
			}
			m.learn(e.value)
		}
	}
}

func (m markers) mark(key, s string) {
	for _, n := range aNumber.FindAllString(s, -1) {
		m.numbers[n] = true
	}
	if slices.Contains(namedBy, key) {
		for _, w := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }) {
			if utf8.RuneCountInString(w) >= 3 && !slices.Contains(ordinary, w) {
				m.names[w] = true
			}
		}
	}
	if slices.Contains(exactKeys, key) && tells(key, s) && !slices.Contains(ordinary, s) {
		m.exact[s] = true
	}
}

// tells reports whether a text could say something of somebody: a date, a
// number, an address, or more than two words. One word alone is a heading, a code
// or the name of a type; names are looked for word by word.
func tells(key, s string) bool {
	if strings.HasPrefix(s, "http://hl7.org") {
		return false
	}
	digit := strings.ContainsAny(s, "0123456789")
	switch key {
	case "postalCode", "birthDate":
		return digit && len(s) >= 6
	}
	return digit && len(s) >= 8 || strings.Count(s, " ") >= 2
}

// words are the runs of letters in a dictionary.
func words(dict []byte) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.FieldsFunc(string(dict), func(r rune) bool { return !unicode.IsLetter(r) }) {
		out[w] = true
	}
	return out
}

// found gives the markers that are in a dictionary, and every ten digits there
// that could be an NHS number, whoever's.
func (m markers) found(dict []byte) (out []string) {
	in, index := words(dict), suffixarray.New(dict)
	holds := func(b []byte) bool { return len(index.Lookup(b, 1)) > 0 }
	for n := range m.names {
		if in[n] {
			out = append(out, "the name "+n)
		}
	}
	for s := range m.exact {
		if quoted := write(nil, s); !m.terms[s] && holds(quoted[1:len(quoted)-1]) {
			out = append(out, "the words "+s)
		}
	}
	for n := range m.numbers {
		if !m.terms[n] && holds([]byte(n)) {
			out = append(out, "the number "+n)
		}
	}
	for i := 0; i+10 <= len(dict); i++ {
		if n, err := identity.ParseNHSNumber(string(dict[i : i+10])); err == nil && aNumber.Match(dict[i:i+10]) && n.Valid() {
			out = append(out, "a valid number "+string(dict[i:i+10]))
		}
	}
	slices.Sort(out)
	return out
}

// everybody gives the markers of far more of the demonstration population than
// the dictionary was built from.
func everybody(t *testing.T) markers {
	t.Helper()
	m := newMarkers()
	for _, s := range []uint64{seed, 2026} {
		for d := range people.Generate(s, population+100) {
			v, err := parse(d.JSON)
			if err != nil {
				t.Fatal(err)
			}
			m.learn(v)
		}
	}
	return m
}

// No name, number, address, date or words of anybody in the demonstration
// population is in the dictionary that is shipped. // R57
func TestNobodyIsInTheDictionary(t *testing.T) {
	m := everybody(t)
	for _, what := range m.found(dictionary.Records()) {
		t.Errorf("the dictionary holds %s", what)
	}
	t.Logf("%d words of names, %d numbers, %d texts looked for", len(m.names), len(m.numbers), len(m.exact))
}

// The control: trained on what the documents say, it is caught in every kind.
func TestControlIsCaught(t *testing.T) {
	dict, err := train(demonstration(), &mask{keep: true}, historySize)
	if err != nil {
		t.Fatal(err)
	}
	found := strings.Join(everybody(t).found(dict), "\n")
	for _, kind := range []string{"the name ", "the words ", "the number ", "a valid number "} {
		if !strings.Contains(found, kind) {
			t.Errorf("a dictionary of whole documents passes: %q is not found in it", kind)
		}
	}
}

const dataFolder = "../../../shared/data"

func publicExamples(t *testing.T) fs.FS {
	t.Helper()
	if _, err := os.Stat(dataFolder); err != nil {
		t.Skip("NOT RUN: ../shared/data is missing")
	}
	return os.DirFS(dataFolder)
}

// The same for the public examples, those too that it was not built from. The
// profiles and code systems among them (conformance) are about nobody.
func TestNobodyOfTheExamplesIsInTheDictionary(t *testing.T) {
	documents, err := public(publicExamples(t), append([]string{"ips/connectathon", "synthea", "malformed", "consent", "audit"}, examples...))
	if err != nil {
		t.Fatal(err)
	}
	m := newMarkers()
	for _, d := range documents {
		m.learn(d)
	}
	for _, what := range m.found(dictionary.Records()) {
		t.Errorf("the dictionary holds %s", what)
	}
	t.Logf("%d words of names, %d numbers, %d texts looked for", len(m.names), len(m.numbers), len(m.exact))
}

// The same sources give the bytes that are shipped.
func TestRebuild(t *testing.T) {
	dict, err := build(publicExamples(t), historySize)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(dict, dictionary.Records()) {
		t.Errorf("%d bytes were built, and others (%d) are shipped", len(dict), len(dictionary.Records()))
	}
}
