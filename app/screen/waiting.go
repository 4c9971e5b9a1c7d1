package screen

import (
	"fyne.io/fyne/v2"

	"satchel/app/look"
	"satchel/app/touch"
)

func (waitingRoute) open(s *Shell) view { return newWaitingView(s) }

// waitingView lists what has not reached the hub.
type waitingView struct {
	s    *Shell
	m    waitingModel
	head *fyne.Container
	list *touch.DragList
	root *fyne.Container
}

func newWaitingView(s *Shell) *waitingView {
	v := &waitingView{s: s, head: touch.Column(0)}
	v.list = touch.NewDragList(v.newRow)
	v.list.Label = s.words.Say("waiting.where")
	v.root = touch.Frame(fyne.NewSize(320, 200), []fyne.CanvasObject{touch.Inset(16, 24, 12, 24, v.head)},
		touch.Inset(0, 24, 8, 24, v.list), nil)
	v.refresh()
	return v
}

func (v *waitingView) where() string              { return v.s.words.Say("waiting.where") }
func (v *waitingView) content() fyne.CanvasObject { return v.root }
func (v *waitingView) focus() fyne.Focusable      { return v.list }

func (v *waitingView) newRow() (fyne.CanvasObject, func(int)) {
	what, about, state := touch.NewBold(""), touch.NewSmall(""), touch.Column(0)
	row := touch.Cells(16, touch.Grow(touch.Column(2, what, about)), touch.Fit(state))
	return row, func(i int) {
		r := v.m.Rows[i]
		what.SetWords(r.What)
		words := r.When
		if r.About != "" {
			words = r.About + " · " + r.When
		}
		if r.Problem != nil {
			p := r.Problem.words(v.s.words)
			words += "\n" + p.What + " " + p.Do
		}
		about.SetWords(words)
		state.Objects = []fyne.CanvasObject{touch.NewChip(sign(r.State))}
	}
}

func (v *waitingView) refresh() {
	v.m = newWaitingModel(v.s.words, v.s.desk.Waiting(), v.s.now())
	v.head.Objects = []fyne.CanvasObject{touch.Column(8, touch.Left(touch.NewChipSized(sign(v.m.Head), look.Body)),
		touch.NewSmall(v.s.words.Say("waiting.order")))}
	v.list.SetLength(len(v.m.Rows))
	v.root.Refresh()
}
