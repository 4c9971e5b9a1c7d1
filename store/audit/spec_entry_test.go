package audit

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"satchel/store/identity"
)

// secondKinds is section 6.1 of SPEC.md as a second reader has it: by kind, what
// is said of person, patient, purpose, exception, reason, rows, writing and peer.
func secondKinds(t *testing.T) map[string][]string {
	t.Helper()
	spec, err := os.ReadFile("SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(spec), "\n### 6.1 Kinds\n")
	if !found {
		t.Fatal("SPEC.md has no section 6.1")
	}
	kinds := map[string][]string{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 9 {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if cells[0] == "Kind" || strings.HasPrefix(cells[0], "---") {
			continue
		}
		if _, twice := kinds[cells[0]]; twice {
			t.Errorf("SPEC.md: %s stands twice", cells[0])
		}
		kinds[cells[0]] = cells[1:]
	}
	return kinds
}

// secondEntry reads an entry's kind and which keys it has, by SPEC.md alone.
func secondEntry(b []byte) (kind string, keys []uint64, err error) {
	pairs, rest, err := secondHead(b, 5)
	if err != nil {
		return "", nil, err
	}
	for range pairs {
		var key uint64
		if key, rest, err = secondHead(rest, 0); err != nil {
			return "", nil, err
		}
		if len(keys) > 0 && key <= keys[len(keys)-1] || key > 29 {
			return "", nil, errors.New("keys")
		}
		keys = append(keys, key)
		value := rest
		if rest, err = secondAny(rest, 0); err != nil {
			return "", nil, err
		}
		if key == 1 {
			_, text, err := secondHead(value, 3)
			if err != nil {
				return "", nil, err
			}
			kind = string(text[:len(text)-len(rest)])
		}
	}
	if len(rest) > 0 {
		return "", nil, errors.New("bytes behind the entry")
	}
	return kind, keys, nil
}

// secondAny passes over one value of the kinds that an entry holds.
func secondAny(b []byte, depth int) ([]byte, error) {
	if len(b) == 0 || depth > 2 {
		return nil, errors.New("cut")
	}
	major := b[0] >> 5
	if b[0] == 0xf5 { // true
		return b[1:], nil
	}
	x, rest, err := secondHead(b, major)
	if err != nil {
		return nil, err
	}
	switch major {
	case 0:
		return rest, nil
	case 2, 3:
		if x > uint64(len(rest)) {
			return nil, errors.New("cut")
		}
		return rest[x:], nil
	case 5:
		x *= 2
	case 4:
	default:
		return nil, errors.New("kind")
	}
	for range x {
		if rest, err = secondAny(rest, depth+1); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// fits judges by the table whether an entry of a kind may have these keys.
func fits(kinds map[string][]string, kind string, keys []uint64) bool {
	row, known := kinds[kind]
	if !known {
		return false
	}
	for i, of := range [][]uint64{{2}, {12, 13}, {7}, {8}, {9}, {20}, {29}, {22}} {
		there := !slices.ContainsFunc(of, func(k uint64) bool { return !slices.Contains(keys, k) })
		if row[i] == "must" && !there || row[i] == "-" && there {
			return false
		}
	}
	return true
}

// TestSpecListsEveryKind: SPEC.md and kinds.go have the same kinds, each with the
// same fields.
func TestSpecListsEveryKind(t *testing.T) {
	kinds := secondKinds(t)
	words := map[need]string{never: "-", may: "may", must: "must"}
	for kind, s := range shapes {
		want := []string{words[s.person], words[s.patient], words[s.purpose], words[s.exception], words[s.reason], words[s.rows], words[s.writing], words[s.peer]}
		if got := kinds[string(kind)]; !slices.Equal(got, want) {
			t.Errorf("%s: SPEC.md says %q, kinds.go %q", kind, got, want)
		}
		delete(kinds, string(kind))
	}
	for kind := range kinds {
		t.Errorf("%s: only in SPEC.md", kind)
	}
}

// TestSecondReaderOfEntries: for every kind and every choice of fields, this
// package and a reader made from SPEC.md agree whether it is an entry.
func TestSecondReaderOfEntries(t *testing.T) {
	kinds := secondKinds(t)
	fields := []struct {
		keys []uint64
		put  func(e *Entry)
	}{
		{[]uint64{2}, func(e *Entry) { e.Slot = identity.SlotID{1} }},
		{[]uint64{12, 13}, func(e *Entry) { e.Cohort, e.PID = identity.CohortID{1}, identity.PID{2} }},
		{[]uint64{7}, func(e *Entry) { e.Purpose = PurposePreventive }},
		{[]uint64{8}, func(e *Entry) { e.Exception = ExceptionSafety }},
		{[]uint64{9}, func(e *Entry) { e.Reason = "why" }},
		{[]uint64{20}, func(e *Entry) { e.Rows, e.Turned = []Gone{{Epoch: 300}}, true }},
		{[]uint64{29}, func(e *Entry) { e.Writing = bytes.Repeat([]byte("w"), 300) }},
		{[]uint64{22}, func(e *Entry) { e.Peer = identity.DeviceID{3} }},
	}
	accepted := 0
	for _, kind := range append(slices.Collect(maps.Keys(shapes)), "peek") {
		for choice := range 1 << len(fields) {
			e := Entry{Kind: kind, Decision: "because", Count: 2, Sections: []string{"problems"}}
			keys := []uint64{1, 10, 18, 23}
			for i, f := range fields {
				if choice>>i&1 == 1 {
					f.put(&e)
					keys = append(keys, f.keys...)
				}
			}
			raw, err := e.Encode()
			if fits(kinds, string(kind), keys) != (err == nil) {
				t.Fatalf("%s with keys %v: this package says %v, SPEC.md the other", kind, keys, err)
			}
			if err != nil {
				continue
			}
			accepted++
			if slices.Contains(keys, 20) {
				keys = append(keys, 21)
			}
			slices.Sort(keys)
			if got, has, err := secondEntry(raw); err != nil || got != string(kind) || !slices.Equal(has, keys) {
				t.Fatalf("%s with keys %v: the second reader has %q with %v, %v", kind, keys, got, has, err)
			}
		}
	}
	if accepted < len(shapes) {
		t.Errorf("only %d entries accepted", accepted)
	}
}
