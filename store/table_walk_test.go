package store

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"satchel/store/identity"
	"satchel/store/seal"
)

// A table that was arranged holds what it held, in order; and a walk finds every
// row and version, and nothing else, whatever the order of the keys.
func TestArrangedTableFindsEveryRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows []seal.Row
		for range rapid.IntRange(0, 40).Draw(t, "rows") {
			r := seal.Row{Handle: identity.Random[identity.Handle](), PID: identity.Random[identity.PID](), Key: seal.NewKey()}
			if rapid.Bool().Draw(t, "alike") {
				clear(r.Handle[:8]) // the order is the whole handle's
			}
			for i := range rapid.IntRange(1, maxVersions).Draw(t, "versions") {
				r.Versions = append(r.Versions, seal.Version{Ver: uint64(10 - i), State: byte(len(rows))})
			}
			rows = append(rows, r)
		}
		table := newTable(slices.Clone(rows))
		table.arrange()
		if !slices.IsSortedFunc(table.rows, func(a, b seal.Row) int { return bytes.Compare(a.Handle[:], b.Handle[:]) }) {
			t.Fatal("the rows are not in order")
		}
		if table.len() != len(rows) {
			t.Fatalf("%d rows, of %d", table.len(), len(rows))
		}
		w := walker{t: table}
		for _, r := range append(slices.Clone(rows), table.rows...) { // in any order, and in the table's
			for j, v := range r.Versions {
				at, version := w.place(keyOf(kindInner, r.Handle, v.Ver))
				if version != j || table.rows[at].Key != r.Key || table.rows[at].Versions[j] != v {
					t.Fatalf("version %d of row %x is found as %d", v.Ver, r.Handle, version)
				}
			}
			if _, version := w.place(keyOf(kindInner, r.Handle, 1)); version != -1 {
				t.Fatal("a version that is not held is found")
			}
			if table.get(r.Handle).PID != r.PID || table.of(r.Cohort, r.PID).Handle != r.Handle {
				t.Fatal("the table finds another row")
			}
		}
		if _, version := w.place(keyOf(kindInner, identity.Random[identity.Handle](), 10)); version != -1 {
			t.Fatal("a row that is not held is found")
		}
	})
}
