package touch

import (
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"satchel/app/look"
)

// DragList is a list of rows of which only those in sight exist as widgets. A
// finger's drag scrolls it, Page up and Page down stand on its right edge,
// arrows move within it and Enter or Space or a tap opens a row. It is one stop
// for Tab.
//
// Every row is measured once for a width, so that names may wrap: about 50
// microseconds a row. Screens ask their sources for at most a few hundred rows.
type DragList struct {
	widget.BaseWidget

	// OnOpen runs when a person opens a row.
	OnOpen func(row int)
	// Label names the list for screen readers.
	Label string

	length  int
	create  func() (fyne.CanvasObject, func(row int))
	measure fyne.CanvasObject // a row that is never shown, to measure with
	fill    func(row int)     // fills measure
	scroll  *Scroll
	body    *listBody
	chosen  int
	focused bool
}

// NewDragList returns an empty list. create makes what stands on one row, and
// the function that fills it for a place; both run on Fyne's goroutine and do no
// I/O.
func NewDragList(create func() (o fyne.CanvasObject, fill func(row int))) *DragList {
	l := &DragList{create: create}
	l.measure, l.fill = create()
	l.body = &listBody{l: l, shown: map[int]*listRow{}}
	l.body.ExtendBaseWidget(l.body)
	l.scroll = NewScroll(l.body)
	l.scroll.OnMoved = func(float32) { l.body.arrange() }
	l.ExtendBaseWidget(l)
	return l
}

// SetLength says how many rows there are now, goes to the top and measures
// anew. Call it whenever the rows have changed.
func (l *DragList) SetLength(n int) {
	l.length, l.chosen = n, 0
	l.body.forget()
	l.scroll.offset = 0
	l.scroll.place()
	l.body.arrange()
	canvas.Refresh(l)
}

// Length returns how many rows there are.
func (l *DragList) Length() int { return l.length }

// Chosen returns the row that the arrows are on.
func (l *DragList) Chosen() int { return l.chosen }

// Choose moves to a row and brings it into sight.
func (l *DragList) Choose(row int) {
	if l.length == 0 {
		return
	}
	l.chosen = max(min(row, l.length-1), 0)
	top, bottom := l.body.span(l.chosen)
	switch view := l.Size().Height; {
	case view <= 0: // not laid out yet
	case top < l.scroll.offset:
		l.scroll.MoveTo(top)
	case bottom > l.scroll.offset+view:
		l.scroll.MoveTo(bottom - view)
	}
	l.body.arrange()
	canvas.Refresh(l)
}

// FocusGained implements fyne.Focusable.
func (l *DragList) FocusGained() {
	l.focused = true
	l.Choose(l.chosen)
}

// FocusLost implements fyne.Focusable.
func (l *DragList) FocusLost() {
	l.focused = false
	l.body.arrange()
}

// TypedRune implements fyne.Focusable.
func (l *DragList) TypedRune(rune) {}

// TypedKey implements fyne.Focusable.
func (l *DragList) TypedKey(key *fyne.KeyEvent) {
	use()
	switch key.Name {
	case fyne.KeyUp:
		l.Choose(l.chosen - 1)
	case fyne.KeyDown:
		l.Choose(l.chosen + 1)
	case fyne.KeyHome:
		l.Choose(0)
	case fyne.KeyEnd:
		l.Choose(l.length - 1)
	case fyne.KeyPageUp:
		l.Choose(l.chosen - l.body.perPage())
	case fyne.KeyPageDown:
		l.Choose(l.chosen + l.body.perPage())
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		l.open(l.chosen)
	default:
		passKey(l, key)
	}
}

func (l *DragList) open(row int) {
	if row >= 0 && row < l.length && l.OnOpen != nil {
		l.chosen = row
		l.OnOpen(row)
	}
}

func (l *DragList) children() []fyne.CanvasObject { return []fyne.CanvasObject{l.scroll} }

// HeightFor implements Tall: the height of all rows, for lists so short that
// they may stand on a page whole.
func (l *DragList) HeightFor(width float32) float32 { return l.body.HeightFor(width) }

// AccessibilityLabel implements fyne.Accessible.
func (l *DragList) AccessibilityLabel() string { return l.Label }

// AccessibilityRole implements fyne.Accessible.
func (l *DragList) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleContainer }

// CreateRenderer implements fyne.Widget.
func (l *DragList) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(l.scroll)
}

// listBody is the long ground that the rows stand on.
type listBody struct {
	widget.BaseWidget
	l     *DragList
	width float32
	theme *look.Theme // that the rows were measured in
	tops  []float32   // length+1 places; the last is the end
	shown map[int]*listRow
	spare []*listRow
}

// forget drops what was measured, because rows or sizes have changed.
func (b *listBody) forget() {
	b.width, b.tops = 0, nil
	for row, w := range b.shown {
		b.spare = append(b.spare, w)
		delete(b.shown, row)
	}
}

// rowPad is the space left and right of what stands on a row.
const rowPad float32 = 16

