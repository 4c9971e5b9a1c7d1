package touch

import (
	"fyne.io/fyne/v2"

	"satchel/app/look"
)

// GridRow is one row of a Grid.
type GridRow struct {
	Header bool
	Cells  []string
}

// NewGrid draws rows of words in columns. A column is never narrower than its
// longest word while there is room, and what room there is goes where the most
// words are; nothing is cut.
func NewGrid(rows []GridRow) fyne.CanvasObject {
	g := &gridColumns{}
	all := Column(0)
	for _, r := range rows {
		var cells []fyne.CanvasObject
		for _, words := range r.Cells {
			t := NewText(words)
			if r.Header {
				t = NewBold(words)
			}
			cells = append(cells, t)
		}
		g.rows = append(g.rows, cells)
		face := Face{Fill: look.Card, Edge: look.Rule, EdgeWidth: 1}
		if r.Header {
			face.Fill = look.Page
		}
		all.Add(NewPanelInset(face, 6, 10, 6, 10, &fyne.Container{Layout: gridLine{g}, Objects: cells}))
	}
	return all
}

// gridGap is the space between columns.
const gridGap float32 = 14

// gridColumns shares a width out among the columns of all rows.
type gridColumns struct{ rows [][]fyne.CanvasObject }

func (g *gridColumns) widths(width float32) []float32 {
	var least, like []float32
	for _, row := range g.rows {
		for c, o := range row {
			if c == len(least) {
				least, like = append(least, 0), append(like, 0)
			}
			t := o.(*Text)
			least[c], like[c] = max(least[c], t.leastWidth()), max(like[c], t.NaturalWidth())
		}
	}
	room := width - gridGap*float32(max(len(least)-1, 0))
	var sum, slack float32
	for c := range least {
		sum += least[c]
		slack += like[c] - least[c]
	}
	out := make([]float32, len(least))
	for c := range least {
		switch over := room - sum; {
		case sum <= 0:
			out[c] = room / float32(len(least))
		case over < 0: // not even the longest words fit: share evenly by need
			out[c] = room * least[c] / sum
		case slack <= over:
			out[c] = like[c] + (over-slack)/float32(len(least))
		default:
			out[c] = least[c] + over*(like[c]-least[c])/slack
		}
	}
	return out
}

// gridLine lays one row out on the columns of its grid.
type gridLine struct{ g *gridColumns }

func (l gridLine) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	x, widths := float32(0), l.g.widths(size.Width)
	for c, o := range objects {
		o.Move(fyne.NewPos(x, 0))
		o.Resize(fyne.NewSize(widths[c], size.Height))
		x += widths[c] + gridGap
	}
}

func (l gridLine) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	h, widths := float32(0), l.g.widths(width)
	for c, o := range objects {
		h = max(h, HeightFor(o, widths[c]))
	}
	return h
}

func (l gridLine) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, 0) }
