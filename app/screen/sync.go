package screen

import (
	"reflect"

	"fyne.io/fyne/v2"

	"satchel/app/look"
	"satchel/app/touch"
)

func (syncRoute) open(s *Shell) view { return newSyncView(s) }

// syncView says how the laptop stands with hub and neighbours.
type syncView struct {
	s    *Shell
	m    syncModel
	now  *touch.Button
	page *touch.Page
}

func newSyncView(s *Shell) *syncView {
	w := s.words
	v := &syncView{s: s}
	v.now = touch.NewButton(w.Say("sync.now"), touch.Primary, func() { s.desk.SyncNow() })
	v.now.RowHigh()
	v.page = pageOf(touch.NewPage(touch.Column(0), v.now, touch.NewButton(w.Say("command.waiting"), touch.Plain, s.goWaiting),
		touch.NewButton(w.Say("laptop.title"), touch.Plain, s.goLaptop)), w)
	v.refresh()
	return v
}

func (v *syncView) where() string              { return v.s.words.Say("sync.where") }
func (v *syncView) content() fyne.CanvasObject { return v.page.Box }
func (v *syncView) focus() fyne.Focusable      { return v.now }
func (v *syncView) scrolls() scroller          { return v.page.Scroll }

// refresh draws what has changed and stays where the reader is.
func (v *syncView) refresh() {
	m := newSyncModel(v.s.words, v.s.sync, v.s.now())
	if reflect.DeepEqual(m, v.m) {
		return
	}
	v.m = m
	at := v.page.Scroll.Offset()
	v.page.SetBody(v.body())
	v.page.Scroll.MoveTo(at)
}

func (v *syncView) body() fyne.CanvasObject {
	w := v.s.words
	all := touch.Column(16, touch.Left(touch.NewChipSized(sign(v.m.Sentence), look.Title)), touch.Left(touch.NewChipSized(sign(v.m.News), look.Body)))
	amounts := touch.Column(10, amount(w.Say("sync.receive"), v.m.Receive))
	if v.m.Of > 0 {
		amounts.Add(touch.NewMeter(v.m.Got, v.m.Of))
	}
	if v.m.Left != "" {
		amounts.Add(touch.NewSmall(v.m.Left))
	}
	amounts.Add(amount(w.Say("sync.send"), v.m.Send))
	all.Add(touch.NewPanel(touch.CardFace(), 16, amounts))
	all.Add(touch.NewTitle(w.Say("sync.neighbours")))
	if v.m.Nobody != "" {
		all.Add(touch.NewText(v.m.Nobody))
	}
	list := touch.Column(0)
	for _, n := range v.m.Rows {
		list.Add(touch.NewPanelInset(touch.CardFace(), 8, 16, 8, 16,
			touch.Cells(16, touch.Grow(touch.Column(2, touch.NewBold(n.Name), touch.NewSmall(n.Detail))), touch.Fit(touch.NewChip(sign(n.State))))))
	}
	all.Add(list)
	return all
}

func amount(label, words string) fyne.CanvasObject {
	return touch.Cells(16, touch.Fixed(160, touch.NewStyled(label, touch.Style{Size: look.Body, Ink: look.Secondary})), touch.Grow(touch.NewBold(words)))
}
