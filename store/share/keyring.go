package share

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/zalando/go-keyring"

	"satchel/store/files"
	"satchel/store/seal"
)

const (
	// service is what a person reads in a list of their passwords.
	service = "Satchel device share"
	// valueForm begins each value.
	valueForm = "satchel-share-1:"
	// keptSuffix marks the file that says that a share may be in the
	// credential store: go-keyring has no listing.
	keptSuffix = ".kept"

	// keyringWait is how long the credential store may take. It answers in
	// milliseconds, but a service that a session starts on demand takes a
	// second or two. An unlock screen waits no longer than this.
	keyringWait = 4 * time.Second
)

// KeyringShare keeps each share as one item of the operating system's credential
// store: the Secret Service on Linux, the Credential Manager on Windows, the
// login keychain on macOS. An item is whole or missing, and nobody else's change
// can undo ours. Which there may be is said by empty files in the data folder,
// made before the item and removed after it.
//
// It never asks the store to unlock anything, and gives up after four seconds:
// both are seal.ErrShareUnavailable. An item passes through a Go string, which
// cannot be wiped. Safe for several goroutines; one process a folder.
type KeyringShare struct {
	fsys files.FS
	tag  []byte
	wait time.Duration
	// asking holds a token while a call is under way. A call that was given
	// up keeps it until it ends, so that at most one is ever abandoned.
	asking chan struct{}
}

var _ seal.Share = (*KeyringShare)(nil)

func newKeyringShare(fsys files.FS, p place) *KeyringShare {
	return &KeyringShare{fsys: fsys, tag: p.Tag, wait: keyringWait, asking: make(chan struct{}, 1)}
}

// Binding implements seal.Share.
func (*KeyringShare) Binding() string { return "credential store" }

// Put implements seal.Share. The item is read back before it counts.
func (k *KeyringShare) Put(id seal.ShareID, key *seal.Key) error {
	return attempt("writing a device share", k.put(id, key))
}

func (k *KeyringShare) put(id seal.ShareID, key *seal.Key) error {
	if err := k.mark(id); err != nil {
		return err
	}
	data := record(labelKeyring, k.tag, id, key)
	value := valueForm + base64.StdEncoding.EncodeToString(data)
	clear(data)
	var back string
	err := k.ask(func() (err error) {
		if err = keyring.Set(service, k.account(id), value); err == nil {
			back, err = keyring.Get(service, k.account(id))
		}
		return err
	})
	if err == nil && back != value {
		err = fmt.Errorf("%w: the credential store gives back something else", seal.ErrShareUnavailable)
	}
	return err
}

// Get implements seal.Share.
func (k *KeyringShare) Get(id seal.ShareID) (seal.Key, error) {
	var value string
	err := k.ask(func() (err error) {
		value, err = keyring.Get(service, k.account(id))
		return err
	})
	var key seal.Key
	if err == nil {
		key, err = k.open(id, value)
	}
	return key, attempt("reading a device share", err)
}

func (k *KeyringShare) open(id seal.ShareID, value string) (seal.Key, error) {
	text, found := strings.CutPrefix(value, valueForm)
	if found && text == "" {
		return seal.Key{}, seal.ErrNoShare // overwritten; the power went before it was deleted
	}
	data, err := base64.StdEncoding.DecodeString(text)
	if !found || err != nil {
		return seal.Key{}, fmt.Errorf("%w: the share in the credential store was changed", seal.ErrKeysDamaged)
	}
	defer clear(data)
	return openRecord(labelKeyring, k.tag, id, data)
}

// Delete implements seal.Share. The item is overwritten before it is deleted,
// for what a store keeps of a deleted item.
func (k *KeyringShare) Delete(id seal.ShareID) error {
	err := k.ask(func() error {
		if _, err := keyring.Get(service, k.account(id)); err != nil {
			return err
		}
		if err := keyring.Set(service, k.account(id), valueForm); err != nil {
			return err
		}
		return keyring.Delete(service, k.account(id))
	})
	if err == nil || errors.Is(err, seal.ErrNoShare) {
		err = k.unmark(id)
	}
	return attempt("destroying a device share", err)
}

// List implements seal.Share. It may name a share that the store never took.
func (k *KeyringShare) List() ([]seal.ShareID, error) {
	names, err := k.fsys.List(Dir)
	if err != nil {
		return nil, fmt.Errorf("listing device shares: %w: %w", seal.ErrShareUnavailable, err)
	}
	var ids []seal.ShareID
	for _, n := range names {
		stem, found := strings.CutSuffix(n, keptSuffix)
		if id, err := seal.ParseShareID(stem); found && err == nil {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// account names a share to the store, and says nothing to a person.
func (k *KeyringShare) account(id seal.ShareID) string {
	return hex.EncodeToString(k.tag) + "." + id.String()
}

func (k *KeyringShare) marker(id seal.ShareID) string {
	return path.Join(Dir, id.String()+keptSuffix)
}

func (k *KeyringShare) mark(id seal.ShareID) error {
	f, err := k.fsys.Open(k.marker(id), files.Create)
	if err == nil {
		err = f.Close()
	}
	if err == nil || errors.Is(err, fs.ErrExist) {
		err = k.fsys.SyncDir(Dir)
	}
	return err
}

func (k *KeyringShare) unmark(id seal.ShareID) error {
	err := k.fsys.Remove(k.marker(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = k.fsys.SyncDir(Dir)
	}
	return err
}

var (
	errTooSlow = errors.New("the credential store does not answer")
	errLocked  = errors.New("the credential store is locked")
)

// ask runs calls of the credential store in a goroutine of their own and gives
// them up when they take too long. An abandoned call may still take effect: it
// is about one share, whose marker is there, so that is put right later.
func (k *KeyringShare) ask(work func() error) error {
	timer := time.NewTimer(k.wait)
	defer timer.Stop()
	select {
	case k.asking <- struct{}{}:
	case <-timer.C:
		return fmt.Errorf("%w: %w", seal.ErrShareUnavailable, errTooSlow)
	}
	done := make(chan error, 1)
	go func() { // ends when the store answers or the process does
		defer func() { <-k.asking }()
		err := mayAsk()
		if err == nil {
			err = work()
		}
		done <- err
	}()
	select {
	case err := <-done:
		switch {
		case errors.Is(err, keyring.ErrNotFound):
			return seal.ErrNoShare
		case err != nil:
			return fmt.Errorf("%w: %w", seal.ErrShareUnavailable, err)
		}
		return nil
	case <-timer.C:
		return fmt.Errorf("%w: %w", seal.ErrShareUnavailable, errTooSlow)
	}
}
