package conform

import (
	"bytes"
	"crypto/rand"
	"errors"
	mrand "math/rand/v2"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/sync/ledger"
)

// device writes a chain.
type device struct {
	t    testing.TB
	keys identity.DeviceKeys
	head audit.Head
}

func newDevice(t testing.TB, keys identity.DeviceKeys) *device {
	return &device{t, keys, audit.Head{Chain: 1, Hash: audit.ChainStart(keys.ID(), 1)}}
}

// enlist makes a device that the ledger knows.
func (b *bench) enlist() *device {
	b.t.Helper()
	keys, join := member()
	b.commit(ledger.Change{Members: []fact.MemberEntry{join}})
	return newDevice(b.t, keys)
}

// next writes the next item.
func (d *device) next() []byte {
	body := make([]byte, 256)
	_, _ = rand.Read(body)
	raw := d.write(audit.Statement{Seq: d.head.Seq + 1, Prev: d.head.Hash, Body: body})
	d.head.Seq, d.head.Hash = d.head.Seq+1, audit.HashItem(raw)
	return raw
}

func (d *device) write(s audit.Statement) []byte {
	s.Device, s.Chain, s.Class = d.keys.ID(), d.head.Chain, audit.ClassOther
	if s.Body == nil {
		s.Body = make([]byte, 256)
	}
	it, err := audit.SignItem(s, d.keys.Sign)
	if err != nil {
		d.t.Fatal(err)
	}
	raw, err := it.Encode()
	if err != nil {
		d.t.Fatal(err)
	}
	return raw
}

func (d *device) items(n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = d.next()
	}
	return out
}

func (b *bench) accept(items ...[]byte) ledger.Acceptance {
	b.t.Helper()
	got, err := b.Accept(b.t.Context(), items)
	must(b.t, err)
	return got
}

// receipt opens the only receipt of an acceptance as its device would.
func (b *bench) receipt(a ledger.Acceptance) audit.Receipt {
	b.t.Helper()
	if len(a.Receipts) != 1 {
		b.t.Fatalf("%d receipts, want 1", len(a.Receipts))
	}
	r, err := audit.DecodeReceipt(a.Receipts[0].Raw, b.hub)
	must(b.t, err)
	if r.UpTo != a.Receipts[0].UpTo || r.Device != a.Receipts[0].Device || r.Chain != a.Receipts[0].Chain {
		b.t.Error("the receipt is announced as another")
	}
	return r
}

// logIs checks that the log holds exactly these items, each once.
func (b *bench) logIs(want ...[]byte) {
	b.t.Helper()
	var got [][]byte
	for {
		entries, err := b.Entries(b.t.Context(), uint64(len(got)), 100)
		must(b.t, err)
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			it, err := audit.DecodeItem(e.Raw)
			must(b.t, err)
			if e.Index != uint64(len(got)) || e.Device != it.Device || e.Chain != it.Chain || e.Seq != it.Seq || e.Received == 0 {
				b.t.Errorf("entry %d is announced as another", e.Index)
			}
			got = append(got, e.Raw)
		}
	}
	if len(got) != len(want) {
		b.t.Fatalf("%d entries in the log, want %d", len(got), len(want))
	}
	for i := range want {
		if !bytes.Equal(got[i], want[i]) {
			b.t.Errorf("entry %d is another item", i)
		}
	}
}

