package screen

import (
	"context"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"satchel/app/look"
	"satchel/store/identity"
)

func TestUnlockByKeyboard(t *testing.T) { // P1, P10
	st := newStage(t, base(PhaseLocked))
	st.mustSay("Who are you?", "Asha Patel", "FELIX-014", "Help desk 0118 496 0100", "DEMONSTRATION: not real people")
	st.typed("wrong")
	st.press(fyne.KeyReturn)
	st.mustSay("That passphrase is not right.", "Wait 4 seconds. 7 tries left")
	v := st.shell.view.(*unlockView)
	if v.secret.Len() != 0 {
		t.Error("a wrong passphrase stays in the box")
	}
	st.typed("correct horse battery")
	st.press(fyne.KeyReturn)
	st.mustSay("Wait 4 seconds")
	st.now = noon.Add(5 * time.Second)
	st.shell.tick()
	st.mustNotSay("Wait")
	st.mustSay("7 tries left, then an admin must help you back in.")
	st.press(fyne.KeyReturn)
	if st.desk.state.Phase != PhaseOpen || st.desk.state.Who.Name != crew.Name {
		t.Fatalf("phase %d, signed in %q", st.desk.state.Phase, st.desk.state.Who.Name)
	}
	st.mustSay("Find a person", "Asha Patel\nParamedic")
}

func TestUnlockSaysWhyNot(t *testing.T) { // R6
	d := base(PhaseLocked)
	d.state.People[0].Refused = &Problem{Key: ProblemTraining, Code: "R6", Values: []any{"date", "01-Nov-2026"}}
	st := newStage(t, d)
	st.mustSay("Your information governance training lapsed on 01-Nov-2026.", "Code for the help desk: R6")
	st.typed("correct horse battery")
	st.press(fyne.KeyReturn)
	if d.state.Phase != PhaseLocked {
		t.Error("somebody refused was let in")
	}
	st.tap(nurse.Name)
	st.mustNotSay("training lapsed")
	st.typed(" correct horse battery")
	write(st.shell.view.(*unlockView).secret, "correct horse battery")
	st.press(fyne.KeyReturn)
	if d.state.Who.Name != nurse.Name {
		t.Errorf("signed in is %q", d.state.Who.Name)
	}
}

func TestAWaitFromBeforeTheRestartCounts(t *testing.T) { // P1
	d := base(PhaseLocked)
	d.state.People[0].WaitUntil = noon.Add(90 * time.Second)
	st := newStage(t, d)
	st.mustSay("Wait 90 seconds.")
	st.typed("correct horse battery")
	st.press(fyne.KeyReturn)
	if d.state.Phase != PhaseLocked {
		t.Error("a try was taken before the wait was over")
	}
}

func TestDutyComesBeforeAnythingElse(t *testing.T) { // R25
	st := newStage(t, base(PhaseDuty))
	st.mustSay("Your duty of confidentiality", "Version 2026-1", st.desk.duty.Paragraphs[2])
	st.press(fyne.KeyReturn, fyne.KeyEscape)
	st.ctrl(fyne.KeyF)
	if len(st.desk.accepted) != 0 || st.desk.state.Phase != PhaseDuty {
		t.Fatal("Enter, Esc or Ctrl+F went past the duty")
	}
	st.desk.fail = &Problem{Key: ProblemDiskFull, Code: "D9"}
	st.tap("I have read this and accept it")
	st.mustSay("The disk is full")
	st.desk.fail = nil
	st.tap("I have read this and accept it")
	st.mustSay("Find a person")
	if len(st.desk.accepted) != 2 || st.desk.accepted[1] != "2026-1" {
		t.Errorf("accepted %q", st.desk.accepted)
	}
}

func TestFindAndOpenByKeyboard(t *testing.T) { // P2, P10, R7
	d := withPeople()
	d.results["999 000 0018"] = found(MatchNumber, rows()[0])
	d.results["ok"] = found(MatchStart, rows()[2:4]...)
	st := newStage(t, d)
	st.mustSay("Today's list: 5 people", "13:00 wound care")
	st.typed("ok")
	st.mustSay("2 matches", "OKONKWO, Chidi (Mr)", "Similar names: check two details")
	st.press(fyne.KeyEscape) // empties the box
	st.mustSay("Today's list")
	st.typed("9990000018")
	st.mustSay("Matched: NHS number")
	st.press(fyne.KeyReturn)
	st.mustSay("BARNABY, Ethel (Mrs)", "999 000 0018", "Known allergies", "Not for attempted CPR", "Reason: on your caseload")
	if len(d.reasons) != 1 || d.reasons[0].Basis != BasisCaseload {
		t.Errorf("the access was made with %v", d.reasons)
	}
	st.press(fyne.KeyEscape)
	st.mustSay("Matched: NHS number") // what was typed is still there
	st.mustNotSay("Not for attempted CPR")
	if len(d.closed) != 1 || st.shell.opened != nil {
		t.Error("leaving the record did not close it")
	}
}

