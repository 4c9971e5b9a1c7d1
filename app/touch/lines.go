package touch

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"satchel/app/look"
)

// Lines is a text of several lines to be read aloud: large letters of one
// width, each line with its number before it, and one of them marked, so that
// neither reader nor listener loses the place. Up and Down move the mark, a tap
// puts it on a line.
type Lines struct {
	widget.BaseWidget

	// Label is what the text is called, for tests and screen readers.
	Label string

	rows    []*Panel
	texts   []*Text
	words   []string
	content *fyne.Container
	at      int
	focused bool
}

// NewLines returns lines in order, numbered from 1, the first one marked. number
// says the number of a line.
func NewLines(label string, lines []string, number func(int) string) *Lines {
	l := &Lines{Label: label, words: lines, content: Column(0)}
	for i, words := range lines {
		text := NewStyled(words, Style{Size: look.Title, Ink: look.Text, Mono: true})
		l.texts = append(l.texts, text)
		line := Cells(12, Fixed(34*look.Current().TextScale(), NewStyled(number(i+1), Style{Size: look.Small, Ink: look.Secondary, Align: fyne.TextAlignTrailing})),
			Grow(text))
		row := NewPanelInset(Face{Fill: look.Card, Mark: look.Card, MarkWidth: 6}, 3, 10, 3, 4, line)
		l.rows = append(l.rows, row)
		l.content.Add(row)
	}
	l.dress()
	l.ExtendBaseWidget(l)
	return l
}

// At returns the place of the marked line, from 0.
func (l *Lines) At() int { return l.at }

// mark puts the mark on a line and brings it into view.
func (l *Lines) mark(i int) {
	l.at = max(min(i, len(l.rows)-1), 0)
	l.dress()
	if len(l.rows) > 0 {
		reveal(l.rows[l.at])
	}
}

func (l *Lines) dress() {
	for i, row := range l.rows {
		f := Face{Fill: look.Card, Mark: look.Card, MarkWidth: 6}
		if i == l.at {
			f.Fill, f.Mark = look.Selection, look.Action
			if l.focused {
				f.Edge, f.EdgeWidth = look.Action, 3
			}
		}
		row.SetFace(f)
	}
}

// Tapped implements fyne.Tappable.
func (l *Lines) Tapped(e *fyne.PointEvent) {
	use()
	if c := fyne.CurrentApp().Driver().CanvasForObject(l); c != nil {
		c.Focus(l)
	}
	if e == nil {
		return
	}
	for i, row := range l.rows {
		if e.Position.Y < row.Position().Y+row.Size().Height {
			l.mark(i)
			return
		}
	}
}

// FocusGained implements fyne.Focusable.
func (l *Lines) FocusGained() {
	l.focused = true
	l.mark(l.at)
}

// FocusLost implements fyne.Focusable.
func (l *Lines) FocusLost() {
	l.focused = false
	l.dress()
}

// TypedRune implements fyne.Focusable.
func (l *Lines) TypedRune(rune) {}

// TypedKey implements fyne.Focusable: arrows, Home and End move the mark, Space
// and Enter go to the next line, every other key goes on to the canvas.
func (l *Lines) TypedKey(key *fyne.KeyEvent) {
	use()
	switch key.Name {
	case fyne.KeyUp:
		l.mark(l.at - 1)
	case fyne.KeyDown, fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		l.mark(l.at + 1)
	case fyne.KeyHome:
		l.mark(0)
	case fyne.KeyEnd:
		l.mark(len(l.rows) - 1)
	default:
		passKey(l, key)
	}
}

// fit makes the letters smaller where a line would break: who listens counts
// lines.
func (l *Lines) fit(width float32) {
	size := look.Title
	for _, row := range l.rows {
		if row.NaturalWidth() > width {
			size = look.Body
		}
	}
	for _, t := range l.texts {
		t.style.Size = size
	}
}

// HeightFor implements Tall.
func (l *Lines) HeightFor(width float32) float32 {
	for _, t := range l.texts {
		t.style.Size = look.Title // what is measured first
	}
	l.fit(width)
	return max(HeightFor(l.content, width), look.Least)
}

func (l *Lines) children() []fyne.CanvasObject { return []fyne.CanvasObject{l.content} }

// AccessibilityLabel implements fyne.Accessible.
func (l *Lines) AccessibilityLabel() string { return l.Label }

// AccessibilityRole implements fyne.Accessible.
func (l *Lines) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// CreateRenderer implements fyne.Widget.
func (l *Lines) CreateRenderer() fyne.WidgetRenderer { return &linesRenderer{l} }

type linesRenderer struct{ l *Lines }

func (r *linesRenderer) Layout(s fyne.Size) {
	r.l.HeightFor(s.Width) // the letters that fit
	r.l.content.Resize(s)
}

func (r *linesRenderer) MinSize() fyne.Size {
	return fyne.NewSize(look.Least, r.l.HeightFor(max(r.l.Size().Width, 120)))
}
func (r *linesRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.l.content} }
func (r *linesRenderer) Destroy()                     {}

func (r *linesRenderer) Refresh() {
	r.l.dress()
	r.l.content.Refresh()
	canvas.Refresh(r.l)
}
