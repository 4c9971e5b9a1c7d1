package fact

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"

	"satchel/store/canon"
	"satchel/store/identity"
)

// ErrContent says that a ciphertext is not the one its header vouches for.
// Drop it and fetch it again from somebody else.
var ErrContent = errors.New("the record's content is not what its header names")

// RecordHeader is the hub's word on one version of one patient's summary, as
// released to one cohort.
type RecordHeader struct {
	Incarnation uint64            `cbor:"1,keyasint"`
	Cohort      identity.CohortID `cbor:"2,keyasint"`
	Rev         uint64            `cbor:"3,keyasint"` // dense in the cohort
	PID         identity.PID      `cbor:"4,keyasint"`
	Epoch       uint64            `cbor:"5,keyasint"`
	Ver         uint64            `cbor:"6,keyasint"`
	NotAfter    int64             `cbor:"7,keyasint"` // Unix milliseconds
	Released    int64             `cbor:"8,keyasint"`
	Dictionary  [8]byte           `cbor:"9,keyasint"`  // zero: none
	Hash        [32]byte          `cbor:"10,keyasint"` // SHA-256 of the ciphertext
	Commitment  [32]byte          `cbor:"11,keyasint"` // to the data key
	Size        uint64            `cbor:"12,keyasint"` // of the ciphertext, bytes
	Withheld    bool              `cbor:"13,keyasint"` // parts were left out of what was released
	Source      [32]byte          `cbor:"14,keyasint"` // keyed hash of the central document's version
}

func (RecordHeader) domain() string       { return "satchel/record/1" }
func (RecordHeader) limits() canon.Limits { return headerLimits }
func (h RecordHeader) check() error {
	if h.Epoch == 0 || h.Ver == 0 || h.Rev == 0 || h.NotAfter <= h.Released {
		return errors.New("a record needs an epoch, a version, a revision and a life")
	}
	return nil
}

// Newer tells whether h beats other for the same patient and cohort: max by
// (epoch, ver). What follows only breaks ties, which a hub restored from a
// backup can make, so that all devices settle on the same one.
func (h RecordHeader) Newer(other RecordHeader) bool {
	return cmp.Or(
		cmp.Compare(h.Epoch, other.Epoch),
		cmp.Compare(h.Ver, other.Ver),
		cmp.Compare(h.Incarnation, other.Incarnation),
		cmp.Compare(h.Rev, other.Rev),
		bytes.Compare(h.Hash[:], other.Hash[:]),
	) > 0
}

// Record is R: a signed header and the ciphertext it names.
type Record struct {
	Header     Signed[RecordHeader]
	Ciphertext []byte
}

type wireRecord struct {
	Body       []byte `cbor:"1,keyasint"`
	Sig        []byte `cbor:"2,keyasint"`
	Ciphertext []byte `cbor:"3,keyasint"`
}

// Raw gives the bytes that OpenRecord reads: the R that is kept and relayed
// byte for byte.
func (r Record) Raw() ([]byte, error) {
	return canon.Marshal(wireRecord{r.Header.body, r.Header.sig, r.Ciphertext}, recordLimits)
}

// OpenRecord decodes an R, verifies the hub's signature and that the
// ciphertext is the one the header names.
func OpenRecord(hub ed25519.PublicKey, raw []byte) (Record, error) {
	r, err := DecodeRecord(raw)
	if err != nil {
		return r, err
	}
	if !r.Header.By(hub) {
		return Record{}, fmt.Errorf("opening a record: %w", ErrSignature)
	}
	return r, nil
}

// DecodeRecord reads an R whose signature was checked when it was stored. It
// still checks that the ciphertext is the one the header names.
func DecodeRecord(raw []byte) (Record, error) {
	var w wireRecord
	if err := canon.Unmarshal(raw, &w, recordLimits); err != nil {
		return Record{}, fmt.Errorf("opening a record: %w", err)
	}
	var h RecordHeader
	if err := canon.Unmarshal(w.Body, &h, headerLimits); err != nil {
		return Record{}, fmt.Errorf("opening a record's header: %w", err)
	}
	if err := h.check(); err != nil {
		return Record{}, fmt.Errorf("opening a record's header: %w", err)
	}
	if uint64(len(w.Ciphertext)) != h.Size || sha256.Sum256(w.Ciphertext) != h.Hash {
		return Record{}, fmt.Errorf("opening a record: %w", ErrContent)
	}
	return Record{Signed[RecordHeader]{h, w.Body, w.Sig}, w.Ciphertext}, nil
}

