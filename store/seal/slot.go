package seal

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/argon2"

	"satchel/store/identity"
)

var (
	// ErrPassphrase: the passphrase does not open this slot. Count the
	// attempt (it was written down before this was asked) and slow down.
	ErrPassphrase = errors.New("passphrase does not open the slot")
	// ErrSlot: a slot whose parameters are outside the bounds. The key file
	// is damaged, or newer than this program.
	ErrSlot = errors.New("passphrase slot is not valid")
)

// Params are the costs of Argon2id (RFC 9106). Zero fields mean the defaults.
type Params struct {
	MemoryKiB uint32 `cbor:"1,keyasint"` // default 64 MiB
	Time      uint32 `cbor:"2,keyasint"` // passes; default 3
	Threads   uint8  `cbor:"3,keyasint"` // default 4
}

// DefaultParams are the documented costs.
func DefaultParams() Params { return Params{MemoryKiB: 64 << 10, Time: 3, Threads: 4} }

func (p Params) withDefaults() Params {
	d := DefaultParams()
	if p.MemoryKiB == 0 {
		p.MemoryKiB = d.MemoryKiB
	}
	if p.Time == 0 {
		p.Time = d.Time
	}
	if p.Threads == 0 {
		p.Threads = d.Threads
	}
	return p
}

// Weaker reports whether p costs less than q in memory or passes: the slot is
// then made again at the next unlock.
func (p Params) Weaker(q Params) bool {
	p, q = p.withDefaults(), q.withDefaults()
	return p.MemoryKiB < q.MemoryKiB || p.Time < q.Time
}

func (p Params) check() error {
	if p.MemoryKiB < minMemoryKiB || p.MemoryKiB > maxMemoryKiB || p.Time < 1 || p.Time > maxTime ||
		p.Threads < 1 || p.Threads > maxThreads {
		return fmt.Errorf("%w: Argon2id memory %d KiB, time %d, threads %d", ErrSlot, p.MemoryKiB, p.Time, p.Threads)
	}
	return nil
}

// Slot is one person's place on a device: a passphrase opens the person's
// X25519 private key, and the device master key is boxed to its public half.
type Slot struct {
	ID     identity.SlotID `cbor:"1,keyasint"`
	Public [32]byte        `cbor:"2,keyasint"` // the person's X25519 public key
	Params Params          `cbor:"3,keyasint"`
	Salt   [16]byte        `cbor:"4,keyasint"`
	Sealed []byte          `cbor:"5,keyasint"`          // the private key, wrapped under the passphrase
	Info   []byte          `cbor:"6,keyasint"`          // the caller's: who this is; not bound to the passphrase
	DMK    []byte          `cbor:"7,keyasint"`          // the device master key boxed to Public; empty: no access
	PIN    PINID           `cbor:"8,keyasint,omitzero"` // a PIN's pepper in the hardware; zero: a passphrase opens it
}

// Gone tells whether only the information is left: nothing opens this slot.
func (s *Slot) Gone() bool { return len(s.Sealed) == 0 }

// Stub is what is left of a slot that was destroyed: who it was for.
func (s *Slot) Stub() Slot { return Slot{ID: s.ID, Info: s.Info} }

// Secret is what opens a slot: a passphrase, or a PIN behind hardware that
// limits tries at it.
type Secret struct {
	Text    []byte  // wiped by whoever takes it
	Limiter Limiter // nil: Text is a passphrase
}

// NewSlot makes a slot and a fresh person key. The secret is wiped.
func NewSlot(id identity.SlotID, info []byte, secret Secret, params Params) (Slot, identity.X25519Key, error) {
	person := identity.NewX25519()
	slot, err := NewSlotFor(id, person, info, secret, params)
	return slot, person, err
}

