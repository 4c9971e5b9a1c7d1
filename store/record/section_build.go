package record

import (
	"strconv"
	"strings"
)

// section builds one authored section and those inside it.
func (a *assembler) section(sec value, comp *entry, path string) Section {
	out := Section{
		Title: oneLine(sec.get("title").text()), Code: leading(codings(sec.get("code"))),
		Source: a.sum.Source, Date: a.sum.Composed, Narrative: sectionText(sec),
	}
	if au := firstElem(sec.get("author")); au.ok() {
		out.Source = a.d.refText(au, comp.res, 0)
	}
	types, seen, n := map[string]int{}, map[uint32]bool{}, 0
	for ref := range sec.get("entry").elems() {
		a.reference(&out, ref, comp.res, path+".entry["+strconv.Itoa(n)+"]", types, seen)
		n++
	}
	n = 0
	for inner := range sec.get("section").elems() {
		out.Nested = append(out.Nested, a.section(inner, comp, path+".section["+strconv.Itoa(n)+"]"))
		n++
	}
	out.Kind = sectionKind(codings(sec.get("code")), out.Title, types)
	if out.Title == "" {
		out.Title = conceptText(sec.get("code"))
		if out.Title == "" || out.Title == out.Code.Code {
			out.Title = out.Kind.Title()
			if out.Kind == Other {
				out.Title = "Section without a title"
			}
		}
	}
	a.finish(&out, sec.get("emptyReason"))
	if f := sec.get("focus"); f.ok() {
		if t := a.d.resolve(f, comp.res); t.res.get("resourceType").is("Patient") && a.who.patient.t != nil && t.res.i != a.who.patient.i {
			out.StateNote = joinWords("; ", "This section is about another person", out.StateNote)
		}
	}
	return out
}

// sectionText reads a section's narrative, also where a bare text stands in
// its place.
func sectionText(sec value) Narrative {
	t := sec.get("text")
	if t.kind() == kindString {
		return readNarrative(t.str())
	}
	return readNarrative(t.get("div").str())
}

// reference files what one entry of a section names.
func (a *assembler) reference(out *Section, ref, from value, path string, types map[string]int, seen map[uint32]bool) {
	t := a.d.resolve(ref, from)
	if t.res.t == nil {
		a.sum.EntriesMissing++
		out.Unreadable = append(out.Unreadable, Unreadable{
			Path: path, Cause: "named by the section, but not included", Text: joinWords(", ", oneLine(ref.get("display").text()), missingWords(ref)),
		})
		return
	}
	if seen[t.res.i] {
		return
	}
	seen[t.res.i] = true
	typ := t.res.get("resourceType").str()
	types[typ]++
	if whose := a.d.belongs(&a.who, t.res, from); whose != ofSubject {
		if t.entry >= 0 && a.d.entries[t.entry].place == unplaced {
			a.d.entries[t.entry].place = inUnreadable
		}
		if whose == ofAnother {
			a.anothers(out, path)
			return
		}
		it := a.itemAt(t, path)
		a.strangers(out, it, t.res)
		return
	}
	if t.entry < 0 {
		a.file(out, a.itemAt(t, path))
		return
	}
	e := &a.d.entries[t.entry]
	if typ == "Patient" && t.res.i != a.who.patient.i {
		if e.place == unplaced {
			a.patientEntry(t.entry, e)
		}
		out.Unreadable = append(out.Unreadable, Unreadable{Path: path, Cause: causeOtherPerson})
		return
	}
	if e.place == unplaced {
		e.place = inSection
	}
	if typ == "List" && a.enter(e.res) {
		a.listEntries(out, e.res, e.path, types, seen)
		return
	}
	a.file(out, a.d.itemOf(t.entry))
}

// missingWords says what kind of thing is missing, from its address.
func missingWords(ref value) string {
	r := ref.get("reference").str()
	if ref.kind() == kindString {
		r = ref.str()
	}
	if typ, _, ok := strings.Cut(lastTwo(r), "/"); ok && resourceName(typ) {
		return typeWords(typ)
	}
	return ""
}

// enter notes that a list is being opened; a list inside itself is not.
func (a *assembler) enter(list value) bool {
	if a.lists[list.i] {
		return false
	}
	if a.lists == nil {
		a.lists = map[uint32]bool{}
	}
	a.lists[list.i] = true
	return true
}

// listEntries files what a List holds.
func (a *assembler) listEntries(out *Section, list value, path string, types map[string]int, seen map[uint32]bool) {
	n := 0
	for x := range list.get("entry").elems() {
		if x.get("deleted").kind() != kindTrue {
			a.reference(out, x.get("item"), list, path+".entry["+strconv.Itoa(n)+"].item", types, seen)
		}
		n++
	}
}

// listSection makes a section of a List that came without a composition: UK
// GP systems send allergies and their absence so.
func (a *assembler) listSection(e *entry) {
	e.place = inSection
	res := e.res
	out := Section{
		Title: oneLine(res.get("title").text()), Code: leading(codings(res.get("code"))), Narrative: sectionText(res),
		Date: ParseDate(res.get("date").str()), Made: true,
	}
	if x := res.get("source"); x.ok() {
		out.Source = a.d.refText(x, res, 0)
	}
	types, seen := map[string]int{}, map[uint32]bool{}
	if a.enter(res) {
		a.listEntries(&out, res, e.path, types, seen)
	}
	out.Kind = sectionKind(codings(res.get("code")), out.Title, types)
	if out.Title == "" {
		out.Title = conceptText(res.get("code"))
	}
	if out.Title == "" {
		out.Title = "List"
	}
	a.finish(&out, res.get("emptyReason"))
	if res.get("status").is("entered-in-error") {
		out.State = NotAvailable
		out.StateNote = joinWords("; ", "The source marks this list as entered in error", out.StateNote)
	}
	a.sum.Sections = append(a.sum.Sections, out)
}

