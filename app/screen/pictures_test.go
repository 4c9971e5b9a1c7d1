package screen

import (
	"flag"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
)

var (
	pictures = flag.String("pictures", "", "folder to draw pictures of the screens into")
	only     = flag.String("only", "", "draw only the scenes and variants whose name (scene-variant) matches this expression")
)

// scene is one screen in one state: the fixture set for tests and pictures.
type scene struct {
	name string
	desk func() *valueDesk
	act  func(s *Shell) // what is done after the start; nil: nothing
}

func open(n byte) func(*Shell) {
	return func(s *Shell) { s.approach(Row{Handle: handle(n), Name: "row"}) }
}

func search(q string) func(*Shell) {
	return func(s *Shell) { s.view.(*findView).box.SetText(q) }
}

func withResults(q string, r Results) func() *valueDesk {
	return func() *valueDesk {
		d := withPeople()
		d.results[q] = r
		return d
	}
}

func scenes() []scene {
	many := func() Results {
		var rs []Row
		for range 10 {
			rs = append(rs, rows()...)
		}
		r := found(MatchStart, rs...)
		r.More = true
		return r
	}()
	chosen := func(n byte, section, tile int) func(*Shell) {
		return func(s *Shell) {
			open(n)(s)
			v := s.view.(*recordView)
			v.choose(section)
			if tile > 0 {
				v.openTile(tile - 1)
			}
		}
	}
	return append(doorScenes(), []scene{
		{"unlock", func() *valueDesk { return base(PhaseLocked) }, nil},
		{"unlock-wrong", func() *valueDesk { return base(PhaseLocked) }, func(s *Shell) {
			v := s.view.(*unlockView)
			write(v.secret, "wrong")
			v.submit()
		}},
		{"unlock-refused", func() *valueDesk {
			d := base(PhaseLocked)
			d.state.People[0].Refused = &Problem{Key: ProblemTraining, Code: "R6", Values: []any{"date", "01-Nov-2026"}}
			d.state.Notices = []Notice{NoticeSetAside}
			return d
		}, nil},
		{"duty", func() *valueDesk { return base(PhaseDuty) }, nil},
		{"home", withPeople, nil},
		{"home-none", func() *valueDesk {
			d := base(PhaseOpen)
			d.state.Held, d.state.Demo = 0, false
			d.state.Loading = Loading{0, 380}
			d.sync = Sync{}
			return d
		}, nil},
		{"home-loading", func() *valueDesk {
			d := withPeople()
			d.state.Loading = Loading{214, 380}
			d.sync.Phase, d.sync.Receive = SyncReceiving, Count{Done: 212, Of: 380}
			return d
		}, nil},
		{"find-one", withResults("999 000 0018", found(MatchNumber, rows()[0])), search("9990000018")},
		{"find-many", withResults("ok", many), search("ok")},
		{"find-similar", withResults("okonkwa", found(MatchSimilar, rows()[2:4]...)), search("okonkwa")},
		{"find-nobody", withPeople, search("zzz")},
		{"find-bad-number", withResults("999 000 0001", Results{BadNumber: true}), search("9990000001")},
		{"similar", withPeople, func(s *Shell) { s.approach(found(MatchSimilar, rows()[2]).Rows[0]) }},
		{"reason", withPeople, open(2)},
		{"reason-missing", withPeople, func(s *Shell) {
			open(2)(s)
			v := s.view.(*reasonView)
			v.bases.Rows()[0].Tapped(nil)
			v.submit()
		}},
		{"card", withPeople, open(1)},
		{"card-longest", withPeople, chosenReason(0)},
		{"card-died", withPeople, open(3)},
		{"tile-medicines", withPeople, chosen(1, 0, 4)},
		{"section-medicines", withPeople, chosen(1, 2, 0)},
		{"section-problems", withPeople, chosen(1, 3, 0)},
		{"section-plan", withPeople, chosen(1, 8, 0)},
		{"section-withheld", withPeople, chosen(1, 6, 0)},
		{"section-carer", withPeople, chosen(1, 9, 0)},
		{"about", withPeople, chosen(1, 10, 0)},
		{"newer", withPeople, func(s *Shell) {
			open(1)(s)
			s.handle(NewerCopy{handle(1), noon.Add(7 * time.Minute)})
		}},
		{"withdrawn", withPeople, func(s *Shell) {
			open(1)(s)
			s.handle(Withdrawn{handle(1), noon.Add(129 * time.Minute)})
		}},
		{"lease-ended", withPeople, func(s *Shell) {
			open(1)(s)
			s.row = rows()[0]
			s.handle(LeaseEnded{handle(1), noon})
		}},
		{"refused", func() *valueDesk {
			d := withPeople()
			d.fail = &Problem{Key: ProblemRefused, Code: "P4", Values: []any{"rule", "social care roles do not see clinical detail"}}
			return d
		}, open(1)},
		{"not-recorded", func() *valueDesk {
			d := withPeople()
			d.fail = &Problem{Key: ProblemNotRecorded, Code: "AUD-2"}
			return d
		}, open(1)},
		{"waiting", withPeople, (*Shell).goWaiting},
		{"waiting-none", func() *valueDesk {
			d := withPeople()
			d.state.Unsent = 0
			d.waiting = Waiting{Written: 41, Received: 41, ReceivedAt: noon.Add(-58 * time.Minute)}
			return d
		}, (*Shell).goWaiting},
		{"sync", withPeople, (*Shell).goSync},
		{"sync-receiving", func() *valueDesk {
			d := withPeople()
			d.sync.Phase, d.sync.Receive = SyncReceiving, Count{Done: 212, Of: 380, Bytes: 18_200_000}
			d.sync.Send, d.sync.TimeLeft = Count{Of: 3, Bytes: 12_000}, 4*time.Minute
			d.sync.NoNews, d.sync.Missing = true, 1
			return d
		}, (*Shell).goSync},
		{"keys", withPeople, (*Shell).goKeys},
		{"setup-code", func() *valueDesk { return base(PhaseNotSetUp) }, nil},
		{"setup-hub", func() *valueDesk { return base(PhaseNotSetUp) }, func(s *Shell) { s.view.(*setupView).meet() }},
		{"setup-person", func() *valueDesk { return base(PhaseNotSetUp) }, func(s *Shell) {
			v := s.view.(*setupView)
			v.meet()
			v.goTo(stepPerson)
			write(v.chosen.first, "river ha")
			v.chosen.judge()
			v.enrol()
		}},
		{"setup-unreachable", func() *valueDesk {
			d := base(PhaseNotSetUp)
			d.fail = &Problem{Key: ProblemUnreachable, Code: "NET-01"}
			return d
		}, func(s *Shell) { s.view.(*setupView).meet() }},
		{"await", func() *valueDesk { return base(PhaseAwaiting) }, nil},
		{"stop", func() *valueDesk {
			d := base(PhaseUnusable)
			d.state.Stop = &Problem{Key: ProblemFolderInUse, Code: "D1", Values: []any{"process", 4711}}
			return d
		}, nil},
		{"stop-wiped", func() *valueDesk {
			d := base(PhaseUnusable)
			d.state.Stop = &Problem{Key: ProblemWiped, Code: "ORDER-19"}
			return d
		}, nil},
	}...)
}

