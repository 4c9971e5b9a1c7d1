package record

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
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

// table reads a tab-separated file of testdata, without its comments.
func table(t *testing.T, name string) map[string][]string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		cells := strings.Split(line, "\t")
		if _, twice := out[cells[0]]; twice {
			t.Errorf("%s: %s stands twice", name, cells[0])
		}
		out[cells[0]] = cells[1:]
	}
	return out
}

// TestEverythingUnderDataIsReadOrRefused: each file is refused as
// testdata/refusals.tsv says, or read. P28
func TestEverythingUnderDataIsReadOrRefused(t *testing.T) {
	want := table(t, "refusals.tsv")
	files, refused := 0, 0
	eachExample(t, func(path string, raw []byte) {
		files++
		start := time.Now()
		_, err := Parse(raw)
		if d := time.Since(start); d > hang {
			t.Errorf("%s: %v", path, d)
		}
		row, listed := want[path]
		delete(want, path)
		switch r, ok := errors.AsType[*Refusal](err); {
		case err == nil && listed:
			t.Errorf("%s: read, but listed as refused", path)
		case err == nil:
			if !json.Valid(raw) {
				t.Errorf("%s: read, though it is not JSON", path)
			}
		case !ok || !listed:
			t.Errorf("%s: refused, and not listed: %v", path, err)
		default:
			if refused++; len(row) != 3 || row[1] == "" || string(r.Cause) != row[0] || r.Line < 1 || r.Path == "" {
				t.Errorf("%s: %v, listed as %q", path, err, row)
			}
		}
	})
	for path := range want {
		t.Errorf("%s: listed, but not there", path)
	}
	t.Logf("%d files, %d refused", files, refused)
}

// TestVerdictsBesideEXPECTED: what the source project's validator faults and we
// read stands in testdata/accepted.tsv with the reason; nothing else differs.
func TestVerdictsBesideEXPECTED(t *testing.T) {
	var rows []struct {
		File          string
		StrictJSON    bool
		DuplicateKeys bool
		ResourceType  *string
		JavaValidator []struct{ Errors, Fatal int }
	}
	if err := json.Unmarshal(example(t, "malformed/EXPECTED.json"), &rows); err != nil {
		t.Fatal(err)
	}
	accepted, refused := table(t, "accepted.tsv"), table(t, "refusals.tsv")
	for _, row := range rows {
		path := "malformed/" + row.File
		_, err := Parse(example(t, path))
		if sound := row.StrictJSON && !row.DuplicateKeys && row.ResourceType != nil; sound != (err == nil) {
			t.Errorf("%s: %v", path, err)
		}
		faults := 0
		for _, v := range row.JavaValidator {
			faults += v.Errors + v.Fatal
		}
		cells, listed := accepted[path]
		_, no := refused[path]
		switch {
		case (faults > 0 && !no) != listed:
			t.Errorf("%s: %d faults, listed %v", path, faults, listed)
		case listed && (len(cells) != 2 || cells[0] != strconv.Itoa(faults) || cells[1] == ""):
			t.Errorf("%s: %q", path, cells)
		}
		delete(accepted, path)
	}
	for path := range accepted {
		t.Errorf("%s: listed, but not there", path)
	}
}

// TestTenDocumentsCountedByHand: the counts on the left were taken from the raw
// JSON with another program and by eye.
func TestTenDocumentsCountedByHand(t *testing.T) {
	for _, c := range []struct {
		path                                      string
		entries, sections, named, missing, unread int
		allergy                                   AllergyState
		medicines, problems                       int // current, on the card
	}{
		{"ips/hl7-ips-1.1.0/Bundle-IPS-examples-Bundle-01.json", 20, 6, 9, 0, 0, KnownAllergies, 2, 1},
		{"ips/connectathon/Sept2025--full_ips.json", 43, 16, 33, 0, 0, KnownAllergies, 2, 2},
		{"ips/connectathon/archive--CY_194315.json", 105, 9, 86, 0, 1, KnownAllergies, 5, 3},
		{"ips/connectathon/archive--NL_Drimpy_01.json", 69, 5, 67, 0, 0, KnownAllergies, 15, 1},
		{"ips/connectathon/archive--UK_NHSx_IPS_Example_01-modified.json", 16, 4, 7, 0, 0, KnownAllergies, 2, 3},
		{"ips/icanbwell/test-summary-bundle.json", 27, 20, 1, 19, 0, KnownAllergies, 3, 4},
		{"uk/scr/GetScrBundle.json", 48, 15, 8, 0, 0, AllergiesUnavailable, 0, 5},
		{"uk/bars/process_message--POST-body.json", 12, 0, 0, 0, 0, AllergiesUnavailable, 0, 0},
		{"ips/connectathon/archive--US_Epic_connectathon_May2024.json", 16, 4, 12, 0, 0, KnownAllergies, 2, 3},
		{"synthea/2019/Jill_Tillman_c4b7d178-c437-4202-9fb0-1b64afb8bc09.json", 215, 0, 0, 0, 0, KnownAllergies, 5, 3},
	} {
		s, err := Parse(example(t, c.path))
		if err != nil {
			t.Errorf("%s: %v", c.path, err)
			continue
		}
		authored, named := 0, 0
		var count func([]Section)
		count = func(list []Section) {
			for _, sec := range list {
				if !sec.Made {
					named += len(sec.Items) + len(sec.Ended) + len(sec.Negations)
					for _, u := range sec.Unreadable {
						if u.Cause == "it is about another person" {
							named++
						}
					}
				}
				count(sec.Nested)
			}
		}
		for _, sec := range s.Sections {
			if !sec.Made {
				authored++
			}
		}
		count(s.Sections)
		card := s.Card(someDay)
		got := []int{s.EntriesReceived, authored, named, s.EntriesMissing, s.EntriesUnreadable, len(card.Tiles[TileMedicines].Items), len(card.Tiles[TileProblems].Items)}
		want := []int{c.entries, c.sections, c.named, c.missing, c.unread, c.medicines, c.problems}
		for i, what := range []string{"entries", "sections", "named", "missing", "unreadable", "medicines", "problems"} {
			if got[i] != want[i] {
				t.Errorf("%s: %s: %d, want %d", c.path, what, got[i], want[i])
			}
		}
		if card.Allergy != c.allergy {
			t.Errorf("%s: %q, want %q", c.path, card.Allergy, c.allergy)
		}
	}
}
