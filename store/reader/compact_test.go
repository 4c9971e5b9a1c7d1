package reader_test

import (
	"os"
	"path/filepath"
	"testing"

	"satchel/store"
)

// A journal of facts that was compacted is read like one that was not, with
// runs in it whose beginning has been freed.
func TestSecondReaderCompacted(t *testing.T) {
	s := tell(t, false)
	v, err := store.Open(t.Context(), s.config(s.dir))
	s.must(err)
	s.historyGrows(v)
	s.must(v.Close())
	if _, err := os.Stat(filepath.Join(s.dir, "facts", "seg-00000000000000000001")); err != nil {
		t.Fatalf("before: %v", err)
	}
	v, err = store.Open(t.Context(), s.config(s.dir))
	s.must(err)
	s.must(v.Close())
	if _, err := os.Stat(filepath.Join(s.dir, "facts", "seg-00000000000000000001")); err == nil {
		t.Fatal("nothing was compacted")
	}
	u := unlocked(t, s)
	if u.Facts.PassedOver == 0 {
		t.Error("no run has lost its beginning")
	}
	t.Run("what the hub said", func(t *testing.T) { compareFacts(t, s, u) })
	t.Run("rows", func(t *testing.T) { compareRows(t, s, u) })
	t.Run("records", func(t *testing.T) { compareRecords(t, s, u) })
	t.Run("people", func(t *testing.T) { comparePeople(t, s, u) })
}
