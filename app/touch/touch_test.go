package touch

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"

	"satchel/app/look"
)

// window shows content in a test window of the size Satchel is designed for.
func window(t *testing.T, content fyne.CanvasObject) fyne.Window {
	t.Helper()
	test.NewTempApp(t)
	fyne.CurrentApp().Settings().SetTheme(look.New(look.Day, look.Field, 1))
	w := test.NewTempWindow(t, content)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(1366, 768))
	return w
}

func press(w fyne.Window, keys ...fyne.KeyName) {
	for _, k := range keys {
		if f := w.Canvas().Focused(); f != nil {
			f.TypedKey(&fyne.KeyEvent{Name: k})
		} else if h := w.Canvas().OnTypedKey(); h != nil {
			h(&fyne.KeyEvent{Name: k})
		}
	}
}

func TestTextWrapsAndNeverCuts(t *testing.T) { // P10
	test.NewTempApp(t)
	for _, words := range []string{
		"Amoxicillin 500 mg three times a day", "Supercalifragilisticexpialidocious-Featherstonehaugh",
		"two\nlines", "", "  spaced   out  ", "żółć Ωmega ½ µg",
	} {
		text := NewText(words)
		for _, width := range []float32{40, 90, 200, 2000} {
			lines := text.wrap(width, 19)
			kept := strings.Join(strings.Fields(strings.Join(lines, " ")), "")
			if want := strings.Join(strings.Fields(words), ""); kept != want {
				t.Errorf("at %v wide %q became %q", width, words, lines)
			}
			for _, line := range lines {
				if w := text.measure(line, 19); w > width && len([]rune(line)) > 1 {
					t.Errorf("at %v wide the line %q is %v wide", width, line, w)
				}
			}
			if h := text.HeightFor(width); h < float32(len(lines))*19 {
				t.Errorf("%d lines are only %v high", len(lines), h)
			}
		}
	}
}

func TestEveryTargetIsLargeEnough(t *testing.T) { // P10
	for _, d := range []look.Density{look.Field, look.Desk} {
		w := window(t, NewText(""))
		fyne.CurrentApp().Settings().SetTheme(look.New(look.Day, d, 1))
		w.SetContent(sampler(false))
		w.Resize(fyne.NewSize(1366, 768))
		targets := 0
		Walk(w.Content(), func(o fyne.CanvasObject) bool {
			_, tappable := o.(fyne.Tappable)
			if tappable && o.Visible() {
				targets++
				if s := o.Size(); s.Height < look.Least || s.Width < look.Least {
					t.Errorf("density %d: %T %v is under 44", d, o, s)
				}
			}
			return true
		})
		if targets < 12 {
			t.Errorf("density %d: only %d targets were found", d, targets)
		}
	}
}

func TestHeightsAreThoseDesigned(t *testing.T) {
	window(t, NewText(""))
	for _, c := range []struct {
		name string
		o    fyne.CanvasObject
		want float32
	}{
		{"plain button", NewButton("Back", Plain, nil), 64},
		{"main button", NewButton("Unlock", Primary, nil), 88},
		{"danger button", NewButton("Open", Danger, nil), 88},
		{"bar button", NewButton("Lock", OnBar, nil), 48},
		{"reason row", NewChoice("Incident", "Number", nil), 72},
		{"search box", NewSearch("Find"), 72},
		{"banner", NewBanner(BannerFacts{Name: "SMITH, John (Mr)", Items: []LabelledValue{{"Born", "05-Mar-1948 (77y)"}}}).Press, 84},
		{"strip", NewStrip(Sign{Words: "DEMONSTRATION"}, nil), 32},
		{"status line", NewStatusLine(Status{Signs: []Sign{{Words: "Offline"}}}), 40},
	} {
		if got := HeightFor(c.o, 1366); got != c.want {
			t.Errorf("%s is %v high, want %v", c.name, got, c.want)
		}
	}
}

