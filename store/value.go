package store

import (
	"encoding/binary"
	"errors"
	"strings"

	"satchel/store/identity"
	"satchel/store/record"
	"satchel/store/seal"
	"satchel/store/search"
)

// errValue says that a value opened and is not what it should be.
var errValue = errors.New("a cached value makes no sense")

// inner is what lies beside a record in the cache: W under the row key, and,
// once somebody was unlocked, the inner part under the row key and EK together.
// The two stand side by side, so that unlocking, which reads an inner part for
// every person held, opens one box for each and not two.
//
//	layout u8 | EK generation u32, 0 for none | length of the wrap u16 | wrap, sealed | inner part, sealed, to the end
type inner struct {
	wrap   []byte // W as received, padded, sealed under the row key
	ek     uint32 // 0: the inner part has not been made
	sealed []byte
}

const (
	innerLayout = 2 // what began with 1 had one part inside the other
	innerFixed  = 1 + 4 + 2
)

func (in inner) encode() []byte {
	b := make([]byte, 0, innerFixed+len(in.wrap)+len(in.sealed))
	b = append(b, innerLayout)
	b = binary.BigEndian.AppendUint32(b, in.ek)
	b = binary.BigEndian.AppendUint16(b, uint16(len(in.wrap)))
	b = append(b, in.wrap...)
	return append(b, in.sealed...)
}

// decodeInner reads a value; nothing in it is authenticated yet.
func decodeInner(b []byte) (inner, error) {
	if len(b) < innerFixed || b[0] != innerLayout {
		return inner{}, errValue
	}
	ek, n := binary.BigEndian.Uint32(b[1:]), int(binary.BigEndian.Uint16(b[5:]))
	if len(b) < innerFixed+n || (ek == 0) != (len(b) == innerFixed+n) {
		return inner{}, errValue
	}
	return inner{wrap: b[innerFixed : innerFixed+n], ek: ek, sealed: b[innerFixed+n:]}, nil
}

// appendPlace appends what binds a value to the row, the version and the content
// that it is for, so that no value ever opens in another's place.
func appendPlace(dst []byte, label string, r *seal.Row, v *seal.Version) []byte {
	var b [16 + 16 + 8 + 8 + 32]byte
	copy(b[:], r.Handle[:])
	copy(b[16:], r.PID[:])
	binary.BigEndian.PutUint64(b[32:], r.Epoch)
	binary.BigEndian.PutUint64(b[40:], v.Ver)
	copy(b[48:], v.Hash[:])
	return seal.AppendBind(dst, label, b[:])
}

func place(label string, r *seal.Row, v *seal.Version) string {
	return string(appendPlace(nil, label, r, v))
}

const (
	labelWrapped = "satchel/wrapped/2"
	labelInner   = "satchel/innerpart/2"
)

// sealWrap seals W as received under the row key.
func sealWrap(r *seal.Row, v *seal.Version, wrap []byte) []byte {
	return seal.Seal(&r.Key, place(labelWrapped, r, v), seal.Pad(wrap, padWrap))
}

func openWrap(r *seal.Row, v *seal.Version, in inner) ([]byte, error) {
	padded, err := seal.Open(&r.Key, place(labelWrapped, r, v), in.wrap)
	if err != nil {
		return nil, err
	}
	return seal.Unpad(padded, padWrap)
}

// part is a patient's inner part: what opens the record, and who it is about.
//
//	data key 32 | released, Unix milliseconds u64 | demographics as store/record encodes them
//
// Nobody's summary, or one that cannot be read, has no demographics: it is held
// and cannot be found by name.
type part struct {
	dataKey  seal.Key
	released int64
	known    bool // there are demographics
	who      record.Demographics
	handle   identity.Handle
}

const partFixed = 32 + 8

// encode gives the part padded.
func (p *part) encode() ([]byte, error) {
	b := make([]byte, 0, partFixed+256)
	b = append(b, p.dataKey[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(p.released))
	if p.known {
		who, err := p.who.MarshalBinary()
		if err != nil {
			return nil, err
		}
		b = append(b, who...)
	}
	defer clear(b)
	return seal.Pad(b, padInner), nil
}

// decode reads what encode made into p.
func (p *part) decode(padded []byte) error {
	b, err := seal.Unpad(padded, padInner)
	if err != nil {
		return err
	}
	if len(b) < partFixed {
		return errValue
	}
	*p = part{dataKey: seal.Key(b[:32]), released: int64(binary.BigEndian.Uint64(b[32:])), known: len(b) > partFixed}
	if !p.known {
		return nil
	}
	return p.who.UnmarshalBinary(b[partFixed:])
}

// person is the part as the search index knows it.
func (p *part) person() search.Person {
	d := &p.who
	born := d.Born.Parts
	out := search.Person{
		Handle: p.handle, Number: d.NHS, Title: title(d.Banner), Preferred: d.Preferred, Sex: d.Sex,
		Born: search.Date{Year: born.Year, Month: int(born.Month), Day: born.Day},
		Line: d.Address, Postcode: d.Postcode, Died: d.Dead, Restricted: d.Restricted || d.Protected,
	}
	for i, n := range d.Names {
		if i == 0 {
			out.Family, out.Given = n.Family, strings.Fields(n.Given)
			continue
		}
		out.Other = append(out.Other, strings.TrimSpace(n.Given+" "+n.Family))
	}
	return out
}

// title is the word in brackets at the end of a banner's name.
func title(banner string) string {
	_, after, found := strings.Cut(banner, " (")
	if t, closed := strings.CutSuffix(after, ")"); found && closed {
		return t
	}
	return ""
}

// verified gives the number by which rows of one person may be joined.
func (p *part) verified() (identity.NHSNumber, bool) {
	return p.who.NHS, p.known && !p.who.NHSDoubt && !p.who.NHS.IsZero()
}
