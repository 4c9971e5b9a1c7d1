package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"satchel/store/audit"
	"satchel/store/canon"
	"satchel/store/identity"
)

// An op is one authoritative fact in the journal: a kind in one byte, then the
// fields. Ops of a kind that there may be a hundred thousand of have a fixed
// layout, big endian, because a canonical decode of each would make a start of
// the hub take seconds; the rest hold the canonical bytes of their value.
type opKind uint8

const (
	opBegin  opKind = 1 // a process with these keys took the journal over
	opMember opKind = 2 // an entry of the membership chain
	opGovern opKind = 3 // cohort, an entry of its governance chain
	opKeys   opKind = 4 // a signed key set
	opNote   opKind = 5 // a note, or its deletion
	opRecord opKind = 6 // a record was released
	opItem   opKind = 7 // an item entered the log
	opTree   opKind = 8 // the log's size, root and new hashes after these items
	opFork   opKind = 9 // evidence
)

var errOp = errors.New("an entry is not of this format")

// beginOp says who writes from here on.
type beginOp struct {
	Format      uint64          `cbor:"1,keyasint"`
	Area        identity.AreaID `cbor:"2,keyasint"`
	Incarnation uint64          `cbor:"3,keyasint"`
	Sign        []byte          `cbor:"4,keyasint"`
	Origin      string          `cbor:"5,keyasint"`
	Time        int64           `cbor:"6,keyasint"`
}

type noteOp struct {
	Kind    string `cbor:"1,keyasint"`
	Key     string `cbor:"2,keyasint"`
	Version uint64 `cbor:"3,keyasint"`
	Value   []byte `cbor:"4,keyasint"`
	Deleted bool   `cbor:"5,keyasint"`
}

// recordOp is a released record without its content. The signature over the
// header is kept with the content: a header alone is of no use.
type recordOp struct {
	Incarnation uint64
	Cohort      identity.CohortID
	Rev         uint64
	PID         identity.PID
	Epoch       uint64
	Ver         uint64
	KeyEpoch    uint64 // of the wrap
	NotAfter    int64
	Released    int64
	Source      [32]byte
	Sum         [32]byte // SHA-256 of the cached value: wrap and R
}

const recordOpSize = 8 + 16 + 8 + 16 + 8 + 8 + 8 + 8 + 8 + 32 + 32

type itemOp struct {
	Received int64
	Device   identity.DeviceID
	Chain    uint64
	Seq      uint64
	Hash     [32]byte // of the item, as its successor names it
	Raw      []byte
	Prev     [32]byte // of its predecessor; not written: Raw has it
}

const itemOpHead = 8 + 16 + 8 + 8 + 32 // bytes before Raw

type treeOp struct {
	Size   uint64
	Root   [32]byte
	Hashes []tlog.Hash // those stored for the items since the last treeOp
}

func encodeCanonical(kind opKind, v any) ([]byte, error) {
	body, err := canon.Marshal(v, canon.Limits{Bytes: maxOp})
	if err != nil {
		return nil, err
	}
	return append([]byte{byte(kind)}, body...), nil
}

func encodeRaw(kind opKind, prefix, raw []byte) []byte {
	op := make([]byte, 0, 1+len(prefix)+len(raw))
	return append(append(append(op, byte(kind)), prefix...), raw...)
}

func (r *recordOp) encode() []byte {
	b := make([]byte, 0, 1+recordOpSize)
	b = append(b, byte(opRecord))
	b = binary.BigEndian.AppendUint64(b, r.Incarnation)
	b = append(b, r.Cohort[:]...)
	b = binary.BigEndian.AppendUint64(b, r.Rev)
	b = append(b, r.PID[:]...)
	b = binary.BigEndian.AppendUint64(b, r.Epoch)
	b = binary.BigEndian.AppendUint64(b, r.Ver)
	b = binary.BigEndian.AppendUint64(b, r.KeyEpoch)
	b = binary.BigEndian.AppendUint64(b, uint64(r.NotAfter))
	b = binary.BigEndian.AppendUint64(b, uint64(r.Released))
	b = append(b, r.Source[:]...)
	return append(b, r.Sum[:]...)
}