func TestKeysPress(t *testing.T) {
	pressed := 0
	b := NewButton("Unlock", Primary, func() { pressed++ })
	w := window(t, Column(0, b))
	w.Canvas().Focus(b)
	press(w, fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace)
	test.Tap(b)
	if pressed != 4 {
		t.Errorf("Enter, keypad Enter, Space and a tap pressed %d times, want 4", pressed)
	}
	b.Disable()
	press(w, fyne.KeyReturn)
	test.Tap(b)
	if pressed != 4 {
		t.Error("a disabled button was pressed")
	}
}

func TestUnusedKeysPassOn(t *testing.T) {
	e, b := NewEntry("Name"), NewButton("Go", Plain, func() {})
	l := NewDragList(func() (fyne.CanvasObject, func(int)) { return NewText(""), func(int) {} })
	l.SetLength(3)
	w := window(t, Column(0, e, b, l))
	var got []fyne.KeyName
	w.Canvas().SetOnTypedKey(func(k *fyne.KeyEvent) { got = append(got, k.Name) })
	for _, f := range []fyne.Focusable{e.Focusable(), b, l} {
		got = nil
		w.Canvas().Focus(f)
		press(w, fyne.KeyEscape, fyne.KeyF1)
		if len(got) != 2 || got[0] != fyne.KeyEscape || got[1] != fyne.KeyF1 {
			t.Errorf("%T passed on %v, want Esc and F1", f, got)
		}
	}
	fired := 0
	lock := &desktop.CustomShortcut{KeyName: fyne.KeyL, Modifier: fyne.KeyModifierControl}
	c := software.NewCanvas() // a window of the test driver keeps its shortcuts to itself
	c.AddShortcut(lock, func(fyne.Shortcut) { fired++ })
	if !passShortcut(c, lock) || passShortcut(c, &fyne.ShortcutUndo{}) || fired != 1 {
		t.Errorf("Ctrl+L while typing fired %d times, want 1, and undo must stay", fired)
	}
	w.Canvas().Focus(e.Focusable())
	test.Type(e.box, "word")
	e.box.TypedShortcut(&fyne.ShortcutSelectAll{})
	if e.box.SelectedText() != "word" {
		t.Error("select all no longer edits")
	}
}

func TestTabLeavesEveryBox(t *testing.T) {
	e := NewEntry("Notes").Lines(3)
	b := NewButton("Save", Plain, nil)
	w := window(t, Column(0, e, b))
	w.Canvas().Focus(e.Focusable())
	if e.box.AcceptsTab() {
		t.Error("a box of many lines keeps Tab to itself")
	}
	w.Canvas().FocusNext()
	if w.Canvas().Focused() != fyne.Focusable(b) {
		t.Errorf("Tab went to %T", w.Canvas().Focused())
	}
}

func TestEntryShowsWhatIsWrong(t *testing.T) {
	e := NewEntry("Name")
	window(t, Column(0, e))
	before := HeightFor(e, 600)
	e.SetFault("Give your name.")
	if e.Fault() == "" || HeightFor(e, 600) <= before {
		t.Error("a fault takes no room, so it is not seen")
	}
}

func manyLines() fyne.CanvasObject {
	c := Column(0)
	for range 100 {
		c.Add(NewText("one line"))
	}
	return c
}

func TestDragScrolls(t *testing.T) { // P10
	s := NewScroll(manyLines())
	window(t, s)
	drag := &fyne.DragEvent{Dragged: fyne.NewDelta(0, -120)}
	s.Dragged(drag)
	if s.Offset() != 120 {
		t.Errorf("a drag of 120 moved by %v", s.Offset())
	}
	drag.Dragged.DY = 500
	s.Dragged(drag)
	if s.Offset() != 0 {
		t.Errorf("a drag past the top stands at %v", s.Offset())
	}
	s.MoveTo(1e6)
	if end := s.Offset(); end <= 0 || end != s.height-s.Size().Height {
		t.Errorf("the end is at %v", end)
	}
}

