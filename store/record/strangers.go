package record

import "strings"

// itemAt is the item of what a reference leads to; path names a contained one.
func (a *assembler) itemAt(t target, path string) *Item {
	if t.entry >= 0 {
		return a.d.itemOf(t.entry)
	}
	it := a.d.buildItem(t.res, path)
	return &it
}

// anothers accounts for an item about another person of this document. Not a
// word of it is shown.
func (a *assembler) anothers(sec *Section, path string) {
	sec.Unreadable = append(sec.Unreadable, Unreadable{Path: path, Cause: causeOtherPerson})
	a.warn(WarnOtherPerson, "An item about another person was received; it is not shown", path)
}

// strangers sets an item apart that names somebody who cannot be found: it may
// be this person under a broken reference, or anybody. It is shown, so that
// nothing is lost, and is no item, so that nothing counts it as this person's.
// What a label restricts, or role alone may see, has no words there, since the
// list carries no labels to judge it by.
func (a *assembler) strangers(sec *Section, it *Item, res value) {
	u := Unreadable{Path: it.Path, Cause: causeUnknownPerson, home: homeOf(it.Kind)}
	if !it.Restricted && !it.Safeguard {
		u.Text = itemText(it, a.d.refText(a.d.subjectRef(res), res, 0))
	}
	sec.Unreadable = append(sec.Unreadable, u)
	if a.strange == nil {
		a.strange = map[uint32]bool{}
	}
	a.strange[res.i] = true
}

// itemText is a whole item as plain text, a line for each field.
func itemText(it *Item, named string) string {
	r := renderer{}
	r.put(typeWords(it.Kind) + ": " + it.Title)
	line := func(label, text string) {
		if text != "" && it.Field(label) != text {
			r.put("\n" + label + ": " + text)
		}
	}
	line("Names", named)
	line("Do not rely", it.DoNotRely)
	if it.Group != GroupCurrent {
		line("Now", it.Group.String())
	}
	line("Status", it.Status)
	line("Certainty", it.Certainty)
	line("Severity", it.Severity)
	line("Criticality", it.Criticality)
	for _, f := range it.Detail {
		r.put("\n" + f.Label + ": " + f.Value)
	}
	line("Source", it.Source)
	line("Said by", it.Carer)
	line("Date", formatKnown(it.Date))
	for _, bl := range it.Narrative.Blocks {
		for _, text := range append([]string{bl.Text}, bl.Lines...) {
			if text != "" {
				r.put("\n" + text)
			}
		}
		for _, row := range bl.Rows {
			r.put("\n" + strings.Join(row.Cells, " | "))
		}
	}
	return r.b.String()
}
