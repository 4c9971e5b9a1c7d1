package identity

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSignatureIsBoundToItsDomain(t *testing.T) {
	k := NewDeviceKeys()
	sig := Sign(k.Sign, "satchel/a", []byte("message"))
	if !Verify(k.Public(), "satchel/a", []byte("message"), sig) {
		t.Fatal("a good signature was refused")
	}
	// The split between domain and message must not be movable.
	for _, bad := range []struct{ domain, msg string }{
		{"satchel/b", "message"}, {"satchel/a", "messagf"}, {"satchel/am", "essage"}, {"satchel/", "a\x00message"},
	} {
		if Verify(k.Public(), bad.domain, []byte(bad.msg), sig) {
			t.Errorf("signature passed for %q %q", bad.domain, bad.msg)
		}
	}
	if Verify(nil, "satchel/a", []byte("message"), sig) || Verify(k.Public(), "satchel/a", []byte("message"), sig[:63]) {
		t.Error("a short key or signature passed")
	}
}

func TestDeviceKeysRoundTrip(t *testing.T) {
	k := NewDeviceKeys()
	b, err := k.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var again DeviceKeys
	if err := again.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	if again.ID() != k.ID() || again.Gossip != k.Gossip {
		t.Fatal("keys changed on the way")
	}
	if err := again.UnmarshalBinary(b[:63]); !errors.Is(err, ErrBadKeys) {
		t.Fatalf("63 bytes: %v", err)
	}
}

func TestPrivateKeysNeverPrint(t *testing.T) {
	k := NewDeviceKeys()
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "keys", k, "box", k.Gossip)
	out := fmt.Sprintf("%v %+v %#v %s %v %#v", k, k, k, k, k.Gossip, k.Gossip) + log.String()
	for _, secret := range []string{fmt.Sprintf("%x", k.Sign.Seed()[:4]), fmt.Sprint(k.Gossip.Private[:4]), fmt.Sprintf("%x", k.Gossip.Private[:4])} {
		if strings.Contains(out, strings.Trim(secret, "[]")) {
			t.Errorf("a private key was printed")
		}
	}
}

func TestNHSNumberNeverPrints(t *testing.T) {
	n, err := ParseNHSNumber("999 000 0018")
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "n", n)
	out := fmt.Sprintf("%v %+v %#v %s %q %d %x", n, n, n, n, n, n, n) + log.String()
	if strings.Contains(strings.ReplaceAll(out, " ", ""), "9990000018") {
		t.Fatalf("the number was printed: %d bytes", len(out))
	}
	if n.Spaced() != "999 000 0018" || n.Digits() != "9990000018" {
		t.Fatal("the number cannot be said deliberately")
	}
}

// The verdicts of the published table (domain reference, NHS number).
func TestNHSNumberVerdicts(t *testing.T) {
	for _, c := range []struct {
		number      string
		valid, test bool
	}{
		{"943 476 5919", true, false},
		{"999 000 0018", true, true},
		{"987 654 3210", true, false},
		{"900 000 0012", false, false},
		{"999 999 9999", false, true},
		{"9990000000", false, true},
	} {
		n, err := ParseNHSNumber(c.number)
		if err != nil {
			t.Fatal(err)
		}
		if n.Valid() != c.valid || n.Test() != c.test {
			t.Errorf("%s: valid %v, test %v", c.number, n.Valid(), n.Test())
		}
	}
	for _, bad := range []string{"", "943476591", "94347659190", "943x765919", "943476591९"} {
		if _, err := ParseNHSNumber(bad); !errors.Is(err, ErrNotNHSNumber) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, ok := CheckDigit("999000000"); ok {
		t.Error("999000000 has a check digit; none can exist")
	}
}

func TestNHSNumberFindsEverySingleDigitSlip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nine := fmt.Sprintf("%09d", rapid.IntRange(0, 999999999).Draw(t, "nine"))
		check, ok := CheckDigit(nine)
		if !ok {
			t.Skip("no number begins so")
		}
		good := []byte(nine + string(check))
		at, add := rapid.IntRange(0, 9).Draw(t, "at"), rapid.IntRange(1, 9).Draw(t, "add")
		slip := slices.Clone(good)
		slip[at] = '0' + (slip[at]-'0'+byte(add))%10
		if n, _ := ParseNHSNumber(string(slip)); n.Valid() {
			t.Fatal("a slip in one digit passed")
		}
	})
}

