package canon

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

type pair struct {
	N uint64   `cbor:"1,keyasint"`
	S string   `cbor:"2,keyasint"`
	B []byte   `cbor:"3,keyasint"`
	F [4]byte  `cbor:"4,keyasint"`
	L []pair   `cbor:"5,keyasint,omitempty"`
	P *int64   `cbor:"6,keyasint"`
	X []uint16 `cbor:"24,keyasint,omitempty"`
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Known answers: the examples of RFC 8949, appendix A, that our subset keeps.
func TestKnownAnswers(t *testing.T) {
	for _, c := range []struct {
		v    any
		want string
	}{
		{uint64(0), "00"},
		{uint64(23), "17"},
		{uint64(24), "1818"},
		{uint64(1000000), "1a000f4240"},
		{uint64(math.MaxUint64), "1bffffffffffffffff"},
		{int64(-1), "20"},
		{int64(-1000), "3903e7"},
		{"IETF", "6449455446"},
		{"\u6c34", "63e6b0b4"},
		{[]byte{1, 2, 3, 4}, "4401020304"},
		{[]uint64{1, 2, 3}, "83010203"},
		{map[string]int{"a": 1, "b": 2}, "a26161016162 02"},
		{map[int64]int{10: 1, 100: 2, -1: 3}, "a3 0a01 186402 2003"},
		{true, "f5"},
		{[]byte(nil), "40"},
		{[]string(nil), "80"},
	} {
		got, err := Marshal(c.v)
		if err != nil {
			t.Errorf("%#v: %v", c.v, err)
			continue
		}
		if want := unhex(t, c.want); !bytes.Equal(got, want) {
			t.Errorf("%#v: got %x, want %x", c.v, got, want)
		}
	}
}

func TestStructLayout(t *testing.T) {
	n := int64(-1)
	v := pair{N: 7, S: "x", B: []byte{9}, F: [4]byte{1, 2, 3, 4}, P: &n, X: []uint16{300}}
	got, err := Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	want := unhex(t, "a6 0107 026178 034109 044401020304 0620 181881 19012c")
	if !bytes.Equal(got, want) {
		t.Fatalf("got %x, want %x", got, want)
	}
	var back pair
	if err := Unmarshal(got, &back); err != nil {
		t.Fatal(err)
	}
	if back.N != 7 || back.S != "x" || *back.P != -1 || back.X[0] != 300 {
		t.Fatalf("read back %+v", back)
	}
}

func TestRefusesByName(t *testing.T) {
	base := "a5 0107 026178 034109 044401020304"
	for _, c := range []struct {
		name, data string
		want       error
	}{
		{"empty", "", ErrMalformed},
		{"cut in head", "a5 01", ErrMalformed},
		{"cut in number", "19 01", ErrMalformed},
		{"cut in string", base + "06 43 00", ErrMalformed},
		{"trailing byte", base + "06f6 00", ErrMalformed},
		{"reserved length", "1c", ErrMalformed},
		{"string longer than the data", "5b ffffffffffffffff", ErrMalformed},
		{"invalid UTF-8", "a5 0107 0261ff 034109 044401020304 06f6", ErrMalformed},
		{"surrogate in UTF-8", "a5 0107 0263eda080 034109 044401020304 06f6", ErrMalformed},
		{"number not shortest", "a5 011807 026178 034109 044401020304 06f6", ErrNotCanonical},
		{"length not shortest", "a5 0107 02780178 034109 044401020304 06f6", ErrNotCanonical},
		{"map head not shortest", "b805 0107 026178 034109 044401020304 06f6", ErrNotCanonical},
		{"duplicate key", "a6 0107 0107 026178 034109 044401020304 06f6", ErrNotCanonical},
		{"keys out of order", "a5 026178 0107 034109 044401020304 06f6", ErrNotCanonical},
		{"negative key before positive", "a2 2000 0100", ErrNotCanonical},
		{"indefinite string", "a5 0107 02 7f6178ff 034109 044401020304 06f6", ErrForbidden},
		{"indefinite map", "bf 0107 ff", ErrForbidden},
		{"indefinite array", "9f ff", ErrForbidden},
		{"break alone", "ff", ErrForbidden},
		{"tag", "a5 01c107 026178 034109 044401020304 06f6", ErrForbidden},
		{"bignum", "a5 01c24101 026178 034109 044401020304 06f6", ErrForbidden},
		{"half float", "a5 01f94700 026178 034109 044401020304 06f6", ErrForbidden},
		{"double float", "a5 01fb401c000000000000 026178 034109 044401020304 06f6", ErrForbidden},
		{"undefined", base + "06f7", ErrForbidden},
		{"simple value", base + "06e0", ErrForbidden},
		{"two-byte simple value", base + "06f8ff", ErrForbidden},
		{"map as key", "a1 a0 00", ErrForbidden},
		{"true as key", "a1 f5 00", ErrForbidden},
		{"too deep", strings.Repeat("81", 17) + "00", ErrLimit},
		{"far too deep", strings.Repeat("81", 100000) + "00", ErrLimit},
		{"array head too large", "9a 00010001", ErrLimit},
		{"map head too large", "bb ffffffffffffffff", ErrLimit},
		{"unknown field", base + "06f6 0700", ErrMalformed},
		{"text where a number is due", "a5 016107 026178 034109 044401020304 06f6", ErrShape},
		{"number too large", "a6 0107 026178 034109 044401020304 06f6 1818811a00010000", ErrShape},
		{"short fixed array", "a5 0107 026178 034109 0443010203 06f6", ErrNotCanonical},
		{"long fixed array", "a5 0107 026178 034109 04450102030405 06f6", ErrNotCanonical},
		{"null for a number", "a5 01f6 026178 034109 044401020304 06f6", ErrNotCanonical},
		{"null for a string", "a5 0107 026178 03f6 044401020304 06f6", ErrNotCanonical},
		{"field that must be there is not", "a4 0107 026178 034109 044401020304", ErrNotCanonical},
		{"empty field that must be omitted", "a6 0107 026178 034109 044401020304 06f6 181880", ErrNotCanonical},
		{"array of numbers for a byte string", "a5 0107 026178 038109 044401020304 06f6", ErrNotCanonical},
	} {
		var v pair
		err := Unmarshal(unhex(t, c.data), &v)
		if c.name == "unknown field" {
			// The same bytes with the right count of pairs.
			v = pair{}
			err = Unmarshal(unhex(t, strings.Replace(c.data, "a5", "a6", 1)), &v)
			c.want = ErrShape
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
	var v pair
	if err := Unmarshal(unhex(t, base+"06f6"), &v); err != nil {
		t.Fatalf("the unchanged value is refused: %v", err)
	}
}

func TestMarshalRefusesWhatCannotBeRead(t *testing.T) {
	for _, c := range []struct {
		name string
		v    any
		want error
	}{
		{"float", 1.5, ErrForbidden},
		{"NaN", math.NaN(), ErrShape},
		{"invalid UTF-8", "\xff", ErrMalformed},
		{"channel", make(chan int), ErrShape},
		{"too many items", make([]uint8Struct, DefaultItems+1), ErrLimit},
		{"too many bytes", make([]byte, DefaultBytes), ErrLimit},
	} {
		if _, err := Marshal(c.v); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}

type uint8Struct struct {
	A uint8 `cbor:"1,keyasint"`
}

func TestLimitsAreTheCallers(t *testing.T) {
	big := make([]byte, 2<<20)
	data, err := Marshal(big, Limits{Bytes: 3 << 20})
	if err != nil {
		t.Fatal(err)
	}
	var back []byte
	if err := Unmarshal(data, &back); !errors.Is(err, ErrLimit) {
		t.Errorf("default limit: got %v", err)
	}
	if err := Unmarshal(data, &back, Limits{Bytes: 3 << 20}); err != nil {
		t.Errorf("larger limit: %v", err)
	}
	if err := Check([]byte{0x82, 0, 0}, Limits{Items: 1}); !errors.Is(err, ErrLimit) {
		t.Errorf("one item allowed, two given: %v", err)
	}
}

func TestTargetMustBeZero(t *testing.T) {
	v := map[string]int{"left over": 1}
	data, err := Marshal(map[string]int{"a": 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := Unmarshal(data, &v); !errors.Is(err, ErrNotCanonical) {
		t.Errorf("decoding over an old value: got %v", err)
	}
}

func TestErrorsHoldNoContent(t *testing.T) {
	const marker = "Zebedee-4010232137"
	type odd struct {
		N uint8 `cbor:"1,keyasint"`
	}
	for _, v := range []any{
		map[int]string{1: marker},
		map[string]string{marker: marker},
		map[int]uint64{1: 4010232137},
		marker,
	} {
		data, err := Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var o odd
		err = Unmarshal(data, &o)
		if err == nil || strings.Contains(err.Error(), "Zebedee") || strings.Contains(err.Error(), "4010232137") {
			t.Errorf("%T: error %q", v, err)
		}
	}
}

func TestRoundTripProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := pair{
			N: rapid.Uint64().Draw(t, "n"),
			S: rapid.String().Draw(t, "s"),
			B: rapid.SliceOf(rapid.Byte()).Draw(t, "b"),
			X: rapid.SliceOf(rapid.Uint16()).Draw(t, "x"),
		}
		for range rapid.IntRange(0, 3).Draw(t, "children") {
			in.L = append(in.L, pair{N: rapid.Uint64().Draw(t, "cn")})
		}
		data, err := Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var out pair
		if err := Unmarshal(data, &out); err != nil {
			t.Fatal(err)
		}
		again, err := Marshal(out)
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("again %x (%v), first %x", again, err, data)
		}
	})
}

// FuzzUnmarshal: whatever is accepted, into a struct or into any, encodes to
// itself; whatever is refused does not panic.
func FuzzUnmarshal(f *testing.F) {
	n := int64(-5)
	for _, v := range []any{
		pair{N: 1, S: "s", B: []byte{1}, P: &n, L: []pair{{}}, X: []uint16{1, 2}},
		map[string]any{"a": []any{uint64(1), "b", nil, true}},
		[]uint64{0, 24, 256, 65536, 1 << 32},
	} {
		data, err := Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var p pair
		if err := Unmarshal(data, &p); err == nil {
			if again, err := Marshal(p); err != nil || !bytes.Equal(again, data) {
				t.Fatalf("struct: %x became %x (%v)", data, again, err)
			}
		}
		var a any
		if err := Unmarshal(data, &a); err == nil {
			if again, err := Marshal(a); err != nil || !bytes.Equal(again, data) {
				t.Fatalf("any: %x became %x (%v)", data, again, err)
			}
		}
	})
}

func BenchmarkUnmarshal(b *testing.B) {
	data, err := Marshal(pair{N: 1, S: "some text", B: make([]byte, 400), F: [4]byte{1}})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var p pair
		if err := Unmarshal(data, &p); err != nil {
			b.Fatal(err)
		}
	}
}
