package screen

import (
	"time"

	"satchel/app/touch"
	"satchel/assets"
	"satchel/store/identity"
)

// handle answers one event of the Desk.
func (s *Shell) handle(e Event) {
	switch e := e.(type) {
	case Changed:
		s.changed()
	case SyncChanged:
		s.sync = s.desk.Sync()
		s.refresh()
	case Withdrawn:
		s.closeRecord(e.Handle, &Problem{Key: ProblemWithdrawn}, e.At, false)
	case Objected:
		s.closeRecord(e.Handle, &Problem{Key: ProblemObjected}, e.At, true)
	case LeaseEnded:
		s.closeRecord(e.Handle, &Problem{Key: ProblemEnded}, e.At, true)
	case NewerCopy:
		if v, ok := s.view.(*recordView); ok && s.opened != nil && s.opened.Handle == e.Handle {
			v.newerCopy(e.At)
		}
	case LockNow:
		s.lockNow()
	case Locked:
		s.leaveNothing()
		s.reload()
	}
}

// changed takes the Desk's new state; another phase begins elsewhere.
func (s *Shell) changed() {
	phase := s.state.Phase
	s.state, s.sync = s.desk.State(), s.desk.Sync()
	if s.state.Phase != phase {
		if _, setting := s.top().(setupRoute); setting && s.state.Phase == PhaseAwaiting {
			return // the page goes there itself when enrolling returns
		}
		s.reload()
		return
	}
	s.refresh()
}

// refresh draws anew what has changed around and on the screen.
func (s *Shell) refresh() {
	if v, ok := s.view.(interface{ refresh() }); ok {
		v.refresh()
	}
	s.frame.update(s.frameModel())
}

// closeRecord closes one person's record if it is anywhere on the stack, and
// replaces what is on the window. Nothing of the record stays behind it.
func (s *Shell) closeRecord(h identity.Handle, p *Problem, at time.Time, stays bool) {
	row, shown := s.row, false
	kept := s.stack[:0:0]
	for i, r := range s.stack {
		pr, ok := r.(personRoute)
		if !ok || pr.person() != h {
			kept = append(kept, r)
			continue
		}
		if a, ok := r.(reasonRoute); ok {
			row = a.a.Row
		}
		shown = shown || i == len(s.stack)-1
	}
	if s.opened != nil && s.opened.Handle == h {
		s.drop()
	}
	if len(kept) == len(s.stack) {
		s.refresh()
		return
	}
	s.stack = kept
	if !shown {
		s.refresh()
		return
	}
	s.leaveNothing()
	s.go1(closedRoute{row: row, problem: p, time: clock(at), stays: stays})
}

// leaveNothing forgets the present view without saving its state.
func (s *Shell) leaveNothing() {
	s.giveUp()
	s.wipe()
	s.view = nil
	overlays := s.win.Canvas().Overlays()
	for _, o := range overlays.List() { // a question that lay over it
		overlays.Remove(o)
	}
}

// drop closes the open record: the Desk is told, and nothing here holds it.
func (s *Shell) drop() {
	if s.opened != nil {
		s.desk.Close(s.opened.Handle)
	}
	s.opened, s.row = nil, Row{}
}

// lock locks. What was on the screen is gone before the Desk is asked.
func (s *Shell) lock() {
	s.leaveNothing()
	s.drop()
	s.stack = []route{blankRoute{}}
	s.show()
	s.desk.Lock()
	s.reload()
}

// Limits of locking by idleness.
const (
	idleLock    = 5 * time.Minute
	lockWarning = 30 * time.Second
	forgetTyped = 2 * time.Minute // a half typed passphrase on a locked laptop
)

// lockIn returns how long it is until the laptop locks for want of use; 0 where
// it does not. Time asleep counts: it is measured on the wall clock.
func (s *Shell) lockIn() time.Duration {
	if s.state.Phase != PhaseOpen && s.state.Phase != PhaseDuty {
		return 0
	}
	limit := s.state.IdleLock
	if limit <= 0 {
		limit = idleLock
	}
	return max(limit-s.now().Round(0).Sub(s.used.Round(0)), 1)
}

// tick runs once a second.
func (s *Shell) tick() {
	if left := s.lockIn(); left == 1 {
		s.lock()
		return
	}
	if s.lockIn() == 0 && s.now().Round(0).Sub(s.used.Round(0)) > forgetTyped {
		s.wipe() // nobody is there: what was half typed goes
	}
	if v, ok := s.view.(interface{ tick() }); ok {
		v.tick()
	}
	s.frame.update(s.frameModel())
}

// goFind goes home with the search box focused.
func (s *Shell) goFind() {
	if _, home := s.top().(homeRoute); home {
		s.win.Canvas().Focus(s.view.focus())
		return
	}
	s.leave()
	s.drop()
	s.stack = nil
	s.go1(homeRoute{})
}

func (s *Shell) goSync()    { s.goOnce(syncRoute{}) }
func (s *Shell) goWaiting() { s.goOnce(waitingRoute{}) }
func (s *Shell) goKeys()    { s.goOnce(keysRoute{}) }

// goOnce goes to a place unless it is the present one.
func (s *Shell) goOnce(r route) {
	if s.top() != r {
		s.go1(r)
	}
}

// goSection goes to a section of the open record.
func (s *Shell) goSection(n int) {
	if v, ok := s.view.(*recordView); ok {
		v.choose(n)
		return
	}
	s.go1(recordRoute{handle: s.opened.Handle, section: n})
}

// approach begins to open a person from a list.
func (s *Shell) approach(row Row) {
	a, err := s.desk.Approach(row.Handle)
	switch {
	case err != nil:
		s.go1(closedRoute{row: row, problem: problemOf(err), stays: true})
	case a.Refused != nil:
		s.go1(closedRoute{row: row, problem: a.Refused, stays: true})
	case row.Match == MatchSimilar:
		s.go1(similarRoute{a})
	case a.Direct != nil:
		s.go1(openingRoute{a, *a.Direct})
	default:
		s.go1(reasonRoute{a: a})
	}
}

// personStrips are those of one open record, on every page of it. That items
// were withheld stands on the banner, which is as constant.
func personStrips(w *assets.Words, o *Opened) []chip {
	var out []chip
	for _, ob := range o.Objections {
		out = append(out, chip{chipObjection, w.Say("strip.objection", "words", ob.Words, "state", ob.State)})
	}
	return out
}

// pageOf is a page of words in the middle, with buttons beneath.
func pageOf(p *touch.Page, w *assets.Words) *touch.Page {
	p.Scroll.Name(w.Say("page.up"), w.Say("page.down"))
	return p
}
