package store

import (
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"satchel/store/audit"
	"satchel/store/identity"
)

// receipt is the hub's word for the device's chain up to an item.
func (w *world) receipt(v *Vault, chain, upTo uint64, head [32]byte) []byte {
	w.t.Helper()
	r, err := audit.SignReceipt(audit.ReceiptBody{
		Device: v.Device(), Chain: chain, UpTo: upTo, Head: head, Incarnation: 1, LogSize: upTo,
		Root: sha256.Sum256([]byte{byte(upTo)}), Time: w.wall.UnixMilli(),
	}, w.key)
	w.must(err)
	raw, err := r.Encode()
	w.must(err)
	return raw
}

func TestWaitingUntilReceipted(t *testing.T) { // P7, I8
	w := newWorld(t)
	dir := t.TempDir()
	v := w.laptop(w.config(dir, nil), w.newCohort())
	w.unlock(v).Lock()
	head := v.ItemHead()
	before := v.Waiting()
	if before.Unsent != int(head.Seq) || before.Received != 0 || before.Total != head.Seq || before.Oldest.IsZero() || !before.LastReceiptAt.IsZero() {
		t.Fatalf("%+v at head %d", before, head.Seq)
	}
	items, err := v.Items(2, 2)
	w.must(err)
	if len(items) != 2 || items[0].Seq != 3 {
		t.Fatalf("%d items, the first is %d", len(items), items[0].Seq)
	}
	var told int
	defer v.Events(func(e Event) {
		if _, ok := e.(WaitingChanged); ok {
			told++
		}
	})()
	forged := w.receipt(v, 1, head.Seq, [32]byte{1})
	if err := v.TakeReceipt(forged); !errors.Is(err, audit.ErrOtherHead) {
		t.Fatalf("a receipt for another head: %v", err)
	}
	good := w.receipt(v, 1, head.Seq, head.Hash)
	w.must(v.TakeReceipt(good))
	w.must(v.TakeReceipt(good))
	w.must(v.TakeReceipt(w.receipt(v, 1, items[0].Seq, items[1].Prev))) // late, and older
	after := v.Waiting()
	if after.Unsent != 0 || after.Received != head.Seq || !after.LastReceiptAt.Equal(w.wall) || told != 1 {
		t.Fatalf("%+v, told %d times", after, told)
	}
	w.must(v.Close())
	v, err = Open(t.Context(), w.config(dir, nil))
	w.must(err)
	defer v.Close()
	if r, ok := v.LastReceipt(); !ok || r.UpTo != head.Seq || v.Waiting().Unsent != 1 { // "started"
		t.Fatalf("after reopening: %+v", v.Waiting())
	}
}

// A device restored from an image is told by a receipt above its head, and
// begins a new chain above it.
func TestRestoredDeviceBeginsANewChain(t *testing.T) { // protocol, rule 12
	w := newWorld(t)
	dir := t.TempDir()
	v := w.laptop(w.config(dir, nil), w.newCohort())
	w.must(v.TakeReceipt(w.receipt(v, 1, 500, [32]byte{9})))
	if head := v.ItemHead(); head.Chain != 2 || head.Seq <= 500 {
		t.Fatalf("at %d of chain %d", head.Seq, head.Chain)
	}
	w.unlock(v).Lock()
	head := v.ItemHead()
	w.must(v.Close())
	v, err := Open(t.Context(), w.config(dir, nil))
	w.must(err)
	defer v.Close()
	if v.ItemHead().Chain != 2 || v.ItemHead().Seq != head.Seq+1 {
		t.Fatalf("after reopening at %d of chain %d", v.ItemHead().Seq, v.ItemHead().Chain)
	}
	w.entries(v)
}

// hubLog is the hub's log, as far as checkpoints need it.
type hubLog struct {
	hashes []tlog.Hash
	size   int64
}

func (l *hubLog) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, n := range at {
		out[i] = l.hashes[n]
	}
	return out, nil
}

func (l *hubLog) add(t *testing.T, data string) {
	t.Helper()
	h, err := tlog.StoredHashes(l.size, []byte(data), l)
	check(t, err)
	l.hashes = append(l.hashes, h...)
	l.size++
}

func (l *hubLog) checkpoint(w *world) (audit.Checkpoint, []byte) {
	w.t.Helper()
	root, err := tlog.TreeHash(l.size, l)
	w.must(err)
	c := audit.Checkpoint{Origin: "satchel/" + w.cert.Value.Area.String(), Size: uint64(l.size), Root: root}
	note, err := audit.SignCheckpoint(c, w.key)
	w.must(err)
	return c, note
}

