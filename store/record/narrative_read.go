package record

import (
	"html"
	"strings"
)

// readNarrative makes the text of an XHTML div into blocks of plain text. It
// never fails: whatever is not understood is kept as text. Only words pass;
// attributes, styles, scripts, entities declared in the text and everything
// that would load something are left out, and HadActive says that they were.
func readNarrative(div string) Narrative {
	if div == "" {
		return Narrative{}
	}
	w := narrator{behind: len(div) - strings.LastIndexByte(div, '>')}
	for len(div) > 0 {
		lt := strings.IndexByte(div, '<')
		if lt < 0 {
			w.words(div)
			break
		}
		w.words(div[:lt])
		div = w.markup(div[lt:])
	}
	w.endTable()
	w.endList()
	w.flush()
	return Narrative{Blocks: w.blocks, HadActive: w.active}
}

// narrator builds blocks from a stream of words and tags. It keeps no tree, so
// depth of nesting costs nothing.
type narrator struct {
	blocks []Block
	cur    []byte
	level  int // of the heading that is open, 0 for none
	pre    int
	active bool

	behind   int // bytes from the last '>' to the end: nothing closes after it
	unclosed map[string]bool

	table  *Block
	tables int // how deep in tables
	row    *Row
	inCell bool

	list  *Block
	lists int
	item  bool
}

// markup handles what starts with '<' and gives what is left behind it.
func (w *narrator) markup(s string) string {
	if len(s) < w.behind { // no '>' is left: the rest is words
		w.plain("<")
		return s[1:]
	}
	switch {
	case strings.HasPrefix(s, "<!--") && !w.unclosed["-->"]:
		if _, rest, ok := strings.Cut(s[4:], "-->"); ok {
			return rest
		}
		w.never("-->")
	case strings.HasPrefix(s, "<![CDATA[") && !w.unclosed["]]>"]:
		if in, rest, ok := strings.Cut(s[9:], "]]>"); ok {
			w.plain(in)
			return rest
		}
		w.never("]]>")
	case strings.HasPrefix(s, "<!"), strings.HasPrefix(s, "<?"):
		w.active = true
		return w.afterDeclaration(s)
	}
	if len(s) < 2 || s[1] != '/' && !letter(s[1]) {
		w.plain("<")
		return s[1:]
	}
	end := tagEnd(s)
	if end < 0 {
		w.plain("<")
		return s[1:]
	}
	tag, rest := s[1:end], s[end+1:]
	if tag[0] == '/' {
		name, _ := tagName(tag[1:])
		w.close(name)
		return rest
	}
	name, attrs := tagName(tag)
	alone := strings.HasSuffix(attrs, "/")
	if activeAttributes(attrs) {
		w.active = true
	}
	if hiddenTag(name) {
		w.active = w.active || name != "style"
		if alone || w.unclosed[name] {
			return rest
		}
		if i := indexFold(rest, "</"+name); i >= 0 {
			rest = rest[i:]
			if e := strings.IndexByte(rest, '>'); e >= 0 {
				return rest[e+1:]
			}
		}
		w.never(name)
		return rest
	}
	w.open(name, attrs)
	if alone {
		w.close(name)
	}
	return rest
}

// never remembers that something is not closed anywhere behind.
func (w *narrator) never(what string) {
	if w.unclosed == nil {
		w.unclosed = map[string]bool{}
	}
	w.unclosed[what] = true
}

// afterDeclaration skips <!DOCTYPE ... [ ... ]> or <? ... ?>.
func (w *narrator) afterDeclaration(s string) string {
	first := strings.IndexByte(s, '>')
	if first < 0 {
		return s[2:]
	}
	depth := 0
	for i := 0; i < min(len(s), maxMarkup) && !w.unclosed["["]; i++ {
		switch s[i] {
		case '[':
			depth++
		case ']':
			depth--
		case '>':
			if depth <= 0 {
				return s[i+1:]
			}
		}
	}
	w.never("[")
	return s[first+1:] // the words behind the first mark are kept as text
}

// tagEnd is the index of the '>' that ends the tag at the start of s, or -1.
func tagEnd(s string) int {
	quote := byte(0)
	for i := 1; i < min(len(s), maxMarkup); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i
		}
	}
	return strings.IndexByte(s, '>')
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// tagName splits a tag into its name, in lower case and without a namespace
// prefix, and the rest.
func tagName(tag string) (name, attrs string) {
	n := 0
	for n < len(tag) && tag[n] > ' ' && tag[n] != '/' {
		n++
	}
	name = strings.ToLower(tag[:n])
	if _, local, ok := strings.Cut(name, ":"); ok {
		name = local
	}
	return name, tag[n:]
}

