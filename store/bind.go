package store

import (
	"context"
	"errors"
	"fmt"

	"satchel/store/audit"
	"satchel/store/seal"
	"satchel/store/share"
)

// Where the device share lies: chosen when a vault is made, found again when it
// is opened, and moved when an admin asks for it.

// shareOptions are the settings for package share. A demonstration touches
// nothing outside its folder unless a store is asked for by name.
func (v *Vault) shareOptions(unattended bool) share.Options {
	o := share.Options{Want: v.cfg.ShareKind, Unattended: unattended, TPMSocket: v.cfg.TPMSocket, Machine: v.cfg.Machine}
	if v.cfg.Demo && o.Want == share.Best {
		o.Want = ""
	}
	return o
}

// chooseShare takes a store for a new vault. A box's credential store would stay
// locked after every restart, so the best for a box is a TPM or a file.
func (v *Vault) chooseShare(unattended bool) error {
	if v.share != nil {
		return nil
	}
	return v.bind(share.Create(v.fsys, v.shareOptions(unattended)))
}

// findShare takes the store of the vault that is there.
func (v *Vault) findShare() error {
	if v.share != nil {
		return nil
	}
	return v.bind(share.Open(v.fsys, v.shareOptions(false)))
}

func (v *Vault) bind(b *share.Bound, err error) error {
	switch {
	case err == nil:
		v.bound, v.share = b, b.Share()
		return nil
	case errors.Is(err, share.ErrElsewhere):
		return fmt.Errorf("%w: %w", ErrElsewhere, err)
	case errors.Is(err, seal.ErrNewerFormat):
		return fmt.Errorf("%w: %w", ErrNewerFormat, err)
	case errors.Is(err, seal.ErrKeysDamaged):
		return &DamagedError{File: share.KindFileName, What: "it does not say where the device share lies", Err: err}
	case errors.Is(err, share.ErrOtherKind), errors.Is(err, share.ErrKind):
		return err
	}
	return fmt.Errorf("%w: %w", ErrShare, err)
}

// shareGone says why a share that the key file needs does not exist: the folder
// came from another machine, or the store was cleared.
func (v *Vault) shareGone(err error) error {
	if errors.Is(err, seal.ErrKeysGone) && v.bound != nil && v.bound.Elsewhere() {
		return fmt.Errorf("%w: %w", ErrElsewhere, err)
	}
	return keysError(err)
}

// settleShare ends a move that was cut short, now that the key file is open. It
// is tried again at the next start; until then both stores are looked at.
func (v *Vault) settleShare() {
	if v.bound == nil {
		return
	}
	if err := v.bound.Settle(); err != nil {
		v.log.Warn("the device share is still being moved", "err", err)
	}
	v.share = v.bound.Share()
}

// Binding says in a few words where the device share lies: "TPM", "credential
// store", "weak binding: file".
func (v *Vault) Binding() string { return v.keys.Binding() }

// Rebind moves the device share to another store, or to the strongest that
// works, with one save of the key file: the share is turned, so what the former
// store held opens nothing afterwards. A crash at any step leaves one state that
// opens. Nobody needs to be unlocked. Moving to where it lies does nothing.
// Errors: share.ErrKind, share.ErrHoldsPINs, ErrShare when the wanted store does
// not work; the vault goes on as before then.
func (v *Vault) Rebind(_ context.Context, kind share.Kind) error {
	v.door.Lock()
	defer v.door.Unlock()
	if err := v.usable(); err != nil {
		return err
	}
	if err := v.rebindAtDoor(kind); err != nil {
		return fmt.Errorf("moving the device share: %w", err)
	}
	return nil
}

func (v *Vault) rebindAtDoor(kind share.Kind) error {
	if v.bound == nil {
		return fmt.Errorf("%w: it is the caller's own", ErrShare)
	}
	moves, err := v.bound.Move(kind)
	if errors.Is(err, seal.ErrShareUnavailable) {
		return fmt.Errorf("%w: %w", ErrShare, err)
	}
	if err != nil || !moves {
		return err
	}
	saved, err := v.saveKeysAtDoor()
	v.settleShare()
	if err != nil {
		return err
	}
	if !saved.Turned {
		v.note(Notice{Code: ShareNotTurned})
		return fmt.Errorf("%w: %w", ErrShare, saved.NotTurned)
	}
	v.weighShare()
	_, err = v.enter(audit.Entry{Kind: audit.KindKeysTurned, Decision: "share", Turned: true}, audit.ClassOther)
	return err
}

// weighShare keeps the notice of a weak binding true.
func (v *Vault) weighShare() {
	if v.bound != nil && v.bound.Weak() {
		v.note(Notice{Code: ShareWeak})
		return
	}
	v.unnote(ShareWeak)
}
