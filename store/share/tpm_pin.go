package share

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/google/go-tpm/tpm2"

	"satchel/store/seal"
)

// A PIN's pepper lies in an index whose authorisation comes of the PIN and which
// is under the TPM's lockout: a wrong PIN counts, and after a number that the
// TPM sets it takes no tries but one in a while.
//
// An index of the kind PIN_FAIL, with a limit of its own, looks stricter and is
// not: where the owner's authorisation is empty, as systems leave it, whoever has
// the machine undefines that index and makes it anew, by the same name, with an
// authorisation they know and a count of nought, and the policy that was to guard
// the pepper is satisfied. The lockout's count is reset under the lockout's
// authorisation alone, so a TPM where that is not set keeps no PIN.

// slowest lockouts that we take for one: a TPM that lets more guesses through
// is no reason to trust six digits to it.
const (
	maxPINTries = 64              // before the lockout; Windows sets 32
	minPINPause = 5 * time.Minute // for each try after it; Windows sets ten minutes
)

// bitLockoutAuthSet of TPM_PT_PERMANENT (TPM 2.0 part 2, section 8.6).
const bitLockoutAuthSet = 1 << 2

// LimitsTries tells whether the TPM's lockout is one to trust a PIN to: its
// authorisation is set, and it lets few enough tries through.
func (t *TPMShare) LimitsTries() (limits bool, err error) {
	err = t.with(func(n nv) error {
		permanent, err := n.property(tpm2.TPMPTPermanent)
		if err != nil {
			return err
		}
		tries, err := n.property(tpm2.TPMPTMaxAuthFail)
		if err != nil {
			return err
		}
		pause, err := n.property(tpm2.TPMPTLockoutInterval)
		limits = permanent&bitLockoutAuthSet != 0 && tries <= maxPINTries && time.Duration(pause)*time.Second >= minPINPause
		return err
	})
	return limits, attempt("asking for the TPM's lockout", err)
}

func (n nv) property(p tpm2.TPMPT) (uint32, error) {
	rsp, err := tpm2.GetCapability{Capability: tpm2.TPMCapTPMProperties, Property: uint32(p), PropertyCount: 1}.Execute(n.tpm)
	if err != nil {
		return 0, err
	}
	list, err := rsp.CapabilityData.Data.TPMProperties()
	if err != nil {
		return 0, err
	}
	if len(list.TPMProperty) != 1 || list.TPMProperty[0].Property != p {
		return 0, errors.New("the TPM does not give a property")
	}
	return list.TPMProperty[0].Value, nil
}

// SetPIN implements seal.Limiter.
func (t *TPMShare) SetPIN(id seal.PINID, auth *seal.Key) (seal.Key, error) {
	pepper := seal.NewKey()
	err := t.with(func(n nv) error {
		data := record(labelTPMPIN, t.tag, id, &pepper)
		defer clear(data)
		proof := indexAuth(auth[:])
		defer clear(proof)
		ix, err := n.define(t.pinPolicy(id), proof, pinAttributes, len(data))
		if err != nil {
			return err
		}
		if err := n.write(ix, proof, data); err != nil {
			return errors.Join(pinError(err), n.undefine(ix))
		}
		return nil
	})
	if err != nil {
		pepper.Wipe()
	}
	return pepper, attempt("keeping a PIN", err)
}

// OpenPIN implements seal.Limiter.
func (t *TPMShare) OpenPIN(id seal.PINID, auth *seal.Key) (pepper seal.Key, err error) {
	err = t.with(func(n nv) error {
		all, err := n.find(t.pinPolicy(id))
		if err != nil {
			return err
		}
		for _, ix := range all {
			if !ix.attributes.Written {
				continue // a SetPIN that was never acknowledged
			}
			proof := indexAuth(auth[:])
			defer clear(proof)
			data, err := n.read(ix, proof)
			if err != nil {
				return pinError(err)
			}
			if len(bytes.Trim(data, "\x00")) == 0 {
				continue // overwritten; the power went before it was undefined
			}
			pepper, err = openRecord(labelTPMPIN, t.tag, id, data)
			clear(data)
			return err
		}
		return seal.ErrNoPIN
	})
	return pepper, attempt("trying a PIN", err)
}

// DeletePIN implements seal.Limiter. Nobody needs to know the PIN: the owner
// overwrites.
func (t *TPMShare) DeletePIN(id seal.PINID) error {
	err := t.with(func(n nv) error {
		all, err := n.find(t.pinPolicy(id))
		if err != nil {
			return err
		}
		for _, ix := range all {
			if err := errors.Join(n.writeUnder(owner(), ix, make([]byte, ix.size)), n.undefine(ix)); err != nil {
				return err
			}
		}
		return nil
	})
	return attempt("destroying a PIN", err)
}

// PINs implements seal.Limiter.
func (t *TPMShare) PINs() (ids []seal.PINID, err error) {
	err = t.with(func(n nv) error {
		all, err := n.find(tpmTag(labelTPMPIN, t.tag))
		for _, ix := range all {
			ids = append(ids, seal.PINID(ix.policy[tagLen:]))
		}
		return err
	})
	return ids, attempt("listing PINs", err)
}

func (t *TPMShare) pinPolicy(id seal.PINID) []byte {
	return append(tpmTag(labelTPMPIN, t.tag), id[:]...)
}

// pinError tells a wrong PIN from a lockout.
func pinError(err error) error {
	switch {
	case errors.Is(err, tpm2.TPMRCAuthFail):
		return fmt.Errorf("%w: %w", seal.ErrPIN, err)
	case errors.Is(err, tpm2.TPMRCLockout):
		return fmt.Errorf("%w: %w", seal.ErrPINLocked, err)
	}
	return err
}
