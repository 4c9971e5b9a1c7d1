package identity

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
)

// ErrBadKeys says that stored device keys do not have their right lengths or
// do not belong together. The key file is damaged: stop, and say so.
var ErrBadKeys = errors.New("device keys are damaged")

// X25519Key is one X25519 key pair (RFC 7748), as nacl/box takes it.
type X25519Key struct {
	Private [32]byte
	Public  [32]byte
}

// NewX25519 makes a fresh key pair.
func NewX25519() X25519Key {
	var k X25519Key
	_, _ = rand.Read(k.Private[:])
	return X25519FromPrivate(k.Private)
}

// X25519FromPrivate derives the public half.
func X25519FromPrivate(private [32]byte) X25519Key {
	priv, err := ecdh.X25519().NewPrivateKey(private[:])
	if err != nil {
		panic("identity: a 32-byte X25519 private key was refused: " + err.Error())
	}
	return X25519Key{Private: private, Public: [32]byte(priv.PublicKey().Bytes())}
}

// String hides the private half.
func (k X25519Key) String() string { return fmt.Sprintf("X25519 key %x", k.Public[:4]) }

// GoString hides the private half.
func (k X25519Key) GoString() string { return k.String() }

// LogValue hides the private half.
func (k X25519Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// DeviceKeys are the private keys of the device tier: they work while nobody
// is unlocked. The key that opens cohort keys is not among them; it is the
// user tier's.
type DeviceKeys struct {
	Sign   ed25519.PrivateKey
	Gossip X25519Key
}

// NewDeviceKeys makes a device's keys, on the device; they never leave it.
func NewDeviceKeys() DeviceKeys {
	_, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic("identity: the system's random source stopped: " + err.Error())
	}
	return DeviceKeys{Sign: priv, Gossip: NewX25519()}
}

// ID is the device's id.
func (k DeviceKeys) ID() DeviceID { return DeviceIDOf(k.Public()) }

// Public is the device's Ed25519 public key.
func (k DeviceKeys) Public() ed25519.PublicKey { return k.Sign.Public().(ed25519.PublicKey) }

// String hides the private halves.
func (k DeviceKeys) String() string {
	if len(k.Sign) != ed25519.PrivateKeySize {
		return "device keys (none)"
	}
	return "device keys of " + k.ID().String()
}

// GoString hides the private halves.
func (k DeviceKeys) GoString() string { return k.String() }

// LogValue hides the private halves.
func (k DeviceKeys) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalBinary gives 64 bytes: the Ed25519 seed, the gossip private key.
func (k DeviceKeys) MarshalBinary() ([]byte, error) {
	if len(k.Sign) != ed25519.PrivateKeySize {
		return nil, ErrBadKeys
	}
	return append(k.Sign.Seed(), k.Gossip.Private[:]...), nil
}

// UnmarshalBinary reads what MarshalBinary wrote.
func (k *DeviceKeys) UnmarshalBinary(b []byte) error {
	if len(b) != ed25519.SeedSize+32 {
		return fmt.Errorf("%w: %d bytes, 64 are due", ErrBadKeys, len(b))
	}
	k.Sign = ed25519.NewKeyFromSeed(b[:ed25519.SeedSize])
	k.Gossip = X25519FromPrivate([32]byte(b[ed25519.SeedSize:]))
	return nil
}

// KeyID names an X25519 public key in eight bytes: an item says with it which
// of the hub's keys its body is boxed to.
func KeyID(public [32]byte) [8]byte {
	h := sha256.Sum256(append([]byte("satchel/keyid/1\x00"), public[:]...))
	return [8]byte(h[:8])
}
