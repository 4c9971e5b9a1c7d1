package record

import (
	"iter"
	"slices"
	"strings"
	"time"
)

// held is one item and where it stood.
type held struct {
	it    *Item
	sec   *Section
	ended bool
}

// cardMaker picks tiles out of a summary. It looks at items by what they are,
// wherever the source put them: an allergy that no section names is an allergy.
// An item that two sections name is held twice, since either may put it on a
// tile; a tile takes it once.
type cardMaker struct {
	s         *Summary
	now       time.Time
	all       []held
	negations []held
	sections  []*Section
}

func (m *cardMaker) collect() {
	add := func(sec *Section, items []Item, ended bool) {
		for i := range items {
			m.all = append(m.all, held{&items[i], sec, ended})
		}
	}
	said := map[string]bool{} // a statement says the same wherever it stands
	var walk func([]Section)
	walk = func(list []Section) {
		for i := range list {
			sec := &list[i]
			m.sections = append(m.sections, sec)
			add(sec, sec.Items, false)
			add(sec, sec.Ended, true)
			for j := range sec.Negations {
				if it := &sec.Negations[j]; it.Path == "" || !said[it.Path] {
					said[it.Path] = true
					m.negations = append(m.negations, held{it, sec, false})
				}
			}
			walk(sec.Nested)
		}
	}
	walk(m.s.Sections)
}

// picked gives what pick chooses, each item once.
func (m *cardMaker) picked(pick func(held) bool) iter.Seq[held] {
	return func(yield func(held) bool) {
		seen := map[string]bool{}
		for _, h := range m.all {
			if seen[h.it.Path] || !pick(h) {
				continue
			}
			seen[h.it.Path] = h.it.Path != ""
			if !yield(h) {
				return
			}
		}
	}
}

const notSent = "Not sent in this summary"

// tile gathers the items that pick chooses; where there are none, the state of
// the sections of its kinds decides, the most cautious one first.
func (m *cardMaker) tile(kind TileKind, title string, kinds []SectionKind, pick func(held) bool) Tile {
	t := Tile{Kind: kind, Title: title}
	for h := range m.picked(pick) {
		if h.ended {
			t.More = append(t.More, *h.it)
		} else {
			t.Items = append(t.Items, *h.it)
		}
	}
	m.words(&t, kinds)
	if len(t.Items) > 0 {
		t.State = Recorded
		t.Note = m.lost(kinds)
		return t
	}
	t.State, t.Note = m.state(kinds)
	if len(t.Narrative) > 0 && t.State == Recorded {
		t.Note = "As written by the source"
	}
	if t.State == Recorded && len(t.Narrative) == 0 {
		t.State, t.Note = NotRecorded, "Only ended items"
	}
	return t
}

// words takes the narrative of sections that have nothing but words.
func (m *cardMaker) words(t *Tile, kinds []SectionKind) {
	for _, sec := range m.sections {
		if slices.Contains(kinds, sec.Kind) && len(sec.Items)+len(sec.Negations) == 0 && !sec.Narrative.IsZero() {
			t.Narrative = append(t.Narrative, sec.Narrative)
		}
	}
}

// lost says what the sections of some kinds announced and could not show, and
// what names somebody unknown and might belong in them.
func (m *cardMaker) lost(kinds []SectionKind) string {
	n := 0
	for _, sec := range m.sections {
		for _, u := range sec.Unreadable {
			if slices.Contains(kinds, sec.Kind) || u.home != "" && slices.Contains(kinds, u.home) {
				n++
			}
		}
	}
	if n == 0 {
		return ""
	}
	return plural(n, "item") + " could not be read"
}

// state merges the states of the sections of some kinds, when no item is held:
// words to read first, then not available, then not recorded, then known none.
func (m *cardMaker) state(kinds []SectionKind) (State, string) {
	best, note, found := KnownNone, "", false
	rank := map[State]int{Recorded: 0, NotAvailable: 1, NotRecorded: 2, KnownNone: 3}
	for _, sec := range m.sections {
		if !slices.Contains(kinds, sec.Kind) || sec.Made && sec.Kind == Other {
			continue
		}
		if !found || rank[sec.State] < rank[best] {
			best, note = sec.State, sec.StateNote
		}
		found = true
	}
	if !found {
		return NotAvailable, notSent
	}
	return best, note
}

func isMedicine(it *Item) bool {
	return it.Kind == "MedicationStatement" || it.Kind == "MedicationRequest"
}

// medicines shows an order once: as the statement that follows it, where the
// source put that statement into a section and the order nowhere.
func (m *cardMaker) medicines() Tile {
	stated := map[string]bool{}
	for _, h := range m.all {
		if !h.ended && !h.sec.Made {
			for _, o := range h.it.orders {
				stated[o] = true
			}
		}
	}
	t := m.tile(TileMedicines, "Current medicines", []SectionKind{Medications}, func(h held) bool {
		return !(h.sec.Made && stated[h.it.Path]) && (isMedicine(h.it) || h.sec.Kind == Medications && strings.HasPrefix(h.it.Kind, "Medication")) && h.sec.Kind != PastMedications
	})
	slices.SortStableFunc(t.Items, func(a, b Item) int {
		switch {
		case (a.HighRisk != "") == (b.HighRisk != ""):
			return 0
		case a.HighRisk != "":
			return -1
		}
		return 1
	})
	return m.negated(t, isMedicine)
}

