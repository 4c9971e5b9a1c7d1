package screen

import (
	"image"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"satchel/app/touch"
)

// to moves the keyboard with Tab to what is called so, as a person without a
// pointer does.
func (st *stage) to(label string) {
	st.t.Helper()
	for range 60 {
		st.tab()
		switch f := st.win.Canvas().Focused().(type) {
		case interface{ AccessibilityLabel() string }:
			if f.AccessibilityLabel() == label {
				return
			}
		}
	}
	st.t.Fatalf("Tab does not reach %q; the screen says %q", label, st.words())
}

// Somebody whom the hub has invited makes a place, by keyboard alone.
func TestFirstSignInByKeyboard(t *testing.T) { // P1, P10
	st := newStage(t, withAll(invited)())
	st.mustSay("First time on this laptop", "Chidi Okonkwo")
	st.press(fyne.KeyReturn) // Begin has the keyboard
	st.mustSay("Make your place on this laptop", "The code works once")
	st.typed("7gkpm a")
	v := st.shell.view.(*joinView)
	if got := v.code.Text(); got != "7GKPM-A" {
		t.Errorf("the code is tidied to %q", got)
	}
	st.press(fyne.KeyReturn) // to the passphrase
	st.typed("river hall")
	st.mustSay("Too easy to guess. Add another word or two.")
	st.typed(" lante")
	st.mustSay("Nearly. Add one more word.")
	st.typed("rn mosaic")
	st.mustSay("Hard to guess")
	st.press(fyne.KeyReturn)
	st.typed("river hall lantern mosaiC")
	st.press(fyne.KeyReturn)
	st.mustSay("6 letters of 10 are here. Check the code.", "The two are not the same.")
	if st.win.Canvas().Focused() != v.code.Focusable() {
		t.Error("the keyboard is not on the first thing that is wrong")
	}
	st.typed("bcde")
	write(v.chosen.again, "river hall lantern mosaic")
	st.to("Make my place")
	st.press(fyne.KeyReturn)
	st.mustSay("Your place is made", "the next time a colleague", "SATCHEL-ASK 1")
	d := st.desk.door
	if len(d.made) != 1 || string(d.made[0].Text) != "river hall lantern mosaic" || d.made[0].PIN || d.codes[0] != joinCode {
		t.Errorf("joined with %q", d.codes)
	}
	if v.chosen.typed() {
		t.Error("the passphrase is still in the boxes")
	}
	st.press(fyne.KeyEscape)
	st.mustSay("Who are you?", "Waiting for a colleague to unlock, or an admin's answer")
}

// A wrong code is said beside its box, and nothing that was typed is lost.
func TestAWrongJoiningCodeIsSaidBesideIt(t *testing.T) { // P1
	st := newStage(t, withAll(invited)())
	st.shell.go1(joinRoute{invited.Slot})
	st.typed("aaaaa aaaaa")
	v := st.shell.view.(*joinView)
	write(v.chosen.first, "river hall lantern mosaic")
	write(v.chosen.again, "river hall lantern mosaic")
	st.tap("Make my place")
	if v.code.Fault() != "That joining code is not right. Check it with your admin. A code works once." || v.chosen.first.Len() == 0 {
		t.Errorf("beside the box stands %q", v.code.Fault())
	}
	st.press(fyne.KeyEscape) // asks: words would be lost
	if st.win.Canvas().Overlays().Top() == nil {
		t.Error("leaving lost what was typed without asking")
	}
}

// Forgotten: a new passphrase, the request in three ways, the answer.
func TestForgottenPassphrase(t *testing.T) { // P1, P10
	d := withAll(crew)()
	d.door.requests = withRequest().door.requests
	clear(d.door.requests)
	d.door.places = []Place{{ID: "1", Name: "KINGSTON", Removable: true}}
	d.door.answers = []AnswerFile{{d.door.places[0], "satchel-answer.txt", noon}}
	st := newStage(t, d)
	st.to("Forgotten")
	st.press(fyne.KeyReturn)
	st.mustSay("A way back in for Asha Patel", "All of it works with no network.")
	st.typed("river hall lantern mosaic")
	st.press(fyne.KeyReturn)
	st.typed("river hall lantern mosaic")
	st.press(fyne.KeyReturn)
	st.mustSay("Request to an admin, for Asha Patel", "YX0R4 5GQ3B H1S7D ZK90V 2M8WT 6NCPE J4AF1", "Made 12:00")
	lines := st.win.Canvas().Focused().(*touch.Lines)
	st.press(fyne.KeyDown, fyne.KeyDown)
	if lines.At() != 2 {
		t.Errorf("the mark is on line %d", lines.At())
	}
	st.to("Save as a file")
	st.press(fyne.KeyReturn)
	st.mustSay("Where should the request be saved?")
	st.press(fyne.KeyReturn) // the stick has the keyboard
	st.mustSay("Saved as satchel-request-FELIX-014.txt in KINGSTON 12:00")
	st.tap("Copy")
	if got := fyne.CurrentApp().Clipboard().Content(); got != requestText {
		t.Errorf("the clipboard holds %q", got)
	}
	for _, u := range d.state.People {
		if contains(fyne.CurrentApp().Clipboard().Content(), u.Name) {
			t.Error("the request names somebody")
		}
	}
	st.tap("I have the answer")
	st.typed("hello")
	st.tap("Let me back in")
	st.mustSay("That is not an answer to a request.")
	st.tap("Open it from a file")
	st.press(fyne.KeyReturn)
	st.press(fyne.KeyReturn) // the button has the keyboard: the box is full
	st.mustSay("You are let back in. Sign in with the new passphrase.", "Asha Patel")
	if len(d.door.answered) != 2 || d.door.answered[1] != answerText {
		t.Errorf("answered with %q", d.door.answered)
	}
	if _, ok := st.win.Canvas().Focused().(fyne.CanvasObject); !ok || st.shell.view.focus() != st.win.Canvas().Focused() {
		t.Error("the keyboard is not in the passphrase box")
	}
}

