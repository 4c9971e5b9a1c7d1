package device

import (
	"context"
	"crypto/ed25519"
	"errors"
	"net"
	"testing"
	"time"

	"satchel/store"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/sync/link"
	"satchel/sync/wire"
)

// office is a hub's keys without a hub: the tests say what it says.
type office struct {
	t    *testing.T
	cert fact.Signed[fact.HubCertificate]
	sign ed25519.PrivateKey
}

func newOffice(t *testing.T) *office {
	t.Helper()
	root, rootKey, err := ed25519.GenerateKey(nil)
	must(t, err)
	pub, sign, err := ed25519.GenerateKey(nil)
	must(t, err)
	cert, err := fact.Sign(rootKey, fact.HubCertificate{
		Area: identity.AreaIDOf(root), Incarnation: 1, Name: "An office", Root: root, Sign: pub,
		Box: identity.NewX25519().Public, Recovery: identity.NewX25519().Public,
		NotAfter: time.Now().Add(time.Hour).UnixMilli(), Demo: true,
	})
	must(t, err)
	return &office{t, cert, sign}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (o *office) laptop() *store.Vault {
	o.t.Helper()
	v, err := store.Create(o.t.Context(), store.Config{
		Dir: o.t.TempDir(), Demo: true, Argon2: seal.Params{MemoryKiB: 64, Time: 1, Threads: 1},
	}, store.Founding{
		Certificate: o.cert, DeviceName: "laptop", Kind: identity.Laptop,
		First: &store.FirstPerson{Name: "First", Role: identity.DistrictNurse, Passphrase: []byte("a lantern by the gate")},
	})
	must(o.t, err)
	o.t.Cleanup(func() { must(o.t, v.Close()) })
	return v
}

// answer is what a hub would say to the laptop's request, but for the slot.
func (o *office) answer(v *store.Vault, slot identity.SlotID) *wire.EnrolAnswer {
	o.t.Helper()
	chain, now := fact.Chain{Area: o.cert.Value.Area}, time.Now().UnixMilli()
	entry, err := fact.EncodeEntry(fact.MemberEntry{N: 1, Kind: fact.Join, Time: now, Reason: "enrolled", Member: fact.Member{
		Device: v.Device(), Sign: v.Keys().Public(), Gossip: v.Keys().Gossip.Public, Keys: v.KeysPublic(),
		Kind: identity.Laptop, Category: identity.Trust, Name: "laptop",
	}})
	must(o.t, err)
	head, err := fact.Sign(o.sign, fact.Head{Chain: chain, Incarnation: 1, Point: chain.Start().Next(entry), Time: now})
	must(o.t, err)
	run, err := fact.Run{From: chain.Start(), Entries: [][]byte{entry}, Head: head}.Raw()
	must(o.t, err)
	cred, err := fact.Sign(o.sign, fact.Credential{
		Slot: slot, Device: v.Device(), Name: "First", Role: identity.DistrictNurse, Category: identity.Trust,
		Trained: now + 1e9, Ends: now + 1e9,
	})
	must(o.t, err)
	return &wire.EnrolAnswer{State: wire.Approved, Membership: run, Credential: cred.Raw()}
}

// An enrolment that stops before the first person's credential is kept can be
// asked again: the laptop is no member whom nobody could ever unlock.
func TestAnEnrolmentThatStopsCanBeRepeated(t *testing.T) { // P12
	o := newOffice(t)
	v := o.laptop()
	if err := settle(v, o.cert.Value, o.answer(v, identity.SlotID{1})); !errors.Is(err, store.ErrNoPerson) {
		t.Fatalf("a credential for nobody here: %v", err)
	}
	if _, member := v.Member(); member {
		t.Fatal("the laptop is a member without a credential")
	}
	must(t, settle(v, o.cert.Value, o.answer(v, v.People()[0].Slot)))
	if _, member := v.Member(); !member {
		t.Fatal("the laptop is not a member")
	}
}

// serves answers every session with converse, until the test ends.
func (o *office) serves(converse func(context.Context, *link.Conn)) (address string) {
	o.t.Helper()
	l, err := new(net.ListenConfig).Listen(o.t.Context(), "tcp", "127.0.0.1:0")
	must(o.t, err)
	ctx, end := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- link.Serve(ctx, l, link.ServerConfig{Key: o.sign, Member: link.AnyKey}, converse) }()
	o.t.Cleanup(func() {
		end()
		must(o.t, <-done)
	})
	return l.Addr().String()
}

