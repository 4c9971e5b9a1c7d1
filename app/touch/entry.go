package touch

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"satchel/app/look"
)

// typing is Fyne's Entry with the keys it does not use passed on, and no tab
// stops inside a box of many lines.
type typing struct {
	widget.Entry
	onKey   func(*fyne.KeyEvent) bool // may use a key first
	onFocus func(bool)
}

// AcceptsTab implements fyne.Tabbable: Tab always leaves the box.
func (e *typing) AcceptsTab() bool { return false }

func (e *typing) TypedKey(key *fyne.KeyEvent) {
	use()
	if e.onKey != nil && e.onKey(key) {
		return
	}
	switch key.Name {
	case fyne.KeyEscape, fyne.KeyF1, fyne.KeyF2, fyne.KeyF3, fyne.KeyF4, fyne.KeyF5, fyne.KeyF6,
		fyne.KeyF7, fyne.KeyF8, fyne.KeyF9, fyne.KeyF10, fyne.KeyF11, fyne.KeyF12:
		passKey(e, key)
		return
	case fyne.KeyPageUp, fyne.KeyPageDown, fyne.KeyUp, fyne.KeyDown:
		if !e.MultiLine {
			passKey(e, key)
			return
		}
	}
	e.Entry.TypedKey(key)
}

// TypedShortcut keeps what editing needs and passes every other shortcut on:
// Fyne gives shortcuts to the focused box alone.
func (e *typing) TypedShortcut(s fyne.Shortcut) {
	if !passShortcut(fyne.CurrentApp().Driver().CanvasForObject(e), s) {
		e.Entry.TypedShortcut(s)
	}
}

// passShortcut gives a shortcut that is none of the editing ones to a canvas,
// and tells whether it did.
func passShortcut(c fyne.Canvas, s fyne.Shortcut) bool {
	handler, ok := c.(fyne.Shortcutable)
	if _, custom := s.(*desktop.CustomShortcut); !custom || !ok {
		return false
	}
	handler.TypedShortcut(s)
	return true
}

func (e *typing) FocusGained() {
	e.Entry.FocusGained()
	reveal(e)
	if e.onFocus != nil {
		e.onFocus(true)
	}
}

func (e *typing) FocusLost() {
	e.Entry.FocusLost()
	if e.onFocus != nil {
		e.onFocus(false)
	}
}

func (e *typing) TypedRune(r rune) {
	use()
	e.Entry.TypedRune(r)
}

// Entry is a box to type in: a label above, a hint, the box itself at least as
// high as a row, and beneath it what is wrong, in words.
type Entry struct {
	widget.BaseWidget
	field

	// OnChanged runs after each change of the text.
	OnChanged func(string)
	// OnSubmitted runs on Enter in a box of one line.
	OnSubmitted func(string)
	// OnKey may use a key before the box does; it says whether it did.
	OnKey func(*fyne.KeyEvent) bool

	box    *typing
	holder *container.ThemeOverride
	frame  *entryBox
	height float32 // 0 means as high as a row
}

// NewEntry returns a box with a label above it; an empty label leaves it out.
func NewEntry(label string) *Entry { return newEntry(label) }

// NewSearch returns the 72 high box people find others with.
func NewSearch(placeholder string) *Entry {
	e := newEntry("")
	e.height = look.SearchBox
	e.box.SetPlaceHolder(placeholder)
	return e
}

func newEntry(label string) *Entry {
	e := &Entry{box: &typing{}}
	e.box.Wrapping = fyne.TextWrap(fyne.TextTruncateClip)
	e.box.ExtendBaseWidget(e.box)
	e.box.OnChanged = func(s string) {
		if e.OnChanged != nil {
			e.OnChanged(s)
		}
	}
	e.box.OnSubmitted = func(s string) {
		if e.OnSubmitted != nil {
			e.OnSubmitted(s)
		}
	}
	e.box.onKey = func(k *fyne.KeyEvent) bool { return e.OnKey != nil && e.OnKey(k) }
	e.field = newField(label, func() { e.Refresh() })
	e.frame = &entryBox{e: e}
	e.frame.ExtendBaseWidget(e.frame)
	e.box.onFocus = func(on bool) {
		e.frame.focused = on
		e.frame.Refresh()
	}
	e.holder = container.NewThemeOverride(e.box, &boxTheme{e: e})
	e.surround(e.frame)
	e.ExtendBaseWidget(e)
	return e
}

