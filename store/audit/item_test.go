package audit

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"satchel/store/canon"
	"satchel/store/identity"
)

func testKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func statement(key ed25519.PrivateKey, seq uint64, prev [32]byte) Statement {
	s := Statement{
		Device: identity.DeviceIDOf(public(key)), Chain: 1, Seq: seq, Prev: prev,
		Hybrid: Hybrid{Wall: 1_800_000_000_000 + int64(seq)}, Times: Times{Wall: 1_800_000_000_000, Boot: 5, Trusted: 4},
		Seen: Seen{Size: 9, Root: [32]byte{7}}, Class: ClassOther, HubKey: [8]byte{1}, Body: bytes.Repeat([]byte{byte(seq)}, 256),
	}
	if seq%3 == 0 {
		s.Class = ClassRestrict
		s.Restrict = &Restrict{Cohort: identity.CohortID{1}, PID: identity.PID{2}, Epoch: 3}
	}
	return s
}

func encode(t testing.TB, it Item) []byte {
	t.Helper()
	b, err := it.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// items makes a chain of n encoded items.
func items(t testing.TB, key ed25519.PrivateKey, n int) [][]byte {
	t.Helper()
	prev := ChainStart(identity.DeviceIDOf(public(key)), 1)
	var out [][]byte
	for i := 1; i <= n; i++ {
		it, err := SignItem(statement(key, uint64(i), prev), key)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, encode(t, it))
		prev = HashItem(out[len(out)-1])
	}
	return out
}

func TestItemRoundTrip(t *testing.T) {
	key := testKey(1)
	for _, b := range items(t, key, 4) {
		it, err := DecodeItem(b)
		if err != nil {
			t.Fatal(err)
		}
		if err := it.Verify(public(key)); err != nil {
			t.Error(err)
		}
		if !bytes.Equal(encode(t, it), b) {
			t.Error("encodes differently")
		}
		if err := it.Verify(public(testKey(2))); !errors.Is(err, ErrSignature) {
			t.Errorf("another device's key: %v", err)
		}
	}
}

func TestItemRefusesWhatIsNotOne(t *testing.T) {
	key := testKey(1)
	for name, change := range map[string]func(s *Statement){
		"chain 0":             func(s *Statement) { s.Chain = 0 },
		"number 0":            func(s *Statement) { s.Seq = 0 },
		"class 0":             func(s *Statement) { s.Class = 0 },
		"class 9":             func(s *Statement) { s.Class = 9 },
		"restrict, no one":    func(s *Statement) { s.Class = ClassRestrict },
		"other, but restrict": func(s *Statement) { s.Restrict = &Restrict{} },
		"no body":             func(s *Statement) { s.Body = nil },
		"body not padded":     func(s *Statement) { s.Body = make([]byte, 255) },
		"body too large":      func(s *Statement) { s.Body = make([]byte, MaxBody+256) },
		"negative time":       func(s *Statement) { s.Times.Boot = -1 },
	} {
		s := statement(key, 1, [32]byte{})
		change(&s)
		if _, err := SignItem(s, key); !errors.Is(err, ErrItem) {
			t.Errorf("%s, signed: %v", name, err)
		}
		b, err := canon.Marshal(&Item{Statement: s}, canon.Limits{Bytes: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := DecodeItem(b); !errors.Is(err, ErrItem) {
			t.Errorf("%s, decoded: %v", name, err)
		}
	}
}

// I9: any flipped bit of an item is refused.
func TestItemEveryFlippedBit(t *testing.T) {
	key := testKey(1)
	all := items(t, key, 3)
	before := Head{Chain: 1, Seq: 2, Hash: HashItem(all[1])}
	for i := range all[2] {
		c := bytes.Clone(all[2])
		c[i] ^= 1 << (i % 8)
		if _, err := ResumeChain(public(key), before).Add(c); err == nil {
			t.Fatalf("byte %d changed and still accepted", i)
		}
	}
}

func TestChain(t *testing.T) {
	key := testKey(1)
	all := items(t, key, 6)
	fork := func() []byte {
		s := statement(key, 3, HashItem(all[1]))
		s.Body = bytes.Repeat([]byte{0xEE}, 512)
		it, err := SignItem(s, key)
		if err != nil {
			t.Fatal(err)
		}
		return encode(t, it)
	}()
	unlinked := func() []byte {
		it, err := SignItem(statement(key, 4, [32]byte{9}), key)
		if err != nil {
			t.Fatal(err)
		}
		return encode(t, it)
	}()
	otherChain := func() []byte {
		s := statement(key, 4, HashItem(all[2]))
		s.Chain = 2
		it, err := SignItem(s, key)
		if err != nil {
			t.Fatal(err)
		}
		return encode(t, it)
	}()
	at3 := func() *Chain {
		c := NewChain(public(key), 1, 1)
		for _, b := range all[:3] {
			if _, err := c.Add(b); err != nil {
				t.Fatal(err)
			}
		}
		return c
	}
	for name, c := range map[string]struct {
		item  []byte
		check func(error) bool
	}{
		"next":           {all[3], func(err error) bool { return err == nil }},
		"again":          {all[2], func(err error) bool { return errors.Is(err, ErrKnown) }},
		"old":            {all[0], func(err error) bool { return errors.Is(err, ErrOld) }},
		"another chain":  {otherChain, func(err error) bool { return errors.Is(err, ErrOtherChain) }},
		"another device": {items(t, testKey(2), 4)[3], func(err error) bool { return errors.Is(err, ErrOtherChain) }},
		"gap": {all[5], func(err error) bool {
			g, ok := errors.AsType[*GapError](err)
			return ok && g.Want == 4 && g.Got == 6
		}},
		"fork": {fork, func(err error) bool {
			f, ok := errors.AsType[*ForkError](err)
			return ok && f.Seq == 3 && f.VerifyFork(public(key)) == nil
		}},
		"does not follow": {unlinked, func(err error) bool {
			f, ok := errors.AsType[*ForkError](err)
			return ok && f.Seq == 4 && f.VerifyFork(public(key)) == nil
		}},
	} {
		chain := at3()
		before := chain.Head()
		_, err := chain.Add(c.item)
		if !c.check(err) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && chain.Head() != before {
			t.Errorf("%s: a refused item moved the head", name)
		}
	}
	if err := CompareItems(all[2], all[2]); !errors.Is(err, ErrKnown) {
		t.Errorf("the same: %v", err)
	}
	if _, ok := errors.AsType[*ForkError](CompareItems(all[2], fork)); !ok {
		t.Error("other bytes for one number are no fork")
	}
	honest := &ForkError{First: all[1], Second: all[2]}
	if err := honest.VerifyFork(public(key)); err == nil {
		t.Error("two honest items pass as evidence")
	}
}

func TestHybridNeverGoesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h Hybrid
		for _, wall := range rapid.SliceOf(rapid.Int64Range(0, 50)).Draw(t, "clock") {
			next := h.after(wall)
			if next.Compare(h) <= 0 || next.Wall < wall {
				t.Fatalf("%v after %v with the clock at %d", next, h, wall)
			}
			h = next
		}
	})
}

