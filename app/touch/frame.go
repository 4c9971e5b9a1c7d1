package touch

import (
	"fyne.io/fyne/v2"

	"satchel/app/look"
)

// Inset puts space around an object.
func Inset(top, right, bottom, left float32, o fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: inset{top, right, bottom, left}, Objects: []fyne.CanvasObject{o}}
}

// Pad puts the same space on every side of an object.
func Pad(by float32, o fyne.CanvasObject) *fyne.Container { return Inset(by, by, by, by, o) }

type inset struct{ top, right, bottom, left float32 }

func (l inset) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	if size.Width <= 0 {
		return
	}
	for _, o := range objects {
		o.Move(fyne.NewPos(l.left, l.top))
		o.Resize(fyne.NewSize(size.Width-l.left-l.right, size.Height-l.top-l.bottom))
	}
}

func (l inset) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	h := float32(0)
	for _, o := range visible(objects) {
		h = max(h, HeightFor(o, width-l.left-l.right))
	}
	return h + l.top + l.bottom
}

func (l inset) naturalWidth(objects []fyne.CanvasObject) float32 {
	w := float32(0)
	for _, o := range visible(objects) {
		w = max(w, naturalWidth(o))
	}
	return w + l.left + l.right
}

func (l inset) leastWidth(objects []fyne.CanvasObject) float32 {
	return widest(objects) + l.left + l.right
}

func (l inset) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range visible(objects) {
		s = s.Max(o.MinSize())
	}
	return s.AddWidthHeight(l.left+l.right, l.top+l.bottom)
}

// AtMost keeps an object no wider than a limit, at the left: lines of text
// longer than about eighty letters tire the eye.
func AtMost(width float32, o fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: atMost{width, false}, Objects: []fyne.CanvasObject{o}}
}

// Centred keeps an object no wider than a limit, in the middle.
func Centred(width float32, o fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: atMost{width, true}, Objects: []fyne.CanvasObject{o}}
}

type atMost struct {
	width  float32
	centre bool
}

func (l atMost) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	if size.Width <= 0 {
		return
	}
	w := min(l.width, size.Width)
	x := float32(0)
	if l.centre {
		x = (size.Width - w) / 2
	}
	for _, o := range objects {
		o.Move(fyne.NewPos(x, 0))
		o.Resize(fyne.NewSize(w, size.Height))
	}
}

func (l atMost) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	h := float32(0)
	for _, o := range visible(objects) {
		h = max(h, HeightFor(o, min(l.width, width)))
	}
	return h
}

func (l atMost) naturalWidth([]fyne.CanvasObject) float32 { return l.width }

func (l atMost) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range visible(objects) {
		s = s.Max(o.MinSize())
	}
	return s
}

// Frame puts some objects at the top and some at the bottom, each as high as it
// needs, and gives the middle what is left. Its least size is given and does
// not grow with its contents, so that no text can push a window open.
func Frame(least fyne.Size, top []fyne.CanvasObject, middle fyne.CanvasObject, bottom []fyne.CanvasObject) *fyne.Container {
	c := &fyne.Container{Layout: frame{least, len(top)}}
	c.Objects = append(c.Objects, top...)
	c.Objects = append(c.Objects, middle)
	c.Objects = append(c.Objects, bottom...)
	return c
}

type frame struct {
	least fyne.Size
	top   int // how many objects stand at the top; the next one is the middle
}

func (l frame) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	if size.Width <= 0 {
		return
	}
	y, end := float32(0), size.Height
	for _, o := range visible(objects[:l.top]) {
		h := HeightFor(o, size.Width)
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(size.Width, h))
		y += h
	}
	bottom := visible(objects[l.top+1:])
	for i := len(bottom) - 1; i >= 0; i-- {
		h := HeightFor(bottom[i], size.Width)
		end -= h
		bottom[i].Move(fyne.NewPos(0, end))
		bottom[i].Resize(fyne.NewSize(size.Width, h))
	}
	objects[l.top].Move(fyne.NewPos(0, y))
	objects[l.top].Resize(fyne.NewSize(size.Width, max(end-y, 0)))
}

func (l frame) MinSize([]fyne.CanvasObject) fyne.Size { return l.least }

// Beside puts columns of fixed width left and right of a middle that takes the
// rest, all as high as the space they are given.
func Beside(left fyne.CanvasObject, leftWidth float32, middle, right fyne.CanvasObject, rightWidth float32) *fyne.Container {
	return &fyne.Container{
		Layout:  beside{leftWidth, rightWidth},
		Objects: []fyne.CanvasObject{left, middle, right},
	}
}

type beside struct{ left, right float32 }

func (l beside) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	if size.Width <= 0 {
		return
	}
	x, end := float32(0), size.Width
	if objects[0].Visible() {
		objects[0].Move(fyne.NewPos(0, 0))
		objects[0].Resize(fyne.NewSize(l.left, size.Height))
		x = l.left
	}
	if objects[2].Visible() {
		end -= l.right
		objects[2].Move(fyne.NewPos(end, 0))
		objects[2].Resize(fyne.NewSize(l.right, size.Height))
	}
	objects[1].Move(fyne.NewPos(x, 0))
	objects[1].Resize(fyne.NewSize(max(end-x, 0), size.Height))
}

func (l beside) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(l.left+l.right, 0) }

// Layer gives one object all the space there is.
func Layer(o fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: inset{}, Objects: []fyne.CanvasObject{o}}
}

// Left keeps an object as wide as it likes, at the left.
func Left(o fyne.CanvasObject) *fyne.Container { return Flow(0, 0, o) }

// Columns puts objects into at most so many columns side by side, the first in
// the first, the second in the second and so on, each column stacked without
// holes. There are fewer where a column would hold less than about twenty
// letters of body text. The order of Tab stays that of the objects.
func Columns(most int, gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: columns{most, gap}, Objects: objects}
}

type columns struct {
	most int
	gap  float32
}

// place gives each object its place and returns the height of all.
func (l columns) place(objects []fyne.CanvasObject, width float32, put func(o fyne.CanvasObject, x, y, w, h float32)) float32 {
	n := max(min(l.most, int(width/(20*look.Current().TextSize(look.Body)))), 1)
	w := (width - l.gap*float32(n-1)) / float32(n)
	ends := make([]float32, n)
	for i, o := range visible(objects) {
		c := i % n
		h := HeightFor(o, w)
		put(o, float32(c)*(w+l.gap), ends[c], w, h)
		ends[c] += h + l.gap
	}
	high := float32(0)
	for _, end := range ends {
		high = max(high, end-l.gap)
	}
	return high
}

func (l columns) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	if size.Width <= 0 {
		return
	}
	l.place(objects, size.Width, func(o fyne.CanvasObject, x, y, w, h float32) {
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(w, h))
	})
}

func (l columns) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	return l.place(objects, width, func(fyne.CanvasObject, float32, float32, float32, float32) {})
}

func (l columns) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range visible(objects) {
		s = s.Max(o.MinSize())
	}
	return s
}
