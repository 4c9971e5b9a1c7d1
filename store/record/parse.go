package record

import (
	"strconv"
	"strings"
	"time"
)

// Parse reads one FHIR R4 JSON resource or bundle as a summary. It reads
// whatever is JSON and says what it is (resourceType), however odd its content:
// what cannot be understood is listed as such, counted, and never dropped. The
// error is a *[Refusal] when the bytes are not one unambiguous JSON resource
// within the limits.
//
// The clock is asked only to mark names, addresses and contacts whose period
// has ended. raw must not change while the Summary is being made; the Summary
// does not keep it.
func Parse(raw []byte) (*Summary, error) {
	return parse(raw, time.Now())
}

func parse(raw []byte, now time.Time) (*Summary, error) {
	d, r := open(raw)
	if r != nil {
		return nil, r
	}
	a := assembler{d: d, now: now, sum: &Summary{Kind: d.kind, Type: d.typ}}
	a.who = d.whose()
	a.sum.Warnings = append(a.sum.Warnings, a.who.warnings...)
	if a.who.found() {
		a.sum.Person = d.personOf(&a.who, now)
		a.sum.Warnings = append(a.sum.Warnings, a.sum.Person.Warnings...)
	}
	a.frame()
	a.authored()
	a.leftovers()
	a.account()
	return a.sum, nil
}

// assembler puts one summary together.
type assembler struct {
	d     *document
	now   time.Time
	who   subject
	sum   *Summary
	other Section // what no section of the source holds
	lists map[uint32]bool

	strange map[uint32]bool // resources that name somebody unknown
}

func (a *assembler) warn(code WarningCode, words, path string) {
	a.sum.Warnings = append(a.sum.Warnings, Warning{code, words, path})
}

// frame reads what surrounds the sections.
func (a *assembler) frame() {
	d, s := a.d, a.sum
	s.ID = d.root.get("id").text()
	if s.ID == "" {
		s.ID = oneLine(d.root.at("identifier", "value").text())
	}
	s.Labels = labels(d.root)
	s.Language = d.root.get("language").str()
	s.Composed = ParseDate(d.root.get("timestamp").str())
	if len(a.who.compositions) > 0 {
		a.lead()
	} else {
		a.headless()
	}
	for _, l := range s.Labels {
		s.Withheld = s.Withheld || withheldLabel(l)
	}
	if !s.Composed.Known() {
		s.Composed = ParseDate(d.root.at("meta", "lastUpdated").str())
	}
	if s.Source == "" {
		s.Source = s.Custodian
	}
	if s.Source == "" {
		s.Source = s.Author
	}
	if s.Title == "" {
		s.Title = d.titleOf(d.root, d.root, 0)
	}
	if s.Title == "" {
		s.Title = typeWords(d.typ) + " received"
	}
}

// lead reads the leading composition.
func (a *assembler) lead() {
	d, s := a.d, a.sum
	e := &d.entries[a.who.compositions[0]]
	c := e.res
	if dt := ParseDate(c.get("date").str()); dt.Known() {
		s.Composed = dt
	}
	s.Title = oneLine(c.get("title").text())
	if s.Title == "" {
		s.Title = conceptText(c.get("type"))
	}
	var authors []string
	for x := range c.get("author").elems() {
		authors = append(authors, d.refText(x, c, 0))
	}
	s.Author = strings.Join(authors, "; ")
	if x := c.get("custodian"); x.ok() {
		s.Custodian = d.refText(x, c, 0)
	}
	if s.Language == "" {
		s.Language = c.get("language").str()
	}
	if a.who.compositions[0] != 0 {
		a.warn(WarnCompositionNotFirst, "The first entry is not the composition", e.path)
	}
	if c.get("status").is("entered-in-error") {
		a.warn(WarnCompositionError, "The source marks this whole summary as entered in error", e.path)
	}
	if code := c.get("confidentiality").str(); code != "" {
		s.Labels = append(s.Labels, Coding{System: "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", Code: code})
	}
	s.Labels = append(s.Labels, labels(c)...)
}

