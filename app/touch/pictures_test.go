package touch

import (
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"

	"satchel/app/look"
)

var pictures = flag.String("pictures", "", "folder to draw pictures of the widgets into")

// sampler shows every widget at once, for eyes.
func sampler(dead bool) fyne.CanvasObject {
	banner := NewBanner(BannerFacts{
		Name: "BARNABY-FEATHERSTONEHAUGH, Ethelreda Wilhelmina (Mrs)", Preferred: "Likes to be called Eth",
		Items: []LabelledValue{{"Born", "14-Feb-1938 (88y)"}, {"Gender", "Female"}, {"NHS No.", "999 000 0018"}},
		Dead:  dead, Note: "NHS number not verified",
		Second:    []LabelledValue{{"Usual address", "12 Harbour Row, Felixford, XX1 2AB"}, {"Phone", "0118 496 0123"}},
		Allergies: Sign{Words: "Known allergies", Form: Exclaim, Fill: look.Danger, Ink: look.OnDanger},
		Chips: []Sign{
			{Words: "Checked 09:41", Form: Disc, Fill: look.Card, Ink: look.Text},
			{Words: "Some items withheld", Form: SlashRing, Fill: look.Warning, Ink: look.OnWarning},
		},
		More: "Address and phone", Less: "Hide",
	})
	list := NewDragList(func() (fyne.CanvasObject, func(int)) {
		name := NewBold("")
		return Column(2, name, NewSmall("Born 05-Mar-1948 (77y)  NHS No. 943 476 5919")), func(i int) {
			name.SetWords([]string{"EVANS-WEST, Jonathan (Sir)", "SMITH, John (Mr)"}[i%2])
		}
	})
	list.SetLength(40)
	secret := NewSecret("Passphrase", "Show", "Hide", "Caps Lock is on")
	write(secret, "correct horse")
	secret.SetFault("That passphrase is not right.")
	opts := NewOptions(1, nil, Option{Title: "Paramedic", Detail: "Ambulance service"}, Option{Title: "District nurse"})
	left := Column(12,
		NewSearch("NHS number, name, date of birth or postcode"),
		secret,
		Flow(24, 8, NewButton("Unlock", Primary, func() {}), NewButton("Go back", Plain, func() {}), NewButton("Erase", Danger, func() {}), NewButton("Details", Quiet, func() {})),
		opts.Box,
	)
	right := Column(8,
		NewErrorBox(Problem{Heading: "There is a problem", What: "The hub did not answer.", Works: "Everything on this laptop still works.", Do: "Try again when there is a signal.", Code: "Code for the help desk: NET-04"}),
		NewTile("CPR", Sign{Words: "Recorded", Form: Square, Plain: true, Ink: look.OnCPR}, TileFace{look.CPR, look.OnCPR, look.CPREdge}, NewText("Do not attempt cardiopulmonary resuscitation. Decided 03-Nov-2026."), func() {}),
		NewChoice("I am caring for this person now", "This alerts the privacy officer", func() {}),
	)
	return Frame(fyne.NewSize(800, 600),
		[]fyne.CanvasObject{banner.Press, NewStrip(Sign{Words: "DEMONSTRATION: not real people", Form: Diamond, Fill: look.CPR, Ink: look.OnCPR}, nil)},
		Pad(16, &fyne.Container{Layout: beside{640, 0}, Objects: []fyne.CanvasObject{
			left, Frame(fyne.NewSize(1, 1), []fyne.CanvasObject{Inset(0, 0, 8, 16, right)}, Inset(0, 0, 0, 16, list), nil), Column(0),
		}}),
		[]fyne.CanvasObject{NewStatusLine(Status{Signs: []Sign{
			{Words: "Working offline. Last contact with the hub 09:41", Form: HalfDisc, Ink: look.Secondary},
			{Words: "3 waiting to send", Ink: look.OnBar},
		}, OnPress: func() {}})})
}

// TestPictures draws the sampler in every mode; with -pictures it keeps them.
func TestPictures(t *testing.T) {
	test.NewTempApp(t)
	for name, th := range map[string]*look.Theme{
		"day": look.New(look.Day, look.Field, 1), "night": look.New(look.Night, look.Field, 1),
		"contrast": look.New(look.Contrast, look.Desk, 1), "large": look.New(look.Day, look.Field, 2),
	} {
		fyne.CurrentApp().Settings().SetTheme(th)
		c := software.NewCanvas()
		c.SetPadded(false)
		c.SetContent(sampler(name == "night"))
		c.Resize(fyne.NewSize(1366, 768))
		img := c.Capture()
		if img.Bounds().Dx() != 1366 || img.Bounds().Dy() != 768 {
			t.Errorf("%s: the picture is %v, want 1366x768", name, img.Bounds())
		}
		if *pictures == "" {
			continue
		}
		f, err := os.Create(filepath.Join(*pictures, "touch-"+name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, img); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
