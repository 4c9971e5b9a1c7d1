package touch

import (
	"fyne.io/fyne/v2"

	"satchel/app/look"
)

// NewStrip is one line across the page, 32 high, that is there only while what
// it says is true. Where onPress is not nil it is 44 high and can be pressed.
func NewStrip(s Sign, onPress func()) fyne.CanvasObject {
	text := NewStyled(s.Words, Style{Size: look.Small, Ink: s.Ink, Bold: true})
	line := Cells(look.Gap, Fit(NewShapeSized(s.Form, s.Ink, look.Current().TextSize(look.Small))), Grow(text))
	face := Face{Fill: s.Fill}
	if onPress == nil {
		return NewPanelInset(face, 4, 16, 4, 16, line).AtLeast(look.StripRow)
	}
	return NewPress(s.Words, face, line, onPress)
}

// Status is what the line at the bottom says, left to right.
type Status struct {
	Signs   []Sign
	OnPress func()
}

// NewStatusLine is the line at the bottom of the window.
func NewStatusLine(st Status) fyne.CanvasObject {
	line := Flow(24, 2)
	label := ""
	for i, s := range st.Signs {
		if i > 0 {
			label += ". "
		}
		label += s.Words
		text := NewStyled(s.Words, Style{Size: look.Small, Ink: s.Ink})
		if s.Form == NoForm {
			line.Add(text)
			continue
		}
		line.Add(Cells(6, Fit(NewShapeSized(s.Form, s.Ink, look.Current().TextSize(look.Small))), Fit(text)))
	}
	face := Face{Fill: look.Bar}
	if st.OnPress == nil {
		return NewPanelInset(face, 4, 16, 4, 16, line).AtLeast(look.StatusRow)
	}
	p := NewPress(label, face, line, st.OnPress)
	p.padY = 4
	return p
}
