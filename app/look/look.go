// Package look is how Satchel looks: its colours by day, by night and in
// sunlight, its sizes for gloves and for a desk, and the theme that hands both
// to Fyne.
//
// It guarantees that every pair of colours the screens put on each other has
// been measured (WCAG 2.2: 4.5:1 for text, 3:1 for edges and focus;
// TestEveryPairIsLegible), that nothing that can be pressed is under 44 and no
// text under 14 at any setting (TestNothingIsTooSmall), and that the operating
// system's own idea of light or dark changes nothing (TestVariantIsIgnored):
// day and night are a choice made in Satchel, remembered for the laptop and
// switched in one tap.
//
// It does not decide layout, draw widgets or remember the choice. The fonts are
// those built into Fyne (Noto Sans, SIL Open Font Licence): Frutiger and the
// NHS logo are not ours to use. Colours are those of the NHS service manual.
package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Theme is Satchel's fyne.Theme. It is immutable: a change of mode, density or
// text size is a new Theme given to fyne.Settings.SetTheme.
type Theme struct {
	mode    Mode
	density Density
	scale   float32
}

// Limits of the text size a person may choose: 100 % to 200 %.
const (
	MinTextScale float32 = 1
	MaxTextScale float32 = 2
)

// New returns the theme for a mode, a density and a text size. A scale outside
// MinTextScale to MaxTextScale is brought to the nearer end.
func New(m Mode, d Density, scale float32) *Theme {
	return &Theme{mode: m, density: d, scale: min(max(scale, MinTextScale), MaxTextScale)}
}

// Current returns the theme in use, or Day, Field, 100 % where the program runs
// under another theme (a test that sets none).
func Current() *Theme {
	if app := fyne.CurrentApp(); app != nil {
		if t, ok := app.Settings().Theme().(*Theme); ok {
			return t
		}
	}
	return New(Day, Field, 1)
}

// Mode returns day, night or high contrast.
func (t *Theme) Mode() Mode { return t.mode }

// Density returns field or desk.
func (t *Theme) Density() Density { return t.density }

// TextScale returns the chosen text size, 1 to 2.
func (t *Theme) TextScale() float32 { return t.scale }

// Colour returns the colour a role has in this theme.
func (t *Theme) Colour(r Role) color.NRGBA { return r.In(t.mode) }

// fyneRoles says which of our roles stands behind each of Fyne's colour names.
// Names left out keep a neutral default (see Color).
var fyneRoles = map[fyne.ThemeColorName]Role{
	theme.ColorNameBackground:          Page,
	theme.ColorNameForeground:          Text,
	theme.ColorNameButton:              Card,
	theme.ColorNameDisabledButton:      Page,
	theme.ColorNameDisabled:            Secondary,
	theme.ColorNameError:               Danger,
	theme.ColorNameFocus:               Focus,
	theme.ColorNameForegroundOnError:   OnDanger,
	theme.ColorNameForegroundOnPrimary: OnAction,
	theme.ColorNameForegroundOnSuccess: OnDone,
	theme.ColorNameForegroundOnWarning: OnWarning,
	theme.ColorNameHeaderBackground:    Page,
	theme.ColorNameHyperlink:           Action,
	theme.ColorNameInputBackground:     Card,
	theme.ColorNameInputBorder:         Edge,
	theme.ColorNameMenuBackground:      Card,
	theme.ColorNameOverlayBackground:   Card,
	theme.ColorNamePlaceHolder:         Secondary,
	theme.ColorNamePrimary:             Action,
	theme.ColorNameScrollBar:           Edge,
	theme.ColorNameScrollBarBackground: Rule,
	theme.ColorNameSelection:           Selection,
	theme.ColorNameSeparator:           Rule,
	theme.ColorNameSuccess:             Done,
	theme.ColorNameWarning:             Warning,
	theme.ColorNameHover:               Selection,
	theme.ColorNamePressed:             Selection,
}

// Color implements fyne.Theme. The variant, which is the operating system's
// light or dark setting, is ignored.
func (t *Theme) Color(n fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	if r, ok := fyneRoles[n]; ok {
		return t.Colour(r)
	}
	if n == theme.ColorNameShadow {
		return color.NRGBA{}
	}
	v := theme.VariantLight
	if t.mode == Night {
		v = theme.VariantDark
	}
	return theme.DefaultTheme().Color(n, v)
}

// Font implements fyne.Theme with Fyne's built-in faces.
func (t *Theme) Font(s fyne.TextStyle) fyne.Resource { return theme.DefaultTheme().Font(s) }

// Icon implements fyne.Theme with Fyne's built-in icons; Satchel's own shapes
// are in package touch.
func (t *Theme) Icon(n fyne.ThemeIconName) fyne.Resource { return theme.DefaultTheme().Icon(n) }

// Size implements fyne.Theme.
func (t *Theme) Size(n fyne.ThemeSizeName) float32 {
	switch n {
	case theme.SizeNameText:
		return t.TextSize(Body)
	case theme.SizeNameCaptionText:
		return t.TextSize(Small)
	case theme.SizeNameSubHeadingText:
		return t.TextSize(Title)
	case theme.SizeNameHeadingText:
		return t.TextSize(Heading)
	case theme.SizeNameScrollBar, theme.SizeNameScrollBarSmall:
		return ScrollBar
	case theme.SizeNameInputBorder:
		return t.EdgeWidth()
	case theme.SizeNameInputRadius, theme.SizeNameSelectionRadius:
		return Radius
	}
	return theme.DefaultTheme().Size(n)
}
