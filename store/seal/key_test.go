package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/cryptotest"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/nacl/box"
	"golang.org/x/crypto/nacl/secretbox"

	"satchel/store/identity"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestKnownAnswers holds the primitives to vectors made elsewhere: NaCl's C
// implementation, RFC 5869, RFC 7748, the Argon2 reference program.
func TestKnownAnswers(t *testing.T) {
	rep := func(b byte, n int) []byte { return bytes.Repeat([]byte{b}, n) }
	is := func(name string, got []byte, want string) {
		t.Helper()
		if !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("%s: got %x", name, got)
		}
	}
	nonce := [24]byte(rep(2, 24))
	is("secretbox", secretbox.Seal(nil, rep(3, 64), &nonce, (*[32]byte)(rep(1, 32))),
		"8442bc313f4626f1359e3b50122b6ce6fe66ddfe7d39d14e637eb4fd5b45beadab55198df6ab5368439792a23c87db70acb6156dc5ef957ac04f6276cf6093b84be77ff0849cc33e34b7254d5a8f65ad")

	one := identity.X25519FromPrivate([32]byte(rep(1, 32)))
	nonce = [24]byte(rep(4, 24))
	is("box", box.Seal(nil, rep(3, 64), &nonce, &one.Public, (*[32]byte)(rep(2, 32))),
		"78ea30b19d2341ebbdba54180f821eec265cf86312549bea8a37652a8bb94f07b78a73ed1708085e6ddd0e943bbdeb8755079a37eb31d86163ce241164a47629c0539f330b4914cd135b3855bc2a2dfc")

	alice := identity.X25519FromPrivate([32]byte(unhex(t, "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")))
	is("X25519", alice.Public[:], "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")

	// RFC 5869, test case 1.
	okm, err := hkdf.Key(sha256.New, rep(0x0b, 22), unhex(t, "000102030405060708090a0b0c"), string(unhex(t, "f0f1f2f3f4f5f6f7f8f9")), 42)
	if err != nil {
		t.Fatal(err)
	}
	is("HKDF-SHA256", okm, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")

	is("Argon2id t=1 m=64 p=1", argon2.IDKey([]byte("password"), []byte("somesalt"), 1, 64, 1, 24),
		"655ad15eac652dc59f7170a7332bf49b8469be1fdb9c28bb")
	is("Argon2id t=4 m=4096 p=4", argon2.IDKey([]byte("password"), []byte("somesalt"), 4, 4096, 4, 24),
		"145db9733a9f4ee43edf33c509be96b934d505a4efb33c5a")
	h := sha256.Sum256([]byte("abc"))
	is("SHA-256", h[:], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
}

// TestFormatKnownAnswers fixes our own formats: with a fixed random source the
// bytes never change, and bytes kept from earlier always open.
func TestFormatKnownAnswers(t *testing.T) {
	cryptotest.SetGlobalRandom(t, 1)
	key := Key(bytes.Repeat([]byte{0x42}, 32))
	derived := DeriveKey(&key, "test/1", []byte{1, 2})
	sum := func(b []byte) string { h := sha256.Sum256(b); return hex.EncodeToString(h[:8]) }
	blob := Seal(&key, "test/1", []byte("blob"))
	wrapped := Wrap(&key, &derived, "test/1")
	commitment := Commit(&key)
	got := []string{sum(derived[:]), sum(blob), sum(wrapped), sum(commitment[:]), sum([]byte(Bind("test/1", []byte{1}, nil)))}
	want := []string{"cbc1233688160f78", "c8f0ab97f63dfbbf", "c99363d70828ae1a", "49b5e82507f9fdb0", "135d62b1ba78c14f"}
	for i, name := range []string{"DeriveKey", "Seal", "Wrap", "Commit", "Bind"} {
		if got[i] != want[i] {
			t.Errorf("%s: %s, want %s", name, got[i], want[i])
		}
	}
}

func TestKeyHidesItself(t *testing.T) {
	k := Key(bytes.Repeat([]byte{0xA5}, 32))
	type holder struct {
		K Key
		P *Key
	}
	h := holder{k, &k}
	var text bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U", "%t", "%T %v"} {
		fmt.Fprintf(&text, verb, k)
		fmt.Fprintf(&text, verb, &k)
		fmt.Fprintf(&text, verb, h)
		fmt.Fprintf(&text, verb, []Key{k})
	}
	slog.New(slog.NewTextHandler(&text, nil)).Info("x", "k", k, "h", h)
	slog.New(slog.NewJSONHandler(&text, nil)).Info("x", "k", k, "h", h)
	j, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	text.Write(j)
	c := &Content{Device: k[:], Rows: []Row{{Key: k}}, Facts: k}
	fmt.Fprintf(&text, "%v %+v %#v %x", c, c, c, c)
	for _, leak := range []string{"a5a5", "A5A5", "165", "0xa5", "\xa5\xa5", "¥", "10100101", "245"} {
		if strings.Contains(text.String(), leak) {
			t.Errorf("output shows %q", leak)
		}
	}
	if !strings.Contains(text.String(), "[key]") {
		t.Error("output does not say that a key was hidden")
	}
}

