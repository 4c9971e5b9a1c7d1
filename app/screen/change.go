package screen

import (
	"context"

	"fyne.io/fyne/v2"

	"satchel/app/touch"
)

// changeRoute is another passphrase for the person signed in.
type changeRoute struct{}

func (changeRoute) open(s *Shell) view { return newChangeView(s) }

// changeView asks for the old passphrase once and the new one twice.
type changeView struct {
	s      *Shell
	old    *touch.Secret
	chosen *choosing
	fault  *fyne.Container
	main   *touch.Button
	page   *touch.Page
	try    try
	wait   *touch.Text
	busy   bool
}

func newChangeView(s *Shell) *changeView {
	w := s.words
	v := &changeView{s: s, fault: touch.Column(0)}
	pin := s.person(s.state.Who.Slot).PIN
	v.old = secretBox(s, w.Say(secretKey(pin, "change.old", "change.old-pin")), pin)
	v.wait = waitText()
	v.chosen = newChoosing(s, v.submit, v.layout, func() string { return s.state.Who.Name })
	v.old.OnSubmitted = func() { s.win.Canvas().Focus(v.chosen.first.Focusable()) }
	v.old.OnChanged = func() { v.old.SetFault("") }
	v.main = touch.NewButton(w.Say("change.button"), touch.Primary, v.submit)
	left := touch.Column(16, v.old, v.wait)
	if pin {
		left.Add(touch.NewKeypad(func() touch.Digits { return v.old }, w.Say("pad.back"), w.Say("pad.next"), v.old.OnSubmitted).Box)
	}
	left.Add(touch.NewSmall(w.Say("join.nobody-reads")))
	body := touch.Column(16, v.fault, touch.NewHeading(w.Say("change.title")), touch.NewText(w.Say("change.intro")),
		touch.Sides(sidesLetters, 32, 0.5, left, v.chosen.box))
	v.page = pageOf(touch.NewWidePage(body, v.main), w)
	return v
}

// secretKey is the key of words about a passphrase, or of those about a PIN.
func secretKey(pin bool, passphrase, digits string) string {
	if pin {
		return digits
	}
	return passphrase
}

func (v *changeView) where() string              { return v.s.words.Say("self.where") }
func (v *changeView) content() fyne.CanvasObject { return v.page.Box }
func (v *changeView) scrolls() scroller          { return v.page.Scroll }
func (v *changeView) focus() fyne.Focusable      { return v.old.Focusable() }
func (v *changeView) unsaved() bool              { return v.old.Len() > 0 || v.chosen.typed() }

// escape stays until what was begun is done: nobody would know how it ended.
func (v *changeView) escape() bool { return v.busy }

func (v *changeView) wipe() {
	v.old.Wipe()
	v.chosen.wipe()
}

func (v *changeView) layout() {
	if v.page != nil {
		v.page.Scroll.Refresh()
	}
}

// tick counts the wait after a wrong passphrase down.
func (v *changeView) tick() { v.s.countDown(v.try, v.busy, v.wait, v.main, v.layout) }

func (v *changeView) submit() {
	if v.busy || v.main.Disabled() {
		return
	}
	w := v.s.words
	v.fault.Objects = nil
	pin := v.s.person(v.s.state.Who.Slot).PIN
	v.old.SetFault("")
	if v.old.Len() == 0 {
		v.old.SetFault(w.Say(secretKey(pin, "unlock.empty", "unlock.empty-pin")))
	}
	secret, ok := v.chosen.take()
	if v.old.Fault() != "" {
		v.s.win.Canvas().Focus(v.old.Focusable())
	}
	if !ok || v.old.Fault() != "" {
		clear(secret.Text)
		v.layout()
		return
	}
	old := v.old.Take()
	v.busy = true
	v.main.SetWords(w.Say("change.changing"))
	v.tick()
	v.s.work(func(ctx context.Context) error {
		defer clear(secret.Text)
		defer clear(old)
		return v.s.desk.ChangeSecret(ctx, old, secret)
	}, v.changed)
}

// changed says how it went.
func (v *changeView) changed(err error) {
	w := v.s.words
	v.busy = false
	v.main.SetWords(w.Say("change.button"))
	if err == nil {
		v.wipe()
		v.s.state = v.s.desk.State()
		if r, ok := v.s.below().(selfRoute); ok {
			r.said = w.Say("change.done", "time", clock(v.s.now()))
			v.s.stack[len(v.s.stack)-2] = r
		}
		v.s.goBack()
		return
	}
	p := problemOf(err).of(v.s.person(v.s.state.Who.Slot).PIN)
	switch p.Key {
	case ProblemPassphrase, ProblemPIN:
		v.try = newTry(p, v.s.now())
		v.old.SetFault(p.words(w).What)
		v.s.win.Canvas().Focus(v.old.Focusable())
	default:
		v.fault.Add(touch.NewErrorBox(p.words(w)))
		v.page.Scroll.MoveTo(0)
	}
	v.tick()
	v.layout()
}
