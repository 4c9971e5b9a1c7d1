package touch

import (
	"image/color"
	"unicode"

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
	shift   bool
	onCaps  func(bool)
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
	e.shift = false
	if e.onFocus != nil {
		e.onFocus(false)
	}
}

func (e *typing) KeyDown(key *fyne.KeyEvent) {
	if key.Name == desktop.KeyShiftLeft || key.Name == desktop.KeyShiftRight {
		e.shift = true
	}
	e.Entry.KeyDown(key)
}

func (e *typing) KeyUp(key *fyne.KeyEvent) {
	if key.Name == desktop.KeyShiftLeft || key.Name == desktop.KeyShiftRight {
		e.shift = false
	}
	e.Entry.KeyUp(key)
}

// TypedRune also notices a capital without Shift, or a small letter with it:
// the only sign of Caps Lock that reaches a program here.
func (e *typing) TypedRune(r rune) {
	use()
	if e.onCaps != nil && unicode.IsLetter(r) && unicode.IsUpper(r) != unicode.IsLower(r) {
		e.onCaps(unicode.IsUpper(r) != e.shift)
	}
	e.Entry.TypedRune(r)
}

// Entry is a box to type in: a label above, a hint, the box itself at least as
// high as a row, and beneath it what is wrong, in words.
type Entry struct {
	widget.BaseWidget

	// OnChanged runs after each change of the text.
	OnChanged func(string)
	// OnSubmitted runs on Enter in a box of one line.
	OnSubmitted func(string)
	// OnKey may use a key before the box does; it says whether it did.
	OnKey func(*fyne.KeyEvent) bool

	label   *Text
	hint    *Text
	fault   *Text
	faults  *fyne.Container
	box     *typing
	holder  *container.ThemeOverride
	frame   *entryBox
	reveal  *Button
	caps    *fyne.Container
	content *fyne.Container
	height  float32 // 0 means as high as a row
}

// NewEntry returns a box with a label above it; an empty label leaves it out.
func NewEntry(label string) *Entry { return newEntry(label, false) }

// NewSearch returns the 72 high box people find others with.
func NewSearch(placeholder string) *Entry {
	e := newEntry("", false)
	e.height = look.SearchBox
	e.box.SetPlaceHolder(placeholder)
	return e
}

// NewPassphrase returns a box whose letters are hidden until Show is pressed,
// and which warns of Caps Lock. It never lets its text be copied.
func NewPassphrase(label, show, hide, capsLock string) *Entry {
	e := newEntry(label, true)
	e.reveal = NewButton(show, Plain, func() {
		e.box.Password = !e.box.Password
		words := show
		if !e.box.Password {
			words = hide
		}
		e.reveal.SetWords(words)
		e.box.Refresh()
	})
	e.caps = Cells(look.Gap, Fit(NewShape(Exclaim, look.DangerInk)), Grow(NewBold(capsLock)))
	e.caps.Hide()
	e.box.onCaps = func(on bool) {
		if on == e.caps.Hidden {
			e.caps.Hidden = !on
			e.content.Refresh()
			e.Refresh()
		}
	}
	e.build()
	return e
}

func newEntry(label string, secret bool) *Entry {
	e := &Entry{box: &typing{}}
	e.box.Password = secret
	e.box.Wrapping = fyne.TextWrap(fyne.TextTruncateClip)
	e.box.ExtendBaseWidget(e.box)
	if secret {
		// Without an item of ours Fyne puts its own small eye in the box.
		e.box.ActionItem = canvas.NewRectangle(color.Transparent)
	}
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
	e.label = NewBold(label)
	e.label.Hidden = label == ""
	e.hint = NewSmall("")
	e.hint.Hidden = true
	e.fault = NewStyled("", Style{Size: look.Body, Ink: look.DangerInk, Bold: true})
	e.faults = Cells(look.Gap, Fit(NewShape(Exclaim, look.DangerInk)), Grow(e.fault))
	e.faults.Hidden = true
	e.frame = &entryBox{e: e}
	e.frame.ExtendBaseWidget(e.frame)
	e.box.onFocus = func(on bool) {
		e.frame.focused = on
		e.frame.Refresh()
	}
	e.holder = container.NewThemeOverride(e.box, &boxTheme{e: e})
	e.ExtendBaseWidget(e)
	e.build()
	return e
}

func (e *Entry) build() {
	line := fyne.CanvasObject(e.frame)
	if e.reveal != nil {
		line = Cells(look.Gap, Grow(e.frame), Fit(e.reveal))
	}
	e.content = Column(4, e.label, e.hint, e.faults, line)
	if e.caps != nil {
		e.content.Add(e.caps)
	}
}

// WithHint puts a line under the label.
func (e *Entry) WithHint(words string) *Entry {
	e.hint.SetWords(words)
	e.hint.Hidden = words == ""
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

// SetFault says what is wrong with what was typed, beside the box; "" takes it
// away.
func (e *Entry) SetFault(words string) {
	e.fault.SetWords(words)
	if hidden := words == ""; hidden != e.faults.Hidden {
		e.faults.Hidden = hidden
		e.content.Refresh()
		e.Refresh()
	}
}

// Fault returns what SetFault said.
func (e *Entry) Fault() string { return e.fault.Words() }

// Label returns the words above the box.
func (e *Entry) Label() string { return e.label.Words() }

// Disable stops typing; Enable allows it again.
func (e *Entry) Disable() { e.box.Disable() }

// Enable allows typing again.
func (e *Entry) Enable() { e.box.Enable() }

// Focusable returns what takes the keyboard, for Canvas.Focus.
func (e *Entry) Focusable() fyne.Focusable { return e.box }

// HeightFor implements Tall.
func (e *Entry) HeightFor(width float32) float32 { return HeightFor(e.content, width) }

func (e *Entry) children() []fyne.CanvasObject { return []fyne.CanvasObject{e.content} }

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
