package reader

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// FORMAT.md, sections 6, 7 and 9.

// Head is the head of a key file.
type Head struct {
	Device        []byte     `cbor:"1,keyasint"`
	Facts         []byte     `cbor:"2,keyasint"`
	State         []byte     `cbor:"3,keyasint"`
	Badger        []byte     `cbor:"4,keyasint"`
	Journal       []byte     `cbor:"5,keyasint"`
	Slots         []Slot     `cbor:"6,keyasint"`
	DMKGeneration uint32     `cbor:"7,keyasint"`
	DMKCommitment []byte     `cbor:"8,keyasint"`
	Recovery      []byte     `cbor:"9,keyasint"`
	RecoveryDMK   []byte     `cbor:"10,keyasint"`
	EpochKeys     []EpochKey `cbor:"11,keyasint"`
	UserTier      []byte     `cbor:"12,keyasint"`
	KeysPublic    []byte     `cbor:"13,keyasint"`
	Dropped       []Dropped  `cbor:"14,keyasint"`
	Attempts      []Attempt  `cbor:"15,keyasint"`
	Own           []byte     `cbor:"16,keyasint"`
	Places        []Place    `cbor:"17,keyasint,omitempty"`
	ShareOwed     bool       `cbor:"18,keyasint,omitempty"`
}

// Slot is one person's place, with keys.
type Slot struct {
	ID     []byte `cbor:"1,keyasint"`
	Public []byte `cbor:"2,keyasint"`
	Costs  struct {
		Memory uint32 `cbor:"1,keyasint"`
		Passes uint32 `cbor:"2,keyasint"`
		Lanes  uint8  `cbor:"3,keyasint"`
	} `cbor:"3,keyasint"`
	Salt    []byte `cbor:"4,keyasint"`
	Private []byte `cbor:"5,keyasint"`
	Info    []byte `cbor:"6,keyasint"`
	DMK     []byte `cbor:"7,keyasint"`
	Pepper  []byte `cbor:"8,keyasint,omitempty"`
}

// EpochKey is an EK under DMK.
type EpochKey struct {
	Generation uint32 `cbor:"1,keyasint"`
	Wrapped    []byte `cbor:"2,keyasint"`
}

// Dropped is a row that a generation dropped.
type Dropped struct {
	Cohort []byte `cbor:"1,keyasint"`
	PID    []byte `cbor:"2,keyasint"`
	Epoch  uint64 `cbor:"3,keyasint"`
}

// Attempt counts what was tried at a place.
type Attempt struct {
	Slot   []byte `cbor:"1,keyasint"`
	Failed uint64 `cbor:"2,keyasint"`
	Last   int64  `cbor:"3,keyasint"`
	Code   []byte `cbor:"4,keyasint,omitempty"`
}

// Place is a place without keys.
type Place struct {
	Slot   Slot   `cbor:"1,keyasint"`
	Joined []byte `cbor:"2,keyasint"`
	Asked  string `cbor:"3,keyasint"`
	At     int64  `cbor:"4,keyasint"`
	Answer string `cbor:"5,keyasint"`
}

// Version is one held version of a record.
type Version struct {
	Ver, NotAfter uint64
	Hash          [32]byte
	State         uint8
}

// Row is one patient's record in one cohort.
type Row struct {
	Handle, PID, Cohort, Tag [16]byte
	Epoch                    uint64
	Key                      [32]byte
	Versions                 []Version
}

// Keys is what the device share opens: a generation of the key file and what
// the key log says has changed since.
type Keys struct {
	Generation uint64
	Head       Head
	Rows       map[[16]byte]Row
	Entered    bool // everything that the generation dropped has been entered
	Frames     int
	Torn       bool
}

// readShare gives the id and S of a share that is a file.
func readShare(name string) (id, s []byte, err error) {
	id, err = hex.DecodeString(filepath.Base(name))
	if err != nil || len(id) != 16 {
		return nil, nil, fmt.Errorf("the name of a share %w", ErrForm)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, err
	}
	if len(b) != 40 {
		return nil, nil, fmt.Errorf("a share %w", ErrForm)
	}
	if check := hash("satchel/share-file/1", id, b[:32]); !bytes.Equal(check[:8], b[32:]) {
		return nil, nil, fmt.Errorf("a share %w", ErrForm)
	}
	return id, b[:32], nil
}

