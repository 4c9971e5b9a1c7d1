package people

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

const htest = `{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"HTEST"}`

func TestMarked(t *testing.T) {
	tests := []struct {
		name, raw string
		want      bool
	}{
		{"security label", `{"meta":{"security":[` + htest + `]}}`, true},
		{"tag", `{"meta":{"tag":[{"code":"x"},` + htest + `]}}`, true},
		{"inside", `{"meta":{},"entry":[{"resource":{}},{"resource":{"meta":{"tag":[` + htest + `]}}}]}`, true},
		{"in a bundle inside", `{"entry":[{"resource":{"entry":[{"resource":{"meta":{"tag":[` + htest + `]}}}]}}]}`, true},
		{"in a contained resource", `{"contained":[{"meta":{"tag":[` + htest + `]}}]}`, true},
		{"beside a meta of a wrong type", `{"meta":7,"entry":[{"resource":{"meta":{"tag":[` + htest + `]}}}]}`, true},
		{"beside labels of a wrong type", `{"meta":{"security":"R","tag":[7,null,"x",` + htest + `]}}`, true},
		{"beside entries of a wrong type", `{"meta":{"tag":[` + htest + `]},"entry":"none"}`, true},
		{"among entries of a wrong type", `{"entry":[7,[],{"resource":"x"},{"resource":{"meta":{"tag":[` + htest + `]}}}]}`, true},
		{"behind a label of a wrong type", `{"meta":{"tag":[{"system":7,"code":{}},` + htest + `]}}`, true},
		{"a number beyond every type", `{"id":1e999999,"meta":{"tag":[` + htest + `]}}`, true},
		{"one label in place of a list", `{"meta":{"tag":` + htest + `}}`, true},
		{"a list in place of one meta", `{"meta":[{"tag":[` + htest + `]}]}`, true},
		{"one entry in place of a list", `{"entry":{"resource":[{"meta":{"tag":[` + htest + `]}}]}}`, true},
		{"a concept in place of a code", `{"meta":{"tag":[{"coding":[` + htest + `]}]}}`, true},
		{"meta given twice", `{"meta":{"tag":[` + htest + `]},"meta":{}}`, true},
		{"code given twice", `{"meta":{"tag":[{"code":"HTEST","code":"x"}]}}`, true},
		{"another spelling", `{"Meta":{"TAG":[{"Code":"HTEST"}]}}`, true},
		{"escaped", `{"m\u0065ta":{"tag":[{"code":"\u0048TEST"}]}}`, true},
		{"no system", `{"meta":{"tag":[{"code":"HTEST"}]}}`, true},
		{"a system that is no text", `{"meta":{"tag":[{"system":7,"code":"HTEST"}]}}`, true},
		{"a tag after other labels", `{"meta":{"security":[{"system":"s","code":"R"}],"tag":[` + htest + `]}}`, true},

		{"no meta", `{"resourceType":"Bundle"}`, false},
		{"another system's code", `{"meta":{"tag":[{"system":"http://example.org","code":"HTEST"}]}}`, false},
		{"code and system of two labels", `{"meta":{"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"TREAT"},{"system":"http://example.org","code":"HTEST"}]}}`, false},
		{"the word alone", `{"title":"HTEST DEMONSTRATION"}`, false},
		{"the code elsewhere", `{"code":"HTEST","meta":{"code":"HTEST","profile":["HTEST"]}}`, false},
		{"a text in place of a label", `{"meta":{"tag":["HTEST"]}}`, false},
		{"not JSON", `HTEST`, false},
		{"cut short", `{"meta":{"tag":[` + htest + `]}`, false},
		{"not an object", `[` + htest + `]`, false},
		{"empty", ``, false},
	}
	for _, tt := range tests {
		if got := Marked([]byte(tt.raw)); got != tt.want { // R57
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// Whatever the rest of a document is, one label marks it: on the bundle and on the
// resource of any entry, among security labels and tags. R57
func TestNothingHidesTheMark(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		meta := oddJSON(t, 2)
		if m, ok := meta.(map[string]any); ok {
			delete(m, "security")
			delete(m, "tag")
		} else {
			meta = map[string]any{}
		}
		var label any
		if err := json.Unmarshal([]byte(htest), &label); err != nil {
			t.Fatal(err)
		}
		labels := []any{oddJSON(t, 1), label, oddJSON(t, 1)}
		meta.(map[string]any)[rapid.SampledFrom([]string{"security", "tag"}).Draw(t, "key")] = labels
		resource, ok := oddJSON(t, 3).(map[string]any)
		if !ok {
			resource = map[string]any{"resourceType": oddJSON(t, 0)}
		}
		if rapid.Bool().Draw(t, "on the bundle") {
			resource["meta"] = meta
		} else {
			inner := map[string]any{"meta": meta, "resourceType": oddJSON(t, 0), "extra": oddJSON(t, 1)}
			resource["entry"] = []any{oddJSON(t, 1), map[string]any{"resource": inner, "fullUrl": oddJSON(t, 0)}, oddJSON(t, 1)}
		}
		raw, err := json.Marshal(resource)
		if err != nil {
			t.Fatal(err)
		}
		if !Marked(raw) {
			t.Fatalf("not marked: %s", raw)
		}
	})
}

// oddJSON is any JSON value, with FHIR's names at unlikely places.
func oddJSON(t *rapid.T, depth int) any {
	kinds := 5
	if depth > 0 {
		kinds = 7
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return rapid.IntRange(-9, 9).Draw(t, "number")
	case 3:
		return rapid.SampledFrom([]string{"", "x", "HTEST", "R"}).Draw(t, "text")
	case 4:
		return json.Number("1e999999")
	case 5:
		list := make([]any, rapid.IntRange(0, 3).Draw(t, "length"))
		for i := range list {
			list[i] = oddJSON(t, depth-1)
		}
		return list
	}
	m := map[string]any{}
	for range rapid.IntRange(0, 4).Draw(t, "size") {
		key := rapid.SampledFrom([]string{"meta", "entry", "resource", "security", "tag", "code", "system", "id", "coding"}).Draw(t, "name")
		m[key] = oddJSON(t, depth-1)
	}
	return m
}

// The same label in any place of any text that is JSON marks it; nothing else that is
// not JSON does, and a document that the plain reading marks is marked.
func FuzzMarked(f *testing.F) {
	f.Add(appendJSON(nil, obj{"meta", obj{"tag", list{mark}}, "entry", list{obj{"resource", obj{"id", "1"}}}}))
	f.Add([]byte(`{"meta":{"tag":[7]}}`))
	f.Add([]byte(`{"meta":[{"security":` + htest + `}],"entry":7}`))
	f.Add([]byte(`{"entry":[[{"resource":{"meta":{"tag":[{"code":"HTEST"}]}}}]]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		marked := Marked(raw)
		if marked && !json.Valid(raw) {
			t.Fatalf("marked, and not JSON: %q", raw)
		}
		if !marked && plainlyMarked(raw) {
			t.Fatalf("not marked: %q", raw)
		}
		trimmed := bytes.TrimLeft(raw, " \t\r\n")
		if !json.Valid(raw) || len(trimmed) == 0 || trimmed[0] != '{' {
			return
		}
		more := ","
		if bytes.HasPrefix(bytes.TrimLeft(trimmed[1:], " \t\r\n"), []byte("}")) {
			more = ""
		}
		for _, put := range []string{`{"meta":{"tag":[` + htest + `]}` + more, `{"entry":[{"resource":{"meta":{"security":[` + htest + `]}}}]` + more} {
			if labelled := slices.Concat([]byte(put), trimmed[1:]); !Marked(labelled) {
				t.Fatalf("not marked: %q", labelled)
			}
		}
	})
}

// plainlyMarked reads a decoded document in the plainest way.
func plainlyMarked(raw []byte) bool {
	var doc any
	if json.Unmarshal(raw, &doc) != nil {
		return false
	}
	of := func(v any, key string) any {
		m, _ := v.(map[string]any)
		return m[key]
	}
	metas := []any{of(doc, "meta")}
	entries, _ := of(doc, "entry").([]any)
	for _, e := range entries {
		metas = append(metas, of(of(e, "resource"), "meta"))
	}
	for _, m := range metas {
		security, _ := of(m, "security").([]any)
		tag, _ := of(m, "tag").([]any)
		for _, l := range slices.Concat(security, tag) {
			if of(l, "system") == any(reasonSystem) && of(l, "code") == any("HTEST") {
				return true
			}
		}
	}
	return false
}