// A line that is open is no proof of anything: a hub that has said nothing, or
// that is about to put the device out, is not "connected".
func TestAnOpenLineIsNotConnected(t *testing.T) {
	o := newOffice(t)
	v := o.laptop()
	address := o.serves(func(ctx context.Context, c *link.Conn) {
		if _, err := c.Recv(ctx); err == nil {
			_, _ = c.Recv(ctx) // says nothing until the device goes
		}
	})
	d, err := New(Config{Vault: v, Address: address})
	must(t, err)
	ctx, end := context.WithCancel(t.Context())
	opened := make(chan Status, 8)
	d.OnStatus(func(s Status) {
		if s.Open {
			opened <- s
			end()
		}
	})
	if _, err := d.SyncOnce(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("the session ended with %v", err)
	}
	if s := <-opened; s.Reach != Never || !s.LastRound.IsZero() || s.Governance {
		t.Fatalf("with an open line alone: reach %s, last round %s", s.Reach, s.LastRound)
	}
}

// A round can end well and bring no receipt. Then nothing is called received,
// and everything is offered again.
func TestStatusNeverClaimsMoreThanAReceipt(t *testing.T) { // R7
	o := newOffice(t)
	v := o.laptop()
	must(t, settle(v, o.cert.Value, o.answer(v, v.People()[0].Slot)))
	owed := v.Waiting()
	if owed.Unsent == 0 {
		t.Fatal("nothing is owed; the test tests nothing")
	}
	offered := make(chan int, 2)
	address := o.serves(func(ctx context.Context, c *link.Conn) {
		n, err := takeWithoutReceipt(ctx, c)
		if err != nil {
			t.Errorf("the hub: %v", err)
		}
		offered <- n
	})
	for range 2 {
		d, err := New(Config{Vault: v, Address: address})
		must(t, err)
		s, err := d.SyncOnce(t.Context())
		must(t, err)
		if s.Waiting.Unsent != owed.Unsent || s.Waiting.Received != 0 {
			t.Fatalf("%d unsent, %d received without a receipt", s.Waiting.Unsent, s.Waiting.Received)
		}
		if n := <-offered; n != owed.Unsent {
			t.Fatalf("%d of %d were offered", n, owed.Unsent)
		}
	}
}

// takeWithoutReceipt is a round by a hub that takes items and says nothing of
// them.
func takeWithoutReceipt(ctx context.Context, c *link.Conn) (items int, err error) {
	say := func(msgs ...wire.Message) {
		for _, m := range msgs {
			err = errors.Join(err, c.Send(m))
		}
		err = errors.Join(err, c.Flush())
	}
	for err == nil {
		msg, recvErr := c.Recv(ctx)
		if recvErr != nil {
			return items, recvErr
		}
		switch m := msg.(type) {
		case *wire.Hello:
			say(&wire.Hello{Version: wire.Version, Nonce: m.Nonce}, &wire.Done{Phase: wire.PhaseBarrier})
		case *wire.BarrierAck:
			say(&wire.BarrierAck{}, &wire.Done{Phase: wire.PhaseKeys}, &wire.Have{})
		case *wire.Item:
			items++
		case *wire.Done:
			if m.Phase != wire.PhaseBarrier {
				say(m)
			}
		case *wire.Bye:
			return items, nil
		}
	}
	return items, err
}
