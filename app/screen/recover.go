package screen

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"satchel/app/touch"
	"satchel/store/identity"
)

// recoverRoute is a request to an admin under way.
type recoverRoute struct {
	who    identity.SlotID
	joined bool   // it comes after a first sign-in
	said   string // what was just done, in words
}

func (r recoverRoute) open(s *Shell) view { return newRecoverView(s, r) }

// recoverView shows the request in three ways: for a camera, to read aloud, as
// a file. It names nobody, so it may be copied.
type recoverView struct {
	s     *Shell
	r     recoverRoute
	m     recoverModel
	said  *touch.Text
	page  *touch.Page
	first fyne.Focusable
}

func newRecoverView(s *Shell, r recoverRoute) *recoverView {
	w := s.words
	v := &recoverView{s: s, r: r}
	request, under := s.desk.Recovery(r.who)
	v.m = newRecoverModel(w, s.person(r.who), r.joined, request, under, s.now())
	v.said = touch.NewBold(r.said)
	v.said.Hidden = r.said == ""
	body := touch.Column(12, v.said, touch.NewHeading(v.m.Title), touch.NewText(v.m.Intro))
	if v.m.Ask {
		ask := touch.NewButton(w.Say("recover.ask"), touch.Primary, func() { s.replace(forgottenRoute{r.who}) }).RowHigh()
		v.first = ask
		v.page = pageOf(touch.NewWidePage(body, ask), w)
		return v
	}
	body.Add(v.request())
	answer := touch.NewButton(w.Say("recover.answered"), touch.Primary, func() { s.go1(answerRoute{who: r.who}) }).RowHigh()
	save := touch.NewButton(w.Say("recover.save"), touch.Plain, func() { s.go1(saveRoute{r.who}) })
	copied := touch.NewButton(w.Say("recover.copy"), touch.Plain, func() {
		fyne.CurrentApp().Clipboard().SetContent(strings.Join(v.m.Lines, "\n") + "\n")
		v.say(w.Say("recover.copied", "time", clock(s.now())))
	})
	v.page = pageOf(touch.NewWidePage(body, answer, save, copied), w)
	return v
}

// codeSide is how large the code for a camera is: with the 65 squares of a
// request each is six dots wide, more than a millimetre on a laptop.
const codeSide float32 = 400

// request is the request as a code and as lines.
func (v *recoverView) request() fyne.CanvasObject {
	w := v.s.words
	// The first line says what it is; the others have the numbers by which a
	// mistake in one is named.
	lines := touch.NewLines(w.Say("recover.lines"), v.m.Lines, func(n int) string {
		if n == 1 {
			return ""
		}
		return strconv.Itoa(n - 1)
	})
	v.first = lines
	code := touch.Column(8)
	if qr := touch.NewQR(v.m.Code, w.Say("recover.code"), codeSide); qr != nil {
		code.Add(qr)
	}
	code.Add(touch.NewSmall(v.m.Made))
	return touch.Sides(30, 32, 0.36, code, touch.NewPanel(touch.CardFace(), 1, lines))
}

func (v *recoverView) where() string              { return v.s.words.Say("forgotten.where") }
func (v *recoverView) content() fyne.CanvasObject { return v.page.Box }
func (v *recoverView) scrolls() scroller          { return v.page.Scroll }
func (v *recoverView) focus() fyne.Focusable      { return v.first }

// arrive begins at the top, where it is said what this is.
func (v *recoverView) arrive() { v.page.Scroll.MoveTo(0) }

// saved says no more what was done before.
func (v *recoverView) saved() route {
	r := v.r
	r.said = ""
	return r
}

func (v *recoverView) say(words string) {
	v.said.SetWords(words)
	v.said.Hidden = words == ""
	v.page.Scroll.MoveTo(0)
	v.page.Scroll.Refresh()
}
