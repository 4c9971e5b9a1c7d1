package people

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"time"
)

// measure is something that is measured, and the range we draw from.
type measure struct {
	code, name string
	from, to   float64
	step       float64
	unit       string // UCUM
	words      string // the unit as people read it
}

var bloods = []measure{
	{"718-7", "Haemoglobin", 98, 165, 1, "g/L", "g/L"},
	{"2951-2", "Sodium", 128, 146, 1, "mmol/L", "mmol/L"},
	{"2823-3", "Potassium", 3.2, 5.6, 0.1, "mmol/L", "mmol/L"},
	{"14682-9", "Creatinine", 48, 210, 1, "umol/L", "micromol/L"},
	{"62238-1", "eGFR", 24, 90, 1, "mL/min/{1.73_m2}", "mL/min/1.73m2"},
	{"59261-8", "HbA1c", 34, 88, 1, "mmol/mol", "mmol/mol"},
}

var vitals = []measure{
	{"8867-4", "Heart rate", 52, 104, 1, "/min", "/min"},
	{"9279-1", "Respiratory rate", 12, 24, 1, "/min", "/min"},
	{"59408-5", "Oxygen saturation", 88, 99, 1, "%", "%"},
	{"8310-5", "Body temperature", 35.8, 38.2, 0.1, "Cel", "degrees C"},
	{"29463-7", "Body weight", 44, 110, 0.5, "kg", "kg"},
}

// draw takes a value of a measure, in whole steps, so that it prints as typed.
func (d *document) draw(m measure) float64 {
	steps := int((m.to - m.from) / m.step)
	value := m.from + float64(d.rng.IntN(steps+1))*m.step
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(value, 'f', 1, 64), 64)
	if err != nil {
		panic("people: a formatted number did not parse: " + err.Error())
	}
	return rounded
}

func quantity(value float64, unit, words string) obj {
	return obj{"value", value, "unit", words, "system", "http://unitsofmeasure.org", "code", unit}
}

// observation writes one, with its value under the name FHIR gives that type.
func (d *document) observation(code, name, when, valueName string, value any) string {
	return d.add("Observation", obj{
		"status", "final",
		"code",
		obj{"coding", list{loinc(code, name)}},
		"subject", ref(d.subject), "effectiveDateTime", when,
		valueName, value,
	})
}

func (d *document) measured(m measure, when string) item {
	value := d.draw(m)
	words := fmt.Sprintf("%s %s %s, %s", m.name, strconv.FormatFloat(value, 'f', -1, 64), m.words, when)
	return item{d.observation(m.code, m.name, when, "valueQuantity", quantity(value, m.unit, m.words)), words}
}

// resultSection: bloods, sometimes an X-ray report, and for some people what cannot
// be taken as it stands: see unreadables.
func (d *document) resultSection() chapter {
	c := chapter{code: "30954-2", title: "Results"}
	when := d.between(10, 400)
	if d.age > 0 && d.rng.IntN(5) < 2 {
		for _, m := range some(d.rng, bloods, 1+d.rng.IntN(2)) {
			c.items = append(c.items, d.measured(m, when))
		}
	}
	if d.rng.IntN(5) == 0 {
		const report = "Heart size normal. Lungs clear. No pleural effusion. No fracture seen."
		c.items = append(c.items, item{d.add("DiagnosticReport", obj{
			"status", "final", "code", concept{"399208008", "Plain chest X-ray"}.coded(),
			"subject", ref(d.subject), "effectiveDateTime", when, "performer",
			list{ref(d.service)},
			"conclusion", report,
		}), "Chest X-ray, " + when + ": " + report})
	}
	if d.unreadable {
		c.items = append(c.items, d.unreadables()...)
	}
	if d.narrative {
		c.items, c.words = nil, "Bloods in the summer were normal, by letter from the hospital; figures were not sent."
	}
	return c
}

// unreadables are a resource of a kind that FHIR does not know, a value of the wrong
// shape, a reference to something that is not there, a result of somebody else, and an
// entry with nothing in it.
func (d *document) unreadables() []item {
	nothing, _, _ := d.name("Observation")
	d.entries = append(d.entries, obj{"fullUrl", nothing})
	return []item{
		{d.add("XrayPlate", obj{"status", "final", "subject", ref(d.subject)}), ""},
		{d.add("Observation", obj{"status", 7, "code", "glucose", "effectiveDateTime", "last Tuesday"}), ""},
		{d.add("Observation", obj{
			"status", "final", "code",
			obj{"coding", list{loinc("2823-3", "Potassium")}},
			"subject", ref(d.missing("Patient")), "effectiveDateTime", d.between(5, 90),
			"valueQuantity", quantity(6.4, "mmol/L", "mmol/L"),
		}), ""},
		{d.missing("Observation"), ""},
	}
}

// missing is a reference to a resource that the document does not hold.
func (d *document) missing(kind string) string {
	_, to, _ := d.name(kind)
	return to
}

func (d *document) vitalSection() chapter {
	c := chapter{code: "8716-3", title: "Vital signs", author: d.service}
	if d.age == 0 || d.rng.IntN(2) == 0 {
		return c
	}
	when := d.recent(1 + d.rng.IntN(40)).Format(time.DateOnly)
	top := 98 + d.rng.IntN(80)
	low := top - 30 - d.rng.IntN(30)
	c.items = append(c.items, item{d.add("Observation", obj{
		"status", "final", "code",
		obj{"coding", list{loinc("85354-9", "Blood pressure panel")}},
		"subject", ref(d.subject), "effectiveDateTime", when,
		"component",
		list{
			obj{"code", obj{"coding", list{loinc("8480-6", "Systolic blood pressure")}}, "valueQuantity", quantity(float64(top), "mm[Hg]", "mmHg")},
			obj{"code", obj{"coding", list{loinc("8462-4", "Diastolic blood pressure")}}, "valueQuantity", quantity(float64(low), "mm[Hg]", "mmHg")},
		},
	}), fmt.Sprintf("Blood pressure %d/%d mmHg, %s", top, low, when)})
	for _, m := range some(d.rng, vitals, d.rng.IntN(2)) {
		c.items = append(c.items, d.measured(m, when))
	}
	return c
}

// noteSection: letters and reports, whole, as text inside the document.
func (d *document) noteSection() chapter {
	c := chapter{code: "34109-9", title: "Notes and reports", author: d.service}
	if d.rng.IntN(8) > 0 {
		return c
	}
	const letter = "DEMONSTRATION\n\nDischarge summary. Admitted after a fall at home, no loss of consciousness. " +
		"X-ray of the hip showed no fracture. Seen by the therapists, walking with a frame. Medicines unchanged. " +
		"For the community nurses: please check the skin over the left elbow at the next visit."
	when := d.between(5, 200)
	c.items = []item{{d.add("DocumentReference", obj{
		"status", "current", "type",
		obj{"coding", list{loinc("18842-5", "Discharge summary")}, "text", "Discharge summary"},
		"subject", ref(d.subject), "date", when + "T12:00:00Z", "author",
		list{ref(d.service)},
		"content",
		list{obj{"attachment", obj{
			"contentType", "text/plain", "data", base64.StdEncoding.EncodeToString([]byte(letter)), "title", "Discharge summary",
		}}},
	}), "Discharge summary, " + when}}
	return c
}