func decodeRecordOp(body []byte) (recordOp, error) {
	in := fields{rest: body}
	r := recordOp{
		Incarnation: in.uint64(), Cohort: identity.CohortID(in.id()), Rev: in.uint64(), PID: identity.PID(in.id()),
		Epoch: in.uint64(), Ver: in.uint64(), KeyEpoch: in.uint64(),
		NotAfter: int64(in.uint64()), Released: int64(in.uint64()), Source: in.hash(), Sum: in.hash(),
	}
	return r, in.end()
}

func (i *itemOp) encode() []byte {
	b := make([]byte, 0, 1+itemOpHead+len(i.Raw))
	b = append(b, byte(opItem))
	return i.append(b)
}

// append writes the fields: the same layout in the journal and in the cache.
func (i *itemOp) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(i.Received))
	b = append(b, i.Device[:]...)
	b = binary.BigEndian.AppendUint64(b, i.Chain)
	b = binary.BigEndian.AppendUint64(b, i.Seq)
	b = append(b, i.Hash[:]...)
	return append(b, i.Raw...)
}

func decodeItemOp(body []byte) (itemOp, error) {
	in := fields{rest: body}
	i := itemOp{
		Received: int64(in.uint64()), Device: identity.DeviceID(in.id()),
		Chain: in.uint64(), Seq: in.uint64(), Hash: in.hash(),
	}
	i.Raw, in.rest = in.rest, nil
	if len(i.Raw) == 0 {
		return i, fmt.Errorf("%w: an item without content", errOp)
	}
	return i, in.end()
}

func (t *treeOp) encode() []byte {
	b := make([]byte, 0, 1+8+32+32*len(t.Hashes))
	b = append(b, byte(opTree))
	b = binary.BigEndian.AppendUint64(b, t.Size)
	b = append(b, t.Root[:]...)
	for _, h := range t.Hashes {
		b = append(b, h[:]...)
	}
	return b
}

func decodeTreeOp(body []byte) (treeOp, error) {
	in := fields{rest: body}
	t := treeOp{Size: in.uint64(), Root: in.hash()}
	for len(in.rest) > 0 && !in.short {
		t.Hashes = append(t.Hashes, tlog.Hash(in.hash()))
	}
	return t, in.end()
}

func (f *Fork) encode() []byte {
	b := make([]byte, 0, 1+8+16+8+8+4+len(f.First)+len(f.Second))
	b = append(b, byte(opFork))
	b = binary.BigEndian.AppendUint64(b, uint64(f.Found))
	b = append(b, f.Device[:]...)
	b = binary.BigEndian.AppendUint64(b, f.Chain)
	b = binary.BigEndian.AppendUint64(b, f.Seq)
	b = binary.BigEndian.AppendUint32(b, uint32(len(f.First)))
	b = append(b, f.First...)
	return append(b, f.Second...)
}

func decodeFork(body []byte) (Fork, error) {
	in := fields{rest: body}
	f := Fork{Found: int64(in.uint64()), ForkError: &audit.ForkError{
		Device: identity.DeviceID(in.id()), Chain: in.uint64(), Seq: in.uint64(),
	}}
	f.First = in.take(int(in.uint32()))
	f.Second, in.rest = in.rest, nil
	return f, in.end()
}

// fields reads fixed fields. A field beyond the end reads as zero and is
// remembered.
type fields struct {
	rest  []byte
	short bool
}

func (f *fields) take(n int) []byte {
	if n > len(f.rest) {
		f.short, f.rest = true, nil
		return nil
	}
	var got []byte
	got, f.rest = f.rest[:n:n], f.rest[n:]
	return got
}

func (f *fields) uint64() uint64 {
	if b := f.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (f *fields) uint32() uint32 {
	if b := f.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (f *fields) id() (id [16]byte) {
	copy(id[:], f.take(16))
	return id
}

func (f *fields) hash() (h [32]byte) {
	copy(h[:], f.take(32))
	return h
}

func (f *fields) end() error {
	switch {
	case f.short:
		return fmt.Errorf("%w: it ends too soon", errOp)
	case len(f.rest) > 0:
		return fmt.Errorf("%w: %d bytes too many", errOp, len(f.rest))
	}
	return nil
}
