package look

import (
	"image/color"
	"math"
)

// Mode is one of the three sets of colours.
type Mode uint8

// The modes. The zero value is Day.
const (
	Day      Mode = iota
	Night         // dark, for cabs and bedrooms
	Contrast      // Day for sunlight: black on white, edges 3 wide
	modes
)

// Role is what a colour is for. Screens name roles, never colours.
type Role uint8

// The roles. Each On... role is the text that stands on the role before it.
const (
	Page      Role = iota // behind everything
	Card                  // a white card, a box to type in
	Text                  // text on Page, Card, Selection
	Secondary             // labels, ages, hints on Page and Card
	Selection             // the chosen row, a pressed button
	Rule                  // a hairline that separates; carries no meaning
	Edge                  // edges of boxes, ticks, radios, quiet buttons
	Action                // main buttons; links and pressable words on Page and Card
	OnAction
	Bar // the top bar
	OnBar
	Banner // the patient banner of a living person
	OnBanner
	BannerLabel // labels on the banner, lighter than values
	Died        // the banner of a person who has died
	DiedHatch   // the hatching over Died; OnBanner stands on both
	Danger      // allergy, error
	OnDanger
	DangerInk // words and edges of danger on Page and Card
	CPR       // CPR decisions and ReSPECT; also the frame of demonstration data
	OnCPR
	CPREdge // the light edge around CPR by night
	Warning // alerts, old, near the end
	OnWarning
	Done // received by the hub, checked; never "no known allergies"
	OnDone
	DoneInk   // words and shapes of done on Page and Card
	Focus     // the ring around what has the keyboard
	FocusEdge // the edge around the ring
	roles
)

// palette holds, for each role, its colour as 0xRRGGBB by day, by night and in
// high contrast. Source: NHS service manual colours and the product's table of
// uses; derived values (cards, rules, hatching) are measured by the tests.
var palette = [roles][modes]uint32{
	Page:        {0xf0f4f5, 0x101418, 0xffffff},
	Card:        {0xffffff, 0x1a2127, 0xffffff},
	Text:        {0x212b32, 0xd8dde0, 0x000000},
	Secondary:   {0x4c6272, 0x9fb0bd, 0x212b32},
	Selection:   {0xd6e6f5, 0x243649, 0xd6e6f5},
	Rule:        {0xd8dde0, 0x313c45, 0x4c6272},
	Edge:        {0x4c6272, 0x6b7c88, 0x000000},
	Action:      {0x005eb8, 0x6ea8e0, 0x003087},
	OnAction:    {0xffffff, 0x101418, 0xffffff},
	Bar:         {0xffffff, 0x1a2127, 0xffffff},
	OnBar:       {0x212b32, 0xd8dde0, 0x000000},
	Banner:      {0x003087, 0x0b1f3f, 0x003087},
	OnBanner:    {0xffffff, 0xffffff, 0xffffff},
	BannerLabel: {0xc9d9ef, 0xb4c4d8, 0xffffff},
	Died:        {0x37424a, 0x2a3238, 0x212b32},
	DiedHatch:   {0x4c5a64, 0x3d474f, 0x425563},
	Danger:      {0xd5281b, 0x9b1c12, 0xa31209},
	OnDanger:    {0xffffff, 0xffffff, 0xffffff},
	DangerInk:   {0xb3200f, 0xff8a80, 0xa31209},
	CPR:         {0x330072, 0x330072, 0x330072},
	OnCPR:       {0xffffff, 0xffffff, 0xffffff},
	CPREdge:     {0x330072, 0xb9a3e0, 0x330072},
	Warning:     {0xffb81c, 0xffb81c, 0xffb81c},
	OnWarning:   {0x212b32, 0x101418, 0x000000},
	Done:        {0x007f3b, 0x5fd08a, 0x005a2a},
	OnDone:      {0xffffff, 0x101418, 0xffffff},
	DoneInk:     {0x007f3b, 0x5fd08a, 0x005a2a},
	Focus:       {0xffeb3b, 0xffeb3b, 0xffeb3b},
	FocusEdge:   {0x212b32, 0x101418, 0x000000},
}

// In returns the role's colour in a mode. An unknown role or mode gives the
// text colour of Day, so that a mistake is at least legible.
func (r Role) In(m Mode) color.NRGBA {
	if r >= roles || m >= modes {
		r, m = Text, Day
	}
	v := palette[r][m]
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff}
}

// Ratio returns the WCAG 2.2 contrast ratio of two opaque colours, 1 to 21.
func Ratio(a, b color.NRGBA) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// luminance is the WCAG 2.2 relative luminance of an sRGB colour.
func luminance(c color.NRGBA) float64 {
	f := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*f(c.R) + 0.7152*f(c.G) + 0.0722*f(c.B)
}