// A request survives a restart: a new shell over the same laptop shows it.
func TestARequestIsShownAgainAfterARestart(t *testing.T) { // P1
	st := newStage(t, withRequest())
	st.mustSay("Your request to an admin is under way.")
	st.press(fyne.KeyReturn)
	st.mustSay("SATCHEL-ASK 1", "Made 10:00")
}

// What an answer can be instead is said in its own words, beside the box.
func TestAnswersThatAreNone(t *testing.T) { // P1
	for key, words := range map[ProblemKey]string{
		ProblemAnswer: "That is not an answer", ProblemAnswerStale: "too old", ProblemAnswerElsewhere: "another request or another laptop",
		ProblemAnswerLine: "Line 3 of the answer is mistyped.",
	} {
		d := withRequest()
		st := newStage(t, d)
		st.shell.go1(answerRoute{who: gone.Slot, text: answerText})
		d.fail = &Problem{Key: key, Code: "X", Values: []any{"line", 3}}
		st.tap("Let me back in")
		v := st.shell.view.(*answerView)
		if !contains(v.text.Fault(), words) || v.text.Text() != answerText {
			t.Errorf("%s: beside the box stands %q", key, v.text.Fault())
		}
	}
}

// PIN people press 88 high keys, or type; Enter and the pad's last key unlock.
func TestPINPadAndKeys(t *testing.T) { // P1, P10
	d := withAll(pinned)()
	st := newStage(t, d)
	v := st.shell.view.(*unlockView)
	touch.Walk(v.door, func(o fyne.CanvasObject) bool {
		if b, ok := o.(*touch.Button); ok && len(b.Label) == 1 && (b.Size().Height < 88 || b.Size().Width < 88) {
			t.Errorf("key %s is %v", b.Label, b.Size())
		}
		return true
	})
	for _, key := range []string{"9", "0", "8", "1"} {
		st.tap(key)
	}
	st.tap("Delete")
	st.typed("7letters2")
	if got := text(v.secret); got != "90872" {
		t.Errorf("the box holds %q", got)
	}
	d.fail = &Problem{Key: ProblemPassphrase, Code: "PAS1", Wait: 4 * time.Second, Left: 7}
	st.tap("Unlock")
	st.mustSay("That PIN is not right. Wait 4 seconds. 7 tries left, then an admin must help you back in.")
	if v.secret.Len() != 0 {
		t.Error("a wrong PIN stays in the box")
	}
	st.now = noon.Add(5 * time.Second)
	st.shell.tick()
	st.typed("908172")
	d.fail = &Problem{Key: ProblemPINLocked, Code: "PAS9", Wait: time.Minute}
	st.press(fyne.KeyReturn)
	st.mustSay("This laptop's hardware takes no PIN for now.")
}

// Where hardware limits tries a PIN may be chosen, and is judged as one.
func TestChoosingAPIN(t *testing.T) { // P1
	d := withAll(crew)()
	st := newStage(t, d)
	st.shell.go1(forgottenRoute{crew.Slot})
	st.tap("A PIN")
	for _, key := range []string{"1", "2", "3", "4", "5"} {
		st.tap(key)
	}
	st.mustSay("A PIN has 6 to 12 digits")
	st.tap("6")
	st.mustSay("This PIN is among the first that are tried. Choose another.")
	st.typed("0")
	st.tap("Next")
	for _, r := range "1234560" {
		st.tap(string(r))
	}
	st.tap("Next")
	if len(d.door.made) != 1 || !d.door.made[0].PIN || string(d.door.made[0].Text) != "1234560" {
		t.Errorf("%d made", len(d.door.made))
	}
	d.state.MayPIN = false
	st = newStage(t, d)
	st.shell.go1(forgottenRoute{crew.Slot})
	st.mustNotSay("A PIN")
}

