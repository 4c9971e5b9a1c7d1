package touch

import (
	"fyne.io/fyne/v2"

	"satchel/app/look"
)

// Kind is how much a button asks for attention.
type Kind uint8

// The kinds. A page has at most one Primary; Danger stands look.GapWide away
// from any other.
const (
	Plain   Kind = iota // edged, as high as a row
	Primary             // filled, high
	Danger              // red, high
	Quiet               // words alone, as high as a row
	OnBar               // on the top bar: edged, 48 at least
)

// Button is a Press with words, and a shape where one helps.
type Button struct {
	Press
	kind  Kind
	text  *Text
	shape *Shape
}

// NewButton returns a button.
func NewButton(words string, k Kind, onPress func()) *Button {
	return NewShapedButton(words, NoForm, k, onPress)
}

// NewShapedButton returns a button with a shape before its words. Empty words
// leave the shape alone: name it with Label.
func NewShapedButton(words string, f Form, k Kind, onPress func()) *Button {
	b := &Button{kind: k}
	b.OnPress, b.Label = onPress, words
	b.text = NewStyled(words, Style{Size: look.Body, Bold: k != Quiet, Align: fyne.TextAlignCenter})
	b.shape = NewShape(f, look.Text)
	if f == NoForm {
		b.content = b.text
	} else if words == "" {
		b.content = b.shape
	} else {
		b.content = Cells(look.Gap, Fit(b.shape), Fit(b.text))
	}
	b.padX, b.padY, b.centre = 16, 8, true
	b.height = func(t *look.Theme) float32 {
		switch k {
		case Primary, Danger:
			return t.Primary()
		case OnBar:
			return 48
		}
		return t.Row()
	}
	b.dress()
	b.extend(b)
	return b
}

// SetWords changes what the button says, and its Label with it.
func (b *Button) SetWords(words string) {
	b.Label = words
	b.text.SetWords(words)
	b.Refresh()
}

// RowHigh makes a Primary or Danger button as high as a row, where it stands in
// a line with others.
func (b *Button) RowHigh() *Button {
	b.height = (*look.Theme).Row
	return b
}

// Disable stops presses and greys the words.
func (b *Button) Disable() {
	b.disabled = true
	b.dress()
	b.Refresh()
}

// Enable allows presses again.
func (b *Button) Enable() {
	b.disabled = false
	b.dress()
	b.Refresh()
}

// dress gives ground, words and shape the colours of the kind.
func (b *Button) dress() {
	ink := look.Action
	b.face = Face{Fill: look.Card, Edge: look.Edge, EdgeWidth: 2, Radius: look.Radius}
	switch b.kind {
	case Primary:
		b.face, ink = Face{Fill: look.Action, Radius: look.Radius}, look.OnAction
	case Danger:
		b.face, ink = Face{Fill: look.Danger, Radius: look.Radius}, look.OnDanger
	case Quiet:
		b.face = Face{NoFill: true, Radius: look.Radius}
	case OnBar:
		ink = look.OnBar
	}
	if b.disabled {
		ink = look.Secondary
	}
	b.text.style.Ink, b.shape.ink = ink, ink
	b.text.Refresh()
	b.shape.Refresh()
}

// NewChoice is a row that can be pressed to go on: a title, a line of detail
// and an arrow.
func NewChoice(title, detail string, onPress func()) *Press {
	words := Column(2, NewBold(title))
	if detail != "" {
		words.Add(NewSmall(detail))
	}
	p := NewPress(title, choiceFace(), Cells(look.Gap, Grow(words), Fit(NewShape(ArrowRight, look.Action))), onPress)
	p.height = func(*look.Theme) float32 { return 72 }
	return p
}

func choiceFace() Face {
	return Face{Fill: look.Card, Edge: look.Edge, EdgeWidth: 2, Radius: look.Radius}
}

// NewOnBar is something on the top bar that can be pressed: edged, 48 at least.
func NewOnBar(label string, content fyne.CanvasObject, onPress func()) *Press {
	p := NewPress(label, Face{Fill: look.Card, Edge: look.Edge, EdgeWidth: 2, Radius: look.Radius}, content, onPress)
	p.padX, p.padY = 10, 2
	p.height = func(*look.Theme) float32 { return 48 }
	return p
}
