package record

import (
	"strings"
)

// coding reads one Coding; a bare text counts as a code.
func coding(c value) Coding {
	if c.kind() == kindString {
		return Coding{Code: c.str()}
	}
	return Coding{System: c.get("system").str(), Code: c.get("code").str(), Display: oneLine(c.get("display").text())}
}

const snomed = "http://snomed.info/sct"

// codings reads a CodeableConcept, a Coding, an array of either, or (STU3
// shape) a bare text.
func codings(c value) []Coding {
	var out []Coding
	for one := range c.elems() {
		switch {
		case len(out) >= maxCodings:
			return out
		case one.kind() == kindString:
			out = append(out, Coding{Display: oneLine(one.text())})
		case one.get("coding").ok():
			for k := range one.get("coding").elems() {
				if len(out) >= maxCodings {
					return out
				}
				out = append(out, coding(k))
			}
		case one.get("code").kind() == kindString:
			out = append(out, coding(one))
		}
	}
	return out
}

// leading is the code to show: SNOMED CT where there is one.
func leading(cs []Coding) Coding {
	for _, c := range cs {
		if c.System == snomed {
			return c
		}
	}
	if len(cs) > 0 {
		return cs[0]
	}
	return Coding{}
}

// conceptText words a CodeableConcept, Coding or bare text: its text, else the
// display of a code, else the code itself. Several concepts are joined.
func conceptText(c value) string {
	if c.kind() == kindArray {
		var parts []string
		for e := range c.elems() {
			if s := conceptText(e); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, "; ")
	}
	if c.kind() == kindString {
		return oneLine(c.text())
	}
	if s := oneLine(c.get("text").text()); s != "" {
		return s
	}
	code, first := "", ""
	list := c.get("coding")
	if !list.ok() && c.isObject() {
		list = c
	}
	for k := range list.elems() {
		switch {
		case k.kind() == kindString:
			code = oneLine(k.text())
		case k.get("display").ok():
			s := oneLine(k.get("display").text())
			if k.get("system").is(snomed) {
				return s
			}
			if first == "" {
				first = s
			}
		case code == "":
			code = oneLine(k.get("code").text())
		}
	}
	if first != "" {
		return first
	}
	if s := oneLine(c.get("reference").get("display").text()); s != "" {
		return s
	}
	return code
}

// conceptCode is the first code of a CodeableConcept, or the bare text in its
// place.
func conceptCode(c value) string {
	for one := range c.elems() {
		if one.kind() == kindString {
			return one.str()
		}
		for k := range one.get("coding").elems() {
			if s := k.get("code").str(); s != "" {
				return s
			}
		}
		if s := one.get("code").str(); s != "" {
			return s
		}
		return one.get("text").str()
	}
	return ""
}

// quantityText is a Quantity as written: no unit is converted, no digit lost.
func quantityText(q value) string {
	v := q.get("value").text()
	if c := q.get("comparator").str(); c != "" {
		v = c + " " + v
	}
	unit := oneLine(q.get("unit").text())
	if unit == "" {
		unit = oneLine(q.get("code").text())
	}
	if unit == "" {
		unit = oneLine(q.get("currency").text())
	}
	if unit == "1" || unit == "{score}" {
		unit = ""
	}
	if v == "" {
		v = absentReason(q.at("_value", "extension"))
	}
	if strings.HasPrefix(unit, "%") || v == "" || unit == "" {
		return v + unit
	}
	return v + " " + unit
}

func rangeText(r value) string {
	low, high := quantityText(r.get("low")), quantityText(r.get("high"))
	switch {
	case low == "":
		return "up to " + high
	case high == "":
		return "from " + low
	}
	return low + " to " + high
}

// annotationText is a note with who and when, where given.
func (d *document) annotationText(a, from value, hops int) string {
	s := a.get("text").text()
	who := oneLine(a.get("authorString").text())
	if r := a.get("authorReference"); r.ok() {
		who = d.refText(r, from, hops+1)
	}
	var by []string
	if who != "" {
		by = append(by, who)
	}
	if t := ParseDate(a.get("time").str()); !t.IsZero() {
		by = append(by, t.Format())
	}
	if len(by) > 0 {
		s += " (" + strings.Join(by, ", ") + ")"
	}
	return s
}

