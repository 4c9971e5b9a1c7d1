package touch

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"pgregory.net/rapid"

	"satchel/app/look"
)

// write puts words into a box in the place of what it holds; text gives what it
// holds.
func write(s *Secret, words string) {
	s.Wipe()
	for _, r := range words {
		s.Type(r)
	}
}

func text(s *Secret) string {
	var out string
	s.With(func(b []byte) { out = string(b) })
	return out
}

func newTestSecret(t *testing.T) (*Secret, fyne.Window) {
	t.Helper()
	s := NewSecret("Passphrase", "Show", "Hide", "Caps Lock looks on")
	w := window(t, Column(0, s, NewButton("Unlock", Primary, nil)))
	w.Canvas().Focus(s.Focusable())
	return s, w
}

// Any editing gives what the same editing of a plain line gives, and beyond the
// end there is never anything left.
func TestHiddenAgreesWithAPlainLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := &hidden{}
		var want []rune
		at, all := 0, false
		replace := func() {
			if all {
				want, at, all = nil, 0, false
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"insert": func(t *rapid.T) {
				r := rapid.Rune().Filter(func(r rune) bool { return r >= ' ' && r != 0x7f && (r < 0x80 || r > 0x9f) }).Draw(t, "letter")
				replace()
				if h.insert(r) != (len(want) < MaxSecret) {
					t.Fatal("a letter was taken that does not fit, or refused though it fits")
				}
				if len(want) < MaxSecret {
					want, at = slices.Insert(want, at, r), at+1
				}
			},
			"paste": func(t *rapid.T) {
				text := strings.Repeat("pässword ", rapid.IntRange(0, 30).Draw(t, "times"))
				runes := []rune(text)
				left := len(want)
				if all {
					left = 0
				}
				fits := left+len(runes) <= MaxSecret
				if h.paste(text+"\r\n") != fits {
					t.Fatal("a paste was taken that does not fit, or refused though it fits")
				}
				if fits {
					replace()
					want, at = slices.Insert(want, at, runes...), at+len(runes)
				}
			},
			"backspace": func(*rapid.T) {
				h.backspace()
				if all {
					replace()
				} else if at > 0 {
					want, at = slices.Delete(want, at-1, at), at-1
				}
			},
			"delete": func(*rapid.T) {
				h.remove()
				if all {
					replace()
				} else if at < len(want) {
					want = slices.Delete(want, at, at+1)
				}
			},
			"move": func(t *rapid.T) {
				to := rapid.IntRange(-1, len(want)+1).Draw(t, "to")
				h.moveTo(to)
				at, all = min(max(to, 0), len(want)), false
			},
			"select all": func(*rapid.T) {
				h.moveTo(h.n)
				h.all = h.n > 0
				at, all = len(want), len(want) > 0
			},
			"": func(t *rapid.T) {
				if !slices.Equal(h.line(), want) || h.caret != at || string(h.bytes()) != string(want) {
					t.Fatalf("the line is %q with the caret at %d, want %q at %d", string(h.line()), h.caret, string(want), at)
				}
				for _, r := range h.letters[h.n:] {
					if r != 0 {
						t.Fatal("something is left beyond the end of the line")
					}
				}
			},
		})
	})
}

// What was typed is handed over once, and is then nowhere in the box: not in
// its memory, not in what is drawn.
func TestSecretKeepsNothing(t *testing.T) { // P1
	s, w := newTestSecret(t)
	const secret = "grüne Lampe 7"
	test.Type(s.box, secret)
	if strings.Contains(drawn(s), "L") {
		t.Error("what is hidden is drawn")
	}
	test.Tap(s.reveal)
	if got := drawn(s); got != secret || s.reveal.Label != "Hide" {
		t.Errorf("after Show %q is drawn", got)
	}
	w.Canvas().Focus(s.Focusable())
	for _, shortcut := range []fyne.Shortcut{&fyne.ShortcutSelectAll{}, &fyne.ShortcutCopy{Clipboard: test.NewClipboard()}, &fyne.ShortcutCut{Clipboard: test.NewClipboard()}} {
		s.box.TypedShortcut(shortcut)
		if c, ok := shortcut.(*fyne.ShortcutCopy); ok && c.Clipboard.Content() != "" {
			t.Error("a passphrase was copied")
		}
	}
	got := s.Take()
	if string(got) != secret {
		t.Fatalf("Take gave %q", got)
	}
	if s.Len() != 0 || s.Shown() || s.typed != (hidden{}) || drawn(s) != "" {
		t.Error("something of it stayed in the box")
	}
	clear(got)
	if text(s) != "" || len(s.Take()) != 0 {
		t.Error("it can be taken twice")
	}
}