func receiptFor(t testing.TB, hub ed25519.PrivateKey, head Head, device identity.DeviceID, size uint64) Receipt {
	t.Helper()
	r, err := SignReceipt(ReceiptBody{
		Device: device, Chain: head.Chain, UpTo: head.Seq, Head: head.Hash, Incarnation: 1, LogSize: size, Root: [32]byte{byte(size)}, Time: 5,
	}, hub)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReceipt(t *testing.T) {
	hub := testKey(9)
	r := receiptFor(t, hub, Head{Chain: 1, Seq: 5, Hash: [32]byte{5}}, identity.DeviceID{1}, 100)
	raw, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeReceipt(raw, public(hub))
	if err != nil || got != r {
		t.Fatalf("round trip: %v", err)
	}
	if _, err := DecodeReceipt(raw, public(testKey(8))); !errors.Is(err, ErrReceipt) {
		t.Errorf("another hub: %v", err)
	}
	for i := range raw {
		b := bytes.Clone(raw)
		b[i] ^= 2
		if _, err := DecodeReceipt(b, public(hub)); !errors.Is(err, ErrReceipt) {
			t.Fatalf("byte %d: %v", i, err)
		}
	}
	for name, c := range map[string]struct {
		change func(b *ReceiptBody)
		want   error
	}{
		"the same":                   {func(b *ReceiptBody) {}, nil},
		"later":                      {func(b *ReceiptBody) { b.UpTo, b.LogSize, b.Head = 9, 200, [32]byte{9} }, nil},
		"shorter log":                {func(b *ReceiptBody) { b.UpTo, b.LogSize = 9, 99 }, ErrShorterLog},
		"another root, same size":    {func(b *ReceiptBody) { b.UpTo, b.Root = 9, [32]byte{8} }, ErrShorterLog},
		"earlier":                    {func(b *ReceiptBody) { b.UpTo, b.LogSize = 4, 90 }, ErrStale},
		"another head":               {func(b *ReceiptBody) { b.Head, b.LogSize = [32]byte{6}, 200 }, ErrOtherHead},
		"another device":             {func(b *ReceiptBody) { b.Device = identity.DeviceID{2} }, ErrReceipt},
		"another chain":              {func(b *ReceiptBody) { b.Chain = 2 }, ErrReceipt},
		"earlier hub":                {func(b *ReceiptBody) { b.Incarnation = 0 }, ErrStale},
		"restored hub, shorter log":  {func(b *ReceiptBody) { b.Incarnation, b.LogSize, b.UpTo = 2, 50, 3 }, nil},
		"restored hub, another head": {func(b *ReceiptBody) { b.Incarnation, b.Head = 2, [32]byte{6} }, ErrOtherHead},
	} {
		b := r.ReceiptBody
		c.change(&b)
		next, err := SignReceipt(b, hub)
		if err != nil {
			t.Fatal(err)
		}
		if err := next.Follows(&r); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzDecodeItem(f *testing.F) {
	for _, b := range items(f, testKey(1), 3) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		it, err := DecodeItem(b)
		if err != nil {
			return
		}
		if again, err := it.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("accepted %x, encodes as %x (%v)", b, again, err)
		}
	})
}

func FuzzDecodeReceipt(f *testing.F) {
	hub := testKey(9)
	r := receiptFor(f, hub, Head{Chain: 1, Seq: 5}, identity.DeviceID{1}, 100)
	raw, err := r.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := DecodeReceipt(b, public(hub)); err == nil && !bytes.Equal(b, raw) {
			t.Fatal("a receipt that the hub did not sign")
		}
	})
}

func TestClassNames(t *testing.T) {
	if got := fmt.Sprint(ClassOther, ClassAlert, ClassRestrict, Class(7)); got != "other alert restrict class 7" {
		t.Error(got)
	}
}
