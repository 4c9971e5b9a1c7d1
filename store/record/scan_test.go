package record

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestRefusalsNamePlaceAndCause(t *testing.T) { // P28
	for _, c := range []struct {
		name, in string
		cause    Cause
		place    string
	}{
		{"empty", "", CauseEmpty, "whole file"},
		{"blank", " \n", CauseEmpty, "whole file"},
		{"byte order mark", "\ufeff{}", CauseByteOrderMark, "line 1, column 1"},
		{"XML", "<Bundle/>", CauseXML, "line 1, column 1"},
		{"bad UTF-8", "{\"a\":\"\xff\"}", CauseNotUTF8, "line 1, column 7"},
		{"trailing data", "{} {}", CauseTrailingData, "line 1, column 4"},
		{"comment before", "// x\n{}", CauseComment, "line 1, column 1"},
		{"comment inside", "{\"a\": /* x */ 1}", CauseComment, "line 1, column 7, at $.a"},
		{"comment after", "{} // x", CauseComment, "line 1, column 4"},
		{"trailing comma", "{\"a\":[1,2,]}", CauseTrailingComma, "line 1, column 11, at $.a[1]"},
		{"truncated", "{\"a\":[1,", CauseTruncated, "line 1, column 9, at $.a[0]"},
		{"no quotes", "{a:1}", CauseKeyDue, "line 1, column 2"},
		{"no value", "{\"a\":}", CauseValueDue, "line 1, column 6, at $.a"},
		{"no colon", "{\"a\" 1}", CauseColonDue, "line 1, column 6"},
		{"no comma", "{\"a\":1\n\"b\":2}", CauseCommaDue, "line 2, column 1, at $.a"},
		{"control", "{\"a\":\"x\ny\"}", CauseControlInText, "line 1, column 8, at $.a"},
		{"escape", `{"a":"\x"}`, CauseBadEscape, "line 1, column 7, at $.a"},
		{"number", `{"a":[0,{"b":01}]}`, CauseBadNumber, "line 1, column 14, at $.a[1].b"},
		{"NaN", `{"a":NaN}`, CauseValueDue, "line 1, column 6, at $.a"},
		{"duplicate", `{"a":[{},{"b":1,"c":{},"b":2}]}`, CauseDuplicateKey, "line 1, column 24, at $.a[1].b"},
		{"duplicate by escape", `{"a":1,"\u0061":2}`, CauseDuplicateKey, "line 1, column 8, at $.a"},
		{"duplicate far", `{"q":{"a":1},"b":2,"b":3}`, CauseDuplicateKey, "line 1, column 20, at $.b"},
		{"array", `[{}]`, CauseNotObject, "line 1, column 1"},
		{"no type", `{"a":1}`, CauseNoResourceType, "line 1, column 1"},
		{"odd type", `{"resourceType":7}`, CauseNoResourceType, "line 1, column 17, at $.resourceType"},
		{"key that is no name", `{"9434765919":{"x":01}}`, CauseBadNumber, "line 1, column 20, at $.?.x"},
		{"key too long", `{"` + strings.Repeat("k", 257) + `":1}`, CauseKeyTooLong, "line 1, column 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.in))
			r, ok := errors.AsType[*Refusal](err)
			if !ok {
				t.Fatalf("not refused: %v", err)
			}
			if r.Cause != c.cause || r.Place() != c.place {
				t.Errorf("got %q at %q, want %q at %q", r.Cause, r.Place(), c.cause, c.place)
			}
			if _, err := Identify([]byte(c.in)); !errors.Is(err, &Refusal{Cause: c.cause}) {
				t.Errorf("Identify: %v", err)
			}
		})
	}
}

func TestHostileSizesAreRefusedQuickly(t *testing.T) { // faults.md finding 8, row 11
	keys := func(n int) []byte {
		var b bytes.Buffer
		b.WriteString(`{"resourceType":"Basic"`)
		for i := range n {
			b.WriteString(`,"k`)
			for ; i > 0; i /= 26 {
				b.WriteByte('a' + byte(i%26))
			}
			b.WriteString(`":1`)
		}
		b.WriteByte('}')
		return b.Bytes()
	}
	many := func(one string, n int) []byte {
		return []byte(`{"resourceType":"Basic","extension":[` + strings.Repeat(one+",", n-1) + one + `]}`)
	}
	for _, c := range []struct {
		name  string
		in    []byte
		cause Cause
	}{
		{"60 MB of {}", bytes.Repeat([]byte("{},"), 20<<20), CauseTooLarge},
		{"30 MB of {}", many("{}", 10<<20), CauseTooManyValues},
		{"depth 100,000", []byte(strings.Repeat("[", 100_000)), CauseTooDeep},
		{"depth 100,000 of objects", []byte(strings.Repeat(`{"a":`, 100_000)), CauseTooDeep},
		{"10^6 keys", keys(1_000_000), CauseTooManyKeys},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			_, err := Parse(c.in)
			if !errors.Is(err, &Refusal{Cause: c.cause}) {
				t.Fatalf("got %v, want %q", err, c.cause)
			}
			if d := time.Since(start); d > hang {
				t.Errorf("took %v", d)
			}
		})
	}
	if n := testing.Benchmark(func(b *testing.B) {
		in := many("{}", 10<<20)
		b.ReportAllocs()
		for b.Loop() {
			_, _ = scan(in)
		}
	}).AllocedBytesPerOp(); n > 64<<20 {
		t.Errorf("a refusal took %d MB of memory", n>>20)
	}
}

func TestDepthAtTheLimitIsRead(t *testing.T) {
	in := `{"resourceType":"Basic","x":` + strings.Repeat("[", MaxDepth-1) + strings.Repeat("]", MaxDepth-1) + `}`
	if _, err := Parse([]byte(in)); err != nil {
		t.Fatal(err)
	}
}

func TestUnescape(t *testing.T) {
	tr, r := scan([]byte(`"a\"\\\/\b\f\n\r\tA\u00e9\ud83d\ude00\ud800x\udc00"`))
	if r != nil {
		t.Fatal(r)
	}
	if got, want := tr.root().str(), "a\"\\/\b\f\n\r\tAé😀\ufffdx\ufffd"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHiddenCharactersAreShown(t *testing.T) { // faults.md row 11
	for in, want := range map[string]string{
		"plain":          "plain",
		"a\u202eb":       "a[U+202E]b",
		"a\u200bb\ufeff": "a[U+200B]b[U+FEFF]",
		"a\x00b":         "a[U+0000]b",
		"👩\u200d⚕️ ok":   "👩\u200d⚕️ ok",
		"Müller-李":       "Müller-李",
		"a\u200db":       "a[U+200D]b",
	} {
		if got := safeText(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
