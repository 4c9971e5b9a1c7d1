package assets

import (
	"regexp"
	"slices"
	"testing"
)

func TestEveryLanguageLoads(t *testing.T) { // P10
	tags := Languages()
	if len(tags) == 0 || tags[0] != English {
		t.Fatalf("languages are %v, English must be first", tags)
	}
	for _, tag := range tags {
		w, err := Load(tag)
		if err != nil {
			t.Fatal(err)
		}
		if w.Tag() != tag || len(w.entries) == 0 {
			t.Errorf("%s: tag %q with %d texts", tag, w.Tag(), len(w.entries))
		}
		for key, e := range w.entries {
			english, ok := w.english[key]
			if !ok {
				t.Errorf("%s: %s is not in English", tag, key)
				continue
			}
			if got, want := holes(e["other"]), holes(english["other"]); !slices.Equal(got, want) {
				t.Errorf("%s: %s has the places %v, English has %v", tag, key, got, want)
			}
			for form, text := range e {
				if text == "" {
					t.Errorf("%s: %s is empty in form %s", tag, key, form)
				}
			}
		}
	}
}

var hole = regexp.MustCompile(`\{[a-z]+\}`)

func holes(s string) []string {
	out := hole.FindAllString(s, -1)
	slices.Sort(out)
	return slices.Compact(out)
}

func TestUnknownLanguageIsRefused(t *testing.T) {
	if w, err := Load("tlh"); err == nil {
		t.Fatalf("an unknown language gave %q", w.Tag())
	}
}

func testWords(tag string) *Words {
	en := map[string]entry{
		"a":    {"other": "Hello {who}, it is {time}"},
		"b":    {"one": "{n} item", "other": "{n} items"},
		"only": {"other": "English only"},
	}
	own := en
	if tag == "cy" {
		own = map[string]entry{"b": {"zero": "dim", "one": "un {n}", "two": "dau {n}", "few": "tri {n}", "many": "chwech {n}", "other": "{n}"}}
	}
	return &Words{tag: tag, entries: own, english: en}
}

func TestPluralForms(t *testing.T) {
	for _, c := range []struct {
		tag  string
		n    int
		want string
	}{
		{"en", 0, "0 items"},
		{"en", 1, "1 item"},
		{"en", 2, "2 items"},
		{"cy", 0, "dim"},
		{"cy", 1, "un 1"},
		{"cy", 2, "dau 2"},
		{"cy", 3, "tri 3"},
		{"cy", 4, "4"},
		{"cy", 6, "chwech 6"},
	} {
		if got := testWords(c.tag).Count("b", c.n); got != c.want {
			t.Errorf("%s, %d: %q, want %q", c.tag, c.n, got, c.want)
		}
	}
}

func TestFallsBackToEnglish(t *testing.T) {
	w := testWords("cy")
	if got := w.Say("only"); got != "English only" {
		t.Errorf("a text Welsh lacks is %q", got)
	}
	if got := w.Say("a", "who", "Ann", "time", "09:41"); got != "Hello Ann, it is 09:41" {
		t.Errorf("values were put in as %q", got)
	}
	if got := w.Say("a", "who", "{time}", "time", "09:41"); got != "Hello {time}, it is 09:41" {
		t.Errorf("a value that looks like a place gave %q", got)
	}
	if got := w.Say("nowhere"); got != "[nowhere]" || w.Has("nowhere") || !w.Has("only") {
		t.Errorf("a missing key is %q", got)
	}
}
