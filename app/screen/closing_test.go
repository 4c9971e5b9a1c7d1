package screen

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
)

func TestWithdrawalReplacesTheContent(t *testing.T) { // R32
	d := withPeople()
	st := newStage(t, d)
	open(1)(st.shell)
	st.ctrl(fyne.KeyR) // the record is not on top, yet behind Back
	st.shell.handle(Withdrawn{handle(2), noon})
	st.mustSay("Neighbours")
	st.shell.handle(Withdrawn{handle(1), noon})
	st.mustSay("Neighbours")
	st.press(fyne.KeyEscape)
	st.mustSay("Today's list")
	if st.shell.opened != nil {
		t.Fatal("the withdrawn record is still held")
	}
	open(1)(st.shell)
	st.shell.handle(Withdrawn{handle(1), time.Date(2026, 11, 23, 14, 9, 0, 0, time.UTC)})
	st.mustSay("Consent was withdrawn. This summary has been erased from this laptop.", "At 14:09")
	st.mustNotSay("BARNABY", "Warfarin", "999 000 0018")
	if len(st.win.Canvas().Overlays().List()) != 0 {
		t.Error("something lies over the window")
	}
	if n := len(d.closed); n != 2 {
		t.Errorf("the desk was told %d times that the record closed, want 2", n)
	}
	st.press(fyne.KeyEscape)
	st.mustSay("Today's list")
	st.mustNotSay("Warfarin")
}

func TestObjectionAndLeaseCloseTheRecord(t *testing.T) { // R27, R33
	for name, e := range map[string]Event{
		"This person objects to sharing":             Objected{handle(1), noon},
		"This summary can no longer be opened here:": LeaseEnded{handle(1), noon},
	} {
		st := newStage(t, withPeople())
		st.shell.approach(rows()[0])
		st.shell.handle(e)
		st.mustSay(name, "BARNABY, Ethel (Mrs)")
		st.mustNotSay("Warfarin", "Penicillin")
	}
}

func TestWithdrawalWhileOpening(t *testing.T) { // R32
	d := withPeople()
	d.block = make(chan struct{})
	st := newStage(t, d)
	var later []func()
	st.shell.spawn = func(f func()) { later = append(later, f) }
	open(1)(st.shell)
	st.shell.handle(Withdrawn{handle(1), noon})
	st.mustSay("Consent was withdrawn.")
	for _, f := range later {
		f() // the opening was cancelled with its page: it must not come back
	}
	st.mustSay("Consent was withdrawn.")
	st.mustNotSay("Warfarin")
}

func TestLockLeavesNothing(t *testing.T) { // P1
	st := newStage(t, withPeople())
	open(1)(st.shell)
	st.ctrl(fyne.KeyL)
	st.mustSay("Who are you?")
	st.mustNotSay("BARNABY", "Warfarin", "Emergency card")
	if st.desk.locked != 1 || st.shell.opened != nil || len(st.shell.stack) != 1 {
		t.Errorf("locked %d times, %d places on the stack", st.desk.locked, len(st.shell.stack))
	}
	st.press(fyne.KeyEscape)
	st.mustSay("Who are you?")
	st.ctrl(fyne.KeyE)
	st.mustSay("Who are you?")
}

func TestLockedByTheDeskOrByIdleness(t *testing.T) { // P1
	d := withPeople()
	st := newStage(t, d)
	open(1)(st.shell)
	d.state.Phase = PhaseLocked
	st.shell.handle(Locked{})
	st.mustSay("Who are you?")
	st.mustNotSay("BARNABY")

	st = newStage(t, withPeople())
	open(1)(st.shell)
	st.now = noon.Add(4*time.Minute + 31*time.Second)
	st.shell.tick()
	st.mustSay("Locking in 29 s.")
	st.press(fyne.KeyDown) // presence
	st.shell.tick()
	st.mustNotSay("Locking")
	st.now = st.now.Add(5 * time.Minute)
	st.shell.tick()
	st.mustSay("Who are you?")
	if st.desk.locked != 1 {
		t.Errorf("idleness locked %d times", st.desk.locked)
	}
}

func TestNewerCopyWaitsToBeAsked(t *testing.T) { // R15
	st := newStage(t, withPeople())
	open(1)(st.shell)
	newer := *st.desk.opened[handle(1)]
	s := *newer.Summary
	s.Source = "The newer source"
	newer.Summary = &s
	st.desk.opened[handle(1)] = &newer
	st.shell.handle(NewerCopy{handle(1), noon.Add(127 * time.Minute)})
	st.mustSay("A newer copy arrived 14:07. Show it")
	st.mustNotSay("The newer source")
	st.tap("A newer copy arrived 14:07. Show it")
	st.mustSay("The newer source")
	st.press(fyne.KeyEscape)
	st.mustSay("Today's list")
}
