package store

import (
	"slices"
	"strings"

	"satchel/store/seal"
)

// Secret is what a person unlocks with. Whoever takes one to keep it wipes it.
type Secret struct {
	Text []byte
	PIN  bool // six to twelve digits, only behind hardware that limits tries
}

// Weakness is why a secret is too easily guessed; a screen has a sentence for
// each.
type Weakness string

// The weaknesses.
const (
	WeakCommon   Weakness = "common"       // a common word, name or passphrase
	WeakPersonal Weakness = "personal"     // the person's, the laptop's or the organisation's own name
	WeakKeyboard Weakness = "keyboard"     // keys beside each other
	WeakRepeat   Weakness = "repeat"       // the same again and again
	WeakSequence Weakness = "sequence"     // like abc or 4321
	WeakDate     Weakness = "date"         // a date
	WeakShort    Weakness = "short"        // none of these: simply too little
	WeakLong     Weakness = "long"         // over MaxSecret bytes
	WeakDigits   Weakness = "pin-digits"   // a PIN has six to twelve digits
	WeakHardware Weakness = "pin-hardware" // no hardware here limits tries at a PIN
)

var weakWords = map[Weakness]string{
	WeakCommon: "it holds common words or names", WeakPersonal: "it holds a name that others know",
	WeakKeyboard: "it follows the keyboard", WeakRepeat: "it repeats itself", WeakSequence: "it counts up or down",
	WeakDate: "it looks like a date", WeakShort: "it is short", WeakLong: "it is too long",
	WeakDigits: "a PIN has six to twelve digits", WeakHardware: "this device has no hardware that limits tries at a PIN",
}

// MaxSecret is the most bytes of a passphrase.
const MaxSecret = 1024

// WeakError says that a secret was not taken, and in words what would help. It
// holds nothing of the secret.
type WeakError struct {
	Guesses    float64 // about how many guesses find it
	Least      float64 // and how many are asked for
	PINRefused bool    // it was to be a PIN
	Why        []Weakness
}

func (e *WeakError) Error() string {
	var why []string
	for _, w := range e.Why {
		why = append(why, weakWords[w])
	}
	reason := strings.Join(why, ", ")
	switch {
	case slices.Contains(e.Why, WeakHardware), slices.Contains(e.Why, WeakDigits):
		return "the PIN cannot be used: " + reason
	case e.PINRefused:
		return "the PIN is too easily guessed: " + reason + "; choose digits without a pattern"
	case slices.Contains(e.Why, WeakLong):
		return "the passphrase cannot be used: " + reason
	}
	return "the passphrase is too easily guessed: " + reason + "; three or four words that have nothing to do with each other are better"
}

// CheckSecret tells whether a secret may be used: nil or a *WeakError. Hints are
// what others know of its person; the device's and the organisation's names are
// hints already. It does not wipe the secret, and is quick enough to be asked
// with every key.
func (v *Vault) CheckSecret(s Secret, hints ...string) error {
	var limiter seal.Limiter
	if s.PIN { // a passphrase is judged with every key, and waits for nothing
		v.door.Lock()
		limiter = v.limiterAtDoor()
		v.door.Unlock()
	}
	v.mu.Lock()
	hints = append(slices.Clone(hints), v.name, v.cert.Value.Name)
	for _, c := range v.cohorts {
		hints = append(hints, c.gov.Policy.Organisation, c.gov.Policy.Cohort)
	}
	v.mu.Unlock()
	return checkSecret(s, limiter, v.cfg.LeastGuesses, hints)
}

// MayPIN tells whether a person may have a PIN here: hardware limits the tries.
func (v *Vault) MayPIN() bool {
	v.door.Lock()
	defer v.door.Unlock()
	return v.limiterAtDoor() != nil
}

// limiterAtDoor gives the hardware that limits tries; nil for none.
func (v *Vault) limiterAtDoor() seal.Limiter {
	l, _ := v.share.(seal.Limiter)
	return l
}

// sealed is a secret for package seal, which wipes it.
func (s Secret) sealed(l seal.Limiter) seal.Secret {
	if !s.PIN {
		l = nil
	}
	return seal.Secret{Text: s.Text, Limiter: l}
}
