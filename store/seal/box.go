package seal

import (
	"crypto/rand"
	"fmt"
	"sync"

	"golang.org/x/crypto/nacl/box"

	"satchel/store/identity"
)

// A box to a public key is suite u8 | sender public key 32 | nonce 24 | NaCl box
// of (label hash 16 | plaintext | padding); its length is a multiple of 256.
const (
	suiteBox  = 1
	boxHeader = 1 + 32 + nonceSize
	boxExtra  = boxHeader + box.Overhead + 16

	// MaxBoxed is the most plaintext that one box to a public key takes.
	MaxBoxed = maxBox - boxExtra - 1

	// BoxedKeyLen is the length of a key in an anonymous box.
	BoxedKeyLen = box.AnonymousOverhead + 32
)

// Sender boxes values with a key pair of its own, made fresh for each run of
// the process, so that what was boxed in earlier runs cannot be opened with
// what this process holds. Safe for several goroutines.
type Sender struct {
	key    identity.X25519Key
	mu     sync.Mutex
	shared map[[32]byte]*[32]byte // by recipient, under mu
}

// NewSender makes a sender with a fresh key pair.
func NewSender() *Sender {
	return &Sender{key: identity.NewX25519(), shared: map[[32]byte]*[32]byte{}}
}

// BoxTo boxes plaintext, at most MaxBoxed bytes, to recipient's public key.
func (s *Sender) BoxTo(recipient *[32]byte, label string, plaintext []byte) ([]byte, error) {
	if len(plaintext) > MaxBoxed {
		return nil, fmt.Errorf("%w: %d bytes in one box, at most %d", ErrTooLarge, len(plaintext), MaxBoxed)
	}
	lh := labelHash(label)
	total := (boxExtra + len(plaintext) + 1 + padUnit - 1) / padUnit * padUnit
	msg := make([]byte, total-boxHeader-box.Overhead)
	defer clear(msg)
	copy(msg, lh[:])
	copy(msg[16:], plaintext)
	msg[16+len(plaintext)] = 0x80
	out := make([]byte, boxHeader, total)
	out[0] = suiteBox
	copy(out[1:], s.key.Public[:])
	_, _ = rand.Read(out[33:])
	return box.SealAfterPrecomputation(out, msg, (*[nonceSize]byte)(out[33:]), s.sharedWith(recipient)), nil
}

// Wipe forgets the private key and what was agreed with it.
func (s *Sender) Wipe() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.key.Private[:])
	forget(s.shared)
}

func (s *Sender) sharedWith(peer *[32]byte) *[32]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return agree(s.shared, peer, &s.key.Private)
}

// Recipient opens boxes sent to its key. Safe for several goroutines.
type Recipient struct {
	key    identity.X25519Key
	mu     sync.Mutex
	shared map[[32]byte]*[32]byte // by sender, under mu
}

// NewRecipient returns a recipient for key.
func NewRecipient(key identity.X25519Key) *Recipient {
	return &Recipient{key: key, shared: map[[32]byte]*[32]byte{}}
}

// Public is the key to box to.
func (r *Recipient) Public() [32]byte { return r.key.Public }

// OpenBox opens a box made with the same label, or returns ErrOpen or ErrSuite.
// It does not tell who sent it: the sender's key is fresh and unknown, and the
// signature around the box names the device.
func (r *Recipient) OpenBox(label string, boxed []byte) ([]byte, error) {
	if len(boxed) == 0 {
		return nil, ErrOpen
	}
	if boxed[0] != suiteBox {
		return nil, fmt.Errorf("%w: %d", ErrSuite, boxed[0])
	}
	if len(boxed)%padUnit != 0 || len(boxed) > maxBox {
		return nil, ErrOpen
	}
	msg, ok := box.OpenAfterPrecomputation(nil, boxed[boxHeader:], (*[nonceSize]byte)(boxed[33:]), r.sharedWith((*[32]byte)(boxed[1:])))
	if !ok || len(msg) < 16 || [16]byte(msg) != labelHash(label) {
		return nil, ErrOpen
	}
	content, ok := unpad(msg[16:])
	if !ok || len(msg)-16-len(content) > padUnit {
		return nil, ErrOpen
	}
	return content, nil
}

// Wipe forgets the private key and what was agreed with it.
func (r *Recipient) Wipe() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.key.Private[:])
	forget(r.shared)
}

func (r *Recipient) sharedWith(peer *[32]byte) *[32]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return agree(r.shared, peer, &r.key.Private)
}

// agree returns the key agreed with peer and remembers it: the curve takes most
// of the time of a small box. The map is bounded by starting over. The returned
// key is a copy that forget does not reach while it is in use.
func agree(known map[[32]byte]*[32]byte, peer, private *[32]byte) *[32]byte {
	k := known[*peer]
	if k == nil {
		if len(known) >= maxSharedKeys {
			forget(known)
		}
		k = new([32]byte)
		box.Precompute(k, peer, private)
		known[*peer] = k
	}
	return new(*k)
}

func forget(known map[[32]byte]*[32]byte) {
	for peer, k := range known {
		clear(k[:])
		delete(known, peer)
	}
}

// BoxKey boxes a key to a public key anonymously (libsodium's sealed box, 80
// bytes). Nothing binds it to a place or proves who made it: the caller holds
// it under a signature, or compares a commitment after opening.
func BoxKey(recipient *[32]byte, key *Key) ([]byte, error) {
	out, err := box.SealAnonymous(nil, key[:], recipient, rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("boxing a key: %w", err)
	}
	return out, nil
}

// OpenBoxedKey opens what BoxKey made, or returns ErrOpen.
func OpenBoxedKey(private identity.X25519Key, boxed []byte) (Key, error) {
	if len(boxed) != BoxedKeyLen {
		return Key{}, ErrOpen
	}
	msg, ok := box.OpenAnonymous(nil, boxed, &private.Public, &private.Private)
	defer clear(msg)
	if !ok || len(msg) != len(Key{}) {
		return Key{}, ErrOpen
	}
	return Key(msg), nil
}
