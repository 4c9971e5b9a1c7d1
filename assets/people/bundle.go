package people

import (
	"cmp"
	"fmt"
	"html"
	"strings"
	"time"
)

// Systems of codes and identifiers that the documents use.
const (
	sctSystem     = "http://snomed.info/sct"
	loincSystem   = "http://loinc.org"
	absentSystem  = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
	nhsSystem     = "https://fhir.nhs.uk/Id/nhs-number"
	odsSystem     = "https://fhir.nhs.uk/Id/ods-organization-code"
	sdsSystem     = "https://fhir.nhs.uk/Id/sds-user-id"
	reasonSystem  = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
	confidSystem  = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
	redactSystem  = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"
	emptySystem   = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
	ukStructure   = "https://fhir.hl7.org.uk/StructureDefinition/"
	hl7Structure  = "http://hl7.org/fhir/StructureDefinition/"
	titleOfAll    = "DEMONSTRATION - Patient summary"
	server        = "https://record.demo.invalid/fhir/"
	stampLayout   = "2006-01-02T15:04:05Z07:00"
	xhtmlNS       = "http://www.w3.org/1999/xhtml"
	allergySystem = "http://terminology.hl7.org/CodeSystem/allergyintolerance-"
)

// mark is the label that says "test health data" (R57).
var mark = obj{"system", reasonSystem, "code", "HTEST", "display", "test health data"}

// document is a summary being written.
type document struct {
	*portrait
	entries  list
	sections list

	subject, practice, service, author, informant string // references
}

// write turns a portrait into the bytes of its document.
func write(p *portrait) []byte {
	d := &document{portrait: p}
	made := p.recent(p.docAge).Add(time.Duration(p.rng.IntN(9*60)) * time.Minute)
	url, _, id := d.name("Composition")
	d.entries = append(d.entries, nil) // the Composition comes first; it is written last
	d.people()
	for _, c := range d.chapters() {
		d.sections = append(d.sections, d.section(c))
	}
	labels := list{mark}
	if p.withheld {
		labels = append(labels, obj{"system", redactSystem, "code", "REDACTED", "display", "redacted"})
	}
	d.entries[0] = obj{"fullUrl", url, "resource", obj{
		"resourceType", "Composition",
		"id", id,
		"meta",
		obj{
			"profile",
			list{"http://hl7.org/fhir/uv/ips/StructureDefinition/Composition-uv-ips"},
			"security", labels,
		},
		"status", "final",
		"type",
		obj{"coding", list{loinc("60591-5", "Patient summary Document")}},
		"subject", ref(d.subject),
		"date", made.Format(stampLayout),
		"author",
		list{ref(d.author), ref(d.practice)},
		"title", titleOfAll,
		"custodian", ref(d.service),
		"section", d.sections,
	}}
	return appendJSON(make([]byte, 0, 16<<10), obj{
		"resourceType", "Bundle",
		"id", p.id,
		"meta",
		obj{"lastUpdated", made.Format(stampLayout), "security", labels, "tag", list{mark}},
		"identifier",
		obj{"system", "urn:ietf:rfc:3986", "value", "urn:uuid:" + p.id},
		"type", "document",
		"timestamp", made.Format(stampLayout),
		"entry", d.entries,
	})
}

// add puts a resource into the document and returns the reference to it.
func (d *document) add(kind string, fields obj) string {
	return d.addLabelled(kind, nil, fields)
}

// addLabelled adds a resource that has security labels of its own.
func (d *document) addLabelled(kind string, labels list, fields obj) string {
	url, to, id := d.name(kind)
	d.entries = append(d.entries, obj{"fullUrl", url, "resource", append(obj{
		"resourceType", kind, "id", id, "meta", obj{"security", labels},
	}, fields...)})
	return to
}

// name makes up an id for a resource, with the address it is known by and the way in
// which others refer to it: as a FHIR server writes a document, or, for people whose
// summary was put together elsewhere, by UUIDs.
func (d *document) name(kind string) (url, to, id string) {
	if d.byUUID {
		id = d.uuid()
		return "urn:uuid:" + id, "urn:uuid:" + id, id
	}
	id = fmt.Sprintf("%010x", d.rng.Uint64()&0xff_ffff_ffff)
	return server + kind + "/" + id, kind + "/" + id, id
}

// item is a line of a section: what it refers to, and the words for it.
type item struct {
	ref   string
	words string
}

// chapter is one section of a summary.
type chapter struct {
	system      string // of the code; LOINC unless said
	code, title string // the code is empty where there is none for it
	author      string // whose section it is; the practice unless said
	items       []item
	reason      string // why it is empty: a code of list-empty-reason
	words       string // narrative of its own, where there are no items or more to say
}

// section writes a chapter. Where the person's sections are words alone, the
// narrative stays and the entries go, which the standard allows.
func (d *document) section(c chapter) any {
	if len(c.items) == 0 && c.reason == "" && c.words == "" {
		return nil
	}
	var refs list
	var said []string
	for _, i := range c.items {
		if i.ref != "" {
			refs = append(refs, ref(i.ref))
		}
		if i.words != "" {
			said = append(said, i.words)
		}
	}
	code := obj{"text", c.title}
	if c.code != "" {
		code = obj{"coding", list{obj{"system", cmp.Or(c.system, loincSystem), "code", c.code}}}
	}
	out := obj{
		"title", c.title,
		"code", code,
		"author",
		list{ref(c.author)}, // nobody: the document's authors, so the practice
		"text",
		obj{"status", "generated", "div", narrative(c.words, said)},
		"entry", refs,
	}
	if c.reason != "" {
		out = append(out, "emptyReason", obj{"coding", list{
			obj{"system", emptySystem, "code", c.reason, "display", emptyReasons[c.reason]},
		}})
	}
	return out
}

var emptyReasons = map[string]string{
	"nilknown": "Nil Known", "notasked": "Not Asked", "withheld": "Information Withheld",
	"unavailable": "Unavailable", "notstarted": "Not Started", "closed": "Closed",
}

// narrative is the XHTML of a section.
func narrative(words string, said []string) string {
	var b strings.Builder
	b.WriteString(`<div xmlns="` + xhtmlNS + `">`)
	if words != "" {
		b.WriteString("<p>" + html.EscapeString(words) + "</p>")
	}
	if len(said) > 0 {
		b.WriteString("<ul>")
		for _, s := range said {
			b.WriteString("<li>" + html.EscapeString(s) + "</li>")
		}
		b.WriteString("</ul>")
	}
	b.WriteString("</div>")
	return b.String()
}

func ref(to string) any {
	if to == "" {
		return nil
	}
	return obj{"reference", to}
}

func loinc(code, display string) obj {
	return obj{"system", loincSystem, "code", code, "display", display}
}

// coded is a CodeableConcept: the concept's code where it has one, and its words.
func (c concept) coded() obj { return c.codedAs(c.term) }

// codedAs is a CodeableConcept whose words are those of the sender.
func (c concept) codedAs(words string) obj {
	if c.code == "" {
		return obj{"text", words}
	}
	return obj{"coding", list{obj{"system", sctSystem, "code", c.code, "display", c.term}}, "text", words}
}

// status is a CodeableConcept of one of HL7's small code systems.
func status(system, code string) obj {
	return obj{"coding", list{obj{"system", system, "code", code}}}
}
