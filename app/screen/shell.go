package screen

import (
	"context"
	"errors"
	"time"

	"fyne.io/fyne/v2"

	"satchel/app/look"
	"satchel/app/touch"
	"satchel/assets"
)

// Title is the window's title, always: no name may reach a task bar.
const Title = "Satchel"

// Window is what the Shell needs of a fyne.Window.
type Window interface {
	SetContent(fyne.CanvasObject)
	Canvas() fyne.Canvas
}

// Config is what a Shell is made of. All fields are due.
type Config struct {
	Desk   Desk
	Words  *assets.Words
	Window Window
	Now    func() time.Time
	// Do runs a function on Fyne's goroutine and may return before it has run:
	// fyne.Do in main, a direct call in tests.
	Do func(func())
	// Go runs a function on a goroutine that main waits for before it quits.
	Go func(func())
}

// Shell owns the window: the frame, the places one can go back to, the open
// record and the keys. All its fields belong to Fyne's goroutine.
type Shell struct {
	desk  Desk
	words *assets.Words
	win   Window
	now   func() time.Time
	do1   func(func())
	spawn func(func())

	state  State
	sync   Sync
	stack  []route
	view   view
	frame  *frame
	opened *Opened // the one record that may be on the screen
	row    Row     // whose it is
	cancel context.CancelFunc
	used   time.Time // when somebody last did something
}

// view is one screen on the window.
type view interface {
	where() string // what the top bar says
	content() fyne.CanvasObject
	focus() fyne.Focusable // what has the keyboard on arrival; nil: nothing
}

// New returns a Shell. It draws nothing until Start.
func New(c Config) (*Shell, error) {
	if c.Desk == nil || c.Words == nil || c.Window == nil || c.Now == nil || c.Do == nil || c.Go == nil {
		return nil, errors.New("making the screens: a part of the configuration is missing")
	}
	return &Shell{desk: c.Desk, words: c.Words, win: c.Window, now: c.Now, do1: c.Do, spawn: c.Go, used: c.Now()}, nil
}

// Start dresses the program in the laptop's settings, takes the keys and shows
// the first screen. Call it once, on Fyne's goroutine.
func (s *Shell) Start() {
	s.dress(s.desk.Prefs())
	touch.OnUse(func() { s.used = s.now() })
	canvas := s.win.Canvas()
	canvas.SetOnTypedKey(s.typedKey)
	for key, run := range s.shortcuts() {
		canvas.AddShortcut(key, func(fyne.Shortcut) {
			s.used = s.now()
			run()
		})
	}
	s.reload()
}

// Run hands the Desk's events to the screens and ticks once a second, until the
// context ends or the Desk closes its channel. It is the one reader of Events.
// Main ends the context and waits for Run before it quits Fyne: after Fyne's
// loop has ended, fyne.Do runs on the caller's goroutine.
func (s *Shell) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	events := s.desk.Events()
	for {
		select {
		case <-ctx.Done():
			return
		case e, ok := <-events:
			if !ok {
				return
			}
			s.do1(func() { s.handle(e) })
		case <-tick.C:
			s.do1(s.tick)
		}
	}
}

// dress puts settings on the program.
func (s *Shell) dress(p Prefs) {
	mode := map[string]look.Mode{"night": look.Night, "contrast": look.Contrast}[p.Look]
	density := look.Field
	if p.Desk {
		density = look.Desk
	}
	scale := float32(p.Text) / 100
	fyne.CurrentApp().Settings().SetTheme(look.New(mode, density, scale))
}

// toggleNight changes between night and the day setting, locked or not.
func (s *Shell) toggleNight() {
	p := s.desk.Prefs()
	if p.Look == "night" {
		p.Look = "day"
	} else {
		p.Look = "night"
	}
	s.desk.SavePrefs(p)
	s.dress(p)
	s.drawFrame()
	if f := s.view.focus(); f != nil && s.win.Canvas().Focused() == nil {
		s.win.Canvas().Focus(f) // a tap takes the keyboard from where it was
	}
}

// reload asks the Desk what the laptop is and goes to where that begins.
func (s *Shell) reload() {
	s.state, s.sync = s.desk.State(), s.desk.Sync()
	s.drop()
	s.stack = nil
	s.go1(s.begin())
}

// begin is the place where a phase begins.
func (s *Shell) begin() route {
	switch s.state.Phase {
	case PhaseNotSetUp:
		return setupRoute{}
	case PhaseAwaiting:
		return awaitRoute{}
	case PhaseLocked:
		return unlockRoute{}
	case PhaseDuty:
		return dutyRoute{}
	case PhaseOpen:
		return homeRoute{}
	case PhaseLeaving:
		return blankRoute{}
	}
	return stopRoute{}
}

// go1 goes to a place.
func (s *Shell) go1(r route) {
	s.leave()
	s.stack = append(s.stack, r)
	s.show()
}

// replace goes to a place that Back does not return from to the present one.
func (s *Shell) replace(r route) {
	s.leave()
	if len(s.stack) > 0 {
		s.stack = s.stack[:len(s.stack)-1]
	}
	s.stack = append(s.stack, r)
	s.show()
}

