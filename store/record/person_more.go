package record

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// personOf reads everything about the subject.
func (d *document) personOf(s *subject, now time.Time) *Person {
	p := d.identityOf(s, now)
	pat := s.patient
	for t := range pat.get("telecom").elems() {
		p.Telecoms = append(p.Telecoms, readTelecom(t, now))
	}
	slices.SortStableFunc(p.Telecoms, func(a, b Telecom) int { return cmp.Compare(telecomRank(a), telecomRank(b)) })
	for c := range pat.get("contact").elems() {
		p.Contacts = append(p.Contacts, d.readContact(c, pat, now))
	}
	for i := range d.entries {
		e := &d.entries[i]
		if e.typ == "RelatedPerson" && e.cause == "" && d.belongs(s, e.res, e.res) == ofSubject {
			p.Contacts = append(p.Contacts, d.readContact(e.res, e.res, now))
		}
	}
	slices.SortStableFunc(p.Contacts, func(a, b Contact) int { return cmp.Compare(contactRank(a), contactRank(b)) })
	var gps []string
	for g := range pat.get("generalPractitioner").elems() {
		gps = append(gps, d.refText(g, pat, 0))
	}
	p.GP = strings.Join(gps, "; ")
	if m := pat.get("managingOrganization"); m.ok() {
		p.Organisation = d.refText(m, pat, 0)
	}
	d.readLanguages(p, pat)
	for e := range pat.get("extension").elems() {
		if strings.HasSuffix(e.get("url").str(), "patient-animal") {
			p.Animal = true
			p.warn(WarnAnimal, "The record is about an animal")
		}
	}
	if pat.get("animal").ok() {
		p.Animal = true
		p.warn(WarnAnimal, "The record is about an animal")
	}
	p.Other = d.rest(pat, pat, personKeys)
	p.Narrative = readNarrative(pat.at("text", "div").str())
	return p
}

// personKeys are shown in their own places.
var personKeys = []string{
	"identifier", "name", "birthDate", "gender", "deceasedBoolean", "deceasedDateTime", "address",
	"telecom", "contact", "generalPractitioner", "managingOrganization", "communication",
}

func readTelecom(t value, now time.Time) Telecom {
	if t.kind() == kindString {
		return Telecom{Value: oneLine(t.text())}
	}
	out := Telecom{
		System: t.get("system").str(), Use: t.get("use").str(), Value: oneLine(t.get("value").text()),
		Period: readPeriod(t.get("period")),
	}
	out.Value = strings.TrimPrefix(strings.TrimPrefix(out.Value, "tel:"), "mailto:")
	if out.System == "phone" || out.System == "sms" || out.System == "fax" || out.System == "" {
		out.Value = ukPhone(out.Value)
	}
	out.Ended = out.Use == "old" || out.Period.Ended(now)
	return out
}

// ukPhone writes a UK number as it is dialled at home (domain.md 2.2).
func ukPhone(s string) string {
	rest, ok := strings.CutPrefix(s, "+44")
	if !ok {
		return s
	}
	rest = strings.TrimLeft(rest, " -.")
	rest = strings.TrimLeft(strings.TrimPrefix(rest, "(0)"), " -.")
	if rest == "" {
		return s
	}
	if rest[0] == '0' || rest[0] == '(' {
		return rest
	}
	return "0" + rest
}

func telecomRank(t Telecom) int {
	r := 4
	switch {
	case t.System == "email":
		r = 3
	case t.Use == "home":
		r = 0
	case t.Use == "work":
		r = 1
	case t.Use == "mobile":
		r = 2
	}
	if !t.Period.End.IsZero() || t.Use == "old" {
		r += 10
	}
	return r
}

