package screen

import (
	"context"
	"errors"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"satchel/app/touch"
	"satchel/assets"
	"satchel/store/identity"
)

// valueDesk is a Desk over plain values: what a test sets is what screens see.
type valueDesk struct {
	state    State
	sync     Sync
	waiting  Waiting
	duty     Duty
	results  map[string]Results
	today    []Row
	approach map[identity.Handle]Approach
	opened   map[identity.Handle]*Opened
	hub      Hub
	fail     error // what the next call with a context returns
	prefs    Prefs
	events   chan Event

	locked, synced int
	closed         []identity.Handle
	reasons        []Reason
	enrolled       []Enrolment
	accepted       []string
	door           valueDoor
	block          chan struct{} // not nil: Open waits for it or for the context
}

func (d *valueDesk) State() State { return d.state }

func (d *valueDesk) Meet(context.Context, string) (Hub, error) { return d.hub, d.fail }

func (d *valueDesk) Enrol(_ context.Context, e Enrolment) error {
	e.Passphrase = append([]byte(nil), e.Passphrase...)
	d.enrolled = append(d.enrolled, e)
	if d.fail == nil {
		d.state.Phase = PhaseAwaiting
	}
	return d.fail
}

func (d *valueDesk) Unlock(_ context.Context, who identity.SlotID, passphrase []byte) error {
	if d.fail != nil {
		return d.fail
	}
	if string(passphrase) != "correct horse battery" {
		return &Problem{Key: ProblemPassphrase, Code: "U1", Wait: 4 * time.Second, Left: 7}
	}
	d.state.Phase = PhaseOpen
	for _, u := range d.state.People {
		if u.Slot == who {
			d.state.Who = u
		}
	}
	return nil
}

func (d *valueDesk) Duty() Duty { return d.duty }

func (d *valueDesk) AcceptDuty(_ context.Context, version string) error {
	d.accepted = append(d.accepted, version)
	if d.fail == nil {
		d.state.Phase = PhaseOpen
	}
	return d.fail
}

func (d *valueDesk) Lock() {
	d.locked++
	d.state.Phase = PhaseLocked
}

func (d *valueDesk) Find(query string, _ int) Results {
	r := d.results[query]
	r.Query = query
	return r
}
func (d *valueDesk) Today() []Row { return d.today }

func (d *valueDesk) Approach(h identity.Handle) (Approach, error) {
	a, ok := d.approach[h]
	if !ok {
		return a, &Problem{Key: ProblemNotHeld, Code: "A1"}
	}
	return a, nil
}

func (d *valueDesk) Open(ctx context.Context, h identity.Handle, why Reason) (*Opened, error) {
	if d.block != nil {
		select {
		case <-d.block:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	d.reasons = append(d.reasons, why)
	if d.fail != nil {
		return nil, d.fail
	}
	o := *d.opened[h]
	o.Reason = why
	return &o, nil
}

func (d *valueDesk) Close(h identity.Handle) { d.closed = append(d.closed, h) }
func (d *valueDesk) Waiting() Waiting        { return d.waiting }
func (d *valueDesk) Sync() Sync              { return d.sync }
func (d *valueDesk) SyncNow()                { d.synced++ }
func (d *valueDesk) Prefs() Prefs            { return d.prefs }
func (d *valueDesk) SavePrefs(p Prefs)       { d.prefs = p }
func (d *valueDesk) Events() <-chan Event    { return d.events }

// noon is the time of every test.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// stage is a shell in a test window of the size Satchel is designed for.
type stage struct {
	t     *testing.T
	desk  *valueDesk
	shell *Shell
	win   fyne.Window
	now   time.Time
}

func english(t *testing.T) *assets.Words {
	t.Helper()
	w, err := assets.Load(assets.English)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func newStage(t *testing.T, d *valueDesk) *stage {
	t.Helper()
	test.NewTempApp(t)
	st := &stage{t: t, desk: d, now: noon, win: test.NewTempWindow(t, touch.Column(0))}
	st.win.SetPadded(false)
	st.win.Resize(fyne.NewSize(1366, 768))
	var err error
	st.shell, err = New(Config{
		Desk: d, Words: english(t), Window: st.win,
		Now: func() time.Time { return st.now },
		Do:  func(f func()) { f() },
		Go:  func(f func()) { f() },
	})
	if err != nil {
		t.Fatal(err)
	}
	st.shell.Start()
	return st
}

// press gives keys to what has the keyboard, or to the canvas.
func (st *stage) press(keys ...fyne.KeyName) {
	for _, k := range keys {
		if f := st.win.Canvas().Focused(); f != nil {
			f.TypedKey(&fyne.KeyEvent{Name: k})
		} else {
			st.win.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: k})
		}
	}
}

// tab moves on as Tab does.
func (st *stage) tab() { st.win.Canvas().FocusNext() }

// typed types letters into what has the keyboard.
func (st *stage) typed(words string) {
	f := st.win.Canvas().Focused()
	if f == nil {
		st.t.Fatalf("nothing has the keyboard to type %q", words)
	}
	for _, r := range words {
		st.win.Canvas().Focused().TypedRune(r)
	}
}

// write puts words into a passphrase box in the place of what it holds; text
// gives what it holds.
func write(s *touch.Secret, words string) {
	s.Wipe()
	for _, r := range words {
		s.Type(r)
	}
}

func text(s *touch.Secret) string {
	var out string
	s.With(func(b []byte) { out = string(b) })
	return out
}

// ctrl gives a shortcut as the canvas would.
func (st *stage) ctrl(key fyne.KeyName) {
	for sc, run := range st.shell.shortcuts() {
		if sc.KeyName == key {
			run()
			return
		}
	}
	st.t.Fatalf("no command has Ctrl+%s", key)
}

// words lists everything the window says, in reading order.
func (st *stage) words() []string { return wordsOf(st.win.Content()) }

func wordsOf(o fyne.CanvasObject) []string {
	var out []string
	touch.Walk(o, func(o fyne.CanvasObject) bool {
		if t, ok := o.(*touch.Text); ok && t.Words() != "" {
			out = append(out, t.Words())
		}
		return true
	})
	return out
}

// says tells whether some text on the window contains words.
func (st *stage) says(words string) bool {
	for _, s := range st.words() {
		if contains(s, words) {
			return true
		}
	}
	return false
}

func (st *stage) mustSay(words ...string) {
	st.t.Helper()
	for _, w := range words {
		if !st.says(w) {
			st.t.Errorf("the screen does not say %q; it says %q", w, st.words())
		}
	}
}

func (st *stage) mustNotSay(words ...string) {
	st.t.Helper()
	for _, w := range words {
		if st.says(w) {
			st.t.Errorf("the screen says %q", w)
		}
	}
}

// tap presses the visible thing called so.
func (st *stage) tap(label string) {
	st.t.Helper()
	var found fyne.Tappable
	touch.Walk(st.win.Content(), func(o fyne.CanvasObject) bool {
		if p, ok := o.(interface{ AccessibilityLabel() string }); ok && p.AccessibilityLabel() == label {
			if tp, ok := o.(fyne.Tappable); ok && found == nil {
				found = tp
			}
		}
		return true
	})
	if found == nil {
		st.t.Fatalf("nothing that can be pressed is called %q; the screen says %q", label, st.words())
	}
	test.Tap(found)
}

var errNoWords = errors.New("a cause without words of its own")
