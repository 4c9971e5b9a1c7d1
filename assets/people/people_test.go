package people

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func collect(seed uint64, n int) []Document { return slices.Collect(Generate(seed, n)) }

func TestSameSeedSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, n := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, 40).Draw(t, "n")
		a, b := collect(seed, n), collect(seed, n+3)
		if len(a) != n || len(b) != n+3 {
			t.Fatalf("%d and %d documents, want %d and %d", len(a), len(b), n, n+3)
		}
		for i := range a {
			if a[i].ID != b[i].ID || a[i].NHS != b[i].NHS || !bytes.Equal(a[i].JSON, b[i].JSON) {
				t.Fatalf("person %d changed when others were added", i)
			}
		}
	})
}

func TestSeedsDiffer(t *testing.T) {
	cast := len(Scenario())
	a, b := collect(1, cast+50), collect(2, cast+50)
	for i := range a {
		same := a[i].ID == b[i].ID
		if i < cast && !same {
			t.Errorf("the story's person %d changed with the seed", i)
		}
		if i >= cast && same {
			t.Errorf("person %d is the same under another seed", i)
		}
	}
}

// A summary of another day is a changed summary of the same person.
func TestAnotherDay(t *testing.T) {
	today := reference.AddDate(0, 2, 3)
	a := slices.Collect(GenerateAsOf(7, 60, today))
	b := slices.Collect(GenerateAsOf(7, 60, today.Add(5*time.Hour)))
	c := slices.Collect(GenerateAsOf(7, 60, today.AddDate(0, 0, 1)))
	for i := range a {
		if !bytes.Equal(a[i].JSON, b[i].JSON) {
			t.Errorf("person %d depends on the hour", i)
		}
		if a[i].ID != c[i].ID || a[i].NHS != c[i].NHS {
			t.Errorf("person %d is somebody else the next day", i)
		}
		if bytes.Equal(a[i].JSON, c[i].JSON) {
			t.Errorf("person %d's summary did not change with the day", i)
		}
	}
}

func TestNumbersAreValidAndUnique(t *testing.T) {
	deal, held := newNumbers(99), map[string]*[bodies]bool{"999": {}, "900": {}}
	for i := range 1_000_000 {
		n := deal.deal()
		body, err := strconv.Atoi(n[3:9])
		if held[n[:3]] == nil || err != nil || held[n[:3]][body] {
			t.Fatalf("number %d, %s, was dealt twice or lies elsewhere (%v)", i, n, err)
		}
		held[n[:3]][body] = true
		if len(n) != 10 {
			t.Fatalf("%s has %d digits", n, len(n))
		}
		if n[:3] == "900" && i < 900_000 {
			t.Fatalf("the range 999 ran out after %d numbers", i)
		}
		if !passes(n) {
			t.Fatalf("%s fails its check", n)
		}
	}
}

// passes is Modulus 11 as domain.md 2.1 writes it, apart from the code under test:
// with the check digit at weight 1, the sum divides by 11.
func passes(n string) bool {
	sum := 0
	for i := range 10 {
		sum += int(n[i]-'0') * (10 - i)
	}
	return sum%11 == 0
}

func TestCheckDigitVectors(t *testing.T) {
	tests := []struct {
		nine string
		want byte
		ok   bool
	}{
		{"943476591", '9', true}, {"999000001", '8', true}, {"987654321", '0', true}, {"999000000", 0, false},
	}
	for _, tt := range tests {
		if got, ok := checkDigit(tt.nine); got != tt.want || ok != tt.ok {
			t.Errorf("%s: %q %v, want %q %v", tt.nine, got, ok, tt.want, tt.ok)
		}
	}
	if n := broken("9434765919"); passes(n) {
		t.Errorf("%s still passes", n)
	}
}

func TestPopulationHoldsTogether(t *testing.T) {
	ids, held := map[string]bool{}, map[string]bool{}
	for d := range Generate(1, 500) {
		if ids[d.ID] {
			t.Fatalf("id %s twice", d.ID)
		}
		ids[d.ID] = true
		if d.NHS != "" && passes(d.NHS) {
			if held[d.NHS] {
				t.Fatalf("number %s twice", d.NHS)
			}
			held[d.NHS] = true
		}
		checkDocument(t, d)
	}
}

