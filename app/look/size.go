package look

// Density is how large things are. The zero value is Field.
type Density uint8

// The densities.
const (
	Field Density = iota // for gloves and moving vehicles
	Desk                 // for a mouse and a table
)

// Sizes that no density changes, in Fyne's device-independent pixels.
const (
	Least      float32 = 44 // the smallest thing that can be pressed
	Gap        float32 = 8  // between neighbours
	GapWide    float32 = 24 // between a harmful action and any other
	Radius     float32 = 4
	ScrollBar  float32 = 20
	PageKey    float32 = 64 // width of the Page up and Page down keys
	SearchBox  float32 = 72
	TopBar     float32 = 64
	BannerRow  float32 = 84 // least height of the patient banner
	StripRow   float32 = 32
	StatusRow  float32 = 40
	SideColumn float32 = 208
	FocusRing  float32 = 3
	FocusRim   float32 = 2
)

// TextSize is a step of the type scale.
type TextSize uint8

// The steps, smallest first.
const (
	Small TextSize = iota
	Body
	Title
	Heading
	Name // the name on the patient banner
	Notice
)

// Row returns the height of a row in a list, and of a plain button.
func (t *Theme) Row() float32 {
	if t.density == Desk {
		return 48
	}
	return 64
}

// Primary returns the height of a screen's main button.
func (t *Theme) Primary() float32 {
	if t.density == Desk {
		return 56
	}
	return 88
}

// typeScale holds the size of each step in the field and at a desk.
var typeScale = [...][2]float32{
	Small:   {16, 14},
	Body:    {19, 16},
	Title:   {22, 19},
	Heading: {28, 24},
	Name:    {26, 22},
	Notice:  {26, 26},
}

// TextSize returns the size of a step at the chosen text size. Steps above Body
// are large already and grow half as much, so that a long name at 200 % leaves
// room for what it is about.
func (t *Theme) TextSize(s TextSize) float32 {
	if int(s) >= len(typeScale) {
		s = Body
	}
	scale := t.scale
	if s > Body {
		scale = 1 + (scale-1)/2
	}
	return typeScale[s][min(t.density, Desk)] * scale
}

// EdgeWidth returns the width of the edges that make a box or button visible.
func (t *Theme) EdgeWidth() float32 {
	if t.mode == Contrast {
		return 3
	}
	return 2
}
