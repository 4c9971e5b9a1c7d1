package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"satchel/app/screen"
	"satchel/assets"
	"satchel/assets/people"
	"satchel/store"
	"satchel/store/identity"
	"satchel/store/policy"
	"satchel/store/seal"
	"satchel/sync/hub"
)

const passphrase = "a lantern by the garden gate"

// startHub serves an area of made-up people until the test ends.
func startHub(t *testing.T, n int) *hub.Hub {
	t.Helper()
	return startHubIn(t, t.TempDir(), n)
}

// startHubIn keeps the area in a folder.
func startHubIn(t *testing.T, data string, n int) *hub.Hub {
	t.Helper()
	return startHubWith(t, data, n, func(doc []byte) []byte { return doc })
}

// startHubWith changes the people's summaries first.
func startHubWith(t *testing.T, data string, n int, change func(doc []byte) []byte) *hub.Hub {
	t.Helper()
	folder := t.TempDir()
	for doc := range people.Generate(1, n) {
		if err := os.WriteFile(filepath.Join(folder, doc.ID+".json"), change(doc.JSON), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := hub.Init(data, hub.InitOptions{Name: "Test hub", Demo: true, Now: time.Now()}); err != nil {
		t.Fatal(err)
	}
	h, err := hub.Open(t.Context(), hub.Config{
		Data: data, Listen: "127.0.0.1:0", Central: folder, ScanEvery: 50 * time.Millisecond,
		Cohort: hub.CohortSpec{Name: "Team", Category: identity.Trust},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-done, h.Close()); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	eventually(t, "the hub has released its people", func() bool {
		s, err := h.State(context.Background())
		return err == nil && s.Address != "" && len(s.Cohorts) == 1 && s.Cohorts[0].Records == n
	})
	return h
}

func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !so(); time.Sleep(5 * time.Millisecond) { // polls real processes
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

// follow drains a desk's events and keeps the withdrawals.
func follow(d *desk) <-chan identity.Handle {
	gone := make(chan identity.Handle, 16)
	go func() {
		for e := range d.Events() {
			if w, ok := e.(screen.Withdrawn); ok {
				gone <- w.Handle
			}
		}
	}()
	return gone
}

// The whole main job through the screens' own interface, with a real hub.
func TestDeskDoesTheMainJob(t *testing.T) { // P1, P2, P3, P12, R25, R32
	h := startHub(t, 20)
	cfg := store.Config{Dir: t.TempDir(), Demo: true, Log: slog.New(slog.DiscardHandler), Argon2: seal.Params{MemoryKiB: 64, Time: 1, Threads: 1}}
	d := newDesk(t.Context(), options{demo: true, data: cfg.Dir}, cfg)
	t.Cleanup(func() {
		if err := d.close(); err != nil {
			t.Error(err)
		}
	})
	gone := follow(d)
	if p := d.State().Phase; p != screen.PhaseNotSetUp {
		t.Fatalf("an empty folder is in phase %d", p)
	}
	code, err := h.IssueCode(t.Context(), hub.CodeOrder{Kind: "laptop", Role: "district-nurse", By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	met, err := d.Meet(t.Context(), code.Code)
	if err != nil || met.Words != code.Words || !met.Demo {
		t.Fatalf("met %+v: %v", met, err)
	}
	if err := d.Enrol(t.Context(), screen.Enrolment{Code: code.Code, Name: "Nia Nurse", Role: identity.DistrictNurse, Passphrase: []byte(passphrase)}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the people arrive", func() bool { return d.State().Held == 20 })
	signIn(t, d)
	row := findOne(t, d, "ethel barnaby")
	a, err := d.Approach(row.Handle)
	if err != nil || a.Direct == nil {
		t.Fatalf("approach: %v", err)
	}
	o, err := d.Open(t.Context(), row.Handle, *a.Direct)
	if err != nil || o.Summary == nil || !o.MayRelease || o.Fresh.Ends.Before(time.Now()) {
		t.Fatalf("opening: %v", err)
	}
	eventually(t, "the look is received", func() bool { w := d.Waiting(); return w.Written > 0 && w.Received == w.Written })
	if _, err := h.WithdrawPerson(t.Context(), hub.WithdrawOrder{NHS: "9990000018", By: "test"}); err != nil {
		t.Fatal(err)
	}
	if got := <-gone; got != row.Handle {
		t.Fatal("another record was withdrawn")
	}
	if _, err := d.Open(t.Context(), row.Handle, *a.Direct); err == nil || problem(err).Key != screen.ProblemWithdrawn {
		t.Fatalf("opening what was withdrawn: %v", err)
	}
	d.Lock()
	if s := d.State(); s.Phase != screen.PhaseLocked || len(d.Find("ethel", 5).Rows) != 0 {
		t.Fatalf("after locking: phase %d", s.Phase)
	}
}

func signIn(t *testing.T, d *desk) {
	t.Helper()
	who := d.State().People[0].Slot
	err := d.Unlock(t.Context(), who, []byte("not the passphrase"))
	if p := problem(err); p.Key != screen.ProblemPassphrase || p.Left == 0 {
		t.Fatalf("a wrong passphrase: %v", err)
	}
	eventually(t, "the wait is over", func() bool { return d.State().People[0].WaitUntil.Before(time.Now()) })
	if err := d.Unlock(t.Context(), who, []byte(passphrase)); err != nil {
		t.Fatal(err)
	}
	if p := d.State().Phase; p != screen.PhaseDuty {
		t.Fatalf("the duty is not asked for: phase %d", p)
	}
	if err := d.AcceptDuty(t.Context(), "another text"); err == nil {
		t.Fatal("a duty that was not shown was accepted")
	}
	if err := d.AcceptDuty(t.Context(), d.Duty().Version); err != nil {
		t.Fatal(err)
	}
	if p := d.State().Phase; p != screen.PhaseOpen {
		t.Fatalf("after the duty: phase %d", p)
	}
}

func findOne(t *testing.T, d *desk, typed string) screen.Row {
	t.Helper()
	for _, r := range d.Find(typed, 10).Rows {
		if r.Match != screen.MatchSimilar {
			return r
		}
	}
	t.Fatal("somebody whose summary is held is not found")
	return screen.Row{}
}

// What cannot be used says so, and names what to do.
func TestUnusableFolders(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "format"), []byte("satchel 9999\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := newDesk(t.Context(), options{data: dir}, store.Config{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	s := d.State()
	if err := d.close(); err != nil {
		t.Error(err)
	}
	if s.Phase == screen.PhaseOpen || s.Phase == screen.PhaseLocked {
		t.Fatalf("a folder that is no vault is in phase %d", s.Phase)
	}
}

// Every error that reaches a screen has words there.
func TestEveryProblemHasWords(t *testing.T) {
	words, err := assets.Load(assets.English)
	if err != nil {
		t.Fatal(err)
	}
	errs := []error{
		&store.WrongPassphraseError{Left: 3, Wait: time.Second, Tried: true}, &store.WrongPassphraseError{Left: 3, Wait: time.Second},
		&store.SlotGoneError{}, &store.UnlockRefusedError{Reason: store.TrainingLapsed}, &store.UnlockRefusedError{Reason: store.DeviceSuspended},
		&store.UnlockRefusedError{Reason: store.CredentialEnded}, &store.UnlockRefusedError{Reason: store.CredentialEnded, Since: time.Now()},
		&store.UnlockRefusedError{Reason: store.NoCredential}, &store.UnlockRefusedError{Reason: store.DeviceNotEnabled},
		&store.JoinCodeError{Left: 3, Tried: true}, &store.JoinCodeError{Left: 3, Wait: time.Second}, &store.JoinCodeError{}, &store.WeakError{},
		&store.WeakError{Why: []store.Weakness{store.WeakHardware}}, &seal.MistypedError{Line: 2}, &store.DamagedError{File: "audit/1"}, &store.InUseError{PID: 7}, &store.DamagedError{File: "keys/gen-1"},
		&store.RefusedError{Codes: []policy.Code{policy.LeaseEnded}}, &store.RefusedError{},
		&net.OpError{Op: "dial", Err: errors.New("refused")}, errors.New("anything else"),
	}
	for _, c := range causes {
		errs = append(errs, fmt.Errorf("wrapped: %w", c.err))
	}
	for _, err := range errs {
		p := problem(err)
		if !words.Has(string(p.Key)+".what") || p.Code == "" {
			t.Errorf("%v: %s (%s) has no words", err, p.Key, p.Code)
		}
		if p.Err == nil {
			t.Errorf("%v: the cause was lost", err)
		}
	}
}

// FyneApp.toml at the root and the program say the same.
func TestMetadataIsTheRootFiles(t *testing.T) {
	raw, err := os.ReadFile("../FyneApp.toml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Details struct {
			Name, ID, Version string
			Build             int
		}
		Migrations map[string]bool
	}
	if err := toml.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	m := metadata()
	if m.Name != file.Details.Name || m.ID != file.Details.ID || m.Version != file.Details.Version || m.Build != file.Details.Build || !file.Migrations["fyneDo"] || !m.Migrations["fyneDo"] {
		t.Errorf("the program says %q %q %q %d, the file %+v", m.Name, m.ID, m.Version, m.Build, file)
	}
}

// A settings file that is damaged or odd means defaults, never a window that
// does not open.
func TestOddPrefsAreDefaults(t *testing.T) {
	for _, text := range []string{"", "{", `{"Language":"xx"}`, `{"Language":""}`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, prefsFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if p := readPrefs(dir); p.Language != defaultLanguage {
			t.Errorf("%q: language %q", text, p.Language)
		}
	}
	dir := t.TempDir()
	want := screen.Prefs{Look: "night", Desk: true, Text: 150, Language: "en"}
	if err := writePrefs(dir, want); err != nil || readPrefs(dir) != want {
		t.Errorf("settings do not come back: %v", err)
	}
}
