package fact

import (
	"errors"
	"testing"

	"satchel/store/canon"
	"satchel/store/identity"
)

func TestCertificateRules(t *testing.T) {
	sign := func(change func(*HubCertificate)) []byte {
		c := testCertificate()
		change(&c)
		s := Signed[HubCertificate]{Value: c, body: must(canon.Marshal(c))}
		s.sig = identity.Sign(rootKey, c.domain(), s.body)
		return s.Raw()
	}
	same := func(*HubCertificate) {}
	for _, c := range []struct {
		name string
		raw  []byte
		now  int64
		demo bool
		want error
	}{
		{"in force", sign(same), testNow, false, nil},
		{"at its last millisecond", sign(same), testNow + hour, false, nil},
		{"ended", sign(same), testNow + hour + 1, false, ErrCertificate},
		{"real hub, demonstration device", sign(same), testNow, true, ErrDemonstration},                                       // R57
		{"demonstration hub, real device", sign(func(c *HubCertificate) { c.Demo = true }), testNow, false, ErrDemonstration}, // R57
		{"demonstration hub, demonstration device", sign(func(c *HubCertificate) { c.Demo = true }), testNow, true, nil},      // R57
		{"another area's name", sign(func(c *HubCertificate) { c.Area = identity.AreaID{9} }), testNow, false, ErrCertificate},
		{"a root that did not sign", sign(func(c *HubCertificate) {
			c.Root, c.Area = otherPub, identity.AreaIDOf(otherPub)
		}), testNow, false, ErrSignature},
		{"a short root", sign(func(c *HubCertificate) { c.Root = c.Root[:31] }), testNow, false, ErrCertificate},
		{"a short hub key", sign(func(c *HubCertificate) { c.Sign = c.Sign[:31] }), testNow, false, ErrCertificate},
		{"no incarnation", sign(func(c *HubCertificate) { c.Incarnation = 0 }), testNow, false, ErrCertificate},
		{"signed by the hub itself", must(Sign(hubKey, testCertificate())).Raw(), testNow, false, ErrSignature},
		{"nothing", nil, testNow, false, canon.ErrMalformed},
	} {
		got, err := OpenHubCertificate(c.raw, c.now, c.demo)
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if err != nil && !got.IsZero() {
			t.Errorf("%s: refused and handed out", c.name)
		}
	}
}

// A signature made for a demonstration certificate is void on the same
// certificate without the mark, and the other way round.
func TestDemonstrationMarkCannotBeMoved(t *testing.T) { // R57
	for _, demo := range []bool{false, true} {
		c := testCertificate()
		c.Demo = demo
		s := must(Sign(rootKey, c))
		c.Demo = !demo
		moved := Signed[HubCertificate]{Value: c, body: must(canon.Marshal(c)), sig: s.sig}
		if _, err := OpenHubCertificate(moved.Raw(), testNow, !demo); !errors.Is(err, ErrSignature) {
			t.Errorf("demonstration %v moved to %v: %v", demo, !demo, err)
		}
	}
}

// FuzzDecodeCertificate: whatever decodes makes sense and encodes to itself,
// and nothing but the root's word opens.
func FuzzDecodeCertificate(f *testing.F) {
	f.Add(must(Sign(rootKey, testCertificate())).Raw())
	demo := testCertificate()
	demo.Demo, demo.Restart = true, nil
	f.Add(must(Sign(rootKey, demo)).Raw())
	f.Fuzz(func(t *testing.T, raw []byte) {
		decodesToItself[HubCertificate](t, raw)
		if c, err := OpenHubCertificate(raw, testNow, false); err == nil && !c.By(c.Value.Root) {
			t.Fatal("opened without its root's signature")
		}
	})
}

// FuzzDecode walks every other signed kind with the same bytes.
func FuzzDecode(f *testing.F) {
	for _, o := range objects(f) {
		f.Add(o.raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		decodesToItself[Head](t, raw)
		decodesToItself[Credential](t, raw)
		decodesToItself[KeySet](t, raw)
		decodesToItself[Freshness](t, raw)
		decodesToItself[RecordHeader](t, raw)
	})
}

func decodesToItself[T Statement](t *testing.T, raw []byte) {
	t.Helper()
	s, err := Decode[T](raw)
	if err != nil {
		if !s.IsZero() {
			t.Fatalf("%T: refused and handed out", s.Value)
		}
		return
	}
	if string(s.Raw()) != string(raw) {
		t.Fatalf("%T: carries on with other bytes", s.Value)
	}
	if err := s.Value.check(); err != nil {
		t.Fatalf("%T: decoded although it makes no sense: %v", s.Value, err)
	}
}
