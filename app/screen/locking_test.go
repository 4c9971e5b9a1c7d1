package screen

import (
	"context"
	"errors"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"satchel/app/touch"
	"satchel/store/identity"
)

// The system's word locks from anywhere, and takes what lies over the page
// with it. P1
func TestTheSystemLocks(t *testing.T) {
	st := newStage(t, withPeople())
	open(1)(st.shell)
	touch.Ask(st.win.Canvas(), touch.Question{Title: "Lose what you typed?", Words: "About BARNABY.", Safe: "Keep", Go: "Lose"})
	st.shell.handle(LockNow{})
	st.mustSay("Who are you?")
	st.mustNotSay("BARNABY")
	if n := len(st.win.Canvas().Overlays().List()); n != 0 || st.desk.locked != 1 {
		t.Errorf("%d questions lie over the locked laptop, locked %d times", n, st.desk.locked)
	}
	st.typed("half a pass")
	st.shell.handle(LockNow{})
	if v := st.shell.view.(*unlockView); v.secret.Len() != 0 {
		t.Error("what somebody typed who has gone is still there")
	}
	st.desk.state.Phase = PhaseLeaving
	st.shell.handle(Locked{})
	st.mustNotSay("Who are you?")
	st.press(fyne.KeyReturn, fyne.KeyEscape)
	st.ctrl(fyne.KeyF)
	if _, blank := st.shell.top().(blankRoute); !blank {
		t.Errorf("a laptop that starts anew shows %T", st.shell.top())
	}
}

// A question on the screen, or an open record, does not keep the laptop from
// locking by itself; a key that no widget takes is use all the same. P1
func TestIdleBehindAQuestion(t *testing.T) {
	st := newStage(t, withPeople())
	open(1)(st.shell)
	st.win.Canvas().Unfocus()
	st.now = noon.Add(4 * time.Minute)
	st.press(fyne.KeyPageDown)
	st.now = noon.Add(8 * time.Minute)
	st.shell.tick()
	if st.desk.locked != 0 {
		t.Error("a key that turned the page is not use")
	}
	touch.Ask(st.win.Canvas(), touch.Question{Title: "Lose what you typed?", Safe: "Keep", Go: "Lose"})
	st.now = noon.Add(9*time.Minute + time.Second)
	st.shell.tick()
	st.mustSay("Who are you?")
	if n := len(st.win.Canvas().Overlays().List()); n != 0 || st.desk.locked != 1 {
		t.Errorf("%d questions are left, locked %d times", n, st.desk.locked)
	}
}

// slowDesk unlocks when it is told to.
type slowDesk struct {
	*valueDesk
	let chan error
}

func (d slowDesk) Unlock(ctx context.Context, _ identity.SlotID, _ []byte) error {
	select {
	case err := <-d.let:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A lock while a passphrase is being tried ends the try. P1
func TestALockEndsATry(t *testing.T) {
	st := newStage(t, base(PhaseLocked))
	d := slowDesk{st.desk, make(chan error)}
	st.shell.desk = d
	ended := make(chan struct{})
	st.shell.spawn = func(f func()) {
		go func() {
			f()
			close(ended)
		}()
	}
	st.typed("correct horse battery")
	st.press(fyne.KeyReturn)
	v := st.shell.view.(*unlockView)
	st.shell.handle(LockNow{})
	<-ended
	if st.shell.view == view(v) || st.desk.locked != 1 {
		t.Errorf("locked %d times", st.desk.locked)
	}
	st.mustSay("Who are you?", "Unlock")
	select {
	case d.let <- errors.New("late"):
		t.Error("the try went on")
	default:
	}
}
