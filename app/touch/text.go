package touch

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"satchel/app/look"
)

// Text is words in one style. It wraps at spaces, and inside a word only where
// the word is wider than the line; it never cuts and never ends in an ellipsis.
type Text struct {
	widget.BaseWidget

	words string
	style Style

	lines   []string // for width
	width   float32
	wrapped string // the words and size the lines were made from
	size    float32
	drawn   bool // a renderer exists
}

// Style is how a Text looks. The zero value is body text in look.Page's ink,
// which is look.Role zero: use the constructors, or set Ink.
type Style struct {
	Size  look.TextSize
	Ink   look.Role
	Bold  bool
	Mono  bool // letters of one width, for codes that are read aloud
	Align fyne.TextAlign
}

// NewText returns body text.
func NewText(words string) *Text {
	return NewStyled(words, Style{Size: look.Body, Ink: look.Text})
}

// NewBold returns bold body text.
func NewBold(words string) *Text {
	return NewStyled(words, Style{Size: look.Body, Ink: look.Text, Bold: true})
}

// NewSmall returns small text in the secondary colour.
func NewSmall(words string) *Text {
	return NewStyled(words, Style{Size: look.Small, Ink: look.Secondary})
}

// NewTitle returns the heading of a part of a page.
func NewTitle(words string) *Text {
	return NewStyled(words, Style{Size: look.Title, Ink: look.Text, Bold: true})
}

// NewHeading returns the heading of a page.
func NewHeading(words string) *Text {
	return NewStyled(words, Style{Size: look.Heading, Ink: look.Text, Bold: true})
}

// NewStyled returns text in a style.
func NewStyled(words string, s Style) *Text {
	t := &Text{words: words, style: s}
	t.ExtendBaseWidget(t)
	return t
}

// Words returns what the text says.
func (t *Text) Words() string { return t.words }

// SetWords changes what the text says. The page that holds it must be laid out
// again if the height may change: Container.Refresh does so.
func (t *Text) SetWords(words string) {
	if t.words == words {
		return
	}
	t.words = words
	t.redraw()
}

// redraw draws anew what has been drawn: a text that only measures is not.
func (t *Text) redraw() {
	if t.drawn {
		t.Refresh()
	}
}

func (t *Text) fyneStyle() fyne.TextStyle {
	return fyne.TextStyle{Bold: t.style.Bold, Monospace: t.style.Mono}
}

func (t *Text) measure(s string, size float32) float32 {
	return fyne.MeasureText(s, size, t.fyneStyle()).Width
}

func (t *Text) lineHeight(size float32) float32 {
	return fyne.MeasureText("Mg", size, t.fyneStyle()).Height
}

// NaturalWidth returns the width of the longest line if nothing wraps.
func (t *Text) NaturalWidth() float32 {
	size := look.Current().TextSize(t.style.Size)
	var w float32
	for line := range strings.SplitSeq(t.words, "\n") {
		w = max(w, t.measure(line, size))
	}
	return w + 1 // rounding in the painter must not push the last word down
}

// HeightFor implements Tall.
func (t *Text) HeightFor(width float32) float32 {
	size := look.Current().TextSize(t.style.Size)
	return float32(len(t.wrap(width, size))) * t.lineHeight(size)
}

// MinSize implements fyne.CanvasObject: any width will do, and the height is
// that of the present width.
func (t *Text) MinSize() fyne.Size {
	w := t.Size().Width
	if w <= 0 {
		w = t.NaturalWidth()
	}
	return fyne.NewSize(0, t.HeightFor(w))
}

// wrap breaks the words into lines no wider than width.
func (t *Text) wrap(width, size float32) []string {
	if t.lines != nil && t.width == width && t.size == size && t.wrapped == t.words {
		return t.lines
	}
	var lines []string
	for paragraph := range strings.SplitSeq(t.words, "\n") {
		lines = append(lines, t.wrapLine(paragraph, width, size)...)
	}
	t.lines, t.width, t.size, t.wrapped = lines, width, size, t.words
	return lines
}

func (t *Text) wrapLine(paragraph string, width, size float32) []string {
	if t.measure(paragraph, size) <= width {
		return []string{paragraph}
	}
	var lines []string
	line, used, space := "", float32(0), t.measure(" ", size)
	for word := range strings.FieldsSeq(paragraph) {
		w := t.measure(word, size)
		if line != "" && used+space+w <= width {
			line, used = line+" "+word, used+space+w
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for w > width {
			head := t.fitting(word, width, size)
			if head == len(word) {
				break
			}
			lines = append(lines, word[:head])
			word = word[head:]
			w = t.measure(word, size)
		}
		line, used = word, w
	}
	return append(lines, line)
}

// leastWidth returns the width that no line can be narrower than unless a word
// is broken.
func (t *Text) leastWidth() float32 {
	size := look.Current().TextSize(t.style.Size)
	var w float32
	for word := range strings.FieldsSeq(t.words) {
		w = max(w, t.measure(word, size))
	}
	return w + 1
}

// fitting returns how many bytes of a word fit the width: at least one letter.
func (t *Text) fitting(word string, width, size float32) int {
	end := 0
	for i, r := range word {
		next := i + len(string(r))
		if i > 0 && t.measure(word[:next], size) > width {
			return end
		}
		end = next
	}
	return end
}

// AccessibilityLabel implements fyne.Accessible.
func (t *Text) AccessibilityLabel() string { return t.words }

// AccessibilityRole implements fyne.Accessible.
func (t *Text) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// CreateRenderer implements fyne.Widget.
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	t.drawn = true
	return &textRenderer{t: t}
}

type textRenderer struct {
	t     *Text
	lines []fyne.CanvasObject
}

func (r *textRenderer) Layout(s fyne.Size) {
	if s.Width <= 0 {
		r.lines = nil
		return
	}
	th := look.Current()
	size := th.TextSize(r.t.style.Size)
	lines := r.t.wrap(s.Width, size)
	height := r.t.lineHeight(size)
	for len(r.lines) < len(lines) {
		r.lines = append(r.lines, canvas.NewText("", nil))
	}
	r.lines = r.lines[:len(lines)]
	for i, words := range lines {
		o := r.lines[i].(*canvas.Text)
		o.Text, o.TextSize, o.TextStyle = words, size, r.t.fyneStyle()
		o.Alignment, o.Color = r.t.style.Align, th.Colour(r.t.style.Ink)
		o.Move(fyne.NewPos(0, float32(i)*height))
		o.Resize(fyne.NewSize(s.Width, height))
		o.Refresh()
	}
}

func (r *textRenderer) MinSize() fyne.Size           { return r.t.MinSize() }
func (r *textRenderer) Objects() []fyne.CanvasObject { return r.lines }
func (r *textRenderer) Destroy()                     {}

func (r *textRenderer) Refresh() {
	r.Layout(r.t.Size())
	canvas.Refresh(r.t)
}
