package screen

import (
	"satchel/assets"
	"satchel/store/record"
)

// tileFace is how a tile's head looks.
type tileFace uint8

const (
	facePlain tileFace = iota
	faceCPR
	faceAllergy // known allergies
	faceAlert   // alerts are recorded
)

// tileModel is one tile of the emergency card.
type tileModel struct {
	Title string
	State chip
	Face  tileFace
	Big   string // the decision, in words, or that none is held
	Loud  bool   // Big is a decision
	Lines []tileLine
	Note  string
	Warn  []string // words that must stand out: review passed, conflict
	More  string   // how many more there are on the tile's own page
	Items []itemModel
	Under []itemModel // older, ended, refuted, in error
	Head  string      // of Under
	Facts []labelled  // lines that are no items
	Text  []record.Narrative
}

// tileLine is one item on a tile.
type tileLine struct {
	Title string
	Chips []chip
	Text  string
}

// How many items a tile shows before it says "and 3 more". Allergies, alerts
// and CPR decisions are never shortened.
const (
	tileItems  = 6
	tilesShort = 4
)

// newCardModel puts the emergency card into words, in the order it has.
func newCardModel(w *assets.Words, c record.Card) []tileModel {
	var out []tileModel
	for _, t := range c.Tiles {
		m := tileModel{Title: t.Title, Note: t.Note, State: stateChip(w, t.State, len(t.Items), t.Note), Text: t.Narrative}
		for _, it := range t.Items {
			m.Items = append(m.Items, newItemModel(w, it))
		}
		for _, it := range t.More {
			m.Under = append(m.Under, newItemModel(w, it))
		}
		if n := len(m.Under); n > 0 {
			m.Head = w.Count("record.ended", n)
		}
		for _, f := range t.Lines {
			m.Facts = append(m.Facts, labelled(f))
		}
		if len(t.Items) == 0 && len(t.Lines) > 0 {
			m.State = chip{chipRecorded, w.Count("state.recorded", len(t.Lines))}
		}
		limit := tilesShort
		switch t.Kind {
		case record.TileCPR:
			m.cpr(w, c)
			limit = 0
		case record.TileAllergies:
			m.allergies(w, c.Allergy)
			limit = len(t.Items)
		case record.TileAlerts:
			if len(t.Items) > 0 {
				m.Face = faceAlert
			}
			limit = len(t.Items)
		case record.TileMedicines, record.TileProblems:
			limit = tileItems
		}
		for i, it := range t.Items {
			if i < limit {
				m.Lines = append(m.Lines, newTileLine(w, t.Kind, it))
			}
		}
		if t.Kind != record.TileCPR && len(t.Items) > limit {
			m.More = w.Count("card.more", len(t.Items)-limit)
		}
		out = append(out, m)
	}
	return out
}

// cpr puts the decision on the tile's first line, or says that none is held.
func (m *tileModel) cpr(w *assets.Words, c record.Card) {
	m.Face = faceCPR
	d := c.CPR
	if d == nil {
		if m.State.Kind != chipRecorded {
			m.Big, m.Note = w.Say("card.no-cpr"), ""
		}
		return
	}
	m.Big, m.Loud = d.Words, true
	m.State = chip{chipRecorded, w.Say("state.decision")}
	m.Facts = append([]labelled{
		{w.Say("card.decided"), d.Decided.Format()},
		{w.Say("card.review"), d.Review.Format()},
		{w.Say("card.by"), orUnknown(w, d.Author)},
		{w.Say("card.source"), orUnknown(w, d.Source)},
	}, m.Facts...)
	if d.ReviewNote != "" {
		m.Warn = append(m.Warn, d.ReviewNote)
	}
	if d.Conflict {
		m.Warn = append(m.Warn, w.Say("card.conflict"))
	}
	m.Warn = append(m.Warn, w.Say("card.confirm"))
}

func orUnknown(w *assets.Words, s string) string {
	if s == "" {
		return w.Say("state.not-recorded")
	}
	return s
}

func (m *tileModel) allergies(w *assets.Words, st record.AllergyState) {
	switch st {
	case record.KnownAllergies:
		m.Title, m.Face = w.Say("allergies.known"), faceAllergy
	case record.NoKnownAllergies:
		m.Title = w.Say("allergies.none")
	case record.AllergiesNotRecorded:
		m.Title = w.Say("allergies.not-recorded")
	default:
		m.Title = w.Say("allergies.unavailable")
	}
}

// newTileLine says one item as its tile needs it.
func newTileLine(w *assets.Words, k record.TileKind, it record.Item) tileLine {
	l := tileLine{Title: it.Title}
	l.Chips = append(l.Chips, newItemModel(w, it).Chips...)
	join := func(parts ...string) {
		for _, p := range parts {
			if p != "" && l.Text != "" {
				l.Text += " · "
			}
			l.Text += p
		}
	}
	switch k {
	case record.TileAllergies:
		join(it.Reaction, it.Severity, it.Certainty, w.Say("item.updated", "date", itemDate(it).Format()))
	case record.TileMedicines:
		join(it.Dose, it.Route)
	case record.TileRecent:
		join(it.Date.Format(), it.Source)
	case record.TileProblems, record.TileDevices:
		join(it.Severity, it.Certainty, it.Status)
	default:
		join(it.Field("Note"))
	}
	return l
}

func itemDate(it record.Item) record.Date {
	if it.Updated.IsZero() {
		return it.Date
	}
	return it.Updated
}

// cardOf is the card of an open record at the time it was opened: what a page
// shows does not change under a reader's eyes.
func cardOf(w *assets.Words, o *Opened) []tileModel {
	return newCardModel(w, o.Summary.Card(o.At))
}
