package store

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"satchel/store/audit"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/store/share"
)

func thisMachine() string  { return "0123456789abcdef0123456789abcdef" }
func otherMachine() string { return "ffffffffffffffffffffffffffffffff" }

// emulator starts a real TPM emulator and gives its socket and how to stop it.
func emulator(t *testing.T) (socket string, stop func()) {
	t.Helper()
	if _, err := exec.LookPath("swtpm"); err != nil {
		fmt.Println("NOT RUN: swtpm is not installed (go run ./packaging/setup names the package)")
		t.Skip("swtpm is not installed")
	}
	dir, err := os.MkdirTemp("", "swtpm") // a socket's path must be short
	check(t, err)
	socket = filepath.Join(dir, "socket")
	cmd := exec.Command("swtpm", "socket", "--tpm2", "--tpmstate", "dir="+dir,
		"--server", "type=unixio,path="+socket, "--flags", "not-need-init,startup-clear")
	check(t, cmd.Start())
	stop = func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()         // it was killed
		_ = os.RemoveAll(dir)  // of no use any more
	}
	t.Cleanup(stop)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			check(t, conn.Close())
			return socket, stop
		}
		if time.Now().After(deadline) {
			t.Fatalf("swtpm does not answer: %v", err)
		}
	}
}

// TestFolderFromAnotherMachine: a data folder that was copied says where it
// belongs, whichever store its share lies in; it opens at home.
func TestFolderFromAnotherMachine(t *testing.T) { // R9
	home, _ := emulator(t)
	away, _ := emulator(t)
	for _, kind := range []share.Kind{share.KindFile, share.KindTPM} {
		w := newWorld(t)
		dir, copied := t.TempDir(), filepath.Join(t.TempDir(), "copy")
		cfg := w.config(dir, nil)
		cfg.ShareKind, cfg.TPMSocket, cfg.Machine = kind, home, thisMachine
		w.must(w.create(cfg).Close())
		w.must(os.CopyFS(copied, os.DirFS(dir)))
		foreign := w.config(copied, nil)
		foreign.TPMSocket, foreign.Machine = away, otherMachine
		_, err := Open(t.Context(), foreign)
		if !errors.Is(err, ErrElsewhere) || errors.Is(err, ErrShare) {
			t.Errorf("%s: on another machine: %v", kind, err)
		}
		if names, _ := filepath.Glob(filepath.Join(copied, "keys", "gen-*")); len(names) != 1 {
			t.Errorf("%s: something was deleted: %q", kind, names)
		}
		v, err := Open(t.Context(), cfg)
		w.must(err)
		w.must(v.Close())
	}
	// A TPM that was cleared is not another machine.
	w := newWorld(t)
	cfg := w.config(t.TempDir(), nil)
	cfg.ShareKind, cfg.TPMSocket, cfg.Machine = share.KindTPM, home, thisMachine
	w.must(w.create(cfg).Close())
	cfg.TPMSocket = away
	if _, err := Open(t.Context(), cfg); !errors.Is(err, ErrShare) || !errors.Is(err, seal.ErrKeysGone) {
		t.Errorf("a cleared TPM: %v", err)
	}
	cfg.TPMSocket = filepath.Join(t.TempDir(), "none")
	if _, err := Open(t.Context(), cfg); !errors.Is(err, ErrShare) || !errors.Is(err, seal.ErrShareUnavailable) {
		t.Errorf("a TPM that is away: %v", err)
	}
}

