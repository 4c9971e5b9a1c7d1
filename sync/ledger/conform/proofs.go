package conform

import (
	"errors"
	"testing"

	"satchel/store/audit"
	"satchel/sync/ledger"
)

// testProofs checks every proof of a growing log as a device would.
func testProofs(t *testing.T, b *bench) {
	ctx := t.Context()
	dev := b.enlist()
	seen := map[uint64]audit.Checkpoint{} // by size
	var all [][]byte
	note := func() {
		t.Helper()
		point, err := b.Checkpoint(ctx)
		must(t, err)
		opened, err := audit.OpenCheckpoint(point.Note, b.setup.Origin, b.hub)
		must(t, err)
		if opened.Size != point.Size || opened.Root != point.Root || opened.Size != uint64(len(all)) {
			t.Errorf("the note names a log of %d, announced as %d, of %d", opened.Size, point.Size, len(all))
		}
		seen[point.Size] = opened
	}
	note()
	for _, n := range []int{1, 1, 1, 4, 9, 17, 100, 133, 40} {
		items := dev.items(n)
		all = append(all, items...)
		b.accept(items...)
		note()
	}
	check := func() {
		t.Helper()
		for size, newer := range seen {
			for older, had := range seen {
				if older > size {
					continue
				}
				proof, err := b.Consistency(ctx, older, size)
				must(t, err)
				if err := audit.CheckConsistency(had, newer, proof); err != nil {
					t.Errorf("from %d to %d: %v", older, size, err)
				}
			}
			for index := range size {
				proof, err := b.Inclusion(ctx, index, size)
				must(t, err)
				if err := audit.CheckInclusion(newer, index, audit.LeafHash(all[index]), proof); err != nil {
					t.Errorf("entry %d in %d: %v", index, size, err)
				}
			}
		}
	}
	check()
	b.reopen()
	check()
	size := uint64(len(all))
	for _, err := range []error{
		second(b.Consistency(ctx, 5, size+1)), second(b.Consistency(ctx, 9, 8)),
		second(b.Inclusion(ctx, size, size)), second(b.Inclusion(ctx, 3, 3)), second(b.Inclusion(ctx, 0, size+1)),
		second(b.Entries(ctx, size+1, 1)),
	} {
		if !errors.Is(err, ledger.ErrRange) {
			t.Errorf("beyond the end: %v", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
