package main

import (
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"satchel/store/identity"
)

// mask takes from a document everything that was written about somebody and
// leaves its structure. It names what may stay, and empties everything else: a
// key or a kind of value that nobody thought of is lost, never kept.
type mask struct {
	// seen says how many documents use a key or a coding. What one hospital or
	// one person alone has is not structure.
	seen map[string]int

	// fill replaces what is emptied by noise of the same shape. Nil: nothing is put
	// in its place.
	fill *rand.Rand

	// keep leaves everything as it is: for the control of the tests alone.
	keep bool
}

// leastDocuments is how many documents have to use a key or a coding.
const leastDocuments = 3

// namespaces are the beginnings of the identifiers that standards bodies publish.
var namespaces = []string{
	"http://hl7.org/fhir/", "http://terminology.hl7.org/", "http://snomed.info/sct", "http://loinc.org", "http://unitsofmeasure.org",
	"http://www.nlm.nih.gov/research/umls/rxnorm", "http://www.whocc.no/atc", "http://hl7.org/fhirpath", "http://dicom.nema.org/",
	"https://fhir.nhs.uk/", "https://fhir.hl7.org.uk/", "http://fhir.nhs.net/", "urn:ietf:bcp:", "urn:ietf:rfc:", "urn:iso:std:iso:",
}

var (
	wellFormedKey = regexp.MustCompile(`^_?[A-Za-z]{1,40}$`)
	typeName      = regexp.MustCompile(`^[A-Z][A-Za-z]{2,40}$`)
	plainCode     = regexp.MustCompile(`^[a-z][a-z-]{1,30}$`)
	codeValue     = regexp.MustCompile(`^[A-Za-z0-9_.%/\[\]{}-]{1,40}$`)
	termWords     = regexp.MustCompile(`^[A-Za-z0-9 ,.()/'+&:;-]{1,120}$`)
	identifierURL = regexp.MustCompile(`^[A-Za-z0-9:/._#-]{1,120}$`)
	reference     = regexp.MustCompile(`^(urn:uuid:|#|[A-Z][A-Za-z]{2,40}/)`)
	digits        = regexp.MustCompile(`[0-9]{6,}`)
)

// codeKeys are the properties whose values FHIR binds to a short list of codes.
var codeKeys = []string{
	"status", "use", "type", "mode", "gender", "intent", "category", "criticality", "severity", "kind", "comparator", "valueCode",
	"durationUnit", "periodUnit", "when", "dayOfWeek", "priority", "method",
}

const narrativeOpens = `<div xmlns="http://www.w3.org/1999/xhtml">`

// document gives a document's structure.
func (m *mask) document(v any) any { return m.value("", object{}, v) }

// value gives what may stay of a value: under is its key, in the object it
// stands in.
func (m *mask) value(under string, in object, v any) any {
	switch v := v.(type) {
	case object:
		out := make(object, 0, len(v))
		for _, e := range v {
			if m.keep || wellFormedKey.MatchString(e.key) && m.known("key "+e.key) {
				out = append(out, member{e.key, m.value(e.key, v, e.value)})
			}
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, e := range v {
			out = append(out, m.value(under, in, e))
		}
		return out
	case string:
		if m.keep {
			return v
		}
		return m.text(under, in, v)
	case json.Number:
		if m.keep {
			return v
		}
		if m.fill != nil {
			return json.Number(m.shape(string(v)))
		}
		return json.Number("0")
	}
	return v
}

func (m *mask) known(what string) bool { return m.seen[what] >= leastDocuments }

// text gives what may stay of a string.
func (m *mask) text(under string, in object, s string) string {
	switch {
	case under == "resourceType" && typeName.MatchString(s),
		slices.Contains(codeKeys, under) && plainCode.MatchString(s),
		slices.Contains([]string{"system", "url", "profile"}, under) && published(s) && m.known("system "+s):
		return s
	case slices.Contains([]string{"code", "display", "unit"}, under) && m.coded(in):
		return s
	case under == "reference" || under == "fullUrl":
		kept := reference.FindString(s)
		return kept + m.instead(s[len(kept):])
	case under == "div":
		if rest, ok := strings.CutPrefix(s, narrativeOpens); ok {
			return narrativeOpens + m.instead(strings.TrimSuffix(rest, "</div>")) + "</div>"
		}
	}
	return m.instead(s)
}

// coded tells whether an object is a coding that may stay: of a published
// system, in the form of a code, and used by several documents with these words.
func (m *mask) coded(o object) bool {
	name, ok := codingOf(o)
	return ok && m.known(name)
}

// codingOf names a coding, or the unit of a quantity, if it can be one.
func codingOf(o object) (string, bool) {
	system, code, words := o.text("system"), o.text("code"), o.text("display")+o.text("unit")
	if !published(system) || !codeValue.MatchString(code) || words != "" && !termWords.MatchString(words) {
		return "", false
	}
	if likeNumber(code) || likeNumber(words) {
		return "", false
	}
	return "coding " + system + " " + code + " " + words, true
}

// published tells whether a URL names something that a standards body published.
func published(s string) bool {
	return identifierURL.MatchString(s) && !likeNumber(s) &&
		slices.ContainsFunc(namespaces, func(n string) bool { return strings.HasPrefix(s, n) })
}

// likeNumber tells whether ten digits anywhere could be somebody's NHS number.
// A code that happens to pass its check stays out.
func likeNumber(s string) bool {
	for _, run := range digits.FindAllString(s, -1) {
		for i := 0; i+10 <= len(run); i++ {
			if n, err := identity.ParseNHSNumber(run[i : i+10]); err == nil && n.Valid() {
				return true
			}
		}
	}
	return false
}

// count adds what a document uses to what has been seen.
func (m *mask) count(v any) {
	used := map[string]bool{}
	uses(v, used)
	for what := range used {
		m.seen[what]++
	}
}

func uses(v any, used map[string]bool) {
	switch v := v.(type) {
	case object:
		if name, ok := codingOf(v); ok {
			used[name] = true
		}
		for _, e := range v {
			used["key "+e.key] = true
			uses(e.value, used)
			for _, s := range stringsOf(e.value) {
				used["system "+s] = true
			}
		}
	case []any:
		for _, e := range v {
			uses(e, used)
		}
	}
}

// stringsOf gives a string, or the strings of a list.
func stringsOf(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

func (m *mask) instead(s string) string {
	if m.fill == nil {
		return ""
	}
	return m.shape(s)
}

// letters in the proportions of written English, so that the tables of a
// dictionary know which are common.
const letters = "eeeeeeeeeeeetttttttttaaaaaaaaooooooooiiiiiiinnnnnnnssssssrrrrrrhhhhhhddddllllcccuuummmwwffggyyppbbvkjxqz"

// shape gives noise for a text: letters for letters, digits for digits, and ASCII
// for everything.
func (m *mask) shape(s string) string {
	b := []byte(s)
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
			b[i] = byte('1' + m.fill.IntN(9))
		case c >= 'A' && c <= 'Z':
			b[i] = letters[m.fill.IntN(len(letters))] - 'a' + 'A'
		case c >= 'a' && c <= 'z', c >= 0x80:
			b[i] = letters[m.fill.IntN(len(letters))]
		}
	}
	return string(b)
}