func TestPageKeys(t *testing.T) {
	s := NewScroll(manyLines())
	w := window(t, s)
	if s.up.Hidden || s.down.Hidden || s.bar.Hidden {
		t.Fatal("a long page has no Page keys or no bar")
	}
	if s.down.Size().Width != 64 {
		t.Errorf("the Page key is %v wide, want 64", s.down.Size().Width)
	}
	test.Tap(s.down)
	if s.Offset() < 600 {
		t.Errorf("Page down moved by %v", s.Offset())
	}
	w.Canvas().Focus(s.up)
	press(w, fyne.KeyReturn)
	if s.Offset() != 0 {
		t.Errorf("Page up left it at %v", s.Offset())
	}
	if !s.Key(fyne.KeyEnd) || s.Offset() == 0 || s.Key(fyne.KeyF5) {
		t.Error("End must move and F5 must not")
	}
	s.SetContent(NewText("short"))
	if !s.up.Hidden || s.Key(fyne.KeyDown) {
		t.Error("a short page keeps its Page keys")
	}
}

func TestFocusComesIntoView(t *testing.T) {
	last := NewButton("Last", Plain, nil)
	s := NewScroll(Column(0, manyLines(), last))
	w := window(t, s)
	w.Canvas().Focus(last)
	top := fyne.CurrentApp().Driver().AbsolutePositionForObject(last).Y
	if top < 0 || top+last.Size().Height > 768 {
		t.Errorf("the focused button stands at %v, outside the window", top)
	}
}

func TestListKeysAndRows(t *testing.T) {
	opened := -1
	l := NewDragList(func() (fyne.CanvasObject, func(int)) {
		text := NewText("")
		return text, func(i int) { text.SetWords(strings.Repeat("long name ", 1+i%40)) }
	})
	l.OnOpen = func(i int) { opened = i }
	w := window(t, l)
	l.SetLength(500)
	w.Canvas().Focus(l)
	press(w, fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn)
	if opened != 2 {
		t.Errorf("Down, Down, Enter opened row %d, want 2", opened)
	}
	press(w, fyne.KeyEnd, fyne.KeySpace)
	if opened != 499 {
		t.Errorf("End, Space opened row %d, want 499", opened)
	}
	if top, bottom := l.body.span(499); top < l.scroll.Offset() || bottom > l.scroll.Offset()+l.Size().Height+1 {
		t.Error("the chosen row is out of sight")
	}
	if n := len(l.body.shown); n > 20 {
		t.Errorf("%d row widgets exist for one window", n)
	}
	press(w, fyne.KeyHome, fyne.KeyPageDown)
	if l.Chosen() < 2 {
		t.Errorf("Page down chose row %d", l.Chosen())
	}
	for row, r := range l.body.shown {
		want := HeightFor(r.content, r.Size().Width-2*rowPad)
		if r.Size().Height < want {
			t.Errorf("row %d is %v high, its words need %v", row, r.Size().Height, want)
		}
	}
	l.SetLength(0)
	press(w, fyne.KeyReturn, fyne.KeyDown)
	if opened != 499 {
		t.Error("an empty list opened a row")
	}
}

func TestBannerNeverHidesItsFirstZone(t *testing.T) { // P3
	b := NewBanner(BannerFacts{
		Name:   "BARNABY, Ethel (Mrs)",
		Items:  []LabelledValue{{"Born", "14-Feb-1938 (88y)"}, {"Gender", "Female"}, {"NHS No.", "999 000 0018"}},
		Second: []LabelledValue{{"Usual address", "12 Harbour Row"}}, More: "More", Less: "Less",
	})
	resized := 0
	b.OnResize = func() { resized++ }
	window(t, Column(0, b.Press))
	closed := HeightFor(b.Press, 1366)
	test.Tap(b.Press)
	if HeightFor(b.Press, 1366) <= closed || resized != 1 {
		t.Error("a press does not open the second zone")
	}
	for _, want := range []string{"BARNABY, Ethel (Mrs)", "14-Feb-1938 (88y)", "Female", "999 000 0018", "12 Harbour Row"} {
		if !says(b.Press, want) {
			t.Errorf("the open banner does not say %q", want)
		}
	}
	test.Tap(b.Press)
	if HeightFor(b.Press, 1366) != closed {
		t.Error("a second press does not close it")
	}
}

