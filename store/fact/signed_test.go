package fact

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"satchel/store/canon"
	"satchel/store/identity"
)

func TestEveryObjectOpensAndCarriesOn(t *testing.T) {
	for _, o := range objects(t) {
		if err := o.open(o.raw); err != nil {
			t.Errorf("%s: %v", o.name, err)
		}
	}
	for name, raws := range map[string][2][]byte{
		"head":       again[Head](t, signHead(testChain.Start()).Raw()),
		"key set":    again[KeySet](t, must(Sign(hubKey, testKeySet())).Raw()),
		"freshness":  again[Freshness](t, must(Sign(hubKey, testFreshness())).Raw()),
		"credential": again[Credential](t, must(Sign(hubKey, testCredential())).Raw()),
	} {
		if !bytes.Equal(raws[0], raws[1]) {
			t.Errorf("%s: carried on with other bytes", name)
		}
	}
	raw := must(testRecord(identity.PID{1}, 1, 1, 1).Raw())
	r, err := OpenRecord(hubPub, raw)
	if err != nil || !bytes.Equal(must(r.Raw()), raw) || string(r.Ciphertext) != "ciphertext of one summary" {
		t.Errorf("record: %v", err)
	}
	run := killRun(3)
	got, err := OpenRun(hubPub, must(run.Raw()))
	if err != nil || got.From != run.From || !slices.EqualFunc(got.Entries, run.Entries, bytes.Equal) || got.Head.Value != run.Head.Value {
		t.Errorf("run: %v", err)
	}
}

func again[T Statement](t *testing.T, raw []byte) [2][]byte {
	t.Helper()
	s, err := Open[T](hubPub, raw)
	if err != nil {
		t.Fatal(err)
	}
	return [2][]byte{raw, s.Raw()}
}

func TestRunRefusesEveryFlippedByte(t *testing.T) { refusesEveryFlippedByte(t, "run") }

func TestRecordRefusesEveryFlippedByte(t *testing.T) { refusesEveryFlippedByte(t, "record") }

func TestEveryOtherObjectRefusesEveryFlippedByte(t *testing.T) {
	refusesEveryFlippedByte(t, "head", "credential", "key set", "freshness", "record header", "certificate", "empty run")
}

// refusesEveryFlippedByte changes each byte at both ends, cuts at each byte and
// adds a byte.
func refusesEveryFlippedByte(t *testing.T, names ...string) {
	t.Helper()
	tried := 0
	for _, o := range objects(t) {
		if !slices.Contains(names, o.name) {
			continue
		}
		tried++
		if err := o.open(o.raw); err != nil {
			t.Fatalf("%s: the unchanged bytes are refused: %v", o.name, err)
		}
		for n := range o.raw {
			for _, bits := range []byte{1, 0x80} {
				bad := slices.Clone(o.raw)
				bad[n] ^= bits
				if o.open(bad) == nil {
					t.Errorf("%s: byte %d of %d changed and still accepted", o.name, n, len(o.raw))
				}
			}
		}
		for n := range o.raw {
			if o.open(o.raw[:n]) == nil {
				t.Errorf("%s: cut after %d of %d bytes and still accepted", o.name, n, len(o.raw))
			}
		}
		if o.open(append(slices.Clone(o.raw), 0)) == nil {
			t.Errorf("%s: a byte more and still accepted", o.name)
		}
	}
	if tried != len(names) {
		t.Fatalf("%d kinds tried, %d named", tried, len(names))
	}
}