// absentReason words the data-absent-reason among extensions, "" if none.
func absentReason(ext value) string {
	for e := range ext.elems() {
		if strings.HasSuffix(e.get("url").str(), "data-absent-reason") {
			return absentWords(e.get("valueCode").str())
		}
	}
	return ""
}

func absentWords(code string) string {
	switch code {
	case "unknown", "asked-unknown", "temp-unknown":
		return "Not known"
	case "not-asked":
		return "Not asked"
	case "asked-declined":
		return "Asked, not answered"
	case "masked":
		return "Withheld"
	case "not-applicable":
		return "Does not apply"
	case "not-performed":
		return "Not done"
	case "not-permitted":
		return "Not permitted"
	case "unsupported":
		return "Not supported by the source"
	case "as-text":
		return "See the text"
	case "error", "not-a-number", "negative-infinity", "positive-infinity":
		return "Error at the source"
	case "":
		return ""
	}
	return "Missing: " + safeText(code)
}

// nameText is a HumanName on one line, for people other than the subject.
func nameText(v value) string {
	for n := range v.elems() {
		if n.kind() == kindString {
			return oneLine(n.text())
		}
		if s := oneLine(n.get("text").text()); s != "" {
			return s
		}
		parts := append(lines(n.get("prefix")), lines(n.get("given"))...)
		parts = append(append(parts, lines(n.get("family"))...), lines(n.get("suffix"))...)
		if len(parts) > 0 {
			return strings.Join(parts, " ")
		}
	}
	return ""
}

// refText words a Reference: the title of what it leads to, else its display,
// identifier, or the type it names. Never a technical address.
func (d *document) refText(ref, from value, hops int) string {
	if !ref.ok() {
		return ""
	}
	if hops < maxHops {
		if t := d.resolve(ref, from); t.res.t != nil {
			if s := d.targetTitle(t, from, hops+1); s != "" {
				return s
			}
		}
	}
	if s := oneLine(ref.get("display").text()); s != "" {
		return s
	}
	if id := ref.get("identifier"); id.ok() {
		if s := identifierText(id); s != "" {
			return s
		}
	}
	typ := ref.get("type").str()
	if typ == "" {
		r := ref.get("reference").str()
		if ref.kind() == kindString {
			r = ref.str()
		}
		if typ, _, _ = strings.Cut(lastTwo(r), "/"); !resourceName(typ) {
			typ = ""
		}
	}
	if typ == "" {
		return "Named, but not included"
	}
	return typeWords(typ) + " (named, but not included)"
}

// identifierText is an identifier with the name of its system where we know it.
func identifierText(id value) string {
	v := oneLine(id.get("value").text())
	if v == "" {
		return ""
	}
	system := id.get("system").str()
	switch low := strings.ToLower(system); {
	case strings.HasSuffix(low, "ods-organization-code"), strings.HasSuffix(low, "ods-site-code"):
		return "ODS " + v
	case strings.HasSuffix(low, "sds-user-id"):
		return "SDS user " + v
	}
	if t := conceptText(id.get("type")); t != "" {
		return t + " " + v
	}
	return v
}

// targetTitle is the title of a resolved resource, remembered.
func (d *document) targetTitle(t target, from value, hops int) string {
	if t.entry < 0 {
		if s, ok := d.titles[t.res.i]; ok {
			return s
		}
		if d.titles == nil {
			d.titles = map[uint32]string{}
		}
		d.titles[t.res.i] = "" // a circle of references ends here
		s := cut(d.titleOf(t.res, from, hops))
		d.titles[t.res.i] = s
		return s
	}
	e := &d.entries[t.entry]
	if !e.named {
		if e.busy {
			return ""
		}
		e.busy = true
		e.name = cut(d.titleOf(e.res, e.res, hops))
		e.named, e.busy = true, false
	}
	return e.name
}