func TestArrowsOpenFromTheList(t *testing.T) { // P10
	st := newStage(t, withPeople())
	st.press(fyne.KeyDown, fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn) // into the list, then two rows on
	st.mustSay("OKONKWO, Chidi (Mr)", "30-Oct-2026", "Age at Death")
}

func TestASimilarMatchNeverOpensByItself(t *testing.T) { // P2
	d := withPeople()
	d.results["okonkwa"] = found(MatchSimilar, rows()[2])
	st := newStage(t, d)
	st.typed("okonkwa")
	st.press(fyne.KeyReturn)
	if len(d.reasons) != 0 {
		t.Fatal("Enter opened a similar match")
	}
	st.press(fyne.KeyReturn)
	st.mustSay("Is this the person in front of you?", "7 Mill Lane", "02-Nov-1990 (36y)")
	st.tap("No, go back")
	st.mustSay("Similar: check")
	st.press(fyne.KeyDown, fyne.KeyReturn)
	st.tap("Yes, both are right")
	st.mustSay("Age at Death")
}

func TestReasonIsAskedAndKept(t *testing.T) { // R1, R7, P3
	d := withPeople()
	d.fail = &Problem{Key: ProblemNotRecorded, Code: "AUD-2"}
	st := newStage(t, d)
	open(2)(st.shell)
	st.mustSay("Why are you opening this?", "Objection", "FEATHERSTONEHAUGH")
	st.mustNotSay("Warfarin", "Allergies")
	st.press(fyne.KeyReturn) // the first row has the focus: an incident
	v := st.shell.view.(*reasonView)
	box := v.reference.Focusable().(fyne.CanvasObject)
	top := fyne.CurrentApp().Driver().AbsolutePositionForObject(box).Y
	end := fyne.CurrentApp().Driver().AbsolutePositionForObject(v.page.Scroll).Y + v.page.Scroll.Size().Height
	if top+box.Size().Height > end {
		t.Errorf("the box for the number ends at %v, the page at %v", top+box.Size().Height, end)
	}
	st.typed("INC 4711")
	st.press(fyne.KeyReturn)
	st.mustSay("Choose what the person said.")
	st.tap("Could not ask")
	st.tap("Open the record")
	st.mustSay("This laptop could not record the access, so the summary stays closed.", "AUD-2")
	st.tap("Back")
	d.fail = nil
	if st.shell.view.(*reasonView).reference.Text() != "INC 4711" {
		t.Error("the reason typed was lost with the problem")
	}
	st.tap("Open the record")
	st.mustSay("Reason: incident INC 4711. Direct care.", "Objects to sharing with the council (upheld)", "Some items withheld", "Allergies unavailable")
	want := Reason{PurposeDirectCare, BasisIncident, "INC 4711", PermissionUnable}
	if d.reasons[len(d.reasons)-1] != want {
		t.Errorf("opened with %+v, want %+v", d.reasons[len(d.reasons)-1], want)
	}
}

func TestSaidNoStaysClosed(t *testing.T) {
	st := newStage(t, withPeople())
	open(2)(st.shell)
	st.tap("I am caring for this person now")
	st.tap("Said no")
	st.tap("Open the record")
	st.mustSay("The person said no. The record stays closed.")
	if len(st.desk.reasons) != 0 {
		t.Error("the record was opened although the person said no")
	}
}

func TestRefusalsSayWhy(t *testing.T) {
	d := withPeople()
	st := newStage(t, d)
	open(5)(st.shell)
	st.mustSay("This summary can no longer be opened here", "L2")
	st.tap("Find a person")
	open(4)(st.shell)
	st.mustSay("This person's summary is not on this laptop.")
	st.press(fyne.KeyEscape)
	d.fail = errNoWords
	open(1)(st.shell)
	st.mustSay("Something went wrong that Satchel has no words for.")
	st.mustNotSay(errNoWords.Error())
}

