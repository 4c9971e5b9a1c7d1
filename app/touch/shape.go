package touch

import (
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"satchel/app/look"
)

// Form is a shape that stands beside a word, so that colour never speaks alone.
type Form uint8

// The forms. Each state of the product has one of its own.
const (
	NoForm     Form = iota
	Disc            // checked
	HalfDisc        // checked some time ago
	Triangle        // old; a warning
	Clock           // ends soon
	Bar             // ended
	Square          // recorded
	RingTick        // none known, somebody said so
	Dash            // not recorded
	SlashRing       // not available here
	Exclaim         // a problem
	Tick            // done, received
	Padlock         // lock
	ArrowLeft       // back
	ArrowUp         // page up
	ArrowDown       // page down
	ArrowRight      // goes on to another page
	Glass           // find
	Sun             // day
	Moon            // night
	Person          // who is signed in
	Ring            // a choice not made
	RingDot         // the choice made
	Cross           // clear
	Diamond         // objection, restriction
	Plus            // new here, to begin
	Hourglass       // waiting for somebody else
	Key             // can be opened
	Battery         // how full it is, in words beside it
	forms
)

// drawing holds each form on a 24 by 24 ground. %[1]s is the ink.
var drawing = [forms]string{
	Disc:       `<circle cx="12" cy="12" r="8.5" fill="%[1]s"/>`,
	HalfDisc:   `<circle cx="12" cy="12" r="8" fill="none" stroke="%[1]s" stroke-width="2"/><path d="M12 3 A9 9 0 0 0 12 21 Z" fill="%[1]s"/>`,
	Triangle:   `<path d="M12 2.5 L22.5 21 L1.5 21 Z" fill="%[1]s"/>`,
	Clock:      `<circle cx="12" cy="12" r="8.5" fill="none" stroke="%[1]s" stroke-width="2.4"/><path d="M12 6.5 L12 12.5 L16 14.5" fill="none" stroke="%[1]s" stroke-width="2.4"/>`,
	Bar:        `<rect x="2" y="8.5" width="20" height="7" fill="%[1]s"/>`,
	Square:     `<rect x="4" y="4" width="16" height="16" fill="%[1]s"/>`,
	RingTick:   `<circle cx="12" cy="12" r="9" fill="none" stroke="%[1]s" stroke-width="2.2"/><path d="M7.5 12.3 L10.8 15.6 L16.6 8.8" fill="none" stroke="%[1]s" stroke-width="2.4"/>`,
	Dash:       `<rect x="4" y="10.5" width="16" height="3" fill="%[1]s"/>`,
	SlashRing:  `<circle cx="12" cy="12" r="9" fill="none" stroke="%[1]s" stroke-width="2.4"/><path d="M5.8 18.2 L18.2 5.8" fill="none" stroke="%[1]s" stroke-width="2.4"/>`,
	Exclaim:    `<rect x="10.3" y="3" width="3.4" height="12" fill="%[1]s"/><rect x="10.3" y="17.4" width="3.4" height="3.6" fill="%[1]s"/>`,
	Tick:       `<path d="M3.5 12.8 L9.3 18.6 L20.5 6" fill="none" stroke="%[1]s" stroke-width="3.4"/>`,
	Padlock:    `<path d="M7.5 11 L7.5 7.5 A4.5 4.5 0 0 1 16.5 7.5 L16.5 11" fill="none" stroke="%[1]s" stroke-width="2.4"/><rect x="4.5" y="10.5" width="15" height="11" fill="%[1]s"/>`,
	ArrowLeft:  `<path d="M14.5 4 L6.5 12 L14.5 20" fill="none" stroke="%[1]s" stroke-width="3"/>`,
	ArrowRight: `<path d="M9.5 4 L17.5 12 L9.5 20" fill="none" stroke="%[1]s" stroke-width="3"/>`,
	ArrowUp:    `<path d="M4 15.5 L12 7.5 L20 15.5" fill="none" stroke="%[1]s" stroke-width="3"/>`,
	ArrowDown:  `<path d="M4 8.5 L12 16.5 L20 8.5" fill="none" stroke="%[1]s" stroke-width="3"/>`,
	Glass:      `<circle cx="10" cy="10" r="6.5" fill="none" stroke="%[1]s" stroke-width="2.6"/><path d="M14.8 14.8 L21.5 21.5" fill="none" stroke="%[1]s" stroke-width="3"/>`,
	Sun:        `<circle cx="12" cy="12" r="5" fill="%[1]s"/><path d="M12 1 L12 4.5 M12 19.5 L12 23 M1 12 L4.5 12 M19.5 12 L23 12 M4.2 4.2 L6.7 6.7 M17.3 17.3 L19.8 19.8 M4.2 19.8 L6.7 17.3 M17.3 6.7 L19.8 4.2" fill="none" stroke="%[1]s" stroke-width="2.2"/>`,
	Moon:       `<path d="M15.5 2.5 A9.8 9.8 0 1 0 21.5 16.5 A8.2 8.2 0 0 1 15.5 2.5 Z" fill="%[1]s"/>`,
	Person:     `<circle cx="12" cy="7.5" r="4.5" fill="%[1]s"/><path d="M3 21.5 A9 8 0 0 1 21 21.5 Z" fill="%[1]s"/>`,
	Ring:       `<circle cx="12" cy="12" r="9.5" fill="none" stroke="%[1]s" stroke-width="2"/>`,
	RingDot:    `<circle cx="12" cy="12" r="9.5" fill="none" stroke="%[1]s" stroke-width="2"/><circle cx="12" cy="12" r="5.5" fill="%[1]s"/>`,
	Cross:      `<path d="M5 5 L19 19 M19 5 L5 19" fill="none" stroke="%[1]s" stroke-width="3"/>`,
	Plus:       `<path d="M12 3 L12 21 M3 12 L21 12" fill="none" stroke="%[1]s" stroke-width="3.4"/>`,
	Hourglass:  `<path d="M4 2 L20 2 L20 5 L14 12 L20 19 L20 22 L4 22 L4 19 L10 12 L4 5 Z" fill="%[1]s"/>`,
	Key:        `<circle cx="7" cy="12" r="4.6" fill="none" stroke="%[1]s" stroke-width="2.6"/><path d="M11.6 12 L22 12 L22 17 M17.5 12 L17.5 15.5" fill="none" stroke="%[1]s" stroke-width="2.6"/>`,
	Battery:    `<rect x="2.2" y="7.2" width="17" height="9.6" fill="none" stroke="%[1]s" stroke-width="2.4"/><rect x="5" y="10" width="8" height="4" fill="%[1]s"/><rect x="20.4" y="10" width="2" height="4" fill="%[1]s"/>`,
	Diamond:    `<path d="M12 2 L22 12 L12 22 L2 12 Z" fill="%[1]s"/>`,
}