// WithHint puts a line under the label.
func (e *Entry) WithHint(words string) *Entry {
	e.setHint(words)
	return e
}

// Lines makes the box hold many lines, and so many lines high.
func (e *Entry) Lines(n int) *Entry {
	e.box.MultiLine = true
	e.box.Wrapping = fyne.TextWrapWord
	e.box.SetMinRowsVisible(n)
	e.height = -1
	return e
}

// Text returns what is typed.
func (e *Entry) Text() string { return e.box.Text }

// SetText replaces what is typed.
func (e *Entry) SetText(s string) {
	e.box.SetText(s)
	e.box.CursorColumn = len([]rune(e.box.Text)) // OnChanged may have changed it again
	e.box.Refresh()
}

// Disable stops typing; Enable allows it again.
func (e *Entry) Disable() { e.box.Disable() }

// Enable allows typing again.
func (e *Entry) Enable() { e.box.Enable() }

// Focusable returns what takes the keyboard, for Canvas.Focus.
func (e *Entry) Focusable() fyne.Focusable { return e.box }

// CreateRenderer implements fyne.Widget.
func (e *Entry) CreateRenderer() fyne.WidgetRenderer { return &entryRenderer{e} }

type entryRenderer struct{ e *Entry }

func (r *entryRenderer) Layout(s fyne.Size) { r.e.content.Resize(s) }
func (r *entryRenderer) MinSize() fyne.Size {
	return fyne.NewSize(120, r.e.HeightFor(max(r.e.Size().Width, 120)))
}
func (r *entryRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.e.content} }
func (r *entryRenderer) Destroy()                     {}

func (r *entryRenderer) Refresh() {
	r.e.content.Refresh()
	canvas.Refresh(r.e)
}

// entryBox is the box with its focus ring on its edge.
type entryBox struct {
	widget.BaseWidget
	e       *Entry
	focused bool
}

func (b *entryBox) least() float32 {
	switch {
	case b.e.height > 0:
		return b.e.height
	case b.e.height < 0:
		return b.e.box.MinSize().Height
	}
	return look.Current().Row()
}

func (b *entryBox) HeightFor(float32) float32 { return b.least() }

func (b *entryBox) children() []fyne.CanvasObject { return []fyne.CanvasObject{b.e.box} }

func (b *entryBox) CreateRenderer() fyne.WidgetRenderer {
	r := &entryBoxRenderer{b: b, ring: newFocusRing()}
	r.ring.layout(b.Size(), false, look.Radius)
	return r
}

type entryBoxRenderer struct {
	b    *entryBox
	ring *focusRing
}

func (r *entryBoxRenderer) Layout(s fyne.Size) {
	r.ring.layout(s, r.b.focused, look.Radius)
	r.b.e.holder.Resize(s)
}

func (r *entryBoxRenderer) MinSize() fyne.Size {
	return fyne.NewSize(80, r.b.least())
}

func (r *entryBoxRenderer) Objects() []fyne.CanvasObject {
	return append([]fyne.CanvasObject{r.b.e.holder}, r.ring.objects()...)
}
func (r *entryBoxRenderer) Destroy() {}

func (r *entryBoxRenderer) Refresh() {
	r.b.e.holder.Refresh()
	r.Layout(r.b.Size())
	canvas.Refresh(r.b)
}

// boxTheme is the theme in use, with as much space inside a box as brings its
// one line of text into the middle of its height: Fyne's Entry puts text at the
// top.
type boxTheme struct {
	e *Entry
}

func (t *boxTheme) Color(n fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	return look.Current().Color(n, v)
}
func (t *boxTheme) Font(s fyne.TextStyle) fyne.Resource     { return look.Current().Font(s) }
func (t *boxTheme) Icon(n fyne.ThemeIconName) fyne.Resource { return look.Current().Icon(n) }

func (t *boxTheme) Size(n fyne.ThemeSizeName) float32 {
	th := look.Current()
	if t.e.height == look.SearchBox && n == theme.SizeNameText {
		return th.TextSize(look.Title)
	}
	if n != theme.SizeNameInnerPadding || t.e.height < 0 {
		return th.Size(n)
	}
	text := fyne.MeasureText("Mg", t.Size(theme.SizeNameText), fyne.TextStyle{}).Height
	return max((t.e.frame.least()-text)/2-th.EdgeWidth(), 4)
}