func TestSectionsByKey(t *testing.T) { // P4
	st := newStage(t, withPeople())
	open(1)(st.shell)
	st.ctrl(fyne.Key2)
	st.mustSay("Bisoprolol 2.5 mg tablets", "9 of 9 received are shown", "1 ended, refuted or entered in error")
	st.mustNotSay("Amoxicillin")
	st.tap("1 ended, refuted or entered in error")
	st.mustSay("Amoxicillin 500 mg capsules", "Entered in error")
	st.ctrl(fyne.KeyE)
	st.mustSay("Not for attempted CPR")
	st.tap("Current medicines")
	st.mustSay("Macrogol 3350 oral powder sachets")
	st.press(fyne.KeyEscape)
	st.mustSay("Not for attempted CPR")
	st.ctrl(fyne.Key6)
	st.mustSay("Not available here", "Withheld")
	st.ctrl(fyne.KeyF)
	st.mustSay("Today's list")
	st.ctrl(fyne.Key3)
	st.mustSay("Today's list")
}

func TestCommandsAreOneTable(t *testing.T) { // P10
	st := newStage(t, withPeople())
	seen := map[string]bool{}
	for _, c := range commands {
		key := c.keyWords()
		if seen[key] || seen[c.id] {
			t.Errorf("%s: key or id is taken twice", c.id)
		}
		seen[key], seen[c.id] = true, true
		switch c.key {
		case fyne.KeyA, fyne.KeyC, fyne.KeyV, fyne.KeyX, fyne.KeyY, fyne.KeyZ:
			t.Errorf("%s takes a key that editing needs", c.id)
		}
	}
	items := st.shell.Menu().Items[0].Items
	if len(items) != len(commands) {
		t.Errorf("the menu has %d items, the table %d", len(items), len(commands))
	}
	if n := len(st.shell.shortcuts()); n != len(commands)-2+len(sectionKeys) {
		t.Errorf("%d shortcuts", n)
	}
	st.press(fyne.KeyF1)
	for _, c := range commands {
		st.mustSay(c.keyWords(), st.shell.words.Say(c.words))
	}
	st.press(fyne.KeyF1, fyne.KeyEscape)
	st.mustSay("Today's list")
}

func TestNightIsOneTapAlsoWhileLocked(t *testing.T) {
	st := newStage(t, base(PhaseLocked))
	st.typed("half a pass")
	st.tap("Night")
	if look.Current().Mode() != look.Night || st.desk.prefs.Look != "night" {
		t.Error("Night did not darken, or is not remembered")
	}
	if text(st.shell.view.(*unlockView).secret) != "half a pass" {
		t.Error("what was typed is gone")
	}
	st.tap("Day")
	if look.Current().Mode() != look.Day {
		t.Error("Day did not come back")
	}
}

func TestWaitingAndSync(t *testing.T) { // P7, P9
	st := newStage(t, withPeople())
	st.ctrl(fyne.KeyO)
	st.mustSay("3 not yet received by the hub; oldest 26 hours", "Carried by STATION-4 09:00", "38 access entries", "Received 11:00", "Refused")
	st.desk.waiting = Waiting{Written: 41, Received: 41, ReceivedAt: time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC)}
	st.desk.state.Unsent = 0
	st.shell.handle(Changed{})
	st.mustSay("41 of 41 received by the hub at 14:02", "Nothing waiting to send")
	st.ctrl(fyne.KeyR)
	st.mustSay("Objections and withdrawals: all received, 11:55", "STATION-4", "Not seen for over a week", "Revoked")
	st.press(fyne.KeyReturn)
	if st.desk.synced != 1 {
		t.Error("Enter on arrival does not sync")
	}
	st.desk.sync.Phase, st.desk.sync.Receive = SyncReceiving, Count{Done: 212, Of: 380}
	st.shell.handle(SyncChanged{})
	st.mustSay("Receiving: 212 of 380")
}

func TestNewsTakesNoFocusAway(t *testing.T) {
	st := newStage(t, withPeople())
	st.typed("bar")
	before := st.win.Canvas().Focused()
	st.desk.state.Unsent = 9
	st.shell.handle(Changed{})
	st.shell.handle(SyncChanged{})
	st.shell.tick()
	if st.win.Canvas().Focused() != before {
		t.Error("news took the keyboard away")
	}
	st.mustSay("9 waiting to send")
	if st.shell.view.(*findView).box.Text() != "bar" {
		t.Error("news emptied the box")
	}
}

