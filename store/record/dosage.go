package record

import "strings"

// dosageText is a dose as written: the author's text where there is one, else
// the parts in order, with numbers and units untouched.
func (d *document) dosageText(v, from value, hops int) string {
	if v.kind() == kindString {
		return v.text()
	}
	if s := v.get("text").text(); s != "" {
		return s
	}
	var parts []string
	add := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	for dr := range v.get("doseAndRate").elems() {
		add(doseText(dr))
	}
	add(doseText(v)) // STU3 and MedicationAdministration have it here
	add(timingText(v.get("timing")))
	if n := v.get("asNeededBoolean"); n.kind() == kindTrue {
		add("as needed")
	}
	if c := v.get("asNeededCodeableConcept"); c.ok() {
		add("as needed for " + conceptText(c))
	}
	add(conceptText(v.get("method")))
	add(conceptText(v.get("site")))
	if m := v.get("maxDosePerPeriod"); m.ok() {
		add("at most " + quantityText(m.get("numerator")) + " in " + quantityText(m.get("denominator")))
	}
	if m := v.get("maxDosePerAdministration"); m.ok() {
		add("at most " + quantityText(m) + " at a time")
	}
	add(conceptText(v.get("additionalInstruction")))
	add(v.get("patientInstruction").text())
	return strings.Join(parts, ", ")
}

// doseText is the amount and rate of a dose.
func doseText(v value) string {
	var parts []string
	if q := firstOf(v, "doseQuantity", "doseSimpleQuantity", "dose"); q.isObject() {
		parts = append(parts, quantityText(q))
	}
	if r := v.get("doseRange"); r.ok() {
		parts = append(parts, rangeText(r))
	}
	if q := firstOf(v, "rateQuantity", "rateSimpleQuantity"); q.ok() {
		parts = append(parts, "at "+quantityText(q))
	}
	if r := v.get("rateRange"); r.ok() {
		parts = append(parts, "at "+rangeText(r))
	}
	if r := v.get("rateRatio"); r.ok() {
		parts = append(parts, "at "+quantityText(r.get("numerator"))+" in "+quantityText(r.get("denominator")))
	}
	return strings.Join(parts, " ")
}

// unitsOfTime are the UCUM units a Timing may use.
var unitsOfTime = map[string]string{
	"s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year",
}

func unitOfTime(n, unit string) string {
	w, ok := unitsOfTime[unit]
	if !ok {
		return unit
	}
	if n != "1" {
		w += "s"
	}
	return w
}

// whenWords are the event codes of R4 EventTiming that medicines use.
var whenWords = map[string]string{
	"MORN": "in the morning", "AFT": "in the afternoon", "EVE": "in the evening", "NIGHT": "at night", "HS": "at bedtime", "WAKE": "on waking",
	"C": "with meals", "CM": "with breakfast", "CD": "with lunch", "CV": "with the evening meal", "AC": "before meals", "ACM": "before breakfast",
	"ACD": "before lunch", "ACV": "before the evening meal", "PC": "after meals", "PCM": "after breakfast", "PCD": "after lunch", "PCV": "after the evening meal",
	"NOON": "at noon", "PHS": "after going to sleep",
}

// timingText words a Timing: its own words, or the repeat in full.
func timingText(t value) string {
	if !t.ok() {
		return ""
	}
	if t.kind() == kindString {
		return scalarText(t)
	}
	var parts []string
	if s := conceptText(t.get("code")); s != "" {
		parts = append(parts, s)
	}
	rep := t.get("repeat")
	if f := rep.get("frequency").str(); f != "" || rep.get("period").ok() {
		if f == "" {
			f = "1"
		}
		if m := rep.get("frequencyMax").str(); m != "" {
			f += " to " + m
		}
		s := f + " times"
		if f == "1" {
			s = "once"
		}
		if p := rep.get("period").str(); p != "" {
			if m := rep.get("periodMax").str(); m != "" {
				p += " to " + m
			}
			unit := unitOfTime(p, rep.get("periodUnit").str())
			if p == "1" {
				s += " every " + unit
			} else {
				s += " every " + p + " " + unit
			}
		}
		parts = append(parts, s)
	}
	if n := rep.get("duration").str(); n != "" {
		parts = append(parts, "for "+n+" "+unitOfTime(n, rep.get("durationUnit").str()))
	}
	if n := rep.get("count").str(); n != "" {
		parts = append(parts, n+" doses in all")
	}
	for w := range rep.get("when").elems() {
		if s, ok := whenWords[w.str()]; ok {
			parts = append(parts, s)
		} else {
			parts = append(parts, w.text())
		}
	}
	if days := lines(rep.get("dayOfWeek")); len(days) > 0 {
		parts = append(parts, "on "+strings.Join(days, ", "))
	}
	for h := range rep.get("timeOfDay").elems() {
		parts = append(parts, "at "+h.text())
	}
	if b := rep.get("boundsPeriod"); b.ok() {
		parts = append(parts, readPeriod(b).Text())
	}
	if b := rep.get("boundsDuration"); b.ok() {
		parts = append(parts, "for "+quantityText(b))
	}
	if b := rep.get("boundsRange"); b.ok() {
		parts = append(parts, "for "+rangeText(b))
	}
	for e := range t.get("event").elems() {
		parts = append(parts, scalarText(e))
	}
	return strings.Join(parts, ", ")
}
