package store

import (
	"errors"
	"fmt"
	"testing"

	"github.com/klauspost/compress/zstd"

	"satchel/store/identity"
	"satchel/store/seal"
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

// A record that was made for a newer version is kept, named and not fetched
// again: the newer version opens it.
func TestRecordForANewerVersion(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	c := w.newCohort()
	v := w.laptop(w.config(dir, nil), c)
	w.unlock(v)
	var learnt [][]byte
	for i := range 20 {
		learnt = append(learnt, document(fmt.Sprint("Nightingale", i*i), number(i)))
	}
	dict, err := zstd.BuildDict(zstd.BuildDictOptions{ID: 99, Contents: learnt, History: learnt[0], Offsets: [3]int{1, 4, 8}})
	w.must(err)
	newer, err := seal.NewRecords(dict)
	w.must(err)
	pid := identity.Random[identity.PID]()
	in := w.release(c, pid, document("Quillfeather", number(1)))
	key := seal.NewKey()
	later, err := newer.Seal(&key, document("Quillfeather", number(1)))
	w.must(err)
	c.rev++
	c.vers[pid]++
	w.put(v, c, in)
	w.put(v, c, w.sign(c, pid, 1, c.vers[pid], key, later))

	for range 2 { // as it came, and after a start
		s := w.session(v)
		h := v.table.of(c.id, pid).Handle
		if !noticed(v, NewerRecords) || noticed(v, WrapRefused) || noticed(v, RecordsMissing) {
			t.Errorf("said: %+v", v.Notices())
		}
		for what, err := range map[string]error{"a look": func() error { _, err := s.Read(t.Context(), request(h)); return err }(), "verifying": s.Verify(t.Context(), h)} {
			if !errors.Is(err, ErrNewerRecord) || errors.Is(err, ErrMissing) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if row := v.table.of(c.id, pid); row.Versions[0].State&(flagMissing|flagBadWrap) != 0 {
			t.Errorf("it is fetched again: state %b", row.Versions[0].State)
		}
		w.must(v.Close())
		v, err = Open(t.Context(), w.config(dir, nil))
		w.must(err)
		w.unlock(v)
	}
	w.must(v.Close())
}