func TestAReplacedButtonGivesTheKeyboardOn(t *testing.T) {
	st := newStage(t, withPeople())
	for range 20 { // to Lock, in the top bar
		st.tab()
		if b, ok := st.win.Canvas().Focused().(interface{ AccessibilityLabel() string }); ok && b.AccessibilityLabel() == "Lock" {
			break
		}
	}
	st.desk.sync.Phase = SyncOffline
	st.shell.handle(SyncChanged{})
	if st.win.Canvas().Focused() != st.shell.view.focus() {
		t.Errorf("the keyboard is with %T, which is no longer on the window", st.win.Canvas().Focused())
	}
	open(1)(st.shell)
	st.tap("Night")
	if f := st.win.Canvas().Focused(); f != st.shell.view.focus() {
		t.Errorf("after Night the keyboard is with %T", f)
	}
}

func TestSetUpALaptop(t *testing.T) { // P12
	d := base(PhaseNotSetUp)
	st := newStage(t, d)
	st.mustSay("This laptop is not set up", "It holds no patient information.")
	d.fail = &Problem{Key: ProblemCode, Code: "E1"}
	st.typed("7gkpmabcde")
	if got := st.shell.view.(*setupView).m.code; got != "7GKPM-ABCDE" {
		t.Errorf("the code is tidied to %q", got)
	}
	st.press(fyne.KeyReturn)
	st.mustSay("That code is not right.")
	d.fail = nil
	st.press(fyne.KeyReturn)
	st.mustSay("Is this what your admin sees?", "Felixford care area", "harbour lantern mosaic river")
	st.press(fyne.KeyEscape)
	st.mustSay("Step 1 of 3")
	st.tap("Continue")
	st.tap("Yes, it is the same")
	st.typed("Asha Patel")
	st.tap("Continue")
	st.mustSay("Choose a role.", "Type a passphrase.")
	st.tap("Paramedic")
	v := st.shell.view.(*setupView)
	st.win.Canvas().Focus(v.chosen.first.Focusable())
	st.typed("river harbour lantern")
	st.mustSay("Hard to guess")
	st.win.Canvas().Focus(v.chosen.again.Focusable())
	st.typed("river harbour lantern")
	st.press(fyne.KeyReturn)
	st.mustSay("Waiting for approval", "acorn badge cactus daisy")
	if len(d.enrolled) != 1 || d.enrolled[0].Name != "Asha Patel" || d.enrolled[0].Role != identity.Paramedic || string(d.enrolled[0].Passphrase) != "river harbour lantern" {
		t.Errorf("enrolled %d people", len(d.enrolled))
	}
	d.state.Phase, d.state.Held, d.state.People = PhaseLocked, 0, []User{crew}
	st.shell.handle(Changed{})
	st.mustSay("Ready. 0 people held. Loading starts when you sign in.")
}

func TestStopSaysWhyAndNothingElseOpens(t *testing.T) {
	d := base(PhaseUnusable)
	d.state.Stop = &Problem{Key: ProblemNewerFormat, Code: "F7", Values: []any{"version", 9}}
	st := newStage(t, d)
	st.mustSay("was written by a newer Satchel (format 9)", "The data has not been changed.", "3 unsent items are kept sealed for the hub.")
	for _, k := range []fyne.KeyName{fyne.KeyF, fyne.KeyR, fyne.KeyO, fyne.KeyE, fyne.Key1, fyne.KeyL} {
		st.ctrl(k)
	}
	st.mustSay("was written by a newer Satchel")
	if d.locked != 0 {
		t.Error("an unusable laptop was asked to lock")
	}
}

func TestRunHandsEventsOn(t *testing.T) {
	d := withPeople()
	st := newStage(t, d)
	open(1)(st.shell)
	d.events <- Withdrawn{handle(1), noon}
	close(d.events)
	st.shell.Run(context.Background())
	st.mustSay("Consent was withdrawn.")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	d.events = make(chan Event)
	st.shell.Run(ctx)
}

func TestNewRefusesHalfAConfiguration(t *testing.T) {
	if s, err := New(Config{Desk: base(PhaseLocked)}); err == nil || s != nil {
		t.Error("a shell was made of half a configuration")
	}
}
