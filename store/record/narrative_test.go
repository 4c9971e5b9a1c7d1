package record

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestNarrativeBlocks(t *testing.T) {
	n := readNarrative(`<div xmlns="http://www.w3.org/1999/xhtml"><h3>Allergies</h3><p>First   line<br/>second &amp; <b>bold</b></p>
		<table><caption>All of them</caption><thead><tr><th>Date</th><th>What</th></tr></thead><tbody><tr><td>1 May</td><td/></tr><tr><td></td><td>Rash<p>bad</p></td></tr></tbody></table>
		<ul><li>one</li><li>two<ul><li>two a</li></ul></li></ul>after 5 &lt; 6 and 3 < 4</div>`)
	want := []Block{
		{Kind: Heading, Level: 3, Text: "Allergies"},
		{Text: "First line\nsecond & bold"},
		{Kind: Table, Rows: []Row{{Cells: []string{"All of them"}}, {Header: true, Cells: []string{"Date", "What"}}, {Cells: []string{"1 May", ""}}, {Cells: []string{"", "Rash\nbad"}}}},
		{Kind: List, Lines: []string{"one", "two", "  two a"}},
		{Text: "after 5 < 6 and 3 < 4"},
	}
	if !reflect.DeepEqual(n.Blocks, want) {
		for i, b := range n.Blocks {
			t.Errorf("%d: kind %d %q %q %q", i, b.Kind, b.Text, b.Lines, b.Rows)
		}
	}
	if n.HadActive {
		t.Error("harmless text is called active")
	}
}

// TestNarrativeIsMadeSafe: words pass, nothing else does, and it is said. P4
func TestNarrativeIsMadeSafe(t *testing.T) {
	for _, c := range []struct{ name, in, text string }{
		{"script", `<p>a<script>alert("x")</script>b</p>`, "ab"},
		{"script that is never closed", `<p>a<script>words after`, "awords after"},
		{"script that closes itself", `<p>a<script src="x"/>words after</p>`, "awords after"},
		{"image", `<p>a <img src="http://x.example/t.gif" alt="a chart"/> b</p>`, "a [Picture left out: a chart] b"},
		{"image without words", `<img src="data:image/png;base64,AAAA"/>`, "[Picture left out]"},
		{"event", `<p onclick="go()">a</p>`, "a"},
		{"event in capitals", `<p class="x" ONCLICK = "go()">a</p>`, "a"},
		{"address that runs", `<a href="javascript:go()">a</a>`, "a"},
		{"address that runs, in entities", `<a href="java&#115;cript:go()">a</a>`, "a"},
		{"frame", `a<iframe src="x">inner</iframe>b`, "ab"},
		{"object", `a<object data="x">inner</object>b`, "ab"},
		{"drawing", `a<svg><text>inner</text></svg>b`, "ab"},
		{"form", `<form><input value="x"/>a</form>`, "[Form field left out] a"},
		{"document type with entities (XXE)", `<!DOCTYPE x [<!ENTITY xxe SYSTEM "file:///etc/passwd">]><div>a &xxe; b</div>`, "a &xxe; b"},
		{"processing instruction", `<?xml-stylesheet href="x"?>a`, "a"},
	} {
		n := readNarrative(c.in)
		got := strings.TrimSpace(strings.ReplaceAll(narrativeText(n), "\n", " "))
		if got != c.text || !n.HadActive {
			t.Errorf("%s: got %q, active %v", c.name, got, n.HadActive)
		}
	}
	for _, in := range []string{`<p class="on">a</p>`, `<a href="https://x.example/">a</a>`, `<a href="#b">a</a>`, `<p style="color:red" id="o">a</p>`, `<style>p{}</style>a`, `<!-- note -->a`} {
		if n := readNarrative(in); n.HadActive || strings.TrimSpace(narrativeText(n)) != "a" {
			t.Errorf("%s: active %v, %q", in, n.HadActive, narrativeText(n))
		}
	}
	s := mustParse(t, doc(sec("11450-4", div(`a<script>x</script>`))))
	if !hasWarning(s, WarnNarrativeActive) {
		t.Error("the reader is not told")
	}
}

func TestNarrativeWithoutNamespaceOrDiv(t *testing.T) {
	for _, in := range []string{`<div>words</div>`, `words`, `<x:div xmlns:x="http://www.w3.org/1999/xhtml">words</x:div>`, `<div xmlns="urn:wrong">words`} {
		if got := narrativeText(readNarrative(in)); got != "words\n" {
			t.Errorf("%s: %q", in, got)
		}
	}
}

func TestLongNarrativeIsWhole(t *testing.T) {
	var b strings.Builder
	b.WriteString("<table>")
	for range 4000 {
		b.WriteString("<tr><td>12-May-2020</td><td>Toxic reaction</td></tr>")
	}
	b.WriteString("</table>")
	n := readNarrative(b.String())
	if len(n.Blocks) != 1 || len(n.Blocks[0].Rows) != 4000 {
		t.Fatalf("%d blocks", len(n.Blocks))
	}
	if got := strings.Count(narrativeText(n), "Toxic reaction"); b.Len() < 119_000 || got != 4000 {
		t.Errorf("%d of 4000 rows of %d bytes", got, b.Len())
	}
}

// TestBrokenMarkupCostsOnePass: what looks for an end that never comes does so
// once.
func TestBrokenMarkupCostsOnePass(t *testing.T) {
	for _, one := range []string{"<", "<a ", `<a "`, "<!--", "<![CDATA[", "<!x[", "<script>", "<svg>", "<!x[>", `<a "'>`, "<table>", "<ul><li>", "</div>", "<td>", "<pre>", "&"} {
		in := strings.Repeat(one, (1<<20)/len(one))
		start := time.Now()
		readNarrative(in)
		if d := time.Since(start); d > hang {
			t.Errorf("%q: %v", one, d)
		}
	}
}

// TestNoWordOfAnExampleIsLost compares the blocks with the bare words of every
// narrative that has no tags but harmless ones.
func TestNoWordOfAnExampleIsLost(t *testing.T) {
	checked := 0
	eachExample(t, func(path string, raw []byte) {
		tr, r := scan(raw)
		if r != nil {
			return
		}
		for i := range tr.nodes {
			v := value{tr, uint32(i)}
			if v.kind() != kindString || tr.nodes[i].klen == 0 || !v.keyIs("div") {
				continue
			}
			in := v.str()
			if strings.Contains(in, "<style") || strings.Contains(in, "<img") || strings.Contains(in, "<!") || strings.Contains(in, "<script") {
				continue
			}
			checked++
			want, got := bareWords(in), strings.Fields(strings.NewReplacer("•", " ", "|", " ").Replace(narrativeText(readNarrative(in))))
			have := strings.ReplaceAll(strings.Join(got, ""), "*", "")
			if strings.ReplaceAll(want, "*", "") != have {
				t.Errorf("%s: a narrative of %d letters is read as %d", path, len(want), len(have))
			}
		}
	})
	t.Logf("%d narratives", checked)
}

// bareWords strips tags the plain way and drops white space.
func bareWords(in string) string {
	var b strings.Builder
	inside := false
	for _, r := range in {
		switch {
		case r == '<':
			inside = true
		case r == '>' && inside:
			inside = false
		case !inside:
			b.WriteRune(r)
		}
	}
	w := narrator{behind: 1 << 30}
	w.words(b.String())
	return strings.NewReplacer(" ", "", "•", "", "|", "").Replace(strings.Join(strings.Fields(w.take()), ""))
}
