package touch

import (
	"fyne.io/fyne/v2"

	"satchel/app/look"
)

// Sides puts two objects side by side where each gets at least so many letters
// of body text, the left one a share of the width, else one above the other.
func Sides(letters int, gap, share float32, left, right fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: sides{letters, gap, share}, Objects: []fyne.CanvasObject{left, right}}
}

type sides struct {
	letters int
	gap     float32
	share   float32 // of the left one, 0 to 1
}

// widths returns the width of each, and whether they stand side by side.
func (l sides) widths(width float32) (left, right float32, beside bool) {
	left = (width - l.gap) * l.share
	right = width - l.gap - left
	least := float32(l.letters) * look.Current().TextSize(look.Body) / 2 // a letter is about half as wide as high
	if min(left, right) < least {
		return width, width, false
	}
	return left, right, true
}

func (l sides) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	if size.Width <= 0 {
		return
	}
	left, right, beside := l.widths(size.Width)
	a, b := objects[0], objects[1]
	high := HeightFor(a, left)
	a.Move(fyne.NewPos(0, 0))
	a.Resize(fyne.NewSize(left, high))
	if beside {
		b.Move(fyne.NewPos(left+l.gap, 0))
	} else {
		b.Move(fyne.NewPos(0, high+l.gap))
	}
	b.Resize(fyne.NewSize(right, HeightFor(b, right)))
}

func (l sides) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	left, right, beside := l.widths(width)
	a, b := HeightFor(objects[0], left), HeightFor(objects[1], right)
	if beside {
		return max(a, b)
	}
	return a + l.gap + b
}

func (l sides) leastWidth(objects []fyne.CanvasObject) float32 { return widest(objects) }

func (l sides) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range visible(objects) {
		s = s.Max(o.MinSize())
	}
	return s
}

// Flank puts words beside a pad where they get at least so much width, else
// above it, so that they are read before the pad scrolls out of sight.
func Flank(gap, least float32, pad, words fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: flank{gap, least}, Objects: []fyne.CanvasObject{words, pad}}
}

type flank struct{ gap, least float32 }

// place gives the places of words and pad, and the height of both.
func (l flank) place(objects []fyne.CanvasObject, width float32, put func(o fyne.CanvasObject, x, y, w, h float32)) float32 {
	words, pad := objects[0], objects[1]
	wide := min(naturalWidth(pad), width)
	high := HeightFor(pad, wide)
	room := width - wide - l.gap
	switch {
	case !words.Visible():
		put(pad, 0, 0, wide, high)
		return high
	case room >= l.least:
		put(pad, 0, 0, wide, high)
		put(words, wide+l.gap, 0, room, HeightFor(words, room))
		return max(high, HeightFor(words, room))
	}
	above := HeightFor(words, width) + look.Gap
	put(words, 0, 0, width, above-look.Gap)
	put(pad, 0, above, wide, high)
	return above + high
}

func (l flank) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	if size.Width <= 0 {
		return
	}
	l.place(objects, size.Width, func(o fyne.CanvasObject, x, y, w, h float32) {
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(w, h))
	})
}

func (l flank) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	return l.place(objects, width, func(fyne.CanvasObject, float32, float32, float32, float32) {})
}

func (l flank) leastWidth(objects []fyne.CanvasObject) float32 { return widest(objects) }

func (l flank) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range visible(objects) {
		s = s.Max(o.MinSize())
	}
	return s
}
