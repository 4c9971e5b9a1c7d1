package screen

import (
	"context"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"satchel/store/identity"
)

// lateDesk answers when it is told to, whoever has gone meanwhile.
type lateDesk struct {
	*valueDesk
	let chan error
}

func (d lateDesk) Unlock(context.Context, identity.SlotID, []byte) error { return <-d.let }

func (d lateDesk) ChangeSecret(context.Context, []byte, Secret) error { return <-d.let }

// late has a stage answer late; answer gives the answer and waits until the
// screens have it.
func (st *stage) late() (answer func(error)) {
	d := lateDesk{st.desk, make(chan error)}
	ended := make(chan struct{})
	st.shell.desk = d
	st.shell.spawn = func(f func()) {
		go func() {
			f()
			ended <- struct{}{}
		}()
	}
	return func(err error) {
		st.t.Helper()
		d.let <- err
		<-ended
	}
}

// A try belongs to the person it was made for: whoever is chosen meanwhile hears
// nothing of it, and nobody is let in by it. P1
func TestATryForSomebodyElse(t *testing.T) {
	wrong := &Problem{Key: ProblemPassphrase, Code: "U1", Wait: 4 * time.Second, Left: 7}
	for _, other := range []User{nurse, invited} {
		st := newStage(t, withAll(crew)())
		answer := st.late()
		st.typed("wrong")
		st.press(fyne.KeyReturn)
		st.tap(other.Name)
		answer(wrong)
		st.mustNotSay("That passphrase is not right.", "7 tries left")
		st.tap(nurse.Name)
		st.typed("mine")
		st.press(fyne.KeyReturn)
		if v := st.shell.view.(*unlockView); !v.busy {
			t.Error("after a try that was given up no other is made")
		}
		answer(wrong)
		st.mustSay("That passphrase is not right.", "7 tries left")
	}
}

// Whoever goes elsewhere while a passphrase is tried is not signed in behind
// the page they went to. P1
func TestNobodyIsLetInBehindAPage(t *testing.T) {
	for name, away := range map[string]func(*stage){
		"another person": func(st *stage) { st.tap(nurse.Name) },
		"another page":   func(st *stage) { st.shell.goLaptop() },
	} {
		st := newStage(t, base(PhaseLocked))
		answer := st.late()
		st.typed("correct horse battery")
		st.press(fyne.KeyReturn)
		away(st)
		answer(nil)
		if st.desk.locked != 1 {
			t.Errorf("%s: the laptop is open behind a page that says it is locked", name)
		}
		st.mustSay("Who are you?")
	}
}

// News that the laptop is open may come before the try's own answer: that locks
// nobody out again. P1
func TestNewsOfAnUnlockComesFirst(t *testing.T) {
	st := newStage(t, base(PhaseLocked))
	answer := st.late()
	st.typed("correct horse battery")
	st.press(fyne.KeyReturn)
	st.desk.state.Phase = PhaseOpen
	st.shell.handle(Changed{})
	answer(nil)
	if st.desk.locked != 0 {
		t.Error("who was let in is locked out again")
	}
	st.mustNotSay("Who are you?")
}

// Esc does not leave a page that is changing a passphrase: nobody would know
// which one counts.
func TestAChangeIsNotLeftHalfway(t *testing.T) {
	st := newStage(t, withPeople())
	answer := st.late()
	st.shell.goSelf()
	st.shell.go1(changeRoute{})
	v := st.shell.view.(*changeView)
	write(v.old, "correct horse battery")
	write(v.chosen.first, "river hall lantern mosaic")
	write(v.chosen.again, "river hall lantern mosaic")
	v.submit()
	st.press(fyne.KeyEscape)
	if n := len(st.win.Canvas().Overlays().List()); n != 0 || st.shell.view != view(v) {
		t.Errorf("it was left, or asked to be (%d questions)", n)
	}
	answer(nil)
	st.mustSay("Changed 12:00.")
}

// Nobody is told that there is no stick before anybody has looked for one.
func TestNothingIsSaidBeforeItWasLookedFor(t *testing.T) {
	st := newStage(t, withAll(waits)())
	var later func()
	st.shell.spawn = func(f func()) { later = f }
	for r, none := range map[route]string{saveRoute{waits.Slot}: "There is no stick", openRoute{waits.Slot}: "No file with an answer was found"} {
		st.shell.go1(r)
		st.mustNotSay(none)
		later()
		st.mustSay(none)
		st.shell.goBack()
	}
}

// A joining code that was typed and left makes nobody's place for a passer-by.
func TestALeftJoiningCodeGoes(t *testing.T) { // P1
	st := newStage(t, withAll(invited)())
	st.shell.go1(joinRoute{invited.Slot})
	st.typed("7gkpm abcde")
	st.now = noon.Add(forgetTyped + time.Second)
	st.shell.tick()
	if v := st.shell.view.(*joinView); v.code.Text() != "" {
		t.Errorf("%q is still there", v.code.Text())
	}
}