func TestChangeMyPassphrase(t *testing.T) { // P1, P10
	d := withPeople()
	st := newStage(t, d)
	st.tap("Signed in")
	st.mustSay("Asha Patel", "Change my passphrase")
	st.press(fyne.KeyReturn)
	st.typed("not the old one")
	st.press(fyne.KeyReturn)
	st.typed("river hall lantern mosaic")
	st.press(fyne.KeyReturn)
	st.typed("river hall lantern mosaic")
	st.press(fyne.KeyReturn)
	st.mustSay("That passphrase is not right.", "Wait 2 seconds. 8 tries left")
	st.now = noon.Add(3 * time.Second)
	st.shell.tick()
	v := st.shell.view.(*changeView)
	st.win.Canvas().Focus(v.old.Focusable())
	st.typed("correct horse battery")
	st.tap("Change it")
	st.mustSay("Changed 12:00. Use the new one from now on.")
	if len(d.door.made) != 1 || v.chosen.typed() || v.old.Len() != 0 {
		t.Error("it was not changed, or something typed stays")
	}
}

// Nobody at the laptop: what was half typed goes, and so on every locked page.
func TestHalfTypedSecretsGo(t *testing.T) { // P1
	st := newStage(t, withAll(crew)())
	st.typed("half a pass")
	st.now = noon.Add(forgetTyped - time.Second)
	st.shell.tick()
	v := st.shell.view.(*unlockView)
	if v.secret.Len() == 0 {
		t.Fatal("it went too early")
	}
	st.now = noon.Add(forgetTyped + time.Second)
	st.shell.tick()
	if v.secret.Len() != 0 {
		t.Error("a half typed passphrase waits for whoever comes next")
	}
}

// Choosing another person forgets what was typed for the first.
func TestAnotherPersonSeesNoDots(t *testing.T) { // P1
	st := newStage(t, withAll(crew)())
	st.typed("half a pass")
	first := st.shell.view.(*unlockView).secret
	st.tap(nurse.Name)
	if first.Len() != 0 || st.shell.view.(*unlockView).secret.Len() != 0 {
		t.Error("what was typed stays")
	}
}

// News while nobody types draws the rows anew, and keeps who was chosen.
func TestNewsOfPeopleKeepsTheChoice(t *testing.T) { // P1
	d := withAll(crew)()
	st := newStage(t, d)
	st.tap(invited.Name)
	d.place(invited.Slot).State = PlaceReady
	st.shell.handle(Changed{})
	v := st.shell.view.(*unlockView)
	if v.m.People[v.m.Chosen].User.Slot != invited.Slot || v.secret == nil {
		t.Error("who was chosen was forgotten, or cannot sign in though the place is ready")
	}
	before := st.shell.view
	slices.Reverse(d.state.People) // another has just tried
	d.state.Battery.Percent--
	d.place(nurse.Slot).WaitUntil = noon.Add(time.Second)
	st.shell.handle(Changed{})
	if st.shell.view != before {
		t.Error("a battery or a wait draws the page anew")
	}
	st.mustSay("Battery 63%")
	st.now = noon.Add(61 * time.Second)
	st.shell.tick()
	st.mustSay("23-Nov-2026 12:01")
}

// A camera reads the request off the screen, day and night, at both scales.
func TestACameraReadsTheRequest(t *testing.T) { // P1
	test.NewTempApp(t)
	sc := scene{"", withRequest, goes(recoverRoute{who: gone.Slot})}
	for _, c := range []struct {
		scale float32
		prefs Prefs
		size  fyne.Size
	}{{1, Prefs{}, fyne.NewSize(1366, 768)}, {1, Prefs{Look: "night"}, fyne.NewSize(1366, 768)}, {2, Prefs{Look: "night", Desk: true}, fyne.NewSize(1366, 768)}, {1, Prefs{}, fyne.NewSize(1024, 900)}} {
		_, win := sc.stageOn(t, c.size, c.scale, c.prefs)
		bitmap, err := gozxing.NewBinaryBitmapFromImage(image.Image(win.Capture()))
		if err != nil {
			t.Fatal(err)
		}
		got, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
		if err != nil || got.GetText() != strings.Join(strings.Fields(requestText), "") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// The laptop says of itself nothing about any patient.
func TestThisLaptop(t *testing.T) {
	st := newStage(t, withAll(lapsed)())
	st.tap("FELIX-014")
	st.mustSay("acorn badge cactus daisy", "Bound to this laptop's TPM", "214 people's summaries", "Cannot sign in", "Needs an admin")
	st.press(fyne.KeyEscape)
	st.mustSay("Who are you?")
}

func TestJoiningCodesAreForgiving(t *testing.T) { // P1
	w := english(t)
	for in, want := range map[string]string{
		"7gkpm-abcde": joinCode, " 7GKPM abcde ": joinCode, "7gkpmabcde": joinCode, "7g": "7G", "": "", "7gkpm-": "7GKPM",
	} {
		if got := tidyJoin(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
		if fault := joinFault(w, in); (fault == "") != (want == joinCode) {
			t.Errorf("%q: %q", in, fault)
		}
	}
}
