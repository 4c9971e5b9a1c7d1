package store

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"satchel/store/identity"
	"satchel/store/record"
	"satchel/store/seal"
)

func someRow(t testing.TB) (seal.Row, seal.Version) {
	t.Helper()
	r := seal.Row{
		Handle: identity.Random[identity.Handle](), PID: identity.Random[identity.PID](), Cohort: identity.Random[identity.CohortID](),
		Epoch: 3, Key: seal.NewKey(),
	}
	return r, seal.Version{Ver: 7, Hash: sum([]byte("content"))}
}

func somePart(t testing.TB) *part {
	t.Helper()
	who, err := record.Identify(document("Quillfeather", number(1)))
	if err != nil {
		t.Fatal(err)
	}
	return &part{dataKey: seal.NewKey(), released: 1234, known: true, who: who}
}

// Both parts of a value need the row's key, and the inner part EK as well; each
// opens for its own row and version alone. // R9
func TestValueNeedsItsKeysAndItsPlace(t *testing.T) {
	row, ver := someRow(t)
	ek := seal.NewKey()
	user := &userTier{ek: 2, eks: map[uint32]*seal.Key{2: &ek}}
	p := somePart(t)
	in := inner{wrap: sealWrap(&row, &ver, []byte("a wrap"))}
	in.ek, in.sealed = user.sealPart(&row, &ver, p)
	value := in.encode()

	opens := func(u *userTier, r seal.Row, v seal.Version) (wrapped, part bool) {
		got, err := decodeInner(value)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := openWrap(&r, &v, got)
		wrapped = err == nil && string(raw) == "a wrap"
		once, err := u.openSealedPart(&r, &v, got)
		many := *p
		if manyErr := u.reader().open(&many, &r, &v, got); (err == nil) != (manyErr == nil) {
			t.Errorf("a reader of many says %v, of one %v", manyErr, err)
		}
		part = err == nil && once.dataKey == p.dataKey && once.released == p.released && once.who.Names[0] == p.who.Names[0] &&
			many.dataKey == p.dataKey && many.who.NHS == p.who.NHS
		return wrapped, part
	}
	if w, p := opens(user, row, ver); !w || !p {
		t.Fatalf("wrap %t, part %t", w, p)
	}
	otherEK := seal.NewKey()
	stranger := &userTier{ek: 2, eks: map[uint32]*seal.Key{2: &otherEK}}
	if w, p := opens(stranger, row, ver); !w || p {
		t.Errorf("under another EK: wrap %t, part %t", w, p)
	}
	for name, change := range map[string]func(*seal.Row, *seal.Version){
		"row key": func(r *seal.Row, _ *seal.Version) { r.Key = seal.NewKey() },
		"handle":  func(r *seal.Row, _ *seal.Version) { r.Handle[0]++ },
		"pid":     func(r *seal.Row, _ *seal.Version) { r.PID[0]++ },
		"epoch":   func(r *seal.Row, _ *seal.Version) { r.Epoch++ },
		"version": func(_ *seal.Row, v *seal.Version) { v.Ver++ },
		"hash":    func(_ *seal.Row, v *seal.Version) { v.Hash[0]++ },
	} {
		r, v := row, ver
		change(&r, &v)
		if w, p := opens(user, r, v); w || p {
			t.Errorf("with another %s: wrap %t, part %t", name, w, p)
		}
	}
}

// Lengths in the cache tell nothing of a name's.
func TestValueLengthsAreAlike(t *testing.T) {
	row, ver := someRow(t)
	ek := seal.NewKey()
	user := &userTier{ek: 1, eks: map[uint32]*seal.Key{1: &ek}}
	lengths := map[int]bool{}
	for _, name := range []string{"Ng", "Quillfeather", "Featherstonehaugh-Cholmondeley"} {
		p := somePart(t)
		p.who.Names[0].Family = name
		_, sealed := user.sealPart(&row, &ver, p)
		lengths[len(sealed)] = true
	}
	for n := range 3 {
		lengths[1000+len(sealWrap(&row, &ver, make([]byte, 140+n)))] = true
	}
	if len(lengths) != 2 {
		t.Errorf("%d lengths", len(lengths))
	}
}

func FuzzDecodeInner(f *testing.F) {
	row, ver := someRow(f)
	f.Add(inner{wrap: sealWrap(&row, &ver, []byte("w"))}.encode())
	f.Add(inner{wrap: []byte("wrap"), ek: 1, sealed: []byte("sealed")}.encode())
	f.Add([]byte{innerLayout, 0, 0, 0, 0, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		in, err := decodeInner(b)
		if err != nil {
			if !errors.Is(err, errValue) {
				t.Errorf("%v", err)
			}
			return
		}
		if again := in.encode(); !bytes.Equal(again, b) {
			t.Errorf("%x comes back as %x", b, again)
		}
	})
}

// Whoever shares a verified number is found, and nobody else, as by counting.
func TestInCompanyAgreesWithCounting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tags []tagging
		want := map[identity.NHSNumber][]identity.Handle{}
		for range rapid.IntRange(0, 60).Draw(t, "rows") {
			n, err := identity.ParseNHSNumber(number(rapid.IntRange(0, 40).Draw(t, "number")))
			if err != nil {
				t.Fatal(err)
			}
			tag := tagging{n, identity.Random[identity.Handle]()}
			tags, want[n] = append(tags, tag), append(want[n], tag.handle)
		}
		for n, handles := range want {
			if len(handles) < 2 {
				delete(want, n)
			}
		}
		got := inCompany(tags)
		if len(got) != len(want) {
			t.Fatalf("%d numbers in company, want %d", len(got), len(want))
		}
		for n, handles := range want {
			if !slices.Equal(got[n], handles) {
				t.Fatal("other rows in company")
			}
		}
	})
}
