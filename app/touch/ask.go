package touch

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"satchel/app/look"
)

// Question is what Ask asks. Safe is the answer that loses nothing.
type Question struct {
	Title string
	Words string
	Safe  string // words of the safe button, which has the focus
	Go    string // words of the other button
	OnGo  func()
}

// Asking is a question on the screen.
type Asking struct {
	popup *widget.PopUp
	canv  fyne.Canvas
	back  fyne.Focusable
	safe  *Button
}

// Ask is the only dialogue: it starts on the safe answer, Esc gives the safe
// answer, and the focus returns where it came from. What is behind it stays
// readable, so it is never used to hide anything.
func Ask(c fyne.Canvas, q Question) *Asking {
	a := &Asking{canv: c, back: c.Focused()}
	a.safe = NewButton(q.Safe, Primary, a.Close)
	act := NewButton(q.Go, Danger, func() {
		a.Close()
		if q.OnGo != nil {
			q.OnGo()
		}
	})
	words := Column(12, NewTitle(q.Title), NewText(q.Words),
		Cells(look.GapWide, Fit(a.safe), Fit(act), Space()))
	panel := NewPanel(Face{Fill: look.Card, Edge: look.Edge, EdgeWidth: 2, Radius: look.Radius}, 24, words)
	a.popup = widget.NewModalPopUp(&fyne.Container{Layout: askLayout{}, Objects: []fyne.CanvasObject{panel}}, c)
	for _, b := range []*Button{a.safe, act} {
		b.onKey = func(k *fyne.KeyEvent) bool {
			if k.Name == fyne.KeyEscape {
				a.Close()
				return true
			}
			return false
		}
	}
	a.popup.Show()
	c.Focus(a.safe)
	return a
}

// Close gives the safe answer.
func (a *Asking) Close() {
	a.popup.Hide()
	if a.back != nil {
		a.canv.Focus(a.back)
	}
}

// askLayout makes a question as wide as reads well and as high as it needs.
type askLayout struct{}

const askWidth float32 = 560

func (askLayout) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(s)
	}
}

func (askLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(askWidth, HeightFor(objects[0], askWidth))
}
