package touch

import (
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"satchel/app/look"
)

// secretBox is the box itself: it has the keyboard and draws the dots.
type secretBox struct {
	widget.BaseWidget
	s        *Secret
	focused  bool
	disabled bool
	shift    bool
	first    int // the first letter that is drawn, where the line is too long for the box
}

// Disabled implements fyne.Disableable: what takes no typing is not reached by
// Tab either.
func (b *secretBox) Disabled() bool { return b.disabled }

// Disable implements fyne.Disableable.
func (b *secretBox) Disable() { b.s.Disable() }

// Enable implements fyne.Disableable.
func (b *secretBox) Enable() { b.s.Enable() }

// FocusGained implements fyne.Focusable and brings the box into view.
func (b *secretBox) FocusGained() {
	b.focused = true
	b.Refresh()
	reveal(b)
	if b.s.OnFocus != nil {
		b.s.OnFocus()
	}
}

// FocusLost implements fyne.Focusable.
func (b *secretBox) FocusLost() {
	b.focused, b.shift, b.s.typed.all = false, false, false
	b.Refresh()
}

// Tapped implements fyne.Tappable: a tap takes the keyboard and puts the caret
// there.
func (b *secretBox) Tapped(at *fyne.PointEvent) {
	use()
	if b.disabled {
		return
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(b); c != nil {
		c.Focus(b)
	}
	b.s.typed.moveTo(b.letterAt(at.Position.X))
	b.Refresh()
}

// Cursor implements desktop.Cursorable.
func (b *secretBox) Cursor() desktop.Cursor { return desktop.TextCursor }

// KeyDown implements desktop.Keyable, to know whether Shift is held.
func (b *secretBox) KeyDown(key *fyne.KeyEvent) { b.shiftIs(key, true) }

// KeyUp implements desktop.Keyable.
func (b *secretBox) KeyUp(key *fyne.KeyEvent) { b.shiftIs(key, false) }

func (b *secretBox) shiftIs(key *fyne.KeyEvent, down bool) {
	if key.Name == desktop.KeyShiftLeft || key.Name == desktop.KeyShiftRight {
		b.shift = down
	}
}

// TypedRune implements fyne.Focusable. A capital without Shift, or a small
// letter with it, is the only sign of Caps Lock that reaches a program here.
func (b *secretBox) TypedRune(r rune) {
	use()
	if unicode.IsLetter(r) && unicode.IsUpper(r) != unicode.IsLower(r) {
		b.s.warn(unicode.IsUpper(r) != b.shift)
	}
	b.s.Type(r)
}

// TypedKey implements fyne.Focusable: what does not edit goes on to the canvas.
func (b *secretBox) TypedKey(key *fyne.KeyEvent) {
	use()
	h := &b.s.typed
	switch key.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		if b.s.OnSubmitted != nil && !b.disabled {
			b.s.OnSubmitted()
		}
	case fyne.KeyBackspace:
		b.s.Back()
	case fyne.KeyDelete:
		if !b.disabled && h.n > 0 {
			h.remove()
			b.s.changed()
		}
	case fyne.KeyLeft:
		b.moveTo(h.caret - 1)
	case fyne.KeyRight:
		b.moveTo(h.caret + 1)
	case fyne.KeyHome:
		b.moveTo(0)
	case fyne.KeyEnd:
		b.moveTo(h.n)
	default:
		passKey(b, key)
	}
}

func (b *secretBox) moveTo(at int) {
	b.s.typed.moveTo(at)
	b.Refresh()
}

// TypedShortcut implements fyne.Shortcutable: paste and select all edit, copy
// and cut do nothing here, and every other shortcut goes on to the canvas.
func (b *secretBox) TypedShortcut(s fyne.Shortcut) {
	use()
	switch s := s.(type) {
	case *fyne.ShortcutPaste:
		if !b.disabled {
			b.s.paste(s.Clipboard.Content())
		}
	case *fyne.ShortcutSelectAll:
		b.s.typed.moveTo(b.s.typed.n)
		b.s.typed.all = b.s.typed.n > 0
		b.Refresh()
	default:
		passShortcut(fyne.CurrentApp().Driver().CanvasForObject(b), s)
	}
}

func (b *secretBox) least() float32 { return look.Current().Row() }

// HeightFor implements Tall.
func (b *secretBox) HeightFor(float32) float32 { return b.least() }

// secretPad is the space at both ends of the line.
const secretPad = 14

// letterWidth is how wide a letter is drawn: all dots are alike, so that their
// places say nothing.
func (b *secretBox) letterWidth(r rune) float32 {
	size := look.Current().TextSize(look.Body)
	if !b.s.shown {
		return size * 0.65
	}
	return fyne.MeasureText(string(r), size, fyne.TextStyle{}).Width
}

// letterAt gives the place in the line that lies nearest to a place in the box.
func (b *secretBox) letterAt(x float32) int {
	line, left := b.s.typed.line(), float32(secretPad)
	for i := b.first; i < len(line); i++ {
		w := b.letterWidth(line[i])
		if x < left+w/2 {
			return i
		}
		left += w
	}
	return len(line)
}

