package seal

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	"satchel/store/identity"
)

func TestBox(t *testing.T) {
	hub := NewRecipient(identity.NewX25519())
	pub := hub.Public()
	s := NewSender()
	for _, n := range []int{0, 1, 100, 149, 150, 151, 255, 256, 5000, MaxBoxed} {
		plain := fill(n, 1)
		b, err := s.BoxTo(&pub, "item/1", plain)
		if err != nil {
			t.Fatal(err)
		}
		if len(b)%256 != 0 || len(b) > n+boxExtra+256 {
			t.Errorf("%d bytes boxed to %d", n, len(b))
		}
		got, err := hub.OpenBox("item/1", b)
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if _, err := s.BoxTo(&pub, "item/1", make([]byte, MaxBoxed+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

func TestBoxRefuses(t *testing.T) {
	hub, other := NewRecipient(identity.NewX25519()), NewRecipient(identity.NewX25519())
	pub := hub.Public()
	b, err := NewSender().BoxTo(&pub, "item/1", []byte("body"))
	if err != nil {
		t.Fatal(err)
	}
	refuse := func(name string, r *Recipient, label string, b []byte) {
		t.Helper()
		if got, err := r.OpenBox(label, b); !errors.Is(err, ErrOpen) || got != nil {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	refuse("another recipient", other, "item/1", b)
	refuse("another label", hub, "item/2", b)
	refuse("empty", hub, "item/1", nil)
	refuse("cut", hub, "item/1", b[:len(b)-1])
	refuse("only a header", hub, "item/1", b[:boxHeader])
	refuse("longer", hub, "item/1", append(bytes.Clone(b), make([]byte, 256)...))
	for i := 1; i < len(b); i++ {
		c := bytes.Clone(b)
		c[i] ^= 1
		if i == 32 {
			// X25519 ignores the top bit of the last byte only; bit 0 counts.
			c[i] = b[i] ^ 2
		}
		refuse(fmt.Sprintf("byte %d", i), hub, "item/1", c)
	}
	b[0] = 7
	if _, err := hub.OpenBox("item/1", b); !errors.Is(err, ErrSuite) {
		t.Errorf("suite: %v", err)
	}
}

func TestSenderIsFreshForEachRun(t *testing.T) {
	a, b := NewSender(), NewSender()
	if a.key.Public == b.key.Public {
		t.Error("two runs share a key")
	}
	hub := NewRecipient(identity.NewX25519())
	pub := hub.Public()
	boxed, err := a.BoxTo(&pub, "item/1", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(boxed, a.key.Public[:]) {
		t.Error("the sender's public key does not travel in the box")
	}
	a.Wipe()
	hub.Wipe()
	if _, err := hub.OpenBox("item/1", boxed); !errors.Is(err, ErrOpen) {
		t.Errorf("opened after the key was wiped: %v", err)
	}
}

func TestBoxesFromManyAtOnce(t *testing.T) {
	hub := NewRecipient(identity.NewX25519())
	pub := hub.Public()
	shared := NewSender()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			own := NewSender()
			for j := range 20 {
				s := own
				if j%2 == 0 {
					s = shared
				}
				msg := []byte{byte(i), byte(j)}
				b, err := s.BoxTo(&pub, "item/1", msg)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := hub.OpenBox("item/1", b); err != nil || !bytes.Equal(got, msg) {
					t.Errorf("%d/%d: %v", i, j, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestAgreedKeysAreBounded(t *testing.T) {
	known := map[[32]byte]*[32]byte{}
	private := identity.NewX25519().Private
	peer := identity.NewX25519().Public
	for i := range maxSharedKeys {
		known[[32]byte{byte(i), byte(i >> 8), 1}] = new([32]byte)
	}
	agree(known, &peer, &private)
	if len(known) != 1 {
		t.Errorf("%d keys kept", len(known))
	}
}

func TestBoxKey(t *testing.T) {
	person, other := identity.NewX25519(), identity.NewX25519()
	key := NewKey()
	b, err := BoxKey(&person.Public, &key)
	if err != nil || len(b) != BoxedKeyLen || BoxedKeyLen != 80 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	if got, err := OpenBoxedKey(person, b); err != nil || got != key {
		t.Fatalf("open: %v", err)
	}
	if _, err := OpenBoxedKey(other, b); !errors.Is(err, ErrOpen) {
		t.Errorf("another person: %v", err)
	}
	for i := range b {
		c := bytes.Clone(b)
		c[i] ^= 8
		if _, err := OpenBoxedKey(person, c); !errors.Is(err, ErrOpen) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
	if _, err := OpenBoxedKey(person, b[:79]); !errors.Is(err, ErrOpen) {
		t.Errorf("cut: %v", err)
	}
}

func FuzzOpenBox(f *testing.F) {
	hub := NewRecipient(identity.X25519FromPrivate([32]byte{1, 2, 3}))
	pub := hub.Public()
	b, err := NewSender().BoxTo(&pub, "fuzz/1", []byte("body"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, c []byte) {
		if got, err := hub.OpenBox("fuzz/1", c); err == nil && string(got) != "body" {
			t.Fatal("opened what was never boxed")
		}
	})
}

func BenchmarkBoxTo(b *testing.B) {
	hub := NewRecipient(identity.NewX25519())
	pub := hub.Public()
	s := NewSender()
	body := fill(300, 1)
	for b.Loop() {
		if _, err := s.BoxTo(&pub, "item/1", body); err != nil {
			b.Fatal(err)
		}
	}
}
