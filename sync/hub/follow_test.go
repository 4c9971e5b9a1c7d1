package hub

import (
	"context"
	"testing"

	"satchel/sync/central"
	"satchel/sync/ledger"
)

// lossy is a ledger that has lost the content of some records.
type lossy struct {
	ledger.Ledger
	lost int
}

func (l lossy) Missing(context.Context) ([]ledger.MissingRecord, error) {
	return make([]ledger.MissingRecord, l.lost), nil
}

// A record whose content is found to be lost is offered at the next look, and
// one that cannot be made good is not a reason to read everything at each.
func TestLostRecordsAreOfferedAgain(t *testing.T) { // R15
	b := newBench(t)
	whole := b.hub.ledger
	lost := 0
	for _, step := range []struct{ lost, offered int }{{0, 0}, {2, tapped}, {2, 0}, {1, 0}, {2, tapped}} {
		b.hub.ledger = lossy{whole, step.lost}
		lost = b.hub.offerLost(t.Context(), lost)
		offered := 0
		if _, err := b.hub.folder.Look(t.Context(), releaseBatch, func(docs []central.Document) error {
			offered += len(docs)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if offered != step.offered {
			t.Errorf("with %d lost, %d were offered, %d are due", step.lost, offered, step.offered)
		}
	}
}
