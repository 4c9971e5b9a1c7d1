package screen

import (
	"fyne.io/fyne/v2"

	"satchel/app/look"
	"satchel/app/touch"
)

// laptopRoute is what the laptop says of itself. It can be reached while
// locked: it holds nothing of any patient.
type laptopRoute struct{}

func (laptopRoute) open(s *Shell) view { return newLaptopView(s) }

// laptopView is for an admin's eye.
type laptopView struct {
	s    *Shell
	page *touch.Page
}

func newLaptopView(s *Shell) *laptopView {
	w := s.words
	m := newLaptopModel(w, s.state, s.sync, s.desk.Laptop(), s.now())
	body := touch.Column(16, touch.NewHeading(w.Say("laptop.title")))
	for _, words := range m.Notices {
		body.Add(noticePanel(words))
	}
	facts := touch.Column(10)
	for _, f := range m.Facts {
		facts.Add(touch.Cells(16, touch.Fixed(220*look.Current().TextScale(), touch.NewStyled(f.Label, touch.Style{Size: look.Body, Ink: look.Secondary})),
			touch.Grow(touch.NewBold(f.Value))))
	}
	body.Add(touch.NewPanel(touch.CardFace(), 16, facts))
	if len(m.People) > 0 {
		body.Add(touch.NewTitle(w.Say("laptop.people")))
		list := touch.Column(0)
		for _, p := range m.People {
			list.Add(touch.NewPanelInset(touch.CardFace(), 8, 16, 8, 16, touch.Cells(16,
				touch.Grow(touch.Column(2, touch.NewBold(p.Name), touch.NewSmall(p.Detail))), touch.Fit(touch.NewChip(sign(p.State))))))
		}
		body.Add(list)
	}
	return &laptopView{s, pageOf(touch.NewPage(body), w)}
}

// noticePanel is something that a person should know, with the sign of a
// warning.
func noticePanel(words string) fyne.CanvasObject {
	return touch.NewPanel(touch.Face{Fill: look.Card, Edge: look.Warning, EdgeWidth: 3, Radius: look.Radius}, 12,
		touch.Cells(10, touch.Fit(touch.NewShape(touch.Triangle, look.DangerInk)), touch.Grow(touch.NewText(words))))
}

func (v *laptopView) where() string              { return v.s.words.Say("laptop.title") }
func (v *laptopView) content() fyne.CanvasObject { return v.page.Box }
func (v *laptopView) scrolls() scroller          { return v.page.Scroll }
func (v *laptopView) focus() fyne.Focusable      { return nil }

func (s *Shell) goLaptop() { s.goOnce(laptopRoute{}) }
