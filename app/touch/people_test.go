package touch

import (
	"image"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"satchel/app/look"
)

// Every key of a pad is 88 high, also at a desk; taps, typed digits, Backspace
// and Enter all do what they say, whichever key has the keyboard.
func TestKeypad(t *testing.T) { // P1, P10
	for _, density := range []look.Density{look.Field, look.Desk} {
		box, done := NewSecret("PIN", "Show", "Hide", "Caps").OnlyDigits(12), 0
		p := NewKeypad(func() Digits { return box }, "Delete", "Unlock", func() { done++ })
		w := window(t, Column(8, box, p.Box))
		fyne.CurrentApp().Settings().SetTheme(look.New(look.Day, density, 1))
		p.Box.Refresh()
		for _, k := range p.keys {
			if k.Size().Height < padKey || k.Size().Width < padKey {
				t.Errorf("density %d: key %s is %v", density, k.Label, k.Size())
			}
		}
		for _, label := range []string{"1", "0", "9", "Delete"} {
			for _, k := range p.keys {
				if k.Label == label {
					test.Tap(k)
				}
			}
		}
		focused := w.Canvas().Focused()
		if focused == nil {
			t.Fatal("after a tap nothing has the keyboard")
		}
		focused.TypedRune('7')
		focused.TypedRune('x')
		focused.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
		focused.TypedRune('4')
		if got := typedIn(box); got != "104" {
			t.Errorf("the box holds %q", got)
		}
		focused.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		test.Tap(p.Done())
		if done != 2 {
			t.Errorf("the main action ran %d times", done)
		}
	}
	if p := NewKeypad(nil, "Delete", "", nil); p.Done() != nil || len(p.keys) != 11 {
		t.Error("a pad without an action has a key for it")
	}
}

func typedIn(s *Secret) string {
	var out string
	s.With(func(b []byte) { out = string(b) })
	return out
}

// A code is read back from its own picture at each scale and look, and no
// module is blurred: every dot is black or white.
func TestQRIsReadByACamera(t *testing.T) { // P1
	test.NewTempApp(t)
	text := strings.Repeat("SATCHELASK1YX0R45GQ3BH1S7DZK90V2M8WT6NCPEJ4AF", 10)
	for _, scale := range []float32{1, 1.25, 2} {
		for _, mode := range []look.Mode{look.Day, look.Night} {
			fyne.CurrentApp().Settings().SetTheme(look.New(mode, look.Field, 1))
			c := software.NewCanvas()
			c.SetPadded(false)
			c.SetScale(scale)
			c.SetContent(NewPanel(Face{Fill: look.Page}, 40, NewQR(text, "code", 400)))
			c.Resize(fyne.NewSize(480, 480))
			picture := c.Capture()
			bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
			if err != nil {
				t.Fatal(err)
			}
			got, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
			if err != nil || got.GetText() != text {
				t.Errorf("scale %v, mode %d: %v", scale, mode, err)
			}
			if !blackAndWhite(picture, image.Rect(int(60*scale), int(60*scale), int(420*scale), int(420*scale))) {
				t.Errorf("scale %v, mode %d: a module is blurred", scale, mode)
			}
		}
	}
	if NewQR(strings.Repeat("x", 4000), "code", 400) != nil {
		t.Error("a text that no code holds gave one")
	}
}

func blackAndWhite(m image.Image, in image.Rectangle) bool {
	for y := in.Min.Y; y < in.Max.Y; y++ {
		for x := in.Min.X; x < in.Max.X; x++ {
			if r, g, b, _ := m.At(x, y).RGBA(); (r != 0 && r != 0xffff) || r != g || g != b {
				return false
			}
		}
	}
	return true
}

// The mark moves by keys and taps, and never leaves the lines.
func TestLinesKeepThePlace(t *testing.T) { // P10
	l := NewLines("aloud", []string{"AAAAA BBBBB", "CCCCC DDDDD", "EEEEE"}, func(int) string { return "" })
	w := window(t, l)
	w.Canvas().Focus(l)
	for _, step := range []struct {
		key  fyne.KeyName
		want int
	}{{fyne.KeyUp, 0}, {fyne.KeyDown, 1}, {fyne.KeyReturn, 2}, {fyne.KeySpace, 2}, {fyne.KeyHome, 0}, {fyne.KeyEnd, 2}} {
		press(w, step.key)
		if l.At() != step.want {
			t.Errorf("after %s the mark is on %d", step.key, l.At())
		}
	}
	l.Tapped(&fyne.PointEvent{Position: fyne.NewPos(5, l.rows[1].Position().Y+2)})
	if l.At() != 1 {
		t.Errorf("after a tap the mark is on %d", l.At())
	}
}

// Two halves stand side by side only where both get their letters.
func TestSidesStackWhereNarrow(t *testing.T) { // P10
	test.NewTempApp(t)
	fyne.CurrentApp().Settings().SetTheme(look.New(look.Day, look.Field, 1))
	a, b := NewText("left"), NewText("right")
	c := Sides(30, 20, 0.5, a, b)
	c.Resize(fyne.NewSize(900, 300))
	if b.Position().X != 460 || b.Position().Y != 0 || a.Size().Width != 440 {
		t.Errorf("wide: %v %v", a.Size(), b.Position())
	}
	c.Resize(fyne.NewSize(500, 300))
	if b.Position().X != 0 || b.Position().Y <= a.Position().Y || a.Size().Width != 500 {
		t.Errorf("narrow: %v %v", a.Size(), b.Position())
	}
	if HeightFor(c, 500) <= HeightFor(c, 900) {
		t.Error("stacking takes no height")
	}
}

// What goes wrong at a pad is said beside it where there is room, else above it,
// and takes no room while there is nothing to say.
func TestFlankIsReadBeforeThePad(t *testing.T) { // P10
	test.NewTempApp(t)
	fyne.CurrentApp().Settings().SetTheme(look.New(look.Day, look.Field, 1))
	pad, words := AtMost(352, NewPanel(Face{}, 100, NewText(""))), NewText("That PIN is not right.")
	c := Flank(16, 170, pad, words)
	alone := HeightFor(pad, 352)
	c.Resize(fyne.NewSize(574, 400))
	if words.Position().X != 368 || words.Position().Y != 0 || HeightFor(c, 574) != alone {
		t.Errorf("wide: the words are at %v", words.Position())
	}
	c.Resize(fyne.NewSize(434, 400))
	if words.Position().Y != 0 || pad.Position().Y <= words.Size().Height {
		t.Errorf("narrow: the pad is at %v", pad.Position())
	}
	words.Hidden = true
	if HeightFor(c, 434) != alone {
		t.Error("nothing to say takes room")
	}
}

// Lines take smaller letters before one breaks: who listens counts lines.
func TestLinesDoNotBreakWhereSmallerLettersFit(t *testing.T) { // P10
	line := "YX0R4 5GQ3B H1S7D ZK90V 2M8WT 6NCPE J4AF1"
	l := NewLines("aloud", []string{line, line}, func(int) string { return "1" })
	window(t, l)
	natural := l.rows[0].NaturalWidth()
	wide, narrow := l.HeightFor(natural+1), l.HeightFor(natural*0.9)
	if narrow >= wide || l.texts[0].style.Size != look.Body {
		t.Errorf("the lines are %v high where there is room, and %v where there is less", wide, narrow)
	}
}
