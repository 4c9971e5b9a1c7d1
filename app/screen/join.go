package screen

import (
	"context"

	"fyne.io/fyne/v2"

	"satchel/app/touch"
	"satchel/store/identity"
)

// joinRoute is the first sign-in of somebody the hub has invited.
type joinRoute struct{ who identity.SlotID }

func (r joinRoute) open(s *Shell) view { return newJoinView(s, r.who) }

// joinView takes the joining code and a new passphrase.
type joinView struct {
	s      *Shell
	user   User
	code   *touch.Entry
	chosen *choosing
	fault  *fyne.Container
	main   *touch.Button
	page   *touch.Page
	try    try
	wait   *touch.Text
	busy   bool
}

func newJoinView(s *Shell, who identity.SlotID) *joinView {
	w := s.words
	v := &joinView{s: s, user: s.person(who), fault: touch.Column(0)}
	v.code = touch.NewEntry(w.Say("join.code")).WithHint(w.Say("join.code-hint"))
	typed := ""
	v.code.OnChanged = func(t string) {
		v.code.SetFault("")
		longer := len(t) > len(typed)
		typed = t
		if tidy := tidyJoin(t); longer && tidy != t {
			typed = tidy
			v.code.SetText(tidy)
		}
	}
	v.chosen = newChoosing(s, v.submit, v.layout, func() string { return v.user.Name })
	v.code.OnSubmitted = func(string) { s.win.Canvas().Focus(v.chosen.first.Focusable()) }
	v.main = touch.NewButton(w.Say("join.button"), touch.Primary, v.submit)
	v.try, v.wait = try{until: v.user.WaitUntil, left: v.user.Left}, waitText()
	left := touch.Column(16, v.code, v.wait, touch.NewText(w.Say("join.why")), touch.NewSmall(w.Say("join.nobody-reads")))
	body := touch.Column(16, v.fault, touch.NewHeading(w.Say("join.title")),
		touch.NewText(w.Say("join.intro", "name", v.user.Name, "role", roleWords(w, string(v.user.Role)))),
		touch.Sides(sidesLetters, 32, 0.5, left, v.chosen.box))
	v.page = pageOf(touch.NewWidePage(body, v.main), w)
	return v
}

// sidesLetters is how many letters wide a half of a page of two columns is at
// least.
const sidesLetters = 38

func (v *joinView) where() string              { return v.s.words.Say("join.where") }
func (v *joinView) content() fyne.CanvasObject { return v.page.Box }
func (v *joinView) scrolls() scroller          { return v.page.Scroll }
func (v *joinView) focus() fyne.Focusable      { return v.code.Focusable() }
func (v *joinView) unsaved() bool              { return v.code.Text() != "" || v.chosen.typed() }

// wipe forgets the passphrase that was typed, and the code, with which anybody
// could make the place.
func (v *joinView) wipe() {
	v.code.SetText("")
	v.chosen.wipe()
}

// escape stays until what was begun is done: nobody would know how it ended.
func (v *joinView) escape() bool { return v.busy }

func (v *joinView) layout() {
	if v.page != nil {
		v.page.Scroll.Refresh()
	}
}

// arrive says a wait from before.
func (v *joinView) arrive() { v.tick() }

// tick counts the wait after a wrong code down.
func (v *joinView) tick() { v.s.countDown(v.try, v.busy, v.wait, v.main, v.layout) }

func (v *joinView) submit() {
	if v.busy || v.main.Disabled() {
		return
	}
	w := v.s.words
	v.fault.Objects = nil
	fault := joinFault(w, v.code.Text())
	v.code.SetFault(fault)
	secret, ok := v.chosen.take()
	if fault != "" {
		v.s.win.Canvas().Focus(v.code.Focusable())
	}
	if fault != "" || !ok {
		clear(secret.Text)
		v.layout()
		return
	}
	v.busy = true
	v.tick()
	v.main.SetWords(w.Say("join.making"))
	code := tidyJoin(v.code.Text())
	v.s.work(func(ctx context.Context) error {
		defer clear(secret.Text)
		return v.s.desk.Join(ctx, v.user.Slot, code, secret)
	}, v.joined)
}

// joined says how it went.
func (v *joinView) joined(err error) {
	w := v.s.words
	v.busy = false
	v.main.SetWords(w.Say("join.button"))
	if err == nil {
		v.wipe()
		v.s.state = v.s.desk.State()
		v.s.replace(recoverRoute{who: v.user.Slot, joined: true})
		return
	}
	p := problemOf(err)
	v.try = newTry(p, v.s.now())
	if p.Key == ProblemJoinCode {
		words := p.words(w)
		v.code.SetFault(words.What + " " + words.Do)
		v.s.win.Canvas().Focus(v.code.Focusable())
	} else {
		v.fault.Add(touch.NewErrorBox(p.words(w)))
		v.page.Scroll.MoveTo(0)
	}
	v.tick()
	v.layout()
}

// person is somebody with a place on this laptop.
func (s *Shell) person(who identity.SlotID) User {
	for _, u := range s.state.People {
		if u.Slot == who {
			return u
		}
	}
	return User{Slot: who}
}
