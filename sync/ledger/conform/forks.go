package conform

import (
	"bytes"
	"errors"
	"testing"

	"satchel/store/audit"
	"satchel/store/identity"
	"satchel/sync/ledger"
)

func testAcceptForks(t *testing.T, b *bench) {
	dev := b.enlist()
	honest := dev.items(4)
	b.accept(honest...)
	at := func(seq uint64, prev [32]byte, mark byte) []byte {
		return dev.write(audit.Statement{Seq: seq, Prev: prev, Body: bytes.Repeat([]byte{mark}, 256)})
	}
	forks := map[string][]byte{
		"other bytes for an old number":     at(2, audit.HashItem(honest[0]), 1),
		"other bytes for the head":          at(4, audit.HashItem(honest[2]), 2),
		"a successor of another head":       at(5, [32]byte{9}, 3),
		"another beginning":                 at(1, audit.ChainStart(dev.keys.ID(), 1), 4),
		"an old number, from the same prev": at(3, audit.HashItem(honest[1]), 5),
	}
	for name, raw := range forks {
		got := b.accept(raw)
		if len(got.Refused) != 1 || got.Entered+got.Known+got.Waiting != 0 {
			t.Errorf("%s: %+v", name, got)
			continue
		}
		fork, ok := errors.AsType[*audit.ForkError](got.Refused[0].Err)
		if !ok {
			t.Errorf("%s: %v", name, got.Refused[0].Err)
			continue
		}
		if err := fork.VerifyFork(dev.keys.Public()); err != nil {
			t.Errorf("%s: the evidence proves nothing: %v", name, err)
		}
		b.accept(raw) // again: one piece of evidence is enough
	}
	b.logIs(honest...)
	// Two items that both wait, for one number.
	early := dev.items(3)[2]
	other := at(7, [32]byte{7}, 6)
	if got := b.accept(early, other); got.Waiting != 1 || len(got.Refused) != 1 {
		t.Errorf("two waiting for one number: %+v", got)
	}
	check := func() {
		t.Helper()
		evidence, err := b.Evidence(t.Context())
		must(t, err)
		if len(evidence) != len(forks)+1 {
			t.Errorf("%d pieces of evidence, want %d", len(evidence), len(forks)+1)
		}
		for _, e := range evidence {
			if err := e.VerifyFork(dev.keys.Public()); err != nil || e.Found == 0 {
				t.Errorf("the evidence for item %d proves nothing: %v", e.Seq, err)
			}
		}
	}
	check()
	b.reopen()
	check()
	b.logIs(honest...)
	// A flood is not kept for ever.
	for i := range 3 * ledger.MaxEvidence {
		b.accept(at(2, audit.HashItem(honest[0]), byte(100+i)))
	}
	evidence, err := b.Evidence(t.Context())
	must(t, err)
	if len(evidence) > ledger.MaxEvidence {
		t.Errorf("%d pieces of evidence, at most %d", len(evidence), ledger.MaxEvidence)
	}
}

func testAcceptRefusals(t *testing.T, b *bench) {
	dev, mallory := b.enlist(), b.enlist()
	stranger := newDevice(t, identity.NewDeviceKeys())
	good := dev.next()
	flipped := bytes.Clone(good)
	flipped[len(flipped)-1] ^= 1
	inside := bytes.Clone(good)
	inside[len(inside)/2] ^= 1
	forged := dev.head // mallory writes in dev's name
	mallory.head = audit.Head{Chain: 1, Seq: forged.Seq, Hash: forged.Hash}
	other, err := audit.DecodeItem(mallory.next())
	must(t, err)
	other.Device = dev.keys.ID()
	name, err := other.Encode()
	must(t, err)
	got := b.accept(flipped, []byte("nonsense"), nil, stranger.next(), inside, name, good, good[:100])
	want := []error{ledger.ErrItem, ledger.ErrItem, ledger.ErrItem, ledger.ErrStranger, ledger.ErrItem, ledger.ErrItem, nil, ledger.ErrItem}
	refused := map[int]error{}
	for _, r := range got.Refused {
		refused[r.Item] = r.Err
	}
	for i, w := range want {
		if !errors.Is(refused[i], w) {
			t.Errorf("item %d: %v, want %v", i, refused[i], w)
		}
	}
	if got.Entered != 1 {
		t.Errorf("the good one among them: %+v", got)
	}
	b.logIs(good)
	evidence, err := b.Evidence(t.Context())
	must(t, err)
	if len(evidence) != 0 {
		t.Error("what nobody signed is kept as evidence against a device")
	}
	// After the item is held, a changed copy is no fork either.
	got = b.accept(flipped)
	if len(got.Refused) != 1 || !errors.Is(got.Refused[0].Err, ledger.ErrItem) {
		t.Errorf("a changed copy of a known item: %+v", got)
	}
	if _, err := b.Accept(t.Context(), make([][]byte, ledger.MaxAccept+1)); !errors.Is(err, ledger.ErrTooLarge) {
		t.Errorf("too many items: %v", err)
	}
}
