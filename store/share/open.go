package share

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"

	"github.com/google/go-tpm/tpm2/transport"

	"satchel/store/files"
	"satchel/store/seal"
)

// Options say which store is wanted. The zero value takes a folder as it is, and
// makes a new one with a file, which touches nothing outside the folder.
type Options struct {
	// Want is the store for a new folder; Best is the strongest that works.
	// An existing folder keeps its own: another one asked for by name is
	// ErrOtherKind.
	Want Kind
	// Unattended says that nobody signs in at the machine, so that after it
	// starts nobody unlocks the credential store: Best passes it over.
	Unattended bool
	// TPMSocket is the socket of an emulator in place of the machine's TPM,
	// for tests and demonstrations.
	TPMSocket string
	// Machine gives the machine's name for itself. Nil: the system's. Empty:
	// it has none, and a copied folder is not noticed.
	Machine func() string
}

func (o Options) machine() string {
	if o.Machine != nil {
		return o.Machine()
	}
	return machineID()
}

func (o Options) dial() (transport.TPMCloser, error) {
	if o.TPMSocket != "" {
		return socketTPM(o.TPMSocket)
	}
	return machineTPM()
}

// candidates gives the stores to try for what is wanted, strongest first.
func (o Options) candidates() []Kind {
	switch {
	case o.Want == "":
		return []Kind{KindFile}
	case o.Want != Best:
		return []Kind{o.Want}
	case o.Unattended:
		return []Kind{KindTPM, KindFile}
	}
	return []Kind{KindTPM, KindKeyring, KindFile}
}

// Create chooses the store of a new data folder and remembers it in the folder.
// It tries each with a share that it destroys again. What an interrupted
// creation left is destroyed, as far as it can be reached. A store asked for by
// name that does not work is an error: seal.ErrShareUnavailable in most cases.
//
// The folder MUST NOT hold a vault.
func Create(fsys files.FS, o Options) (*Bound, error) {
	if err := makeDir(fsys); err != nil {
		return nil, err
	}
	discard(fsys, o)
	var errs []error
	for _, kind := range o.candidates() {
		if !kind.isStore() {
			return nil, fmt.Errorf("choosing a store of device shares: %w: %q", ErrKind, string(kind))
		}
		b := newBound(fsys, o, newPlace(kind, o.machine()))
		// The kind file comes first: what the trial leaves when the power
		// goes is found by it.
		err := b.place.write(fsys)
		if err == nil {
			err = try(b.now)
		}
		if err == nil {
			return b, nil
		}
		errs = append(errs, fmt.Errorf("%s: %w", kind, err))
	}
	return nil, fmt.Errorf("choosing a store of device shares: %w", errors.Join(errs...))
}

// discard destroys what a creation that came to nothing left behind. What does
// not answer keeps it: a share without a key file opens nothing.
func discard(fsys files.FS, o Options) {
	stores := []seal.Share{&FileShare{fsys: fsys}}
	if p, err := readPlace(fsys); err == nil {
		b := newBound(fsys, o, p)
		stores = append(stores, b.stores()...)
	}
	for _, s := range stores {
		ids, _ := s.List()
		for _, id := range ids {
			_ = s.Delete(id)
		}
		if tpm, is := s.(*TPMShare); is {
			pins, _ := tpm.PINs()
			for _, id := range pins {
				_ = tpm.DeletePIN(id)
			}
		}
	}
}

// try puts a share, gets it, and destroys it.
func try(s seal.Share) error {
	var id seal.ShareID
	_, _ = rand.Read(id[:]) // never fails (crypto/rand, Go 1.24)
	key := seal.NewKey()
	defer key.Wipe()
	err := s.Put(id, &key)
	if err == nil {
		var got seal.Key
		if got, err = s.Get(id); err == nil && got != key {
			err = fmt.Errorf("%w: another share came back", seal.ErrShareUnavailable)
		}
	}
	return errors.Join(err, s.Delete(id))
}

// Open finds the store of an existing folder. A folder from before there was a
// choice is a file's. Errors: ErrElsewhere for a file that was copied from
// another machine, ErrOtherKind, seal.ErrKeysDamaged and seal.ErrNewerFormat for
// the kind file. That a TPM or credential store cannot be reached shows at Get.
func Open(fsys files.FS, o Options) (*Bound, error) {
	if err := makeDir(fsys); err != nil {
		return nil, err
	}
	p, err := readPlace(fsys)
	if errors.Is(err, fs.ErrNotExist) {
		p = newPlace(KindFile, o.machine())
		if ids, err := (&FileShare{fsys: fsys}).List(); err == nil && len(ids) > 0 {
			// Where this cannot be written, on a full disk, the folder opens
			// all the same, and a later start writes it.
			_ = p.write(fsys)
		}
	} else if err != nil {
		return nil, fmt.Errorf("finding the device share: %w", err)
	}
	if o.Want != "" && o.Want != Best && o.Want != p.Kind && o.Want != p.Next {
		return nil, fmt.Errorf("finding the device share: %w: in %s, not in %s", ErrOtherKind, p.Kind.words(), o.Want.words())
	}
	b := newBound(fsys, o, p)
	if b.Elsewhere() && (p.Kind == KindFile || p.Next == KindFile) {
		return nil, fmt.Errorf("finding the device share: %w", ErrElsewhere)
	}
	return b, nil
}

func (k Kind) words() string {
	switch k {
	case KindTPM:
		return "the TPM"
	case KindKeyring:
		return "the credential store"
	case KindFile:
		return "a file"
	}
	return string(k)
}

// Elsewhere tells whether the folder says that it was made on another machine
// than this one. Where the share lies in a TPM or credential store and is found,
// that settles it, and the machine has only changed its name.
func (b *Bound) Elsewhere() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	here := machineSum(b.place.Tag, b.options.machine())
	return len(here) > 0 && len(b.place.Machine) > 0 && !bytes.Equal(here, b.place.Machine)
}