// chosenReason opens the person with the longest name through the reason page.
func chosenReason(section int) func(*Shell) {
	return func(s *Shell) {
		open(2)(s)
		v := s.view.(*reasonView)
		v.m.basis, v.m.permission = 2, 0
		v.submit()
		s.view.(*recordView).choose(section)
	}
}

// canvasWindow is a window on a canvas that can be drawn without a display.
type canvasWindow struct{ software.WindowlessCanvas }

func (w canvasWindow) Canvas() fyne.Canvas { return w.WindowlessCanvas }

// stageOn starts a scene on a canvas with a painter.
func (sc scene) stageOn(t *testing.T, size fyne.Size, scale float32, p Prefs) (*Shell, canvasWindow) {
	t.Helper()
	win := canvasWindow{software.NewCanvas()}
	win.SetPadded(false)
	win.SetScale(scale)
	win.Resize(size)
	d := sc.desk()
	d.prefs = p
	s, err := New(Config{
		Desk: d, Words: english(t), Window: win, Now: func() time.Time { return noon },
		Do: func(f func()) { f() }, Go: func(f func()) { f() },
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if sc.act != nil {
		sc.act(s)
	}
	win.Resize(size)
	return s, win
}

// TestPictures draws every scene; with -pictures DIR it keeps the pictures, by
// day and night at 1366x768 and by day at twice the scale.
func TestPictures(t *testing.T) {
	test.NewTempApp(t)
	usual, least := fyne.NewSize(1366, 768), fyne.NewSize(1024, 700)
	variants := []struct {
		name  string
		size  fyne.Size
		scale float32
		prefs Prefs
	}{{"day", usual, 1, Prefs{}}}
	if *pictures != "" {
		variants = append(variants, []struct {
			name  string
			size  fyne.Size
			scale float32
			prefs Prefs
		}{
			{"night", usual, 1, Prefs{Look: "night"}},
			{"contrast-desk", usual, 1, Prefs{Look: "contrast", Desk: true}},
			{"day-2x", usual, 2, Prefs{}},
			{"text-200", usual, 1, Prefs{Text: 200}},
			{"least", least, 1, Prefs{}},
		}...)
	}
	for _, v := range variants {
		for _, sc := range scenes() {
			if !regexp.MustCompile(*only).MatchString(sc.name + "-" + v.name) {
				continue
			}
			_, win := sc.stageOn(t, v.size, v.scale, v.prefs)
			img := win.Capture()
			if want := int(v.size.Width * v.scale); img.Bounds().Dx() != want {
				t.Errorf("%s %s is %d wide, want %d", sc.name, v.name, img.Bounds().Dx(), want)
			}
			if *pictures == "" {
				continue
			}
			f, err := os.Create(filepath.Join(*pictures, fmt.Sprintf("%s-%s.png", sc.name, v.name)))
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
}
