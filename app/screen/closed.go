package screen

import (
	"fyne.io/fyne/v2"

	"satchel/app/look"
	"satchel/app/touch"
)

func (r closedRoute) open(s *Shell) view { return newClosedView(s, r) }

// closedView stands where a record was, or would have been, and says why it is
// closed: withdrawn, objected to, the lease ended, refused, not recordable.
type closedView struct {
	s    *Shell
	r    closedRoute
	home *touch.Button
	page *touch.Page
}

func newClosedView(s *Shell, r closedRoute) *closedView {
	w := s.words
	v := &closedView{s: s, r: r}
	p := r.problem.words(w)
	edge, form, ink := look.Warning, touch.SlashRing, look.Text
	if r.problem.Key == ProblemNotRecorded || r.problem.Key == ProblemDiskFull || r.problem.Key == ProblemDamagedRecord || r.problem.Key == ProblemUnknown {
		edge, form, ink = look.DangerInk, touch.Exclaim, look.DangerInk
	}
	words := touch.Column(12, touch.Cells(16, touch.Fit(touch.NewShapeSized(form, ink, 36)),
		touch.Grow(touch.NewHeading(p.What))))
	for _, line := range []string{p.Works, p.Do} {
		if line != "" {
			words.Add(touch.NewText(line))
		}
	}
	if r.time != "" {
		words.Add(touch.NewStyled(w.Say("closed.at", "time", r.time), touch.Style{Size: look.Body, Ink: look.Secondary}))
	}
	if p.Code != "" {
		words.Add(touch.NewSmall(p.Code))
	}
	if s.state.HelpDesk != "" {
		words.Add(touch.NewSmall(w.Say("unlock.help-desk", "number", s.state.HelpDesk)))
	}
	body := touch.NewPanel(touch.Face{Fill: look.Card, Edge: edge, EdgeWidth: 4, Radius: look.Radius}, 24, words)
	v.home = touch.NewShapedButton(w.Say("closed.home"), touch.Glass, touch.Primary, s.goFind)
	v.page = pageOf(touch.NewPage(body, v.home), w)
	return v
}

func (v *closedView) where() string              { return v.s.words.Say("closed.where") }
func (v *closedView) content() fyne.CanvasObject { return v.page.Box }
func (v *closedView) focus() fyne.Focusable      { return v.home }
func (v *closedView) scrolls() scroller          { return v.page.Scroll }