// negated lets a statement that stands outside any section of the right kind
// speak, where no item and no section does.
func (m *cardMaker) negated(t Tile, of func(*Item) bool) Tile {
	if len(t.Items) > 0 || t.Note != notSent {
		return t
	}
	for _, h := range m.negations {
		if of(h.it) {
			t.State, t.Note = KnownNone, h.it.Title
			switch says, _ := negates(h.it); says {
			case saysUnknown:
				t.State = NotRecorded
				return t
			case saysInWords:
				t.State, t.Note = NotRecorded, asWritten(h.it.Title)
				return t
			}
		}
	}
	return t
}

func (m *cardMaker) problems() Tile {
	isProblem := func(it *Item) bool { return it.Kind == "Condition" }
	t := m.tile(TileProblems, "Active problems", []SectionKind{Problems}, func(h held) bool {
		switch h.sec.Kind {
		case PastProblems, FamilyHistory, SocialHistory, FunctionalStatus, Pregnancy:
			return false
		}
		return isProblem(h.it)
	})
	return m.negated(t, isProblem)
}

func (m *cardMaker) devices() Tile {
	isDevice := func(it *Item) bool { return it.Kind == "DeviceUseStatement" || it.Kind == "Device" }
	t := m.tile(TileDevices, "Devices and implants", []SectionKind{Devices}, func(h held) bool {
		return h.it.Kind == "DeviceUseStatement" || h.sec.Kind == Devices
	})
	return m.negated(t, isDevice)
}

func (m *cardMaker) alerts() Tile {
	return m.tile(TileAlerts, "Alerts", []SectionKind{Alerts}, func(h held) bool {
		return !isCPR(h.it) && (h.it.Kind == "Flag" || h.sec.Kind == Alerts)
	})
}

func (m *cardMaker) contingency() Tile {
	return m.tile(TileContingency, "Contingency plan", []SectionKind{ContingencyPlan}, func(h held) bool {
		return h.sec.Kind == ContingencyPlan || isPlan(h.it, ContingencyPlan)
	})
}

// isPlan tells whether any code of an item makes it a plan of a kind; one plan
// may be of several.
func isPlan(it *Item, kind SectionKind) bool {
	return slices.ContainsFunc(it.Codings, func(c Coding) bool { return planCodes[c.Code] == kind })
}

// recentShown is how many contacts stand on the tile; the rest is beneath.
const recentShown = 5

func (m *cardMaker) recent() Tile {
	t := m.tile(TileRecent, "Recent contacts", []SectionKind{CareContacts}, func(h held) bool {
		return h.it.Kind == "Encounter" || h.it.Kind == "Appointment" || h.sec.Kind == CareContacts
	})
	newest(t.Items)
	if len(t.Items) > recentShown {
		t.More = slices.Concat(t.Items[recentShown:], t.More)
		t.Items = t.Items[:recentShown]
	}
	return t
}

func (m *cardMaker) contacts() Tile {
	t := m.tile(TileContacts, "Contacts", []SectionKind{PersonalContacts}, func(h held) bool {
		return h.it.Kind == "CareTeam" || h.sec.Kind == PersonalContacts && h.it.Kind != "RelatedPerson"
	})
	p := m.s.Person
	if p == nil {
		return t
	}
	for _, c := range p.Contacts {
		label := c.Relationship
		if label == "" {
			label = "Contact"
		}
		words := []string{c.Name}
		for _, x := range c.Telecoms {
			if !x.Ended {
				words = append(words, x.Value)
			}
		}
		if c.Ended {
			words = append(words, "ended")
		}
		t.Lines = append(t.Lines, Field{label, strings.Join(words, ", ")})
	}
	if p.GP != "" {
		t.Lines = append(t.Lines, Field{"GP", p.GP})
	}
	return withLines(t)
}

// withLines marks a tile that has lines as recorded.
func withLines(t Tile) Tile {
	if len(t.Lines) > 0 && t.State != Recorded {
		t.State, t.Note = Recorded, ""
	}
	return t
}

func (m *cardMaker) communication() Tile {
	t := m.tile(TileCommunication, "Communication, interpreter, capacity", []SectionKind{IndividualNeeds, LegalInformation, Preferences}, func(h held) bool {
		return h.sec.Kind == IndividualNeeds || h.sec.Kind == LegalInformation || h.sec.Kind == Preferences
	})
	p := m.s.Person
	if p == nil {
		return t
	}
	if p.Interpreter != "" {
		t.Lines = append(t.Lines, Field{"Interpreter", p.Interpreter})
	}
	for _, l := range p.Languages {
		label := "Language"
		if l.Preferred {
			label = "Preferred language"
		}
		t.Lines = append(t.Lines, Field{label, l.Words})
	}
	t.Lines = append(t.Lines, p.Needs...)
	return withLines(t)
}