// checkDocument holds one document to the rules of a FHIR document Bundle that
// matter to a reader.
func checkDocument(t *testing.T, d Document) {
	t.Helper()
	if want := `{"resourceType":"Bundle","id":"` + d.ID + `",`; !strings.HasPrefix(string(d.JSON), want) || len(d.ID) != 36 {
		t.Fatalf("%s does not begin with its type and id", d.ID)
	}
	b := decode(t, d.JSON)
	if b.Type != "document" || len(b.Entry) == 0 || b.Entry[0].Resource["resourceType"] != "Composition" {
		t.Fatalf("%s: not a document Bundle", d.ID)
	}
	urls, patients := map[string]bool{}, 0
	for _, e := range b.Entry {
		if urls[e.FullURL] {
			t.Fatalf("%s: %s twice", d.ID, e.FullURL)
		}
		urls[e.FullURL] = true
		if e.Resource["resourceType"] == "Patient" {
			patients++
		}
	}
	if patients != 1 {
		t.Fatalf("%s: %d patients", d.ID, patients)
	}
	dangling := 0
	each(b.Entry, "reference", func(v any) {
		to, ok := v.(string)
		if !ok {
			t.Fatalf("%s: a reference that is no text", d.ID)
		}
		if !urls[to] && !urls[server+to] {
			dangling++
		}
	})
	if unreadable := strings.Contains(string(d.JSON), "XrayPlate"); dangling > 0 && !unreadable || dangling > 2 {
		t.Fatalf("%s: %d references lead nowhere", d.ID, dangling)
	}
	each(b.Entry, "div", func(v any) {
		if err := wellFormed(v.(string)); err != nil {
			t.Fatalf("%s: narrative: %v", d.ID, err)
		}
	})
	if !Marked(d.JSON) { // R57
		t.Fatalf("%s is not marked", d.ID)
	}
	if title, _ := b.Entry[0].Resource["title"].(string); !strings.Contains(title, "DEMONSTRATION") { // R57
		t.Fatalf("%s: title %q", d.ID, title)
	}
}

type bundle struct {
	Type  string
	Entry []bundleEntry
}

type bundleEntry struct {
	FullURL  string
	Resource map[string]any
}

func decode(t interface{ Fatal(...any) }, raw []byte) bundle {
	var b bundle
	if err := json.Unmarshal(raw, &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// each calls f for every value that stands under a key, anywhere in a document.
func each(entries []bundleEntry, key string, f func(any)) {
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, inner := range v {
				if k == key {
					f(inner)
				}
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	for _, e := range entries {
		walk(e.Resource)
	}
}

func wellFormed(div string) error {
	d := xml.NewDecoder(strings.NewReader(div))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// The size of a document is part of what the measurements of sync rest on: the
// median of a large population is about 12.5 KB.
func TestMedianSize(t *testing.T) {
	var sizes []int
	for d := range Generate(1, 800) {
		sizes = append(sizes, len(d.JSON))
	}
	slices.Sort(sizes)
	median := sizes[len(sizes)/2]
	t.Logf("bytes: least %d, quarter %d, median %d, three quarters %d, most %d",
		sizes[0], sizes[len(sizes)/4], median, sizes[len(sizes)*3/4], sizes[len(sizes)-1])
	if median < 11_500 || median > 13_500 {
		t.Errorf("median %d bytes, want about 12,500", median)
	}
}

func BenchmarkGenerate(b *testing.B) {
	n := 0
	for d := range Generate(1, b.N) {
		n += len(d.JSON)
	}
	b.SetBytes(int64(n / b.N))
}

// Any text comes through the writer as encoding/json would read it back.
func TestStringsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.StringOf(rapid.RuneFrom([]rune("aé\"\\\n<&Łø中 "))).Draw(t, "s")
		var got string
		if err := json.Unmarshal(appendString(nil, want), &got); err != nil || got != want {
			t.Fatalf("%q came back as %q, %v", want, got, err)
		}
	})
}
