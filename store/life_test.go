package store

import (
	"testing"

	"satchel/store/identity"
)

func TestLife(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	c := w.newCohort()
	v := w.laptop(w.config(dir, nil), c)
	pid := identity.Random[identity.PID]()
	locked := identity.Random[identity.PID]()
	if n := w.put(v, c, w.release(c, locked, document("Quillfeather", number(1)))); n != 1 {
		t.Fatalf("kept %d", n)
	}
	s := w.unlock(v)
	if n := w.put(v, c, w.release(c, pid, document("Zebedee", number(2)))); n != 1 {
		t.Fatalf("kept %d", n)
	}
	for _, name := range []string{"quillfeather", "zebedee"} {
		got, err := s.Find(t.Context(), name, 10)
		if err != nil || len(got.Rows) != 1 {
			t.Fatalf("%s: %d rows, %v", name, len(got.Rows), err)
		}
	}
	w.must(v.Close())
	v, err := Open(t.Context(), w.config(dir, nil))
	w.must(err)
	if v.Count() != 2 || len(v.Notices()) != 1 {
		t.Fatalf("%d rows, notices %+v", v.Count(), v.Notices())
	}
	w.must(v.Close())
}
