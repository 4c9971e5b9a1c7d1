package people

import "time"

// problemAndMedicineSections writes the two together, because the medicines follow
// the problems.
func (d *document) problemAndMedicineSections() (problems, medicines chapter) {
	problems = chapter{code: "11450-4", title: "Problems"}
	medicines = chapter{code: "10160-0", title: "Medication summary"}
	switch {
	case d.none:
		d.knownNone(&problems, &medicines)
		return problems, medicines
	case d.silent:
		problems.reason, problems.words = "notasked", "No information about problems"
		medicines.reason, medicines.words = "unavailable", "No information about medicines"
		return problems, medicines
	case d.age == 0:
		problems.reason, problems.words = "nilknown", "No current problems"
		medicines.reason, medicines.words = "nilknown", "No medicines"
		return problems, medicines
	}
	var takes []medicine
	for at, ill := range d.illnessesOf() {
		problems.items = append(problems.items, d.problem(ill.concept, d.carer && at == 0))
		takes = append(takes, ill.medicines...)
	}
	if d.risky {
		takes = append(takes, pick(d.rng, highRisk))
	}
	if d.age >= 60 {
		takes = append(takes, pick(d.rng, []medicine{paracetamol, omeprazole}))
	}
	seen := map[string]bool{}
	for at, m := range takes {
		if !seen[m.product] {
			seen[m.product] = true
			medicines.items = append(medicines.items, d.takes(m, d.carer && at == 0))
		}
	}
	if len(medicines.items) == 0 {
		medicines.reason, medicines.words = "nilknown", "No medicines"
	}
	if d.narrative {
		medicines.words = "Also takes a herbal remedy from abroad, name not known; seen in the kitchen at the last visit."
	}
	return problems, medicines
}

// knownNone states that there is nothing, in one encoding or the other.
func (d *document) knownNone(problems, medicines *chapter) {
	noProblem, noMedicine := concept{"160245001", "No current problems or disability"}.coded(), concept{"787481004", "No known medications"}.coded()
	if d.rng.IntN(2) == 0 {
		noProblem = absent("no-known-problems", "No known problems")
		noMedicine = absent("no-known-medications", "No known medications")
	}
	problems.items = []item{{d.add("Condition", obj{
		"clinicalStatus", status(conditionStatus, "active"), "code", noProblem, "subject", ref(d.subject),
	}), "No current problems"}}
	medicines.items = []item{{d.add("MedicationStatement", obj{
		"status", "unknown", "medicationCodeableConcept", noMedicine, "subject", ref(d.subject),
	}), "No known medications"}}
}

// illnessesOf draws what a person of this age may have.
func (d *document) illnessesOf() []illness {
	if d.has != nil {
		return d.has
	}
	var may []illness
	for _, ill := range illnesses {
		if d.age >= ill.from {
			may = append(may, ill)
		}
	}
	n := 1
	if d.age >= 40 {
		n = 1 + d.rng.IntN(2)
	}
	return some(d.rng, may, n)
}

func (d *document) problem(what concept, fromCarer bool) item {
	onset := d.past(200 + d.rng.IntN(max(300, d.age*200))).Format("2006-01")
	words := what.term + ", since " + onset
	fields := obj{
		"clinicalStatus", status(conditionStatus, "active"),
		"category",
		list{status("http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item")},
		"code", what.coded(), "subject", ref(d.subject), "onsetDateTime", onset, "recorder", ref(d.author),
	}
	if fromCarer {
		fields = append(fields, "asserter", ref(d.informant))
		words += ", as told by the carer"
	}
	return item{d.add("Condition", fields), words}
}

func (d *document) takes(m medicine, fromCarer bool) item {
	source := ""
	issued := d.recent(1 + d.rng.IntN(50)).Format(time.DateOnly)
	words := m.product + ". " + m.dose
	var lastIssue list
	if d.rng.IntN(2) == 0 {
		lastIssue = list{obj{"url", ukStructure + "Extension-UKCore-MedicationStatementLastIssueDate", "valueDateTime", issued}}
		words += ". Last issued " + issued
	}
	if fromCarer {
		source = d.informant
		words += ", as told by the carer"
	}
	return item{d.add("MedicationStatement", obj{
		"extension", lastIssue,
		"status", "active", "medicationCodeableConcept", m.substance.codedAs(m.product), "subject", ref(d.subject),
		"effectivePeriod",
		obj{"start", d.between(60, 2500)},
		"informationSource", ref(source),
		"dosage",
		list{obj{"text", m.dose}},
	}), words}
}
