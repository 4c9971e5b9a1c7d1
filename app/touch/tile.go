package touch

import (
	"fyne.io/fyne/v2"

	"satchel/app/look"
)

// TileFace is the ground of a tile's head.
type TileFace struct {
	Fill look.Role
	Ink  look.Role
	Edge look.Role
}

// NewTile is a card with a coloured head: the head says what it is and its
// state, the body holds the words. Where onPress is not nil the whole tile can
// be pressed, and the head ends in an arrow.
func NewTile(title string, state Sign, f TileFace, body fyne.CanvasObject, onPress func()) fyne.CanvasObject {
	heading := NewStyled(title, Style{Size: look.Body, Ink: f.Ink, Bold: true})
	sign := NewChip(state)
	cells := []Cell{Grow(heading), Fit(sign)}
	if onPress != nil {
		cells = append(cells, Fit(NewShapeSized(ArrowRight, f.Ink, 18)))
	}
	head := NewPanelInset(Face{Fill: f.Fill}, 6, 12, 6, 12, Cells(10, cells...))
	content := Column(0, head, Inset(8, 12, 10, 12, body))
	face := Face{Fill: look.Card, Edge: f.Edge, EdgeWidth: 2}
	if onPress == nil {
		return NewPanel(face, 2, content)
	}
	p := NewPress(title, face, content, onPress)
	p.padX, p.padY, p.top = 2, 2, true
	return p
}
