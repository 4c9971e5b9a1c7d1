package policy

import (
	"slices"

	"satchel/store/consent"
	"satchel/store/record"
)

// What a reduced section says instead of what it held.
const (
	notForRole = "Not shown to your role"
	withheld   = "Withheld"
)

// Reduce returns what of a summary the decision lets be shown, and how many items and
// sections it left out; nothing, when the decision does not allow reading. Everything
// left out leaves a trace: a section keeps its heading and says why it is empty, an
// item is counted among those that are not shown, and the summary says that something
// was withheld. A section that lost an item also loses its narrative, which may say
// the same in words, and its statements that there is none, which would now be untrue.
// The summary that was handed in is not changed.
func (d Decision) Reduce(s *record.Summary) (*record.Summary, int) {
	if d.Verdict != Allow {
		return nil, 0
	}
	out := *s
	var left int
	out.Sections, left = d.reduceAll(s.Sections)
	out.Supporting = nil
	for _, it := range s.Supporting {
		if d.supports(it) {
			out.Supporting = append(out.Supporting, it)
		} else {
			left++
		}
	}
	if left > 0 {
		out.Withheld = true
		out.Warnings = slices.DeleteFunc(slices.Clone(s.Warnings), func(w record.Warning) bool { return d.view != fullView && !aboutPerson[w.Code] })
	}
	return &out, left
}

// aboutPerson are the warnings that everybody needs who sees the banner; the words of
// others may hold clinical content.
var aboutPerson = map[record.WarningCode]bool{
	record.WarnNHSNumberInvalid: true, record.WarnNHSNumberUnverified: true, record.WarnNHSNumberMissing: true,
	record.WarnNHSNumberSeveral: true, record.WarnNameMissing: true, record.WarnBirthDateUnread: true,
	record.WarnSubjectUnclear: true, record.WarnSubjectAssumed: true, record.WarnSeveralPeople: true, record.WarnWithheld: true,
}

func (d Decision) reduceAll(sections []record.Section) ([]record.Section, int) {
	out := make([]record.Section, 0, len(sections))
	left := 0
	for _, s := range sections {
		reduced, n := d.reduceSection(s)
		out = append(out, reduced)
		left += n
	}
	return out, left
}

func (d Decision) reduceSection(s record.Section) (record.Section, int) {
	kind := consent.Section(s.Kind)
	if !d.Shows(kind) {
		return emptied(s, notForRole), 1
	}
	if d.Withholds(kind, nil) {
		return emptied(s, withheld), 1
	}
	out, gone := s, []record.Unreadable(nil)
	keep := func(items []record.Item) []record.Item {
		var kept []record.Item
		for _, it := range items {
			if d.Withholds(kind, labelsOf(it)) {
				gone = append(gone, record.Unreadable{Path: it.Path, Cause: withheld})
			} else {
				kept = append(kept, it)
			}
		}
		return kept
	}
	out.Items, out.Ended, out.Negations = keep(s.Items), keep(s.Ended), keep(s.Negations)
	nested := 0
	out.Nested, nested = d.reduceAll(s.Nested)
	if len(gone)+nested == 0 {
		return s, 0
	}
	out.Narrative, out.Negations = record.Narrative{}, nil
	for _, u := range s.Unreadable { // its words are not labelled, and may be about the same
		u.Text = ""
		gone = append(gone, u)
	}
	left := len(gone) - len(s.Unreadable)
	out.Unreadable = gone
	if len(out.Items)+len(out.Ended) == 0 {
		out.State, out.StateNote = record.NotAvailable, withheld
	}
	return out, left + nested
}

// emptied is a section of which only the heading is left.
func emptied(s record.Section, why string) record.Section {
	return record.Section{
		Kind: s.Kind, Code: s.Code, Title: s.Kind.Title(), Source: s.Source, Date: s.Date,
		State: record.NotAvailable, StateNote: why, Made: s.Made,
	}
}

// supports reports whether a supporting item may be shown: people and bodies to
// everybody, the rest (medicines, documents) with a full view.
func (d Decision) supports(it record.Item) bool {
	switch it.Kind {
	case "Practitioner", "PractitionerRole", "Organization", "Location", "Patient":
		return level(labelsOf(it)) < veryRestricted
	}
	return !d.Withholds("other", labelsOf(it))
}

func labelsOf(it record.Item) []Label {
	out := make([]Label, len(it.Labels))
	for i, l := range it.Labels {
		out[i] = Label{l.System, l.Code}
	}
	return out
}