// TestShareOfANewFolder: what a new vault gets, and that it is not changed by
// asking for something else later.
func TestShareOfANewFolder(t *testing.T) {
	w := newWorld(t)
	socket, _ := emulator(t)
	for _, c := range []struct {
		kind    share.Kind
		socket  string
		binding string
		err     error
	}{
		{"", socket, "weak binding: file", nil},
		{share.Best, socket, "weak binding: file", nil}, // a demonstration
		{share.KindTPM, socket, "TPM", nil},
		{share.KindTPM, "/nonexistent", "", ErrShare},
	} {
		cfg := w.config(t.TempDir(), nil)
		cfg.ShareKind, cfg.TPMSocket = c.kind, c.socket
		v, err := Create(t.Context(), cfg, w.founding())
		if !errors.Is(err, c.err) {
			t.Errorf("%q: %v", c.kind, err)
		}
		if err != nil {
			continue
		}
		weak := slices.ContainsFunc(v.Notices(), func(n Notice) bool { return n.Code == ShareWeak })
		if v.Binding() != c.binding || weak != (c.binding != "TPM") {
			t.Errorf("%q: %s, told as weak %v", c.kind, v.Binding(), weak)
		}
		w.must(v.Close())
		for _, other := range []share.Kind{share.KindTPM, share.KindFile} {
			cfg.ShareKind = other
			v, err := Open(t.Context(), cfg)
			if same := (other == share.KindTPM) == (c.binding == "TPM"); same {
				w.must(err)
				w.must(v.Close())
			} else if !errors.Is(err, share.ErrOtherKind) {
				t.Errorf("%q, then %q: %v", c.kind, other, err)
			}
		}
	}
}

// TestRebind moves the share to the TPM and back, with the vault in use; what
// the former store held opens nothing, and a store that is away changes nothing.
func TestRebind(t *testing.T) {
	w := newWorld(t)
	socket, stop := emulator(t)
	dir := t.TempDir()
	c := w.newCohort()
	cfg := w.config(dir, nil)
	cfg.TPMSocket, cfg.Machine = socket, thisMachine
	v := w.laptop(cfg, c)
	w.put(v, c, w.release(c, identity.Random[identity.PID](), document("Zebedee", number(2))))
	old := filepath.Join(t.TempDir(), "old")
	w.must(os.CopyFS(old, os.DirFS(dir)))
	w.must(v.Rebind(t.Context(), share.KindTPM))
	w.must(v.Rebind(t.Context(), share.KindTPM)) // it is there: nothing happens
	if v.Binding() != "TPM" || slices.ContainsFunc(v.Notices(), func(n Notice) bool { return n.Code == ShareWeak }) {
		t.Errorf("moved: %s, %v", v.Binding(), v.Notices())
	}
	if n := count(w.entries(v), audit.KindKeysTurned); n != 1 {
		t.Errorf("%d entries on it", n)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "share", "*")); !slices.Equal(names, []string{filepath.Join(dir, "share", "kind")}) {
		t.Errorf("left in share/: %q", names)
	}
	w.must(v.Close())
	v = reopen(w, cfg)
	if v.Binding() != "TPM" || v.Count() != 1 {
		t.Errorf("opened again: %s, %d rows", v.Binding(), v.Count())
	}
	// The new key file with the old folder's share.
	w.must(v.Close())
	w.must(os.RemoveAll(filepath.Join(old, "keys")))
	w.must(os.CopyFS(filepath.Join(old, "keys"), os.DirFS(filepath.Join(dir, "keys"))))
	former := cfg
	former.Dir = old
	if _, err := Open(t.Context(), former); !errors.Is(err, ErrShare) {
		t.Errorf("the former share opens the new key file: %v", err)
	}
	v = reopen(w, cfg)
	w.must(v.Rebind(t.Context(), share.KindFile))
	if v.Binding() != "weak binding: file" || !slices.ContainsFunc(v.Notices(), func(n Notice) bool { return n.Code == ShareWeak }) {
		t.Errorf("moved back: %s, %v", v.Binding(), v.Notices())
	}
	stop()
	if err := v.Rebind(t.Context(), share.KindTPM); !errors.Is(err, ErrShare) {
		t.Errorf("to a TPM that is away: %v", err)
	}
	if v.Binding() != "weak binding: file" {
		t.Errorf("after that: %s", v.Binding())
	}
	w.must(v.Close())
	v = reopen(w, cfg)
	w.must(v.Close())
}

func reopen(w *world, cfg Config) *Vault {
	w.t.Helper()
	v, err := Open(w.t.Context(), cfg)
	w.must(err)
	return v
}
