package reader

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
)

// FORMAT.md, sections 8, 10 and 14.

// Own is the vault's own settings.
type Own struct {
	Name        string `cbor:"1,keyasint"`
	Kind        string `cbor:"2,keyasint"`
	Demo        bool   `cbor:"3,keyasint"`
	Root        []byte `cbor:"4,keyasint"`
	Certificate []byte `cbor:"5,keyasint"`
	Chain       uint64 `cbor:"6,keyasint"`
	First       uint64 `cbor:"7,keyasint"`
	Turn        bool   `cbor:"8,keyasint"`
	Made        int64  `cbor:"9,keyasint"`
	Demands     []struct {
		Kind     string `cbor:"1,keyasint"`
		Slot     []byte `cbor:"2,keyasint"`
		Decision string `cbor:"3,keyasint"`
	} `cbor:"10,keyasint,omitempty"`
	Turned int64 `cbor:"11,keyasint,omitempty"`
	Orders []struct {
		Cohort []byte `cbor:"1,keyasint"`
		Hash   []byte `cbor:"2,keyasint"`
	} `cbor:"12,keyasint,omitempty"`
}

// Info is the information with a slot.
type Info struct {
	Name       string `cbor:"1,keyasint"`
	Role       string `cbor:"2,keyasint"`
	Credential []byte `cbor:"3,keyasint"`
	Duty       uint64 `cbor:"4,keyasint,omitempty"`
	Stands     *struct {
		Cohort []byte `cbor:"1,keyasint"`
		N      uint64 `cbor:"2,keyasint"`
		Time   int64  `cbor:"3,keyasint"`
	} `cbor:"5,keyasint,omitempty"`
}

// State is keys/state.
type State struct {
	Trusted int64 `cbor:"1,keyasint"`
	Boot    int64 `cbor:"2,keyasint"`
	Drift   int64 `cbor:"3,keyasint"`
	Open    int64 `cbor:"4,keyasint"`
	Vouched int64 `cbor:"5,keyasint"`
	Cursors []struct {
		Cohort []byte `cbor:"1,keyasint"`
		At     struct {
			Incarnation uint64 `cbor:"1,keyasint"`
			Rev         uint64 `cbor:"2,keyasint"`
		} `cbor:"2,keyasint"`
	} `cbor:"6,keyasint"`
	Chain struct {
		Chain uint64 `cbor:"1,keyasint"`
		Seq   uint64 `cbor:"2,keyasint"`
		Hash  []byte `cbor:"3,keyasint"`
	} `cbor:"7,keyasint"`
	Hidden []struct {
		Tag  []byte `cbor:"1,keyasint"`
		Time int64  `cbor:"2,keyasint"`
	} `cbor:"8,keyasint"`
	Hours []struct {
		Trusted int64 `cbor:"1,keyasint"`
		Open    int64 `cbor:"2,keyasint"`
	} `cbor:"9,keyasint"`
	NextFact uint64 `cbor:"10,keyasint"`
	Wall     int64  `cbor:"11,keyasint"`
	Start    []byte `cbor:"12,keyasint"`
	Marks    struct {
		Generation uint64 `cbor:"1,keyasint"`
		Frames     uint64 `cbor:"2,keyasint"`
		Items      uint64 `cbor:"3,keyasint"`
		Facts      uint64 `cbor:"4,keyasint"`
	} `cbor:"13,keyasint"`
	Scrubs *struct {
		Deleted uint64 `cbor:"1,keyasint"`
		Ended   int64  `cbor:"2,keyasint"`
	} `cbor:"14,keyasint,omitempty"`
}

// Folder is a data folder, opened with its device share.
type Folder struct {
	*Keys
	Own   Own
	State State
	Facts *Facts
	Items []Item
	Cache Cache
}

// Open opens a data folder with the file of its device share. Scratch is an
// empty folder, for a copy of the cache.
func Open(dir, share, scratch string) (*Folder, error) {
	format, err := os.ReadFile(filepath.Join(dir, "format"))
	if err != nil || string(format) != "satchel vault 1\n" {
		return nil, fmt.Errorf("the folder's format %w", ErrForm)
	}
	f := &Folder{}
	if f.Keys, err = readKeys(dir, share); err != nil {
		return nil, err
	}
	if f.Own, err = decode[Own]("the vault's own settings", f.Head.Own); err != nil {
		return nil, err
	}
	if err := f.readState(dir); err != nil {
		return nil, err
	}
	if f.Facts, err = readFacts(dir, f.Head.Facts, f.Own); err != nil {
		return nil, err
	}
	if f.Items, err = readChain(dir, f.Own.Chain, f.Own.First, f.key()); err != nil {
		return nil, err
	}
	if err := f.reaches(); err != nil {
		return nil, err
	}
	f.Cache, err = ReadCache(dir, scratch, f.Head.Badger)
	return f, err
}

