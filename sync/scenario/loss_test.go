package scenario

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"satchel/assets/people"
	"satchel/store"
	"satchel/sync/hub"
)

// A loss report turns a laptop's keys: the device share at once, locked as it
// is, the others at the next unlock. A copy of the folder from before opens
// nothing of the folder that came after, and nobody who was released since.
func TestALossReportTurnsTheKeys(t *testing.T) { // P2, R56
	a := newArea(t, crowd)
	a.released(crowd)
	l := a.laptop("copied")
	l.sync()
	l.unlock().Lock()
	old := l.copied()
	if err := a.hub.TurnKeys(t.Context(), hub.TurnOrder{Device: l.v.Device().String(), Reason: "loss-report", By: "scenario"}); err != nil {
		t.Fatal(err)
	}
	l.sync() // while nobody is unlocked
	refusedFolder(t, l, "the old share alone", mixed(t, l.copied(), old, "share"))
	l.unlock().Lock()
	l.sync()
	later := a.releaseOneMore()
	l.sync()
	s := l.unlock()
	if rows := find(t, s, later); len(rows) != 1 {
		t.Fatalf("%d rows for who was released later", len(rows))
	}
	s.Lock()
	now := l.copied()
	refusedFolder(t, l, "the old share", mixed(t, now, old, "share"))

	// With the old keys as well, the folder may open, for what it held then.
	cfg := l.cfg
	cfg.Dir = mixed(t, now, old, "share", "keys")
	if v, err := store.Open(t.Context(), cfg); err == nil {
		if s, err := v.Unlock(t.Context(), v.People()[0].Slot, []byte(passphrase)); err == nil {
			if rows := find(t, s, later); len(rows) != 0 {
				t.Error("an old copy finds who was released later")
			}
		}
		if err := v.Close(); err != nil {
			t.Log("closing the mixed folder:", err)
		}
	}
	report, err := a.hub.VerifyAudit(t.Context())
	if err != nil || report.Err() != nil || report.Count("keys-turned") == 0 || a.orders("turn-keys") != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
}

// releaseOneMore adds a person to the central record and waits until the hub has
// released them. It gives their NHS number.
func (a *area) releaseOneMore() (nhs string) {
	a.t.Helper()
	for doc := range people.Generate(1, crowd+10) {
		nhs = doc.NHS
		if _, err := os.Stat(filepath.Join(a.central, doc.ID+".json")); err == nil || nhs == "" {
			continue
		}
		a.write(doc.ID+".json", doc.JSON)
		a.released(crowd + 1)
		return nhs
	}
	a.t.Fatal("nobody is left to be released")
	return ""
}

// copied is a copy of the laptop's folder, made while the program does not run.
func (l *laptop) copied() string {
	l.t.Helper()
	if err := l.v.Close(); err != nil {
		l.t.Fatal(err)
	}
	dir := l.t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(l.cfg.Dir)); err != nil {
		l.t.Fatal(err)
	}
	v, err := store.Open(l.t.Context(), l.cfg)
	if err != nil {
		l.t.Fatal(err)
	}
	l.v = v
	return dir
}

// mixed is a copy of one folder in which some parts are another's.
func mixed(t *testing.T, now, old string, parts ...string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(now)); err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		if err := os.RemoveAll(filepath.Join(dir, part)); err != nil {
			t.Fatal(err)
		}
		from, err := fs.Sub(os.DirFS(old), part)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(filepath.Join(dir, part), from); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func refusedFolder(t *testing.T, l *laptop, name, dir string) {
	t.Helper()
	cfg := l.cfg
	cfg.Dir = dir
	v, err := store.Open(t.Context(), cfg)
	if err == nil {
		t.Errorf("%s opens the folder", name)
		_ = v.Close() // the test has failed
	}
}
