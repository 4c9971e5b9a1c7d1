package screen

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"satchel/app/look"
	"satchel/app/touch"
)

// TestScenes holds every screen in every state to what all screens promise.
func TestScenes(t *testing.T) {
	for _, sc := range scenes() {
		t.Run(sc.name, func(t *testing.T) {
			st := newStage(t, sc.desk())
			if sc.act != nil {
				sc.act(st.shell)
			}
			hasItsBanner(t, st)
			targetsAreLargeEnough(t, st)
			showsNoKeys(t, st)
			nothingIsCut(t, sc.name, st.win.Content())
			saysWhatItSaid(t, sc.name, st)
			tabReachesEverything(t, st)
			for _, other := range []struct {
				size  fyne.Size
				prefs Prefs
			}{
				{fyne.NewSize(1024, 700), Prefs{}},
				{fyne.NewSize(1366, 768), Prefs{Look: "contrast", Text: 200}},
				{fyne.NewSize(1920, 1080), Prefs{Look: "night", Desk: true}},
			} {
				st.shell.dress(other.prefs)
				st.win.Resize(other.size)
				st.shell.drawFrame()
				nothingIsCut(t, sc.name, st.win.Content())
				targetsAreLargeEnough(t, st)
			}
		})
	}
}

// A place about one person has that person's banner right under the top bar,
// a list of several has none. P3
func hasItsBanner(t *testing.T, st *stage) {
	banner := st.shell.frame.banner
	r, ok := st.shell.top().(personRoute)
	if !ok {
		if _, closed := st.shell.top().(closedRoute); !closed && len(banner.Objects) != 0 {
			t.Error("a screen that is not about one person has a banner")
		}
		return
	}
	if len(banner.Objects) != 1 || banner.Size().Height < look.BannerRow || banner.Position().Y != st.shell.frame.bar.Size().Height {
		t.Fatal("the banner is not under the top bar")
	}
	name := wordsOf(banner)[0]
	if o := st.shell.opened; o != nil && o.Handle == r.person() && name != o.Summary.Person.BannerName() {
		t.Errorf("the banner names %q", name)
	}
}

// Nothing that can be pressed is under 44. P10
func targetsAreLargeEnough(t *testing.T, st *stage) {
	touch.Walk(st.win.Content(), func(o fyne.CanvasObject) bool {
		if _, ok := o.(fyne.Tappable); ok && (o.Size().Height < look.Least || o.Size().Width < look.Least) {
			t.Errorf("%T of %v can be pressed", o, o.Size())
		}
		return true
	})
}

var unfilled = regexp.MustCompile(`\{[a-z]+\}|\[[a-z]+\.[a-z.-]+\]`)

// No place in a text is left unfilled, no key is shown for want of words.
func showsNoKeys(t *testing.T, st *stage) {
	for _, s := range st.words() {
		if unfilled.MatchString(s) {
			t.Errorf("the screen shows %q", s)
		}
	}
}

// Tab reaches everything that can be used and comes round. P10
func tabReachesEverything(t *testing.T, st *stage) {
	want := 0
	touch.Walk(st.win.Content(), func(o fyne.CanvasObject) bool {
		_, ok := o.(fyne.Focusable)
		if d, off := o.(fyne.Disableable); ok && !(off && d.Disabled()) {
			want++
		}
		return true
	})
	seen := map[fyne.Focusable]bool{}
	st.win.Canvas().Unfocus()
	for range want + 1 {
		st.win.Canvas().FocusNext()
		seen[st.win.Canvas().Focused()] = true
	}
	if len(seen) < want {
		t.Errorf("Tab reaches %d of %d things", len(seen), want)
	}
}

var update = flag.Bool("update", false, "write what the screens say to testdata/words")

// What a screen says, in the order it is read, is kept in testdata/words: a
// change of words or of their order is seen in review.
func saysWhatItSaid(t *testing.T, name string, st *stage) {
	path := filepath.Join("testdata", "words", name+".txt")
	got := strings.Join(st.words(), "\n") + "\n"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the screen says\n%s\nand said\n%s", got, want)
	}
}
