package record

import (
	"slices"
	"strings"
)

// kind adds the lines that matter most for the kinds read every day.
func (b *itemBuilder) kind() {
	switch b.it.Kind {
	case "AllergyIntolerance":
		b.allergy()
	case "Condition":
		b.hide("code", "recordedDate", "assertedDate")
		b.choice("onset")
		b.choice("abatement")
		b.line("bodySite", "note", "category")
		b.add("Recorded", formatKnown(b.it.Updated))
	case "MedicationStatement", "MedicationRequest", "MedicationAdministration", "MedicationDispense":
		b.medicine()
	case "Medication":
		b.hide("code")
		b.line("form", "ingredient", "amount")
	case "Immunization":
		b.immunisation()
	case "Observation":
		b.observation()
	case "DiagnosticReport":
		b.report()
	case "Procedure":
		b.hide("code")
		b.choice("performed")
		b.line("bodySite", "outcome", "complication", "note")
		b.notDone()
	case "DeviceUseStatement", "Device":
		b.device()
	case "Flag":
		b.hide("code")
		b.line("period", "author", "category")
		low := strings.ToLower(b.d.titleOf(b.res, b.res, 0) + " " + conceptText(b.res.get("category")))
		b.it.Safeguard = strings.Contains(low, "safeguard") || strings.Contains(low, "child protection")
	case "Consent":
		b.consent()
	case "DocumentReference":
		b.hide("type")
		b.line("description", "date", "author", "content")
	case "Encounter", "Appointment", "EpisodeOfCare":
		b.line("period", "start", "end", "reasonCode", "reasonReference", "reason", "participant", "serviceProvider", "location")
		b.hide("class", "type", "description")
	case "CarePlan":
		b.line("description", "period", "addresses", "activity", "goal")
	case "Goal":
		b.line("description", "achievementStatus", "target", "startDate", "note")
	case "QuestionnaireResponse":
		b.answers(b.res.get("item"), "")
		b.hide("item")
	case "RelatedPerson":
		b.line("relationship", "telecom", "address", "communication")
		b.hide("name")
	case "Practitioner", "Organization", "Location", "HealthcareService", "Patient":
		b.hide("name")
		b.line("telecom", "address", "qualification")
	case "PractitionerRole":
		b.line("practitioner", "code", "specialty", "organization", "location", "telecom")
	case "FamilyMemberHistory":
		b.line("relationship", "condition", "note")
	}
	b.medicineRisk()
}

func formatKnown(d Date) string {
	if d.IsZero() {
		return ""
	}
	return d.Format()
}

// choice shows an element whose name ends in its data type, such as onset[x].
func (b *itemBuilder) choice(base string) {
	for k, v := range b.res.props() {
		if len(k) > len(base) && strings.HasPrefix(k, base) && choiceTypes[k[len(base):]] && v.ok() && !slices.Contains(b.shown, k) {
			b.hide(k)
			b.add(humanise(base), b.d.words(v, b.res, 0))
		}
	}
}

// notDone makes a title say that something was not done.
func (b *itemBuilder) notDone() {
	if b.res.get("status").is("not-done") || b.res.get("notDone").kind() == kindTrue || b.res.get("notGiven").kind() == kindTrue {
		b.it.Title = "Not done: " + b.d.titleOf(b.res, b.res, 0)
	}
}

func (b *itemBuilder) allergy() {
	it := b.it
	b.hide("code", "reaction", "recordedDate", "assertedDate")
	var all []string
	for r := range b.res.get("reaction").elems() {
		m := conceptText(r.get("manifestation"))
		if s := conceptText(r.get("substance")); s != "" {
			b.add("Substance", s)
		}
		sev := statusWords(r.get("severity").str())
		if sev != "" && worse(sev, it.Severity) {
			it.Severity = sev
		}
		if m == "" {
			m = oneLine(r.get("description").text())
		}
		if m != "" {
			all = append(all, m)
		}
		line := joinWords(", ", m, strings.ToLower(sev))
		for _, k := range [...]string{"description", "onset", "exposureRoute", "note"} {
			if v := r.get(k); v.ok() {
				if s := b.d.words(v, b.res, 0); s != m {
					line = joinWords(", ", line, s)
				}
			}
		}
		b.add("Reaction", line)
	}
	it.Reaction = strings.Join(all, "; ")
	b.add("Severity", it.Severity)
	b.add("Criticality", it.Criticality)
	b.add("Certainty", it.Certainty)
	b.choice("onset")
	b.line("lastOccurrence", "type", "category", "note")
	b.add("Recorded", formatKnown(it.Updated))
}

// worse compares severities in words.
func worse(a, b string) bool {
	rank := func(s string) int { return strings.Index("mild moderate severe fatal", strings.ToLower(s)) }
	return b == "" || rank(a) > rank(b)
}

