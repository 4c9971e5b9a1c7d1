package people

import (
	"fmt"
	"strings"
)

// people writes the patient, those who care for them, and the organisations.
func (d *document) people() {
	practice, service := pick(d.rng, practices), pick(d.rng, services)
	d.practice = d.organisation(practice)
	d.service = d.organisation(service)
	t := drawTongue(d.rng)
	d.author = d.add("Practitioner", obj{
		"identifier",
		list{obj{"system", sdsSystem, "value", fmt.Sprintf("9%011d", d.rng.IntN(1_000_000_000))}},
		"name",
		list{obj{"family", pick(d.rng, t.family), "given", list{pick(d.rng, t.female)}, "prefix", list{"Dr"}}},
	})
	d.subject = d.patient()
	if d.carer {
		d.informant = d.relatedPerson()
	}
}

func (d *document) organisation(b body) string {
	return d.add("Organization", obj{
		"identifier",
		list{obj{"system", odsSystem, "value", b.code}},
		"name", b.name,
	})
}

// patient writes the UK Core Patient. A restricted person's address, telephone and
// practice are left out: where they are could put them in danger (domain.md 3.3).
func (d *document) patient() string {
	labels := list{mark}
	if d.restricted {
		labels = append(labels, obj{"system", confidSystem, "code", "R", "display", "restricted"})
	}
	fields := obj{
		"extension", d.patientExtensions(),
		"identifier", d.nhsIdentifier(),
		"active", !d.deceased(),
		"name", d.names(),
		"gender", d.gender,
		"birthDate", d.born,
	}
	if d.deceased() {
		fields = append(fields, "deceasedDateTime", d.died)
	}
	if !d.restricted {
		fields = append(fields, "telecom", d.telecom(), "address", d.address())
	}
	if d.speaks != "" {
		fields = append(fields, "communication", list{obj{
			"language",
			obj{
				"coding",
				list{obj{"system", "urn:ietf:bcp:47", "code", d.language, "display", d.speaks}},
				"text", d.speaks,
			},
			"preferred", true,
		}})
	}
	fields = append(fields, "contact", d.nextOfKin())
	if !d.restricted {
		fields = append(fields, "generalPractitioner", list{ref(d.practice)})
	}
	return d.addLabelled("Patient", labels, fields)
}

func (d *document) patientExtensions() list {
	var out list
	if d.interpreter {
		out = append(out, obj{"url", hl7Structure + "patient-interpreterRequired", "valueBoolean", true})
	}
	if d.age == 0 && len(d.born) == len("2006-01-02") {
		out = append(out, obj{"url", hl7Structure + "patient-birthTime", "valueDateTime", d.born + "T04:12:00Z"})
	}
	return out
}

// nhsIdentifier is the NHS number with its verification status, or the reason why
// there is none.
func (d *document) nhsIdentifier() list {
	if d.nhs == "" {
		return list{obj{
			"extension",
			list{obj{
				"url", ukStructure + "Extension-UKCore-NHSNumberUnavailableReason",
				"valueCodeableConcept",
				obj{"text", "Number not known to the sender"},
			}},
			"system", nhsSystem,
		}}
	}
	return list{obj{
		"extension",
		list{obj{
			"url", ukStructure + "Extension-UKCore-NHSNumberVerificationStatus",
			"valueCodeableConcept",
			obj{"coding", list{obj{
				"system", "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus",
				"code", d.nhsStatus, "display", verification[d.nhsStatus],
			}}},
		}},
		"system", nhsSystem,
		"value", d.nhs,
	}}
}

var verification = map[string]string{
	"01": "Number present and verified",
	"02": "Number present but not traced",
	"03": "Trace required",
	"04": "Trace attempted - no match or multiple match found",
	"07": "Number not present and trace not required",
}

func (d *document) names() list {
	given := list{}
	for g := range strings.FieldsSeq(d.given) {
		given = append(given, g)
	}
	out := list{obj{
		"use", "official", "family", d.family, "given", given, "prefix", one(d.title),
	}}
	if d.preferred != "" {
		out = append(out, obj{"use", "usual", "given", list{d.preferred}, "family", d.family})
	}
	return out
}

func one(s string) list {
	if s == "" {
		return nil
	}
	return list{s}
}

func (d *document) telecom() list {
	return list{
		obj{"system", "phone", "value", d.landline(), "use", "home"},
		obj{"system", "phone", "value", d.mobile(), "use", "mobile"},
	}
}

// The ranges of telephone numbers that are kept for drama.
func (d *document) landline() string { return fmt.Sprintf("01632 960%03d", d.rng.IntN(1000)) }
func (d *document) mobile() string   { return fmt.Sprintf("07700 900%03d", d.rng.IntN(1000)) }

func (d *document) address() list {
	return list{obj{
		"use", "home", "line", list{d.street}, "city", d.town, "postalCode", d.postcode,
	}}
}

// nextOfKin writes one or two people to ring, in the order in which to ring them.
func (d *document) nextOfKin() list {
	ties := []string{"Daughter", "Son", "Wife", "Husband", "Sister", "Neighbour", "Friend", "Lasting power of attorney (health)"}
	if d.age < 18 {
		ties = []string{"Mother", "Father", "Grandmother", "Foster carer"}
	}
	var out list
	for rank, tie := range some(d.rng, ties, 1+d.rng.IntN(2)) {
		t := drawTongue(d.rng)
		code, words := "C", "Emergency Contact"
		if rank == 0 {
			code, words = "N", "Next-of-Kin"
		}
		contact := obj{
			"extension",
			list{obj{"url", ukStructure + "Extension-UKCore-ContactRank", "valuePositiveInt", rank + 1}},
			"relationship",
			list{obj{
				"coding",
				list{obj{"system", "http://terminology.hl7.org/CodeSystem/v2-0131", "code", code, "display", words}},
				"text", tie,
			}},
			"name",
			obj{"family", pick(d.rng, t.family), "given", list{pick(d.rng, t.female)}},
		}
		if !d.restricted {
			contact = append(contact, "telecom", list{obj{"system", "phone", "value", d.mobile(), "use", "mobile"}})
		}
		out = append(out, contact)
	}
	return out
}

// relatedPerson is the carer who gave some of the information (R11).
func (d *document) relatedPerson() string {
	t := drawTongue(d.rng)
	return d.add("RelatedPerson", obj{
		"active", true,
		"patient", ref(d.subject),
		"relationship",
		list{obj{
			"coding",
			list{obj{"system", sctSystem, "code", "229774002", "display", "Carer"}},
			"text", "Unpaid carer",
		}},
		"name",
		list{obj{"family", d.family, "given", list{pick(d.rng, t.female)}}},
	})
}