// says tells whether some visible text of o is exactly words.
func says(o fyne.CanvasObject, words string) bool {
	found := false
	Walk(o, func(o fyne.CanvasObject) bool {
		if t, ok := o.(*Text); ok && t.Words() == words {
			found = true
		}
		return true
	})
	return found
}

func TestDiedBannerDiffersInColourAndPattern(t *testing.T) {
	b := NewBanner(BannerFacts{Name: "SMITH, John (Mr)", Dead: true})
	window(t, Column(0, b.Press))
	if !b.Press.face.Hatched || b.Press.face.Fill != look.Died {
		t.Error("the banner of a person who has died must differ in colour and pattern")
	}
	r := test.WidgetRenderer(b.Press).(*pressRenderer)
	if len(r.ground.hatch) < 20 {
		t.Errorf("only %d lines of hatching were drawn", len(r.ground.hatch))
	}
}

func TestAskStartsSafeAndGivesFocusBack(t *testing.T) {
	b := NewButton("Erase", Danger, nil)
	w := window(t, Column(0, b))
	w.Canvas().Focus(b)
	went := 0
	q := Question{Title: "Lose what you typed?", Words: "It is not saved.", Safe: "Keep", Go: "Lose", OnGo: func() { went++ }}
	a := Ask(w.Canvas(), q)
	if w.Canvas().Focused() != fyne.Focusable(a.safe) {
		t.Error("the question does not start on its safe answer")
	}
	press(w, fyne.KeyEscape)
	if went != 0 || a.popup.Visible() || w.Canvas().Focused() != fyne.Focusable(b) {
		t.Error("Esc must give the safe answer and the focus back")
	}
	Ask(w.Canvas(), q)
	w.Canvas().FocusNext()
	press(w, fyne.KeyReturn)
	if went != 1 {
		t.Errorf("the other answer ran %d times", went)
	}
}

func TestOptionsExclude(t *testing.T) {
	chosen := -1
	o := NewOptions(-1, func(i int) { chosen = i }, Option{Title: "One", Detail: ""}, Option{Title: "Two", Detail: "more"})
	window(t, o.Box)
	test.Tap(o.Rows()[1])
	test.Tap(o.Rows()[0])
	if chosen != 0 || o.Chosen() != 0 || o.rings[0].form != RingDot || o.rings[1].form != Ring {
		t.Errorf("chosen %d, rings %v and %v", chosen, o.rings[0].form, o.rings[1].form)
	}
}

func TestFlowBreaksBetweenPieces(t *testing.T) {
	test.NewTempApp(t)
	a, b := NewText("Born 14-Feb-1938"), NewText("NHS No. 999 000 0018")
	f := Flow(10, 4, a, b)
	wide := a.NaturalWidth() + b.NaturalWidth() + 10
	if one, two := HeightFor(f, wide), HeightFor(f, wide-2); two < 2*one {
		t.Errorf("one line is %v high, two are %v", one, two)
	}
	f.Resize(fyne.NewSize(wide-2, 100))
	if b.Position().X != 0 || b.Position().Y <= a.Position().Y {
		t.Errorf("the second piece stands at %v", b.Position())
	}
}

func TestCellsShareAWidth(t *testing.T) {
	test.NewTempApp(t)
	shape, words := NewShapeSized(Disc, look.Text, 20), NewText(strings.Repeat("word ", 60))
	l := row{8, []Cell{Fit(shape), Fit(words), Grow(NewText("rest")), Fixed(50, NewText("x"))}}
	w := l.widths(400)
	total := w[0] + w[1] + w[2] + w[3] + 24
	if w[0] != 20 || w[3] != 50 || w[2] <= 0 || total > 400.5 || total < 399.5 {
		t.Errorf("400 was shared out as %v", w)
	}
}
