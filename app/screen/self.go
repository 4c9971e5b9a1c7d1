package screen

import (
	"fyne.io/fyne/v2"

	"satchel/app/touch"
)

// selfRoute is the page of whoever is signed in.
type selfRoute struct{ said string }

func (r selfRoute) open(s *Shell) view { return newSelfView(s, r) }

// selfView says who is signed in and what that person can do about it.
type selfView struct {
	s     *Shell
	first *touch.Press
	page  *touch.Page
}

func newSelfView(s *Shell, r selfRoute) *selfView {
	w := s.words
	v := &selfView{s: s}
	me := s.state.Who
	body := touch.Column(16)
	if r.said != "" {
		body.Add(touch.NewPanel(touch.CardFace(), 14, touch.NewBold(r.said)))
	}
	body.Add(touch.NewHeading(me.Name))
	body.Add(touch.NewText(w.Say("self.intro", "role", roleWords(w, string(me.Role)), "laptop", s.state.Laptop)))
	pin := s.person(me.Slot).PIN
	v.first = touch.NewChoice(w.Say(secretKey(pin, "self.change", "self.change-pin")), w.Say("self.change-detail"), func() { s.go1(changeRoute{}) })
	body.Add(touch.Column(8, v.first,
		touch.NewChoice(w.Say("laptop.title"), w.Say("self.laptop-detail"), s.goLaptop),
		touch.NewChoice(w.Say("command.keys"), w.Say("self.keys-detail"), s.goKeys)))
	lock := touch.NewShapedButton(w.Say("bar.lock"), touch.Padlock, touch.Plain, s.lock)
	v.page = pageOf(touch.NewPage(body, lock), w)
	return v
}

func (v *selfView) where() string              { return v.s.words.Say("self.where") }
func (v *selfView) content() fyne.CanvasObject { return v.page.Box }
func (v *selfView) scrolls() scroller          { return v.page.Scroll }
func (v *selfView) focus() fyne.Focusable      { return v.first }

func (s *Shell) goSelf() {
	if _, here := s.top().(selfRoute); !here {
		s.go1(selfRoute{})
	}
}
