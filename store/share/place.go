package share

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	"satchel/store/canon"
	"satchel/store/files"
	"satchel/store/seal"
)

// KindFileName is the file that says where a folder's share lies. The key file
// cannot be opened without it where the share lies in a TPM or credential store.
const KindFileName = Dir + "/kind"

const (
	tagLen   = 16
	authLen  = 32
	checkLen = 8
)

// place is the content of the kind file.
type place struct {
	Kind Kind `cbor:"1,keyasint"`
	// Tag tells this folder's shares from those of another in one store.
	Tag []byte `cbor:"2,keyasint"`
	// Auth authorises reading and writing of the TPM's indexes of this folder.
	Auth []byte `cbor:"3,keyasint"`
	// Machine is machineSum of where the folder was made; empty when unknown.
	Machine []byte `cbor:"4,keyasint"`
	// Next is where the share is being moved to; empty when it is not.
	Next Kind `cbor:"5,keyasint"`
}

var placeLimits = canon.Limits{Bytes: 1 << 10, Depth: 2, Items: 8}

func newPlace(kind Kind, machine string) place {
	p := place{Kind: kind, Tag: make([]byte, tagLen), Auth: make([]byte, authLen)}
	_, _ = rand.Read(p.Tag) // never fails (crypto/rand, Go 1.24)
	_, _ = rand.Read(p.Auth)
	p.Machine = machineSum(p.Tag, machine)
	return p
}

func (p place) encode() ([]byte, error) {
	b, err := canon.Marshal(p, placeLimits)
	if err != nil {
		return nil, err
	}
	sum := placeSum(b)
	return append(b, sum[:]...), nil
}

func decodePlace(data []byte) (place, error) {
	damaged := func(what string) (place, error) {
		return place{}, fmt.Errorf("%w: %s %s", seal.ErrKeysDamaged, KindFileName, what)
	}
	if len(data) < checkLen {
		return damaged("is too short")
	}
	body := data[:len(data)-checkLen]
	if sum := placeSum(body); !bytes.Equal(sum[:], data[len(body):]) {
		return damaged("was changed")
	}
	var p place
	if err := canon.Unmarshal(body, &p, placeLimits); err != nil {
		return damaged("makes no sense")
	}
	if len(p.Tag) != tagLen || len(p.Auth) != authLen || len(p.Machine) != 0 && len(p.Machine) != sha256.Size {
		return damaged("has a field of the wrong length")
	}
	if !p.Kind.isStore() || p.Next != "" && !p.Next.isStore() {
		return place{}, fmt.Errorf("%w: %w: %.20q, %.20q", seal.ErrNewerFormat, ErrKind, string(p.Kind), string(p.Next))
	}
	return p, nil
}

func (k Kind) isStore() bool { return k == KindTPM || k == KindKeyring || k == KindFile }

func placeSum(b []byte) [checkLen]byte {
	h := sha256.New()
	h.Write([]byte("satchel/share-kind/1\x00"))
	h.Write(b)
	return [checkLen]byte(h.Sum(nil))
}

// readPlace gives fs.ErrNotExist for a folder that keeps no kind file.
func readPlace(fsys files.FS) (place, error) {
	data, err := files.ReadFile(fsys, KindFileName, 4<<10)
	if errors.Is(err, files.ErrTooLarge) {
		return place{}, fmt.Errorf("%w: %s is too long", seal.ErrKeysDamaged, KindFileName)
	}
	if err != nil {
		return place{}, err
	}
	return decodePlace(data)
}

func (p place) write(fsys files.FS) error {
	data, err := p.encode()
	if err != nil {
		return err
	}
	return files.WriteAtomic(fsys, KindFileName, data)
}

// makeDir makes the folder that all stores keep something in, and removes what
// an interrupted write left there.
func makeDir(fsys files.FS) error {
	if err := fsys.MkdirAll(Dir); err != nil {
		return fmt.Errorf("opening the share folder: %w", err)
	}
	if err := fsys.SyncDir("."); err != nil {
		return fmt.Errorf("opening the share folder: %w", err)
	}
	if err := files.RemoveTemp(fsys, Dir); err != nil {
		return fmt.Errorf("opening the share folder: %w", err)
	}
	return nil
}
