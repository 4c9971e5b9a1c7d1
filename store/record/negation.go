package record

import "strings"

// negation tells what a statement of absence says.
type negation uint8

const (
	notNegation negation = iota
	saysNone             // somebody stated that there is none
	saysUnknown          // no information: never shown as none
	saysInWords          // an uncoded name such as "No known allergies": as written
)

// negationCodes are statements of absence (domain.md 1.1): SNOMED CT, and the
// IPS 1.x code system absent-unknown-uv-ips, which 2.0 removed and real files
// keep. The scope is set where the statement covers a part only.
var negationCodes = map[string]struct {
	says  negation
	scope string
}{
	"716186003": {saysNone, ""},
	"409137002": {saysNone, "medicines"},
	"429625007": {saysNone, "food"},
	"428607008": {saysNone, "the environment"},
	"428197003": {saysNone, "insects"},
	"160245001": {saysNone, ""},
	"787481004": {saysNone, ""},

	"no-known-allergies":               {saysNone, ""},
	"no-known-medication-allergies":    {saysNone, "medicines"},
	"no-known-environmental-allergies": {saysNone, "the environment"},
	"no-known-food-allergies":          {saysNone, "food"},
	"no-known-problems":                {saysNone, ""},
	"no-known-medications":             {saysNone, ""},
	"no-known-procedures":              {saysNone, ""},
	"no-known-devices":                 {saysNone, ""},
	"no-known-immunizations":           {saysNone, ""},
	"no-known-implants":                {saysNone, ""},

	"1287211007":           {saysUnknown, ""},
	"no-allergy-info":      {saysUnknown, ""},
	"no-problem-info":      {saysUnknown, ""},
	"no-medication-info":   {saysUnknown, ""},
	"no-procedure-info":    {saysUnknown, ""},
	"no-device-info":       {saysUnknown, ""},
	"no-immunization-info": {saysUnknown, ""},
}

// negates tells whether an item states an absence. Refuted and erroneous
// statements state nothing.
func negates(it *Item) (says negation, scope string) {
	switch it.Kind {
	case "AllergyIntolerance", "Condition", "MedicationStatement", "MedicationRequest", "MedicationAdministration", "MedicationDispense",
		"Immunization", "Procedure", "Device", "DeviceUseStatement", "Medication":
	default:
		return notNegation, ""
	}
	if it.Group != GroupCurrent {
		return notNegation, ""
	}
	coded := false
	for _, c := range it.Codings {
		if n, ok := negationCodes[c.Code]; ok {
			return n.says, n.scope
		}
		coded = coded || c.Code != ""
	}
	if !coded && inWords(it.Title) {
		return saysInWords, ""
	}
	return notNegation, ""
}

// inWords tells whether the name of an uncoded item is no name of a thing but
// says that there is none. It is neither an allergy to alert on nor a coded
// statement: it is shown as written, and the state is not recorded.
func inWords(title string) bool {
	low := strings.ToLower(oneLine(title))
	switch low {
	case "nkda", "nka", "no allergies", "no current medication", "no current medications":
		return true
	}
	if !strings.HasPrefix(low, "no known ") && !strings.HasPrefix(low, "nil known") && !strings.HasPrefix(low, "no information ") {
		return false
	}
	for _, w := range [...]string{"except", " but", "other than", "apart", "beside", "however", "only", ",", ";", "."} {
		if strings.Contains(low, w) {
			return false
		}
	}
	return true
}

// emptyState words an emptyReason.
func emptyState(code, text string) (State, string) {
	switch code {
	case "nilknown":
		return KnownNone, "The source states that there is none"
	case "notasked":
		return NotRecorded, "Not asked"
	case "notstarted":
		return NotRecorded, "Not started by the source"
	case "closed":
		return NotRecorded, "No longer kept by the source"
	case "withheld":
		return NotAvailable, "Withheld by the source"
	case "unavailable":
		return NotAvailable, "The source had no information available"
	}
	if text != "" {
		return NotAvailable, "The source says: " + text
	}
	return NotAvailable, "The source gives a reason that this program does not know"
}
