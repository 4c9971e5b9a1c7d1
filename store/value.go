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

// inner is what lies under the row key in the cache: W as received, and, once
// somebody was unlocked, the inner part under EK.
//
//	wrap length u16 | wrap | EK generation u32 | inner sealed, to the end
type inner struct {
	wrap   []byte
	ek     uint32 // 0: the inner part has not been made
	sealed []byte
}

func (in inner) encode() []byte {
	b := make([]byte, 0, 2+len(in.wrap)+4+len(in.sealed)+padInner)
	b = binary.BigEndian.AppendUint16(b, uint16(len(in.wrap)))
	b = append(b, in.wrap...)
	b = binary.BigEndian.AppendUint32(b, in.ek)
	return append(b, in.sealed...)
}

func decodeInner(b []byte) (inner, error) {
	if len(b) < 6 {
		return inner{}, errValue
	}
	n := int(binary.BigEndian.Uint16(b))
	if len(b) < 2+n+4 {
		return inner{}, errValue
	}
	return inner{wrap: b[2 : 2+n], ek: binary.BigEndian.Uint32(b[2+n:]), sealed: b[2+n+4:]}, nil
}

// place binds a value to the row, the version and the content that it is for,
// so that no value ever opens in another's place.
func place(label string, r *seal.Row, v *seal.Version) string {
	var b [16 + 16 + 8 + 8 + 32]byte
	copy(b[:], r.Handle[:])
	copy(b[16:], r.PID[:])
	binary.BigEndian.PutUint64(b[32:], r.Epoch)
	binary.BigEndian.PutUint64(b[40:], v.Ver)
	copy(b[48:], v.Hash[:])
	return seal.Bind(label, b[:])
}

const (
	labelValue = "satchel/value/1"
	labelInner = "satchel/innerpart/1"
)

func sealValue(r *seal.Row, v *seal.Version, in inner) []byte {
	return seal.Seal(&r.Key, place(labelValue, r, v), seal.Pad(in.encode(), padInner))
}

func openValue(r *seal.Row, v *seal.Version, sealed []byte) (inner, error) {
	padded, err := seal.Open(&r.Key, place(labelValue, r, v), sealed)
	if err != nil {
		return inner{}, err
	}
	b, err := seal.Unpad(padded, padInner)
	if err != nil {
		return inner{}, err
	}
	return decodeInner(b)
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

func (p *part) encode() ([]byte, error) {
	b := make([]byte, 0, partFixed+256)
	b = append(b, p.dataKey[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(p.released))
	if !p.known {
		return b, nil
	}
	who, err := p.who.MarshalBinary()
	return append(b, who...), err
}

func decodePart(b []byte) (*part, error) {
	if len(b) < partFixed {
		return nil, errValue
	}
	p := &part{dataKey: seal.Key(b[:32]), released: int64(binary.BigEndian.Uint64(b[32:])), known: len(b) > partFixed}
	if !p.known {
		return p, nil
	}
	return p, p.who.UnmarshalBinary(b[partFixed:])
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
