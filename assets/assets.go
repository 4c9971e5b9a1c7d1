// Package assets holds what Satchel shows that is not code: for now the
// language files of the desktop, embedded in the program.
//
// It guarantees that every word a person reads comes from a language file, that
// a word missing from a language is shown in English rather than not at all
// (TestFallsBackToEnglish), and that counts take the plural form their language
// asks for (TestPluralForms). It does no I/O: the files are compiled in.
//
// It does not follow the operating system's language: the language is chosen in
// Satchel and remembered for the laptop, as day and night are. Fyne's own lang
// package can only take the system's, which is why this lookup is ours.
package assets

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

//go:embed translations/base.*.json
var translations embed.FS

// English is the language every other falls back to.
const English = "en"

// Languages returns the tags of the embedded language files, English first,
// the others in alphabetical order.
func Languages() []string {
	names, err := fs.Glob(translations, "translations/base.*.json")
	if err != nil {
		return []string{English} // the pattern is constant: Glob cannot refuse it
	}
	tags := make([]string, 0, len(names))
	for _, n := range names {
		tags = append(tags, strings.TrimSuffix(strings.TrimPrefix(path.Base(n), "base."), ".json"))
	}
	slices.SortFunc(tags, func(a, b string) int {
		if a == English || b == English {
			return map[bool]int{true: -1, false: 1}[a == English]
		}
		return strings.Compare(a, b)
	})
	return tags
}

// Words is one language. It is read-only and may be shared by goroutines.
type Words struct {
	tag     string
	entries map[string]entry
	english map[string]entry
}

// entry is one text: either a single form or one form for each plural category
// (CLDR names: zero, one, two, few, many, other).
type entry map[string]string

// Load returns the words of a language. The tag is one of Languages; an unknown
// one is an error, never silently English.
func Load(tag string) (*Words, error) {
	if !slices.Contains(Languages(), tag) {
		return nil, fmt.Errorf("loading language %q: no such file", tag)
	}
	english, err := read(English)
	if err != nil {
		return nil, err
	}
	own := english
	if tag != English {
		if own, err = read(tag); err != nil {
			return nil, err
		}
	}
	return &Words{tag: tag, entries: own, english: english}, nil
}

func read(tag string) (map[string]entry, error) {
	b, err := translations.ReadFile("translations/base." + tag + ".json")
	if err != nil {
		return nil, fmt.Errorf("loading language %q: %w", tag, err)
	}
	var raw map[string]any
	if err := json.Unmarshal(b, &raw); err != nil {
		return nil, fmt.Errorf("loading language %q: %w", tag, err)
	}
	out := make(map[string]entry, len(raw))
	for key, v := range raw {
		switch v := v.(type) {
		case string:
			out[key] = entry{"other": v}
		case map[string]any:
			e := entry{}
			for form, text := range v {
				s, ok := text.(string)
				if !ok || !slices.Contains(forms, form) {
					return nil, fmt.Errorf("loading language %q: %s: form %q", tag, key, form)
				}
				e[form] = s
			}
			if e["other"] == "" {
				return nil, fmt.Errorf("loading language %q: %s: no form \"other\"", tag, key)
			}
			out[key] = e
		default:
			return nil, fmt.Errorf("loading language %q: %s: neither a text nor plural forms", tag, key)
		}
	}
	return out, nil
}

// Tag returns the language's tag.
func (w *Words) Tag() string { return w.tag }

// Keys returns every key of the language's own file, in no order.
func (w *Words) Keys() []string { return slices.Collect(maps.Keys(w.entries)) }

// Has tells whether the key is in the language or in English.
func (w *Words) Has(key string) bool {
	_, own := w.entries[key]
	_, english := w.english[key]
	return own || english
}

// Say returns the text of a key. Values come as pairs of a name and a value:
// Say("sync.since", "time", "09:41") puts 09:41 where the text has {time}.
// A key that no file has comes back as the key itself in square brackets: ugly,
// and found by a test before anyone sees it.
func (w *Words) Say(key string, pairs ...any) string { return w.say(key, "other", pairs) }

// Count is Say for a text that depends on a number; {n} is the number.
func (w *Words) Count(key string, n int, pairs ...any) string {
	return w.say(key, "", append([]any{"n", n}, pairs...))
}

// say looks the text up in the language, then in English. An empty form is
// worked out from the first pair's number by the rule of the language found.
func (w *Words) say(key, form string, pairs []any) string {
	e, tag := w.entries[key], w.tag
	if e == nil {
		e, tag = w.english[key], English
	}
	if e == nil {
		return "[" + key + "]"
	}
	if form == "" {
		form = plural(tag, pairs[1].(int))
	}
	text, ok := e[form]
	if !ok {
		text = e["other"]
	}
	if len(pairs) == 0 {
		return text
	}
	// One pass, so that a value that looks like a place is left as it is.
	values := make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		values = append(values, fmt.Sprintf("{%v}", pairs[i]), fmt.Sprint(pairs[i+1]))
	}
	return strings.NewReplacer(values...).Replace(text)
}
