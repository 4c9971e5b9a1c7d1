package screen

import (
	"fyne.io/fyne/v2"

	"satchel/app/look"
	"satchel/app/touch"
)

// faces gives each kind of tile the colours of its head.
var faces = map[tileFace]touch.TileFace{
	facePlain:   {Fill: look.Selection, Ink: look.Text, Edge: look.Edge},
	faceCPR:     {Fill: look.CPR, Ink: look.OnCPR, Edge: look.CPREdge},
	faceAllergy: {Fill: look.Danger, Ink: look.OnDanger, Edge: look.DangerInk},
	faceAlert:   {Fill: look.Warning, Ink: look.OnWarning, Edge: look.Edge},
}

// card is the emergency card: tiles in two columns, in reading order.
func (v *recordView) card() fyne.CanvasObject {
	var tiles []fyne.CanvasObject
	for i := range v.tiles {
		tiles = append(tiles, v.tile(i))
	}
	return touch.Columns(2, 10, tiles...)
}

// tile is one tile: its head, then the words.
func (v *recordView) tile(i int) fyne.CanvasObject {
	m := v.tiles[i]
	face := faces[m.Face]
	body := touch.Column(4)
	if m.Big != "" {
		body.Add(bigWords(m))
	}
	for _, l := range m.Lines {
		body.Add(tileLineObject(l))
	}
	if m.Face == faceCPR || len(m.Lines) == 0 {
		addFacts(body, m.Facts, tilesShort)
	} else {
		addFacts(body, m.Facts, 2)
	}
	for _, words := range m.Warn {
		body.Add(touch.Cells(6, touch.Fit(touch.NewShapeSized(touch.Triangle, look.DangerInk, 18)),
			touch.Grow(touch.NewStyled(words, touch.Style{Size: look.Body, Ink: look.DangerInk, Bold: true}))))
	}
	if m.Note != "" {
		body.Add(touch.NewSmall(m.Note))
	}
	if len(m.Lines) == 0 && len(m.Text) > 0 {
		body.Add(narrative(m.Text[0], 4))
	}
	if m.More != "" {
		body.Add(touch.NewStyled(m.More, touch.Style{Size: look.Body, Ink: look.Action, Bold: true}))
	}
	if m.Head != "" {
		body.Add(touch.NewSmall(m.Head))
	}
	return touch.NewTile(m.Title, plainSign(m.State, face.Ink), face, body, func() { v.openTile(i) })
}

// bigWords is a decision in large letters, or that none is held.
func bigWords(m tileModel) fyne.CanvasObject {
	if m.Loud {
		return touch.NewHeading(m.Big)
	}
	return touch.NewTitle(m.Big)
}

func tileLineObject(l tileLine) fyne.CanvasObject {
	line := touch.Flow(8, 2, touch.NewBold(l.Title))
	for _, c := range l.Chips {
		line.Add(touch.NewChip(sign(c)))
	}
	if l.Text == "" {
		return line
	}
	return touch.Column(0, line, touch.NewText(l.Text))
}

// addFacts puts labels and values under each other, at most so many.
func addFacts(body *fyne.Container, facts []labelled, limit int) {
	for i, f := range facts {
		if limit > 0 && i == limit {
			return
		}
		body.Add(fact(f))
	}
}

// fact is a label and its value on one line where they fit.
func fact(f labelled) fyne.CanvasObject {
	return touch.Flow(8, 0, touch.NewStyled(f.Label, touch.Style{Size: look.Body, Ink: look.Secondary}), touch.NewText(f.Value))
}

// tilePage is one tile in full width: every item in full, then what is older.
func (v *recordView) tilePage(m tileModel) fyne.CanvasObject {
	w := v.s.words
	back := touch.NewShapedButton(w.Say("record.card"), touch.ArrowLeft, touch.Plain, func() { v.choose(0) })
	v.first = back
	all := touch.Column(12, touch.Cells(16, touch.Fit(back), touch.Grow(touch.NewHeading(m.Title)),
		touch.Fit(touch.NewChipSized(sign(m.State), look.Body))))
	if m.Big != "" {
		all.Add(bigWords(m))
	}
	for _, words := range m.Warn {
		all.Add(touch.Left(touch.NewChipSized(sign(chip{chipWarning, words}), look.Body)))
	}
	if m.Note != "" {
		all.Add(touch.NewText(m.Note))
	}
	if len(m.Facts) > 0 {
		list := touch.Column(6)
		addFacts(list, m.Facts, 0)
		all.Add(touch.NewPanel(touch.CardFace(), 16, list))
	}
	for _, it := range m.Items {
		all.Add(v.item(it))
	}
	for _, n := range m.Text {
		all.Add(v.written(n))
	}
	if len(m.Under) > 0 {
		all.Add(v.group(m.Head, func(box *fyne.Container) {
			for _, it := range m.Under {
				box.Add(v.item(it))
			}
		}))
	}
	return all
}