// hiddenTag tells whether what stands inside a tag is not for reading.
func hiddenTag(name string) bool {
	switch name {
	case "script", "style", "object", "embed", "applet", "iframe", "svg", "math", "template", "audio", "video", "canvas":
		return true
	}
	return false
}

// activeAttributes finds event handlers and addresses that run.
func activeAttributes(attrs string) bool {
	if len(attrs) < 4 {
		return false
	}
	address := false
	for i := range len(attrs) {
		switch attrs[i] {
		case ':', '(', '&':
			address = true
		case 'o', 'O':
			if i > 0 && handler(attrs[i-1:]) {
				return true
			}
		}
	}
	if !address {
		return false
	}
	a := strings.ToLower(html.UnescapeString(attrs))
	for _, bad := range [...]string{"javascript:", "vbscript:", "data:", "url(", "expression("} {
		if strings.Contains(a, bad) {
			return true
		}
	}
	return false
}

// handler tells whether s, after its first byte, begins with onclick= or the
// like; the first byte must separate attributes.
func handler(s string) bool {
	switch s[0] {
	case ' ', '\t', '\r', '\n', '/', '"', '\'':
	default:
		return false
	}
	if len(s) < 5 || s[2] != 'n' && s[2] != 'N' {
		return false
	}
	i := 3
	for i < len(s) && letter(s[i]) {
		i++
	}
	end := i
	for i < len(s) && s[i] <= ' ' {
		i++
	}
	return end > 3 && i < len(s) && s[i] == '='
}

// indexFold is strings.Index without regard to ASCII case; small is lower case.
func indexFold(s, small string) int {
	for from := 0; ; {
		i := strings.Index(s[from:], small[:2])
		if i < 0 {
			return -1
		}
		if from += i; len(s)-from >= len(small) && strings.EqualFold(s[from:from+len(small)], small) {
			return from
		}
		from += 2
	}
}

// open begins an element.
func (w *narrator) open(name, attrs string) {
	switch name {
	case "br":
		w.newline()
	case "pre":
		w.breakBlock()
		w.pre++
	case "h1", "h2", "h3", "h4", "h5", "h6":
		w.breakBlock()
		w.level = int(name[1] - '0')
	case "table":
		w.openTable()
	case "tr":
		w.openRow()
	case "td", "th":
		w.openCell(name == "th")
	case "ul", "ol":
		w.openList(name == "ol")
	case "li":
		w.openItem()
	case "img", "input", "image":
		w.active = true
		w.words(" [" + picture(name, attrs) + "] ")
	case "form", "button", "select", "textarea", "link", "base", "meta", "frame":
		w.active = true
		w.breakBlock()
	default:
		if blockTag(name) {
			w.breakBlock()
		}
	}
}

// picture says what an image was, by its alternative text.
func picture(name, attrs string) string {
	what := "Picture left out"
	if name == "input" {
		what = "Form field left out"
	}
	i := indexFold(attrs, "alt=")
	if i < 0 || i+5 > len(attrs) {
		return what
	}
	quote := attrs[i+4]
	if alt, _, ok := strings.Cut(attrs[i+5:], string(quote)); ok && strings.TrimSpace(alt) != "" && (quote == '"' || quote == '\'') {
		return what + ": " + strings.NewReplacer("<", " ", ">", " ").Replace(alt)
	}
	return what
}

// close ends an element.
func (w *narrator) close(name string) {
	switch name {
	case "pre":
		w.breakBlock()
		w.pre = max(0, w.pre-1)
	case "h1", "h2", "h3", "h4", "h5", "h6":
		w.breakBlock()
		w.level = 0
	case "table":
		w.closeTable()
	case "tr":
		if w.tables == 1 {
			w.endRow()
		}
	case "td", "th":
		if w.tables == 1 {
			w.endCell()
		}
	case "ul", "ol":
		w.closeList()
	case "li":
		w.endItem()
	default:
		if blockTag(name) {
			w.breakBlock()
		}
	}
}

func blockTag(name string) bool {
	switch name {
	case "div", "p", "body", "html", "section", "article", "header", "footer", "main", "address", "blockquote",
		"caption", "center", "dd", "dl", "dt", "fieldset", "figure", "hr", "legend", "nav", "aside", "title", "head":
		return true
	}
	return false
}
