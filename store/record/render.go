package record

import (
	"slices"
	"strconv"
	"strings"
)

// humanise turns a property or type name into words: bodySite, Body site.
func humanise(name string) string {
	if w, ok := labelWords[name]; ok {
		return w
	}
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		switch {
		case c == '-' || c == '_' || c == '.':
			b.WriteByte(' ')
		case i == 0 && c >= 'a' && c <= 'z':
			b.WriteByte(c - 32)
		case i > 0 && upper(c):
			prevUpper := upper(name[i-1])
			nextLower := i+1 < len(name) && name[i+1] >= 'a' && name[i+1] <= 'z'
			switch {
			case !prevUpper && nextLower:
				b.WriteByte(' ')
				b.WriteByte(c + 32)
			case !prevUpper:
				b.WriteByte(' ')
				b.WriteByte(c)
			case nextLower && i > 1:
				b.WriteByte(' ')
				b.WriteByte(c + 32)
			default:
				b.WriteByte(c)
			}
		default:
			b.WriteByte(c)
		}
	}
	return safeText(b.String())
}

var labelWords = map[string]string{
	"basedOn": "Based on", "partOf": "Part of", "reasonCode": "Reason", "reasonReference": "Reason", "bodySite": "Body site",
	"onset": "Onset", "abatement": "Ended", "effective": "Date", "occurrence": "Date", "performed": "Done", "recordedDate": "Recorded",
	"dateAsserted": "Stated", "authoredOn": "Written", "asserter": "Stated by", "recorder": "Recorded by", "requester": "Requested by",
	"performer": "Done by", "informationSource": "Said by", "note": "Note", "referenceRange": "Reference range", "lotNumber": "Batch number",
	"dosage": "Dose", "dosageInstruction": "Dose", "hasMember": "Includes", "derivedFrom": "Derived from", "issued": "Issued",
	"serviceProvider": "Provider", "participant": "Involved", "lastOccurrence": "Last reaction", "manifestation": "Reaction",
	"verificationStatus": "Certainty", "clinicalStatus": "Status", "lifecycleStatus": "Status", "resultsInterpreter": "Interpreted by",
	"primarySource": "From the person who gave it", "reportOrigin": "Reported by", "statusReason": "Reason for status", "udiCarrier": "Device identifier",
	"context": "Contact", "encounter": "Contact", "dataAbsentReason": "Missing because", "presentedForm": "Document", "identifier": "Identifier",
	"courseOfTherapyType": "Course", "dispenseRequest": "Supply", "doNotPerform": "Not to be done", "asNeeded": "As needed", "protocolApplied": "Schedule",
	"maritalStatus": "Marital status", "multipleBirth": "Multiple birth", "ValueSet": "Value set", "CodeSystem": "Code system", "actor": "Who", "onBehalfOf": "On behalf of",
	"http": "Web", "fullUrl": "Address", "fhir_comments": "Comment of the file's author",
}

// choices are the elements that carry their data type in their name.
var choices = []string{
	"onset", "abatement", "effective", "occurrence", "performed", "value", "medication", "deceased", "multipleBirth", "timing", "asNeeded",
	"dose", "rate", "product", "scheduled", "serviced", "location", "source", "subject", "topic", "rateType", "born", "age", "due", "target",
	"start", "item", "event", "diagnosis", "procedure", "quantity", "reported", "content", "allowed", "used", "defaultValue", "name", "statusReason", "detail", "answer", "doseNumber", "seriesDoses", "outcome",
}

var choiceTypes = map[string]bool{
	"Boolean": true, "Integer": true, "Decimal": true, "String": true, "Code": true, "Date": true, "DateTime": true, "Instant": true, "Time": true,
	"Uri": true, "Url": true, "Canonical": true, "CodeableConcept": true, "Coding": true, "Quantity": true, "Range": true, "Ratio": true, "Period": true,
	"Age": true, "Duration": true, "Reference": true, "Identifier": true, "Timing": true, "Attachment": true, "SampledData": true, "Annotation": true,
	"Address": true, "HumanName": true, "ContactPoint": true, "Money": true, "Markdown": true, "PositiveInt": true, "UnsignedInt": true, "Base64Binary": true,
}

// fieldLabel words a property name, without a choice's data type.
func fieldLabel(key string) string {
	for _, base := range choices {
		if len(key) > len(base) && strings.HasPrefix(key, base) && choiceTypes[key[len(base):]] {
			return humanise(base)
		}
	}
	return humanise(key)
}

// renderer words any FHIR value by its shape. It is bounded in depth by the
// scanner and in size by maxValueText.
type renderer struct {
	d    *document
	from value
	hops int
	b    strings.Builder
}

// words renders a value on as few lines as it needs.
func (d *document) words(v, from value, hops int) string {
	switch v.kind() {
	case kindString, kindNumber, kindTrue, kindFalse:
		return scalarText(v)
	}
	r := renderer{d: d, from: from, hops: hops}
	r.value(v)
	return r.b.String()
}

func scalarText(v value) string {
	switch v.kind() {
	case kindTrue:
		return "Yes"
	case kindFalse:
		return "No"
	}
	s := v.str()
	if len(s) >= 7 && len(s) <= 35 && s[4] == '-' {
		if dt, ok := parseDate(s); ok {
			return dt.Format()
		}
	}
	return safeText(s)
}

func (r *renderer) put(s string) {
	if r.b.Len() < maxValueText {
		r.b.WriteString(s)
		if r.b.Len() >= maxValueText {
			r.b.WriteString(" [longer than can be shown here]")
		}
	}
}

func (r *renderer) value(v value) {
	switch v.kind() {
	case kindArray:
		n := 0
		for e := range v.elems() {
			if r.b.Len() >= maxValueText {
				return
			}
			if n > 0 {
				r.put("; ")
			}
			n++
			r.value(e)
		}
	case kindObject:
		r.object(v)
	default:
		r.put(scalarText(v))
	}
}

