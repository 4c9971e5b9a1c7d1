package identity

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
)

// ErrEnrolmentCode says that a code was not read correctly. The text says
// which of the five groups is at fault; ask for that group again.
var ErrEnrolmentCode = errors.New("the enrolment code is not right")

// EnrolmentCode is what an admin hands over: where the hub is, the first 60
// bits of the root key's fingerprint, and a one-time secret of 40 bits. As
// text it is five groups of five letters and digits and the hub's address,
// "7GKPM-....-.....@hub.example:7443". The hub ends a code after one use, a
// few wrong tries, or its short life, so 40 bits are enough for the secret.
type EnrolmentCode struct {
	Address string
	root    [60 / 4]byte // one nibble a byte, high bits zero
	secret  [40 / 4]byte
}

// The alphabet has no I, L, O or U: nothing looks like anything else.
const codeLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// NewEnrolmentCode makes a code with a fresh secret.
func NewEnrolmentCode(address string, root ed25519.PublicKey) EnrolmentCode {
	c := EnrolmentCode{Address: address, root: rootNibbles(root)}
	var secret [5]byte
	_, _ = rand.Read(secret[:])
	copy(c.secret[:], nibbles(secret[:]))
	return c
}

// Names tells whether root is the key whose fingerprint the code carries.
func (c EnrolmentCode) Names(root ed25519.PublicKey) bool {
	return len(root) == ed25519.PublicKeySize && c.root == rootNibbles(root)
}

// Secret is the one-time secret, as the device proves it to the hub.
func (c EnrolmentCode) Secret() [32]byte {
	return sha256.Sum256(append([]byte("satchel/enrol/1\x00"), c.secret[:]...))
}

// Text writes the code for a person to type.
func (c EnrolmentCode) Text() string {
	all := append(c.root[:], c.secret[:]...)
	groups := make([]string, 5)
	for g := range groups {
		groups[g] = codeGroup(g, all[g*5:g*5+5])
	}
	return strings.Join(groups, "-") + "@" + c.Address
}

// String hides the secret.
func (c EnrolmentCode) String() string { return "enrolment code for " + c.Address }

// GoString hides the secret.
func (c EnrolmentCode) GoString() string { return c.String() }

// LogValue hides the secret.
func (c EnrolmentCode) LogValue() slog.Value { return slog.StringValue(c.String()) }

// ParseEnrolmentCode reads a code as a person types it: lower case, spaces and
// missing hyphens are fine, I and L mean 1, O means 0.
func ParseEnrolmentCode(s string) (EnrolmentCode, error) {
	letters, address, found := strings.Cut(strings.TrimSpace(s), "@")
	if !found || strings.TrimSpace(address) == "" {
		return EnrolmentCode{}, fmt.Errorf("%w: the hub's address is missing after the @ sign", ErrEnrolmentCode)
	}
	typed := strings.Map(dropSeparator, strings.ToUpper(letters))
	if len(typed) != 25 {
		return EnrolmentCode{}, fmt.Errorf("%w: it has %d letters and digits, 25 are due", ErrEnrolmentCode, len(typed))
	}
	var all [25]byte
	for g := range 5 {
		if err := readGroup(g, typed[g*5:g*5+5], all[g*5:g*5+5]); err != nil {
			return EnrolmentCode{}, err
		}
	}
	c := EnrolmentCode{Address: strings.TrimSpace(address)}
	copy(c.root[:], all[:15])
	copy(c.secret[:], all[15:])
	if err := checkAddress(c.Address); err != nil {
		return EnrolmentCode{}, err
	}
	return c, nil
}

// CheckCodeGroup tells whether group g (0 to 4) of a code is complete and
// right, so that a screen can say so while the person types.
func CheckCodeGroup(g int, typed string) bool {
	var five [5]byte
	return g >= 0 && g < 5 && readGroup(g, strings.Map(dropSeparator, strings.ToUpper(typed)), five[:]) == nil
}

func checkAddress(address string) error {
	host, port, found := strings.Cut(address, ":")
	if strings.HasPrefix(address, "[") {
		_, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("%w: the hub's address must be name:port", ErrEnrolmentCode)
		}
		return nil
	}
	if !found || host == "" || port == "" || strings.ContainsAny(host, " /\\") || strings.Trim(port, "0123456789") != "" {
		return fmt.Errorf("%w: the hub's address must be name:port", ErrEnrolmentCode)
	}
	return nil
}

// A group is five letters: 25 bits, of which 20 carry the five nibbles and 5
// check them, so that a slip is found while the group is being typed.
func codeGroup(g int, five []byte) string {
	v := groupValue(five)<<5 | groupCheck(g, five)
	out := make([]byte, 5)
	for i := range out {
		out[i] = codeLetters[v>>(20-5*i)&31]
	}
	return string(out)
}

func readGroup(g int, typed string, into []byte) error {
	if len(typed) != 5 {
		return fmt.Errorf("%w: group %d needs five letters or digits", ErrEnrolmentCode, g+1)
	}
	var v uint32
	for i := range 5 {
		at := strings.IndexByte(codeLetters, typed[i])
		if at < 0 {
			return fmt.Errorf("%w: group %d holds a sign that codes never use", ErrEnrolmentCode, g+1)
		}
		v = v<<5 | uint32(at)
	}
	for i := range 5 {
		into[i] = byte(v >> (5 + 4*(4-i)) & 15)
	}
	if v&31 != groupCheck(g, into) {
		return fmt.Errorf("%w: group %d was mistyped", ErrEnrolmentCode, g+1)
	}
	return nil
}

func groupValue(five []byte) uint32 {
	var v uint32
	for _, n := range five {
		v = v<<4 | uint32(n)
	}
	return v
}

func groupCheck(g int, five []byte) uint32 {
	h := sha256.Sum256(append([]byte{'c', byte(g)}, five...))
	return uint32(h[0]) & 31
}

func dropSeparator(r rune) rune {
	switch r {
	case '-', ' ', '\t', '\n', '\r':
		return -1
	case 'I', 'L':
		return '1'
	case 'O':
		return '0'
	}
	if r > 127 {
		return '!' // one byte, and never a letter of a code
	}
	return r
}

func rootNibbles(root ed25519.PublicKey) [15]byte {
	h := fingerprint("satchel/root/1", root)
	return [15]byte(nibbles(h[:8])[:15])
}

func nibbles(b []byte) []byte {
	out := make([]byte, 0, 2*len(b))
	for _, v := range b {
		out = append(out, v>>4, v&15)
	}
	return out
}
