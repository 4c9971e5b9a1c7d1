package seal

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/nacl/box"

	"satchel/store/identity"
)

var (
	// ErrRecoveryRequest: a request was not signed by the device that it
	// names. Do not answer it; ask the person to make it again.
	ErrRecoveryRequest = errors.New("the recovery request is not that device's")
	// ErrRecoveryKey: the recovery key does not open what the request holds.
	// It is another organisation's, or the request names another device or
	// another generation of keys than its own.
	ErrRecoveryKey = errors.New("the recovery key does not open this request")
	// ErrRecoveryAnswer: an answer is not for this request, or is not from
	// the holder of the recovery key. Nothing was changed; ask again.
	ErrRecoveryAnswer = errors.New("the answer is not for this recovery request")
)

// recoveryDMKLen is the length of a device master key boxed to the recovery key.
const recoveryDMKLen = box.AnonymousOverhead + 16 + 32

// BoxForRecovery boxes a device master key to the organisation's recovery key,
// bound to its device and generation: nobody has a stolen device's key answered
// as if it were their own device's.
func BoxForRecovery(recovery *[32]byte, dmk *Key, device identity.DeviceID, generation uint32) ([]byte, error) {
	var msg [16 + 32]byte
	defer clear(msg[:])
	lh := labelHash(recoveryDMKLabel(device, generation))
	copy(msg[:], lh[:])
	copy(msg[16:], dmk[:])
	out, err := box.SealAnonymous(nil, msg[:], recovery, rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("boxing the device master key for recovery: %w", err)
	}
	return out, nil
}

func openForRecovery(recovery identity.X25519Key, r RecoveryRequest) (Key, error) {
	msg, ok := box.OpenAnonymous(nil, r.DMK, &recovery.Public, &recovery.Private)
	defer clear(msg)
	if !ok || len(msg) != 16+32 || [16]byte(msg) != labelHash(recoveryDMKLabel(r.Device, r.Generation)) {
		return Key{}, ErrRecoveryKey
	}
	return Key(msg[16:]), nil
}

func recoveryDMKLabel(device identity.DeviceID, generation uint32) string {
	return Bind("satchel/recovery-dmk/1", device[:], binary.BigEndian.AppendUint32(nil, generation))
}

// RecoveryRequest is what a laptop shows when a person's place has gone: enough
// for the holder of the recovery key to give the device master key to the
// person's new key, and of no use to anybody else.
type RecoveryRequest struct {
	ID         [16]byte // random; the answer names it
	Device     identity.DeviceID
	Slot       identity.SlotID
	Public     [32]byte // the person's new X25519 key
	Generation uint32   // of the device master key
	DMK        []byte   // BoxForRecovery
	Sign       []byte   // the device's Ed25519 signature over the rest
}

const (
	recoveryDomain  = "satchel/recovery/1"
	requestBodyLen  = 16 + 16 + 16 + 32 + 4 + recoveryDMKLen
	recoveryBoxLen  = box.Overhead + 32
	requestLen      = requestBodyLen + ed25519.SignatureSize
	answerLen       = 16 + recoveryBoxLen
	requestDMKStart = requestBodyLen - recoveryDMKLen
)

// SignRecovery gives r as this device's signed request. DMK must be what
// BoxForRecovery gave for this device and generation.
func SignRecovery(device identity.DeviceKeys, r RecoveryRequest) (RecoveryRequest, error) {
	r.Device = device.ID()
	if len(r.DMK) != recoveryDMKLen {
		return RecoveryRequest{}, fmt.Errorf("signing a recovery request: %w: the boxed key has %d bytes", ErrRecoveryKey, len(r.DMK))
	}
	r.Sign = identity.Sign(device.Sign, recoveryDomain, r.body())
	return r, nil
}

// body is what is signed and hashed: every field but the signature.
func (r RecoveryRequest) body() []byte {
	b := make([]byte, 0, requestLen)
	for _, part := range [][]byte{r.ID[:], r.Device[:], r.Slot[:], r.Public[:]} {
		b = append(b, part...)
	}
	return append(binary.BigEndian.AppendUint32(b, r.Generation), r.DMK...)
}

// Check tells whether the device that the request names, whose key sign is,
// signed it; ErrRecoveryRequest if not.
func (r RecoveryRequest) Check(sign ed25519.PublicKey) error {
	if len(sign) != ed25519.PublicKeySize || identity.DeviceIDOf(sign) != r.Device || !identity.Verify(sign, recoveryDomain, r.body(), r.Sign) {
		return fmt.Errorf("checking a recovery request: %w", ErrRecoveryRequest)
	}
	return nil
}

// Hash names the request by its content, the signature left out.
func (r RecoveryRequest) Hash() [32]byte {
	return sha256.Sum256(append([]byte("satchel/recovery-request/1\x00"), r.body()...))
}

// RecoveryAnswer is the device master key for the person who asked: a box from
// the recovery key to the person's new key, bound to the request.
type RecoveryAnswer struct {
	ID  [16]byte // the request's
	Box []byte
}

// AnswerRecovery answers a request. Check it first, and the person's identity.
//
// The box is authenticated: only the holder of the recovery key, or of the
// person's own new key, can make it. Its nonce is the request's hash, which
// binds it to that request and to no other; one request has one plaintext, so
// the nonce never meets a second one. Error: ErrRecoveryKey.
func AnswerRecovery(recovery identity.X25519Key, r RecoveryRequest) (RecoveryAnswer, error) {
	dmk, err := openForRecovery(recovery, r)
	if err != nil {
		return RecoveryAnswer{}, fmt.Errorf("answering a recovery request: %w", err)
	}
	defer dmk.Wipe()
	return RecoveryAnswer{ID: r.ID, Box: box.Seal(nil, dmk[:], r.nonce(), &r.Public, &recovery.Private)}, nil
}

// OpenRecovery opens an answer with the person's new key. Compare the key with
// the commitment of the generation that was asked for. Error: ErrRecoveryAnswer.
func OpenRecovery(recovery [32]byte, person identity.X25519Key, r RecoveryRequest, a RecoveryAnswer) (Key, error) {
	if a.ID != r.ID || person.Public != r.Public {
		return Key{}, fmt.Errorf("opening a recovery answer: %w", ErrRecoveryAnswer)
	}
	msg, ok := box.Open(nil, a.Box, r.nonce(), &recovery, &person.Private)
	defer clear(msg)
	if !ok || len(msg) != len(Key{}) {
		return Key{}, fmt.Errorf("opening a recovery answer: %w", ErrRecoveryAnswer)
	}
	return Key(msg), nil
}

func (r RecoveryRequest) nonce() *[24]byte {
	h := r.Hash()
	n := sha256.Sum256(append([]byte("satchel/recovery-nonce/1\x00"), h[:]...))
	return (*[24]byte)(n[:24])
}
