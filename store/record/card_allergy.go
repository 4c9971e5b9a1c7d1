package record

import (
	"slices"
	"strings"
)

// allergies makes the allergy tile. Its title is exactly one of four; "No known
// allergies" needs a coded statement that stands, nothing unreadable beside it,
// and no words that say otherwise could be hidden in.
func (m *cardMaker) allergies() (Tile, AllergyState) {
	t := Tile{Kind: TileAllergies}
	ours := func(h held) bool { return h.it.Kind == "AllergyIntolerance" || h.sec.Kind == Allergies }
	for h := range m.picked(ours) {
		if h.ended {
			t.More = append(t.More, *h.it)
		} else {
			t.Items = append(t.Items, *h.it)
		}
	}
	kinds := []SectionKind{Allergies}
	m.words(&t, kinds)
	lost := m.lost(kinds)
	state := m.allergyState(&t, lost)
	t.Title = state.String()
	t.State = map[AllergyState]State{
		AllergiesUnavailable: NotAvailable, AllergiesNotRecorded: NotRecorded, NoKnownAllergies: KnownNone, KnownAllergies: Recorded,
	}[state]
	slices.SortStableFunc(t.Items, func(a, b Item) int { return allergyRank(&a) - allergyRank(&b) })
	return t, state
}

func (m *cardMaker) allergyState(t *Tile, lost string) AllergyState {
	none, part, unknown := m.allergyStatements()
	if len(t.Items) > 0 {
		t.Note = joinWords("; ", lost, prefixed("The source also says: ", joinWords("; ", none, part)))
		return KnownAllergies
	}
	if lost != "" {
		t.Note = lost
		return AllergiesUnavailable
	}
	if len(t.Narrative) > 0 && none == "" {
		if state, note := m.state([]SectionKind{Allergies}); state == Recorded {
			t.Note = joinWords("; ", "As written by the source", prefixed("also: ", part))
			return AllergiesUnavailable
		} else if state == NotAvailable {
			t.Note = note
			return AllergiesUnavailable
		}
	}
	state, note := m.state([]SectionKind{Allergies})
	switch {
	case state == Recorded && len(t.Narrative) > 0: // one section states none, another has words only
		t.Note = joinWords("; ", "As written by the source", prefixed("also: ", none))
		return AllergiesUnavailable
	case state == NotAvailable && note != notSent:
		t.Note = joinWords("; ", note, prefixed("also: ", none))
		return AllergiesUnavailable
	case none != "" && unknown == "":
		t.Note = joinWords("; ", none, part)
		return NoKnownAllergies
	case none != "" || unknown != "" || part != "":
		t.Note = joinWords("; ", none, part, unknown)
		return AllergiesNotRecorded
	case state == KnownNone:
		t.Note = note
		return NoKnownAllergies
	case len(t.More) > 0:
		t.Note = "Only ended, refuted or erroneous entries"
		return AllergiesNotRecorded
	case state == NotAvailable:
		t.Note = note
		return AllergiesUnavailable
	}
	t.Note = note
	return AllergiesNotRecorded
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// allergyStatements gathers what coded statements say: none at all (or none to
// medicines, which the domain counts as such and the note limits), none in a
// part only, or nothing known.
func (m *cardMaker) allergyStatements() (none, part, unknown string) {
	for _, h := range m.negations {
		if h.it.Kind != "AllergyIntolerance" {
			continue
		}
		says, scope := negates(h.it)
		words := cut(h.it.Title)
		if scope != "" {
			words += " (stated for " + scope + " only)"
		}
		switch {
		case says == saysInWords:
			unknown = alsoWords(unknown, asWritten(words))
		case says == saysUnknown:
			unknown = alsoWords(unknown, words)
		case scope == "" || scope == "medicines":
			none = alsoWords(none, words)
		default:
			part = alsoWords(part, words)
		}
	}
	return none, part, unknown
}

// allergyRank puts the dangerous first.
func allergyRank(it *Item) int {
	r := 4
	if strings.EqualFold(it.Criticality, "High") {
		r -= 2
	}
	switch strings.ToLower(it.Severity) {
	case "severe", "fatal":
		r--
	case "mild":
		r++
	}
	return r
}
