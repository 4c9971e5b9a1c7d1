package main

import (
	"errors"
	"image"
	"image/png"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	qr "github.com/skip2/go-qrcode"

	"satchel/app/screen"
	"satchel/store"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/store/share"
	"satchel/sync/hub"
)

// key is the problem that an error is shown as.
func key(err error) screen.ProblemKey {
	if err == nil {
		return ""
	}
	return problem(err).Key
}

const second = "orchard violin thirteen kettles"

// A second person makes a place with the hub's code, waits, is let in by the
// first one's unlock, and accepts the duty once for good.
func TestASecondPersonJoins(t *testing.T) { // P1, R25
	l := newLaptop(t)
	code := l.invite("Sam Reid")
	l.leave()
	sam := l.who("Sam Reid")
	if sam.State != screen.PlaceInvited || key(l.unlock("Sam Reid", second)) != screen.ProblemNotReady {
		t.Fatalf("somebody invited is in state %d", sam.State)
	}
	err := l.Join(t.Context(), sam.Slot, "AAAAA-AAAAA", screen.Secret{Text: []byte(second)})
	if p := problem(err); p.Key != screen.ProblemJoinCode || p.Left == 0 || p.Wait == 0 {
		t.Fatalf("a wrong code: %v", p)
	}
	l.ahead.Add(int64(time.Minute))
	if err := l.Join(t.Context(), sam.Slot, code, screen.Secret{Text: []byte("password1234")}); key(err) != screen.ProblemWeak {
		t.Fatalf("a weak passphrase: %v", err)
	}
	mine := []byte(second)
	if err := l.Join(t.Context(), sam.Slot, strings.ToLower(code), screen.Secret{Text: mine}); err != nil {
		t.Fatal(errors.Unwrap(err))
	}
	if string(mine) != second {
		t.Error("the passphrase was wiped, though it is the caller's")
	}
	l.again()
	sam = l.who("Sam Reid")
	if r, ok := l.Recovery(sam.Slot); sam.State != screen.PlaceWaiting || !sam.Joined || !sam.Asked || !ok || !strings.HasPrefix(r.Text, "SATCHEL-ASK 1\n") {
		t.Fatalf("after joining and a restart: state %d, asked %v", sam.State, sam.Asked)
	}
	l.mustUnlock("Nia Nurse", passphrase)
	l.Lock()
	l.mustUnlock("Sam Reid", second)
	if l.State().Phase != screen.PhaseDuty {
		t.Fatal("somebody new is not asked for the duty")
	}
	if err := l.AcceptDuty(t.Context(), l.Duty().Version); err != nil {
		t.Fatal(err)
	}
	l.again()
	people := l.State().People
	if people[0].Name != "Sam Reid" || people[0].State != screen.PlaceReady || people[0].Asked || people[1].Name != "Nia Nurse" {
		t.Errorf("after a restart %s stands first, in state %d", people[0].Name, people[0].State)
	}
	l.mustUnlock("Sam Reid", second)
	if l.State().Phase != screen.PhaseOpen {
		t.Error("the duty is asked for again after a restart")
	}
}

// answer is what an admin with the recovery key gives for the request shown.
func (l *laptop) answer(name string) string {
	l.t.Helper()
	r, ok := l.Recovery(l.who(name).Slot)
	if !ok {
		l.t.Fatal("there is no request")
	}
	request, err := seal.ParseRecoveryRequest(r.Text)
	if err != nil {
		l.t.Fatal(err)
	}
	answer, err := hub.AnswerRecovery(l.data, hub.RecoveryKeyFile(l.data), request)
	if err != nil {
		l.t.Fatal(err)
	}
	return answer.Text()
}