// drawn gives the letters that are on the canvas.
func drawn(s *Secret) string {
	var out strings.Builder
	for _, o := range test.WidgetRenderer(s.box).Objects() {
		if l, ok := o.(*canvas.Text); ok && l.Visible() {
			out.WriteString(l.Text)
		} else if ok && l.Text != "" {
			out.WriteString("left behind: " + l.Text)
		}
	}
	return out.String()
}

func dots(s *Secret) (n int) {
	for _, o := range test.WidgetRenderer(s.box).Objects() {
		if d, ok := o.(*canvas.Circle); ok && d.Visible() {
			n++
		}
	}
	return n
}

func TestSecretEdits(t *testing.T) {
	s, w := newTestSecret(t)
	changes, submitted := 0, 0
	s.OnChanged = func() { changes++ }
	s.OnSubmitted = func() { submitted++ }
	test.Type(s.box, "bcd")
	press(w, fyne.KeyHome)
	test.Type(s.box, "a")
	press(w, fyne.KeyEnd, fyne.KeyLeft, fyne.KeyBackspace, fyne.KeyDelete)
	if got := text(s); got != "ab" || dots(s) != 2 {
		t.Errorf("edited to %q, %d dots", got, dots(s))
	}
	press(w, fyne.KeyBackspace, fyne.KeyBackspace, fyne.KeyBackspace, fyne.KeyDelete)
	if changes != 8 || s.Len() != 0 {
		t.Errorf("%d changes were told of, %d letters left", changes, s.Len())
	}
	clip := test.NewClipboard()
	clip.SetContent("from a manager\n")
	s.box.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clip})
	if got := text(s); got != "from a manager" {
		t.Errorf("pasted %q", got)
	}
	s.box.TypedShortcut(&fyne.ShortcutSelectAll{})
	test.Type(s.box, "x")
	if got := text(s); got != "x" {
		t.Errorf("typed over what is selected: %q", got)
	}
	press(w, fyne.KeyReturn, fyne.KeyEnter)
	if submitted != 2 {
		t.Errorf("Enter submitted %d times", submitted)
	}
	s.Disable()
	test.Type(s.box, "y")
	press(w, fyne.KeyReturn, fyne.KeyBackspace)
	if text(s) != "x" || submitted != 2 {
		t.Error("a box that is off takes keys")
	}
	s.Enable()
	s.Wipe()
	s.OnlyDigits(4)
	test.Type(s.box, "12a3456")
	clip.SetContent("99")
	s.box.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clip})
	if got := text(s); got != "1234" {
		t.Errorf("a PIN of four digits is %q", got)
	}
}

func TestSecretPassesOnWhatItDoesNotUse(t *testing.T) {
	s, w := newTestSecret(t)
	var got []fyne.KeyName
	w.Canvas().SetOnTypedKey(func(k *fyne.KeyEvent) { got = append(got, k.Name) })
	press(w, fyne.KeyEscape, fyne.KeyF1, fyne.KeyPageDown)
	if len(got) != 3 {
		t.Errorf("passed on %v", got)
	}
	w.Canvas().FocusNext()
	if f, ok := w.Canvas().Focused().(*Button); !ok || f != s.reveal {
		t.Errorf("Tab went to %T", w.Canvas().Focused())
	}
	w.Canvas().FocusPrevious()
	if w.Canvas().Focused() != s.Focusable() {
		t.Error("Shift+Tab did not come back")
	}
}

