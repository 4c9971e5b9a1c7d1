package record

import (
	"encoding/binary"
	"errors"
	"time"
	"unicode/utf8"

	"satchel/store/identity"
)

// ErrDemographics says that bytes are not the encoding of a [Demographics].
// Rebuild it with [Identify] from the record; the bytes cannot be trusted.
var ErrDemographics = errors.New("not an encoded demographics")

// The encoding, version 1: one byte 1; one byte of flags; one byte for the sex;
// the NHS number, as 10 digits or nothing; the birth date as precision, year in
// two bytes, month, day; banner, preferred name, postcode, address; the number
// of names and each family and given name. A text is its length as a minimal
// uvarint and its UTF-8 bytes. Exactly one encoding for each value.
const demographicsVersion = 1

const (
	flagDead = 1 << iota
	flagRestricted
	flagProtected
	flagDoubt
	flagsKnown = 1<<iota - 1
)

var sexes = []string{notKnown, "Male", "Female", "Not specified"}

// MarshalBinary encodes d. It fails only for a value that [Identify] cannot
// have made.
func (d Demographics) MarshalBinary() ([]byte, error) {
	flags := byte(0)
	for i, on := range [...]bool{d.Dead, d.Restricted, d.Protected, d.NHSDoubt} {
		if on {
			flags |= 1 << i
		}
	}
	sex := -1
	for i, s := range sexes {
		if s == d.Sex {
			sex = i
		}
	}
	p := d.Born.Parts
	if sex < 0 || p.Precision > PrecisionDay || p.Precision == PrecisionUnread || len(d.Names) > maxDemographicNames {
		return nil, ErrDemographics
	}
	b := make([]byte, 0, 160)
	b = append(b, demographicsVersion, flags, byte(sex))
	b = putText(b, d.NHS.Digits())
	b = append(b, byte(p.Precision), byte(p.Year>>8), byte(p.Year), byte(p.Month), byte(p.Day))
	for _, s := range [...]string{d.Banner, d.Preferred, d.Postcode, d.Address} {
		b = putText(b, s)
	}
	b = append(b, byte(len(d.Names)))
	for _, n := range d.Names {
		b = putText(putText(b, n.Family), n.Given)
	}
	var check Demographics
	if err := check.UnmarshalBinary(b); err != nil {
		return nil, err
	}
	return b, nil
}

func putText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// UnmarshalBinary decodes what MarshalBinary made and refuses everything else
// with ErrDemographics: other versions, unknown flags, lengths not minimal,
// texts that are not UTF-8, dates that do not exist, trailing bytes.
func (d *Demographics) UnmarshalBinary(data []byte) error {
	if len(data) > maxDemographics {
		return ErrDemographics
	}
	r := demoReader{b: data, all: string(data)} // one copy, which every text is a part of
	if r.byte() != demographicsVersion {
		return ErrDemographics
	}
	flags, sex := r.byte(), r.byte()
	if flags&^flagsKnown != 0 || int(sex) >= len(sexes) {
		return ErrDemographics
	}
	out := Demographics{
		Dead: flags&flagDead != 0, Restricted: flags&flagRestricted != 0, Protected: flags&flagProtected != 0,
		NHSDoubt: flags&flagDoubt != 0, Sex: sexes[sex],
	}
	if digits := r.text(); digits != "" {
		n, err := identity.ParseNHSNumber(digits)
		if err != nil || n.Digits() != digits {
			return ErrDemographics
		}
		out.NHS = n
	}
	out.Born = r.date()
	out.Banner, out.Preferred, out.Postcode, out.Address = r.text(), r.text(), r.text(), r.text()
	n := int(r.byte())
	if n > maxDemographicNames {
		return ErrDemographics
	}
	for range n {
		if r.bad {
			break
		}
		out.Names = append(out.Names, DemographicName{r.text(), r.text()})
	}
	if r.bad || len(r.b) != 0 {
		return ErrDemographics
	}
	*d = out
	return nil
}

// demoReader takes bytes off the front; bad stays set after the first fault.
type demoReader struct {
	b   []byte
	all string // what b is the end of
	bad bool
}

func (r *demoReader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *demoReader) text() string {
	n, used := binary.Uvarint(r.b)
	if used <= 0 || n > uint64(len(r.b)-used) || used > 1 && n < 1<<(7*(used-1)) {
		r.bad = true
		return ""
	}
	at := len(r.all) - len(r.b) + used
	s := r.all[at : at+int(n)]
	r.b = r.b[used+int(n):]
	if !utf8.ValidString(s) {
		r.bad = true
	}
	return s
}

func (r *demoReader) date() Date {
	p := DateParts{Precision: Precision(r.byte())}
	p.Year = int(r.byte())<<8 | int(r.byte())
	p.Month, p.Day = time.Month(r.byte()), int(r.byte())
	ok := false
	switch p.Precision {
	case PrecisionNone:
		ok = p.Year == 0 && p.Month == 0 && p.Day == 0
	case PrecisionYear:
		ok = p.Month == 0 && p.Day == 0
	case PrecisionMonth:
		ok = p.Month >= 1 && p.Month <= 12 && p.Day == 0
	case PrecisionDay:
		ok = p.Month >= 1 && p.Month <= 12 && p.Day >= 1 && p.Day <= daysIn(p.Year, p.Month)
	}
	if !ok || p.Precision != PrecisionNone && (p.Year < 1 || p.Year > 9999) {
		r.bad = true
	}
	return Date{p}
}
