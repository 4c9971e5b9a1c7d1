package screen

import (
	"context"

	"fyne.io/fyne/v2"

	"satchel/app/touch"
	"satchel/store/identity"
)

// forgottenRoute is the way back in for somebody whose passphrase is forgotten
// or whose tries are used up: first a new passphrase.
type forgottenRoute struct{ who identity.SlotID }

func (r forgottenRoute) open(s *Shell) view { return newForgottenView(s, r.who) }

// forgottenView takes the new passphrase and makes the request.
type forgottenView struct {
	s      *Shell
	user   User
	chosen *choosing
	fault  *fyne.Container
	main   *touch.Button
	page   *touch.Page
	busy   bool
}

func newForgottenView(s *Shell, who identity.SlotID) *forgottenView {
	w := s.words
	v := &forgottenView{s: s, user: s.person(who), fault: touch.Column(0)}
	v.chosen = newChoosing(s, v.submit, v.layout, func() string { return v.user.Name })
	v.main = touch.NewButton(w.Say("forgotten.button"), touch.Primary, v.submit)
	steps := touch.Column(12, touch.NewBold(w.Say("forgotten.step-new")), touch.NewText(w.Say("forgotten.step-ask")),
		touch.NewText(w.Say("forgotten.step-answer")), touch.NewSmall(w.Say("forgotten.offline")))
	body := touch.Column(16, v.fault, touch.NewHeading(w.Say("forgotten.title", "name", v.user.Name)),
		touch.Sides(sidesLetters, 32, 0.5, steps, v.chosen.box))
	v.page = pageOf(touch.NewWidePage(body, v.main), w)
	return v
}

func (v *forgottenView) where() string              { return v.s.words.Say("forgotten.where") }
func (v *forgottenView) content() fyne.CanvasObject { return v.page.Box }
func (v *forgottenView) scrolls() scroller          { return v.page.Scroll }
func (v *forgottenView) focus() fyne.Focusable      { return v.chosen.first.Focusable() }
func (v *forgottenView) unsaved() bool              { return v.chosen.typed() }
func (v *forgottenView) wipe()                      { v.chosen.wipe() }

// escape stays until what was begun is done: nobody would know how it ended.
func (v *forgottenView) escape() bool { return v.busy }

func (v *forgottenView) layout() {
	if v.page != nil {
		v.page.Scroll.Refresh()
	}
}

func (v *forgottenView) submit() {
	if v.busy {
		return
	}
	w := v.s.words
	v.fault.Objects = nil
	secret, ok := v.chosen.take()
	if !ok {
		return
	}
	v.busy = true
	v.main.Disable()
	v.main.SetWords(w.Say("forgotten.making"))
	v.s.work(func(ctx context.Context) error {
		defer clear(secret.Text)
		return v.s.desk.AskRecovery(ctx, v.user.Slot, secret)
	}, func(err error) {
		v.busy = false
		v.main.Enable()
		v.main.SetWords(w.Say("forgotten.button"))
		if err == nil {
			v.wipe()
			v.s.state = v.s.desk.State()
			v.s.replace(recoverRoute{who: v.user.Slot})
			return
		}
		v.fault.Add(touch.NewErrorBox(problemOf(err).words(w)))
		v.page.Scroll.MoveTo(0)
		v.layout()
	})
}
