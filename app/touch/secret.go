package touch

import (
	"crypto/subtle"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"satchel/app/look"
)

// Secret is a box for a passphrase or a PIN. What is typed into it is never a
// Go string, which could not be wiped: it is letters in one piece of memory,
// and is drawn as dots or, while Show is on, letter by letter. Take hands it
// over and wipes it here.
//
// Nothing can be copied out of it. Pasting into it works, because a passphrase
// manager makes better passphrases than a person who has to type them; what is
// pasted was a string in the clipboard before it came here, and stays in this
// process's memory until the process is started anew, at the next lock.
// TestSecretKeepsNothing.
type Secret struct {
	widget.BaseWidget
	field

	// OnChanged runs after each change of what is typed.
	OnChanged func()
	// OnSubmitted runs on Enter.
	OnSubmitted func()
	// OnFocus runs when the box gets the keyboard.
	OnFocus func()

	typed  hidden
	shown  bool
	digits int // 0: any letters; else at most so many digits and nothing else
	box    *secretBox
	reveal *Button
	caps   *fyne.Container
	words  [2]string // of the button: show, hide
}

// NewSecret returns a box with a label above it, a button beside it that shows
// what was typed and hides it again, and a warning of Caps Lock beneath.
func NewSecret(label, show, hide, capsLock string) *Secret {
	s := &Secret{words: [2]string{show, hide}}
	s.field = newField(label, func() { s.Refresh() })
	s.box = &secretBox{s: s}
	s.box.ExtendBaseWidget(s.box)
	s.reveal = NewButton(show, Plain, func() { s.show(!s.shown) })
	s.caps = Cells(look.Gap, Fit(NewShape(Exclaim, look.DangerInk)), Grow(NewBold(capsLock)))
	s.caps.Hide()
	s.surround(Cells(look.Gap, Grow(s.box), Fit(s.reveal)), s.caps)
	s.ExtendBaseWidget(s)
	return s
}

// OnlyDigits makes the box one for a PIN: digits, at most so many.
func (s *Secret) OnlyDigits(most int) *Secret {
	s.digits = min(most, MaxSecret)
	return s
}

// WithHint puts a line under the label.
func (s *Secret) WithHint(words string) *Secret {
	s.setHint(words)
	return s
}

// Len returns how many letters are typed.
func (s *Secret) Len() int { return s.typed.n }

// Take hands over what was typed, as UTF-8 in memory that is the caller's to
// wipe, and leaves the box empty and hidden. OnChanged does not run.
func (s *Secret) Take() []byte {
	out := s.typed.bytes()
	s.Wipe()
	return out
}

// Wipe empties the box, overwrites what it held and hides it again. OnChanged
// does not run.
func (s *Secret) Wipe() {
	s.typed.wipe()
	s.warn(false)
	s.show(false)
}

// With lets a function look at what is typed, as UTF-8 that is wiped when the
// function returns: it must keep none of it.
func (s *Secret) With(see func(text []byte)) {
	b := s.typed.bytes()
	defer clear(b)
	see(b)
}

// Same tells whether two boxes hold the same.
func (s *Secret) Same(other *Secret) bool {
	same := 0
	s.With(func(a []byte) {
		other.With(func(b []byte) { same = subtle.ConstantTimeCompare(a, b) })
	})
	return same == 1
}

// Type puts a letter where the caret is, as a key of a pad on the screen does.
func (s *Secret) Type(r rune) {
	if !s.box.disabled && s.takes(r) && s.typed.insert(r) {
		s.changed()
	}
}

// Back takes away the letter before the caret, as the key of that name does.
func (s *Secret) Back() {
	if s.box.disabled || s.typed.n == 0 {
		return
	}
	s.typed.backspace()
	s.changed()
}

// takes tells whether a letter may be typed here now.
func (s *Secret) takes(r rune) bool {
	return s.digits == 0 || r >= '0' && r <= '9' && (s.typed.n < s.digits || s.typed.all)
}

// paste takes what the clipboard holds where it fits whole.
func (s *Secret) paste(text string) {
	if s.digits > 0 {
		for _, r := range text {
			s.Type(r)
		}
		return
	}
	if s.typed.paste(text) {
		s.changed()
	}
}

func (s *Secret) changed() {
	s.box.Refresh()
	if s.OnChanged != nil {
		s.OnChanged()
	}
}

// show shows what is typed or hides it.
func (s *Secret) show(on bool) {
	if s.shown != on {
		s.shown = on
		words := s.words[0]
		if on {
			words = s.words[1]
		}
		s.reveal.SetWords(words)
	}
	s.box.Refresh()
}

// Shown tells whether what is typed can be read.
func (s *Secret) Shown() bool { return s.shown }

// warn says or unsays that Caps Lock looks on.
func (s *Secret) warn(on bool) {
	if on == s.caps.Hidden {
		s.caps.Hidden = !on
		s.content.Refresh()
		s.Refresh()
	}
}

// Disable stops typing; Enable allows it again.
func (s *Secret) Disable() {
	s.box.disabled = true
	s.box.Refresh()
}

// Enable allows typing again.
func (s *Secret) Enable() {
	s.box.disabled = false
	s.box.Refresh()
}

// Focusable returns what takes the keyboard, for Canvas.Focus.
func (s *Secret) Focusable() fyne.Focusable { return s.box }

// CreateRenderer implements fyne.Widget.
func (s *Secret) CreateRenderer() fyne.WidgetRenderer { return &secretRenderer{s} }

type secretRenderer struct{ s *Secret }

func (r *secretRenderer) Layout(size fyne.Size) { r.s.content.Resize(size) }
func (r *secretRenderer) MinSize() fyne.Size {
	return fyne.NewSize(120, r.s.HeightFor(max(r.s.Size().Width, 120)))
}
func (r *secretRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.s.content} }
func (r *secretRenderer) Destroy()                     {}

func (r *secretRenderer) Refresh() {
	r.s.content.Refresh()
	canvas.Refresh(r.s)
}
