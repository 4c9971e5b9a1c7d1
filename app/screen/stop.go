package screen

import (
	"fyne.io/fyne/v2"

	"satchel/app/look"
	"satchel/app/touch"
)

// stopRoute is a laptop that cannot be used.
type stopRoute struct{}

func (stopRoute) open(s *Shell) view { return newStopView(s) }

// stopView says why, what is safe and whom to call. Nothing else opens.
type stopView struct {
	s    *Shell
	page *touch.Page
}

func newStopView(s *Shell) *stopView {
	w := s.words
	p := s.state.Stop
	if p == nil {
		p = &Problem{Key: ProblemUnknown, Code: "STOP"}
	}
	body := touch.Column(16, touch.NewStyled(w.Say("app.name"), touch.Style{Size: look.Heading, Ink: look.Text, Bold: true}),
		touch.NewErrorBox(p.words(w)))
	if s.state.Unsent > 0 {
		body.Add(touch.NewText(w.Count("stop.unsent", s.state.Unsent)))
	}
	if s.state.HelpDesk != "" {
		body.Add(touch.NewBold(w.Say("unlock.help-desk", "number", s.state.HelpDesk)))
	}
	return &stopView{s, pageOf(touch.NewPage(body), w)}
}

func (v *stopView) where() string              { return v.s.words.Say("stop.where") }
func (v *stopView) content() fyne.CanvasObject { return v.page.Box }
func (v *stopView) focus() fyne.Focusable      { return nil }
func (v *stopView) scrolls() scroller          { return v.page.Scroll }