// scroll chooses the first letter that is drawn: the caret is always in sight,
// and no room is left over at the end.
func (b *secretBox) scroll(room float32) {
	h := &b.s.typed
	b.first = min(b.first, h.caret)
	for b.first < h.caret && b.span(b.first, h.caret) > room {
		b.first++
	}
	for b.first > 0 && b.span(b.first-1, h.n) <= room {
		b.first--
	}
}

// span is how wide some letters are together.
func (b *secretBox) span(from, to int) float32 {
	w := float32(0)
	for _, r := range b.s.typed.letters[from:to] {
		w += b.letterWidth(r)
	}
	return w
}

// CreateRenderer implements fyne.Widget.
func (b *secretBox) CreateRenderer() fyne.WidgetRenderer {
	r := &secretBoxRenderer{
		b: b, ground: newGround(), ring: newFocusRing(),
		caret: canvas.NewRectangle(nil), chosen: canvas.NewRectangle(nil),
	}
	r.Layout(b.Size())
	return r
}

type secretBoxRenderer struct {
	b       *secretBox
	ground  *ground
	chosen  *canvas.Rectangle // behind what is selected
	caret   *canvas.Rectangle
	dots    []*canvas.Circle
	letters []*canvas.Text
	ring    *focusRing
}

func (r *secretBoxRenderer) Layout(s fyne.Size) {
	th := look.Current()
	face := Face{Fill: look.Card, Edge: look.Edge, EdgeWidth: th.EdgeWidth(), Radius: look.Radius}
	if r.b.disabled {
		face.Fill, face.Edge = look.Page, look.Rule
	}
	r.ground.layout(face, s)
	r.ring.layout(s, r.b.focused, look.Radius)
	for _, d := range r.dots {
		d.Hidden = true
	}
	for _, l := range r.letters {
		l.Text, l.Hidden = "", true
	}
	room := s.Width - 2*secretPad
	r.caret.Hidden, r.chosen.Hidden = true, true
	if room <= 0 || s.Height <= 0 {
		return
	}
	r.b.scroll(room)
	r.line(s)
}

// line draws the letters that fit, the caret and the selection.
func (r *secretBoxRenderer) line(s fyne.Size) {
	th, h := look.Current(), &r.b.s.typed
	size := th.TextSize(look.Body)
	high := fyne.MeasureText("Mg", size, fyne.TextStyle{}).Height
	x, end, drawn := float32(secretPad), s.Width-secretPad, 0
	caretAt := x
	for i, c := range h.line()[r.b.first:] {
		w := r.b.letterWidth(c)
		if x+w > end+0.5 {
			break
		}
		if r.b.s.shown {
			r.letter(drawn, string(c), size, fyne.NewPos(x, (s.Height-high)/2), fyne.NewSize(w, high))
		} else {
			r.dot(drawn, fyne.NewPos(x, s.Height/2), w)
		}
		x, drawn = x+w, drawn+1
		if r.b.first+i+1 == h.caret {
			caretAt = x
		}
	}
	r.caret.FillColor = th.Colour(look.Action)
	r.caret.Move(fyne.NewPos(caretAt-1, (s.Height-high)/2))
	r.caret.Resize(fyne.NewSize(2, high))
	r.caret.Hidden = !r.b.focused || r.b.disabled || h.all
	r.chosen.FillColor = th.Colour(look.Selection)
	r.chosen.Move(fyne.NewPos(secretPad, (s.Height-high)/2))
	r.chosen.Resize(fyne.NewSize(x-secretPad, high))
	r.chosen.Hidden = !h.all
}

// dot draws a letter that is hidden.
func (r *secretBoxRenderer) dot(i int, at fyne.Position, w float32) {
	if i == len(r.dots) {
		r.dots = append(r.dots, canvas.NewCircle(nil))
	}
	d, side := r.dots[i], w*0.6
	d.FillColor, d.Hidden = look.Current().Colour(look.Text), false
	d.Move(fyne.NewPos(at.X+(w-side)/2, at.Y-side/2))
	d.Resize(fyne.NewSquareSize(side))
}

// letter draws one that is shown, as a text of its own.
func (r *secretBoxRenderer) letter(i int, c string, size float32, at fyne.Position, room fyne.Size) {
	if i == len(r.letters) {
		r.letters = append(r.letters, canvas.NewText("", nil))
	}
	l := r.letters[i]
	l.Text, l.TextSize, l.Color, l.Hidden = c, size, look.Current().Colour(look.Text), false
	l.Move(at)
	l.Resize(room)
	l.Refresh()
}

func (r *secretBoxRenderer) MinSize() fyne.Size { return fyne.NewSize(80, r.b.least()) }

func (r *secretBoxRenderer) Objects() []fyne.CanvasObject {
	out := append(r.ground.objects(), r.chosen)
	for _, d := range r.dots {
		out = append(out, d)
	}
	for _, l := range r.letters {
		out = append(out, l)
	}
	return append(append(out, r.caret), r.ring.objects()...)
}
func (r *secretBoxRenderer) Destroy() {}

func (r *secretBoxRenderer) Refresh() {
	r.Layout(r.b.Size())
	canvas.Refresh(r.b)
}
