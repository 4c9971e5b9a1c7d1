package fact

import (
	"crypto/sha256"
	"errors"
	"testing"

	"satchel/store/canon"
	"satchel/store/identity"
)

func TestRecordContentIsTheOneNamed(t *testing.T) {
	good := testRecord(identity.PID{1}, 1, 1, 1)
	shorter := good
	shorter.Ciphertext = good.Ciphertext[:len(good.Ciphertext)-1]
	swapped := good
	swapped.Ciphertext = []byte("ciphertext of one summari")
	h := good.Header.Value
	h.Size++
	missized := Record{must(Sign(hubKey, h)), good.Ciphertext}
	for name, r := range map[string]Record{"shorter": shorter, "swapped": swapped, "none": {Header: good.Header}, "of another size": missized} {
		raw := must(r.Raw())
		if _, err := OpenRecord(hubPub, raw); !errors.Is(err, ErrContent) {
			t.Errorf("%s, opened: %v", name, err)
		}
		if _, err := DecodeRecord(raw); !errors.Is(err, ErrContent) {
			t.Errorf("%s, decoded: %v", name, err)
		}
	}
	if _, err := OpenRecord(otherPub, must(good.Raw())); !errors.Is(err, ErrSignature) {
		t.Errorf("another hub: %v", err)
	}
}

func TestRecordLimits(t *testing.T) {
	content := make([]byte, MaxRecord-1024) // the largest, once
	h := testRecord(identity.PID{1}, 1, 1, 1).Header.Value
	h.Hash, h.Size = sha256.Sum256(content), uint64(len(content))
	raw := must(Record{must(Sign(hubKey, h)), content}.Raw())
	if _, err := OpenRecord(hubPub, raw); err != nil {
		t.Errorf("a very large record: %v", err)
	}
	if _, err := (Record{must(Sign(hubKey, h)), make([]byte, MaxRecord)}).Raw(); !errors.Is(err, canon.ErrLimit) {
		t.Errorf("a record too large: %v", err)
	}
	if _, err := (Wrap{Box: make([]byte, maxHeader)}).Raw(); !errors.Is(err, canon.ErrLimit) {
		t.Errorf("a wrap too large: %v", err)
	}
}

func TestKeySetHoldsAnArea(t *testing.T) {
	k := testKeySet()
	k.Boxes = nil
	for i := range 8000 {
		k.Boxes = append(k.Boxes, KeyBox{identity.DeviceID{1, byte(i), byte(i >> 8)}, make([]byte, 80)})
	}
	s, err := Open[KeySet](hubPub, must(Sign(hubKey, k)).Raw())
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Value.For(identity.DeviceID{1, 0x3f, 0x1f}); !ok {
		t.Error("the last member has no box")
	}
	if _, ok := s.Value.For(identity.DeviceID{2}); ok {
		t.Error("a stranger has a box")
	}
	for len(k.Boxes) <= 8192 {
		k.Boxes = append(k.Boxes, KeyBox{Box: make([]byte, 80)})
	}
	if _, err := Sign(hubKey, k); !errors.Is(err, canon.ErrLimit) {
		t.Errorf("a key set too large: %v", err)
	}
}

func TestWrapFitsItsRecordOnly(t *testing.T) {
	h := testRecord(identity.PID{1}, 1, 1, 1).Header.Value
	good := testWrap()
	if got, err := DecodeWrap(must(good.Raw())); err != nil || !got.Fits(h) || got.KeyEpoch != 1 || len(got.Box) != 72 {
		t.Fatalf("a wrap does not read back: %v", err)
	}
	for name, change := range map[string]func(*Wrap){
		"cohort":  func(w *Wrap) { w.Cohort[0] ^= 1 },
		"patient": func(w *Wrap) { w.PID[0] ^= 1 },
		"epoch":   func(w *Wrap) { w.Epoch++ },
		"version": func(w *Wrap) { w.Ver++ },
	} {
		w := good
		change(&w)
		if w.Fits(h) {
			t.Errorf("a wrap of another %s fits", name)
		}
	}
}

// The orders are total on what a hub can sign: of two different values one is
// newer, whichever comes first.
func TestNewerOrders(t *testing.T) { // R15
	header := func(epoch, ver, inc, rev uint64) RecordHeader {
		return RecordHeader{Epoch: epoch, Ver: ver, Incarnation: inc, Rev: rev}
	}
	headers := []RecordHeader{header(1, 1, 3, 9), header(1, 2, 1, 4), header(1, 2, 1, 5), header(1, 2, 2, 1), header(2, 1, 1, 1)}
	fresh := func(inc uint64, time int64, g, rev uint64) Freshness {
		return Freshness{Incarnation: inc, Time: time, Governance: Point{N: g}, Rev: rev}
	}
	statements := []Freshness{fresh(1, 1, 9, 9), fresh(1, 2, 1, 1), fresh(1, 2, 1, 2), fresh(1, 2, 2, 1), fresh(2, 1, 0, 0)}
	for i := range headers {
		for j := range headers {
			if headers[i].Newer(headers[j]) != (i > j) || statements[i].Newer(statements[j]) != (i > j) {
				t.Errorf("%d newer than %d: header %v, freshness %v", i, j, headers[i].Newer(headers[j]), statements[i].Newer(statements[j]))
			}
		}
	}
}

// FuzzDecodeRecord: whatever decodes has the content that its header names,
// and encodes to itself.
func FuzzDecodeRecord(f *testing.F) {
	f.Add(must(testRecord(identity.PID{1}, 1, 1, 1).Raw()))
	empty := testRecord(identity.PID{1}, 2, 3, 4).Header.Value
	empty.Hash, empty.Size = sha256.Sum256(nil), 0
	f.Add(must(Record{must(Sign(hubKey, empty)), nil}.Raw()))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := DecodeRecord(raw)
		if err != nil {
			return
		}
		if sha256.Sum256(r.Ciphertext) != r.Header.Value.Hash || uint64(len(r.Ciphertext)) != r.Header.Value.Size {
			t.Fatal("decoded another content than its header names")
		}
		if string(must(r.Raw())) != string(raw) {
			t.Fatal("a record carries on with other bytes")
		}
	})
}

// FuzzDecodeWrap: whatever decodes encodes to itself.
func FuzzDecodeWrap(f *testing.F) {
	f.Add(must(testWrap().Raw()))
	f.Add(must(Wrap{}.Raw()))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if w, err := DecodeWrap(raw); err == nil && string(must(w.Raw())) != string(raw) {
			t.Fatal("a wrap carries on with other bytes")
		}
	})
}

// What a box is bound to differs as soon as one of its names does.
func TestContextsAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, change := range []func(*Wrap){
		func(*Wrap) {}, func(w *Wrap) { w.Cohort[15]++ }, func(w *Wrap) { w.PID[0]++ }, func(w *Wrap) { w.Epoch++ },
		func(w *Wrap) { w.Ver++ }, func(w *Wrap) { w.KeyEpoch++ }, func(w *Wrap) { w.Box = nil },
	} {
		w := testWrap()
		change(&w)
		seen[w.Context()] = true
	}
	k, next := testKeySet(), testKeySet()
	next.Epoch++
	for _, c := range []string{k.OlderContext(1), k.OlderContext(2), next.OlderContext(1), next.OlderContext(2)} {
		seen[c] = true
	}
	if len(seen) != 6+4 { // the box itself is not part of its context
		t.Errorf("%d contexts", len(seen))
	}
}