// NewSlotFor makes a slot for a person key that exists already: higher costs.
// The DMK box of the old slot stays valid; copy it. The secret is wiped. Under a
// PIN the hardware keeps a new pepper when it returns; save the slot, and then
// destroy the old one's.
func NewSlotFor(id identity.SlotID, person identity.X25519Key, info []byte, secret Secret, params Params) (Slot, error) {
	defer clear(secret.Text)
	s := Slot{ID: id, Public: person.Public, Params: params.withDefaults(), Info: info}
	if err := s.Params.check(); err != nil {
		return Slot{}, err
	}
	if len(info) > maxInfo {
		return Slot{}, fmt.Errorf("%w: slot information of %d bytes, at most %d", ErrTooLarge, len(info), maxInfo)
	}
	_, _ = rand.Read(s.Salt[:])
	under := s.stretch(secret.Text)
	defer under.Wipe()
	if secret.Limiter != nil {
		s.PIN = NewPINID()
		auth := DeriveKey(&under, labelPINAuth, s.ID[:])
		defer auth.Wipe()
		pepper, err := secret.Limiter.SetPIN(s.PIN, &auth)
		if err != nil {
			return Slot{}, fmt.Errorf("keeping a PIN: %w", err)
		}
		defer pepper.Wipe()
		under = DeriveKey(&under, labelPINSlot, pepper[:])
	}
	private := Key(person.Private)
	defer private.Wipe()
	s.Sealed = Wrap(&under, &private, s.context())
	return s, nil
}

const (
	labelPINAuth = "satchel/pin-auth/1"
	labelPINSlot = "satchel/pin-slot/1"
)

// Open gives the person's key, or ErrPassphrase: the passphrase, or the PIN, is
// wrong. It takes as long as the parameters say; the text is wiped. A slot with
// a PIN needs its limiter and has its errors besides: ErrPINLocked, ErrNoPIN and
// ErrShareUnavailable, none of which was a try.
func (s *Slot) Open(secret Secret) (identity.X25519Key, error) {
	defer clear(secret.Text)
	if err := s.Params.check(); err != nil {
		return identity.X25519Key{}, err
	}
	if s.PIN != (PINID{}) && secret.Limiter == nil {
		return identity.X25519Key{}, ErrNoPIN
	}
	under := s.stretch(secret.Text)
	defer under.Wipe()
	if s.PIN != (PINID{}) {
		if err := s.pepper(&under, secret.Limiter); err != nil {
			return identity.X25519Key{}, err
		}
	}
	private, err := Unwrap(&under, s.Sealed, s.context())
	if errors.Is(err, ErrOpen) {
		return identity.X25519Key{}, ErrPassphrase
	}
	if err != nil {
		return identity.X25519Key{}, err
	}
	defer private.Wipe()
	person := identity.X25519FromPrivate(private)
	if person.Public != s.Public {
		return identity.X25519Key{}, fmt.Errorf("%w: its keys do not belong together", ErrSlot)
	}
	return person, nil
}

// pepper puts what the hardware keeps into the wrapping key.
func (s *Slot) pepper(under *Key, hardware Limiter) error {
	auth := DeriveKey(under, labelPINAuth, s.ID[:])
	defer auth.Wipe()
	pepper, err := hardware.OpenPIN(s.PIN, &auth)
	if errors.Is(err, ErrPIN) {
		return ErrPassphrase
	}
	if err != nil {
		return fmt.Errorf("asking the hardware for a PIN: %w", err)
	}
	defer pepper.Wipe()
	*under = DeriveKey(under, labelPINSlot, pepper[:])
	return nil
}

func (s *Slot) stretch(passphrase []byte) Key {
	out := argon2.IDKey(passphrase, s.Salt[:], s.Params.Time, s.Params.MemoryKiB, s.Params.Threads, 32)
	defer clear(out)
	return Key(out)
}

// context binds the wrapped key to its slot and to the costs, so that nothing
// of a slot can be exchanged but its information and its DMK box.
func (s *Slot) context() string {
	var costs [9]byte
	binary.BigEndian.PutUint32(costs[:], s.Params.MemoryKiB)
	binary.BigEndian.PutUint32(costs[4:], s.Params.Time)
	costs[8] = s.Params.Threads
	return Bind("satchel/slot/1", s.ID[:], s.Public[:], s.Salt[:], costs[:])
}
