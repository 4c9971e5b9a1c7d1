package seal

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func fill(n int, seed byte) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{seed})
	_, _ = r.Read(b)
	return b
}

// sizes around every border of the chunk format.
var sizes = []int{0, 1, 255, 256, chunkData - 1, chunkData, chunkData + 1, 2 * chunkData, 3*chunkData + 17, 12 * chunkData}

func TestSealOpen(t *testing.T) {
	key := NewKey()
	for _, n := range sizes {
		plain := fill(n, 1)
		sealed := Seal(&key, "test/1", plain)
		if len(sealed) != SealedLen(n) {
			t.Errorf("%d bytes: sealed %d, SealedLen says %d", n, len(sealed), SealedLen(n))
		}
		got, err := Open(&key, "test/1", sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: %v", n, err)
		}
		if again := Seal(&key, "test/1", plain); bytes.Equal(again, sealed) {
			t.Errorf("%d bytes: two seals are equal", n)
		}
		if n >= 64 && bytes.Contains(sealed, plain[:64]) {
			t.Errorf("%d bytes: plaintext inside", n)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	key, other := NewKey(), NewKey()
	const label = "test/1"
	plain := fill(3*chunkData+100, 2)
	sealed := Seal(&key, label, plain)
	twin := Seal(&key, label, fill(3*chunkData+100, 3))
	chunk := func(b []byte, i int) []byte {
		return b[1+i*fullChunk : min(len(b), 1+(i+1)*fullChunk)]
	}
	join := func(parts ...[]byte) []byte {
		return append([]byte{suiteSecretbox}, bytes.Join(parts, nil)...)
	}
	refuse := func(name string, k *Key, l string, b []byte) {
		t.Helper()
		got, err := Open(k, l, b)
		if !errors.Is(err, ErrOpen) || got != nil {
			t.Errorf("%s: got %d bytes, error %v", name, len(got), err)
		}
	}
	refuse("another key", &other, label, sealed)
	refuse("another label", &key, "test/2", sealed)
	refuse("no bytes", &key, label, nil)
	refuse("suite byte alone", &key, label, sealed[:1])
	refuse("chunks swapped", &key, label, join(chunk(sealed, 1), chunk(sealed, 0), chunk(sealed, 2), chunk(sealed, 3)))
	refuse("chunk twice", &key, label, join(chunk(sealed, 0), chunk(sealed, 0), chunk(sealed, 2), chunk(sealed, 3)))
	refuse("last chunk cut", &key, label, join(chunk(sealed, 0), chunk(sealed, 1), chunk(sealed, 2)))
	refuse("first chunk cut", &key, label, join(chunk(sealed, 1), chunk(sealed, 2), chunk(sealed, 3)))
	refuse("chunk of another blob", &key, label, join(chunk(sealed, 0), chunk(twin, 1), chunk(sealed, 2), chunk(sealed, 3)))
	refuse("tail of another blob", &key, label, join(chunk(sealed, 0), chunk(sealed, 1), chunk(sealed, 2), chunk(twin, 3)))
	refuse("blob twice", &key, label, join(sealed[1:], sealed[1:]))
	refuse("byte appended", &key, label, append(bytes.Clone(sealed), 0))
	for _, cut := range []int{2, 20, 41, 88, 89, fullChunk, fullChunk + 1, fullChunk + 2, 2*fullChunk + 50, len(sealed) - 1} {
		refuse(fmt.Sprintf("cut at %d", cut), &key, label, sealed[:cut])
	}
	small := Seal(&key, label, fill(40, 4))
	for i := 1; i < len(small); i++ {
		for bit := range 8 {
			flipped := bytes.Clone(small)
			flipped[i] ^= 1 << bit
			refuse(fmt.Sprintf("bit %d of byte %d", bit, i), &key, label, flipped)
		}
	}
	unknown := bytes.Clone(small)
	unknown[0] = 9
	if _, err := Open(&key, label, unknown); !errors.Is(err, ErrSuite) {
		t.Errorf("unknown suite: %v", err)
	}
	// The bytes that were attacked still open.
	if _, err := Open(&key, label, sealed); err != nil {
		t.Fatal(err)
	}
}

func TestBindIsUnambiguous(t *testing.T) {
	seen := map[string]string{}
	for _, parts := range [][]string{{"a", "b"}, {"ab"}, {"a", "", "b"}, {"", "ab"}, {"ab", ""}, {}, {""}} {
		var bs [][]byte
		for _, p := range parts {
			bs = append(bs, []byte(p))
		}
		l := Bind("x/1", bs...)
		if was, ok := seen[l]; ok {
			t.Errorf("%q and %q bind alike", was, parts)
		}
		seen[l] = fmt.Sprint(parts)
	}
}

func TestPad(t *testing.T) {
	for n := range 600 {
		b := fill(n, 5)
		p := Pad(b, 256)
		if len(p)%256 != 0 || len(p) <= n || len(p) > n+256 {
			t.Fatalf("%d bytes padded to %d", n, len(p))
		}
		got, err := Unpad(p, 256)
		if err != nil || !bytes.Equal(got, b) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
	for name, b := range map[string][]byte{
		"empty":              {},
		"no mark":            make([]byte, 256),
		"not a multiple":     Pad(fill(10, 1), 256)[:255],
		"other last byte":    append(make([]byte, 255), 1),
		"more than one unit": append([]byte{0x80}, make([]byte, 511)...),
	} {
		if _, err := Unpad(b, 256); !errors.Is(err, ErrOpen) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPaddedLenIsMinimalAndAligned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.IntRange(0, 2000), rapid.IntRange(chunkData-600, chunkData+600),
			rapid.IntRange(2*chunkData-600, 2*chunkData+600)).Draw(t, "n")
		p := paddedLen(n)
		if p <= n || SealedLen(p)%padUnit != 0 {
			t.Fatalf("%d content bytes: padded %d, sealed %d", n, p, SealedLen(p))
		}
		for q := n + 1; q < p; q++ {
			if SealedLen(q)%padUnit == 0 {
				t.Fatalf("%d content bytes: padded %d, but %d would do", n, p, q)
			}
		}
	})
}

func FuzzOpen(f *testing.F) {
	key := Key{1, 2, 3}
	for _, n := range []int{0, 1, 300, chunkData + 5} {
		f.Add(Seal(&key, "fuzz/1", fill(n, 9)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		plain, err := Open(&key, "fuzz/1", b)
		if err != nil {
			return
		}
		if len(b) != SealedLen(len(plain)) {
			t.Fatalf("%d bytes opened to %d", len(b), len(plain))
		}
	})
}

func FuzzUnpad(f *testing.F) {
	f.Add(Pad([]byte("x"), 256), uint8(255))
	f.Add(Pad(fill(511, 1), 16), uint8(15))
	f.Fuzz(func(t *testing.T, b []byte, unit uint8) {
		n := int(unit) + 1
		got, err := Unpad(b, n)
		if err == nil && !bytes.Equal(Pad(got, n), b) {
			t.Fatal("unpadded what Pad does not make")
		}
	})
}

func BenchmarkSealOpen(b *testing.B) {
	key := NewKey()
	for _, n := range []int{300, 12_500, 1 << 20} {
		plain := fill(n, 1)
		sealed := Seal(&key, "bench/1", plain)
		b.Run(fmt.Sprintf("seal/%d", n), func(b *testing.B) {
			b.SetBytes(int64(n))
			for b.Loop() {
				Seal(&key, "bench/1", plain)
			}
		})
		b.Run(fmt.Sprintf("open/%d", n), func(b *testing.B) {
			b.SetBytes(int64(n))
			for b.Loop() {
				if _, err := Open(&key, "bench/1", sealed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
