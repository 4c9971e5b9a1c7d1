package look

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
)

var modeNames = [...]string{Day: "day", Night: "night", Contrast: "contrast"}

// texts lists every text colour with every background it is drawn on.
var texts = []struct {
	ink Role
	on  []Role
}{
	{Text, []Role{Page, Card, Selection}},
	{Secondary, []Role{Page, Card, Selection}},
	{Action, []Role{Page, Card, Selection}},
	{DangerInk, []Role{Page, Card, Selection}},
	{DoneInk, []Role{Page, Card}},
	{OnAction, []Role{Action}},
	{OnBar, []Role{Bar}},
	{Secondary, []Role{Bar}},
	{OnBanner, []Role{Banner, Died, DiedHatch}},
	{BannerLabel, []Role{Banner, Died, DiedHatch}},
	{OnDanger, []Role{Danger}},
	{OnCPR, []Role{CPR}},
	{OnWarning, []Role{Warning}},
	{OnDone, []Role{Done}},
}

// edges lists what must be seen against what: WCAG 1.4.11 asks for 3:1.
var edges = []struct {
	edge Role
	on   []Role
}{
	{Edge, []Role{Page, Card, Bar}},
	{Action, []Role{Page, Card}},
	{DangerInk, []Role{Page, Card}},
	{DoneInk, []Role{Page, Card}},
	{CPREdge, []Role{Page, Card}},
	{Warning, []Role{Banner, Died}},
}

func TestEveryPairIsLegible(t *testing.T) { // P10
	for m := range modes {
		for _, p := range texts {
			for _, on := range p.on {
				if r := Ratio(p.ink.In(m), on.In(m)); r < 4.5 {
					t.Errorf("%s: text role %d on %d is %.2f:1, under 4.5:1", modeNames[m], p.ink, on, r)
				}
			}
		}
		for _, p := range edges {
			for _, on := range p.on {
				if r := Ratio(p.edge.In(m), on.In(m)); r < 3 {
					t.Errorf("%s: edge role %d on %d is %.2f:1, under 3:1", modeNames[m], p.edge, on, r)
				}
			}
		}
	}
}

func TestFocusIsSeenOnEverything(t *testing.T) { // P10
	// The ring is yellow inside a dark edge: one of the two stands out on any
	// ground, and the two stand out from each other.
	for m := range modes {
		ring, rim := Focus.In(m), FocusEdge.In(m)
		if r := Ratio(ring, rim); r < 3 {
			t.Errorf("%s: ring on its own edge is %.2f:1", modeNames[m], r)
		}
		for _, on := range []Role{Page, Card, Bar, Action, Danger, Banner, Warning, CPR, Done} {
			if r := max(Ratio(ring, on.In(m)), Ratio(rim, on.In(m))); r < 3 {
				t.Errorf("%s: focus on role %d is %.2f:1", modeNames[m], on, r)
			}
		}
	}
}

func TestPaletteIsTheOnePublished(t *testing.T) {
	// The exact values of the product's colour table and the ratios it states.
	for _, c := range []struct {
		ink, on Role
		mode    Mode
		want    string
	}{
		{Text, Page, Day, "13.0"},
		{Text, Page, Night, "13.5"},
		{Secondary, Page, Day, "5.8"},
		{Secondary, Page, Night, "8.3"},
		{OnAction, Action, Day, "6.4"},
		{OnAction, Action, Night, "7.3"},
		{OnBanner, Banner, Day, "11.8"},
		{OnBanner, Banner, Night, "16.4"},
		{OnDanger, Danger, Day, "5.1"},
		{OnDanger, Danger, Night, "8.2"},
		{OnCPR, CPR, Day, "15.2"},
		{OnWarning, Warning, Day, "8.3"},
		{OnWarning, Warning, Night, "10.7"},
		{OnDone, Done, Day, "5.1"},
		{OnDone, Done, Night, "9.6"},
		{Edge, Page, Day, "5.8"},
		{Edge, Page, Night, "4.3"},
		{Focus, Page, Night, "15.1"},
	} {
		if got := fmt.Sprintf("%.1f", Ratio(c.ink.In(c.mode), c.on.In(c.mode))); got != c.want {
			t.Errorf("%s: role %d on %d is %s:1, the table says %s", modeNames[c.mode], c.ink, c.on, got, c.want)
		}
	}
}

func TestNothingIsTooSmall(t *testing.T) { // P10
	for _, d := range []Density{Field, Desk} {
		for _, scale := range []float32{0, 1, 1.5, 2, 9} {
			th := New(Day, d, scale)
			if th.Row() < Least || th.Primary() < th.Row() {
				t.Errorf("density %d: row %v, primary %v", d, th.Row(), th.Primary())
			}
			for s := Small; s <= Notice; s++ {
				if size := th.TextSize(s); size < 14 || size > 2*28 {
					t.Errorf("density %d, scale %v: text step %d is %v", d, scale, s, size)
				}
			}
		}
	}
	if f := New(Day, Field, 1); f.Row() != 64 || f.Primary() != 88 || f.TextSize(Body) != 19 {
		t.Errorf("field is row %v, primary %v, text %v; want 64, 88, 19", f.Row(), f.Primary(), f.TextSize(Body))
	}
	if d := New(Day, Desk, 1); d.Row() != 48 || d.Primary() != 56 || d.TextSize(Body) != 16 {
		t.Errorf("desk is row %v, primary %v, text %v; want 48, 56, 16", d.Row(), d.Primary(), d.TextSize(Body))
	}
}

func TestVariantIsIgnored(t *testing.T) {
	test.NewTempApp(t)
	names := []fyne.ThemeColorName{theme.ColorNameShadow, theme.ColorNameInnerWindowBorder}
	for n := range fyneRoles {
		names = append(names, n)
	}
	for m := range modes {
		th := New(m, Field, 1)
		for _, n := range names {
			if th.Color(n, theme.VariantLight) != th.Color(n, theme.VariantDark) {
				t.Errorf("%s: %s follows the system's variant", modeNames[m], n)
			}
		}
	}
}

func TestUnknownRoleIsLegible(t *testing.T) {
	if Role(200).In(Night) != Text.In(Day) || Text.In(Mode(9)) != Text.In(Day) {
		t.Error("an unknown role or mode must give the text colour of Day")
	}
}

func TestContrastHasWideEdges(t *testing.T) {
	if w := New(Contrast, Field, 1).EdgeWidth(); w != 3 {
		t.Errorf("edges are %v wide in high contrast, want 3", w)
	}
	if New(Day, Field, 1).Size(theme.SizeNameScrollBarSmall) != ScrollBar {
		t.Error("scroll bars must keep their full width when the pointer is elsewhere")
	}
}
