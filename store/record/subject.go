package record

// subject is whose record a document is, before anything is built from it.
type subject struct {
	compositions []int // entries, the leading one first
	patient      value // the Patient resource; absent for a person known by reference only
	entry        int   // its entry, -1 if contained or by reference only
	byReference  value // the reference itself, where it alone says who
	warnings     []Warning
	names        nameSet // the ways to write the subject, gathered on first use
}

// found tells whether there is a person.
func (s *subject) found() bool { return s.patient.t != nil || s.byReference.t != nil }

func (s *subject) warn(code WarningCode, words string) {
	s.warnings = append(s.warnings, Warning{Code: code, Words: words})
}

// whose decides who the document is about. The composition's subject decides;
// where it cannot be found, or there is no composition, a single Patient does,
// and several mean nobody: a guess between two people is never made.
func (d *document) whose() subject {
	s := subject{entry: -1}
	for i := range d.entries {
		if d.entries[i].typ == "Composition" {
			s.compositions = append(s.compositions, i)
		}
	}
	if len(s.compositions) > 0 {
		lead := &d.entries[s.compositions[0]]
		if ref := d.subjectRef(lead.res); ref.ok() {
			d.bySubject(&s, ref, lead.res)
			return s
		}
		if d.byOnlyPatient(&s) {
			s.warn(WarnSubjectAssumed, "The summary does not say whose it is; it holds one person's details")
		}
		return s
	}
	if d.kind == KindResource && d.typ != "Patient" {
		if t := d.resolve(d.subjectRef(d.root), d.root); t.res.get("resourceType").is("Patient") {
			s.patient, s.entry = t.res, t.entry
		}
		return s
	}
	d.byOnlyPatient(&s)
	return s
}

// subjectRef is the reference by which a resource says whom it is about.
func (d *document) subjectRef(res value) value {
	for _, k := range [...]string{"subject", "patient", "beneficiary", "for"} {
		if v := res.get(k); v.ok() {
			return v
		}
	}
	return value{}
}

func (d *document) bySubject(s *subject, ref, from value) {
	t := d.resolve(ref, from)
	switch {
	case t.res.get("resourceType").is("Patient"):
		s.patient, s.entry = t.res, t.entry
	case t.res.t != nil:
		s.warn(WarnSubjectUnclear, "The summary is not about a person")
	default:
		if d.byOnlyPatient(s) {
			s.warn(WarnSubjectAssumed, "The person named by the summary cannot be found in it; it holds one person's details")
			return
		}
		if len(s.warnings) == 0 && (ref.get("display").ok() || ref.at("identifier", "value").ok()) {
			s.byReference = ref
			return
		}
		if len(s.warnings) == 0 {
			s.warn(WarnSubjectUnclear, "The person named by the summary cannot be found in it")
		}
	}
}

// byOnlyPatient takes the only Patient of the document, if there is one.
func (d *document) byOnlyPatient(s *subject) bool {
	found := -1
	for i := range d.entries {
		e := &d.entries[i]
		if e.typ != "Patient" || e.cause != "" {
			continue
		}
		if found >= 0 && (e.id == "" || e.id != d.entries[found].id) {
			s.warn(WarnSeveralPeople, "Several people's details were received together")
			return false
		}
		if found < 0 {
			found = i
		}
	}
	if found < 0 {
		return false
	}
	s.patient, s.entry = d.entries[found].res, found
	return true
}

// samePerson compares a contained Patient, which has no address of its own,
// with the subject: a shared identifier, or nothing that differs.
func (d *document) samePerson(a, b value) bool {
	shared, n := false, 0
	for x := range a.get("identifier").elems() {
		if n++; n > maxCompared {
			break
		}
		m := 0
		for y := range b.get("identifier").elems() {
			if m++; m > maxCompared {
				break
			}
			if !x.get("system").ok() || !sameText(x.get("system"), y.get("system")) {
				continue
			}
			if sameText(x.get("value"), y.get("value")) {
				return true
			}
			shared = true
		}
	}
	if shared {
		return false
	}
	for _, k := range [...]string{"birthDate", "gender"} {
		if x, y := a.get(k), b.get(k); x.ok() && y.ok() && !sameText(x, y) {
			return false
		}
	}
	x, y := a.get("name").get("family"), b.get("name").get("family")
	return !x.ok() || !y.ok() || sameText(x, y)
}

// sameText compares two texts at the cost of the shorter: decoding shortens a
// text to no less than a sixth, so very different lengths need no decoding.
func sameText(x, y value) bool {
	if x.kind() != kindString || y.kind() != kindString {
		return x.kind() == y.kind() && x.str() == y.str()
	}
	a, b := x.node().end-x.node().off, y.node().end-y.node().off
	if a/8 > b+64 || b/8 > a+64 {
		return false
	}
	return x.str() == y.str()
}
