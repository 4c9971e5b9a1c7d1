package screen

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"

	"satchel/app/look"
	"satchel/app/touch"
	"satchel/store/record"
)

// narrativeCard is what the source wrote, on a card.
func narrativeCard(n record.Narrative) fyne.CanvasObject {
	return touch.NewPanel(touch.CardFace(), 16, narrative(n, 0))
}

// narrative draws the safe blocks of what the source wrote; limit is how many
// blocks at most, 0 for all.
func narrative(n record.Narrative, limit int) fyne.CanvasObject {
	all := touch.Column(8)
	for i, b := range n.Blocks {
		if limit > 0 && i == limit {
			all.Add(touch.NewText("…"))
			break
		}
		switch b.Kind {
		case record.Heading:
			size := look.Body
			if b.Level <= 2 {
				size = look.Title
			}
			all.Add(touch.NewStyled(b.Text, touch.Style{Size: size, Ink: look.Text, Bold: true}))
		case record.List:
			list := touch.Column(4)
			for j, line := range b.Lines {
				mark := "•"
				if b.Ordered {
					mark = fmt.Sprintf("%d.", j+1)
				}
				list.Add(touch.Cells(8, touch.Cell{Object: touch.NewText(mark), Width: 28}, touch.Cell{Object: touch.NewText(line), Grow: 1}))
			}
			all.Add(list)
		case record.Table:
			all.Add(table(b.Rows))
		default:
			all.Add(touch.NewText(b.Text))
		}
	}
	return all
}

// table draws rows of cells in columns.
func table(rows []record.Row) fyne.CanvasObject {
	var out []touch.GridRow
	for _, r := range rows {
		row := touch.GridRow{Header: r.Header}
		for _, words := range r.Cells {
			row.Cells = append(row.Cells, strings.TrimSpace(words))
		}
		out = append(out, row)
	}
	return touch.NewGrid(out)
}
