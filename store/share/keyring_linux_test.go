package share

import (
	"errors"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"satchel/store/files/crash"
	"satchel/store/seal"
)

func keyringShare(t testing.TB, disk *crash.Disk, p place) *KeyringShare {
	t.Helper()
	if err := makeDir(disk); err != nil {
		t.Fatal(err)
	}
	return newKeyringShare(disk, p)
}

// TestKeyring keeps, finds and forgets shares in a real gnome-keyring-daemon,
// through its sudden end, apart from another folder's.
func TestKeyring(t *testing.T) {
	if !inSession(t) {
		return
	}
	d := newDaemon(t)
	diskA, diskB := crash.New(), crash.New()
	mine, other := keyringShare(t, diskA, newPlace(KindKeyring, "")), keyringShare(t, diskB, newPlace(KindKeyring, ""))
	exercise(t, mine)
	id, key := seal.ShareID{1}, seal.NewKey()
	if err := errors.Join(mine.Put(id, &key), other.Put(id, &key), mine.Put(id, &key)); err != nil {
		t.Fatal(err)
	}
	d.off()
	d.on()
	if got, err := mine.Get(id); err != nil || got != key {
		t.Errorf("get after the daemon was killed: %v", err)
	}
	if err := mine.Delete(id); err != nil {
		t.Fatal(err)
	}
	if _, err := keyring.Get(service, mine.account(id)); !errors.Is(err, keyring.ErrNotFound) {
		t.Errorf("a destroyed item: %v", err)
	}
	if got, err := other.Get(id); err != nil || got != key {
		t.Errorf("the other folder's share: %v", err)
	}
	for _, value := range []string{"", "x", valueForm + "x", valueForm + "AAAA", valueForm} {
		if err := keyring.Set(service, other.account(id), value); err != nil {
			t.Fatal(err)
		}
		want := seal.ErrKeysDamaged
		if value == valueForm {
			want = seal.ErrNoShare // overwritten by a deletion that was cut short
		}
		if _, err := other.Get(id); !errors.Is(err, want) {
			t.Errorf("an item of %q: %v", value, err)
		}
	}
	if err := other.Delete(id); err != nil {
		t.Error(err)
	}
}

// TestKeyringLocked: a locked store is unavailable at once, and nothing asks a
// person to unlock it. Neither is there anything to prompt with here: a prompt
// would hang until the time limit.
func TestKeyringLocked(t *testing.T) {
	if !inSession(t) {
		return
	}
	d := newDaemon(t)
	s := keyringShare(t, crash.New(), newPlace(KindKeyring, ""))
	id, key := seal.ShareID{1}, seal.NewKey()
	if err := s.Put(id, &key); err != nil {
		t.Fatal(err)
	}
	d.lock()
	start := time.Now()
	_, err := s.Get(id)
	for what, err := range map[string]error{"get": err, "put": s.Put(seal.ShareID{2}, &key), "delete": s.Delete(id)} {
		if !errors.Is(err, seal.ErrShareUnavailable) || !errors.Is(err, errLocked) || errors.Is(err, seal.ErrNoShare) {
			t.Errorf("%s while it is locked: %v", what, err)
		}
	}
	if took := time.Since(start); took > keyringWait {
		t.Errorf("it took %s to say so", took)
	}
	d.off()
	d.on()
	if got, err := s.Get(id); err != nil || got != key {
		t.Errorf("unlocked again: %v", err)
	}
	if ids, err := s.List(); err != nil || len(ids) != 2 {
		t.Errorf("list: %v %v", ids, err)
	}
	// The one that was never taken is put right as any other.
	if err := s.Delete(seal.ShareID{2}); err != nil {
		t.Errorf("deleting what the store never took: %v", err)
	}
}

// TestKeyringHangs: a bus that takes connections and never answers costs an
// unlock screen no more than the wait, each time.
func TestKeyringHangs(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "bus")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	if !inSession(t) {
		_ = listener.Close() // the inner process has its own
		return
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+socket)
	s := keyringShare(t, crash.New(), newPlace(KindKeyring, ""))
	s.wait = 100 * time.Millisecond
	for range 3 {
		start := time.Now()
		_, err := s.Get(seal.ShareID{1})
		if !errors.Is(err, seal.ErrShareUnavailable) || !errors.Is(err, errTooSlow) {
			t.Errorf("get: %v", err)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("it took %s", took)
		}
	}
	if err := listener.Close(); err != nil {
		t.Error(err)
	}
}

// TestNoBus: without a D-Bus session the answer is at hand, and none is started.
func TestNoBus(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	if haveBus() {
		t.Skip("this user has a session bus by its usual name")
	}
	s := keyringShare(t, crash.New(), newPlace(KindKeyring, ""))
	if _, err := s.Get(seal.ShareID{1}); !errors.Is(err, seal.ErrShareUnavailable) || !errors.Is(err, errNoBus) {
		t.Errorf("get: %v", err)
	}
}
