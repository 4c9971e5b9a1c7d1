package search

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode/utf8"

	"satchel/store/identity"
)

// Person is what the index knows of one person, and what a row shows. It
// redacts itself for every print verb, for slog and for text encoders.
type Person struct {
	Handle    identity.Handle
	Number    identity.NHSNumber // zero where there is none
	Title     string             // "Mrs", for the brackets of a banner
	Family    string
	Given     []string // in the order they are said, one or several in each
	Preferred string   // what the person likes to be called
	Other     []string // former names and aliases, found but not shown
	Born      Date
	Sex       string // the word to show, not the code
	Line      string // first line of the usual address; dropped if Restricted
	Postcode  string // dropped if Restricted
	Died      bool
	// Restricted people have an address that could endanger them (PDS
	// "sensitive", domain.md 3.3): it is neither shown nor searched.
	Restricted bool
}

// Date is as much of a birth date as is known: parts from the right are 0.
type Date struct {
	Year       int // 1 to 4095
	Month, Day int
}

// IsZero tells whether nothing is known.
func (d Date) IsZero() bool { return d == Date{} }

// pack orders dates as numbers; what is no date packs as unknown.
func (d Date) pack() uint32 {
	if d.Year < 1 || d.Year > 4095 || d.Month < 0 || d.Month > 12 || d.Day < 0 || d.Day > 31 {
		return 0
	}
	if d.Month == 0 {
		d.Day = 0
	}
	return uint32(d.Year)<<9 | uint32(d.Month)<<5 | uint32(d.Day)
}

func unpackDate(b uint32) Date { return Date{int(b >> 9), int(b >> 5 & 15), int(b & 31)} }

// Outward is the first half of a British postcode, "LS1" of "LS1 4AP", and ""
// of anything else.
func (p Person) Outward() string {
	out, _, ok := splitPostcode(p.Postcode)
	if !ok {
		return ""
	}
	return strings.ToUpper(out)
}

const hiddenPerson = "[person]"

// String hides the person.
func (p Person) String() string { return hiddenPerson }

// Format hides the person for every print verb.
func (p Person) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, hiddenPerson) }

// LogValue hides the person from slog.
func (p Person) LogValue() slog.Value { return slog.StringValue(hiddenPerson) }

// MarshalText hides the person from encoders that were not meant to see them.
func (p Person) MarshalText() ([]byte, error) { return []byte(hiddenPerson), nil }

// String hides the date.
func (d Date) String() string { return "[date]" }

// Format hides the date for every print verb.
func (d Date) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "[date]") }

// LogValue hides the date from slog.
func (d Date) LogValue() slog.Value { return slog.StringValue("[date]") }

// MarshalText hides the date from encoders that were not meant to see it.
func (d Date) MarshalText() ([]byte, error) { return []byte("[date]"), nil }

// sanitised is p as the index keeps it: bounded, and without an address where
// it is restricted.
func (p Person) sanitised() Person {
	if p.Restricted {
		p.Line, p.Postcode = "", ""
	}
	p.Given = p.Given[:min(len(p.Given), maxNames)]
	p.Other = p.Other[:min(len(p.Other), maxNames)]
	return p
}

// numberKey is the number plus one, so that zero means none.
func (p Person) numberKey() uint64 {
	if p.Number.IsZero() {
		return 0
	}
	var v uint64
	for _, d := range []byte(p.Number.Digits()) {
		v = v*10 + uint64(d-'0')
	}
	return v + 1
}

func numberOf(key uint64) identity.NHSNumber {
	if key == 0 {
		return identity.NHSNumber{}
	}
	var digits [10]byte
	for i, v := len(digits)-1, key-1; i >= 0; i, v = i-1, v/10 {
		digits[i] = byte('0' + v%10)
	}
	n, err := identity.ParseNHSNumber(string(digits[:]))
	if err != nil {
		return identity.NHSNumber{}
	}
	return n
}

const (
	flagDied = 1 << iota
	flagRestricted
)

// appendText packs what a row shows and the columns do not hold.
func appendText(dst []byte, p Person) []byte {
	room := maxText
	field := func(s string) {
		s = cut(s, room)
		room -= len(s)
		dst = binary.AppendUvarint(dst, uint64(len(s)))
		dst = append(dst, s...)
	}
	var flags byte
	if p.Died {
		flags |= flagDied
	}
	if p.Restricted {
		flags |= flagRestricted
	}
	dst = append(dst, flags, byte(len(p.Given)), byte(len(p.Other)))
	field(p.Family)
	for _, g := range p.Given {
		field(g)
	}
	for _, s := range []string{p.Preferred, p.Title, p.Sex, p.Postcode, p.Line} {
		field(s)
	}
	for _, o := range p.Other {
		field(o)
	}
	return dst
}

// fromText reads what appendText packed.
func (p *Person) fromText(s string) {
	if len(s) < 3 {
		return
	}
	p.Died, p.Restricted = s[0]&flagDied != 0, s[0]&flagRestricted != 0
	given, other := int(s[1]), int(s[2])
	s = s[3:]
	field := func() string {
		n, width := uvarint(s)
		f := s[width : width+n]
		s = s[width+n:]
		return f
	}
	fields := func(n int) []string {
		if n == 0 {
			return nil
		}
		out := make([]string, n)
		for i := range out {
			out[i] = field()
		}
		return out
	}
	p.Family, p.Given = field(), fields(given)
	p.Preferred, p.Title, p.Sex, p.Postcode, p.Line = field(), field(), field(), field(), field()
	p.Other = fields(other)
}

// uvarint reads a length that appendText wrote: at most maxText, two bytes.
func uvarint(s string) (n, width int) {
	if s[0] < 0x80 {
		return int(s[0]), 1
	}
	return int(s[0]&0x7f) | int(s[1])<<7, 2
}

// cut shortens s to at most n bytes, at a rune's edge.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// shownKey is the order of rows that match equally well: family name, first
// given name, birth date, handle. A person without a name comes last.
type shownKey struct {
	family, given string
	birth         uint32
	handle        identity.Handle
}

func shownKeyOf(p *Person) shownKey {
	return shownKey{sortForm(p.Family), sortForm(firstGiven(p)), p.Born.pack(), p.Handle}
}

func (k *shownKey) compare(other *shownKey) int {
	return cmp.Or(strings.Compare(k.family, other.family), strings.Compare(k.given, other.given),
		cmp.Compare(k.birth, other.birth), bytes.Compare(k.handle[:], other.handle[:]))
}

func sortForm(name string) string {
	if f := fold(name); f != "" {
		return f
	}
	return "\xff"
}

func firstGiven(p *Person) string {
	if len(p.Given) == 0 {
		return ""
	}
	return p.Given[0]
}