// readContact reads Patient.contact or a RelatedPerson.
func (d *document) readContact(c, from value, now time.Time) Contact {
	out := Contact{Period: readPeriod(c.get("period"))}
	for n := range c.get("name").elems() {
		out.Name = readName(n, now).Spoken()
		break
	}
	var words []string
	for r := range c.get("relationship").elems() {
		for k := range r.get("coding").elems() {
			switch code := k.get("code").str(); {
			case code == "N":
				out.NextOfKin = true
			case code == "C" || code == "EP":
				out.Emergency = true
			}
		}
		if w := relationshipText(r); w != "" && len(words) < 20 && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	out.Relationship = strings.Join(words, "; ")
	low := strings.ToLower(out.Relationship)
	out.NextOfKin = out.NextOfKin || strings.Contains(low, "next of kin") || strings.Contains(low, "next-of-kin")
	out.Emergency = out.Emergency || strings.Contains(low, "emergency")
	for t := range c.get("telecom").elems() {
		out.Telecoms = append(out.Telecoms, readTelecom(t, now))
	}
	for a := range c.get("address").elems() {
		out.Address = readAddress(a, now).Line()
		break
	}
	if org := c.get("organization"); org.ok() {
		if name := d.refText(org, from, 0); out.Name == "" {
			out.Name = name
		} else {
			out.Name += ", " + name
		}
	}
	for e := range c.get("extension").elems() {
		if strings.HasSuffix(e.get("url").str(), "ContactRank") {
			out.Rank, _ = strconv.Atoi(e.get("valuePositiveInt").str())
		}
	}
	if c.get("active").kind() == kindFalse {
		out.Ended = true
	}
	out.Ended = out.Ended || out.Period.Ended(now)
	if out.Name == "" {
		out.Name = notKnown
	}
	return out
}

// relationshipText words a relationship; v2-0131 and v3 codes without display.
func relationshipText(r value) string {
	code := r.get("coding").get("code").str()
	if s := conceptText(r); s != "" && s != code {
		return s
	}
	if w, ok := relationshipCodes[code]; ok {
		return w
	}
	return code
}

var relationshipCodes = map[string]string{
	"N": "Next of kin", "C": "Emergency contact", "E": "Employer", "F": "Federal agency", "I": "Insurance company",
	"S": "State agency", "U": "Unknown", "MTH": "Mother", "FTH": "Father", "SPS": "Spouse", "CHILD": "Child", "DAUC": "Daughter",
	"SONC": "Son", "SIB": "Sibling", "BRO": "Brother", "SIS": "Sister", "PRN": "Parent", "GUARD": "Guardian", "CAREGIVER": "Carer",
	"DOMPART": "Partner", "FRND": "Friend", "NBOR": "Neighbour", "WIFE": "Wife", "HUSB": "Husband", "GRPRN": "Grandparent",
}

func contactRank(c Contact) int {
	r := 50
	if c.Rank > 0 {
		r = min(c.Rank, 40)
	} else if c.Emergency || c.NextOfKin {
		r = 45
	}
	if c.Ended {
		r += 100
	}
	return r
}

// Spoken is a name as one says it: Mr John Smith.
func (n Name) Spoken() string {
	parts := slices.Concat(n.Prefix, n.Given, []string{n.Family}, n.Suffix)
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	if len(n.Given) == 0 && n.Family == "" {
		return n.Text
	}
	return strings.Join(parts, " ")
}

// readLanguages reads communication and the UK extensions about it.
func (d *document) readLanguages(p *Person, pat value) {
	needed := pat.get("interpreterRequired").kind() == kindTrue
	for c := range pat.get("communication").elems() {
		if w := languageText(c.get("language")); w != "" {
			p.Languages = append(p.Languages, Language{w, c.get("preferred").kind() == kindTrue})
		}
		needed = needed || interpreter(c.get("extension"))
	}
	for e := range pat.get("extension").elems() {
		if strings.HasSuffix(e.get("url").str(), "NHSCommunication") {
			p.addCommunication(e)
		}
	}
	needed = needed || interpreter(pat.get("extension"))
	if needed {
		p.Interpreter = "Interpreter needed"
		for _, l := range p.Languages {
			if l.Preferred || len(p.Languages) == 1 {
				p.Interpreter += ": " + l.Words
				break
			}
		}
	}
}

// addCommunication reads one UK Core NHSCommunication extension.
func (p *Person) addCommunication(e value) {
	var l Language
	for x := range e.get("extension").elems() {
		switch url := x.get("url").str(); url {
		case "language":
			l.Words = languageText(x.get("valueCodeableConcept"))
		case "preferred":
			l.Preferred = x.get("valueBoolean").kind() == kindTrue
		default:
			if label, v := extensionField(x); v != "" && url != "interpreterRequired" {
				p.Needs = append(p.Needs, Field{label, v})
			}
		}
	}
	if l.Words != "" {
		p.Languages = append(p.Languages, l)
	}
}

// interpreter looks for an extension that says an interpreter is needed.
func interpreter(ext value) bool {
	for e := range ext.elems() {
		url := e.get("url").str()
		if strings.HasSuffix(url, "nterpreterRequired") && e.get("valueBoolean").kind() == kindTrue {
			return true
		}
		if e.get("extension").ok() && interpreter(e.get("extension")) {
			return true
		}
	}
	return false
}

// languageText words a language: the source's own words, else the code's.
func languageText(c value) string {
	code := c.get("coding").get("code").str()
	if c.kind() == kindString {
		code = c.str()
	}
	s := conceptText(c)
	if s != "" && s != code {
		return s
	}
	if w, ok := languageCodes[strings.ToLower(code)]; ok {
		return w
	}
	if base, _, ok := strings.Cut(code, "-"); ok {
		if w, ok := languageCodes[strings.ToLower(base)]; ok {
			return w + " (" + code + ")"
		}
	}
	return code
}

var languageCodes = map[string]string{
	"en": "English", "cy": "Welsh", "pl": "Polish", "pa": "Punjabi", "ur": "Urdu", "bn": "Bengali", "gu": "Gujarati", "ar": "Arabic",
	"fr": "French", "es": "Spanish", "pt": "Portuguese", "ro": "Romanian", "it": "Italian", "de": "German", "so": "Somali", "tr": "Turkish",
	"zh": "Chinese", "ta": "Tamil", "fa": "Persian", "ku": "Kurdish", "lt": "Lithuanian", "ru": "Russian", "uk": "Ukrainian", "el": "Greek",
	"nl": "Dutch", "hi": "Hindi", "bfi": "British Sign Language", "q4": "British Sign Language", "q5": "Makaton", "ga": "Irish", "gd": "Scottish Gaelic",
}