// leave stops work that belongs to the present place and remembers its state.
func (s *Shell) leave() {
	s.giveUp()
	if v, ok := s.view.(interface{ saved() route }); ok && len(s.stack) > 0 {
		s.stack[len(s.stack)-1] = v.saved()
	}
	s.wipe()
}

// giveUp stops work that belongs to the present place.
func (s *Shell) giveUp() {
	if s.cancel != nil {
		s.cancel()
		s.cancel = nil
	}
}

// wipe lets the present view overwrite a passphrase that was typed there.
func (s *Shell) wipe() {
	if v, ok := s.view.(interface{ wipe() }); ok {
		v.wipe()
	}
}

// back goes one place back, and asks first where words would be lost.
func (s *Shell) back() {
	if v, ok := s.view.(interface{ escape() bool }); ok && v.escape() {
		return
	}
	if len(s.stack) < 2 {
		return
	}
	if v, ok := s.view.(interface{ unsaved() bool }); ok && v.unsaved() {
		w := s.words
		touch.Ask(s.win.Canvas(), touch.Question{
			Title: w.Say("ask.lose-title"), Words: w.Say("ask.lose-words"),
			Safe: w.Say("ask.keep"), Go: w.Say("ask.lose"), OnGo: s.goBack,
		})
		return
	}
	s.goBack()
}

// canGoBack tells whether there is a place, or a step of this one, to go back
// to.
func (s *Shell) canGoBack() bool {
	if v, ok := s.view.(interface{ steps() bool }); ok && v.steps() {
		return true
	}
	return len(s.stack) > 1
}

func (s *Shell) goBack() {
	s.leave()
	s.stack = s.stack[:len(s.stack)-1]
	if p, ok := s.top().(personRoute); !ok || s.opened != nil && p.person() != s.opened.Handle {
		s.drop()
	}
	s.show()
}

func (s *Shell) top() route { return s.stack[len(s.stack)-1] }

// show draws the place on top of the stack.
func (s *Shell) show() {
	s.view = s.top().open(s)
	s.win.Canvas().Unfocus() // what had the keyboard is about to go
	s.drawFrame()
	if f := s.view.focus(); f != nil {
		s.win.Canvas().Focus(f)
	}
	if v, ok := s.view.(interface{ arrive() }); ok {
		v.arrive()
	}
}

// drawFrame puts a new frame around the present view, the focus staying where
// it is.
func (s *Shell) drawFrame() {
	focused := s.win.Canvas().Focused()
	s.frame = newFrame(s, s.view.content(), s.banner(), s.frameModel())
	s.win.SetContent(s.frame.root)
	s.keepFocus(focused)
}

// keepFocus gives the keyboard back to what had it, or to what has it on
// arrival where that is gone.
func (s *Shell) keepFocus(had fyne.Focusable) {
	if had == nil {
		return
	}
	here := false
	touch.Walk(s.frame.root, func(o fyne.CanvasObject) bool {
		f, ok := o.(fyne.Focusable)
		here = here || ok && f == had
		return !here
	})
	canvas := s.win.Canvas()
	switch arrival := s.view.focus(); {
	case here:
		canvas.Focus(had)
	case arrival != nil:
		canvas.Focus(arrival)
	default:
		canvas.Unfocus()
	}
}

// banner is that of the person the present place is about, or nil.
func (s *Shell) banner() *bannerModel {
	switch r := s.top().(type) {
	case similarRoute:
		return bannerOfRow(s.words, r.a.Row, s.now())
	case reasonRoute:
		return bannerOfRow(s.words, r.a.Row, s.now())
	case closedRoute:
		if r.stays {
			return bannerOfRow(s.words, r.row, s.now())
		}
	case personRoute:
		if s.opened != nil && s.opened.Handle == r.person() {
			return bannerOfOpened(s.words, s.opened, s.now())
		}
	}
	return nil
}

func (s *Shell) frameModel() frameModel {
	night := look.Current().Mode() == look.Night
	m := newFrameModel(s.words, s.state, s.sync, night, s.now())
	m.Where, m.Back = s.view.where(), s.canGoBack()
	if _, home := s.top().(homeRoute); home {
		m.Find = false
	}
	if _, ok := s.top().(personRoute); ok && s.opened != nil {
		m.Strips = append(m.Strips, personStrips(s.words, s.opened)...)
		if look.Current().TextScale() <= largeText { // else it stands in the banner's second zone
			m.Strips = append(m.Strips, chip{chipReason, reasonWords(s.words, s.opened.Reason)})
		}
	}
	if left := s.lockIn(); left > 0 && left <= lockWarning {
		m.Strips = append(m.Strips, chip{chipWarning, s.words.Count("strip.locking", int((left+time.Second-1)/time.Second))})
	}
	return m
}

// work runs something long off Fyne's goroutine and gives its outcome back,
// unless the place was left in between. The context it returns ends with it.
func (s *Shell) work(run func(context.Context) error, done func(error)) context.Context {
	return s.workOr(run, done, func(error) {})
}

// workOr is work whose outcome goes to left where the place was left in
// between.
func (s *Shell) workOr(run func(context.Context) error, done, left func(error)) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.spawn(func() {
		err := run(ctx)
		s.do1(func() {
			if ctx.Err() != nil {
				left(err)
				return
			}
			cancel()
			done(err)
		})
	})
	return ctx
}
