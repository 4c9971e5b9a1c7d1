package reader

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
	"github.com/klauspost/compress/zstd"
)

// FORMAT.md, sections 3 and 12.

// Record is R.
type Record struct {
	Header     []byte `cbor:"1,keyasint"`
	Signature  []byte `cbor:"2,keyasint"`
	Ciphertext []byte `cbor:"3,keyasint"`
}

// Header is what the hub signs of a record.
type Header struct {
	Incarnation uint64 `cbor:"1,keyasint"`
	Cohort      []byte `cbor:"2,keyasint"`
	Rev         uint64 `cbor:"3,keyasint"`
	PID         []byte `cbor:"4,keyasint"`
	Epoch       uint64 `cbor:"5,keyasint"`
	Ver         uint64 `cbor:"6,keyasint"`
	NotAfter    int64  `cbor:"7,keyasint"`
	Released    int64  `cbor:"8,keyasint"`
	Dictionary  []byte `cbor:"9,keyasint"`
	Hash        []byte `cbor:"10,keyasint"`
	Commitment  []byte `cbor:"11,keyasint"`
	Size        uint64 `cbor:"12,keyasint"`
	Withheld    bool   `cbor:"13,keyasint"`
	Document    []byte `cbor:"14,keyasint"`
}

// Wrap is W.
type Wrap struct {
	Cohort   []byte `cbor:"1,keyasint"`
	PID      []byte `cbor:"2,keyasint"`
	Epoch    uint64 `cbor:"3,keyasint"`
	Ver      uint64 `cbor:"4,keyasint"`
	KeyEpoch uint64 `cbor:"5,keyasint"`
	Box      []byte `cbor:"6,keyasint"`
}

// Cache is what lies in Badger: values without their padding, by their keys.
type Cache map[string][]byte

func cacheKey(kind uint8, handle [16]byte, ver uint64) string {
	return string(binary.BigEndian.AppendUint64(append([]byte{kind}, handle[:]...), ver))
}

// ReadCache reads all of a folder's cache with Badger's key. Badger writes to
// what it opens, so a copy is opened, in scratch.
func ReadCache(dir, scratch string, key []byte) (Cache, error) {
	x := hash("satchel/cache-folder/1", key)
	found, err := filepath.Glob(filepath.Join(dir, "cache", hex.EncodeToString(x[:8])+"-*"))
	if err != nil || len(found) != 1 {
		return nil, fmt.Errorf("%d caches have this key: the cache %w", len(found), ErrSealed)
	}
	if err := os.CopyFS(scratch, os.DirFS(found[0])); err != nil {
		return nil, err
	}
	db, err := badger.Open(badger.DefaultOptions(scratch).WithEncryptionKey(key).WithIndexCacheSize(1 << 20).WithLogger(nil))
	if err != nil {
		return nil, err
	}
	out := Cache{}
	err = db.View(func(txn *badger.Txn) error {
		all := txn.NewIterator(badger.DefaultIteratorOptions)
		defer all.Close()
		for all.Rewind(); all.Valid(); all.Next() {
			value, err := all.Item().ValueCopy(nil)
			if err != nil {
				return err
			}
			if value, err = unpad(value, 128); err != nil {
				return fmt.Errorf("a value: %w", err)
			}
			out[string(all.Item().Key())] = value
		}
		return nil
	})
	return out, errors.Join(err, db.Close())
}

// record gives the record of a held version, with all that is checked without
// a person's keys.
func (c Cache) record(r Row, v Version, hub ed25519.PublicKey) (Record, Header, error) {
	raw, held := c[cacheKey(1, r.Handle, v.Ver)]
	if !held {
		return Record{}, Header{}, fmt.Errorf("a record %w: it is missing", ErrForm)
	}
	rec, err := decode[Record]("a record", raw)
	if err != nil {
		return rec, Header{}, err
	}
	h, err := decode[Header]("a record's header", rec.Header)
	if err != nil {
		return rec, h, err
	}
	if !ed25519.Verify(hub, slicesOf([]byte("satchel/record/1\x00"), rec.Header), rec.Signature) {
		return rec, h, fmt.Errorf("a record's signature %w", ErrForm)
	}
	if !bytes.Equal(h.Cohort, r.Cohort[:]) || !bytes.Equal(h.PID, r.PID[:]) || h.Epoch != r.Epoch || h.Ver != v.Ver || !bytes.Equal(h.Hash, v.Hash[:]) {
		return rec, h, fmt.Errorf("a record %w: it is not its row's", ErrForm)
	}
	if !bytes.Equal(sum(rec.Ciphertext), h.Hash) || uint64(len(rec.Ciphertext)) != h.Size {
		return rec, h, fmt.Errorf("a record's ciphertext %w", ErrForm)
	}
	return rec, h, nil
}

// parts is a value of kind 2, taken apart.
type parts struct {
	generation  uint32
	wrap, inner []byte
}

func (c Cache) parts(r Row, v Version) (p parts, err error) {
	b := &cut{b: c[cacheKey(2, r.Handle, v.Ver)]}
	if b.byte() != 2 {
		return p, fmt.Errorf("a value of kind 2 %w", ErrForm)
	}
	p.generation = b.u32()
	p.wrap = b.take(int(u16(b.take(2))))
	p.inner = b.b
	if b.short || (p.generation == 0) != (len(p.inner) == 0) {
		return p, fmt.Errorf("a value of kind 2 %w", ErrForm)
	}
	return p, nil
}

