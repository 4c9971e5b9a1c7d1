package screen

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"satchel/app/touch"
	"satchel/store/record"
)

// TestRealFilesAreShownWhole opens every example summary there is, goes through
// all its sections and tiles, and looks that nothing is cut, covered or lost.
func TestRealFilesAreShownWhole(t *testing.T) { // P3, P4, P28
	const folder = "../../../shared/data/ips"
	if _, err := os.Stat(folder); err != nil {
		t.Logf("NOT RUN: %v", err)
		return
	}
	n := 0
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		s, err := record.Parse(raw)
		if err != nil || s.Person == nil {
			return nil // refused with a reason, or nobody's: record's own tests judge that
		}
		n++
		t.Run(filepath.Base(path), func(t *testing.T) { showWhole(t, s) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		t.Error("no example could be read")
	}
}

func showWhole(t *testing.T, s *record.Summary) {
	d := withPeople()
	d.opened[handle(1)] = opened(handle(1), s)
	st := newStage(t, d)
	st.shell.approach(rows()[0])
	v := st.shell.view.(*recordView)
	if len(v.rows) != len(s.Sections)+2 {
		t.Errorf("%d rows for %d sections", len(v.rows), len(s.Sections))
	}
	for i := range v.rows {
		v.choose(i)
		nothingIsCut(t, v.rows[i].Title, v.middle)
		if i > 0 && i <= len(s.Sections) {
			titles(t, v.middle, s.Sections[i-1].Items)
		}
	}
	for i := range v.tiles {
		v.openTile(i)
		nothingIsCut(t, v.tiles[i].Title, v.middle)
		if n := len(v.tiles[i].Items); n > strings.Count(strings.Join(wordsOf(v.middle), "\n"), "ast updated") {
			t.Errorf("%s: not all of %d items are on its page", v.tiles[i].Title, n)
		}
	}
}

// titles looks that every item's title is on the page, whole.
func titles(t *testing.T, o fyne.CanvasObject, items []record.Item) {
	shown := map[string]bool{}
	for _, words := range wordsOf(o) {
		shown[words] = true
	}
	for _, it := range items {
		if !shown[it.Title] {
			t.Errorf("an item is not shown: %q", it.Title)
		}
	}
}

// nothingIsCut looks at every text under o: it must be as high as its words
// need at its width, and stand inside what holds it.
func nothingIsCut(t *testing.T, what string, o fyne.CanvasObject) {
	touch.Walk(o, func(o fyne.CanvasObject) bool {
		text, ok := o.(*touch.Text)
		if ok && (text.Size().Width+1 < min(text.NaturalWidth(), 20) || text.Size().Height+0.5 < text.HeightFor(text.Size().Width)) {
			t.Errorf("%s: %q has %v, needs %v", what, text.Words(), text.Size(), text.HeightFor(text.Size().Width))
		}
		return true
	})
}