// The way back in, over files and with every wrong answer first.
func TestTheWayBackIn(t *testing.T) { // P1
	l := newLaptop(t)
	l.leave()
	l.mustUnlock("Nia Nurse", passphrase)
	l.Lock()
	nia := l.who("Nia Nurse")
	const fresh = "lighthouse marmalade quarter stilts"
	ask := func() {
		t.Helper()
		if err := l.AskRecovery(t.Context(), nia.Slot, screen.Secret{Text: []byte(fresh)}); err != nil {
			t.Fatal(errors.Unwrap(err))
		}
	}
	ask()
	old := l.answer("Nia Nurse")
	ask() // a new request: the answer to the old one is none
	if _, err := l.TakeRecovery(t.Context(), old); key(err) != screen.ProblemAnswerElsewhere {
		t.Errorf("the answer to an older request: %v", err)
	}
	l.again()
	good := l.answer("Nia Nurse")
	lines := strings.Split(good, "\n")
	lines[2] = strings.Replace(lines[2], lines[2][:1], map[bool]string{true: "2", false: "1"}[lines[2][:1] == "1"], 1)
	_, err := l.TakeRecovery(t.Context(), strings.Join(lines, "\n"))
	if p := problem(err); p.Key != screen.ProblemAnswerLine || len(p.Values) != 2 || p.Values[1] != 2 {
		t.Errorf("a mistyped second line: %v %v", p, p.Values)
	}
	if _, err := l.TakeRecovery(t.Context(), "hello"); key(err) != screen.ProblemAnswer {
		t.Errorf("no answer at all: %v", err)
	}
	who, err := l.TakeRecovery(t.Context(), l.overFiles(nia.Slot, good))
	if err != nil || who != nia.Slot {
		t.Fatalf("the right answer: %v", err)
	}
	l.again()
	l.mustUnlock("Nia Nurse", fresh)
	v, _, _ := l.held()
	if tried := v.People()[0].LastTry; l.now().Sub(tried) > time.Hour {
		t.Errorf("who came back in tried last at %v", tried)
	}
	if _, under := l.Recovery(nia.Slot); under {
		t.Error("the request is still under way")
	}
	l.Lock()
	if key(l.unlock("Nia Nurse", passphrase)) != screen.ProblemPassphrase {
		t.Error("the old passphrase still opens")
	}
	l.mustUnlock("Nia Nurse", fresh)
	l.change(fresh, second)
}

// change gives whoever is signed in another passphrase.
func (l *laptop) change(old, fresh string) {
	l.t.Helper()
	name := l.State().Who.Name
	if err := l.ChangeSecret(l.t.Context(), []byte("not the old one"), screen.Secret{Text: []byte(fresh)}); key(err) != screen.ProblemPassphrase {
		l.t.Errorf("changed with a wrong passphrase: %v", err)
	}
	l.ahead.Add(int64(time.Minute))
	if err := l.ChangeSecret(l.t.Context(), []byte(old), screen.Secret{Text: []byte("short")}); key(err) != screen.ProblemWeak {
		l.t.Errorf("changed to a weak passphrase: %v", err)
	}
	if err := l.ChangeSecret(l.t.Context(), []byte(old), screen.Secret{Text: []byte(fresh)}); err != nil {
		l.t.Fatal(errors.Unwrap(err))
	}
	l.Lock()
	l.mustUnlock(name, fresh)
}

