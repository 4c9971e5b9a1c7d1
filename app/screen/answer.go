package screen

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"satchel/app/touch"
	"satchel/store/identity"
)

// answerRoute is the place for an admin's answer. It remembers what was typed:
// an answer is sealed to the request, and names nobody.
type answerRoute struct {
	who  identity.SlotID
	text string
}

func (r answerRoute) open(s *Shell) view { return newAnswerView(s, r) }

// answerView takes the answer: typed, pasted or from a file.
type answerView struct {
	s     *Shell
	who   identity.SlotID
	text  *touch.Entry
	fault *fyne.Container
	main  *touch.Button
	page  *touch.Page
	busy  bool
}

func newAnswerView(s *Shell, r answerRoute) *answerView {
	w := s.words
	v := &answerView{s: s, who: r.who, fault: touch.Column(0)}
	v.text = touch.NewEntry(w.Say("answer.text")).WithHint(w.Say("answer.hint")).Lines(6)
	v.text.SetText(r.text)
	v.text.OnChanged = func(string) { v.text.SetFault("") }
	v.main = touch.NewButton(w.Say("answer.button"), touch.Primary, v.submit)
	file := touch.NewButton(w.Say("answer.open"), touch.Plain, func() { s.go1(openRoute{r.who}) })
	body := touch.Column(16, v.fault, touch.NewHeading(w.Say("answer.title", "name", s.person(r.who).Name)), v.text, touch.Left(file))
	v.page = pageOf(touch.NewPage(body, v.main), w)
	return v
}

func (v *answerView) where() string              { return v.s.words.Say("forgotten.where") }
func (v *answerView) content() fyne.CanvasObject { return v.page.Box }
func (v *answerView) scrolls() scroller          { return v.page.Scroll }

// escape stays until what was begun is done: nobody would know how it ended.
func (v *answerView) escape() bool { return v.busy }

// focus is on the box, or on the button where a file has filled the box.
func (v *answerView) focus() fyne.Focusable {
	if v.text.Text() != "" {
		return v.main
	}
	return v.text.Focusable()
}

func (v *answerView) saved() route { return answerRoute{v.who, v.text.Text()} }

func (v *answerView) submit() {
	if v.busy {
		return
	}
	w := v.s.words
	v.fault.Objects = nil
	answer := v.text.Text()
	if strings.TrimSpace(answer) == "" {
		v.refuse(w.Say("answer.empty"))
		return
	}
	v.busy = true
	v.main.Disable()
	v.main.SetWords(w.Say("answer.trying"))
	var who identity.SlotID
	v.s.work(func(ctx context.Context) (err error) {
		who, err = v.s.desk.TakeRecovery(ctx, answer)
		return err
	}, func(err error) {
		v.busy = false
		v.main.Enable()
		v.main.SetWords(w.Say("answer.button"))
		if err != nil {
			v.failed(problemOf(err))
			return
		}
		v.s.state = v.s.desk.State()
		v.s.leaveNothing()
		v.s.stack = nil
		v.s.go1(unlockRoute{who: who, said: w.Say("answer.back-in")})
	})
}

// failed says what is wrong with an answer beside the box, and anything else at
// the top.
func (v *answerView) failed(p *Problem) {
	words := p.words(v.s.words)
	switch p.Key {
	case ProblemAnswer, ProblemAnswerLine, ProblemAnswerStale, ProblemAnswerElsewhere:
		v.refuse(strings.TrimSpace(words.What + " " + words.Do))
	default:
		v.fault.Add(touch.NewErrorBox(words))
		v.page.Scroll.MoveTo(0)
		v.page.Scroll.Refresh()
	}
}

// refuse says what is wrong with the answer beside its box.
func (v *answerView) refuse(words string) {
	v.text.SetFault(words)
	v.page.Scroll.Refresh()
	v.s.win.Canvas().Focus(v.text.Focusable())
}
