package people

import (
	"fmt"
	"time"
)

// alertSection: the resuscitation decision and the flags.
func (d *document) alertSection() chapter {
	c := chapter{code: "104605-1", title: "Alerts", author: d.service}
	c.items = append(c.items, d.decisions()...)
	if d.keySafe {
		c.items = append(c.items, d.flag(warning{"safety", fmt.Sprintf(keySafe, d.rng.IntN(10_000)), "PM"}, nil))
	}
	for _, w := range some(d.rng, warnings, d.alerts) {
		c.items = append(c.items, d.flag(w, nil))
	}
	if d.guarded {
		restricted := list{obj{"system", confidSystem, "code", "R", "display", "restricted"}}
		c.items = append(c.items, d.flag(safeguarding, restricted))
	}
	return c
}

func (d *document) flag(w warning, labels list) item {
	return item{d.addLabelled("Flag", labels, obj{
		"extension",
		list{obj{
			"url", hl7Structure + "flag-priority",
			"valueCodeableConcept", status("http://hl7.org/fhir/flag-priority-code", w.priority),
		}},
		"status", "active",
		"category",
		list{status("http://terminology.hl7.org/CodeSystem/flag-category", w.kind)},
		"code",
		obj{"text", w.words},
		"subject", ref(d.subject), "period",
		obj{"start", d.between(10, 900)},
		"author", ref(d.author),
	}), w.words}
}

var (
	notForCPR = concept{"450476008", "Not for attempted cardiopulmonary resuscitation"}
	forCPR    = concept{"450475007", "For attempted cardiopulmonary resuscitation"}
	noneKnown = concept{"845151000000104", "Not aware of do not attempt cardiopulmonary resuscitation decision"}
)

// decisions writes what is recorded about resuscitation. A revoked decision and one
// in error stay in the document: that they are over is what a crew has to see.
func (d *document) decisions() []item {
	decided, review := d.between(60, 400), d.recent(-90-d.rng.IntN(200)).Format(time.DateOnly)
	switch d.cpr {
	case cprNot:
		return []item{d.decision(notForCPR, "active", decided, review)}
	case cprAttempt:
		return []item{d.decision(forCPR, "active", decided, review)}
	case cprOverdue:
		return []item{d.decision(notForCPR, "active", d.between(500, 900), d.recent(30+d.rng.IntN(60)).Format(time.DateOnly))}
	case cprRevoked:
		return []item{d.decision(notForCPR, "inactive", decided, d.recent(12).Format(time.DateOnly))}
	case cprReplaced:
		return []item{
			d.decision(forCPR, "inactive", d.between(800, 1200), d.past(500).Format(time.DateOnly)),
			d.decision(notForCPR, "active", decided, review),
		}
	case cprConflict:
		return []item{
			d.decision(notForCPR, "active", decided, review),
			d.decision(forCPR, "active", d.between(60, 400), review),
		}
	case cprNotAware:
		return []item{d.decision(noneKnown, "active", decided, "")}
	case cprInError:
		return []item{d.decision(notForCPR, "entered-in-error", decided, review)}
	}
	return nil
}

func (d *document) decision(what concept, state, start, end string) item {
	words := what.term + ", decided " + start
	if end != "" {
		words += ", review " + end
	}
	if state != "active" {
		words += " (" + state + ")"
	}
	return item{d.add("Flag", obj{
		"status", state,
		"category",
		list{status("http://terminology.hl7.org/CodeSystem/flag-category", "advance-directive")},
		"code", what.coded(), "subject", ref(d.subject),
		"period",
		obj{"start", start, "end", end},
		"author", ref(d.author),
	}), words}
}