func TestEnrolmentCodeRoundTrip(t *testing.T) { // P12
	root, _, _ := ed25519.GenerateKey(rand.Reader)
	other, _, _ := ed25519.GenerateKey(rand.Reader)
	code := NewEnrolmentCode("hub.example:7443", root)
	text := code.Text()
	for _, typed := range []string{text, strings.ToLower(text), strings.Replace(text, "-", " ", 4), strings.Replace(text, "-", "", 4)} {
		got, err := ParseEnrolmentCode(typed)
		if err != nil {
			t.Fatalf("typed %d letters: %v", len(typed), err)
		}
		if got != code || got.Secret() != code.Secret() {
			t.Fatal("the code changed on the way")
		}
	}
	if !code.Names(root) || code.Names(other) || code.Names(nil) {
		t.Fatal("the code does not tell its root from another")
	}
	if strings.Contains(fmt.Sprintf("%v %+v %#v", code, code, code), text[:5]) {
		t.Fatal("the secret was printed")
	}
}

func TestEnrolmentCodeNamesTheGroupAtFault(t *testing.T) { // P12
	root, _, _ := ed25519.GenerateKey(rand.Reader)
	code := NewEnrolmentCode("10.0.0.1:7443", root)
	text := code.Text()
	third := append(slices.Clone(code.root[:]), code.secret[:]...)[10:15]
	slip := slices.Clone(third)
	for slip[1] = (slip[1] + 1) % 16; groupCheck(2, slip) == groupCheck(2, third); slip[1] = (slip[1] + 1) % 16 {
	}
	// The slipped value under the old check letter: the group must be named.
	mixed := groupValue(slip)<<5 | groupCheck(2, third)
	var letters [5]byte
	for i := range letters {
		letters[i] = codeLetters[mixed>>(20-5*i)&31]
	}
	_, err := ParseEnrolmentCode(text[:12] + string(letters[:]) + text[17:])
	if !errors.Is(err, ErrEnrolmentCode) || !strings.Contains(err.Error(), "group 3") {
		t.Fatalf("the error names no group: %v", err)
	}
	for _, bad := range []string{"", "@", "AAAAA-AAAAA", text[:29], text[:30] + "hub", text[:30] + "a b:1", text[:30] + "hub:x1"} {
		if _, err := ParseEnrolmentCode(bad); !errors.Is(err, ErrEnrolmentCode) {
			t.Errorf("%d letters: %v", len(bad), err)
		}
	}
}

func FuzzParseEnrolmentCode(f *testing.F) {
	root, _, _ := ed25519.GenerateKey(rand.Reader)
	f.Add(NewEnrolmentCode("hub.example:7443", root).Text())
	f.Add("00000-00000-00000-00000-00000@[::1]:7443")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseEnrolmentCode(s)
		if err != nil {
			return
		}
		again, err := ParseEnrolmentCode(c.Text())
		if err != nil || again != c {
			t.Fatalf("a code that was read does not read back: %v", err)
		}
	})
}

func TestIDsRefuseWhatIsNotOne(t *testing.T) {
	id := Random[PID]()
	got, err := ParsePID(id.String())
	if err != nil || got != id {
		t.Fatal("an id does not read back")
	}
	for _, bad := range []string{"", "00", strings.Repeat("g", 32), strings.Repeat("0", 33)} {
		if _, err := ParsePID(bad); !errors.Is(err, ErrNotAnID) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestWordsAreDistinct(t *testing.T) {
	if len(words) != 256 {
		t.Fatalf("%d words, 256 are due", len(words))
	}
	seen := map[string]bool{}
	for _, w := range words {
		if seen[w] {
			t.Errorf("%q stands twice", w)
		}
		seen[w] = true
	}
	if a := Words("device", []byte{1}); len(strings.Fields(a)) != 4 || a == Words("hub", []byte{1}) {
		t.Errorf("words %q", a)
	}
}

func TestClosedWordsAreClosed(t *testing.T) { // R19
	if _, err := ParseCategory("council"); err == nil {
		t.Error("a fifth category was taken")
	}
	if _, err := ParseRole("root"); err == nil {
		t.Error("an unknown role was taken")
	}
	if _, err := ParseKind("phone"); err == nil {
		t.Error("an unknown kind was taken")
	}
	for _, c := range []Category{Trust, GP, Ambulance, SocialCare} {
		if got, err := ParseCategory(string(c)); err != nil || got != c {
			t.Errorf("%s: %v", c, err)
		}
	}
}