func (b *listBody) HeightFor(width float32) float32 {
	if b.tops == nil || b.width != width {
		b.width, b.theme = width, look.Current()
		b.tops = make([]float32, 1, b.l.length+1)
		least := b.theme.Row()
		for row := range b.l.length {
			b.l.fill(row)
			h := max(HeightFor(b.l.measure, width-2*rowPad)+2*look.Gap, least)
			b.tops = append(b.tops, b.tops[row]+h)
		}
	}
	return b.tops[len(b.tops)-1]
}

// span returns where a row begins and ends.
func (b *listBody) span(row int) (top, bottom float32) {
	if row+1 >= len(b.tops) {
		return 0, 0
	}
	return b.tops[row], b.tops[row+1]
}

// perPage returns about how many rows are in sight.
func (b *listBody) perPage() int {
	top, _ := b.span(b.l.chosen)
	last := sort.Search(b.l.length, func(i int) bool { return b.tops[i+1] > top+b.l.Size().Height })
	return max(last-b.l.chosen, 1)
}

// arrange makes, fills and places the rows in sight and gives back the others.
func (b *listBody) arrange() {
	if b.tops == nil || b.Size().Width <= 0 {
		return
	}
	from, to := b.l.scroll.offset, b.l.scroll.offset+b.l.scroll.Size().Height
	first := sort.Search(b.l.length, func(i int) bool { return b.tops[i+1] > from })
	last := sort.Search(b.l.length, func(i int) bool { return b.tops[i] >= to })
	for row, w := range b.shown {
		if row < first || row >= last {
			b.spare = append(b.spare, w)
			delete(b.shown, row)
		}
	}
	for row := first; row < last; row++ {
		w := b.shown[row]
		if w == nil {
			w = b.take()
			w.row = row
			w.fill(row)
			w.content.Refresh() // what was filled may want another place
			b.shown[row] = w
		}
		w.ringed = b.l.focused && row == b.l.chosen
		w.Move(fyne.NewPos(0, b.tops[row]))
		w.Resize(fyne.NewSize(b.Size().Width, b.tops[row+1]-b.tops[row]))
		w.Refresh()
	}
	canvas.Refresh(b)
}

func (b *listBody) take() *listRow {
	if n := len(b.spare); n > 0 {
		w := b.spare[n-1]
		b.spare = b.spare[:n-1]
		return w
	}
	w := &listRow{b: b}
	w.content, w.fill = b.l.create()
	w.ExtendBaseWidget(w)
	return w
}

func (b *listBody) children() []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for row := range b.l.length {
		if w := b.shown[row]; w != nil {
			out = append(out, w)
		}
	}
	return out
}

// CreateRenderer implements fyne.Widget.
func (b *listBody) CreateRenderer() fyne.WidgetRenderer { return bodyRenderer{b} }

type bodyRenderer struct{ b *listBody }

func (r bodyRenderer) Layout(fyne.Size)             { r.b.arrange() }
func (r bodyRenderer) MinSize() fyne.Size           { return fyne.NewSize(0, r.b.HeightFor(r.b.Size().Width)) }
func (r bodyRenderer) Objects() []fyne.CanvasObject { return r.b.children() }
func (r bodyRenderer) Destroy()                     {}

func (r bodyRenderer) Refresh() {
	if r.b.theme != look.Current() {
		r.b.forget() // sizes may have changed
		r.b.HeightFor(r.b.Size().Width)
	}
	r.b.arrange()
}

// listRow is one row in sight.
type listRow struct {
	widget.BaseWidget
	b       *listBody
	row     int
	content fyne.CanvasObject
	fill    func(row int)
	ringed  bool
}

// Tapped implements fyne.Tappable.
func (w *listRow) Tapped(*fyne.PointEvent) {
	use()
	w.b.l.open(w.row)
}

func (w *listRow) children() []fyne.CanvasObject { return []fyne.CanvasObject{w.content} }

// CreateRenderer implements fyne.Widget.
func (w *listRow) CreateRenderer() fyne.WidgetRenderer {
	return &listRowRenderer{w: w, ground: newGround(), ring: newFocusRing()}
}

type listRowRenderer struct {
	w      *listRow
	ground *ground
	ring   *focusRing
}

func (r *listRowRenderer) Layout(s fyne.Size) {
	f := CardFace()
	f.Radius = 0
	r.ground.layout(f, s)
	r.ring.layout(s, r.w.ringed, 0)
	width := s.Width - 2*rowPad
	h := HeightFor(r.w.content, width)
	r.w.content.Move(fyne.NewPos(rowPad, max((s.Height-h)/2, 0)))
	r.w.content.Resize(fyne.NewSize(width, h))
}

func (r *listRowRenderer) MinSize() fyne.Size { return fyne.NewSize(0, look.Least) }
func (r *listRowRenderer) Destroy()           {}

func (r *listRowRenderer) Objects() []fyne.CanvasObject {
	return append(append(r.ground.objects(), r.w.content), r.ring.objects()...)
}

func (r *listRowRenderer) Refresh() {
	r.Layout(r.w.Size())
	canvas.Refresh(r.w)
}
