package screen

import (
	"context"

	"fyne.io/fyne/v2"

	"satchel/app/touch"
)

// dutyRoute is the confidentiality duty, before anything else (R25).
type dutyRoute struct{}

func (dutyRoute) open(s *Shell) view { return newDutyView(s) }

// dutyView shows the duty in full and takes its acceptance.
type dutyView struct {
	s      *Shell
	duty   Duty
	fault  *fyne.Container
	accept *touch.Button
	page   *touch.Page
}

func newDutyView(s *Shell) *dutyView {
	w := s.words
	v := &dutyView{s: s, duty: s.desk.Duty(), fault: touch.Column(0)}
	body := touch.Column(16, v.fault, touch.NewHeading(w.Say("duty.title")), touch.NewText(w.Say("duty.intro", "name", s.state.Who.Name)))
	for _, p := range v.duty.Paragraphs {
		body.Add(touch.NewText(p))
	}
	body.Add(touch.NewSmall(w.Say("duty.version", "version", v.duty.Version)))
	v.accept = touch.NewShapedButton(w.Say("duty.accept"), touch.Tick, touch.Primary, v.submit)
	no := touch.NewButton(w.Say("duty.decline"), touch.Plain, s.lock)
	v.page = pageOf(touch.NewPage(body, v.accept, no), w)
	return v
}

func (v *dutyView) where() string              { return v.s.words.Say("duty.where") }
func (v *dutyView) content() fyne.CanvasObject { return v.page.Box }
func (v *dutyView) scrolls() scroller          { return v.page.Scroll }

// focus is on the button that locks: nobody accepts a duty by pressing Enter
// twice.
func (v *dutyView) focus() fyne.Focusable { return nil }

func (v *dutyView) submit() {
	v.accept.Disable()
	v.s.work(func(ctx context.Context) error { return v.s.desk.AcceptDuty(ctx, v.duty.Version) }, func(err error) {
		if err == nil {
			v.s.reload()
			return
		}
		v.accept.Enable()
		v.fault.Objects = []fyne.CanvasObject{touch.NewErrorBox(problemOf(err).words(v.s.words))}
		v.page.Scroll.Refresh()
	})
}