func testAccept(t *testing.T, b *bench) {
	ctx := t.Context()
	dev := b.enlist()
	if _, ok, err := b.Receipt(ctx, dev.keys.ID()); ok || err != nil {
		t.Errorf("a receipt for nothing: %v, %v", ok, err)
	}
	first := dev.items(5)
	got := b.accept(first...)
	r := b.receipt(got)
	if got.Entered != 5 || len(got.Refused) != 0 || r.UpTo != 5 || r.Head != dev.head.Hash || r.LogSize != 5 || r.Incarnation != 1 {
		t.Errorf("%+v, receipt %+v", got, r.ReceiptBody)
	}
	second := dev.items(2)
	got = b.accept(append(first[3:5:5], second...)...)
	if got.Entered != 2 || got.Known != 2 {
		t.Errorf("%+v: want two new and two known", got)
	}
	next := b.receipt(got)
	must(t, next.Follows(&r))
	point, err := b.Checkpoint(ctx)
	must(t, err)
	if point.Size != 7 || point.Root != next.Root {
		t.Error("receipt and checkpoint name different logs")
	}
	all := append(first, second...)
	b.logIs(all...)
	b.reopen()
	b.logIs(all...)
	again, ok, err := b.Receipt(ctx, dev.keys.ID())
	must(t, err)
	if !ok || again.UpTo != 7 {
		t.Errorf("after reopening the receipt is for %d, %v", again.UpTo, ok)
	}
	if got := b.accept(all...); got.Known != 7 || got.Entered != 0 {
		t.Errorf("%+v: everything was known", got)
	}
	b.logIs(all...)

	// A revoked device may still push (protocol, section 4).
	b.commit(ledger.Change{Members: []fact.MemberEntry{{Kind: fact.Revoke, Member: fact.Member{Device: dev.keys.ID()}}}})
	last := dev.next()
	if got := b.accept(last); got.Entered != 1 {
		t.Errorf("a revoked device's outbox: %+v", got)
	}
	// A device restored from an image begins a new chain above the old one.
	dev.head = audit.Head{Chain: 2, Seq: 20, Hash: audit.ChainStart(dev.keys.ID(), 2)}
	fresh := dev.items(3)
	if got := b.accept(fresh[1], fresh[0]); got.Entered != 2 || b.receipt(got).UpTo != 22 || b.receipt(got).Chain != 2 {
		t.Errorf("a second chain: %+v", got)
	}
	b.reopen()
	if got := b.accept(fresh[2], last); got.Entered != 1 || got.Known != 1 || len(got.Receipts) != 2 {
		t.Errorf("both chains: %+v", got)
	}
	newest, ok, err := b.Receipt(ctx, dev.keys.ID())
	must(t, err)
	if !ok || newest.Chain != 2 || newest.UpTo != 23 {
		t.Errorf("the newest chain's receipt is %+v", newest)
	}
	have, err := b.Have(ctx)
	must(t, err)
	if len(have) != 2 || have[0].UpTo != 8 || have[1].UpTo != 23 || have[1].Waiting != 0 {
		t.Errorf("held: %+v", have)
	}
}

// I7: in any order, any number of times.
func testAcceptAnyOrder(t *testing.T, b *bench) {
	dev := b.enlist()
	all := dev.items(200)
	order := mrand.New(mrand.NewPCG(1, 2))
	left := append(append([][]byte(nil), all...), all[50:150]...)
	order.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
	entered := 0
	for len(left) > 0 {
		n := min(len(left), 1+order.IntN(20))
		got := b.accept(left[:n]...)
		if len(got.Refused) != 0 {
			t.Fatalf("refused: %v", got.Refused[0].Err)
		}
		entered += got.Entered
		for _, r := range got.Receipts {
			if r.UpTo != uint64(entered) {
				t.Fatalf("a receipt for %d with %d entered", r.UpTo, entered)
			}
		}
		left = left[n:]
	}
	b.logIs(all...)
	b.reopen()
	b.logIs(all...)
}

func testAcceptBounds(t *testing.T, b *bench) {
	dev := b.enlist()
	all := dev.items(ledger.MaxPending + 10)
	got := b.accept(all[1:]...)
	full := 0
	for _, r := range got.Refused {
		if errors.Is(r.Err, ledger.ErrFull) {
			full++
		}
	}
	if got.Waiting != ledger.MaxPending || full != 9 || len(got.Receipts) != 0 {
		t.Errorf("%d wait, %d find it full, %d receipts", got.Waiting, full, len(got.Receipts))
	}
	have, err := b.Have(t.Context())
	must(t, err)
	if len(have) != 1 || have[0].Waiting != ledger.MaxPending || have[0].UpTo != 0 {
		t.Errorf("held: %+v", have)
	}
	got = b.accept(all[0])
	if got.Entered != ledger.MaxPending+1 || b.receipt(got).UpTo != ledger.MaxPending+1 {
		t.Errorf("the first one brings %d with it", got.Entered)
	}
	b.accept(all...)
	b.logIs(all...)
}

