// Package share keeps the device share S, the 32 random bytes under which a
// device's key file stands, in a place that can forget it: the machine's TPM,
// the operating system's credential store, or a file. [Create] chooses the
// place of a new data folder, [Open] finds it again, and a [Bound] moves it.
//
// It guarantees that a share that was put survives a power cut, as far as the
// store keeps what it acknowledged; that Get tells "there is no such share" from
// "it cannot be reached now"; that a folder never falls to a weaker store than
// the one it was made with; and that nothing here waits for a dialogue, or for
// longer than a few seconds.
//
// It does not decide when a share is turned: store/seal does. It does not
// protect against who runs programs as the same user: they reach the TPM and the
// credential store as we do. In a file the share is bound to nothing, and says
// so ("weak binding: file"): a folder copied to another machine is noticed by
// the machine's name for itself, which is a guard against a mistake and no
// defence. Erasure is as good as the store's forgetting; backups and snapshots
// of the folder must exclude it.
//
// TestSaveNextAtEveryCut cuts the power at every operation of the key file and
// the share file together, TestTPMAtEveryCut and TestKeyringAtEveryCut do it with
// a real TPM emulator and a real credential store, and find exactly one
// generation that opens.
package share

import (
	"errors"
	"fmt"
)

// Dir is the folder of what this package keeps in the data folder.
const Dir = "share"

// Kind names a store of device shares, in its settings and in the folder.
type Kind string

// The stores, strongest first.
const (
	KindTPM     Kind = "tpm"
	KindKeyring Kind = "keyring" // the operating system's credential store
	KindFile    Kind = "file"
	// Best asks for the strongest that works; no folder is of this kind.
	Best Kind = "best"
)

var (
	// ErrElsewhere: the data folder is bound to another machine; it was
	// copied. It opens on that machine alone; enrol this one.
	ErrElsewhere = errors.New("data folder is bound to another machine")
	// ErrOtherKind: the share lies in another store than was asked for. Ask
	// for none, or move it.
	ErrOtherKind = errors.New("device share lies in another store")
	// ErrKind: no such store is known. The text names what was asked for.
	ErrKind = errors.New("no such store of device shares")
	// ErrHoldsPINs: the TPM keeps PINs of this folder, which would not work
	// without it. Replace them by passphrases first.
	ErrHoldsPINs = errors.New("TPM keeps PINs of this data folder")
)

// ParseKind reads a kind as it is typed: tpm, keyring, file or best.
func ParseKind(s string) (Kind, error) {
	switch k := Kind(s); k {
	case KindTPM, KindKeyring, KindFile, Best:
		return k, nil
	}
	return "", fmt.Errorf("%w: %q (tpm, keyring, file or best)", ErrKind, s)
}
