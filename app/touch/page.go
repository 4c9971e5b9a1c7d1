package touch

import (
	"fyne.io/fyne/v2"

	"satchel/app/look"
)

// Page is a heading and what belongs to it in a Scroll, with buttons beneath
// that are always in sight.
type Page struct {
	Box    *fyne.Container
	Scroll *Scroll

	width float32
}

// pageWidth is as wide as a page of words gets: about eighty letters.
const pageWidth float32 = 860

// widePage is as wide as two columns of words get.
const widePage float32 = 1180

// NewPage returns a page of reading width in the middle of the space it is
// given. buttons stand at the bottom, the first at the left; they may be nil.
func NewPage(body fyne.CanvasObject, buttons ...fyne.CanvasObject) *Page {
	return newPage(pageWidth, body, buttons)
}

// NewWidePage is NewPage for two columns side by side.
func NewWidePage(body fyne.CanvasObject, buttons ...fyne.CanvasObject) *Page {
	return newPage(widePage, body, buttons)
}

func newPage(width float32, body fyne.CanvasObject, buttons []fyne.CanvasObject) *Page {
	p := &Page{width: width, Scroll: NewScroll(Inset(24, 24, 24, 24, Centred(width, body))).Reserve()}
	var bottom []fyne.CanvasObject
	if len(buttons) > 0 {
		line := Flow(look.GapWide, look.Gap, buttons...)
		bottom = append(bottom, NewPanelInset(Face{Fill: look.Bar}, 8, 24+sideWidth, 8, 24, Centred(width, line)))
	}
	p.Box = Frame(fyne.NewSize(320, 200), nil, p.Scroll, bottom)
	return p
}

// Problem is what an ErrorBox says. Empty parts are left out.
type Problem struct {
	Heading string // "There is a problem"
	What    string // what happened
	Works   string // what still works
	Do      string // what to do
	Code    string // a short code for the help desk
}

// NewErrorBox is the red-edged box at the top of a page with a problem.
func NewErrorBox(p Problem) *Panel {
	words := Column(4, Cells(10, Fit(NewShape(Exclaim, look.DangerInk)),
		Grow(NewStyled(p.Heading, Style{Size: look.Title, Ink: look.DangerInk, Bold: true}))))
	if p.What != "" {
		words.Add(NewBold(p.What))
	}
	for _, s := range []string{p.Works, p.Do} {
		if s != "" {
			words.Add(NewText(s))
		}
	}
	if p.Code != "" {
		words.Add(NewSmall(p.Code))
	}
	return NewPanel(Face{Fill: look.Card, Edge: look.DangerInk, EdgeWidth: 4, Radius: look.Radius}, 16, words)
}

// SetBody changes what the page holds and goes to its top.
func (p *Page) SetBody(body fyne.CanvasObject) {
	p.Scroll.SetContent(Inset(24, 24, 24, 24, Centred(p.width, body)))
}
