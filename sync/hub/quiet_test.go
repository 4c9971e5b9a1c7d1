package hub

import (
	"testing"

	"satchel/sync/wire"
)

// A device that stands at the end of its chains is sent no run of them, and the
// barrier still names where both stand.
func TestAQuietRoundSendsNoChain(t *testing.T) { // P9
	b := newBench(t)
	isRun := func(f frame) bool { _, ok := f.msg.(*wire.ChainRun); return ok }
	first, err := b.session(nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(places(first, isRun)) == 0 {
		t.Fatal("a new device was sent no chain")
	}
	second, err := b.session(nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(places(second, isRun)); n != 0 {
		t.Errorf("%d runs were sent to a device that has them all", n)
	}
	acks := places(second, isAck)
	if len(acks) != 2 {
		t.Fatalf("%d acknowledgements", len(acks))
	}
	theirs, ours := second[acks[0]].msg.(*wire.BarrierAck), second[acks[1]].msg.(*wire.BarrierAck)
	if theirs.Membership != ours.Membership || len(ours.Governance) != 1 || theirs.Governance[0] != ours.Governance[0] {
		t.Error("the two sides do not stand at the same points")
	}
}
