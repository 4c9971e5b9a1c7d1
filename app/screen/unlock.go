package screen

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"satchel/app/look"
	"satchel/app/touch"
)

// unlockRoute is the locked laptop.
type unlockRoute struct{}

func (unlockRoute) open(s *Shell) view { return newUnlockView(s) }

// unlockView asks who it is and for the passphrase.
type unlockView struct {
	s      *Shell
	m      unlockModel
	try    try
	people *touch.Options
	secret *touch.Secret
	button *touch.Button
	wait   *touch.Text
	fault  *fyne.Container
	page   *touch.Page
	busy   bool
}

func newUnlockView(s *Shell) *unlockView {
	w := s.words
	v := &unlockView{s: s, m: newUnlockModel(w, s.state, s.now())}
	var options []touch.Option
	for _, p := range v.m.People {
		options = append(options, touch.Option{Title: p.Name, Detail: p.Detail})
	}
	v.people = touch.NewOptions(v.m.Chosen, v.choose, options...)
	v.secret = touch.NewSecret(w.Say("unlock.passphrase"), w.Say("word.show"), w.Say("word.hide"), w.Say("unlock.caps-lock"))
	v.secret.OnSubmitted = v.submit
	v.button = touch.NewShapedButton(w.Say("unlock.button"), touch.Padlock, touch.Primary, v.submit)
	v.wait = touch.NewStyled("", touch.Style{Size: look.Body, Ink: look.DangerInk, Bold: true})
	v.wait.Hidden = true
	v.fault = touch.Column(0)
	v.page = pageOf(touch.NewPage(v.body()), w)
	if v.m.Chosen >= 0 {
		v.choose(v.m.Chosen)
	}
	return v
}

func (v *unlockView) body() fyne.CanvasObject {
	w := v.s.words
	head := touch.Column(2, touch.NewStyled(w.Say("app.name"), touch.Style{Size: look.Heading, Ink: look.Text, Bold: true}))
	head.Add(touch.NewText(v.m.Organisation))
	body := touch.Column(16, touch.Cells(24, touch.Grow(head), touch.Fit(v.facts())), v.fault)
	if v.m.Restored != "" {
		body.Add(touch.NewPanel(touch.Face{Fill: look.Card, Edge: look.Warning, EdgeWidth: 3, Radius: look.Radius}, 12, touch.NewText(v.m.Restored)))
	}
	if v.m.Ready != "" {
		body.Add(touch.NewText(v.m.Ready))
	}
	if len(v.m.People) == 0 {
		body.Add(touch.NewText(w.Say("unlock.nobody")))
	} else {
		body.Add(touch.Column(8, touch.NewBold(w.Say("unlock.who")), v.people.Box))
		body.Add(v.secret)
		body.Add(v.wait)
		body.Add(touch.Cells(0, touch.Fixed(280, v.button), touch.Space()))
	}
	return body
}

// facts are laptop, date and time, and whom to call, at the right.
func (v *unlockView) facts() fyne.CanvasObject {
	right := touch.Style{Size: look.Small, Ink: look.Secondary, Align: fyne.TextAlignTrailing}
	lines := touch.Column(2)
	for _, words := range []string{v.m.Laptop, v.m.Date, v.m.HelpDesk} {
		if words != "" {
			lines.Add(touch.NewStyled(words, right))
		}
	}
	return lines
}

func (v *unlockView) where() string              { return v.s.words.Say("unlock.where") }
func (v *unlockView) content() fyne.CanvasObject { return v.page.Box }
func (v *unlockView) scrolls() scroller          { return v.page.Scroll }

// wipe forgets the passphrase that was typed.
func (v *unlockView) wipe() { v.secret.Wipe() }

func (v *unlockView) focus() fyne.Focusable {
	if len(v.m.People) == 0 {
		return nil
	}
	return v.secret.Focusable()
}

// choose takes a person: a refusal is said at once, and a wait from before the
// last restart still counts.
func (v *unlockView) choose(i int) {
	v.m.Chosen = i
	u := v.s.state.People[i]
	v.try = try{until: u.WaitUntil}
	v.secret.SetFault("")
	v.show(u.Refused)
	v.tick()
	if v.s.view == view(v) {
		v.s.win.Canvas().Focus(v.secret.Focusable())
	}
}

// show puts a problem at the top, or takes it away.
func (v *unlockView) show(p *Problem) {
	v.fault.Objects = nil
	if p != nil {
		v.fault.Add(touch.NewErrorBox(p.words(v.s.words)))
	}
	v.layout()
}

func (v *unlockView) layout() {
	if v.page != nil {
		v.page.Scroll.Refresh()
	}
}

// tick counts the wait down and gives the button back at its end.
func (v *unlockView) tick() {
	words := v.try.words(v.s.words, v.s.now())
	refused := v.m.Chosen >= 0 && v.m.People[v.m.Chosen].Refused != nil
	if allow := words == "" && !v.busy && !refused; allow != !v.button.Disabled() {
		if allow {
			v.button.Enable()
		} else {
			v.button.Disable()
		}
	}
	if v.wait.Words() != words {
		v.wait.SetWords(words)
		v.wait.Hidden = words == ""
		v.layout()
	}
}

func (v *unlockView) submit() {
	if v.busy || v.button.Disabled() || v.m.Chosen < 0 {
		return
	}
	w := v.s.words
	if v.secret.Len() == 0 {
		v.secret.SetFault(w.Say("unlock.empty"))
		v.layout()
		return
	}
	passphrase, who := v.secret.Take(), v.s.state.People[v.m.Chosen].Slot
	v.busy = true
	v.secret.SetFault("")
	v.show(nil)
	v.button.SetWords(w.Say("unlock.trying"))
	v.tick()
	v.s.work(func(ctx context.Context) error {
		defer clear(passphrase)
		return v.s.desk.Unlock(ctx, who, passphrase)
	}, v.tried)
}

// tried says how the try went. What was typed is gone either way.
func (v *unlockView) tried(err error) {
	v.busy = false
	v.button.SetWords(v.s.words.Say("unlock.button"))
	if err == nil {
		v.s.used = v.s.now()
		v.s.reload()
		return
	}
	p := problemOf(err)
	v.try = try{until: v.s.now().Add(p.Wait), left: p.Left}
	if p.Wait <= 0 {
		v.try = try{}
	}
	if p.Key == ProblemPassphrase {
		v.secret.SetFault(p.words(v.s.words).What)
	} else {
		v.show(p)
	}
	v.tick()
	v.layout()
	v.s.win.Canvas().Focus(v.secret.Focusable())
}

// refresh takes news of the laptop and of the people enrolled here, unless
// somebody has begun to type: their words stay.
func (v *unlockView) refresh() {
	if v.busy || v.secret.Len() > 0 {
		return
	}
	m := newUnlockModel(v.s.words, v.s.state, v.s.now())
	if m.Ready != v.m.Ready || m.Restored != v.m.Restored || m.Organisation != v.m.Organisation || len(m.People) != len(v.m.People) {
		v.s.replace(unlockRoute{})
	}
}

// blankRoute is a window with nothing on it, while the laptop locks.
type blankRoute struct{}

func (blankRoute) open(s *Shell) view { return blankView{s} }

type blankView struct{ s *Shell }

func (v blankView) where() string              { return v.s.words.Say("unlock.where") }
func (v blankView) content() fyne.CanvasObject { return touch.Column(0) }
func (v blankView) focus() fyne.Focusable      { return nil }

// openingAfter is how long nothing is said while something is being opened.
const openingAfter = 300 * time.Millisecond
