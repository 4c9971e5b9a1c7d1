package share

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"sync"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"

	"satchel/store/seal"
)

// dial opens the way to a TPM; each operation opens it anew, so that others can
// use the TPM between, and one that was away is found again.
type dial func() (transport.TPMCloser, error)

// TPMShare keeps each share in a non-volatile index of the TPM, which is
// overwritten and undefined to destroy it. A blob sealed by the TPM would not
// do: every copy of it unseals for ever.
//
// An index is read and written under an authorisation that is kept in the data
// folder: the TPM alone gives up nothing, nor does the folder. It is not under
// the TPM's lockout, so nobody's wrong guesses elsewhere close the vault. Safe for
// several goroutines; one process a folder.
type TPMShare struct {
	dial dial
	tag  []byte
	auth []byte
	mu   sync.Mutex // one operation at a time
}

var _ seal.Share = (*TPMShare)(nil)

func newTPMShare(d dial, p place) *TPMShare {
	return &TPMShare{dial: d, tag: p.Tag, auth: indexAuth(p.Auth)}
}

// Binding implements seal.Share.
func (*TPMShare) Binding() string { return "TPM" }

// Put implements seal.Share. The TPM answers after it has written (TPM 2.0 part
// 1, section 37.2: an index that is not orderly is written with the command).
func (t *TPMShare) Put(id seal.ShareID, key *seal.Key) error {
	err := t.with(func(n nv) error {
		data := record(labelTPMShare, t.tag, id, key)
		defer clear(data)
		ix, err := n.define(t.policy(id), t.auth, shareAttributes, len(data))
		if err != nil {
			return err
		}
		if err := n.write(ix, t.auth, data); err != nil {
			return errors.Join(err, n.undefine(ix))
		}
		return nil
	})
	return attempt("writing a device share", err)
}

// Get implements seal.Share. What does not authenticate is seal.ErrKeysDamaged:
// the index, or the authorisation in the folder, was changed.
func (t *TPMShare) Get(id seal.ShareID) (key seal.Key, err error) {
	err = t.with(func(n nv) error {
		all, err := n.find(t.policy(id))
		if err != nil {
			return err
		}
		for _, ix := range all {
			if !ix.attributes.Written {
				continue // a Put that was never acknowledged
			}
			data, err := n.read(ix, t.auth)
			if errors.Is(err, tpm2.TPMRCAuthFail) || errors.Is(err, tpm2.TPMRCBadAuth) {
				return fmt.Errorf("%w: the TPM does not take the folder's authorisation", seal.ErrKeysDamaged)
			}
			if err != nil {
				return err
			}
			if len(bytes.Trim(data, "\x00")) == 0 {
				continue // overwritten; the power went before it was undefined
			}
			key, err = openRecord(labelTPMShare, t.tag, id, data)
			clear(data)
			return err
		}
		return seal.ErrNoShare
	})
	return key, attempt("reading a device share", err)
}

// Delete implements seal.Share: it overwrites the index, then undefines it.
func (t *TPMShare) Delete(id seal.ShareID) error {
	err := t.with(func(n nv) error {
		all, err := n.find(t.policy(id))
		if err != nil {
			return err
		}
		for _, ix := range all {
			var overwritten error
			if ix.attributes.Written {
				overwritten = n.write(ix, t.auth, make([]byte, ix.size))
			}
			if err := errors.Join(overwritten, n.undefine(ix)); err != nil {
				return err
			}
		}
		return nil
	})
	return attempt("destroying a device share", err)
}

// List implements seal.Share.
func (t *TPMShare) List() (ids []seal.ShareID, err error) {
	err = t.with(func(n nv) error {
		all, err := n.find(tpmTag(labelTPMShare, t.tag))
		for _, ix := range all {
			ids = append(ids, seal.ShareID(ix.policy[tagLen:]))
		}
		return err
	})
	return ids, attempt("listing device shares", err)
}

// policy names a share on its index, where all can read it: as the index's
// policy, which nothing satisfies and no attribute asks for. So a folder's
// indexes are found without trying an authorisation on anybody else's.
func (t *TPMShare) policy(id seal.ShareID) []byte {
	return append(tpmTag(labelTPMShare, t.tag), id[:]...)
}

// with runs one operation on an open way to the TPM. Whatever the TPM says that
// is not an answer becomes seal.ErrShareUnavailable.
func (t *TPMShare) with(work func(nv) error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	device, err := t.dial()
	if err != nil {
		return fmt.Errorf("%w: %w", seal.ErrShareUnavailable, err)
	}
	err = work(nv{device})
	// An answer that was given stands, whatever closing says.
	_ = device.Close()
	for _, answer := range answers {
		if errors.Is(err, answer) {
			return err
		}
	}
	if err != nil {
		return fmt.Errorf("%w: %w", seal.ErrShareUnavailable, err)
	}
	return nil
}

// answers are what the TPM said, as against that it could not be asked.
var answers = []error{seal.ErrNoShare, seal.ErrKeysDamaged, seal.ErrPIN, seal.ErrPINLocked, seal.ErrNoPIN}

func attempt(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

const (
	labelTPMShare = "satchel/tpm-share/1"
	labelTPMPIN   = "satchel/tpm-pin/1"
	labelKeyring  = "satchel/keyring-share/1"
)

// record is a secret and a check over what it is and whose.
func record(label string, tag []byte, id [16]byte, key *seal.Key) []byte {
	sum := recordSum(label, tag, id, key[:])
	return append(append(make([]byte, 0, fileLen), key[:]...), sum[:]...)
}

func openRecord(label string, tag []byte, id [16]byte, data []byte) (seal.Key, error) {
	if len(data) != fileLen {
		return seal.Key{}, fmt.Errorf("%w: the share has the wrong length", seal.ErrKeysDamaged)
	}
	sum := recordSum(label, tag, id, data[:32])
	if subtle.ConstantTimeCompare(sum[:], data[32:]) != 1 {
		return seal.Key{}, fmt.Errorf("%w: the share was changed", seal.ErrKeysDamaged)
	}
	return seal.Key(data[:32]), nil
}

func recordSum(label string, tag []byte, id [16]byte, key []byte) [checkLen]byte {
	h := sha256.New()
	h.Write([]byte(label + "\x00"))
	h.Write(tag)
	h.Write(id[:])
	h.Write(key)
	return [checkLen]byte(h.Sum(nil))
}

// tpmTag is the first half of an index's policy.
func tpmTag(label string, tag []byte) []byte {
	sum := sha256.Sum256(append([]byte(label+"\x00tag\x00"), tag...))
	return sum[:tagLen]
}
