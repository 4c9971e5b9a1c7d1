package seal

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"satchel/store/identity"
)

// An Opener gives what Open gives, in any order of blobs, right, changed, cut
// and under another key or label.
func TestOpenerOpensWhatOpenDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var o Opener
		keys := [2]Key{NewKey(), NewKey()}
		labels := []string{"satchel/a/1", "satchel/b/1"}
		for range rapid.IntRange(1, 8).Draw(t, "blobs") {
			size := rapid.OneOf(rapid.IntRange(0, 700), rapid.SampledFrom([]int{chunkData - 1, chunkData, chunkData + 1, 2*chunkData + 9})).Draw(t, "size")
			plain := bytes.Repeat([]byte{byte(size)}, size)
			sealed := Seal(&keys[0], labels[0], plain)
			switch rapid.IntRange(0, 3).Draw(t, "damage") {
			case 0:
				sealed[rapid.IntRange(0, len(sealed)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
			case 1:
				sealed = sealed[:rapid.IntRange(0, len(sealed)).Draw(t, "cut")]
			}
			key := &keys[rapid.IntRange(0, 1).Draw(t, "key")]
			label := rapid.SampledFrom(labels).Draw(t, "label")
			want, wantErr := Open(key, label, sealed)
			got, err := o.Open(key, []byte(label), sealed)
			if !bytes.Equal(got, want) || errors.Is(err, ErrOpen) != errors.Is(wantErr, ErrOpen) ||
				errors.Is(err, ErrSuite) != errors.Is(wantErr, ErrSuite) || (err == nil) != (wantErr == nil) {
				t.Fatalf("%d bytes: %v, and Open: %v", len(sealed), err, wantErr)
			}
		}
	})
}

func TestOpenerKeepsItsRoom(t *testing.T) {
	key := NewKey()
	sealed, label := Seal(&key, "satchel/a/1", make([]byte, 300)), []byte("satchel/a/1")
	var o Opener
	if n := testing.AllocsPerRun(50, func() {
		if _, err := o.Open(&key, label, sealed); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations for each blob", n)
	}
	o.Wipe()
	if bytes.ContainsFunc(o.room[:cap(o.room)], func(r rune) bool { return r != 0 }) {
		t.Error("something is left in the room")
	}
}

// The derivation is what FORMAT.md says, however many were derived before.
func TestInnerKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ek := NewKey()
		keys := NewInnerKeys(&ek)
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			row, handle := NewKey(), identity.Random[identity.Handle]()
			mac := hmac.New(sha256.New, ek[:])
			mac.Write([]byte(Bind("satchel/inner/2", row[:], handle[:])))
			var got Key
			keys.Derive(&got, &row, handle)
			if want := Key(mac.Sum(nil)); got != want || got != InnerKey(&ek, &row, handle) {
				t.Fatal("a key differs from its definition")
			}
		}
	})
}

func BenchmarkOpener(b *testing.B) {
	key := NewKey()
	sealed, label := Seal(&key, "satchel/a/1", make([]byte, 256)), []byte("satchel/a/1")
	var o Opener
	b.ReportAllocs()
	for b.Loop() {
		if _, err := o.Open(&key, label, sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInnerKeys(b *testing.B) {
	ek, row := NewKey(), NewKey()
	k := NewInnerKeys(&ek)
	b.ReportAllocs()
	var out Key
	for b.Loop() {
		k.Derive(&out, &row, identity.Handle{1})
	}
}
