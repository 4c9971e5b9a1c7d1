package touch

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"satchel/app/look"
)

// Press is anything that can be pressed: a ground with something on it, pressed
// by one tap, by Enter or by Space. Buttons, rows, tiles and choices are made
// of it, so that all behave alike.
type Press struct {
	widget.BaseWidget

	// OnPress runs on the user's press. Nil means nothing happens.
	OnPress func()
	// Label is what the thing is called, for tests and screen readers.
	Label string

	face     Face
	content  fyne.CanvasObject
	padX     float32
	padY     float32
	height   func(*look.Theme) float32 // least height; nil means look.Least
	centre   bool
	top      bool // content at the top instead of the middle
	disabled bool
	focused  bool
	me       fyne.Widget               // the widget on the canvas: a Button, or the Press itself
	onKey    func(*fyne.KeyEvent) bool // may use a key first
	onRune   func(rune)                // nil: letters do nothing
}

// NewPress makes content pressable.
func NewPress(label string, f Face, content fyne.CanvasObject, onPress func()) *Press {
	p := &Press{Label: label, face: f, content: content, OnPress: onPress, padX: 16, padY: 8}
	p.extend(p)
	return p
}

// extend says which widget stands on the canvas.
func (p *Press) extend(me fyne.Widget) {
	p.me = me
	p.ExtendBaseWidget(me)
}

// SetFace changes the ground.
func (p *Press) SetFace(f Face) {
	p.face = f
	p.Refresh()
}

// Disable stops presses; Enable allows them again. What cannot be pressed is
// not reached by Tab either.
func (p *Press) Disable() {
	p.disabled = true
	p.Refresh()
}

// Enable allows presses again.
func (p *Press) Enable() {
	p.disabled = false
	p.Refresh()
}

// Disabled implements fyne.Disableable.
func (p *Press) Disabled() bool { return p.disabled }

// Tapped implements fyne.Tappable.
func (p *Press) Tapped(*fyne.PointEvent) {
	use()
	if !p.disabled && p.OnPress != nil {
		p.OnPress()
	}
}

// FocusGained implements fyne.Focusable and brings the thing into view.
func (p *Press) FocusGained() {
	p.focused = true
	p.Refresh()
	reveal(p.me)
}

// FocusLost implements fyne.Focusable.
func (p *Press) FocusLost() {
	p.focused = false
	p.Refresh()
}

// TypedRune implements fyne.Focusable.
func (p *Press) TypedRune(r rune) {
	if p.onRune != nil {
		p.onRune(r)
	}
}

// TypedKey implements fyne.Focusable: Enter and Space press, every other key
// goes on to the canvas.
func (p *Press) TypedKey(key *fyne.KeyEvent) {
	use()
	if p.onKey != nil && p.onKey(key) {
		return
	}
	switch key.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		p.Tapped(nil)
	default:
		passKey(p.me, key)
	}
}

func (p *Press) least() float32 {
	if p.height == nil {
		return look.Least
	}
	return p.height(look.Current())
}

// HeightFor implements Tall.
func (p *Press) HeightFor(width float32) float32 {
	return max(HeightFor(p.content, width-2*p.padX-p.face.MarkWidth)+2*p.padY, p.least())
}

// NaturalWidth returns the width the content would like, and at least 44.
func (p *Press) NaturalWidth() float32 {
	return max(naturalWidth(p.content)+2*p.padX+p.face.MarkWidth, look.Least)
}

func (p *Press) leastWidth() float32 {
	return max(leastWidth(p.content)+2*p.padX+p.face.MarkWidth, look.Least)
}

func (p *Press) children() []fyne.CanvasObject { return []fyne.CanvasObject{p.content} }

// AccessibilityLabel implements fyne.Accessible.
func (p *Press) AccessibilityLabel() string { return p.Label }

// AccessibilityRole implements fyne.Accessible.
func (p *Press) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer implements fyne.Widget.
func (p *Press) CreateRenderer() fyne.WidgetRenderer {
	r := &pressRenderer{p: p, ground: newGround(), ring: newFocusRing()}
	r.Refresh()
	return r
}

type pressRenderer struct {
	p      *Press
	ground *ground
	ring   *focusRing
}

func (r *pressRenderer) Layout(s fyne.Size) {
	if s.Width <= 0 {
		return
	}
	f := r.p.face
	if r.p.disabled && !f.NoFill {
		f.Fill, f.Edge, f.EdgeWidth = look.Page, look.Rule, look.Current().EdgeWidth()
	}
	r.ground.layout(f, s)
	r.ring.layout(s, r.p.focused, r.p.face.Radius)
	x, w := r.p.padX+f.MarkWidth, s.Width-2*r.p.padX-f.MarkWidth
	if r.p.centre {
		n := min(naturalWidth(r.p.content), w)
		x, w = x+(w-n)/2, n
	}
	h := min(HeightFor(r.p.content, w), s.Height)
	y := (s.Height - h) / 2
	if r.p.top {
		y = r.p.padY
	}
	r.p.content.Move(fyne.NewPos(x, y))
	r.p.content.Resize(fyne.NewSize(w, h))
}

func (r *pressRenderer) MinSize() fyne.Size {
	w := r.p.Size().Width
	if w <= 0 {
		w = r.p.NaturalWidth()
	}
	return fyne.NewSize(look.Least, r.p.HeightFor(w))
}

func (r *pressRenderer) Objects() []fyne.CanvasObject {
	return append(append(r.ground.objects(), r.p.content), r.ring.objects()...)
}
func (r *pressRenderer) Destroy() {}

func (r *pressRenderer) Refresh() {
	r.Layout(r.p.Size())
	canvas.Refresh(r.p.me)
}

// focusRing is the yellow ring inside a dark edge that shows where the keyboard
// is.
type focusRing struct{ rim, ring *canvas.Rectangle }

func newFocusRing() *focusRing {
	return &focusRing{rim: canvas.NewRectangle(color.Transparent), ring: canvas.NewRectangle(color.Transparent)}
}

func (f *focusRing) layout(s fyne.Size, shown bool, radius float32) {
	th := look.Current()
	if shown = shown && s.Height > 4*look.FocusRing && s.Width > 4*look.FocusRing; !shown {
		s = fyne.NewSize(4*look.FocusRing, 4*look.FocusRing) // painters cannot draw less than nothing
	}
	f.rim.Hidden, f.ring.Hidden = !shown, !shown
	f.rim.StrokeColor, f.rim.StrokeWidth, f.rim.CornerRadius = th.Colour(look.FocusEdge), look.FocusRim, radius
	f.ring.StrokeColor, f.ring.StrokeWidth, f.ring.CornerRadius = th.Colour(look.Focus), look.FocusRing, max(radius-look.FocusRim, 0)
	f.rim.Resize(s)
	f.ring.Move(fyne.NewSquareOffsetPos(look.FocusRim))
	f.ring.Resize(s.Subtract(fyne.NewSquareSize(2 * look.FocusRim)))
}

func (f *focusRing) objects() []fyne.CanvasObject { return []fyne.CanvasObject{f.rim, f.ring} }
