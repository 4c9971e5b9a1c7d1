package screen

import (
	"slices"
	"strings"
	"time"

	"satchel/assets"
	"satchel/store/record"
)

// sectionRow is one row of the column on the left.
type sectionRow struct {
	Title string
	Chip  chip
}

// itemModel is one clinical item in words. Nothing of it is ever cut.
type itemModel struct {
	Title  string
	Chips  []chip
	Lines  []labelled
	Source string // who says so, and when
	Text   record.Narrative
	Carer  string // set apart where a carer or relative said it (R11)
	Rely   string // do not rely on it, and why
}

// sectionModel is one section in full.
type sectionModel struct {
	Title      string
	State      chip
	Note       string
	About      string // source body and age (R12)
	Items      []itemModel
	Negations  []itemModel
	Written    string // heading over the narrative
	Text       record.Narrative
	Ended      []itemModel // in a closed group, counted
	EndedHead  string
	Unread     []unreadModel
	UnreadHead string
	Nested     []sectionModel
}

// unreadModel is something received that could not be shown as an item.
type unreadModel struct{ Cause, Text string }

// sectionRows are the rows of the left column: the emergency card first.
func sectionRows(w *assets.Words, s *record.Summary) []sectionRow {
	rows := []sectionRow{{Title: w.Say("record.card")}}
	for _, sec := range s.Sections {
		rows = append(rows, sectionRow{Title: sec.Title, Chip: stateChip(w, sec.State, len(sec.Items), sec.StateNote)})
	}
	rows = append(rows, sectionRow{Title: w.Say("record.about"), Chip: warningsChip(w, s)})
	return rows
}

func warningsChip(w *assets.Words, s *record.Summary) chip {
	if n := len(s.Warnings); n > 0 {
		return chip{chipWarning, w.Count("record.warnings", n)}
	}
	return chip{}
}

// stateChip says one of the four clinical states, never merged: recorded with
// its count, none known, not recorded, not available here.
func stateChip(w *assets.Words, st record.State, n int, note string) chip {
	switch st {
	case record.Recorded:
		if n == 0 {
			return chip{chipRecorded, w.Say("state.as-written")}
		}
		return chip{chipRecorded, w.Count("state.recorded", n)}
	case record.KnownNone:
		return chip{chipNoneKnown, w.Say("state.none-known")}
	case record.NotRecorded:
		return chip{chipNotRecorded, w.Say("state.not-recorded")}
	}
	return chip{chipNotHere, w.Say("state.not-here")}
}

// newSectionModel puts a section into words.
func newSectionModel(w *assets.Words, sec record.Section) sectionModel {
	m := sectionModel{
		Title: sec.Title, Note: sec.StateNote, Text: sec.Narrative,
		State: stateChip(w, sec.State, len(sec.Items), sec.StateNote),
		About: aboutSection(w, sec),
	}
	if !sec.Narrative.IsZero() {
		m.Written = w.Say("record.as-written")
	}
	for _, it := range sec.Items {
		m.Items = append(m.Items, newItemModel(w, it))
	}
	for _, it := range sec.Negations {
		m.Negations = append(m.Negations, newItemModel(w, it))
	}
	for _, it := range sec.Ended {
		m.Ended = append(m.Ended, newItemModel(w, it))
	}
	if n := len(m.Ended); n > 0 {
		m.EndedHead = w.Count("record.ended", n)
	}
	for _, u := range sec.Unreadable {
		m.Unread = append(m.Unread, unreadModel{u.Cause, u.Text})
	}
	if n := len(m.Unread); n > 0 {
		m.UnreadHead = w.Count("record.unread", n)
	}
	for _, n := range sec.Nested {
		m.Nested = append(m.Nested, newSectionModel(w, n))
	}
	return m
}

// aboutSection names the source body, the age and how many items are shown of
// those received.
func aboutSection(w *assets.Words, sec record.Section) string {
	source := sec.Source
	if source == "" {
		source = w.Say("record.source-unknown")
	}
	shown := len(sec.Items) + len(sec.Ended) + len(sec.Negations)
	if shown+len(sec.Unreadable) == 0 {
		return w.Say("record.section-about-words", "source", source, "date", sec.Date.Format())
	}
	return w.Say("record.section-about", "source", source, "date", sec.Date.Format(),
		"shown", shown, "received", shown+len(sec.Unreadable))
}

