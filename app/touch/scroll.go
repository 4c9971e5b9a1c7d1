package touch

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"satchel/app/look"
)

// Scroll shows something higher than itself. A finger's drag, a wheel, its
// 20-wide bar and its Page up and Page down keys all move it; bar and keys are
// there whenever there is more to see, and never hide.
type Scroll struct {
	widget.BaseWidget

	// OnMoved runs after the offset has changed.
	OnMoved func(offset float32)

	content fyne.CanvasObject
	clip    *container.Clip
	holder  *fyne.Container
	bar     *scrollBar
	up      *Press
	down    *Press
	offset  float32
	height  float32 // of the content at the present width
	reserve bool
}

// NewScroll returns a scroll over content.
func NewScroll(content fyne.CanvasObject) *Scroll {
	s := &Scroll{content: content}
	// Clip makes its content at least as large as itself; the holder in between
	// lets the content have its own place and size.
	s.holder = &fyne.Container{Layout: free{}, Objects: []fyne.CanvasObject{content}}
	s.clip = container.NewClip(s.holder)
	s.clip.ExtendBaseWidget(s.clip) // else it is laid out, and focus found in it, only once painted
	s.bar = &scrollBar{scroll: s}
	s.bar.ExtendBaseWidget(s.bar)
	key := func(f Form, pages float32) *Press {
		p := NewPress("", Face{Fill: look.Card, Edge: look.Edge, EdgeWidth: 2, Radius: look.Radius},
			NewShapeSized(f, look.Action, 28), func() { s.Page(pages) })
		p.centre, p.padX = true, 8
		return p
	}
	s.up, s.down = key(ArrowUp, -1), key(ArrowDown, 1)
	s.ExtendBaseWidget(s)
	return s
}

// Name gives the Page keys their words for screen readers.
func (s *Scroll) Name(up, down string) *Scroll {
	s.up.Label, s.down.Label = up, down
	return s
}

// Reserve keeps the width of the Page keys free also where they are not there,
// so that a page does not shift when it grows.
func (s *Scroll) Reserve() *Scroll {
	s.reserve = true
	return s
}

// free leaves its objects where they are put.
type free struct{}

func (free) Layout([]fyne.CanvasObject, fyne.Size)        {}
func (free) MinSize([]fyne.CanvasObject) (none fyne.Size) { return none }

// SetContent changes what is shown and goes to its top.
func (s *Scroll) SetContent(o fyne.CanvasObject) {
	s.content, s.offset = o, 0
	s.holder.Objects = []fyne.CanvasObject{o}
	s.Refresh()
}

// Offset returns how far the content is moved up.
func (s *Scroll) Offset() float32 { return s.offset }

// MoveTo shows the content from an offset on, as far as there is content.
func (s *Scroll) MoveTo(offset float32) {
	offset = max(min(offset, s.height-s.Size().Height), 0)
	if offset == s.offset {
		return
	}
	s.offset = offset
	s.place()
	canvas.Refresh(s)
	if s.OnMoved != nil {
		s.OnMoved(offset)
	}
}

// Page moves by so many heights of the window, keeping a little of the last.
func (s *Scroll) Page(pages float32) {
	s.MoveTo(s.offset + pages*max(s.Size().Height-look.Least, look.Least))
}

// Key moves by the keys that move a page, and tells whether it used the key.
func (s *Scroll) Key(name fyne.KeyName) bool {
	if !s.overflows() {
		return false
	}
	switch name {
	case fyne.KeyPageUp:
		s.Page(-1)
	case fyne.KeyPageDown:
		s.Page(1)
	case fyne.KeyHome:
		s.MoveTo(0)
	case fyne.KeyEnd:
		s.MoveTo(s.height)
	case fyne.KeyUp:
		s.MoveTo(s.offset - look.Least)
	case fyne.KeyDown:
		s.MoveTo(s.offset + look.Least)
	default:
		return false
	}
	return true
}

// Scrolled implements fyne.Scrollable for a wheel.
func (s *Scroll) Scrolled(e *fyne.ScrollEvent) {
	use()
	s.MoveTo(s.offset - e.Scrolled.DY)
}

// Dragged implements fyne.Draggable: the content follows the finger.
func (s *Scroll) Dragged(e *fyne.DragEvent) {
	use()
	s.MoveTo(s.offset - e.Dragged.DY)
}

// DragEnd implements fyne.Draggable.
func (s *Scroll) DragEnd() {}

func (s *Scroll) overflows() bool { return s.height > s.Size().Height+0.5 }

// reveal moves so that what stands at y beneath the scroll's top, and is so
// high, can be seen; it returns how far it moved.
func (s *Scroll) reveal(y, height float32) float32 {
	before := s.offset
	switch end := y + height; {
	case y < 0:
		s.MoveTo(s.offset + y - look.Gap)
	case end > s.Size().Height:
		s.MoveTo(s.offset + end - s.Size().Height + look.Gap)
	}
	return s.offset - before
}

