package record

import "slices"

const (
	cprNone    = "No CPR decision is held here. That does not mean there is none."
	cprRead    = "No coded CPR decision was received. Read what is listed here, and confirm the original form"
	cprConfirm = "Confirm the original form"
)

// isCPR tells whether an item is a coded decision about resuscitation.
func isCPR(it *Item) bool { return cprWords(it) != "" }

func cprWords(it *Item) string {
	words := ""
	for _, c := range it.Codings {
		w, ok := cprCodes[c.Code]
		switch {
		case !ok:
		case it.Kind != "Consent":
			return w
		case words == "" || c.Code != "dnr":
			words = w + " (a consent record: read it in full)"
		}
	}
	return words
}

// cpr makes the first tile: the newest coded decision that is in force leads,
// other ones and refusals follow, older and revoked ones stand beneath.
func (m *cardMaker) cpr() (Tile, *CPRDecision) {
	t := Tile{Kind: TileCPR, Title: "CPR, ReSPECT, refusals"}
	var decisions, plans []held
	ours := func(h held) bool {
		return isCPR(h.it) || h.sec.Kind == AdvanceDirectives || isPlan(h.it, AdvanceDirectives)
	}
	for h := range m.picked(ours) {
		switch {
		case h.ended:
			t.More = append(t.More, *h.it)
		case isCPR(h.it):
			decisions = append(decisions, h)
		default:
			plans = append(plans, h)
		}
	}
	m.words(&t, []SectionKind{AdvanceDirectives})
	slices.SortStableFunc(decisions, func(a, b held) int { return CompareNewest(decided(a.it), decided(b.it)) })
	var d *CPRDecision
	if len(decisions) > 0 {
		d = m.decision(decisions[0])
		t.Items = append(t.Items, *decisions[0].it)
		for _, o := range decisions[1:] {
			d.Conflict = d.Conflict || cprWords(o.it) != cprWords(decisions[0].it)
			t.More = append(t.More, *o.it)
		}
		t.Note = d.ReviewNote
		if d.Conflict {
			t.Note = joinWords("; ", "Conflicting decisions were received: "+cprConfirm, t.Note)
		}
	}
	for _, h := range plans {
		t.Items = append(t.Items, *h.it)
	}
	if len(t.Items) > 0 {
		t.State = Recorded
		if d == nil {
			t.Note = cprRead
		}
		return t, d
	}
	state, note := m.state([]SectionKind{AdvanceDirectives})
	t.State, t.Note = state, cprNone
	switch {
	case state == Recorded && len(t.Narrative) > 0:
		t.Note = "As written by the source. " + cprConfirm + "."
	case state == Recorded:
		t.State = NotRecorded
	case state == NotAvailable && note != notSent:
		t.Note = note + ". " + cprNone
	}
	return t, nil
}

// decided is the date of a decision: the start of its period.
func decided(it *Item) Date {
	if it.Period.Start.Known() {
		return it.Period.Start
	}
	return it.Date
}

func (m *cardMaker) decision(h held) *CPRDecision {
	d := &CPRDecision{
		Words: cprWords(h.it), Decided: decided(h.it), Review: h.it.Period.End, Author: h.it.Source, Source: h.sec.Source,
		Confirm: cprConfirm, Item: *h.it,
	}
	if d.Author == "" {
		d.Author = notKnown
	}
	if d.Source == "" {
		d.Source = notKnown
	}
	if d.Review.Passed(m.now) {
		d.ReviewPassed, d.ReviewNote = true, "Review date passed "+d.Review.FormatDay()
	}
	return d
}
