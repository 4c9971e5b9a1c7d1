package hub

import (
	"slices"
	"testing"
	"time"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/sync/ledger"
)

// A key set brings the older keys that may still be in use, and no others, also
// after a restart of the hub.
func TestOlderKeysGoOutOfUse(t *testing.T) { // P14
	b := newBench(t)
	now := time.Now()
	b.hub.cfg.Now = func() time.Time { return now }
	c := b.hub.allCohorts()[0]
	began := c.last
	for _, days := range []int{10, 10, 10} { // at days 10, 20 and 30
		now = now.Add(time.Duration(days) * 24 * time.Hour)
		b.turn(c)
	}
	now = now.Add(time.Hour)
	// The first key's successor came with the laptop, 30 days and an hour ago.
	if got, want := olderOf(t, b, c), []uint64{began, began + 1, began + 2, began + 3}; !slices.Equal(got, want) {
		t.Fatalf("older keys %v, %v are due", got, want)
	}
	now = now.Add(10 * 24 * time.Hour)
	b.hub.cohorts[c.id] = nil
	if err := b.hub.loadCohorts(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := olderOf(t, b, b.hub.cohorts[c.id]), []uint64{began + 1, began + 2, began + 3}; !slices.Equal(got, want) {
		t.Fatalf("older keys %v, %v are due", got, want)
	}
}

func (b *bench) turn(c *cohort) {
	b.t.Helper()
	err := b.hub.commitWithKeys(b.t.Context(), ledger.Change{}, []identity.CohortID{c.id}, func(m []fact.Member) []fact.Member { return m })
	if err != nil {
		b.t.Fatal(err)
	}
}

func olderOf(t *testing.T, b *bench, c *cohort) (epochs []uint64) {
	t.Helper()
	next, err := b.hub.turnKey(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range next.set.Value.Older {
		epochs = append(epochs, o.Epoch)
	}
	return epochs
}