func (s *Scroll) children() []fyne.CanvasObject {
	return []fyne.CanvasObject{s.content, s.up, s.down}
}

// MinSize implements fyne.CanvasObject: two keys high.
func (s *Scroll) MinSize() fyne.Size { return fyne.NewSize(look.PageKey, 2*look.PageKey) }

// sideWidth is what bar and keys take of the width.
const sideWidth = look.PageKey + look.Gap + 2

// place puts the content, the bar and the keys where they belong.
func (s *Scroll) place() {
	size := s.Size()
	if size.Width <= 0 || size.Height < 0 {
		return
	}
	width := size.Width
	if s.reserve {
		width -= sideWidth
	}
	s.height = HeightFor(s.content, width)
	if s.overflows() && !s.reserve {
		width -= sideWidth
		s.height = HeightFor(s.content, width)
	}
	over := s.overflows()
	s.offset = max(min(s.offset, s.height-size.Height), 0)
	s.clip.Resize(fyne.NewSize(width, size.Height))
	s.content.Move(fyne.NewPos(0, -s.offset))
	s.content.Resize(fyne.NewSize(width, s.height))
	s.up.Hidden, s.down.Hidden, s.bar.Hidden = !over, !over, !over
	if !over {
		return
	}
	x, key := size.Width-look.PageKey-2, min(look.PageKey, size.Height/2)
	s.up.Move(fyne.NewPos(x, 0))
	s.up.Resize(fyne.NewSize(look.PageKey, key))
	s.down.Move(fyne.NewPos(x, size.Height-key))
	s.down.Resize(fyne.NewSize(look.PageKey, key))
	track := max(size.Height-2*key-2*look.Gap, 0)
	s.bar.Move(fyne.NewPos(x+(look.PageKey-look.ScrollBar)/2, key+look.Gap))
	s.bar.Resize(fyne.NewSize(look.ScrollBar, track))
	s.bar.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (s *Scroll) CreateRenderer() fyne.WidgetRenderer { return scrollRenderer{s} }

type scrollRenderer struct{ s *Scroll }

func (r scrollRenderer) Layout(fyne.Size)   { r.s.place() }
func (r scrollRenderer) MinSize() fyne.Size { return r.s.MinSize() }
func (r scrollRenderer) Destroy()           {}

func (r scrollRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.s.clip, r.s.up, r.s.bar, r.s.down}
}

func (r scrollRenderer) Refresh() {
	r.s.place()
	r.s.content.Refresh()
	canvas.Refresh(r.s)
}

// scrollBar shows how much there is and where one is; it can be dragged and
// tapped.
type scrollBar struct {
	widget.BaseWidget
	scroll *Scroll
}

// thumb returns where the moving part begins and how long it is.
func (b *scrollBar) thumb() (from, length float32) {
	track, total, seen := b.Size().Height, b.scroll.height, b.scroll.Size().Height
	if total <= seen || track <= 0 {
		return 0, track
	}
	length = max(track*seen/total, min(look.Least, track))
	return (track - length) * b.scroll.offset / (total - seen), length
}

// Dragged implements fyne.Draggable.
func (b *scrollBar) Dragged(e *fyne.DragEvent) {
	if _, length := b.thumb(); b.Size().Height > length {
		hidden := b.scroll.height - b.scroll.Size().Height
		b.scroll.MoveTo(b.scroll.offset + e.Dragged.DY*hidden/(b.Size().Height-length))
	}
}

// DragEnd implements fyne.Draggable.
func (b *scrollBar) DragEnd() {}

// Tapped implements fyne.Tappable: above or below the moving part is a page.
func (b *scrollBar) Tapped(e *fyne.PointEvent) {
	switch from, length := b.thumb(); {
	case e.Position.Y < from:
		b.scroll.Page(-1)
	case e.Position.Y > from+length:
		b.scroll.Page(1)
	}
}

// CreateRenderer implements fyne.Widget.
func (b *scrollBar) CreateRenderer() fyne.WidgetRenderer {
	return &barRenderer{b: b, track: canvas.NewRectangle(color.Transparent), thumb: canvas.NewRectangle(color.Transparent)}
}

type barRenderer struct {
	b            *scrollBar
	track, thumb *canvas.Rectangle
}

func (r *barRenderer) Layout(s fyne.Size) {
	th := look.Current()
	from, length := r.b.thumb()
	r.track.FillColor, r.track.CornerRadius = th.Colour(look.Rule), look.Radius
	r.thumb.FillColor, r.thumb.CornerRadius = th.Colour(look.Edge), look.Radius
	r.track.Resize(s)
	r.thumb.Move(fyne.NewPos(0, from))
	r.thumb.Resize(fyne.NewSize(s.Width, length))
}

func (r *barRenderer) MinSize() fyne.Size { return fyne.NewSize(look.ScrollBar, look.Least) }
func (r *barRenderer) Destroy()           {}

func (r *barRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.track, r.thumb}
}

func (r *barRenderer) Refresh() {
	r.Layout(r.b.Size())
	canvas.Refresh(r.b)
}
