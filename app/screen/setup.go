package screen

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"satchel/app/look"
	"satchel/app/touch"
)

// setupRoute is a laptop that is not set up.
type setupRoute struct{}

func (setupRoute) open(s *Shell) view { return newSetupView(s) }

// setupView sets a laptop up in three steps: the code, the hub it names, the
// first person. What was typed stays when one goes a step back.
type setupView struct {
	s     *Shell
	m     setupModel
	fault *fyne.Container
	page  *touch.Page
	slot  *fyne.Container // holds the page of the step
	main  *touch.Button
	first fyne.Focusable

	marks  *fyne.Container // how each group of the code stands
	name   *touch.Entry
	chosen *choosing // of the passphrase
	busy   bool
}

func newSetupView(s *Shell) *setupView {
	v := &setupView{s: s, m: setupModel{role: -1}, slot: touch.Layer(touch.Column(0))}
	v.draw()
	return v
}

func (v *setupView) where() string              { return v.s.words.Say("setup.where") }
func (v *setupView) content() fyne.CanvasObject { return v.slot }
func (v *setupView) focus() fyne.Focusable      { return v.first }
func (v *setupView) scrolls() scroller          { return v.page.Scroll }

// steps tells whether there is a step to go back to.
func (v *setupView) steps() bool { return v.m.step != stepCode }

// escape goes a step back.
func (v *setupView) escape() bool {
	if v.m.step == stepCode || v.busy {
		return v.busy
	}
	v.goTo(v.m.step - 1)
	return true
}

func (v *setupView) goTo(step setupStep) {
	v.wipe()
	v.m.step = step
	v.draw()
	v.slot.Refresh()
	v.s.refresh()
	if v.first != nil {
		v.s.win.Canvas().Focus(v.first)
	}
}

// wipe forgets the passphrase that was typed.
func (v *setupView) wipe() {
	if v.chosen != nil {
		v.chosen.wipe()
	}
}

// draw makes the page of the present step.
func (v *setupView) draw() {
	v.fault = touch.Column(0)
	switch v.m.step {
	case stepCode:
		v.page = v.codePage()
	case stepHub:
		v.page = v.hubPage()
	default:
		v.page = v.personPage()
	}
	v.slot.Objects = []fyne.CanvasObject{pageOf(v.page, v.s.words).Box}
}

func (v *setupView) stepWords(n int) *touch.Text {
	return touch.NewSmall(v.s.words.Say("setup.step", "step", n, "of", 3))
}

func (v *setupView) codePage() *touch.Page {
	w := v.s.words
	code := touch.NewEntry(w.Say("setup.code")).WithHint(w.Say("setup.code-hint"))
	code.SetText(v.m.code)
	code.OnChanged = func(t string) {
		if tidy := tidyCode(t); tidy != t && len(t) > len(v.m.code) {
			v.m.code = tidy
			code.SetText(tidy)
			return
		}
		v.m.code = t
		v.drawMarks()
	}
	code.OnSubmitted = func(string) { v.meet() }
	v.marks = touch.Column(0)
	v.first = code.Focusable()
	v.main = touch.NewButton(w.Say("setup.continue"), touch.Primary, v.meet)
	v.drawMarks()
	body := touch.Column(16, v.fault, touch.NewHeading(w.Say("setup.title")), touch.NewText(w.Say("setup.intro")),
		v.stepWords(1), code, v.marks, touch.Cells(0, touch.Fixed(280, v.main), touch.Space()))
	return touch.NewPage(body)
}

// drawMarks says of each group whether it is right, as it is typed.
func (v *setupView) drawMarks() {
	w := v.s.words
	groups, address := codeGroups(v.m.code)
	line := touch.Flow(8, 4)
	for i, g := range groups {
		c := chip{chipQuiet, w.Say("setup.group-open", "group", i+1)}
		switch g {
		case groupRight:
			c = chip{chipDone, w.Say("setup.group-right", "group", i+1)}
		case groupWrong:
			c = chip{chipDanger, w.Say("setup.group-wrong", "group", i+1)}
		}
		line.Add(touch.Left(touch.NewChip(sign(c))))
	}
	if address != "" {
		line.Add(touch.Left(touch.NewChip(sign(chip{chipPlain, w.Say("setup.address", "address", address)}))))
	}
	v.marks.Objects = []fyne.CanvasObject{line}
	v.relayout()
}

func (v *setupView) relayout() {
	if v.page != nil {
		v.page.Scroll.Refresh()
	}
}

// wait turns the main button into words about what is being done.
func (v *setupView) wait(words string) {
	v.busy = words != ""
	v.main.Disable()
	if !v.busy {
		v.main.Enable()
		words = v.s.words.Say("setup.continue")
	}
	v.main.SetWords(words)
}

func (v *setupView) show(err error) {
	v.fault.Objects = nil
	if err != nil {
		v.fault.Add(touch.NewErrorBox(problemOf(err).words(v.s.words)))
		v.page.Scroll.MoveTo(0)
	}
	v.relayout()
}

