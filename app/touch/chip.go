package touch

import (
	"satchel/app/look"
)

// Sign is a state as a word, a shape and a pair of colours: never a colour
// alone.
type Sign struct {
	Words string
	Form  Form
	Fill  look.Role
	Ink   look.Role
	Plain bool // no ground of its own: shape and words on what is behind
}

// NewChip draws a sign as a small label.
func NewChip(s Sign) *Panel {
	return NewChipSized(s, look.Small)
}

// NewChipSized is NewChip in another size of text.
func NewChipSized(s Sign, size look.TextSize) *Panel {
	text := NewStyled(s.Words, Style{Size: size, Ink: s.Ink, Bold: true})
	side := look.Current().TextSize(size)
	f := Face{Fill: s.Fill, NoFill: s.Plain, Radius: look.Radius}
	content := Cells(6, Fit(NewShapeSized(s.Form, s.Ink, side)), Fit(text))
	if s.Form == NoForm {
		content = Cells(0, Fit(text))
	}
	if s.Plain {
		return NewPanel(f, 0, content)
	}
	return NewPanelInset(f, 3, 10, 3, 8, content)
}
