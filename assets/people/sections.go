package people

import (
	"fmt"
	"strconv"
	"time"
)

// chapters are the sections of a summary: those of the emergency card first, in its
// order, then the rest (domain.md 1.1 and 1.4).
func (d *document) chapters() []chapter {
	problems, medicines := d.problemAndMedicineSections()
	return []chapter{
		d.alertSection(), d.allergySection(), medicines, problems, d.deviceSection(),
		d.directiveSection(), d.contingencySection(), d.planSection(), d.requirementSection(), d.contactSection(),
		d.pastProblemSection(), d.procedureSection(), d.immunisationSection(), d.resultSection(),
		d.vitalSection(), d.functionSection(), d.pregnancySection(), d.socialSection(),
		d.storySection(), d.noteSection(),
	}
}

// deviceSection: what is implanted in, or worn by, the person.
func (d *document) deviceSection() chapter {
	c := chapter{code: "46264-8", title: "Medical devices"}
	wears := d.wears
	if wears == nil {
		wears = some(d.rng, implants, d.devices)
	}
	for _, what := range wears {
		device := d.add("Device", obj{"status", "active", "type", what.coded(), "patient", ref(d.subject)})
		since := d.between(60, 4000)
		c.items = append(c.items, item{d.add("DeviceUseStatement", obj{
			"status", "active", "subject", ref(d.subject), "timingDateTime", since, "device", ref(device),
		}), what.term + ", since " + since})
	}
	return c
}

// contingencySection: what to do when things get worse, under the heading that the
// core information standard has for it.
func (d *document) contingencySection() chapter {
	c := chapter{system: sctSystem, code: "325691000000100", title: "Contingency plan", author: d.service}
	if !d.plan {
		return c
	}
	what := pick(d.rng, plans)
	c.items = []item{{d.add("CarePlan", obj{
		"status", "active", "intent", "plan",
		"category",
		list{concept{"325691000000100", "Contingency plan"}.coded()},
		"title", "Contingency plan", "description", what,
		"subject", ref(d.subject), "period",
		obj{"start", d.between(20, 300)},
		"author", ref(d.author),
	}), "Contingency plan: " + what}}
	return c
}

// planSection: what is planned anyway.
func (d *document) planSection() chapter {
	c := chapter{code: "18776-5", title: "Plan of care", author: d.service}
	if d.age < 50 || d.rng.IntN(5) > 0 {
		return c
	}
	what := pick(d.rng, []string{
		"Compression bandaging of both lower legs, twice a week", "Insulin given by the nurse each morning",
		"Four care visits a day, two carers for moving", "Weekly weight and blood pressure, ring the heart failure nurse if up by 2 kg",
	})
	c.items = []item{{d.add("CarePlan", obj{
		"status", "active", "intent", "plan", "title", "Plan of care", "description", what,
		"subject", ref(d.subject), "period",
		obj{"start", d.between(20, 300)},
	}), what}}
	return c
}

// requirementSection: communication needs, interpreter, capacity; words alone, as
// practices write it.
func (d *document) requirementSection() chapter {
	c := chapter{title: "Individual requirements"}
	switch {
	case d.interpreter:
		c.words = "Needs an interpreter: " + d.speaks + ". Family should not interpret."
	case d.carer:
		c.words = "Hard of hearing in both ears: face the person and speak slowly. Read by the carer to check understanding."
	case d.cpr == cprOverdue:
		c.words = "May lack capacity for decisions about treatment: assess for each decision."
	}
	return c
}

// contactSection: recent and coming contacts with professionals.
func (d *document) contactSection() chapter {
	c := chapter{code: "46240-8", title: "Contacts with professionals", author: d.service}
	kinds := []string{"District nurse visit: wound dressing", "Ambulance attendance: fall, not conveyed", "GP telephone consultation", "Outpatient clinic", "Social worker home visit"}
	for range d.contacts {
		when := d.recent(1 + d.rng.IntN(28)).Add(time.Duration(d.rng.IntN(480)) * time.Minute)
		what := pick(d.rng, kinds)
		c.items = append(c.items, item{d.add("Encounter", obj{
			"status", "finished",
			"class",
			obj{"system", "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code", "HH", "display", "home health"},
			"type",
			list{obj{"text", what}},
			"subject", ref(d.subject),
			"period",
			obj{"start", when.Format(stampLayout), "end", when.Add(40 * time.Minute).Format(stampLayout)},
			"serviceProvider", ref(d.service),
		}), when.Format(time.DateOnly) + " " + what})
	}
	if d.contacts > 1 {
		when := d.recent(-3 - d.rng.IntN(20))
		c.items = append(c.items, item{d.add("Appointment", obj{
			"status", "booked", "description", "Review at home", "start", when.Format(stampLayout),
			"participant",
			list{obj{"actor", ref(d.subject), "status", "accepted"}},
		}), when.Format(time.DateOnly) + " Review at home (booked)"})
	}
	return c
}