func TestSecretWarnsOfCapsLock(t *testing.T) {
	s, _ := newTestSecret(t)
	test.Type(s.box, "abc 7")
	if s.caps.Visible() {
		t.Error("small letters look like Caps Lock")
	}
	test.Type(s.box, "D")
	if !s.caps.Visible() {
		t.Error("a capital without Shift does not warn of Caps Lock")
	}
	s.box.KeyDown(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	test.Type(s.box, "E")
	s.box.KeyUp(&fyne.KeyEvent{Name: desktop.KeyShiftLeft})
	if s.caps.Visible() {
		t.Error("a capital with Shift warns of Caps Lock")
	}
	test.Type(s.box, "F")
	s.Wipe()
	if s.caps.Visible() {
		t.Error("an empty box warns of Caps Lock")
	}
}

// A line longer than its box is drawn from where the caret is in sight, and
// nothing is drawn outside the box.
func TestSecretScrolls(t *testing.T) {
	s, w := newTestSecret(t)
	w.Resize(fyne.NewSize(400, 768))
	for _, shown := range []bool{false, true} {
		write(s, strings.Repeat("wide ", 30))
		s.show(shown)
		for _, key := range []fyne.KeyName{fyne.KeyEnd, fyne.KeyLeft, fyne.KeyHome, fyne.KeyRight, fyne.KeyEnd, fyne.KeyBackspace} {
			press(w, key)
			inside(t, s)
		}
		if s.box.first == 0 {
			t.Error("150 letters fit a narrow box")
		}
		s.box.Tapped(&fyne.PointEvent{Position: fyne.NewPos(secretPad+1, 20)})
		if s.typed.caret != s.box.first {
			t.Errorf("a tap on the first letter drawn (%d) put the caret at %d", s.box.first, s.typed.caret)
		}
		s.Wipe()
		if s.box.first != 0 {
			t.Error("an empty line is scrolled")
		}
	}
	write(s, strings.Repeat("x", MaxSecret+9))
	if s.Len() != MaxSecret {
		t.Errorf("the box holds %d letters", s.Len())
	}
}

func inside(t *testing.T, s *Secret) {
	t.Helper()
	box := s.box.Size()
	for _, o := range test.WidgetRenderer(s.box).Objects() {
		if !o.Visible() {
			continue
		}
		end := o.Position().Add(o.Size())
		if o.Position().X < 0 || end.X > box.Width+1 || end.Y > box.Height+1 {
			t.Errorf("%T is drawn at %v to %v of a box of %v", o, o.Position(), end, box)
		}
	}
	caret := test.WidgetRenderer(s.box).(*secretBoxRenderer).caret
	if caret.Hidden || caret.Position().X < secretPad-1 {
		t.Errorf("the caret is at %v", caret.Position())
	}
}

func TestSameSecret(t *testing.T) {
	window(t, NewText(""))
	a, b := NewSecret("a", "Show", "Hide", ""), NewSecret("b", "Show", "Hide", "")
	if !a.Same(b) {
		t.Error("two empty boxes differ")
	}
	write(a, "river harbour")
	if a.Same(b) {
		t.Error("different boxes are the same")
	}
	write(b, "river harbour")
	var seen []byte
	if a.With(func(text []byte) { seen = text }); !a.Same(b) || !bytes.Equal(seen, make([]byte, len(seen))) {
		t.Error("the same boxes differ, or what was looked at was not wiped")
	}
}

func TestSecretHeights(t *testing.T) {
	for density, want := range map[look.Density]float32{look.Field: 64, look.Desk: 48} {
		w := window(t, NewText(""))
		fyne.CurrentApp().Settings().SetTheme(look.New(look.Day, density, 1))
		s := NewSecret("Passphrase", "Show", "Hide", "Caps Lock")
		w.SetContent(Column(0, s))
		if got := s.box.Size().Height; got != want {
			t.Errorf("density %d: the box is %v high, want %v", density, got, want)
		}
	}
}