// Many carriers bring the same items at once.
func testAcceptRace(t *testing.T, b *bench) {
	const devices, items = 6, 60
	var chains [][][]byte
	for range devices {
		chains = append(chains, b.enlist().items(items))
	}
	var wg sync.WaitGroup
	for carrier := range uint64(4) {
		wg.Go(func() {
			order := mrand.New(mrand.NewPCG(carrier, 1))
			for _, from := range order.Perm(items) {
				var carried [][]byte
				for _, c := range chains {
					carried = append(carried, c[from:min(from+5, items)]...)
				}
				got, err := b.Accept(background(), carried)
				if err != nil || len(got.Refused) != 0 {
					t.Errorf("%v, %+v", err, got.Refused)
					return
				}
				for _, r := range got.Receipts {
					if _, err := audit.DecodeReceipt(r.Raw, b.hub); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	entries, err := b.Entries(t.Context(), 0, ledger.MaxEntries)
	must(t, err)
	seen := map[string]bool{}
	for _, e := range entries {
		if seen[string(e.Raw)] {
			t.Error("an item is in the log twice")
		}
		seen[string(e.Raw)] = true
	}
	have, err := b.Have(t.Context())
	must(t, err)
	for _, h := range have {
		if h.UpTo != items || h.Waiting != 0 {
			t.Errorf("a chain is held to %d of %d", h.UpTo, items)
		}
	}
	if len(entries) != devices*items {
		t.Errorf("%d entries, want %d", len(entries), devices*items)
	}
}

// The log against a model: a map from number to bytes for each device.
func testLogModel(t *testing.T, b *bench) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 3).Draw(rt, "devices")
		var devices []*modelled
		for range n {
			d := b.enlist()
			devices = append(devices, &modelled{device: d, honest: d.items(rapid.IntRange(1, 12).Draw(rt, "items")), sent: map[int]bool{}})
		}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			var call [][]byte
			forks := 0
			for range rapid.IntRange(1, 8).Draw(rt, "size") {
				d := rapid.SampledFrom(devices).Draw(rt, "device")
				i := rapid.IntRange(0, len(d.honest)-1).Draw(rt, "item")
				if rapid.IntRange(0, 9).Draw(rt, "forge") == 0 && d.contiguous() > i {
					it, err := audit.DecodeItem(d.honest[i])
					if err != nil {
						rt.Fatal(err)
					}
					call = append(call, d.write(audit.Statement{Seq: it.Seq, Prev: it.Prev, Body: bytes.Repeat([]byte{byte(len(d.forged) + 1)}, 512)}))
					d.forged = append(d.forged, call[len(call)-1])
					forks++
					continue
				}
				d.sent[i] = true
				call = append(call, d.honest[i])
			}
			got, err := b.Accept(background(), call)
			if err != nil {
				rt.Fatal(err)
			}
			if len(got.Refused) != forks {
				rt.Fatalf("%d refused, %d were forged", len(got.Refused), forks)
			}
		}
		if rapid.IntRange(0, 9).Draw(rt, "reopen") == 0 {
			b.reopen()
			for _, d := range devices { // what had waited is sent again
				var again [][]byte
				for i := range d.honest {
					if d.sent[i] {
						again = append(again, d.honest[i])
					}
				}
				if _, err := b.Accept(background(), again); err != nil {
					rt.Fatal(err)
				}
			}
		}
		for _, d := range devices {
			r, ok, err := b.Receipt(background(), d.keys.ID())
			if err != nil {
				rt.Fatal(err)
			}
			if want := uint64(d.contiguous()); ok != (want > 0) || r.UpTo != want {
				rt.Fatalf("held to %d, want %d", r.UpTo, want)
			}
		}
	})
}

// contiguous is how far the items sent reach without a gap.
func (m *modelled) contiguous() int {
	n := 0
	for m.sent[n] {
		n++
	}
	return n
}

type modelled struct {
	*device
	honest [][]byte
	sent   map[int]bool
	forged [][]byte
}
