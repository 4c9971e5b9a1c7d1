package fact

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"satchel/store/identity"
)

func testAdmission() (Admission, GovernanceEntry) {
	c := testCredential()
	e := GovernanceEntry{N: 1, Kind: Credentialled, Device: c.Device, Slot: c.Slot, Body: []byte("boxed")}
	return Admission{Credential: must(Sign(hubKey, c)).Raw(), Join: JoinHash(c.Slot, "ABCDE-01234")}, e
}

func TestAdmissionRoundTrips(t *testing.T) {
	a, e := testAdmission()
	got, err := DecodeAdmission(must(a.Encode()))
	if err != nil || got.Join != a.Join || !bytes.Equal(got.Credential, a.Credential) {
		t.Fatalf("%v", err)
	}
	c, err := got.Open(hubPub, e)
	if err != nil || c.Value != testCredential() {
		t.Fatalf("%v, %v", c.Value, err)
	}
}

// An admission counts only for the place that its entry names, and from the hub.
func TestAdmissionRefused(t *testing.T) { // R6
	a, e := testAdmission()
	if _, err := a.Open(otherPub, e); !errors.Is(err, ErrSignature) {
		t.Errorf("another's signature: %v", err)
	}
	elsewhere := e
	elsewhere.Device[0]++
	if _, err := a.Open(hubPub, elsewhere); !errors.Is(err, ErrEntry) {
		t.Errorf("another device: %v", err)
	}
	other := e
	other.Slot[0]++
	if _, err := a.Open(hubPub, other); !errors.Is(err, ErrEntry) {
		t.Errorf("another slot: %v", err)
	}
	a.Credential = nil
	if _, err := a.Open(hubPub, e); err == nil {
		t.Error("no credential was taken for one")
	}
}

func TestAdmissionLabelBindsItsPlace(t *testing.T) {
	d, s := identity.DeviceID{1}, identity.SlotID{2}
	want := "satchel/admission/1\x00" + "\x00\x00\x00\x10" + string(d[:]) + "\x00\x00\x00\x10" + string(s[:])
	if AdmissionLabel(d, s) != want {
		t.Errorf("%q", AdmissionLabel(d, s))
	}
	if AdmissionLabel(identity.DeviceID{2}, identity.SlotID{1}) == want {
		t.Error("another place has the same label")
	}
}

func TestJoinCodes(t *testing.T) {
	slot, seen := identity.SlotID{7}, map[string]bool{}
	for range 50 {
		code := NewJoinCode()
		if len(code) != 11 || code[5] != '-' || CheckJoinCode(code) != nil || seen[code] {
			t.Fatalf("%q", code)
		}
		seen[code] = true
		hash := JoinHash(slot, code)
		for _, typed := range []string{strings.ToLower(code), " " + code[:5] + " " + code[6:] + "\n", strings.ReplaceAll(strings.ReplaceAll(code, "1", "l"), "0", "o")} {
			if CheckJoinCode(typed) != nil || JoinHash(slot, typed) != hash {
				t.Errorf("%q is not taken for %q", typed, code)
			}
		}
		if JoinHash(identity.SlotID{8}, code) == hash {
			t.Error("a code fits another slot")
		}
	}
	for _, bad := range []string{"", "ABCDE", "ABCDE-0123", "ABCDE-012345", "ABCDE-0123U", "ABCDE-0123é"} {
		if err := CheckJoinCode(bad); !errors.Is(err, ErrJoinCode) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// FuzzDecodeAdmission: what is read is written back byte for byte.
func FuzzDecodeAdmission(f *testing.F) {
	a, e := testAdmission()
	f.Add(must(a.Encode()))
	f.Add(must(Admission{}.Encode()))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := DecodeAdmission(raw)
		if err != nil {
			return
		}
		if !bytes.Equal(must(got.Encode()), raw) {
			t.Fatal("read as another value")
		}
		if c, err := got.Open(hubPub, e); err == nil && (c.Value.Device != e.Device || c.Value.Slot != e.Slot) {
			t.Fatal("a credential for another place")
		}
	})
}