func (d *document) pastProblemSection() chapter {
	c := chapter{code: "11348-0", title: "Past problems"}
	if d.age < 18 || d.silent {
		return c
	}
	for _, what := range some(d.rng, pastProblems, d.rng.IntN(4)/3) {
		began := 1500 + d.rng.IntN(9000)
		onset := d.past(began).Format("2006")
		c.items = append(c.items, item{d.add("Condition", obj{
			"clinicalStatus", status(conditionStatus, "resolved"),
			"code", what.coded(), "subject", ref(d.subject), "onsetDateTime", onset,
			"abatementDateTime", d.past(began - 300).Format("2006"),
		}), what.term + ", " + onset})
	}
	return c
}

func (d *document) procedureSection() chapter {
	c := chapter{code: "47519-4", title: "Procedures"}
	if d.age < 30 {
		return c
	}
	for _, what := range some(d.rng, operations, d.rng.IntN(4)/3) {
		when := d.between(100, 8000)
		c.items = append(c.items, item{d.add("Procedure", obj{
			"status", "completed", "code", what.coded(), "subject", ref(d.subject), "performedDateTime", when,
		}), what.term + ", " + when})
	}
	return c
}

func (d *document) immunisationSection() chapter {
	c := chapter{code: "11369-6", title: "Immunisations"}
	given := vaccines
	if d.age < 18 {
		given = childVaccines
	}
	for _, what := range some(d.rng, given, d.rng.IntN(2)) {
		when := d.between(20, 1500)
		if d.age == 0 {
			when = d.recent(0).Format(time.DateOnly)
		}
		c.items = append(c.items, item{d.add("Immunization", obj{
			"status", "completed", "vaccineCode", what.coded(), "patient", ref(d.subject),
			"occurrenceDateTime", when, "lotNumber", fmt.Sprintf("DM%04d", d.rng.IntN(10_000)),
		}), what.term + ", " + when})
	}
	return c
}

func (d *document) functionSection() chapter {
	c := chapter{code: "47420-5", title: "Functional status", author: d.service}
	if d.age < 70 || d.rng.IntN(2) == 0 {
		return c
	}
	c.items = []item{{d.add("Condition", obj{
		"clinicalStatus", status(conditionStatus, "active"),
		"category",
		list{obj{"text", "Functional status"}},
		"code", concept{"82971005", "Impaired mobility"}.coded(), "subject", ref(d.subject),
		"note",
		list{obj{"text", "Walks with a frame indoors; needs one person on the stairs."}},
	}), "Impaired mobility: walks with a frame indoors; needs one person on the stairs."}}
	return c
}

func (d *document) pregnancySection() chapter {
	c := chapter{code: "10162-6", title: "Pregnancy"}
	if !d.pregnant {
		return c
	}
	seen := d.recent(7).Format(time.DateOnly)
	due := d.recent(-40 - d.rng.IntN(150)).Format(time.DateOnly)
	c.items = []item{
		{d.observation("82810-3", "Pregnancy status", seen, "valueCodeableConcept", concept{"77386006", "Pregnant"}.coded()), "Pregnant"},
		{d.observation("11778-8", "Delivery date Estimated", seen, "valueDateTime", due), "Due " + due},
	}
	return c
}

func (d *document) socialSection() chapter {
	c := chapter{code: "29762-2", title: "Social history"}
	if d.age < 16 || d.rng.IntN(4) > 0 {
		return c
	}
	smoking := pick(d.rng, []concept{{"266919005", "Never smoker"}, {"8517006", "Former smoker"}, {"65568007", "Cigarette smoker"}})
	units := d.rng.IntN(30)
	when := d.between(30, 900)
	c.items = []item{
		{d.observation("72166-2", "Tobacco smoking status", when, "valueCodeableConcept", smoking.coded()), smoking.term},
		{
			d.observation("74013-4", "Alcoholic drinks per day", when, "valueQuantity", quantity(float64(units)/10, "/d", "drinks per day")),
			"Alcohol: about " + strconv.Itoa(units) + " units a week",
		},
	}
	return c
}

// storySection is words alone: what the person wants everybody to know.
func (d *document) storySection() chapter {
	stories := []string{
		"Likes to be called by the first name. Was a bus driver for thirty years. Please let the cat out before leaving.",
		"Lives alone since last spring. Wants to stay at home whatever happens, and wants to be asked before anybody rings the family.",
		"Prays five times a day; asks that visits avoid midday on Friday. Prefers a nurse of the same sex for personal care.",
		"Afraid of hospitals after a long stay. Music helps. Needs time to answer: count to ten before asking again.",
	}
	c := chapter{code: "81338-6", title: "Patient story"}
	if d.age >= 18 && d.rng.IntN(3) == 0 {
		c.words = pick(d.rng, stories)
	}
	return c
}

const conditionStatus = "http://terminology.hl7.org/CodeSystem/condition-clinical"

// plans are contingency plans: what to do at home before anything else.
var plans = []string{
	"If breathlessness gets worse: start the rescue pack in the kitchen drawer, ring the community team on the number in the house folder, " +
		"and go to hospital only if the person asks for it or saturations stay below 85%.",
	"If found confused: check sugar and temperature, treat at home if the community team can come within two hours; " +
		"the daughter will sit with the person until then.",
	"After a fall with no injury: two people and the lifting cushion from the hall. Any knock to the head: hospital, whatever the time.",
}