func TestSignatureOfAnotherKindOrKeyIsRefused(t *testing.T) {
	// A freshness statement's bytes under a head's signature domain, and the
	// other way round: the domain must part them, whatever the body says.
	f := must(Sign(hubKey, testFreshness()))
	forged := must(canon.Marshal(envelope{f.body, identity.Sign(hubKey, Head{}.domain(), f.body)}))
	if err := opens[Freshness](forged); !errors.Is(err, ErrSignature) {
		t.Errorf("a head's signature on a freshness statement: %v", err)
	}
	if _, err := Open[Freshness](otherPub, f.Raw()); !errors.Is(err, ErrSignature) {
		t.Errorf("another key: %v", err)
	}
	for _, key := range [][]byte{nil, hubPub[:31]} {
		if _, err := Open[Freshness](key, f.Raw()); !errors.Is(err, ErrSignature) {
			t.Errorf("a key of %d bytes: %v", len(key), err)
		}
	}
	if (Signed[Freshness]{}).By(hubPub) || !(Signed[Freshness]{}).IsZero() || (Signed[Freshness]{}).Raw() != nil {
		t.Error("the zero value counts as something")
	}
	domains := []string{
		Head{}.domain(), HubCertificate{}.domain(), HubCertificate{Demo: true}.domain(), Credential{}.domain(),
		RecordHeader{}.domain(), KeySet{}.domain(), Freshness{}.domain(),
	}
	slices.Sort(domains)
	if len(slices.Compact(domains)) != 7 {
		t.Error("two kinds share a signature domain")
	}
}

func TestNonsenseIsNeitherSignedNorOpened(t *testing.T) {
	at := func(n uint64) Point { return Point{N: n, Hash: [32]byte{byte(n)}} }
	bad := map[string]error{
		"head below its floor":          refusal(Head{Chain: testChain, Point: at(3), Floor: at(4)}),
		"floor beside the head":         refusal(Head{Chain: testChain, Point: at(3), Floor: Point{N: 3}}),
		"floor off the chain":           refusal(Head{Chain: testChain, Point: at(3), Floor: Point{Hash: [32]byte{1}}}),
		"empty chain not at its start":  refusal(Head{Chain: testChain}),
		"record without an epoch":       refusal(RecordHeader{Ver: 1, Rev: 1, NotAfter: 1}),
		"record without a version":      refusal(RecordHeader{Epoch: 1, Rev: 1, NotAfter: 1}),
		"record without a revision":     refusal(RecordHeader{Epoch: 1, Ver: 1, NotAfter: 1}),
		"record without a life":         refusal(RecordHeader{Epoch: 1, Ver: 1, Rev: 1, NotAfter: 5, Released: 5}),
		"key set without an epoch":      refusal(KeySet{}),
		"older key of epoch 0":          refusal(KeySet{Epoch: 2, Older: []OlderKey{{}}}),
		"older key that is not older":   refusal(KeySet{Epoch: 2, Older: []OlderKey{{Epoch: 2}}}),
		"freshness without a time":      refusal(Freshness{}),
		"credential of an unknown role": refusal(Credential{Name: "x", Role: "root", Category: identity.GP}),
		"credential of no category":     refusal(Credential{Name: "x", Role: identity.Paramedic}),
		"credential without a name":     refusal(Credential{Role: identity.Paramedic, Category: identity.GP}),
		"credential with a long name":   refusal(Credential{Name: strings.Repeat("x", 201), Role: identity.Paramedic, Category: identity.GP}),
	}
	for name, err := range bad {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// refusal tries to sign a value, and to open it as if a careless hub had
// signed it; it returns what was not refused.
func refusal[T Statement](v T) error {
	if _, err := Sign(hubKey, v); err == nil {
		return errors.New("signed")
	}
	body := must(canon.Marshal(v))
	raw := must(canon.Marshal(envelope{body, identity.Sign(hubKey, v.domain(), body)}))
	if _, err := Open[T](hubPub, raw); err == nil {
		return errors.New("opened")
	}
	return nil
}

func TestErrorsHoldNoContent(t *testing.T) {
	c := testCredential()
	c.Role = "root"
	_, err := Sign(hubKey, c)
	if err == nil || strings.Contains(err.Error(), "Zebedee") || strings.Contains(err.Error(), "4010232137") {
		t.Errorf("signing: %v", err)
	}
	raw := must(Sign(hubKey, testCredential())).Raw()
	for n := range raw {
		bad := slices.Clone(raw)
		bad[n] ^= 0x40
		if err := opens[Credential](bad); err == nil || strings.Contains(err.Error(), "Marker") || strings.Contains(err.Error(), "4010232137") {
			t.Fatalf("byte %d: %v", n, err)
		}
	}
}
