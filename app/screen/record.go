package screen

import (
	"time"

	"fyne.io/fyne/v2"

	"satchel/app/look"
	"satchel/app/touch"
)

func (r recordRoute) open(s *Shell) view { return newRecordView(s, r) }

// recordView is an open record: sections at the left, the emergency card or one
// section in the middle. What works stands on the page; there is no column of
// buttons that do nothing.
type recordView struct {
	s       *Shell
	r       recordRoute
	rows    []sectionRow
	buttons []*touch.Press
	tiles   []tileModel
	left    *touch.Scroll
	middle  *touch.Scroll
	newer   *fyne.Container
	root    fyne.CanvasObject
	first   fyne.Focusable
}

// sectionsWidth is the column of sections, with its Page keys.
const sectionsWidth float32 = 304

func newRecordView(s *Shell, r recordRoute) *recordView {
	w := s.words
	v := &recordView{s: s, r: r, newer: touch.Column(0)}
	v.rows = sectionRows(w, s.opened.Summary)
	v.tiles = cardOf(w, s.opened)
	column := touch.Column(4)
	for i, row := range v.rows {
		b := v.sectionButton(i, row)
		v.buttons = append(v.buttons, b)
		column.Add(b)
	}
	v.left = touch.NewScroll(touch.Pad(8, column)).Name(w.Say("page.up"), w.Say("page.down"))
	v.middle = touch.NewScroll(touch.Column(0)).Name(w.Say("page.up"), w.Say("page.down"))
	right := touch.Frame(fyne.NewSize(320, 200), []fyne.CanvasObject{v.newer}, v.middle, nil)
	width := sectionsWidth * min(look.Current().TextScale(), 1.25)
	v.root = touch.Beside(touch.NewPanel(touch.Face{Fill: look.Bar}, 0, v.left), width, right, touch.Column(0), 0)
	v.draw()
	return v
}

func (v *recordView) sectionButton(i int, row sectionRow) *touch.Press {
	words := touch.Column(2, touch.NewBold(row.Title))
	if row.Chip.Words != "" {
		ink := look.Secondary
		if row.Chip.Kind == chipNotHere || row.Chip.Kind == chipWarning {
			ink = look.DangerInk
		}
		words.Add(touch.NewChip(plainSign(row.Chip, ink)))
	}
	return touch.NewPress(row.Title, touch.Face{NoFill: true, Radius: look.Radius}, words, func() { v.choose(i) })
}

func (v *recordView) where() string { return v.s.words.Say("record.where") }

func (v *recordView) content() fyne.CanvasObject { return v.root }
func (v *recordView) scrolls() scroller          { return v.middle }
func (v *recordView) saved() route               { return v.r }

func (v *recordView) focus() fyne.Focusable { return v.buttons[min(v.r.section, len(v.buttons)-1)] }

// choose goes to a section; 0 is the emergency card, the last the page about
// the summary.
func (v *recordView) choose(i int) {
	if i >= len(v.rows) {
		return
	}
	v.r.section, v.r.tile = i, 0
	v.draw()
	v.s.win.Canvas().Focus(v.buttons[i])
}

// openTile shows one tile of the card in full width.
func (v *recordView) openTile(i int) {
	v.r.section, v.r.tile = 0, i+1
	v.draw()
	if v.first != nil {
		v.s.win.Canvas().Focus(v.first)
	}
}

// escape takes Esc on a tile's page back to the card.
func (v *recordView) escape() bool {
	if v.r.tile == 0 {
		return false
	}
	v.choose(0)
	return true
}

func (v *recordView) draw() {
	for i, b := range v.buttons {
		f := touch.Face{NoFill: true, Radius: look.Radius}
		if i == v.r.section {
			f = touch.Face{Fill: look.Selection, Mark: look.Action, MarkWidth: 6, Radius: look.Radius}
		}
		b.SetFace(f)
	}
	v.first = nil
	var o fyne.CanvasObject
	switch last := len(v.rows) - 1; {
	case v.r.tile > 0:
		o = v.tilePage(v.tiles[v.r.tile-1])
	case v.r.section == 0:
		o = v.card()
	case v.r.section == last:
		o = v.about()
	default:
		o = v.section(newSectionModel(v.s.words, v.s.opened.Summary.Sections[v.r.section-1]))
	}
	v.middle.SetContent(touch.Inset(12, 12, 16, 16, o))
}

// newerCopy says that a newer version has arrived; the page stays as it is.
func (v *recordView) newerCopy(at time.Time) {
	w := v.s.words
	row := v.s.row
	v.newer.Objects = []fyne.CanvasObject{touch.Inset(8, 16, 0, 16, touch.NewChoice(
		w.Say("record.newer", "time", clock(at)), w.Say("record.newer-detail"), func() {
			v.s.leaveNothing()
			v.s.go1(openingRoute{Approach{Row: row}, v.s.opened.Reason})
		}))}
	v.root.Refresh()
}