// directiveSection: a ReSPECT form, or an advance decision to refuse treatment.
func (d *document) directiveSection() chapter {
	c := chapter{code: "42348-3", title: "Advance directives", author: d.service}
	if !d.respect {
		return c
	}
	when := d.between(60, 400)
	c.items = []item{{d.add("DocumentReference", obj{
		"status", "current", "type", concept{"1382601000000107", "ReSPECT (Recommended Summary Plan for Emergency Care and Treatment) form"}.coded(),
		"subject", ref(d.subject), "date", when + "T10:00:00Z", "author",
		list{ref(d.author)},
		"description", "Original is held at home, in the kitchen.",
		"content",
		list{obj{"attachment", obj{"contentType", "application/pdf", "title", "ReSPECT form"}}},
	}), "ReSPECT form of " + when + ". The original is held at home, in the kitchen."}}
	if d.cpr == cprReplaced {
		c.items = append(c.items, item{d.add("Consent", obj{
			"status", "active", "scope", status("http://terminology.hl7.org/CodeSystem/consentscope", "adr"),
			"category",
			list{obj{"coding", list{loinc("59284-0", "Consent Document")}}},
			"patient", ref(d.subject), "dateTime", when,
			"policyRule",
			obj{"text", "Advance decision to refuse treatment: no invasive ventilation"},
		}), "Advance decision to refuse treatment: no invasive ventilation, " + when})
	}
	return c
}

// allergySection says what is known of allergies in one of the ways in which real
// records say it.
func (d *document) allergySection() chapter {
	c := chapter{code: "48765-2", title: "Allergies and intolerances"}
	switch d.allergies {
	case allergyPresent, allergyHistory:
		to := d.allergicTo
		if to == nil {
			to = some(d.rng, allergies, 1+d.rng.IntN(2))
		}
		for at, r := range to {
			c.items = append(c.items, d.allergy(r, "active", "confirmed", d.carer && at == 0))
		}
		if d.allergies == allergyHistory {
			c.items = append(c.items,
				d.allergy(pick(d.rng, allergies), "inactive", "refuted", false),
				d.allergy(pick(d.rng, allergies), "", "entered-in-error", false))
		}
	case allergyNegation:
		c.items = d.stated(concept{"716186003", "No known allergy"}.coded(), "No known allergies")
	case allergyDrugNone:
		c.items = d.stated(concept{"409137002", "No known drug allergy"}.coded(), "No known drug allergies")
	case allergyNoInfo:
		c.items = d.stated(concept{"1287211007", "No information available"}.coded(), "No information about allergies")
	case allergyIPSNone:
		c.items = d.stated(absent("no-known-allergies", "No known allergies"), "No known allergies")
	case allergyIPSNoInfo:
		c.items = d.stated(absent("no-allergy-info", "No information about allergies"), "No information about allergies")
	case allergyNilKnown:
		c.reason, c.words = "nilknown", "No known allergies"
	case allergyNotAsked:
		c.reason, c.words = "notasked", "Allergies have not been asked about"
	case allergyUnavailable:
		c.reason, c.words = "unavailable", "The practice system could not be reached"
	case allergyWithheld:
		c.reason, c.words = "withheld", "Allergies are withheld"
	case allergyNoSection:
		return chapter{}
	}
	return c
}

func absent(code, words string) obj {
	return obj{"coding", list{obj{"system", absentSystem, "code", code, "display", words}}}
}

// stated is an AllergyIntolerance that states an absence: it is not an allergy.
func (d *document) stated(code obj, words string) []item {
	return []item{{d.add("AllergyIntolerance", obj{
		"clinicalStatus", status(allergySystem+"clinical", "active"),
		"code", code, "patient", ref(d.subject),
	}), words}}
}

func (d *document) allergy(r reaction, clinical, verified string, fromCarer bool) item {
	when := d.between(20, 5000)
	words := r.to.term + ": " + r.shows.term + ", recorded " + when
	fields := obj{
		"verificationStatus", status(allergySystem+"verification", verified),
		"category",
		list{r.category},
		"criticality", r.danger,
		"code", r.to.coded(), "patient", ref(d.subject), "recordedDate", when,
		"recorder", ref(d.author),
		"reaction",
		list{obj{"manifestation", list{r.shows.coded()}, "severity", r.severity}},
	}
	if clinical != "" {
		fields = append(obj{"clinicalStatus", status(allergySystem+"clinical", clinical)}, fields...)
	} else {
		words += " (" + verified + ")"
	}
	if fromCarer {
		fields = append(fields, "asserter", ref(d.informant))
		words += ", as told by the carer"
	}
	return item{d.add("AllergyIntolerance", fields), words}
}