// readKeys opens the generation in force: the highest whose share is at hand.
func readKeys(dir, share string) (*Keys, error) {
	names, err := filepath.Glob(filepath.Join(dir, "keys", "gen-*"))
	if err != nil {
		return nil, err
	}
	id, s, err := readShare(share)
	if err != nil {
		return nil, err
	}
	var best *Keys
	var sealed []byte
	for _, name := range names {
		n, err := strconv.ParseUint(strings.TrimPrefix(filepath.Base(name), "gen-"), 10, 64)
		if err != nil {
			continue // gen-N.tmp
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if len(b) < 34 || string(b[:8]) != "SATCHELK" || u16(b[8:]) != 1 || u64(b[10:]) != n {
			return nil, fmt.Errorf("the header of a key file %w", ErrForm)
		}
		if bytes.Equal(b[18:34], id) && (best == nil || n > best.Generation) {
			best, sealed = &Keys{Generation: n}, b
		}
	}
	if best == nil {
		return nil, fmt.Errorf("no key file names this share: the folder %w", ErrSealed)
	}
	key, err := derive(s, "satchel/keys/1", id)
	if err != nil {
		return nil, err
	}
	plain, err := openBlob(key, bind("satchel/keys/1", sealed[:34]), sealed[34:])
	if err != nil {
		return nil, fmt.Errorf("the key file: %w", err)
	}
	if err := best.read(plain); err != nil {
		return nil, err
	}
	return best, best.replay(dir)
}

func (k *Keys) read(plain []byte) (err error) {
	if len(plain) < 4 || uint64(len(plain)) < 4+uint64(u32(plain)) {
		return fmt.Errorf("the key file %w", ErrForm)
	}
	table := plain[4+u32(plain):]
	if k.Head, err = decode[Head]("the head of the key file", plain[4:4+u32(plain)]); err != nil {
		return err
	}
	k.Rows, err = readTable(table)
	return err
}

// cut takes bytes from the front of a buffer and remembers when there were too
// few.
type cut struct {
	b     []byte
	short bool
}

func (c *cut) take(n int) []byte {
	if n < 0 || n > len(c.b) {
		c.short = true
		return make([]byte, max(n, 0)&0xffff)
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b
}

func (c *cut) byte() uint8   { return c.take(1)[0] }
func (c *cut) u32() uint32   { return u32(c.take(4)) }
func (c *cut) u64() uint64   { return u64(c.take(8)) }
func (c *cut) id() [16]byte  { return [16]byte(c.take(16)) }
func (c *cut) key() [32]byte { return [32]byte(c.take(32)) }

func (c *cut) uvarint() uint64 {
	x, n := binary.Uvarint(c.b)
	if n <= 0 || n > 1 && c.b[n-1] == 0 {
		c.short = true
		return 0
	}
	c.b = c.b[n:]
	return x
}

func readTable(b []byte) (map[[16]byte]Row, error) {
	c := &cut{b: b}
	cohorts := make([][16]byte, min(c.u32(), 1<<16))
	for i := range cohorts {
		cohorts[i] = c.id()
	}
	n, rows := c.u32(), map[[16]byte]Row{}
	for range n {
		r := Row{Handle: c.id(), PID: c.id()}
		at := c.uvarint()
		if c.short || at >= uint64(len(cohorts)) {
			return nil, fmt.Errorf("the key table %w", ErrForm)
		}
		r.Cohort, r.Epoch, r.Tag, r.Key = cohorts[at], c.uvarint(), c.id(), c.key()
		for range c.byte() {
			r.Versions = append(r.Versions, Version{c.uvarint(), c.uvarint(), c.key(), c.byte()})
		}
		rows[r.Handle] = r
	}
	if c.short || len(c.b) != 0 || len(rows) != int(n) {
		return nil, fmt.Errorf("the key table %w", ErrForm)
	}
	return rows, nil
}

// replay applies keys/log-N.
func (k *Keys) replay(dir string) error {
	b, err := os.ReadFile(filepath.Join(dir, "keys", fmt.Sprintf("log-%d", k.Generation)))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for len(b) > 0 {
		if len(b) < 8 || uint64(len(b)) < 8+uint64(u32(b)) || crc32.Checksum(b[8:8+u32(b)], crc32.MakeTable(crc32.Castagnoli)) != u32(b[4:]) {
			return k.end(b)
		}
		label := bind("satchel/keylog/1", put64(k.Generation, uint64(k.Frames)))
		plain, err := openBlob(k.Head.Journal, label, b[8:8+u32(b)])
		if err != nil {
			return fmt.Errorf("frame %d of the key log: %w", k.Frames, err)
		}
		if err := k.apply(plain); err != nil {
			return fmt.Errorf("frame %d of the key log: %w", k.Frames, err)
		}
		k.Frames++
		b = b[8+u32(b):]
	}
	return nil
}

// end is where the log stops being whole: nothing behind it was acknowledged, or
// it is damaged.
func (k *Keys) end(b []byte) error {
	if len(b) > 8<<20 {
		return fmt.Errorf("frame %d of the key log %w, and too much is behind it", k.Frames, ErrForm)
	}
	for at := 1; at+8 < len(b); at++ {
		n := uint64(u32(b[at:]))
		if n > 0 && uint64(len(b)-at-8) >= n && crc32.Checksum(b[at+8:at+8+int(n)], crc32.MakeTable(crc32.Castagnoli)) == u32(b[at+4:]) {
			return fmt.Errorf("frame %d of the key log %w, and a later one is whole", k.Frames, ErrForm)
		}
	}
	k.Torn = true
	return nil
}

func (k *Keys) apply(plain []byte) error {
	if len(plain) == 0 {
		return ErrForm
	}
	switch plain[0] {
	case 1:
		c := &cut{b: plain[1:]}
		for len(c.b) > 0 && !c.short {
			r := Row{Handle: c.id(), PID: c.id(), Cohort: c.id(), Epoch: c.u64(), Tag: c.id(), Key: c.key()}
			for range c.byte() {
				r.Versions = append(r.Versions, Version{c.u64(), c.u64(), c.key(), c.byte()})
			}
			k.Rows[r.Handle] = r
		}
		if c.short {
			return ErrForm
		}
	case 2:
		a, err := decode[Attempt]("an attempt", plain[1:])
		if err != nil {
			return err
		}
		k.attempt(a)
	case 3:
		if len(plain) != 1 {
			return ErrForm
		}
		k.Entered = true
	default:
		return ErrForm
	}
	return nil
}

func (k *Keys) attempt(a Attempt) {
	for i, had := range k.Head.Attempts {
		if bytes.Equal(had.Slot, a.Slot) {
			k.Head.Attempts[i] = a
			return
		}
	}
	k.Head.Attempts = append(k.Head.Attempts, a)
}

// person opens a slot with a passphrase, and gives DMK.
func (k *Keys) person(slot, passphrase []byte) ([]byte, error) {
	for _, s := range k.Head.Slots {
		if !bytes.Equal(s.ID, slot) {
			continue
		}
		c := s.Costs
		if len(s.Pepper) != 0 || c.Passes == 0 || c.Lanes == 0 {
			return nil, fmt.Errorf("this slot %w with a passphrase", ErrSealed)
		}
		key := argon2.IDKey(passphrase, s.Salt, c.Passes, c.Memory, c.Lanes, 32)
		costs := append(append(put32(c.Memory), put32(c.Passes)...), c.Lanes)
		private, err := openWrapped(key, bind("satchel/slot/1", s.ID, s.Public, s.Salt, costs), s.Private)
		if err != nil {
			return nil, fmt.Errorf("the slot: %w", err)
		}
		dmk, err := openBoxedKey(s.Public, private, s.DMK)
		if err != nil {
			return nil, fmt.Errorf("DMK: %w", err)
		}
		if h := sha256.Sum256(slicesOf([]byte("satchel/dmk/1\x00"), dmk, put32(k.Head.DMKGeneration))); !bytes.Equal(h[:], k.Head.DMKCommitment) {
			return nil, fmt.Errorf("DMK's commitment %w", ErrForm)
		}
		return dmk, nil
	}
	return nil, errors.New("nobody has this slot")
}
