package screen

import (
	"context"

	"fyne.io/fyne/v2"

	"satchel/app/look"
	"satchel/app/touch"
	"satchel/store/identity"
)

// unlockRoute is the locked laptop.
type unlockRoute struct {
	who  identity.SlotID // chosen; nobody: the last to sign in
	said string          // what was just done, in words
}

func (r unlockRoute) open(s *Shell) view { return newUnlockView(s, r) }

// unlockView asks who it is, and for the passphrase or PIN.
type unlockView struct {
	s      *Shell
	r      unlockRoute
	m      unlockModel
	try    try
	wrong  string // said before the wait where a pad leaves no room by the box
	people *touch.Options
	secret *touch.Secret   // of the person chosen; nil where no secret opens
	button *touch.Button   // Unlock, or what else the person chosen can do
	door   *fyne.Container // the right half
	below  *fyne.Container // under the rows
	wait   *touch.Text
	fault  *fyne.Container
	page   *touch.Page
	busy   bool

	date, battery *touch.Text
}

func newUnlockView(s *Shell, r unlockRoute) *unlockView {
	v := &unlockView{s: s, r: r, m: newUnlockModel(s.words, s.state, r.who, s.now()), fault: touch.Column(0), door: touch.Column(16), below: touch.Column(0)}
	var options []touch.Option
	for _, p := range v.m.People {
		state := sign(p.State)
		state.Plain = p.State.Kind == chipReady
		options = append(options, touch.Option{Title: p.Name, Detail: p.Detail, State: state})
	}
	v.people = touch.NewOptions(v.m.Chosen, v.choose, options...)
	v.page = pageOf(touch.NewWidePage(v.body()), s.words)
	if v.m.Chosen >= 0 {
		v.choose(v.m.Chosen)
	}
	return v
}

func (v *unlockView) body() fyne.CanvasObject {
	w := v.s.words
	body := touch.Column(16, v.head(), v.fault)
	if v.r.said != "" {
		body.Add(touch.NewPanel(touch.CardFace(), 12, touch.NewBold(v.r.said)))
	}
	for _, words := range v.m.Notices {
		body.Add(noticePanel(words))
	}
	if v.m.Ready != "" {
		body.Add(touch.NewText(v.m.Ready))
	}
	if len(v.m.People) == 0 {
		body.Add(touch.NewText(w.Say("unlock.nobody")))
		return body
	}
	who := touch.Column(8, touch.NewBold(w.Say("unlock.who")), v.people.Box, v.below)
	body.Add(touch.Sides(34, 32, 0.5, who, v.door))
	return body
}

// head is the product, whose laptop it is, the time and whom to call, and the
// laptop's name, which leads to what it says of itself.
func (v *unlockView) head() fyne.CanvasObject {
	small := touch.Style{Size: look.Small, Ink: look.Secondary}
	name := touch.Column(2, touch.NewStyled(v.s.words.Say("app.name"), touch.Style{Size: look.Heading, Ink: look.Text, Bold: true}),
		touch.NewText(v.m.Organisation))
	v.date, v.battery = touch.NewStyled(v.m.Date, small), touch.NewStyled(v.m.Battery, small)
	facts := touch.Column(2, touch.Flow(16, 2, v.date, v.battery))
	if v.m.HelpDesk != "" {
		facts.Add(touch.NewText(v.m.HelpDesk))
	}
	cells := []touch.Cell{touch.Grow(name), touch.Fit(facts)}
	if v.m.Laptop != "" {
		cells = append(cells, touch.Fit(touch.NewChoice(v.m.Laptop, v.s.words.Say("laptop.title"), v.s.goLaptop)))
	}
	return touch.Cells(24, cells...)
}

func (v *unlockView) where() string              { return v.s.words.Say("unlock.where") }
func (v *unlockView) content() fyne.CanvasObject { return v.page.Box }
func (v *unlockView) scrolls() scroller          { return v.page.Scroll }

// saved remembers who was chosen, for whoever comes back here.
func (v *unlockView) saved() route {
	if v.m.Chosen < 0 {
		return unlockRoute{}
	}
	return unlockRoute{who: v.m.People[v.m.Chosen].User.Slot}
}

// wipe forgets the passphrase that was typed.
func (v *unlockView) wipe() {
	if v.secret != nil {
		v.secret.Wipe()
	}
}

