package hub

import (
	"testing"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/sync/ledger"
)

// A device that was restored from an image goes on in a new chain, above what
// it lost. That is no fault of the log's; one that begins in the middle is.
func TestVerifyKnowsARestoredDevice(t *testing.T) { // P20
	b := newBench(t)
	for _, row := range []struct {
		name   string
		chain  uint64
		faults bool
	}{{"a chain's beginning", 2, false}, {"a chain without its beginning", 3, true}} {
		members, err := b.hub.ledger.Members(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		v := newVerification(b.hub, members)
		s := statementOf(t, b, row.chain, 40)
		if row.faults {
			s.Prev[0] ^= 1
		}
		raw := signed(t, b, s)
		v.entry(ledger.Entry{Device: b.v.Device(), Chain: row.chain, Seq: 40, Raw: raw}, 0)
		if got := len(v.report.Faults) > 0; got != row.faults {
			t.Errorf("%s: %v", row.name, v.report.Faults)
		}
	}
}

func statementOf(t *testing.T, b *bench, chain, seq uint64) audit.Statement {
	t.Helper()
	entry := audit.Entry{Kind: audit.KindEnrolled, Decision: string(identity.Laptop)}
	raw, err := entry.Encode()
	if err != nil {
		t.Fatal(err)
	}
	s := seal.NewSender()
	defer s.Wipe()
	box := b.hub.area.Certificate.Value.Box
	body, err := s.BoxTo(&box, fact.EntryLabel, raw)
	if err != nil {
		t.Fatal(err)
	}
	return audit.Statement{
		Device: b.v.Device(), Chain: chain, Seq: seq, Prev: audit.ChainStart(b.v.Device(), chain),
		Hybrid: audit.Hybrid{Wall: 1}, Times: audit.Times{Wall: 1, Trusted: 1},
		Class: audit.ClassOther, HubKey: identity.KeyID(box), Body: body,
	}
}

func signed(t *testing.T, b *bench, s audit.Statement) []byte {
	t.Helper()
	item, err := audit.SignItem(s, b.v.Keys().Sign)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := item.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