func (b *itemBuilder) medicine() {
	it, res := b.it, b.res
	b.hide("medicationCodeableConcept", "medicationReference", "medication", "dosage", "dosageInstruction")
	var doses, routes []string
	for _, k := range [...]string{"dosage", "dosageInstruction"} {
		for v := range res.get(k).elems() {
			if s := b.d.dosageText(v, res, 0); s != "" {
				doses = append(doses, s)
			}
			if s := conceptText(v.get("route")); s != "" && len(routes) < 20 && !slices.Contains(routes, s) {
				routes = append(routes, s)
			}
			if v.get("text").ok() {
				if s := b.d.dosageParts(v, res); s != "" {
					b.add("Dose in parts", s)
				}
			}
		}
	}
	it.Dose, it.Route = strings.Join(doses, "\n"), strings.Join(routes, ", ")
	dose := it.Dose
	if dose == "" {
		dose = "Not recorded"
	}
	it.Detail = append([]Field{{"Dose", dose}}, it.Detail...)
	b.add("Route", it.Route)
	for e := range res.get("extension").elems() {
		if strings.HasSuffix(e.get("url").str(), "MedicationStatementLastIssueDate") {
			_, s := extensionField(e)
			b.add("Last issued", s)
		}
	}
	b.choice("effective")
	b.line("authoredOn", "dateAsserted", "reasonCode", "reasonReference", "note", "statusReason", "courseOfTherapyType")
	if res.get("doNotPerform").kind() == kindTrue {
		it.Title, it.Status = "Do not give: "+b.d.titleOf(res, res, 0), "Do not give"
	}
	if it.Kind == "MedicationAdministration" && (res.get("status").is("not-done") || res.get("notGiven").kind() == kindTrue) {
		it.Title = "Not given: " + b.d.titleOf(res, res, 0)
	}
	for o := range res.get("basedOn").elems() {
		if t := b.d.resolve(o, res); t.entry >= 0 {
			it.orders = append(it.orders, b.d.entries[t.entry].path)
		}
	}
	if drug := b.d.related(res.get("medicationReference"), res, "Medication"); drug != nil {
		for _, f := range drug.Detail {
			if f.Label == "Form" || f.Label == "Ingredient" {
				it.Detail = append(it.Detail, f)
			}
		}
	}
}

// related is the item of the resource that a reference leads to, if it is of a
// kind; nil otherwise. Kinds asked for here never ask back.
func (d *document) related(ref, from value, kind string) *Item {
	t := d.resolve(ref, from)
	switch {
	case !t.res.get("resourceType").is(kind):
		return nil
	case t.entry >= 0:
		return d.itemOf(t.entry)
	}
	it := d.buildItem(t.res, "")
	return &it
}

// dosageParts words the structured dose that stands beside an author's text.
func (d *document) dosageParts(v, from value) string {
	parts := []string{}
	for dr := range v.get("doseAndRate").elems() {
		parts = append(parts, doseText(dr))
	}
	parts = append(parts, doseText(v), timingText(v.get("timing")))
	if c := v.get("asNeededCodeableConcept"); c.ok() {
		parts = append(parts, "as needed for "+conceptText(c))
	} else if v.get("asNeededBoolean").kind() == kindTrue {
		parts = append(parts, "as needed")
	}
	parts = append(parts, conceptText(v.get("additionalInstruction")), v.get("patientInstruction").text(), conceptText(v.get("site")), conceptText(v.get("method")))
	s := joinWords(", ", parts...)
	if s == v.get("text").text() {
		return ""
	}
	return s
}

func (b *itemBuilder) medicineRisk() {
	switch b.it.Kind {
	case "MedicationStatement", "MedicationRequest", "MedicationAdministration", "MedicationDispense", "Medication":
	default:
		return
	}
	title := b.d.titleOf(b.res, b.res, 0)
	b.it.HighRisk = highRisk(title, b.it.Codings)
	if b.it.HighRisk == "" {
		b.it.HighRisk = highRiskName(b.it.Field("Ingredient"))
	}
}

func (b *itemBuilder) immunisation() {
	b.hide("vaccineCode", "notGiven")
	b.choice("occurrence")
	b.line("protocolApplied", "lotNumber", "site", "route", "doseQuantity", "reportOrigin", "note")
	if b.res.get("status").is("not-done") || b.res.get("notGiven").kind() == kindTrue {
		b.it.Title = "Not given: " + b.d.titleOf(b.res, b.res, 0)
	}
}