// headless names the source of a bundle or resource without a composition.
func (a *assembler) headless() {
	d, s := a.d, a.sum
	if d.kind == KindDocument {
		a.warn(WarnNoComposition, "A document without a composition: its items are shown by kind", "$")
	}
	for i := range d.entries {
		if e := &d.entries[i]; e.typ == "MessageHeader" && e.cause == "" {
			for _, k := range [...]string{"author", "sender", "responsible"} {
				if x := e.res.get(k); x.ok() && s.Author == "" {
					s.Author = d.refText(x, e.res, 0)
				}
			}
			if s.Author == "" {
				s.Author = oneLine(e.res.at("source", "name").text())
			}
			return
		}
	}
	if d.kind == KindResource && d.typ != "Patient" {
		it := d.itemOf(0)
		s.Author = it.Source
		if it.Date.Known() {
			s.Composed = it.Date
		}
	}
}

// authored builds the sections of the compositions that are about the subject.
func (a *assembler) authored() {
	merged := 0
	for n, i := range a.who.compositions {
		e := &a.d.entries[i]
		if n > 0 && a.d.belongs(&a.who, e.res, e.res) != ofSubject {
			continue // accounted for with the other items
		}
		merged++
		e.place = inSupporting
		a.sum.Supporting = append(a.sum.Supporting, a.frameItem(e))
		k := 0
		for sec := range e.res.get("section").elems() {
			a.sum.Sections = append(a.sum.Sections, a.section(sec, e, e.path+".section["+strconv.Itoa(k)+"]"))
			k++
		}
	}
	if merged > 1 {
		a.warn(WarnSeveralCompositions, strconv.Itoa(merged)+" compositions were received together; the sections of all are shown", "$")
	}
}

// frameItem is a composition as a supporting item, without its sections.
func (a *assembler) frameItem(e *entry) Item {
	it := Item{Kind: e.typ, Title: a.d.titleOf(e.res, e.res, 0), Path: e.path, Labels: labels(e.res)}
	b := itemBuilder{d: a.d, res: e.res, it: &it, shown: []string{"subject", "section", "title"}}
	b.codes()
	b.status()
	b.dates()
	b.sources()
	it.Detail = append(it.Detail, a.d.rest(e.res, e.res, b.shown)...)
	it.Narrative = readNarrative(e.res.at("text", "div").str())
	b.modifiers()
	if it.Title == "" {
		it.Title = a.sum.Title
	}
	return it
}

// leftovers places every entry that no section has named.
func (a *assembler) leftovers() {
	made := map[SectionKind]*Section{}
	hasFrame := len(a.who.compositions) > 0
	for i := range a.d.entries {
		e := &a.d.entries[i]
		if e.place != unplaced {
			continue
		}
		if e.cause != "" || !e.res.ok() {
			a.withoutResource(e)
			continue
		}
		if e.typ == "Patient" {
			a.patientEntry(i, e)
			continue
		}
		switch a.d.belongs(&a.who, e.res, e.res) {
		case ofAnother:
			e.place = inUnreadable
			a.anothers(&a.other, e.path)
			continue
		case ofUnknown:
			e.place = inUnreadable
			a.strangers(a.homeFor(made, i, hasFrame), a.d.itemOf(i), e.res)
			continue
		}
		switch {
		case e.typ == "List" && !hasFrame:
			a.listSection(e)
		case supporting(e.typ):
			e.place = inSupporting
			a.sum.Supporting = append(a.sum.Supporting, *a.d.itemOf(i))
		default:
			e.place = inSection
			a.file(a.homeFor(made, i, hasFrame), a.d.itemOf(i))
		}
	}
	for _, k := range sectionOrder {
		if sec := made[k]; sec != nil {
			a.finish(sec, value{})
			a.sum.Sections = append(a.sum.Sections, *sec)
		}
	}
	if o := &a.other; len(o.Items)+len(o.Ended)+len(o.Negations)+len(o.Unreadable) > 0 {
		o.Kind, o.Title, o.Made = Other, Other.Title(), true
		a.finish(o, value{})
		a.sum.Sections = append(a.sum.Sections, *o)
	}
}

// homeFor is the section that we make for an entry: by its kind where the
// source has no sections, else the one for what no section names.
func (a *assembler) homeFor(made map[SectionKind]*Section, i int, hasFrame bool) *Section {
	kind := Other
	if !hasFrame {
		kind = home(a.d, &a.d.entries[i], a.d.itemOf(i))
	}
	if kind == Other {
		return &a.other
	}
	sec := made[kind]
	if sec == nil {
		sec = &Section{Kind: kind, Title: kind.Title(), Made: true}
		made[kind] = sec
	}
	return sec
}