// meet reaches the hub that the code names.
func (v *setupView) meet() {
	if v.busy {
		return
	}
	v.show(nil)
	code := strings.TrimSpace(v.m.code)
	v.wait(v.s.words.Say("setup.meeting"))
	var hub Hub
	v.s.work(func(ctx context.Context) (err error) {
		hub, err = v.s.desk.Meet(ctx, code)
		return err
	}, func(err error) {
		v.wait("")
		if err != nil {
			v.show(err)
			v.s.win.Canvas().Focus(v.first)
			return
		}
		v.m.hub = hub
		v.goTo(stepHub)
	})
}

func (v *setupView) hubPage() *touch.Page {
	w := v.s.words
	v.main = touch.NewButton(w.Say("setup.hub-yes"), touch.Primary, func() { v.goTo(stepPerson) })
	no := touch.NewButton(w.Say("setup.hub-no"), touch.Plain, func() { v.goTo(stepCode) })
	v.first = nil
	facts := touch.Column(12,
		touch.Column(0, touch.NewSmall(w.Say("setup.hub-name")), touch.NewStyled(v.m.hub.Name, touch.Style{Size: look.Heading, Ink: look.Text, Bold: true})),
		touch.Column(0, touch.NewSmall(w.Say("setup.hub-words")), touch.NewStyled(v.m.hub.Words, touch.Style{Size: look.Heading, Ink: look.Text, Bold: true})))
	body := touch.Column(16, touch.NewHeading(w.Say("setup.hub-title")), v.stepWords(2), touch.NewText(w.Say("setup.hub-intro")),
		touch.NewPanel(touch.CardFace(), 20, facts))
	if v.m.hub.Demo {
		body.Add(touch.Left(touch.NewChipSized(sign(chip{chipDemo, w.Say("strip.demo")}), look.Body)))
	}
	return touch.NewPage(body, v.main, no)
}

func (v *setupView) personPage() *touch.Page {
	w := v.s.words
	v.name = touch.NewEntry(w.Say("setup.name"))
	v.name.SetText(v.m.name)
	v.name.OnChanged = func(t string) { v.m.name = t }
	v.first = v.name.Focusable()
	var roles []touch.Option
	for _, r := range setupRoles {
		roles = append(roles, touch.Option{Title: roleWords(w, string(r))})
	}
	role := touch.NewOptions(v.m.role, func(i int) { v.m.role = i }, roles...)
	v.chosen = newChoosing(v.s, v.enrol, v.relayout, func() string { return v.m.name })
	v.main = touch.NewButton(w.Say("setup.continue"), touch.Primary, v.enrol)
	left := touch.Column(12, v.name, touch.NewBold(w.Say("setup.role")), role.Box)
	right := touch.Column(12, v.chosen.box, touch.NewSmall(w.Say("setup.recovery")))
	body := touch.Column(16, v.fault, touch.NewHeading(w.Say("setup.person-title")), v.stepWords(3),
		touch.Sides(sidesLetters, 32, 0.5, left, right))
	return touch.NewWidePage(body, v.main)
}

// enrol checks what was entered and asks the hub for a place.
func (v *setupView) enrol() {
	if v.busy {
		return
	}
	w := v.s.words
	name, role := v.m.faults(w)
	v.name.SetFault(name)
	v.fault.Objects = nil
	if role != "" {
		v.fault.Add(touch.NewErrorBox(touch.Problem{Heading: w.Say("problem.heading"), What: role}))
	}
	secret, ok := v.chosen.take()
	v.relayout()
	if name != "" {
		v.s.win.Canvas().Focus(v.name.Focusable())
	}
	if name+role != "" || !ok {
		clear(secret.Text)
		return
	}
	e := Enrolment{Code: strings.TrimSpace(v.m.code), Name: strings.TrimSpace(v.m.name), Role: setupRoles[v.m.role], Passphrase: secret.Text}
	v.wait(w.Say("setup.enrolling"))
	v.s.work(func(ctx context.Context) error {
		defer clear(e.Passphrase)
		return v.s.desk.Enrol(ctx, e)
	}, func(err error) {
		v.wait("")
		if err != nil {
			v.show(err)
			return
		}
		v.wipe()
		v.s.reload()
	})
}

// awaitRoute is a laptop that an admin has yet to approve.
type awaitRoute struct{}

func (awaitRoute) open(s *Shell) view { return newAwaitView(s) }

// awaitView shows the laptop's own four words and waits. Approval comes as an
// event; the laptop may be switched off in between.
type awaitView struct {
	s    *Shell
	page *touch.Page
}

func newAwaitView(s *Shell) *awaitView {
	w := s.words
	words := touch.Column(4, touch.NewSmall(w.Say("await.words")),
		touch.NewStyled(s.state.Words, touch.Style{Size: look.Heading, Ink: look.Text, Bold: true}))
	body := touch.Column(16, touch.NewHeading(w.Say("await.title")), touch.NewText(w.Say("await.intro")),
		touch.NewPanel(touch.CardFace(), 24, words), touch.NewText(w.Say("await.then")))
	if s.state.Stop != nil {
		body.Add(touch.NewErrorBox(s.state.Stop.words(w)))
	}
	return &awaitView{s, pageOf(touch.NewPage(body), w)}
}

func (v *awaitView) where() string              { return v.s.words.Say("await.where") }
func (v *awaitView) content() fyne.CanvasObject { return v.page.Box }
func (v *awaitView) focus() fyne.Focusable      { return nil }
func (v *awaitView) scrolls() scroller          { return v.page.Scroll }