// newItemModel puts an item into words.
func newItemModel(w *assets.Words, it record.Item) itemModel {
	m := itemModel{Title: it.Title, Text: it.Narrative, Rely: it.DoNotRely}
	if it.HighRisk != "" {
		m.Chips = append(m.Chips, chip{chipWarning, w.Say("item.high-risk", "kind", it.HighRisk)})
	}
	if strings.EqualFold(it.Criticality, "high") {
		m.Chips = append(m.Chips, chip{chipDanger, w.Say("item.criticality-high")})
	}
	if it.Group != record.GroupCurrent {
		m.Chips = append(m.Chips, chip{chipPlain, groupWords(w, it.Group)})
	}
	if it.Restricted {
		m.Chips = append(m.Chips, chip{chipNotHere, w.Say("item.restricted")})
	}
	add := func(key, value string) {
		if value != "" {
			m.Lines = append(m.Lines, labelled{w.Say(key), value})
		}
	}
	add("item.status", it.Status)
	add("item.certainty", it.Certainty)
	add("item.severity", it.Severity)
	if it.Criticality != "" && !strings.EqualFold(it.Criticality, "high") {
		add("item.criticality", it.Criticality)
	}
	if it.Reaction != "" && it.Field("Reaction") == "" {
		add("item.reaction", it.Reaction)
	}
	for _, f := range it.Detail {
		if !slices.Contains(m.Lines, labelled(f)) {
			m.Lines = append(m.Lines, labelled(f))
		}
	}
	m.Source = itemSource(w, it)
	if it.FromCarer {
		m.Carer = w.Say("item.from-carer", "who", it.Carer)
	}
	return m
}

func groupWords(w *assets.Words, g record.Group) string {
	switch g {
	case record.GroupRefuted:
		return w.Say("item.refuted")
	case record.GroupError:
		return w.Say("item.error")
	}
	return w.Say("item.ended")
}

// itemSource says who says so and when it was last recorded.
func itemSource(w *assets.Words, it record.Item) string {
	date := it.Updated
	if date.IsZero() {
		date = it.Date
	}
	if it.Source == "" {
		return w.Say("item.updated", "date", date.Format())
	}
	return w.Say("item.source", "source", it.Source, "date", date.Format())
}

// allergyTitle is exactly one of four titles.
func allergyTitle(w *assets.Words, o *Opened) chip {
	switch o.Summary.Card(o.At).Allergy {
	case record.KnownAllergies:
		return chip{chipDanger, w.Say("allergies.known")}
	case record.NoKnownAllergies:
		return chip{chipNoneKnown, w.Say("allergies.none")}
	case record.AllergiesNotRecorded:
		return chip{chipNotRecorded, w.Say("allergies.not-recorded")}
	}
	return chip{chipNotHere, w.Say("allergies.unavailable")}
}

// aboutModel is the page about the summary itself: warnings, the person's other
// details, and what no section names.
type aboutModel struct {
	Facts      []labelled
	Warnings   []string
	Person     []labelled
	Supporting []itemModel
}

func newAboutModel(w *assets.Words, s *record.Summary, now time.Time) aboutModel {
	m := aboutModel{}
	add := func(list *[]labelled, key, value string) {
		if value != "" {
			*list = append(*list, labelled{w.Say(key), value})
		}
	}
	add(&m.Facts, "about.title", s.Title)
	add(&m.Facts, "about.composed", s.Composed.Format())
	add(&m.Facts, "about.author", s.Author)
	add(&m.Facts, "about.custodian", s.Custodian)
	add(&m.Facts, "about.source", s.Source)
	add(&m.Facts, "about.language", s.Language)
	add(&m.Facts, "about.counts", w.Say("about.counts-words", "received", s.EntriesReceived, "shown", s.EntriesShown,
		"unreadable", s.EntriesUnreadable, "missing", s.EntriesMissing))
	for _, x := range s.Warnings {
		m.Warnings = append(m.Warnings, x.Words)
	}
	if p := s.Person; p != nil {
		m.Person = personLines(w, p)
		add(&m.Person, "about.interpreter", p.Interpreter)
		for _, list := range [][]record.Field{p.Needs, p.Other} {
			for _, f := range list {
				m.Person = append(m.Person, labelled(f))
			}
		}
	}
	for _, it := range s.Supporting {
		m.Supporting = append(m.Supporting, newItemModel(w, it))
	}
	return m
}
