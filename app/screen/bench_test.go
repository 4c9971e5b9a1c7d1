package screen

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"satchel/app/touch"
	"satchel/assets"
)

// benchStage is a shell in a window, for benchmarks.
func benchStage(b *testing.B, d *valueDesk) *Shell {
	b.Helper()
	test.NewTempApp(b)
	words, err := assets.Load(assets.English)
	if err != nil {
		b.Fatal(err)
	}
	win := test.NewTempWindow(b, touch.Column(0))
	win.Resize(fyne.NewSize(1366, 768))
	s, err := New(Config{
		Desk: d, Words: words, Window: win, Now: func() time.Time { return noon },
		Do: func(f func()) { f() }, Go: func(f func()) { f() },
	})
	if err != nil {
		b.Fatal(err)
	}
	s.Start()
	return s
}

// BenchmarkFindDrawn is one more letter in the search box with fifty rows found:
// from the key to rows laid out (P2: drawn within 50 ms).
func BenchmarkFindDrawn(b *testing.B) {
	d := withPeople()
	var rs []Row
	for range 10 {
		rs = append(rs, rows()...)
	}
	d.results["ok"], d.results["oko"] = found(MatchStart, rs...), found(MatchName, rs...)
	s := benchStage(b, d)
	v := s.view.(*findView)
	for i := 0; b.Loop(); i++ {
		v.box.SetText([]string{"ok", "oko"}[i%2])
	}
}

// BenchmarkOpenToCard is an open record from the Desk's answer to the emergency
// card laid out.
func BenchmarkOpenToCard(b *testing.B) {
	s := benchStage(b, withPeople())
	for b.Loop() {
		s.approach(rows()[0])
		s.goFind()
	}
}
