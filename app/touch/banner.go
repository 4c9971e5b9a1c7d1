package touch

import (
	"fyne.io/fyne/v2"

	"satchel/app/look"
)

// BannerFacts is what the patient banner says, in words already formed. The
// order, the labels lighter than the values and the name on a line of its own
// follow the NHS common user interface (ISB 1505, 1506, 1504).
type BannerFacts struct {
	Name      string // BARNABY, Ethel (Mrs)
	Preferred string // "Likes to be called Eth"; "" if none
	Items     []LabelledValue
	Note      string // why the NHS number must not be trusted; "" if it may
	Dead      bool
	Second    []LabelledValue // address, phone, ...: the zone that opens
	Allergies Sign            // exactly one of the four titles
	Chips     []Sign          // freshness, withheld items
	More      string          // words of the button that opens the second zone
	Less      string
}

// LabelledValue is a value and what it is called.
type LabelledValue struct{ Label, Value string }

// Banner is the patient banner: full width, never covered, never scrolled. A
// press opens its second zone beneath the first.
type Banner struct {
	// Press is what goes on the page.
	Press *Press
	// OnResize runs when the second zone has opened or closed.
	OnResize func()

	facts BannerFacts
	more  *Text
	arrow *Shape
	zone  *fyne.Container
}

// NewBanner draws the banner of one person.
func NewBanner(f BannerFacts) *Banner {
	b := &Banner{facts: f}
	face := Face{Fill: look.Banner}
	if f.Dead {
		face = Face{Fill: look.Died, Hatched: true, Hatch: look.DiedHatch}
	}
	b.Press = NewPress(f.Name, face, b.build(), b.Toggle)
	b.Press.padY = 6
	b.Press.height = func(*look.Theme) float32 { return look.BannerRow }
	return b
}

func (b *Banner) build() fyne.CanvasObject {
	f := b.facts
	who := Column(0, NewStyled(f.Name, Style{Size: look.Name, Ink: look.OnBanner, Bold: true}))
	if f.Preferred != "" {
		who.Add(NewStyled(f.Preferred, Style{Size: look.Small, Ink: look.OnBanner}))
	}
	items := labelled(f.Items, look.Body)
	if f.Note != "" {
		items = append(items, NewChip(Sign{Words: f.Note, Form: Exclaim, Fill: look.Warning, Ink: look.OnWarning}))
	}
	var chips []fyne.CanvasObject
	if f.Allergies.Words != "" {
		chips = append(chips, NewChip(f.Allergies))
	}
	for _, c := range f.Chips {
		chips = append(chips, NewChip(c))
	}
	b.more = NewStyled(f.More, Style{Size: look.Small, Ink: look.OnBanner, Bold: true})
	b.arrow = NewShapeSized(ArrowDown, look.OnBanner, 20)
	b.more.Hidden, b.arrow.Hidden = len(f.Second) == 0, len(f.Second) == 0
	b.zone = Flow(28, 4, labelled(f.Second, look.Small)...)
	b.zone.Hidden = true
	if look.Current().TextScale() > largeText {
		// The name takes whole lines, and all else flows beneath it, so that the
		// record keeps some of the window.
		b.more.Hidden = true
		return Column(2, who, Cells(8, Grow(Flow(16, 4, append(items, chips...)...)), Fit(b.arrow)), b.zone)
	}
	return Column(4, Cells(32, Fit(who), Grow(Flow(28, 2, items...))),
		Cells(8, Grow(Flow(10, 6, chips...)), Fit(b.more), Fit(b.arrow)), b.zone)
}

// largeText is the text size above which a banner drops its two columns.
const largeText = 1.4

// Toggle opens or closes the second zone; the first is never hidden.
func (b *Banner) Toggle() {
	if len(b.facts.Second) == 0 {
		return
	}
	b.zone.Hidden = !b.zone.Hidden
	if b.zone.Hidden {
		b.more.SetWords(b.facts.More)
		b.arrow.Set(ArrowDown, look.OnBanner)
	} else {
		b.more.SetWords(b.facts.Less)
		b.arrow.Set(ArrowUp, look.OnBanner)
	}
	b.Press.Refresh()
	if b.OnResize != nil {
		b.OnResize()
	}
}

// labelled makes each label and value one piece that does not come apart.
func labelled(items []LabelledValue, size look.TextSize) []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for _, it := range items {
		label := NewStyled(it.Label, Style{Size: size, Ink: look.BannerLabel})
		value := NewStyled(it.Value, Style{Size: size, Ink: look.OnBanner, Bold: true})
		out = append(out, Cells(8, Fit(label), Fit(value)))
	}
	return out
}