func TestWipe(t *testing.T) {
	k := NewKey()
	if k.IsZero() {
		t.Fatal("random key is zero")
	}
	k.Wipe()
	if !k.IsZero() {
		t.Error("wiped key is not zero")
	}
}

func TestDeriveKeySeparates(t *testing.T) {
	k := NewKey()
	seen := map[Key]bool{k: true}
	for _, label := range []string{"a", "b", "ab"} {
		for _, context := range []string{"", "a", "b", "ba"} {
			d := DeriveKey(&k, label, []byte(context))
			if seen[d] {
				t.Errorf("%q %q gives a key seen before", label, context)
			}
			seen[d] = true
			if again := DeriveKey(&k, label, []byte(context)); again != d {
				t.Errorf("%q %q gives two keys", label, context)
			}
		}
	}
}

func TestWrap(t *testing.T) {
	under, other, key := NewKey(), NewKey(), NewKey()
	w := Wrap(&under, &key, "cohort/1 epoch 3")
	if len(w) != WrappedLen {
		t.Errorf("length %d", len(w))
	}
	got, err := Unwrap(&under, w, "cohort/1 epoch 3")
	if err != nil || got != key {
		t.Fatalf("unwrap: %v", err)
	}
	for name, try := range map[string]func() (Key, error){
		"another key":     func() (Key, error) { return Unwrap(&other, w, "cohort/1 epoch 3") },
		"another context": func() (Key, error) { return Unwrap(&under, w, "cohort/1 epoch 4") },
		"cut":             func() (Key, error) { return Unwrap(&under, w[:len(w)-1], "cohort/1 epoch 3") },
		"longer":          func() (Key, error) { return Unwrap(&under, append(bytes.Clone(w), 0), "cohort/1 epoch 3") },
		"empty":           func() (Key, error) { return Unwrap(&under, nil, "cohort/1 epoch 3") },
		"a blob": func() (Key, error) {
			return Unwrap(&under, Seal(&under, "cohort/1 epoch 3", key[:]), "cohort/1 epoch 3")
		},
	} {
		if k, err := try(); !errors.Is(err, ErrOpen) || !k.IsZero() {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := 1; i < len(w); i++ {
		b := bytes.Clone(w)
		b[i] ^= 4
		if _, err := Unwrap(&under, b, "cohort/1 epoch 3"); !errors.Is(err, ErrOpen) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
	w[0] = 2
	if _, err := Unwrap(&under, w, ""); !errors.Is(err, ErrSuite) {
		t.Errorf("suite: %v", err)
	}
}

func FuzzUnwrap(f *testing.F) {
	under, key := Key{1}, Key{2}
	f.Add(Wrap(&under, &key, "fuzz/1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := Unwrap(&under, b, "fuzz/1"); err == nil && k != key {
			t.Fatal("opened to another key")
		}
	})
}