func TestCheckpointsMustExtend(t *testing.T) { // I13
	w := newWorld(t)
	dir := t.TempDir()
	v := w.create(w.config(dir, nil))
	log, fork := &hubLog{}, &hubLog{}
	for _, s := range []string{"a", "b", "c"} {
		log.add(t, s)
		fork.add(t, s+"'")
	}
	first, note := log.checkpoint(w)
	w.must(v.TakeCheckpoint(note, nil))
	log.add(t, "d")
	fork.add(t, "d")
	_, forged := fork.checkpoint(w)
	if err := v.TakeCheckpoint(forged, nil); !errors.Is(err, ErrForkedLog) {
		t.Fatalf("another history: %v", err)
	}
	second, note := log.checkpoint(w)
	proof, err := tlog.ProveTree(int64(second.Size), int64(first.Size), log)
	w.must(err)
	hashes := make([][32]byte, len(proof))
	for i, h := range proof {
		hashes[i] = h
	}
	w.must(v.TakeCheckpoint(note, hashes))
	w.must(v.TakeCheckpoint(note, nil))
	w.must(v.Close())
	v, err = Open(t.Context(), w.config(dir, nil))
	w.must(err)
	defer v.Close()
	if v.LastCheckpoint() != second {
		t.Fatalf("after reopening: %+v", v.LastCheckpoint())
	}
	if count(w.entries(v), audit.KindEvidence) != 1 {
		t.Fatal("the other history was not entered")
	}
}

// Receipted items stay for 30 days, and then go; unreceipted ones never.
func TestReceiptedItemsAreFreedLater(t *testing.T) {
	w := newWorld(t)
	v := w.laptop(w.config(t.TempDir(), nil), w.newCohort())
	defer v.Close()
	fill := func() {
		for range 120 { // more than a segment of this test's
			w.unlock(v).Lock()
		}
	}
	fill()
	head := v.ItemHead()
	w.must(v.TakeReceipt(w.receipt(v, 1, head.Seq, head.Hash)))
	w.pass(29 * 24 * time.Hour)
	w.must(v.Tick(t.Context()))
	if v.items.First() != 1 {
		t.Fatal("freed within 30 days")
	}
	fill()
	w.pass(2 * 24 * time.Hour)
	w.must(v.Tick(t.Context()))
	first := v.items.First()
	if first == 1 || first > head.Seq {
		t.Fatalf("the first item is %d, the receipt names %d", first, head.Seq)
	}
	w.pass(40 * 24 * time.Hour)
	w.must(v.Tick(t.Context()))
	if first = v.items.First(); first > head.Seq+1 {
		t.Fatalf("an item without a receipt was freed: the first is %d", first)
	}
}

func TestCertificateOfTheNextIncarnation(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	c := w.newCohort()
	v := w.laptop(w.config(dir, nil), c)
	old := w.fresh(c)
	other := newWorld(t)
	if err := v.TakeCertificate(other.cert); err == nil {
		t.Fatal("another area's certificate was taken")
	}
	w.key = other.key
	w.must(v.TakeCertificate(w.certificate(2)))
	w.pass(time.Hour)
	if err := v.TakeFreshness(old); err == nil {
		t.Fatal("the former key still signs")
	}
	w.must(v.TakeFreshness(w.fresh(c)))
	w.must(v.Close())
	v, err := Open(t.Context(), w.config(dir, nil))
	w.must(err)
	defer v.Close()
	if v.Certificate().Value.Incarnation != 2 || v.GovernancePoint(c.id) != c.chain.end() {
		t.Fatal("what was held under the former key is gone")
	}
}

// A box has no person, carries what it may hold, and opens nothing.
func TestBox(t *testing.T) { // P16
	w := newWorld(t)
	c := w.newCohort()
	f := w.founding()
	if _, err := Create(t.Context(), w.config(t.TempDir(), nil), Founding{Certificate: w.cert, DeviceName: "x", Kind: identity.Laptop}); !errors.Is(err, ErrFounding) {
		t.Fatalf("a laptop without a person: %v", err)
	}
	f.Kind, f.First = identity.Box, nil
	v, err := Create(t.Context(), w.config(t.TempDir(), nil), f)
	w.must(err)
	defer v.Close()
	w.enrol(v, c)
	if w.put(v, c, w.release(c, identity.Random[identity.PID](), document("Zebedee", number(2)))) != 1 || v.KeysPublic() != [32]byte{} {
		t.Fatal("a box holds sealed records, and has no key for cohort keys")
	}
	if _, err := v.Unlock(t.Context(), identity.SlotID{}, nil); !errors.Is(err, ErrNoPerson) {
		t.Fatalf("unlocking a box: %v", err)
	}
}
