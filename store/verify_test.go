package store

import (
	"errors"
	"testing"

	"satchel/store/identity"
)

// Verify says what a look would find, shows nothing and enters nothing. // R9
func TestVerifyTellsWhatALookWouldFind(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer func() { w.must(v.Close()) }()
	s := w.unlock(v)
	pid, other := identity.Random[identity.PID](), identity.Random[identity.PID]()
	w.put(v, c, w.release(c, pid, document("Quillfeather", number(1))), w.release(c, other, document("Nightingale", number(2))))
	good, bad := v.table.of(c.id, pid), v.table.of(c.id, other)

	before := v.Waiting().Total
	if err := s.Verify(t.Context(), good.Handle); err != nil {
		t.Errorf("what is whole: %v", err)
	}
	if err := s.Verify(t.Context(), identity.Random[identity.Handle]()); !errors.Is(err, ErrNotHeld) {
		t.Errorf("what is not held: %v", err)
	}
	k := keyOf(kindRecord, bad.Handle, 1)
	value, err := v.cache.Load().get(k)
	w.must(err)
	value[len(value)-1] ^= 1
	w.must(v.cache.Load().write([]pair{{k, value}}))
	if err := s.Verify(t.Context(), bad.Handle); !errors.Is(err, ErrMissing) {
		t.Errorf("a changed byte: %v", err)
	}
	if row, err := s.Row(bad.Handle); err != nil || !row.State.Missing {
		t.Errorf("what did not open is listed as whole: %v", err)
	}
	if after := v.Waiting().Total; after != before {
		t.Errorf("%d entries were made", after-before)
	}
	s.Lock()
	if err := s.Verify(t.Context(), good.Handle); !errors.Is(err, ErrLocked) {
		t.Errorf("locked: %v", err)
	}
}