// Wrap is W: a record's data key under a cohort key. Unsigned: whoever can
// open one may make one for the newest key epoch, and a bad one fails the
// commitment in R.
type Wrap struct {
	Cohort   identity.CohortID `cbor:"1,keyasint"`
	PID      identity.PID      `cbor:"2,keyasint"`
	Epoch    uint64            `cbor:"3,keyasint"`
	Ver      uint64            `cbor:"4,keyasint"`
	KeyEpoch uint64            `cbor:"5,keyasint"`
	Box      []byte            `cbor:"6,keyasint"`
}

// Raw encodes the wrap.
func (w Wrap) Raw() ([]byte, error) { return canon.Marshal(w, headerLimits) }

// DecodeWrap reads a wrap.
func DecodeWrap(raw []byte) (Wrap, error) {
	var w Wrap
	if err := canon.Unmarshal(raw, &w, headerLimits); err != nil {
		return Wrap{}, fmt.Errorf("reading a wrap: %w", err)
	}
	return w, nil
}

// Fits tells whether the wrap belongs to that record.
func (w Wrap) Fits(h RecordHeader) bool {
	return w.Cohort == h.Cohort && w.PID == h.PID && w.Epoch == h.Epoch && w.Ver == h.Ver
}

// KeySet is K: a cohort's key of one epoch, boxed to each member, and the
// older keys still in use under it. One signature over the whole set: members
// and carriers keep it whole.
type KeySet struct {
	Incarnation uint64            `cbor:"1,keyasint"`
	Cohort      identity.CohortID `cbor:"2,keyasint"`
	Epoch       uint64            `cbor:"3,keyasint"`
	Boxes       []KeyBox          `cbor:"4,keyasint"`
	Older       []OlderKey        `cbor:"5,keyasint"`
	Time        int64             `cbor:"6,keyasint"`
}

// KeyBox is the cohort key for one device: an anonymous nacl/box, 80 bytes.
type KeyBox struct {
	Device identity.DeviceID `cbor:"1,keyasint"`
	Box    []byte            `cbor:"2,keyasint"`
}

// OlderKey is the key of an earlier epoch, under the key of this one.
type OlderKey struct {
	Epoch uint64 `cbor:"1,keyasint"`
	Box   []byte `cbor:"2,keyasint"`
}

func (KeySet) domain() string       { return "satchel/keys/1" }
func (KeySet) limits() canon.Limits { return keySetLimits }
func (k KeySet) check() error {
	if k.Epoch == 0 {
		return errors.New("a key set needs an epoch")
	}
	for _, o := range k.Older {
		if o.Epoch == 0 || o.Epoch >= k.Epoch {
			return errors.New("an older key of a key set is not older")
		}
	}
	return nil
}

// For gives the box for one device.
func (k KeySet) For(d identity.DeviceID) ([]byte, bool) {
	for _, b := range k.Boxes {
		if b.Device == d {
			return b.Box, true
		}
	}
	return nil, false
}

// Freshness is F: as of a time the hub had signed no record above Rev in the
// cohort and no governance above Head. It renews leases, and says "checked".
type Freshness struct {
	Incarnation uint64            `cbor:"1,keyasint"`
	Cohort      identity.CohortID `cbor:"2,keyasint"`
	Rev         uint64            `cbor:"3,keyasint"`
	Governance  Point             `cbor:"4,keyasint"`
	Time        int64             `cbor:"5,keyasint"` // Unix milliseconds, hub clock
}

func (Freshness) domain() string       { return "satchel/freshness/1" }
func (Freshness) limits() canon.Limits { return headerLimits }
func (f Freshness) check() error {
	if f.Time <= 0 {
		return errors.New("a freshness statement needs a time")
	}
	return nil
}

// Newer tells whether f was said after other. Within one millisecond the
// counters tell, for they never fall.
func (f Freshness) Newer(other Freshness) bool {
	return cmp.Or(
		cmp.Compare(f.Incarnation, other.Incarnation),
		cmp.Compare(f.Time, other.Time),
		cmp.Compare(f.Governance.N, other.Governance.N),
		cmp.Compare(f.Rev, other.Rev),
	) > 0
}