// file puts an item into its place within a section.
func (a *assembler) file(sec *Section, it *Item) {
	says, _ := negates(it)
	switch {
	case says != notNegation:
		sec.Negations = append(sec.Negations, *it)
	case it.Group != GroupCurrent:
		sec.Ended = append(sec.Ended, *it)
	default:
		sec.Items = append(sec.Items, *it)
	}
}

// finish decides a section's state, age and source.
func (a *assembler) finish(sec *Section, emptyReason value) {
	a.findWithheld(sec, emptyReason)
	a.decide(sec, emptyReason)
	if sec.Made {
		newest(sec.Items)
		newest(sec.Ended)
		if sec.Source == "" {
			sec.Source = a.sum.Source
		}
	}
	best := Date{}
	for _, items := range [...][]Item{sec.Items, sec.Negations, sec.Ended} {
		for i := range items {
			for _, dt := range [...]Date{items[i].Updated, items[i].Date} {
				if dt.Known() && CompareNewest(dt, best) < 0 {
					best = dt
				}
			}
			if sec.Source == "" && sec.Made {
				sec.Source = items[i].Source
			}
		}
	}
	if best.Known() {
		sec.Date = best
	} else if !sec.Date.Known() {
		sec.Date = a.sum.Composed
	}
}

// decide finds which of the four states holds. Words in a narrative are never
// taken as a statement: what only words say is "as written".
func (a *assembler) decide(sec *Section, emptyReason value) {
	none, unknown, whole := "", "", false
	for i := range sec.Negations {
		says, scope := negates(&sec.Negations[i])
		words := cut(sec.Negations[i].Title)
		switch {
		case says == saysInWords:
			unknown = alsoWords(unknown, asWritten(words))
		case says == saysUnknown:
			unknown = alsoWords(unknown, words)
		case scope == "":
			none, whole = alsoWords(none, words), true
		default:
			none = alsoWords(none, words+" (stated for "+scope+" only)")
		}
	}
	switch {
	case len(sec.Items) > 0:
		sec.State = Recorded
		if none != "" {
			sec.StateNote = "The source also says: " + none
			if whole {
				a.contradiction(sec)
			}
		}
		if emptyReason.ok() {
			sec.StateNote = joinWords("; ", sec.StateNote, "The source also calls this section empty")
			a.contradiction(sec)
		}
	case none != "":
		sec.State, sec.StateNote = KnownNone, none
		if unknown != "" {
			sec.State, sec.StateNote = NotRecorded, "The source says both: "+none+"; "+unknown
			a.contradiction(sec)
		}
	case unknown != "":
		sec.State, sec.StateNote = NotRecorded, unknown
	case len(sec.Ended) > 0:
		sec.State, sec.StateNote = Recorded, "Only ended items"
	case emptyReason.ok():
		sec.State, sec.StateNote = emptyState(conceptCode(emptyReason), conceptText(emptyReason))
	case len(sec.Unreadable) > 0:
		sec.State, sec.StateNote = NotAvailable, plural(len(sec.Unreadable), "item")+" could not be read"
		if !sec.Narrative.IsZero() {
			sec.StateNote += "; as written by the source"
		}
	case !sec.Narrative.IsZero():
		sec.State, sec.StateNote = Recorded, "As written by the source"
	case anyRecorded(sec.Nested):
		sec.State, sec.StateNote = Recorded, "In the parts below"
	default:
		sec.State, sec.StateNote = NotRecorded, "The source sent this section empty"
	}
	if sec.State == Recorded && len(sec.Unreadable) > 0 && len(sec.Items)+len(sec.Ended) > 0 {
		sec.StateNote = joinWords("; ", sec.StateNote, plural(len(sec.Unreadable), "item")+" could not be read")
	}
}

func asWritten(words string) string { return "As written: \"" + words + "\"" }

func (a *assembler) contradiction(sec *Section) {
	a.warn(WarnContradiction, "\""+cut(sec.Title)+"\" holds items and also says that there are none or that nothing is known", "")
}

func anyRecorded(list []Section) bool {
	for i := range list {
		if list[i].State == Recorded {
			return true
		}
	}
	return false
}

// findWithheld looks for signs that something was held back: the empty reason,
// a label, or words such as "One or more entries have been deliberately
// withheld", which GP summaries carry in their text alone.
func (a *assembler) findWithheld(sec *Section, emptyReason value) {
	if conceptCode(emptyReason) == "withheld" || withheldWords(sec.Narrative) {
		a.sum.Withheld = true
	}
	for _, items := range [...][]Item{sec.Items, sec.Ended, sec.Negations} {
		for i := range items {
			for _, l := range items[i].Labels {
				if withheldLabel(l) {
					a.sum.Withheld = true
				}
			}
		}
	}
}

// withheldLabel knows the v3 marks of a changed or shortened copy.
func withheldLabel(l Coding) bool {
	switch l.Code {
	case "REDACTED", "SUBSETTED", "MASKED", "ABSTRED", "ANONYED", "PSEUDED":
		return true
	}
	return false
}

func withheldWords(n Narrative) bool {
	has := func(s string) bool {
		return strings.Contains(s, "ithheld") || strings.Contains(s, "ITHHELD")
	}
	for _, b := range n.Blocks {
		if has(b.Text) {
			return true
		}
		for _, l := range b.Lines {
			if has(l) {
				return true
			}
		}
		for _, r := range b.Rows {
			for _, c := range r.Cells {
				if has(c) {
					return true
				}
			}
		}
	}
	return false
}