func (v *unlockView) focus() fyne.Focusable {
	switch {
	case v.secret != nil:
		return v.secret.Focusable()
	case v.button != nil && !v.button.Disabled():
		return v.button
	}
	return nil
}

// choose takes a person: a refusal is said at once, and a wait from before the
// last restart still counts. A try under way was somebody else's.
func (v *unlockView) choose(i int) {
	v.s.giveUp()
	v.busy = false
	v.wipe()
	v.m.Chosen = i
	p := v.m.People[i]
	v.try, v.wrong = try{until: p.User.WaitUntil, left: p.User.Left}, ""
	v.secret, v.button, v.below.Objects = nil, nil, nil
	v.wait = waitText()
	if p.Door == doorSecret {
		v.drawSecret(p.User)
	} else {
		v.drawOther(p)
	}
	v.show(p.User.Refused)
	v.tick()
	if v.s.view == view(v) {
		if f := v.focus(); f != nil {
			v.s.win.Canvas().Focus(f)
		}
	}
}

// waitText is where the wait between tries is said.
func waitText() *touch.Text {
	t := touch.NewStyled("", touch.Style{Size: look.Body, Ink: look.DangerInk, Bold: true})
	t.Hidden = true
	return t
}

// countDown says the wait between tries, and holds a page's main button back for
// as long.
func (s *Shell) countDown(t try, busy bool, wait *touch.Text, main *touch.Button, layout func()) {
	if words := t.words(s.words, s.now()); wait.Words() != words {
		wait.SetWords(words)
		wait.Hidden = words == ""
		layout()
	}
	if allow := !busy && !t.waiting(s.now()); allow == main.Disabled() {
		if allow {
			main.Enable()
		} else {
			main.Disable()
		}
	}
}

// drawSecret draws the box for a passphrase, or that for a PIN with its pad.
func (v *unlockView) drawSecret(u User) {
	w := v.s.words
	v.secret = secretBox(v.s, w.Say(secretKey(u.PIN, "unlock.passphrase", "unlock.passphrase-pin")), u.PIN)
	v.secret.OnSubmitted = v.submit
	forgot, goes := "unlock.forgotten", func() { v.s.go1(forgottenRoute{u.Slot}) }
	if u.Asked {
		forgot, goes = "unlock.request", func() { v.s.go1(recoverRoute{who: u.Slot}) }
	}
	away := touch.NewButton(w.Say(forgot), touch.Plain, goes)
	if u.PIN {
		pad := touch.NewKeypad(func() touch.Digits { return v.secret }, w.Say("pad.back"), w.Say("unlock.button"), v.submit)
		v.button = pad.Done()
		v.door.Objects = []fyne.CanvasObject{touch.Column(8, v.secret, touch.Flank(16, besidePad, pad.Box, v.wait))}
		v.below.Objects = []fyne.CanvasObject{touch.Left(away)} // no room under the pad
		return
	}
	v.button = touch.NewShapedButton(w.Say("unlock.button"), touch.Padlock, touch.Primary, v.submit)
	v.door.Objects = []fyne.CanvasObject{
		v.secret, v.wait, touch.Cells(0, touch.Fixed(280, v.button), touch.Space()), touch.Left(away),
	}
}

// besidePad is how much width words beside the pad of a PIN need.
const besidePad float32 = 170

// drawOther draws what somebody can do whom no passphrase lets in.
func (v *unlockView) drawOther(p unlockPerson) {
	goes := map[door]func(){
		doorJoin:    func() { v.s.go1(joinRoute{p.User.Slot}) },
		doorWait:    func() { v.s.go1(forgottenRoute{p.User.Slot}) },
		doorRequest: func() { v.s.go1(recoverRoute{who: p.User.Slot}) },
		doorGone:    func() { v.s.go1(forgottenRoute{p.User.Slot}) },
	}[p.Door]
	kind := touch.Primary
	if p.Door == doorWait {
		kind = touch.Plain // waiting is what most people want
	}
	v.button = touch.NewButton(p.Button, kind, goes)
	v.door.Objects = []fyne.CanvasObject{touch.NewBold(p.State.Words), touch.NewText(p.Words), touch.Cells(0, touch.Fixed(280, v.button), touch.Space())}
}

// show puts a problem at the top, or takes it away.
func (v *unlockView) show(p *Problem) {
	v.fault.Objects, v.fault.Hidden = nil, p == nil
	if p != nil {
		v.fault.Add(touch.NewErrorBox(p.words(v.s.words)))
		if v.page != nil {
			v.page.Scroll.MoveTo(0)
		}
	}
	v.layout()
}

