package record

import "strings"

// titleOf is what a resource is called, in the source's words; "" if it has
// none. from is the resource whose contained resources may be referred to.
func (d *document) titleOf(res, from value, hops int) string {
	switch res.get("resourceType").str() {
	case "Patient", "Practitioner", "RelatedPerson", "Person":
		return nameText(res.get("name"))
	case "PractitionerRole":
		return d.roleTitle(res, from, hops)
	case "Organization", "Location", "HealthcareService", "CareTeam", "Endpoint", "Group":
		if s := oneLine(res.get("name").text()); s != "" {
			return s
		}
		if s := conceptText(res.get("type")); s != "" {
			return s
		}
		for id := range res.get("identifier").elems() {
			return identifierText(id)
		}
		return ""
	case "Medication":
		return d.medicationTitle(res, from, hops)
	case "Device":
		return deviceTitle(res)
	case "DeviceUseStatement":
		if s := d.refText(res.get("device"), from, hops); res.get("device").ok() {
			return s
		}
	case "MedicationStatement", "MedicationRequest", "MedicationAdministration", "MedicationDispense":
		if c := res.get("medicationCodeableConcept"); c.ok() {
			if s := conceptText(c); s != "" {
				return s
			}
		}
		for _, k := range [...]string{"medicationReference", "medication"} {
			if r := res.get(k); r.ok() {
				if r.get("coding").ok() || r.get("text").ok() || r.kind() == kindString {
					return conceptText(r)
				}
				return d.refText(r, from, hops)
			}
		}
	case "Encounter":
		return joinWords(" - ", conceptText(res.get("type")), encounterClass(res.get("class")))
	case "Immunization", "ImmunizationRecommendation":
		if s := conceptText(res.get("vaccineCode")); s != "" {
			return s
		}
	case "FamilyMemberHistory":
		return d.familyTitle(res)
	case "Appointment":
		return joinWords(" - ", oneLine(res.get("description").text()), conceptText(res.get("serviceType")), conceptText(res.get("appointmentType")))
	case "MessageHeader":
		return conceptText(firstOf(res, "eventCoding", "event"))
	case "Composition":
		return joinWords("", oneLine(res.get("title").text()), "")
	case "DocumentReference":
		if s := joinWords(" - ", conceptText(res.get("type")), oneLine(res.get("description").text())); s != "" {
			return s
		}
		return oneLine(res.at("content", "attachment", "title").text())
	case "Provenance":
		return conceptText(res.get("activity"))
	case "Consent":
		return joinWords(" - ", conceptText(res.get("scope")), conceptText(res.get("category")))
	case "QuestionnaireResponse":
		return d.questionnaireTitle(res, from, hops)
	case "Claim", "ExplanationOfBenefit", "Coverage":
		return conceptText(res.get("type"))
	case "OperationOutcome":
		return conceptText(res.at("issue", "details"))
	case "Parameters":
		return ""
	}
	return genericTitle(res)
}

func firstOf(v value, keys ...string) value {
	for _, k := range keys {
		if c := v.get(k); c.ok() {
			return c
		}
	}
	return value{}
}

func joinWords(sep string, parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" && (len(kept) == 0 || kept[len(kept)-1] != p) {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, sep)
}

// genericTitle looks where resources usually say what they are.
func genericTitle(res value) string {
	for _, k := range [...]string{"code", "vaccineCode", "title", "name", "description", "type", "serviceType", "category", "topic", "substance"} {
		v := res.get(k)
		if !v.ok() {
			continue
		}
		var s string
		if v.kind() == kindString {
			s = oneLine(v.text())
		} else {
			s = conceptText(v)
		}
		if s != "" {
			return s
		}
	}
	return ""
}

func (d *document) roleTitle(res, from value, hops int) string {
	who := ""
	if p := res.get("practitioner"); p.ok() {
		who = d.refText(p, from, hops)
	}
	org := ""
	if o := res.get("organization"); o.ok() {
		org = d.refText(o, from, hops)
	}
	return joinWords(", ", who, conceptText(res.get("code")), org)
}

func (d *document) medicationTitle(res, from value, hops int) string {
	if s := conceptText(res.get("code")); s != "" {
		return s
	}
	var parts []string
	for in := range res.get("ingredient").elems() {
		s := conceptText(in.get("itemCodeableConcept"))
		if r := in.get("itemReference"); s == "" && r.ok() {
			s = d.refText(r, from, hops)
		}
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " + ")
}

func deviceTitle(res value) string {
	for n := range res.get("deviceName").elems() {
		if s := oneLine(n.get("name").text()); s != "" {
			return joinWords(" - ", s, conceptText(res.get("type")))
		}
	}
	if s := conceptText(res.get("type")); s != "" {
		return s
	}
	return joinWords(" ", oneLine(res.get("manufacturer").text()), oneLine(firstOf(res, "modelNumber", "model").text()), oneLine(res.at("udiCarrier", "deviceIdentifier").text()))
}

func (d *document) familyTitle(res value) string {
	who := joinWords(" ", relationshipText(res.get("relationship")), oneLine(res.get("name").text()))
	var what []string
	for c := range res.get("condition").elems() {
		if s := conceptText(c.get("code")); s != "" {
			what = append(what, s)
		}
	}
	return joinWords(": ", who, strings.Join(what, ", "))
}

func (d *document) questionnaireTitle(res, from value, hops int) string {
	if s := oneLine(res.at("_questionnaire", "extension", "valueString").text()); s != "" {
		return s
	}
	q := res.get("questionnaire").str()
	if strings.HasPrefix(q, "#") {
		if c := d.inside(from, q[1:]); c.t != nil {
			return oneLine(firstOf(c, "title", "name").text())
		}
	}
	if i := d.find(q); i >= 0 {
		return oneLine(firstOf(d.entries[i].res, "title", "name").text())
	}
	return ""
}

// encounterClass words the class of an encounter.
func encounterClass(c value) string {
	s := conceptText(c)
	switch s {
	case "AMB", "ambulatory":
		return "Ambulatory"
	case "EMER", "emergency":
		return "Emergency"
	case "IMP", "inpatient encounter", "inpatient":
		return "Inpatient"
	case "HH", "home health":
		return "At home"
	case "VR", "virtual":
		return "Virtual"
	case "outpatient":
		return "Outpatient"
	case "wellness":
		return "Wellness"
	case "urgentcare":
		return "Urgent care"
	}
	return s
}

// typeWords is a resource type in words: MedicationStatement, Medication
// statement.
func typeWords(typ string) string {
	switch typ {
	case "AllergyIntolerance":
		return "Allergy or intolerance"
	case "ExplanationOfBenefit":
		return "Explanation of benefit"
	case "Immunization":
		return "Immunisation"
	case "Organization":
		return "Organisation"
	case "DiagnosticReport":
		return "Report"
	case "DocumentReference":
		return "Document"
	case "Condition":
		return "Problem"
	}
	return humanise(typ)
}
