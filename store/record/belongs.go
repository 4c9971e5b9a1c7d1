package record

import "strings"

// belonging is whose a resource is, beside the subject of its document.
type belonging uint8

const (
	ofSubject belonging = iota
	ofAnother           // it names another person of this document
	ofUnknown           // it names somebody by a reference that leads nowhere
)

const (
	causeOtherPerson   = "it is about another person"
	causeUnknownPerson = "it names another or an unknown person"
)

// belongs tells whose a resource is; from is the resource that contains it, or
// itself. A resource that names nobody, or names somebody in words alone, is
// taken as the subject's: it came as a part of the subject's record.
//
// A reference that leads nowhere in the bundle and is no reasonable writing of
// the subject's own address or number is somebody unknown. Of 204 public
// bundles about a person this parts two items of one, and there it is right:
// TestStrangersInPublicData.
func (d *document) belongs(s *subject, res, from value) belonging {
	ref := d.subjectRef(res)
	if !s.found() || !ref.ok() {
		return ofSubject
	}
	t := d.resolve(ref, res)
	if t.res.t == nil && from.t != nil && from.i != res.i {
		t = d.resolve(ref, from)
	}
	if t.res.t == nil {
		if namesNobody(ref) || namesNoPerson(ref) || d.namesSubject(s, ref) {
			return ofSubject
		}
		return ofUnknown
	}
	if s.patient.t == nil || !t.res.get("resourceType").is("Patient") || t.res.i == s.patient.i {
		return ofSubject
	}
	if t.entry < 0 {
		if d.samePerson(t.res, s.patient) {
			return ofSubject
		}
		return ofAnother
	}
	if id := t.res.get("id").str(); id != "" && id == s.patient.get("id").str() {
		return ofSubject // the same person received twice
	}
	return ofAnother
}

// refAddress is the address of a Reference, or of a bare text in its place.
func refAddress(ref value) string {
	if ref.kind() == kindString {
		return strings.TrimSpace(ref.str())
	}
	return strings.TrimSpace(ref.get("reference").str())
}

// namesNobody tells whether a reference holds no address and no number.
func namesNobody(ref value) bool {
	return refAddress(ref) == "" && strings.TrimSpace(ref.at("identifier", "value").str()) == ""
}

// namesNoPerson tells whether a reference says that it leads to a thing, a
// place or a body: the other subjects that R4 allows.
func namesNoPerson(ref value) bool {
	typ := ref.get("type").str()
	if typ == "" {
		address, _, _ := strings.Cut(refAddress(ref), "?")
		typ = address
		if strings.Contains(address, "/") {
			address, _, _ = strings.Cut(address, history)
			typ, _, _ = strings.Cut(lastTwo(address), "/")
		}
	}
	switch lastSegment(typ) {
	case "Group", "Device", "Location", "Organization", "HealthcareService", "Medication", "Substance", "Specimen",
		"Practitioner", "PractitionerRole", "RelatedPerson", "Procedure", "Encounter":
		return true
	}
	return false
}

// namesSubject tells whether a reference that leads nowhere is a way to write
// the subject.
func (d *document) namesSubject(s *subject, ref value) bool {
	if s.names == nil {
		d.gatherNames(s)
	}
	if len(s.names) == 0 {
		return true // nothing is known to compare with: the words of the summary alone say who it is
	}
	if id := ref.get("identifier"); id.ok() && s.names.holdsNumber(id.get("system").str(), id.get("value").str()) {
		return true
	}
	address := strings.TrimRight(refAddress(ref), "/")
	if address == "" {
		return false
	}
	if typ, query, ok := strings.Cut(address, "?"); ok {
		return lastSegment(typ) == "Patient" && s.names.holdsQuery(query)
	}
	address, _, _ = strings.Cut(address, history)
	if s.names[urlKey(address)] {
		return true
	}
	tail := lastTwo(address)
	if s.names[tail] {
		return true
	}
	typ, id, ok := strings.Cut(tail, "/")
	return ok && typ == "Patient" && s.names[numberKey(nhsKey, id)]
}

// nameSet holds the ways to write the subject: addresses as they are, and
// numbers as numberKey writes them.
type nameSet map[string]bool

// nhsKey stands for every system of the NHS number.
const nhsKey = "nhs"

// numberKey cannot be taken for an address, which holds no line breaks.
func numberKey(system, v string) string {
	if nhsSystem(system) || system == nhsKey {
		return nhsKey + "\n" + strings.Map(func(r rune) rune {
			if r == ' ' || r == '-' {
				return -1
			}
			return r
		}, v)
	}
	return system + "\n" + strings.TrimSpace(v)
}

func (n nameSet) addNumber(system, v string) {
	if strings.TrimSpace(v) != "" {
		n[numberKey(system, v)] = true
		n[numberKey("", v)] = true
	}
}

func (n nameSet) holdsNumber(system, v string) bool {
	return strings.TrimSpace(v) != "" && (n[numberKey(system, v)] || system == "" && n[numberKey(nhsKey, v)])
}

// holdsQuery reads Patient?identifier=system|value and Patient?_id=id.
func (n nameSet) holdsQuery(query string) bool {
	for part := range strings.SplitSeq(query, "&") {
		if id, ok := strings.CutPrefix(part, "_id="); ok && n["Patient/"+id] {
			return true
		}
		v, ok := strings.CutPrefix(part, "identifier=")
		if !ok {
			continue
		}
		v = strings.ReplaceAll(strings.ReplaceAll(v, "%7C", "|"), "%7c", "|")
		system, code, ok := strings.Cut(v, "|")
		if !ok {
			system, code = "", v
		}
		if n.holdsNumber(system, code) {
			return true
		}
	}
	return false
}

// addAddress notes a full address and its end.
func (n nameSet) addAddress(address string) {
	address = strings.TrimRight(strings.TrimSpace(address), "/")
	address, _, _ = strings.Cut(address, history)
	if address == "" || strings.Contains(address, "?") {
		return
	}
	key := urlKey(address)
	n[key] = true
	if uuid, ok := strings.CutPrefix(key, "urn:uuid:"); ok {
		n[uuid], n["Patient/"+uuid] = true, true
	}
	if tail := lastTwo(address); strings.HasPrefix(tail, "Patient/") {
		n[tail] = true
	}
}

// gatherNames collects the ways to write the subject: the Patient's id, full
// URL, numbers and links, and the composition's own word for its person.
func (d *document) gatherNames(s *subject) {
	n := nameSet{}
	s.names = n
	if id := s.patient.get("id").str(); id != "" {
		n[id], n["#"+id], n["Patient/"+id], n[urlKey("urn:uuid:"+id)] = true, true, true, true
	}
	if s.entry >= 0 {
		n.addAddress(d.entries[s.entry].full)
	}
	count := 0
	for id := range s.patient.get("identifier").elems() {
		if count++; count > maxCompared {
			break
		}
		n.addNumber(id.get("system").str(), id.get("value").str())
	}
	count = 0
	for l := range s.patient.get("link").elems() {
		if count++; count > maxCompared {
			break
		}
		n.addAddress(refAddress(l.get("other")))
	}
	if len(s.compositions) > 0 { // the leading one decides
		if ref := d.subjectRef(d.entries[s.compositions[0]].res); ref.ok() {
			n.addAddress(refAddress(ref))
			n.addNumber(ref.at("identifier", "system").str(), ref.at("identifier", "value").str())
		}
	}
}