// patientEntry accounts for a Patient resource. Another person's details are
// never shown under this person's banner.
func (a *assembler) patientEntry(i int, e *entry) {
	e.place = inSupporting
	subject := a.who.patient.t != nil && (i == a.who.entry || e.id != "" && e.id == a.who.patient.get("id").str())
	if !a.who.found() || subject {
		a.sum.Supporting = append(a.sum.Supporting, *a.d.itemOf(i))
		return
	}
	a.sum.Supporting = append(a.sum.Supporting, Item{Kind: "Patient", Title: "Another person's details (not shown)", Path: e.path})
	a.warn(WarnOtherPerson, "Another person's details were received; they are not shown", e.path)
}

// withoutResource accounts for an entry that holds nothing to show: the answer
// to a request, a deletion, or something that is no resource.
func (a *assembler) withoutResource(e *entry) {
	if e.cause == "" && (e.outer.get("response").isObject() || e.outer.get("request").isObject()) {
		e.place = inSupporting
		it := Item{Kind: "Bundle.entry", Title: "Entry without content", Path: e.path}
		it.Detail = a.d.rest(e.outer, e.outer, nil)
		a.sum.Supporting = append(a.sum.Supporting, it)
		return
	}
	e.place = inUnreadable
	u := Unreadable{Path: e.path, Cause: e.cause}
	if u.Cause == "" {
		u.Cause = "an entry without content"
	}
	v := e.res
	if !v.ok() {
		v = e.outer
	}
	if v.ok() {
		u.Text = a.d.words(v, v, 0)
	}
	a.other.Unreadable = append(a.other.Unreadable, u)
}

// account counts entries and raises the warnings that sum up.
func (a *assembler) account() {
	s := a.sum
	for i := range a.d.entries {
		s.EntriesReceived++
		switch a.d.entries[i].place {
		case inUnreadable:
			s.EntriesUnreadable++
		case inSupporting:
			s.EntriesSupporting++
			s.EntriesShown++
		default:
			s.EntriesShown++
		}
	}
	if s.EntriesUnreadable > 0 {
		a.warn(WarnUnreadableItems, plural(s.EntriesUnreadable, "item")+" could not be read", "$")
	}
	if s.EntriesMissing > 0 {
		a.warn(WarnMissingItems, plural(s.EntriesMissing, "item")+" named by the summary did not come with it", "$")
	}
	if n := len(a.strange); n > 0 {
		words := " name a person who is not in this summary: they stand apart"
		if n == 1 {
			words = " names a person who is not in this summary: it stands apart"
		}
		a.warn(WarnUnknownPerson, plural(n, "item")+words, "$")
	}
	if a.d.doubles > 0 {
		a.warn(WarnDuplicateEntry, plural(a.d.doubles, "entry")+" came twice under one address", "$")
	}
	active, rely := false, 0
	var walk func([]Section)
	walk = func(list []Section) {
		for i := range list {
			sec := &list[i]
			active = active || sec.Narrative.HadActive
			for _, items := range [...][]Item{sec.Items, sec.Ended, sec.Negations} {
				for j := range items {
					active = active || items[j].Narrative.HadActive
					if items[j].DoNotRely != "" {
						rely++
					}
				}
			}
			walk(sec.Nested)
		}
	}
	walk(s.Sections)
	for i := range s.Supporting {
		active = active || s.Supporting[i].Narrative.HadActive
	}
	if active {
		a.warn(WarnNarrativeActive, "Pictures or active content in the source's text were left out", "$")
	}
	if rely > 0 {
		a.warn(WarnDoNotRely, plural(rely, "item")+" may mean something else than it says", "$")
	}
	if s.Withheld {
		a.warn(WarnWithheld, "Some items were withheld by the source", "$")
	}
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	if w, ok := strings.CutSuffix(one, "y"); ok {
		return strconv.Itoa(n) + " " + w + "ies"
	}
	return strconv.Itoa(n) + " " + one + "s"
}