// observationValue words the value of an observation or component.
func (d *document) observationValue(res, from value) string {
	for k, v := range res.props() {
		if strings.HasPrefix(k, "value") && (len(k) == 5 || choiceTypes[k[5:]]) && v.ok() {
			return d.words(v, from, 0)
		}
	}
	if r := res.get("dataAbsentReason"); r.ok() {
		if s := absentWords(conceptCode(r)); s != "" && !strings.HasPrefix(s, "Missing") {
			return s
		}
		return conceptText(r)
	}
	for k, v := range res.props() {
		if strings.HasPrefix(k, "_value") {
			return absentReason(v.get("extension"))
		}
	}
	return ""
}

func (b *itemBuilder) observation() {
	b.hide("code", "component", "referenceRange", "interpretation", "dataAbsentReason")
	for k := range b.res.props() {
		if strings.HasPrefix(k, "value") {
			b.hide(k)
		}
	}
	b.add("Value", b.d.observationValue(b.res, b.res))
	b.add("Interpretation", conceptText(b.res.get("interpretation")))
	b.ranges("Reference range", b.res)
	for c := range b.res.get("component").elems() {
		label := conceptText(c.get("code"))
		if label == "" {
			label = "Component"
		}
		v := b.d.observationValue(c, b.res)
		b.add(label, joinWords(", ", v, conceptText(c.get("interpretation"))))
		b.ranges(label+", reference range", c)
	}
	b.choice("effective")
	b.line("note", "comment", "bodySite", "method", "performer")
	for m := range b.res.get("hasMember").elems() {
		b.add("Includes", b.d.resultText(m, b.res))
	}
	b.hide("hasMember")
}

func (b *itemBuilder) ranges(label string, v value) {
	for r := range v.get("referenceRange").elems() {
		s := ""
		if r.get("low").ok() || r.get("high").ok() {
			s = rangeText(r)
		}
		b.add(label, joinWords(", ", s, r.get("text").text(), conceptText(r.get("type")), conceptText(r.get("appliesTo"))))
	}
}

// resultText is a referenced observation with its value, worded once.
func (d *document) resultText(ref, from value) string {
	s := d.refText(ref, from, 0)
	t := d.resolve(ref, from)
	switch {
	case !t.res.get("resourceType").is("Observation"):
		return s
	case t.entry < 0:
		return cut(joinWords(": ", s, cut(d.observationValue(t.res, from))))
	}
	e := &d.entries[t.entry]
	if !e.valued {
		e.valued, e.result = true, cut(d.observationValue(e.res, e.res))
	}
	return cut(joinWords(": ", s, e.result))
}

func (b *itemBuilder) report() {
	b.hide("code", "result")
	b.line("conclusion", "conclusionCode", "codedDiagnosis")
	for r := range b.res.get("result").elems() {
		b.add("Result", b.d.resultText(r, b.res))
	}
	b.choice("effective")
	b.line("issued", "performer", "specimen", "presentedForm")
}

func (b *itemBuilder) device() {
	res := b.res
	if b.it.Kind == "DeviceUseStatement" {
		b.choice("timing")
		b.line("bodySite", "reasonCode", "note")
		if dev := b.d.related(res.get("device"), res, "Device"); dev != nil {
			b.it.Codings, b.it.Coding = dev.Codings, dev.Coding
			b.hide("device")
			b.it.Detail = append(b.it.Detail, dev.Detail...)
		}
		return
	}
	b.hide("deviceName", "type")
	b.line("manufacturer", "modelNumber", "serialNumber", "udiCarrier", "expirationDate", "note")
}

func (b *itemBuilder) consent() {
	res := b.res
	b.line("dateTime", "performer", "organization")
	if p := res.get("policyRule"); p.ok() {
		b.add("Rule", conceptText(p))
	}
	b.hide("policyRule")
	if p := res.get("provision"); p.ok() {
		word := "Exception to the rule"
		switch p.get("type").str() {
		case "deny":
			word = "Does not allow"
		case "permit":
			word = "Allows"
		}
		b.add(word, b.d.words(p, res, 0))
		b.hide("provision")
	}
}

// answers writes a questionnaire's answers with the question as the label.
func (b *itemBuilder) answers(items value, prefix string) {
	for it := range items.elems() {
		label := oneLine(it.get("text").text())
		if label == "" {
			label = it.get("linkId").text()
		}
		if len(b.it.Detail) >= maxFields {
			return
		}
		var parts []string
		for a := range it.get("answer").elems() {
			for k, v := range a.props() {
				if strings.HasPrefix(k, "value") && v.ok() {
					parts = append(parts, b.d.words(v, b.res, 0))
				}
			}
		}
		b.add(prefix+label, strings.Join(parts, "; "))
		if len(parts) == 0 && !it.get("item").ok() {
			b.add(prefix+label, "No answer")
		}
		within := cut(label) + ": "
		b.answers(it.get("item"), within)
		for a := range it.get("answer").elems() {
			b.answers(a.get("item"), within)
		}
	}
}