// key is the device's own, for signatures.
func (f *Folder) key() ed25519.PublicKey {
	return ed25519.NewKeyFromSeed(f.Head.Device[:32]).Public().(ed25519.PublicKey)
}

func (f *Folder) device() []byte {
	id := hash("satchel/device/1", f.key())
	return id[:16]
}

func (f *Folder) readState(dir string) error {
	b, err := os.ReadFile(filepath.Join(dir, "keys", "state"))
	if err != nil {
		return err
	}
	plain, err := openBlob(f.Head.State, []byte("satchel/state/1"), b)
	if err != nil {
		return fmt.Errorf("keys/state: %w", err)
	}
	if f.State, err = decode[State]("keys/state", plain); err != nil {
		return err
	}
	if m := f.State.Marks; m.Generation == f.Generation && m.Frames > uint64(f.Frames) {
		return fmt.Errorf("the key log ends too early: it %w", ErrForm)
	}
	return nil
}

// reaches holds the journals to what keys/state says of them.
func (f *Folder) reaches() error {
	last := uint64(0)
	if n := len(f.Items); n > 0 {
		last = f.Items[n-1].Seq
	}
	if c := f.State.Chain; c.Chain == f.Own.Chain && c.Seq > last {
		return fmt.Errorf("the chain of items ends too early: it %w", ErrForm)
	}
	if f.State.NextFact > f.Facts.Next {
		return fmt.Errorf("the facts end too early: they are %w", ErrForm)
	}
	return nil
}

// Unlocked is a folder with what a person's keys open.
type Unlocked struct {
	*Folder
	eks  map[uint32][]byte
	tier []byte // the private key that K is boxed to
}

// Unlock opens a slot with its passphrase, and what lies under DMK.
func (f *Folder) Unlock(slot, passphrase []byte) (*Unlocked, error) {
	dmk, err := f.person(slot, passphrase)
	if err != nil {
		return nil, err
	}
	u := &Unlocked{Folder: f, eks: map[uint32][]byte{}}
	for _, e := range f.Head.EpochKeys {
		ek, err := openWrapped(dmk, bind("satchel/ek/1", put32(e.Generation)), e.Wrapped)
		if err != nil {
			return nil, fmt.Errorf("EK %d: %w", e.Generation, err)
		}
		u.eks[e.Generation] = ek
	}
	tier, err := openBlob(dmk, []byte("satchel/user-tier/1"), f.Head.UserTier)
	if err != nil {
		return nil, fmt.Errorf("the user tier: %w", err)
	}
	u.tier = tier
	private, err := ecdh.X25519().NewPrivateKey(tier)
	if err != nil || !bytes.Equal(private.PublicKey().Bytes(), f.Head.KeysPublic) {
		return nil, fmt.Errorf("the user tier's key %w", ErrForm)
	}
	return u, nil
}

// Opened is one version of a record.
type Opened struct {
	FHIR     []byte
	Header   Header
	Inner    bool // it has an inner part
	Who      *Who
	Released uint64
}

// Read opens one version of a row's record, by the wrap and the cohort's key and,
// where there is one, by the inner part; both must give the same.
func (u *Unlocked) Read(r Row, v Version) (Opened, error) {
	rec, h, err := u.Cache.record(r, v, u.Facts.Certificate.Sign)
	if err != nil {
		return Opened{}, err
	}
	p, err := u.Cache.parts(r, v)
	if err != nil {
		return Opened{}, err
	}
	w, err := u.wrapOf(r, v)
	if err != nil {
		return Opened{}, err
	}
	cohortKey, err := u.Facts.cohortKey(r.Cohort, w.KeyEpoch, u.device(), u.Head.KeysPublic, u.tier)
	if err != nil {
		return Opened{}, err
	}
	dataKey, err := w.dataKey(cohortKey)
	if err != nil {
		return Opened{}, err
	}
	o := Opened{Header: h, Inner: p.generation != 0}
	if o.FHIR, err = fhir(dataKey, rec, h); err != nil || !o.Inner {
		return o, err
	}
	inner, err := openInner(u.eks[p.generation], r, v, p.inner)
	if err != nil {
		return o, err
	}
	if !bytes.Equal(inner.DataKey, dataKey) {
		return o, fmt.Errorf("the inner part's data key %w: the wrap holds another", ErrForm)
	}
	o.Released = inner.Released
	if len(inner.Who) > 0 {
		who, err := readWho(inner.Who)
		if err != nil {
			return o, err
		}
		o.Who = &who
	}
	return o, nil
}