func (v *unlockView) layout() {
	if v.page != nil {
		v.page.Scroll.Refresh()
	}
}

// tick counts the wait down and gives the button back at its end.
func (v *unlockView) tick() {
	now := v.s.now()
	v.date.SetWords(dateWords(now))
	if v.secret == nil {
		return
	}
	words := v.wrong + v.try.words(v.s.words, now)
	refused := v.m.Chosen >= 0 && v.m.People[v.m.Chosen].User.Refused != nil
	if allow := !v.try.waiting(now) && !v.busy && !refused; allow != !v.button.Disabled() {
		if allow {
			v.button.Enable()
		} else {
			v.button.Disable()
		}
	}
	if v.wait.Words() != words {
		v.wait.SetWords(words)
		v.wait.Hidden = words == ""
		v.layout()
	}
}

func (v *unlockView) submit() {
	if v.busy || v.secret == nil || v.button.Disabled() || v.m.Chosen < 0 {
		return
	}
	w, u := v.s.words, v.m.People[v.m.Chosen].User
	if v.secret.Len() == 0 {
		v.secret.SetFault(w.Say(secretKey(u.PIN, "unlock.empty", "unlock.empty-pin")))
		v.layout()
		return
	}
	secret := v.secret.Take()
	v.busy, v.wrong = true, ""
	v.secret.SetFault("")
	v.show(nil)
	if !u.PIN {
		v.button.SetWords(w.Say("unlock.trying"))
	}
	v.tick()
	v.s.workOr(func(ctx context.Context) error {
		defer clear(secret)
		return v.s.desk.Unlock(ctx, u.Slot, secret)
	}, v.tried, v.s.triedAndLeft)
}

// triedAndLeft locks where a try let somebody in who has gone elsewhere: the
// laptop must not be open behind a page that says it is locked. Where news of
// the opening came before the answer, the page it opened is there already.
func (s *Shell) triedAndLeft(err error) {
	switch {
	case err != nil:
	case s.state.Phase == PhaseLocked:
		s.lock()
	default:
		s.used = s.now()
	}
}

// tried says how the try went. What was typed is gone either way.
func (v *unlockView) tried(err error) {
	v.busy = false
	u := v.m.People[v.m.Chosen].User
	if !u.PIN {
		v.button.SetWords(v.s.words.Say("unlock.button"))
	}
	if err == nil {
		v.s.used = v.s.now()
		v.s.reload()
		return
	}
	p := problemOf(err).of(u.PIN)
	v.try = newTry(p, v.s.now())
	switch p.Key {
	case ProblemPassphrase:
		v.secret.SetFault(p.words(v.s.words).What)
	case ProblemPIN:
		v.wrong = p.words(v.s.words).What + " "
	case ProblemSlotGone:
		v.s.state = v.s.desk.State()
		v.s.replace(unlockRoute{who: u.Slot})
		if now, ok := v.s.view.(*unlockView); ok {
			now.show(p)
		}
		return
	default:
		v.show(p)
	}
	v.tick()
	v.layout()
	v.s.win.Canvas().Focus(v.secret.Focusable())
}

// refresh takes news of the laptop and of the people enrolled here, unless
// somebody has begun to type: their words stay.
func (v *unlockView) refresh() {
	if v.busy || v.secret != nil && v.secret.Len() > 0 {
		return
	}
	// Who tried last stands first when the page opens; the rows do not change
	// places under a finger.
	v.s.state.People = inOrder(v.m.People, v.s.state.People)
	now := newUnlockModel(v.s.words, v.s.state, v.saved().(unlockRoute).who, v.s.now())
	v.battery.SetWords(now.Battery)
	if !now.sameAs(v.m) {
		r := v.saved().(unlockRoute)
		r.said = v.r.said
		v.s.replace(r)
	}
}

// blankRoute is a window with nothing on it, while the laptop locks.
type blankRoute struct{}

func (blankRoute) open(s *Shell) view { return blankView{s} }

type blankView struct{ s *Shell }

func (v blankView) where() string              { return v.s.words.Say("unlock.where") }
func (v blankView) content() fyne.CanvasObject { return touch.Column(0) }
func (v blankView) focus() fyne.Focusable      { return nil }
