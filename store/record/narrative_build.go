package record

import (
	"bytes"
	"html"
	"strings"
)

// words adds text with its entities decoded and its white space folded.
func (w *narrator) words(s string) {
	if s == "" {
		return
	}
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	w.plain(s)
}

// plain adds text without decoding, folding white space into single blanks.
func (w *narrator) plain(s string) {
	if w.pre > 0 {
		w.cur = append(w.cur, s...)
		return
	}
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && s[j] > ' ' && s[j] != 0xC2 {
			j++
		}
		w.cur = append(w.cur, s[i:j]...)
		if i = j; i == len(s) {
			return
		}
		switch c := s[i]; {
		case c == 0xC2 && i+1 < len(s) && s[i+1] == 0xA0: // no-break space
			w.blank()
			i++
		case c == ' ' || c == '\n' || c == '\t' || c == '\r':
			w.blank()
		default:
			w.cur = append(w.cur, c)
		}
		i++
	}
}

func (w *narrator) blank() {
	if n := len(w.cur); n > 0 && w.cur[n-1] != ' ' && w.cur[n-1] != '\n' {
		w.cur = append(w.cur, ' ')
	}
}

// newline breaks the line inside a block; empty lines do not pile up.
func (w *narrator) newline() {
	if w.pre == 0 {
		w.cur = bytes.TrimRight(w.cur, " ")
	}
	if n := len(w.cur); n > 0 && (w.pre > 0 || w.cur[n-1] != '\n') {
		w.cur = append(w.cur, '\n')
	}
}

// take gives the text gathered so far, made safe, and starts anew.
func (w *narrator) take() string {
	cut := "\n\r "
	if w.pre > 0 {
		cut = "\n\r"
	}
	s := safeText(string(bytes.Trim(w.cur, cut)))
	w.cur = w.cur[:0]
	return s
}

// flush ends a paragraph or heading outside tables and lists.
func (w *narrator) flush() {
	s := w.take()
	if s == "" {
		return
	}
	b := Block{Text: s}
	if w.level > 0 {
		b.Kind, b.Level = Heading, w.level
	}
	w.blocks = append(w.blocks, b)
}

// breakBlock ends a paragraph; inside a cell or list item it is a line break.
func (w *narrator) breakBlock() {
	if w.inCell || w.item {
		w.newline()
		return
	}
	if w.table != nil && w.tables > 0 {
		w.looseRow()
		return
	}
	if w.list != nil {
		w.endItem()
		return
	}
	w.flush()
}

func (w *narrator) openTable() {
	if w.tables++; w.tables > 1 || w.item {
		w.newline() // a table in a cell or an item reads as lines
		return
	}
	w.endList()
	w.flush()
	w.table = &Block{Kind: Table}
}

func (w *narrator) closeTable() {
	if w.tables == 0 {
		w.breakBlock()
		return
	}
	if w.tables--; w.tables == 0 {
		w.endTable()
		return
	}
	w.newline()
}

// endTable stores the table that is open.
func (w *narrator) endTable() {
	w.tables = 0
	if w.table == nil {
		return
	}
	w.endRow()
	w.looseRow()
	if len(w.table.Rows) > 0 {
		w.blocks = append(w.blocks, *w.table)
	}
	w.table = nil
}

// looseRow keeps words that stand in a table outside any cell (a caption).
func (w *narrator) looseRow() {
	if w.table == nil {
		return
	}
	if s := w.take(); s != "" {
		w.table.Rows = append(w.table.Rows, Row{Cells: []string{s}})
	}
}

func (w *narrator) openRow() {
	if w.table == nil || w.tables != 1 {
		w.newline()
		return
	}
	w.endRow()
	w.looseRow()
	w.row = &Row{Header: true}
}

func (w *narrator) endRow() {
	if w.table == nil || w.row == nil {
		return
	}
	w.endCell()
	for _, c := range w.row.Cells {
		if c != "" {
			w.table.Rows = append(w.table.Rows, *w.row)
			break
		}
	}
	w.row = nil
}

func (w *narrator) openCell(header bool) {
	if w.table == nil || w.tables != 1 {
		w.plain(" | ")
		return
	}
	if w.row == nil {
		w.looseRow()
		w.row = &Row{Header: true}
	}
	w.endCell()
	w.row.Header = w.row.Header && header
	w.inCell = true
}

func (w *narrator) endCell() {
	if w.row == nil || !w.inCell {
		return
	}
	w.closeOpenList()
	w.row.Cells = append(w.row.Cells, strings.Trim(w.take(), " |"))
	w.inCell = false
}

// closeOpenList ends a list left open inside a cell.
func (w *narrator) closeOpenList() {
	if w.inCell {
		w.lists, w.item = 0, false
	}
}

func (w *narrator) openList(ordered bool) {
	if w.list != nil && !w.inCell {
		w.endItem() // the words before an inner list are the outer item's
	}
	w.lists++
	switch {
	case w.inCell:
		w.newline()
	case w.table != nil:
		w.looseRow()
	case w.list == nil:
		w.flush()
		w.list = &Block{Kind: List, Ordered: ordered}
	}
}

func (w *narrator) closeList() {
	w.lists = max(0, w.lists-1)
	if w.inCell || w.tables > 0 {
		w.newline()
		return
	}
	w.endItem()
	if w.lists == 0 {
		w.endList()
	}
}

// endList stores the list that is open.
func (w *narrator) endList() {
	if w.list == nil {
		return
	}
	w.lists = 1
	w.endItem()
	w.lists = 0
	if len(w.list.Lines) > 0 {
		w.blocks = append(w.blocks, *w.list)
	}
	w.list = nil
}

func (w *narrator) openItem() {
	if w.list == nil {
		w.breakBlock()
		if w.inCell {
			w.plain("• ")
		}
		return
	}
	w.endItem()
	w.item = true
}

// endItem stores one line of the list; deeper lists are indented.
func (w *narrator) endItem() {
	if w.list == nil || w.inCell {
		return
	}
	if s := w.take(); s != "" {
		w.list.Lines = append(w.list.Lines, strings.Repeat("  ", max(0, w.lists-1))+s)
	}
	w.item = false
}
