package screen

import (
	"fyne.io/fyne/v2"

	"satchel/app/look"
	"satchel/app/touch"
)

func (r reasonRoute) open(s *Shell) view { return newReasonView(s, r) }

// reasonView asks purpose and reason before a record that is not on the user's
// own list. Nothing of the record is behind it.
type reasonView struct {
	s         *Shell
	a         Approach
	m         reasonModel
	bases     *touch.Options
	reference *touch.Entry
	fault     *fyne.Container
	form      *fyne.Container
	page      *touch.Page
}

func newReasonView(s *Shell, r reasonRoute) *reasonView {
	w := s.words
	v := &reasonView{s: s, a: r.a, m: newReasonModel(w, r.a), fault: touch.Column(0)}
	if r.kept != nil {
		v.m = *r.kept
	}
	v.reference = touch.NewEntry(w.Say("reason.reference"))
	v.reference.SetText(v.m.reference)
	v.reference.OnChanged = func(t string) { v.m.reference = t }
	v.reference.OnSubmitted = func(string) { v.submit() }
	v.bases = touch.NewOptions(v.m.basis, v.chooseBasis, options(v.m.Bases)...)
	purposes := touch.NewOptions(v.m.purpose, func(i int) { v.m.purpose = i }, options(v.m.Purposes)...)
	left := touch.Column(8, touch.NewTitle(w.Say("reason.why")), v.bases.Box, v.reference)
	right := touch.Column(8, touch.NewTitle(w.Say("reason.purpose")), purposes.Box)
	if len(v.m.Permissions) > 0 {
		asked := touch.NewOptions(v.m.permission, func(i int) { v.m.permission = i }, options(v.m.Permissions)...)
		left.Add(touch.Inset(12, 0, 0, 0, touch.Column(8, touch.NewTitle(w.Say("reason.permission")), asked.Box)))
	}
	v.form = touch.Column(12, v.fault, touch.NewHeading(w.Say("reason.title")), touch.NewText(w.Say("reason.intro")),
		touch.Cells(32, touch.Cell{Object: left, Grow: 1.2}, touch.Cell{Object: right, Grow: 1}))
	open := touch.NewShapedButton(w.Say("reason.open"), touch.ArrowRight, touch.Primary, v.submit)
	v.page = pageOf(touch.NewWidePage(v.form, open), w)
	v.dress()
	return v
}

// options turns choices into rows.
func options(choices []choice) []touch.Option {
	var out []touch.Option
	for _, c := range choices {
		out = append(out, touch.Option{Title: c.Title, Detail: c.Detail})
	}
	return out
}

func (v *reasonView) where() string              { return v.s.words.Say("reason.where") }
func (v *reasonView) content() fyne.CanvasObject { return v.page.Box }
func (v *reasonView) scrolls() scroller          { return v.page.Scroll }
func (v *reasonView) saved() route               { return reasonRoute{a: v.a, kept: &v.m} }

func (v *reasonView) focus() fyne.Focusable {
	if rows := v.bases.Rows(); len(rows) > 0 {
		return rows[max(v.m.basis, 0)]
	}
	return nil
}

func (v *reasonView) chooseBasis(i int) {
	v.m.basis = i
	v.dress()
	if asksReference(v.a.Bases[i]) {
		v.s.win.Canvas().Focus(v.reference.Focusable())
	}
}

// dress shows the box for a number or a name only where one is due.
func (v *reasonView) dress() {
	v.reference.Hidden = v.m.basis < 0 || !asksReference(v.a.Bases[v.m.basis])
	v.page.Scroll.Refresh()
}

func (v *reasonView) submit() {
	w := v.s.words
	v.reference.SetFault("")
	v.fault.Objects = nil
	why, missing := v.m.reason(v.a)
	switch {
	case missing == "reason.missing-reference":
		v.reference.SetFault(w.Say(missing))
		v.s.win.Canvas().Focus(v.reference.Focusable())
	case missing != "":
		v.fault.Add(touch.NewErrorBox(touch.Problem{Heading: w.Say("problem.heading"), What: w.Say(missing)}))
		v.page.Scroll.MoveTo(0)
	case v.a.AskPermission && v.m.permission == permissionNo:
		v.s.go1(closedRoute{row: v.a.Row, problem: &Problem{Key: ProblemSaidNo}, stays: true})
		return
	default:
		v.s.go1(openingRoute{v.a, why})
		return
	}
	v.page.Scroll.Refresh()
}

func (r similarRoute) open(s *Shell) view { return newSimilarView(s, r.a) }

// similarView asks whether a similar match is the person in front of one: a
// similar match never opens by itself.
type similarView struct {
	s    *Shell
	page *touch.Page
}

func newSimilarView(s *Shell, a Approach) *similarView {
	w := s.words
	address := a.Address
	if address == "" {
		address = w.Say("banner.protected")
	}
	facts := touch.Column(12)
	for _, l := range []labelled{{w.Say("banner.born"), a.Row.Born}, {w.Say("banner.address"), address}} {
		facts.Add(touch.Column(0, touch.NewSmall(l.Label), touch.NewStyled(l.Value, touch.Style{Size: look.Heading, Ink: look.Text, Bold: true})))
	}
	body := touch.Column(16, touch.NewHeading(w.Say("similar.title")), touch.NewText(w.Say("similar.intro")),
		touch.NewPanel(touch.CardFace(), 20, facts))
	next := route(reasonRoute{a: a})
	if a.Direct != nil {
		next = openingRoute{a, *a.Direct}
	}
	yes := touch.NewButton(w.Say("similar.yes"), touch.Primary, func() { s.go1(next) })
	no := touch.NewButton(w.Say("similar.no"), touch.Plain, s.back)
	return &similarView{s, pageOf(touch.NewPage(body, yes, no), w)}
}

func (v *similarView) where() string              { return v.s.words.Say("similar.where") }
func (v *similarView) content() fyne.CanvasObject { return v.page.Box }
func (v *similarView) focus() fyne.Focusable      { return nil }
func (v *similarView) scrolls() scroller          { return v.page.Scroll }
