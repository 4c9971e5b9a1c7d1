package share

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// Our indexes lie in the owner's range of the TCG's registry of handles
// (0x01800000 to 0x01BFFFFF), above the low numbers that people type by hand. A
// number is drawn at random; one that is taken is left alone.
const (
	firstIndex = 0x01900000
	lastIndex  = 0x01BFFFFF

	indexDraws = 8  // of numbers before giving up; four million are free
	indexPage  = 32 // handles asked for at once
	policyLen  = 32 // a SHA-256 digest's
)

var (
	// shareAttributes: under the index's own authorisation alone, outside the
	// lockout, kept through a power cut, written as a whole.
	shareAttributes = tpm2.TPMANV{AuthRead: true, AuthWrite: true, NoDA: true, WriteAll: true, NT: tpm2.TPMNTOrdinary}
	// pinAttributes: as a share's, but wrong authorisations count, and the
	// owner may write, so that a PIN nobody knows any more can be overwritten.
	pinAttributes = tpm2.TPMANV{AuthRead: true, AuthWrite: true, OwnerWrite: true, WriteAll: true, NT: tpm2.TPMNTOrdinary}
)

// index is one of the TPM's non-volatile indexes.
type index struct {
	handle     tpm2.TPMHandle
	name       tpm2.TPM2BName
	attributes tpm2.TPMANV
	policy     []byte
	size       uint16
}

// nv works on the indexes of an open TPM.
type nv struct{ tpm transport.TPM }

// find gives our indexes whose policy begins with prefix.
func (n nv) find(prefix []byte) ([]index, error) {
	var found []index
	for from := uint32(firstIndex); ; {
		handles, more, err := n.handles(from)
		if err != nil {
			return nil, err
		}
		for _, h := range handles {
			if h > lastIndex {
				return found, nil
			}
			ix, err := n.public(h)
			if errors.Is(err, tpm2.TPMRCHandle) {
				continue // undefined meanwhile, by whoever had it
			}
			if err != nil {
				return nil, err
			}
			if len(ix.policy) == policyLen && bytes.HasPrefix(ix.policy, prefix) {
				found = append(found, ix)
			}
		}
		if !more || len(handles) == 0 {
			return found, nil
		}
		from = uint32(handles[len(handles)-1]) + 1
	}
}

func (n nv) handles(from uint32) ([]tpm2.TPMHandle, bool, error) {
	rsp, err := tpm2.GetCapability{Capability: tpm2.TPMCapHandles, Property: from, PropertyCount: indexPage}.Execute(n.tpm)
	if err != nil {
		return nil, false, fmt.Errorf("listing the TPM's indexes: %w", err)
	}
	list, err := rsp.CapabilityData.Data.Handles()
	if err != nil {
		return nil, false, fmt.Errorf("listing the TPM's indexes: %w", err)
	}
	return list.Handle, rsp.MoreData, nil
}

func (n nv) public(h tpm2.TPMHandle) (index, error) {
	rsp, err := tpm2.NVReadPublic{NVIndex: h}.Execute(n.tpm)
	if err != nil {
		return index{}, fmt.Errorf("looking at a TPM index: %w", err)
	}
	pub, err := rsp.NVPublic.Contents()
	if err != nil {
		return index{}, fmt.Errorf("looking at a TPM index: %w", err)
	}
	return index{handle: h, name: rsp.NVName, attributes: pub.Attributes, policy: pub.AuthPolicy.Buffer, size: pub.DataSize}, nil
}

// define makes an index with a number of its own.
func (n nv) define(policy, auth []byte, a tpm2.TPMANV, size int) (index, error) {
	for range indexDraws {
		h := drawIndex()
		_, err := tpm2.NVDefineSpace{
			AuthHandle: owner(),
			Auth:       tpm2.TPM2BAuth{Buffer: auth},
			PublicInfo: tpm2.New2B(tpm2.TPMSNVPublic{
				NVIndex: h, NameAlg: tpm2.TPMAlgSHA256, Attributes: a,
				AuthPolicy: tpm2.TPM2BDigest{Buffer: policy}, DataSize: uint16(size),
			}),
		}.Execute(n.tpm)
		if errors.Is(err, tpm2.TPMRCNVDefined) {
			continue
		}
		if err != nil {
			return index{}, fmt.Errorf("defining a TPM index: %w", err)
		}
		return n.public(h)
	}
	return index{}, fmt.Errorf("defining a TPM index: %w", tpm2.TPMRCNVDefined)
}

func drawIndex() tpm2.TPMHandle {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	return tpm2.TPMHandle(firstIndex + binary.BigEndian.Uint32(b[:])%(lastIndex-firstIndex+1))
}

func (n nv) write(ix index, auth, data []byte) error {
	return n.writeUnder(tpm2.AuthHandle{Handle: ix.handle, Name: ix.name, Auth: proof(auth, tpm2.AESEncryption(128, tpm2.EncryptIn))}, ix, data)
}

func (n nv) writeUnder(by tpm2.AuthHandle, ix index, data []byte) error {
	_, err := tpm2.NVWrite{
		AuthHandle: by,
		NVIndex:    tpm2.NamedHandle{Handle: ix.handle, Name: ix.name},
		Data:       tpm2.TPM2BMaxNVBuffer{Buffer: data},
	}.Execute(n.tpm)
	if err != nil {
		return fmt.Errorf("writing a TPM index: %w", err)
	}
	return nil
}

func (n nv) read(ix index, auth []byte) ([]byte, error) {
	rsp, err := tpm2.NVRead{
		AuthHandle: tpm2.AuthHandle{Handle: ix.handle, Name: ix.name, Auth: proof(auth, tpm2.AESEncryption(128, tpm2.EncryptOut))},
		NVIndex:    tpm2.NamedHandle{Handle: ix.handle, Name: ix.name},
		Size:       ix.size,
	}.Execute(n.tpm)
	if err != nil {
		return nil, fmt.Errorf("reading a TPM index: %w", err)
	}
	return rsp.Data.Buffer, nil
}

func (n nv) undefine(ix index) error {
	_, err := tpm2.NVUndefineSpace{
		AuthHandle: owner(),
		NVIndex:    tpm2.NamedHandle{Handle: ix.handle, Name: ix.name},
	}.Execute(n.tpm)
	if err != nil && !errors.Is(err, tpm2.TPMRCHandle) {
		return fmt.Errorf("undefining a TPM index: %w", err)
	}
	return nil
}

// owner is the owner's hierarchy with no authorisation set, as systems leave it;
// where one is set, a TPM is not to be had for us.
func owner() tpm2.AuthHandle {
	return tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)}
}

// indexAuth is a secret as an index's authorisation, without a zero byte: the TPM
// drops zeros at the end (part 1, section 19.6.5), and go-tpm v0.9.8 takes the
// first zero anywhere for the end.
func indexAuth(secret []byte) []byte {
	b := bytes.Clone(secret)
	for i := range b {
		b[i] = max(b[i], 1)
	}
	return b
}

// proof shows that we know auth without saying it, and encrypts the secret on
// the TPM's bus under auth (TPM 2.0 part 1, section 21).
func proof(auth []byte, encrypted tpm2.AuthOption) tpm2.Session {
	return tpm2.HMAC(tpm2.TPMAlgSHA256, 16, tpm2.Auth(auth), encrypted)
}
