package store

import (
	"os"
	"path/filepath"
	"testing"

	"satchel/store/identity"
)

// The hub sends the newest version alone. So an older one that was lost with
// the cache is given up, once and not unsaid: it would else be missing, and the
// whole cohort fetched again, at every start.
func TestLostOlderVersionsAreGivenUpOnce(t *testing.T) { // R15
	w := newWorld(t)
	dir := t.TempDir()
	c := w.newCohort()
	v := w.laptop(w.config(dir, nil), c)
	pid := identity.Random[identity.PID]()
	w.put(v, c, w.release(c, pid, document("Zebedee", number(2))))
	newest := w.release(c, pid, document("Zebedee", number(2)))
	w.put(v, c, newest)
	w.must(v.Close())
	w.must(os.RemoveAll(filepath.Join(dir, "cache")))

	v, err := Open(t.Context(), w.config(dir, nil))
	w.must(err)
	if !noticed(v, VersionsLost) || !noticed(v, RecordsMissing) {
		t.Fatalf("nobody was told: %+v", v.Notices())
	}
	w.put(v, c, newest)
	o, err := w.unlock(v).Read(t.Context(), request(w.one(w.session(v), "zebedee").Handle))
	if err != nil || len(o.Versions) != 1 || o.Header.Ver != 2 {
		t.Fatalf("%v", err)
	}
	w.must(v.Close())

	v, err = Open(t.Context(), w.config(dir, nil))
	w.must(err)
	defer v.Close()
	if _, rev := v.Cursor(c.id); noticed(v, VersionsLost) || noticed(v, RecordsMissing) || rev != c.rev {
		t.Fatalf("said again: %+v, cursor %d", v.Notices(), rev)
	}
}

// What one batch brings again is taken in any order.
func TestLostVersionsComeBackInOneBatch(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	c := w.newCohort()
	v := w.laptop(w.config(dir, nil), c)
	pid := identity.Random[identity.PID]()
	one, two := w.release(c, pid, document("Zebedee", number(2))), w.release(c, pid, document("Zebedee", number(2)))
	w.put(v, c, one, two)
	v.mu.Lock()
	r := v.table.of(c.id, pid)
	for i := range r.Versions {
		r.Versions[i].State |= flagBadWrap
	}
	v.mu.Unlock()
	defer v.Close()
	if n := w.put(v, c, one, two); n != 2 {
		t.Fatalf("%d of 2 taken", n)
	}
}

func noticed(v *Vault, code NoticeCode) bool {
	for _, n := range v.Notices() {
		if n.Code == code {
			return true
		}
	}
	return false
}

func (w *world) session(v *Vault) *Session {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.session
}

// A version that is missing and not the newest any more is not waited for.
func TestMissingVersionThatWasSuperseded(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	c := w.newCohort()
	v := w.laptop(w.config(dir, nil), c)
	pid := identity.Random[identity.PID]()
	w.put(v, c, w.release(c, pid, document("Zebedee", number(2))))
	w.must(v.Close())
	w.must(os.RemoveAll(filepath.Join(dir, "cache")))
	for range 2 {
		var err error
		v, err = Open(t.Context(), w.config(dir, nil))
		w.must(err)
		if c.vers[pid] == 1 {
			w.put(v, c, w.release(c, pid, document("Zebedee", number(2))))
		} else if noticed(v, VersionsLost) {
			t.Fatal("a version was kept that nobody sends again")
		}
		w.must(v.Close())
	}
}