// overFiles saves the request as a person does, and finds the answer as text
// and as a picture of a code among other files.
func (l *laptop) overFiles(who identity.SlotID, answer string) string {
	t, home := l.t, l.t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	stick := filepath.Join(home, "Documents")
	must(t, os.Mkdir(stick, 0o700))
	places, err := l.Places(t.Context())
	if err != nil || !slices.ContainsFunc(places, func(p screen.Place) bool { return p.ID == stick }) {
		t.Fatalf("places: %v", err)
	}
	place := places[slices.IndexFunc(places, func(p screen.Place) bool { return p.ID == stick })]
	name, err := l.SaveRequest(t.Context(), place, who)
	again, err2 := l.SaveRequest(t.Context(), place, who)
	if err != nil || err2 != nil || name == again {
		t.Fatalf("saved as %q and %q: %v %v", name, again, err, err2)
	}
	saved, err := os.ReadFile(filepath.Join(stick, name))
	if r, _ := l.Recovery(who); err != nil || string(saved) != r.Text {
		t.Fatalf("the file holds something else: %v", err)
	}
	must(t, os.WriteFile(filepath.Join(stick, "shopping.txt"), []byte("milk"), 0o600))
	must(t, os.WriteFile(filepath.Join(stick, "answer.txt"), []byte("\r\n"+strings.ToLower(answer)), 0o600))
	must(t, qr.WriteFile(seal.ForQR(answer), qr.Medium, 500, filepath.Join(stick, "satchel-answer.png")))
	blank, err := os.Create(filepath.Join(stick, "satchel-blank.png"))
	must(t, err)
	must(t, png.Encode(blank, image.NewGray(image.Rect(0, 0, 200, 200))))
	must(t, blank.Close())
	found, err := l.Answers(t.Context())
	if err != nil || len(found) < 2 {
		t.Fatalf("%d files found: %v", len(found), err)
	}
	read := map[string]string{}
	for _, f := range found {
		text, err := l.ReadAnswer(t.Context(), f)
		if blank := f.Name == "satchel-blank.png"; blank != (key(err) == screen.ProblemFile) {
			t.Errorf("%s: %v", f.Name, err)
		}
		read[f.Name] = text
	}
	if _, listed := read["shopping.txt"]; listed || seal.ForQR(read["satchel-answer.png"]) != seal.ForQR(answer) {
		t.Errorf("read %d files", len(read))
	}
	return read["answer.txt"]
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Whoever may not come in is told why, with the day (R6).
func TestRefusalsSayWhyAndSince(t *testing.T) { // R6
	l := newLaptop(t)
	code := l.invite("Sam Reid")
	sam := l.who("Sam Reid")
	if err := l.Join(t.Context(), sam.Slot, code, screen.Secret{Text: []byte(second)}); err != nil {
		t.Fatal(errors.Unwrap(err))
	}
	l.mustUnlock("Nia Nurse", passphrase)
	l.Lock()
	l.leave()
	if who := l.who("Sam Reid"); who.Refused != nil {
		t.Errorf("somebody who can sign in is listed as refused: %v", who.Refused)
	}
	l.ahead.Store(int64(190 * 24 * time.Hour))
	l.look()
	if who := l.who("Sam Reid"); who.Refused == nil || who.Refused.Key != screen.ProblemTraining {
		t.Errorf("before anything is typed the row says %v", who.Refused)
	}
	p := problem(l.unlock("Sam Reid", second))
	if day := time.Now().AddDate(0, 6, 0).Format("02-Jan-2006"); p.Key != screen.ProblemTraining || len(p.Values) != 2 || p.Values[1] != day {
		t.Errorf("lapsed training: %v %v, since %s", p, p.Values, day)
	}
	l.ahead.Store(int64(800 * 24 * time.Hour))
	if p := problem(l.unlock("Sam Reid", second)); p.Key != screen.ProblemCredential {
		t.Errorf("an ended credential: %v", p)
	}
}

// Ten wrong tries: the place needs an admin, and says so after a restart.
func TestTenWrongTries(t *testing.T) { // P1
	l := newLaptop(t)
	l.leave()
	l.mustUnlock("Nia Nurse", passphrase)
	l.Lock()
	for i := range store.MaxTries {
		err := l.unlock("Nia Nurse", "not the passphrase at all")
		if want := map[bool]screen.ProblemKey{true: screen.ProblemSlotGone, false: screen.ProblemPassphrase}[i == store.MaxTries-1]; key(err) != want {
			t.Fatalf("try %d: %v", i+1, problem(err))
		}
		l.ahead.Add(int64(10 * time.Hour))
		if i == 4 {
			l.again() // the count survives
			if u := l.who("Nia Nurse"); u.Left != store.MaxTries-5 {
				t.Errorf("after a restart %d tries are left", u.Left)
			}
		}
	}
	l.again()
	if u := l.who("Nia Nurse"); u.State != screen.PlaceGone {
		t.Errorf("after ten wrong tries the place is in state %d", u.State)
	}
}

// What is typed is judged before there is a vault and after, by the same rules.
func TestQuality(t *testing.T) { // P1
	dir := t.TempDir()
	cfg := store.Config{Dir: dir, Demo: true, Log: slog.New(slog.DiscardHandler)}
	d := newDesk(t.Context(), options{demo: true, data: dir}, cfg)
	defer func() { must(t, d.close()) }()
	for _, c := range []struct {
		text string
		pin  bool
		want screen.Quality
	}{
		{"password", false, screen.QualityEasy},
		{"Nia Nurse 1980", false, screen.QualityEasy},
		{second, false, screen.QualityGood},
		{strings.Repeat("orchard violin thirteen ", 60), false, screen.QualityLong},
		{"908172", true, screen.QualityPINNot},
	} {
		if got := d.Quality(screen.Secret{Text: []byte(c.text), PIN: c.pin}, "Nia Nurse"); got != c.want {
			t.Errorf("%q: %d, want %d", c.text, got, c.want)
		}
	}
	weak := func(guesses float64, why ...store.Weakness) error {
		return &store.WeakError{Guesses: guesses, Least: 1e10, Why: why, PINRefused: len(why) > 0}
	}
	for want, err := range map[screen.Quality]error{
		screen.QualityNearly: weak(2e7), screen.QualityEasy: weak(2e6), screen.QualityDigits: weak(1, store.WeakDigits),
		screen.QualityPINEasy: weak(9, store.WeakSequence), screen.QualityGood: nil,
	} {
		if got := quality(err); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
	}
}

// Every notice of the vault has its words; the help desk's number outlives what
// cannot be read.
func TestNoticesAndHelpDeskAreKept(t *testing.T) {
	seen := map[screen.Notice]bool{}
	for code, n := range noticeOf {
		if code == "" || n == "" {
			t.Errorf("%q is %q", code, n)
		}
		if seen[n] && n != screen.NoticeTorn { // a torn tail is one thing to a person, whichever log's it was
			t.Errorf("%q stands for several", n)
		}
		seen[n] = true
	}
	if len(seen) < len(noticeOf)-2 {
		t.Errorf("%d notices stand for %d", len(seen), len(noticeOf))
	}
	dir := t.TempDir()
	must(t, writePrefs(dir, screen.Prefs{Language: defaultLanguage, HelpDesk: "0118 496 0100"}))
	must(t, os.WriteFile(filepath.Join(dir, "format"), []byte("satchel 9999\n"), 0o600))
	d := newDesk(t.Context(), options{data: dir}, store.Config{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	defer func() { must(t, d.close()) }()
	if s := d.State(); s.Phase != screen.PhaseUnusable || s.HelpDesk != "0118 496 0100" {
		t.Errorf("phase %d, help desk %q", s.Phase, s.HelpDesk)
	}
	if p := stopping(store.ErrDiskFull); p.Key != screen.ProblemDiskStop {
		t.Errorf("a full disk at the start is %v", p)
	}
}

// The page about the laptop says where the keys of this one lie, and a store's
// own words for itself are understood.
func TestBindingIsSaid(t *testing.T) {
	l := newLaptop(t)
	if got := l.Laptop(); got.Binding != screen.BindingFile || got.Hub != "Test hub" || got.Version == "" {
		t.Errorf("a demonstration's share lies in a file; the page says %+v", got)
	}
	for at, want := range map[seal.Share]screen.Binding{
		&share.TPMShare{}: screen.BindingTPM, &share.KeyringShare{}: screen.BindingStore, &share.FileShare{}: screen.BindingFile,
	} {
		if got := binding(at.Binding()); got != want {
			t.Errorf("%q is %q, want %q", at.Binding(), got, want)
		}
	}
}