// object recognises the data types by their properties.
func (r *renderer) object(v value) {
	switch {
	case v.get("coding").ok():
		r.put(conceptText(v))
	case v.get("reference").kind() == kindString:
		r.put(r.d.refText(v, r.from, r.hops+1))
	case v.count() == 1 && v.get("display").kind() == kindString:
		r.put(oneLine(v.get("display").text()))
	case v.get("low").isObject() || v.get("high").isObject():
		r.put(rangeText(v))
		r.others(v, "low", "high")
	case v.get("numerator").isObject():
		r.put(quantityText(v.get("numerator")) + " in " + quantityText(v.get("denominator")))
	case v.get("value").kind() == kindNumber:
		r.put(quantityText(v))
	case v.get("data").kind() == kindString && (v.get("origin").isObject() || v.get("contentType").ok()):
		r.attachment(v)
	case v.get("contentType").ok() || v.get("url").kind() == kindString && (v.get("title").ok() || v.get("hash").ok()):
		r.attachment(v)
	case v.get("text").kind() == kindString && (v.get("time").ok() || v.get("authorString").ok() || v.get("authorReference").ok() || v.count() == 1):
		r.put(r.d.annotationText(v, r.from, r.hops))
	case v.get("start").kind() == kindString || v.get("end").kind() == kindString:
		r.put(readPeriod(v).Text())
		r.others(v, "start", "end")
	case v.get("family").ok() || v.get("given").ok():
		r.put(nameText(v))
	case v.get("postalCode").ok() || v.get("line").ok():
		a := Address{Lines: lines(v.get("line")), City: v.get("city").text(), District: v.get("district").text(), Postcode: v.get("postalCode").text(), Country: v.get("country").text(), Text: v.get("text").text()}
		r.put(a.Line())
	case v.get("system").ok() && v.get("value").kind() == kindString:
		r.put(identifierText(v))
	case v.get("code").kind() == kindString && (v.get("system").ok() || v.get("display").ok()):
		r.put(conceptText(v))
	case v.get("doseAndRate").ok() || v.get("timing").isObject() || v.get("asNeededBoolean").ok():
		r.put(r.d.dosageText(v, r.from, r.hops))
	case v.get("repeat").isObject():
		r.put(timingText(v))
	case v.get("url").kind() == kindString && v.count() <= 3 && !v.get("resourceType").ok():
		label, s := extensionField(v)
		r.put(label + ": " + s)
	default:
		r.others(v)
	}
}

// others writes properties with their labels; nothing is left out but those
// named, and what only machines use.
func (r *renderer) others(v value, shown ...string) {
	started := r.b.Len() > 0 && len(shown) > 0
	for k, c := range v.props() {
		if !c.ok() || machineKey(k, c) || slices.Contains(shown, k) {
			continue
		}
		if k == "extension" || k == "modifierExtension" {
			for e := range c.elems() {
				if label, s := extensionField(e); s != "" {
					if started {
						r.put("; ")
					}
					started = true
					r.put(label + ": " + s)
				}
			}
			continue
		}
		if strings.HasPrefix(k, "_") {
			if s := absentReason(c.get("extension")); s != "" && !v.get(k[1:]).ok() {
				if started {
					r.put("; ")
				}
				started = true
				r.put(fieldLabel(k[1:]) + ": " + s)
			}
			continue
		}
		if started {
			r.put("; ")
		}
		started = true
		r.put(fieldLabel(k) + ": ")
		r.value(c)
		if r.b.Len() >= maxValueText {
			return
		}
	}
}

// machineKey tells whether a property is for machines alone.
func machineKey(k string, v value) bool {
	switch k {
	case "id", "meta", "contained", "resourceType", "implicitRules", "language":
		return true
	case "text":
		return v.isObject() // a narrative, shown as such; a text elsewhere is content
	}
	return false
}

// attachment says what a document is; its bytes are not words.
func (r *renderer) attachment(v value) {
	what := joinWords(", ", oneLine(v.get("title").text()), oneLine(v.get("contentType").text()))
	if n := v.get("data"); n.ok() {
		what = joinWords(", ", what, strconv.Itoa(len(n.str())*3/4/1024+1)+" KB inside the summary")
	} else if v.get("url").ok() {
		what = joinWords(", ", what, "kept elsewhere, not in this summary")
	}
	if c := ParseDate(v.get("creation").str()); !c.IsZero() {
		what = joinWords(", ", what, c.Format())
	}
	r.put(what)
}

// extensionField words an extension: the last part of its address, and its
// value or the values inside it.
func extensionField(e value) (label, text string) {
	url := e.get("url").str()
	name := lastSegment(url)
	if i := strings.LastIndexByte(name, '#'); i >= 0 {
		name = name[i+1:]
	}
	for _, p := range [...]string{"Extension-UKCore-", "Extension-PDS-", "Extension-", "ext-", "patient-", "us-core-", "individual-", "iso21090-"} {
		name = strings.TrimPrefix(name, p)
	}
	label = humanise(name)
	switch name {
	case "narrativeLink", "NarrativeLink", "textLink", "rendered-value", "data-absent-reason", "originalText":
		return label, ""
	}
	if e.get("extension").ok() {
		var parts []string
		for x := range e.get("extension").elems() {
			if l, s := extensionField(x); s != "" {
				parts = append(parts, l+": "+s)
			}
		}
		return label, strings.Join(parts, "; ")
	}
	for k, v := range e.props() {
		if strings.HasPrefix(k, "value") && v.ok() {
			d := document{t: e.t}
			return label, d.words(v, value{}, maxHops)
		}
	}
	return label, ""
}
