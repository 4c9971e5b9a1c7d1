package touch

import (
	"fyne.io/fyne/v2"
)

// Column stacks objects, each as wide as the column and as high as it needs at
// that width, with a gap between.
func Column(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: column{gap}, Objects: objects}
}

type column struct{ gap float32 }

func (l column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	if size.Width <= 0 { // still being put together
		return
	}
	y := float32(0)
	for _, o := range visible(objects) {
		h := HeightFor(o, size.Width)
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(size.Width, h))
		y += h + l.gap
	}
}

func (l column) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	h := -l.gap
	for _, o := range visible(objects) {
		h += HeightFor(o, width) + l.gap
	}
	return max(h, 0)
}

func (l column) naturalWidth(objects []fyne.CanvasObject) float32 {
	var w float32
	for _, o := range visible(objects) {
		w = max(w, naturalWidth(o))
	}
	return w
}

func (l column) leastWidth(objects []fyne.CanvasObject) float32 { return widest(objects) }

func (l column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for i, o := range visible(objects) {
		m := o.MinSize()
		s.Width = max(s.Width, m.Width)
		s.Height += m.Height
		if i > 0 {
			s.Height += l.gap
		}
	}
	return s
}

// Cell is one place in a row of Cells.
type Cell struct {
	Object fyne.CanvasObject
	Width  float32 // fixed width; 0 means as wide as it likes
	Grow   float32 // share of what is left over; 0 means none
	Middle bool    // centred in the row's height, else at its top
	Full   bool    // as high as the row
}

// Fixed is a cell of a given width.
func Fixed(width float32, o fyne.CanvasObject) Cell {
	return Cell{Object: o, Width: width, Middle: true}
}

// Fit is a cell as wide as its object likes.
func Fit(o fyne.CanvasObject) Cell { return Cell{Object: o, Middle: true} }

// Grow is a cell that takes a share of the width left over.
func Grow(o fyne.CanvasObject) Cell { return Cell{Object: o, Grow: 1, Middle: true} }

// Space is an empty cell that takes the width left over.
func Space() Cell { return Cell{Object: Column(0), Grow: 1} }

// Cells puts objects beside each other with a gap between.
func Cells(gap float32, cells ...Cell) *fyne.Container {
	c := &fyne.Container{Layout: row{gap, cells}}
	for _, cell := range cells {
		c.Objects = append(c.Objects, cell.Object)
	}
	return c
}

type row struct {
	gap   float32
	cells []Cell
}

// widths shares a width out: fixed cells first, then cells that fit, then
// growing cells. Where cells that fit want more than there is, or would leave
// growing ones less than a third or than their longest words, what can wrap in
// them shrinks, and at the last words are broken.
func (l row) widths(width float32) []float32 {
	out := make([]float32, len(l.cells))
	left, grow, fits, least, shown := width, float32(0), float32(0), float32(0), 0
	soft := make([]float32, len(l.cells)) // what a cell can give up by wrapping
	hard := make([]float32, len(l.cells)) // and only by breaking words
	for i, c := range l.cells {
		if !c.Object.Visible() {
			continue
		}
		shown++
		switch {
		case c.Grow > 0:
			grow += c.Grow
			least += leastWidth(c.Object)
		case c.Width > 0:
			out[i] = c.Width
			left -= c.Width
		default:
			out[i] = naturalWidth(c.Object)
			fits += out[i]
			soft[i] = max(out[i]-leastWidth(c.Object), 0)
			hard[i] = max(leastWidth(c.Object)-c.Object.MinSize().Width, 0)
		}
	}
	left = max(left-l.gap*float32(max(shown-1, 0)), 0)
	room := left
	if grow > 0 {
		room = left - min(max(left/3, least), left*2/3)
	}
	fits -= squeeze(out, soft, fits-room)
	if grow > 0 { // before a word is broken, growing cells make do with their longest
		room = left - min(least, left*2/3)
	}
	fits -= squeeze(out, hard, fits-room)
	left = max(left-fits, 0)
	for i, c := range l.cells {
		if c.Grow > 0 && c.Object.Visible() {
			out[i] = left * c.Grow / grow
		}
	}
	return out
}

// squeeze takes what is over from cells by what each can give, and returns how
// much that was.
func squeeze(widths, give []float32, over float32) float32 {
	var all float32
	for _, g := range give {
		all += g
	}
	if over = min(over, all); over <= 0 {
		return 0
	}
	for i, g := range give {
		widths[i] -= over * g / all
	}
	return over
}