func place(r Row, v Version) []byte {
	return slicesOf(r.Handle[:], r.PID[:], put64(r.Epoch, v.Ver), v.Hash[:])
}

// Inner is an inner part.
type Inner struct {
	DataKey  []byte
	Released uint64
	Who      []byte
}

func innerKey(ek []byte, r Row) []byte {
	mac := hmac.New(sha256.New, ek)
	mac.Write(bind("satchel/inner/2", r.Key[:], r.Handle[:]))
	return mac.Sum(nil)
}

func openInner(ek []byte, r Row, v Version, sealed []byte) (Inner, error) {
	padded, err := openBlob(innerKey(ek, r), bind("satchel/innerpart/2", place(r, v)), sealed)
	if err != nil {
		return Inner{}, fmt.Errorf("an inner part: %w", err)
	}
	plain, err := unpad(padded, 256)
	if err != nil || len(plain) < 40 {
		return Inner{}, fmt.Errorf("an inner part %w", ErrForm)
	}
	return Inner{plain[:32], u64(plain[32:]), plain[40:]}, nil
}

func openWrap(r Row, v Version, sealed []byte) (Wrap, error) {
	padded, err := openBlob(r.Key[:], bind("satchel/wrapped/2", place(r, v)), sealed)
	if err != nil {
		return Wrap{}, fmt.Errorf("a wrap: %w", err)
	}
	plain, err := unpad(padded, 64)
	if err != nil {
		return Wrap{}, err
	}
	w, err := decode[Wrap]("a wrap", plain)
	if err != nil {
		return w, err
	}
	if !bytes.Equal(w.Cohort, r.Cohort[:]) || !bytes.Equal(w.PID, r.PID[:]) || w.Epoch != r.Epoch || w.Ver != v.Ver {
		return w, fmt.Errorf("a wrap %w: it is not its row's", ErrForm)
	}
	return w, nil
}

func (w Wrap) dataKey(cohortKey []byte) ([]byte, error) {
	return openWrapped(cohortKey, numbered("satchel/wrap/1:", w.Cohort, w.PID, put64(w.Epoch, w.Ver, w.KeyEpoch)), w.Box)
}

// fhir opens a record's ciphertext.
func fhir(dataKey []byte, rec Record, h Header) ([]byte, error) {
	if commitment := hash("satchel/datakey/1", dataKey); !bytes.Equal(commitment[:], h.Commitment) {
		return nil, fmt.Errorf("a data key %w: it is not the one committed to", ErrForm)
	}
	plain, err := openBlob(dataKey, []byte("satchel/record/1"), rec.Ciphertext)
	if err != nil {
		return nil, err
	}
	if len(rec.Ciphertext)%256 != 0 || len(plain) < 6 || plain[0] < 1 || plain[0] > 2 || u32(plain[1:]) > 33554432 {
		return nil, fmt.Errorf("a record's content %w", ErrForm)
	}
	frame, err := unpad(plain, len(plain))
	if err != nil {
		return nil, err
	}
	options := []zstd.DOption{zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64 << 20)}
	if frame = frame[5:]; plain[0] == 2 {
		dict, err := os.ReadFile("../../assets/dictionary/records-1.zdict")
		if err != nil {
			return nil, err
		}
		if sum := sha256.Sum256(dict); !bytes.HasPrefix(frame, sum[:]) || !bytes.Equal(h.Dictionary, sum[:8]) {
			return nil, fmt.Errorf("a record's dictionary %w", ErrForm)
		}
		frame, options = frame[32:], append(options, zstd.WithDecoderDicts(dict))
	}
	z, err := zstd.NewReader(nil, options...)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	out, err := z.DecodeAll(frame, nil)
	if err != nil || len(out) != int(u32(plain[1:])) {
		return nil, fmt.Errorf("a record's content %w", ErrForm)
	}
	return out, nil
}

// Who is whose record it is: demographics.
type Who struct {
	Dead, Restricted, Protected, Doubt bool
	Sex, NHS, Born                     string
	Banner, Preferred                  string
	Postcode, Address                  string
	Names                              [][2]string // family, given names
}

func readWho(b []byte) (w Who, err error) {
	c := &cut{b: b}
	text := func() string { return string(c.take(int(c.uvarint()))) }
	version, flags, sex := c.byte(), c.byte(), c.byte()
	if version != 1 || flags > 15 || sex > 3 {
		return w, fmt.Errorf("demographics %w", ErrForm)
	}
	w.Dead, w.Restricted, w.Protected, w.Doubt = flags&1 != 0, flags&2 != 0, flags&4 != 0, flags&8 != 0
	w.Sex = [...]string{"Not known", "Male", "Female", "Not specified"}[sex]
	w.NHS = text()
	precision, year, month, day := c.byte(), u16(c.take(2)), c.byte(), c.byte()
	switch precision {
	case 0:
	case 2:
		w.Born = fmt.Sprintf("%04d", year)
	case 3:
		w.Born = fmt.Sprintf("%04d-%02d", year, month)
	case 4:
		w.Born = fmt.Sprintf("%04d-%02d-%02d", year, month, day)
	default:
		return w, fmt.Errorf("demographics %w", ErrForm)
	}
	w.Banner, w.Preferred, w.Postcode, w.Address = text(), text(), text(), text()
	for range c.byte() {
		w.Names = append(w.Names, [2]string{text(), text()})
	}
	if c.short || len(c.b) != 0 {
		return w, fmt.Errorf("demographics %w", ErrForm)
	}
	return w, nil
}
