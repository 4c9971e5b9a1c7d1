package reader

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
	"golang.org/x/crypto/nacl/box"
	"golang.org/x/crypto/nacl/secretbox"
)

// FORMAT.md, sections 1 to 5.

const (
	chunkData  = 65488
	chunkFrame = 24 + secretbox.Overhead + 48
)

// ErrSealed says that something does not open with the key at hand.
var ErrSealed = errors.New("does not open")

// ErrForm says that something is not of the form that the documents give it.
var ErrForm = errors.New("is not of the documented form")

func u16(b []byte) uint16   { return binary.BigEndian.Uint16(b) }
func u32(b []byte) uint32   { return binary.BigEndian.Uint32(b) }
func u64(b []byte) uint64   { return binary.BigEndian.Uint64(b) }
func put32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
func put64(n ...uint64) []byte {
	var b []byte
	for _, x := range n {
		b = binary.BigEndian.AppendUint64(b, x)
	}
	return b
}

// hash is H("text" 0 || part || part ...).
func hash(text string, parts ...[]byte) [32]byte {
	return sha256.Sum256(slicesOf([]byte(text+"\x00"), parts...))
}

func slicesOf(first []byte, parts ...[]byte) []byte {
	return append(bytes.Clone(first), bytes.Join(parts, nil)...)
}

func bind(text string, parts ...[]byte) []byte {
	b := []byte(text + "\x00")
	for _, p := range parts {
		b = append(append(b, put32(uint32(len(p)))...), p...)
	}
	return b
}

func labelHash(label []byte) []byte {
	h := hash("satchel/label/1", label)
	return h[:16]
}

func derive(key []byte, label string, context []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, key, nil, string(bind("satchel/derive/1", []byte(label), context)), 32)
}

// openBlob opens a sealed blob.
func openBlob(key, label, blob []byte) ([]byte, error) {
	if len(key) != 32 || len(blob) < 1+chunkFrame || blob[0] != 1 {
		return nil, fmt.Errorf("a sealed blob %w", ErrForm)
	}
	rest := blob[1:]
	count := (len(rest) + chunkData + chunkFrame - 1) / (chunkData + chunkFrame)
	length := len(rest) - count*chunkFrame
	want := labelHash(label)
	var id, out []byte
	for index := range count {
		n := min(len(rest), chunkData+chunkFrame)
		data, ok := secretbox.Open(nil, rest[24:n], (*[24]byte)(rest[:24]), (*[32]byte)(key))
		if !ok || !bytes.Equal(data[:16], want) {
			return nil, fmt.Errorf("a sealed blob %w", ErrSealed)
		}
		if index == 0 {
			id = data[16:32]
		}
		if !bytes.Equal(data[16:32], id) || u32(data[32:]) != uint32(index) || u32(data[36:]) != uint32(count) || u64(data[40:]) != uint64(length) {
			return nil, fmt.Errorf("a chunk of a sealed blob %w", ErrForm)
		}
		out, rest = append(out, data[48:]...), rest[n:]
		if len(rest) > 0 && len(rest) < chunkFrame+1 {
			return nil, fmt.Errorf("a sealed blob's end %w", ErrForm)
		}
	}
	return out, nil
}

// unpad takes the padding to a multiple of n off.
func unpad(b []byte, n int) ([]byte, error) {
	at := len(bytes.TrimRight(b, "\x00")) - 1
	if at < 0 || b[at] != 0x80 || len(b)-at > n || len(b)%n != 0 {
		return nil, fmt.Errorf("a padding %w", ErrForm)
	}
	return b[:at], nil
}

// openWrapped opens a wrapped key.
func openWrapped(key, context, wrapped []byte) ([]byte, error) {
	if len(wrapped) != 89 || wrapped[0] != 1 || len(key) != 32 {
		return nil, fmt.Errorf("a wrapped key %w", ErrForm)
	}
	plain, ok := secretbox.Open(nil, wrapped[25:], (*[24]byte)(wrapped[1:25]), (*[32]byte)(key))
	if !ok || !bytes.Equal(plain[:16], labelHash(bind("satchel/wrap/1", context))) {
		return nil, fmt.Errorf("a wrapped key %w", ErrSealed)
	}
	return plain[16:], nil
}

// openBox opens a box to a public key.
func openBox(private, label, sealed []byte) ([]byte, error) {
	if len(sealed) < 256 || len(sealed)%256 != 0 || len(sealed) > 65536 || sealed[0] != 1 || len(private) != 32 {
		return nil, fmt.Errorf("a box %w", ErrForm)
	}
	plain, ok := box.Open(nil, sealed[57:], (*[24]byte)(sealed[33:57]), (*[32]byte)(sealed[1:33]), (*[32]byte)(private))
	if !ok || !bytes.Equal(plain[:16], labelHash(label)) {
		return nil, fmt.Errorf("a box %w", ErrSealed)
	}
	at := len(bytes.TrimRight(plain, "\x00")) - 1
	if at < 16 || plain[at] != 0x80 {
		return nil, fmt.Errorf("a box's padding %w", ErrForm)
	}
	return plain[16:at], nil
}

// openBoxedKey opens a boxed key.
func openBoxedKey(public, private, boxed []byte) ([]byte, error) {
	if len(boxed) != 80 || len(public) != 32 || len(private) != 32 {
		return nil, fmt.Errorf("a boxed key %w", ErrForm)
	}
	key, ok := box.OpenAnonymous(nil, boxed, (*[32]byte)(public), (*[32]byte)(private))
	if !ok {
		return nil, fmt.Errorf("a boxed key %w", ErrSealed)
	}
	return key, nil
}

var (
	strict, _ = cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
	}.DecMode()
	canonical, _ = cbor.CoreDetEncOptions().EncMode()
)

// decode reads canonical CBOR: of a struct every field that is not optional is
// there, no other is, and there is no other way to write it.
func decode[T any](what string, b []byte) (T, error) {
	var v T
	if err := strict.Unmarshal(b, &v); err != nil {
		return v, fmt.Errorf("%s %w: %w", what, ErrForm, err)
	}
	again, err := canonical.Marshal(v)
	if err != nil || !bytes.Equal(again, b) {
		return v, fmt.Errorf("%s %w: it is not canonical", what, ErrForm)
	}
	return v, nil
}