func (l row) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	if size.Width <= 0 {
		return
	}
	x := float32(0)
	for i, w := range l.widths(size.Width) {
		o := objects[i]
		if !o.Visible() {
			continue
		}
		h, y := HeightFor(o, w), float32(0)
		if l.cells[i].Full {
			h = size.Height
		}
		if l.cells[i].Middle {
			y = max((size.Height-h)/2, 0)
		}
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(w, h))
		x += w + l.gap
	}
}

func (l row) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	var h float32
	for i, w := range l.widths(width) {
		if objects[i].Visible() {
			h = max(h, HeightFor(objects[i], w))
		}
	}
	return h
}

func (l row) naturalWidth(objects []fyne.CanvasObject) float32 {
	w := -l.gap
	for i, o := range objects {
		if o.Visible() {
			w += max(l.cells[i].Width, naturalWidth(o)) + l.gap
		}
	}
	return max(w, 0)
}

func (l row) leastWidth(objects []fyne.CanvasObject) float32 {
	w := -l.gap
	for i, o := range objects {
		if o.Visible() {
			w += max(l.cells[i].Width, leastWidth(o)) + l.gap
		}
	}
	return max(w, 0)
}

func (l row) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for i, o := range objects {
		if o.Visible() {
			m := o.MinSize()
			s.Width += max(l.cells[i].Width, m.Width) + l.gap
			s.Height = max(s.Height, m.Height)
		}
	}
	s.Width = max(s.Width-l.gap, 0)
	return s
}

// Flow puts objects beside each other, each as wide as it likes, and goes on
// to the next line when one does not fit: it breaks between objects, and inside
// one only where that one is wider than the whole line.
func Flow(gapX, gapY float32, objects ...fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: flow{gapX, gapY}, Objects: objects}
}

type flow struct{ gapX, gapY float32 }

// place calls put for each visible object with its place, and returns the
// height of all.
func (l flow) place(objects []fyne.CanvasObject, width float32, put func(o fyne.CanvasObject, x, y, w, line float32)) float32 {
	type at struct {
		o    fyne.CanvasObject
		x, w float32
	}
	var line []at
	y, x, high := float32(0), float32(0), float32(0)
	flush := func() {
		for _, a := range line {
			put(a.o, a.x, y, a.w, high)
		}
		line = line[:0]
	}
	for _, o := range visible(objects) {
		w := min(naturalWidth(o), width)
		if x > 0 && x+w > width {
			flush()
			y, x, high = y+high+l.gapY, 0, 0
		}
		line = append(line, at{o, x, w})
		x += w + l.gapX
		high = max(high, HeightFor(o, w))
	}
	flush()
	return y + high
}

func (l flow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	if size.Width <= 0 {
		return
	}
	l.place(objects, size.Width, func(o fyne.CanvasObject, x, y, w, line float32) {
		h := HeightFor(o, w)
		o.Move(fyne.NewPos(x, y+(line-h)/2))
		o.Resize(fyne.NewSize(w, h))
	})
}

func (l flow) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	return l.place(objects, width, func(fyne.CanvasObject, float32, float32, float32, float32) {})
}

func (l flow) naturalWidth(objects []fyne.CanvasObject) float32 {
	w := -l.gapX
	for _, o := range visible(objects) {
		w += naturalWidth(o) + l.gapX
	}
	return max(w, 0)
}

func (l flow) leastWidth(objects []fyne.CanvasObject) float32 { return widest(objects) }

// widest returns the greatest of the least widths.
func widest(objects []fyne.CanvasObject) float32 {
	var w float32
	for _, o := range visible(objects) {
		w = max(w, leastWidth(o))
	}
	return w
}

func (l flow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range visible(objects) {
		m := o.MinSize()
		s.Width, s.Height = max(s.Width, m.Width), max(s.Height, m.Height)
	}
	return s
}

func visible(objects []fyne.CanvasObject) []fyne.CanvasObject {
	for i, o := range objects {
		if !o.Visible() {
			shown := append([]fyne.CanvasObject{}, objects[:i]...)
			for _, o := range objects[i:] {
				if o.Visible() {
					shown = append(shown, o)
				}
			}
			return shown
		}
	}
	return objects
}
