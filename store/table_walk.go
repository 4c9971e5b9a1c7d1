package store

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"satchel/store/identity"
	"satchel/store/seal"
)

// arrange puts the rows in the order of their handles, which is the cache's, and
// their versions beside one another, so that whoever walks the cache finds the
// next row where the processor looks next: in the order in which they came, two
// hundred thousand rows are a wait for memory each.
func (t *table) arrange() {
	order := func(a, b seal.Row) int { return bytes.Compare(a.Handle[:], b.Handle[:]) }
	if slices.IsSortedFunc(t.rows, order) {
		return
	}
	type ranked struct {
		start uint64
		row   int
	}
	ranks, versions := make([]ranked, len(t.rows)), 0
	for i := range t.rows {
		ranks[i] = ranked{binary.BigEndian.Uint64(t.rows[i].Handle[:]), i}
		versions += len(t.rows[i].Versions)
	}
	slices.SortFunc(ranks, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.start, b.start), bytes.Compare(t.rows[a.row].Handle[:], t.rows[b.row].Handle[:]))
	})
	rows, all := make([]seal.Row, len(t.rows)), make([]seal.Version, 0, versions)
	for i, from := range ranks {
		rows[i] = t.rows[from.row]
		start := len(all)
		all = append(all, rows[i].Versions...)
		rows[i].Versions = all[start:len(all):len(all)]
	}
	clear(t.rows) // their keys too
	t.rows = rows
	for i := range rows {
		t.index(i)
	}
}

// walker finds the rows of keys that come in order, as those of the cache do. One
// goroutine uses it, and the table does not change meanwhile.
type walker struct {
	t  *table
	at int // the row of the last key
}

// row gives the place of a handle's row.
func (w *walker) row(h identity.Handle) (int, bool) {
	for i := w.at; i < min(w.at+2, len(w.t.rows)); i++ {
		if w.t.rows[i].Handle == h {
			w.at = i
			return i, true
		}
	}
	i, ok := w.t.byHandle[h]
	if ok {
		w.at = i
	}
	return i, ok
}

// place finds a value's row and, in it, the version that it is of; the version is
// -1 where the table has none.
func (w *walker) place(k cacheKey) (row, version int) {
	row, ok := w.row(k.handle())
	if !ok {
		return 0, -1
	}
	ver := k.ver()
	return row, slices.IndexFunc(w.t.rows[row].Versions, func(x seal.Version) bool { return x.Ver == ver })
}