// Shape draws a Form in one colour, square.
type Shape struct {
	widget.BaseWidget
	form Form
	ink  look.Role
	side float32 // 0 means a little over the height of body text
}

// NewShape returns a form in the colour of a role.
func NewShape(f Form, ink look.Role) *Shape {
	s := &Shape{form: f, ink: ink}
	s.ExtendBaseWidget(s)
	return s
}

// NewShapeSized returns a form with sides of a given length.
func NewShapeSized(f Form, ink look.Role, side float32) *Shape {
	s := NewShape(f, ink)
	s.side = side
	return s
}

// Set changes form and colour.
func (s *Shape) Set(f Form, ink look.Role) {
	if s.form != f || s.ink != ink {
		s.form, s.ink = f, ink
		s.Refresh()
	}
}

// MinSize implements fyne.CanvasObject.
func (s *Shape) MinSize() fyne.Size {
	side := s.side
	if side == 0 {
		side = look.Current().TextSize(look.Body)
	}
	if s.form == NoForm {
		return fyne.NewSize(0, 0)
	}
	return fyne.NewSquareSize(side)
}

// CreateRenderer implements fyne.Widget.
func (s *Shape) CreateRenderer() fyne.WidgetRenderer {
	r := &shapeRenderer{s: s, image: canvas.NewImageFromResource(nil)}
	r.image.FillMode = canvas.ImageFillContain
	r.draw()
	return r
}

type shapeRenderer struct {
	s     *Shape
	image *canvas.Image
	drawn string
}

// draw makes the picture anew only where form or colour changed.
func (r *shapeRenderer) draw() {
	c := look.Current().Colour(r.s.ink)
	ink := fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
	name := fmt.Sprintf("form-%d-%s.svg", r.s.form, ink[1:])
	if name == r.drawn {
		return
	}
	r.drawn = name
	if r.s.form == NoForm || r.s.form >= forms {
		return
	}
	svg := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24">` +
		fmt.Sprintf(drawing[r.s.form], ink) + `</svg>`
	r.image.Resource = fyne.NewStaticResource(name, []byte(svg))
	r.image.Refresh()
}

func (r *shapeRenderer) Layout(size fyne.Size) {
	// The software painter cannot draw a picture of no size.
	r.image.Hidden = r.s.form == NoForm || r.s.form >= forms || size.Width < 1 || size.Height < 1
	r.image.Resize(size)
}
func (r *shapeRenderer) MinSize() fyne.Size           { return r.s.MinSize() }
func (r *shapeRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.image} }
func (r *shapeRenderer) Destroy()                     {}

func (r *shapeRenderer) Refresh() {
	r.draw()
	r.Layout(r.s.Size())
	canvas.Refresh(r.s)
}
