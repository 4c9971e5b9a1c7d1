package record

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const dataFolder = "../../../shared/data"

// eachExample calls f with every public example, or says that they are not
// there.
func eachExample(t *testing.T, f func(path string, raw []byte)) {
	t.Helper()
	if _, err := os.Stat(dataFolder); err != nil {
		t.Skip("NOT RUN: ../shared/data is missing")
	}
	err := filepath.WalkDir(dataFolder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dataFolder, path)
		f(filepath.ToSlash(rel), raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// example reads one public example, or skips.
func example(t testing.TB, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dataFolder, path))
	if err != nil {
		t.Skip("NOT RUN: ../shared/data is missing")
	}
	return raw
}

// TestEveryEntryIsAccountedFor: nothing is dropped silently. P4, P28
func TestEveryEntryIsAccountedFor(t *testing.T) {
	eachExample(t, func(path string, raw []byte) {
		s, err := Parse(raw)
		if err != nil {
			return
		}
		if err := accounted(s); err != "" {
			t.Errorf("%s: %s", path, err)
		}
	})
}

// accounted checks the books of a summary.
func accounted(s *Summary) string {
	switch {
	case s.EntriesReceived != s.EntriesShown+s.EntriesUnreadable:
		return "received is not shown and unreadable"
	case s.EntriesSupporting > s.EntriesShown || s.EntriesSupporting != len(s.Supporting):
		return "supporting items do not match their count"
	}
	shown := map[string]bool{}
	var walk func([]Section) string
	walk = func(list []Section) string {
		for i := range list {
			sec := &list[i]
			if sec.Title == "" || sec.State != Recorded && sec.StateNote == "" {
				return "a section without a title or a reason"
			}
			for _, items := range [...][]Item{sec.Items, sec.Ended, sec.Negations} {
				for j := range items {
					if items[j].Title == "" {
						return "an item without a title"
					}
					shown[items[j].Path] = true
				}
			}
			if e := walk(sec.Nested); e != "" {
				return e
			}
		}
		return ""
	}
	return walk(s.Sections)
}
