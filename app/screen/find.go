package screen

import (
	"fyne.io/fyne/v2"

	"satchel/app/look"
	"satchel/app/touch"
)

func (r homeRoute) open(s *Shell) view { return newFindView(s, r) }

// findView is home: find a person, or take one from today's list.
type findView struct {
	s       *Shell
	m       findModel
	query   string
	box     *touch.Entry
	clear   *touch.Button
	heading *touch.Text
	note    *fyne.Container
	nobody  *fyne.Container
	list    *touch.DragList
	body    *fyne.Container
	root    fyne.CanvasObject
}

func newFindView(s *Shell, r homeRoute) *findView {
	w := s.words
	v := &findView{s: s, query: r.query}
	v.box = touch.NewSearch(w.Say("find.hint"))
	v.box.SetText(r.query)
	v.box.OnChanged = v.typed
	v.box.OnSubmitted = func(string) { v.entered() }
	v.box.OnKey = v.boxKey
	v.clear = touch.NewShapedButton(w.Say("find.clear"), touch.Cross, touch.Plain, func() {
		v.box.SetText("")
		s.win.Canvas().Focus(v.box.Focusable())
	})
	v.heading = touch.NewSmall("")
	v.note, v.nobody = touch.Column(0), touch.Column(0)
	v.list = touch.NewDragList(v.newRow)
	v.list.Label = w.Say("find.list")
	v.list.OnOpen = func(i int) { s.approach(v.m.Rows[i].Source) }
	line := touch.Cells(8, touch.Grow(v.box), touch.Fit(v.clear))
	v.root = touch.Frame(fyne.NewSize(320, 200),
		[]fyne.CanvasObject{touch.Inset(16, 24, 8, 24, touch.Column(8, line, v.note, v.heading, v.nobody))},
		touch.Inset(0, 24, 8, 24, v.list), nil)
	v.body = v.root.(*fyne.Container)
	v.search()
	v.list.Choose(r.chosen)
	return v
}

func (v *findView) where() string              { return v.s.words.Say("find.where") }
func (v *findView) content() fyne.CanvasObject { return v.root }
func (v *findView) focus() fyne.Focusable      { return v.box.Focusable() }
func (v *findView) saved() route               { return homeRoute{v.query, v.list.Chosen()} }

// typed takes each change of the box. Numbers are spaced as they are typed.
func (v *findView) typed(text string) {
	if spaced := spaceNumber(text); spaced != text && len(text) > len(v.query) {
		v.query = spaced
		v.box.SetText(spaced)
		return
	}
	v.query = text
	v.search()
}

// search asks the Desk, which answers from memory, and shows the answer.
func (v *findView) search() {
	res := v.s.desk.Find(v.query, findLimit)
	var today []Row
	if v.query == "" {
		today = v.s.desk.Today()
	}
	v.m = newFindModel(v.s.words, v.s.state, v.query, res, today, v.s.now())
	v.draw()
}

// refresh shows what has arrived, where nobody is in the middle of the list.
func (v *findView) refresh() {
	chosen := v.list.Chosen()
	v.search()
	v.list.Choose(chosen)
}

func (v *findView) draw() {
	v.heading.SetWords(v.m.Heading)
	v.heading.Hidden = v.m.Heading == ""
	v.clear.Hidden = v.query == ""
	v.note.Objects = nil
	if v.m.Loading != "" {
		v.note.Add(touch.Column(4, touch.NewBold(v.m.Loading), touch.NewMeter(v.m.Got, v.m.Of)))
	}
	if v.m.Note != "" {
		v.note.Add(touch.Left(touch.NewChipSized(sign(chip{chipWarning, v.m.Note}), look.Body)))
	}
	v.nobody.Objects = nil
	if v.m.Nobody != "" {
		words := touch.Column(12, touch.NewText(v.m.Nobody))
		if v.s.state.HelpDesk != "" {
			words.Add(touch.NewSmall(v.s.words.Say("unlock.help-desk", "number", v.s.state.HelpDesk)))
		}
		v.nobody.Add(touch.NewPanel(touch.CardFace(), 24, touch.AtMost(760, words)))
	}
	v.list.SetLength(len(v.m.Rows))
	v.body.Refresh()
}

// entered is Enter in the box: one certain person opens, several are gone to.
func (v *findView) entered() {
	switch {
	case len(v.m.Rows) == 1 && v.m.Rows[0].Source.Match != MatchSimilar && v.query != "":
		v.s.approach(v.m.Rows[0].Source)
	case len(v.m.Rows) > 0:
		v.s.win.Canvas().Focus(v.list)
	}
}

// boxKey lets Down leave the box for the list, and Esc empty it.
func (v *findView) boxKey(k *fyne.KeyEvent) bool {
	switch {
	case k.Name == fyne.KeyDown && len(v.m.Rows) > 0:
		v.s.win.Canvas().Focus(v.list)
		return true
	case k.Name == fyne.KeyEscape && v.query != "":
		v.box.SetText("")
		return true
	}
	return false
}

// newRow makes an empty row and what fills it: name and facts at the left, how
// fresh the copy is and why it matched at the right. Filling a row lays nothing
// out: most rows are only measured.
func (v *findView) newRow() (fyne.CanvasObject, func(int)) {
	name := touch.NewStyled("", touch.Style{Size: look.Title, Ink: look.Text, Bold: true})
	facts, place, check := touch.Flow(20, 2), touch.NewSmall(""), touch.Column(0)
	chips, why := touch.Flow(8, 4), touch.NewSmall("")
	row := touch.Cells(16,
		touch.Cell{Object: touch.Column(2, name, facts, place, check), Grow: 1, Middle: true},
		touch.Fixed(330, touch.Column(4, chips, why)))
	return row, func(i int) {
		r := v.m.Rows[i]
		name.SetWords(r.Name)
		facts.Objects = nil
		for _, f := range r.Facts {
			facts.Objects = append(facts.Objects, touch.Cells(6,
				touch.Fit(touch.NewStyled(f.Label, touch.Style{Size: look.Body, Ink: look.Secondary})), touch.Fit(touch.NewText(f.Value))))
		}
		place.SetWords(r.Place)
		place.Hidden = r.Place == ""
		check.Objects = nil
		if r.Check != "" {
			check.Objects = append(check.Objects, touch.Left(touch.NewChip(sign(chip{chipWarning, r.Check}))))
		}
		chips.Objects = nil
		for _, c := range r.Chips {
			chips.Objects = append(chips.Objects, touch.NewChip(sign(c)))
		}
		words := r.Due
		if r.Why != "" {
			words = r.Why
		}
		why.SetWords(words)
		why.Hidden = words == ""
	}
}
