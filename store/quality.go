package store

import (
	"bytes"
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/ccojocar/zxcvbn-go"
	"github.com/ccojocar/zxcvbn-go/match"

	"satchel/store/seal"
)

// There are no rules about which characters a passphrase has to hold: they make
// passphrases that people write down. What counts is how many guesses find it,
// as zxcvbn estimates (Wheeler, "zxcvbn: low-budget password strength
// estimation", USENIX Security 2016). The estimator takes Go strings, which
// cannot be wiped: it is asked when a secret is made, never when one is used.
const (
	// leastGuesses is the default of Config.LeastGuesses: at 64 MiB and 0.3 s
	// a guess, ten thousand cores need four days on average for a place whose
	// share was stolen with it.
	leastGuesses = 1e10

	// maxEstimated is how much of a passphrase is estimated: the estimator's
	// work grows faster than the square of the length, and the guesses that
	// find the beginning are no more than those that find the whole.
	maxEstimated = 64

	// leastPIN is how many guesses a PIN is to take. Ten tries are all that
	// anybody has.
	leastPIN = 5_000

	minPIN, maxPIN = 6, 12
)

// checkSecret is CheckSecret on values.
func checkSecret(s Secret, limiter seal.Limiter, least float64, hints []string) error {
	if s.PIN {
		return checkPIN(s.Text, limiter, min(least, leastPIN))
	}
	if len(s.Text) > MaxSecret {
		return &WeakError{Least: least, Why: []Weakness{WeakLong}}
	}
	guesses, why := estimate(s.Text, hints)
	if guesses >= least && len(s.Text) > 0 {
		return nil
	}
	if len(why) == 0 {
		why = []Weakness{WeakShort}
	}
	return &WeakError{Guesses: guesses, Least: least, Why: why}
}

// estimate gives about how many guesses find a passphrase, and what makes them
// so few.
func estimate(text []byte, hints []string) (float64, []Weakness) {
	var why []Weakness
	block := period(text)
	times := 1.0
	if len(text) > 0 && 2*len(block) <= len(text) {
		why = append(why, WeakRepeat)
		times = float64(len(text)) / float64(len(block))
	}
	if len(block) > maxEstimated {
		block = block[:maxEstimated]
		for len(block) > 0 && !utf8.Valid(block) && utf8.Valid(text) {
			block = block[:len(block)-1]
		}
	}
	if isDate(bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("/"), nil), []byte("-"), nil)) {
		why = append(why, WeakDate)
	}
	known := make([]string, 0, len(hints))
	for _, h := range hints {
		if h != "" {
			known = append(known, h)
			for _, part := range bytes.Fields([]byte(h)) {
				known = append(known, string(part))
			}
		}
	}
	m := zxcvbn.PasswordStrength(string(block), known)
	for _, part := range m.MatchSequence {
		if w := weaknessOf(part); w != "" && !slices.Contains(why, w) {
			why = append(why, w)
		}
	}
	return math.Exp2(m.Entropy) * times, why
}

func weaknessOf(m match.Match) Weakness {
	switch m.Pattern {
	case "dictionary":
		if m.DictionaryName == "user_inputs" {
			return WeakPersonal
		}
		return WeakCommon
	case "spatial":
		return WeakKeyboard
	case "repeat":
		return WeakRepeat
	case "sequence":
		return WeakSequence
	case "date":
		return WeakDate
	}
	return ""
}

// period is the shortest block of which text is made by repeating it; text
// itself where there is none.
func period(text []byte) []byte {
	for n := 1; 2*n <= len(text); n++ {
		if len(text)%n == 0 && bytes.Equal(text[n:], text[:len(text)-n]) {
			return text[:n]
		}
	}
	return text
}

// checkPIN refuses what is no PIN and what most people would choose.
func checkPIN(pin []byte, limiter seal.Limiter, least float64) error {
	weak := func(w Weakness) error { return &WeakError{Least: least, PINRefused: true, Why: []Weakness{w}} }
	notDigit := func(r rune) bool { return r < '0' || r > '9' }
	switch {
	case limiter == nil:
		return weak(WeakHardware)
	case len(pin) < minPIN || len(pin) > maxPIN || bytes.ContainsFunc(pin, notDigit):
		return weak(WeakDigits)
	case least <= 1:
		return nil
	case 2*len(period(pin)) <= len(pin):
		return weak(WeakRepeat)
	case steady(pin):
		return weak(WeakSequence)
	case isDate(pin):
		return weak(WeakDate)
	}
	// Not as letters: digits that could stand for letters are digits here.
	m := zxcvbn.PasswordStrength(string(pin), nil, func(f match.Matcher) bool { return f.ID == "l33t" })
	if guesses := math.Exp2(m.Entropy); guesses < least {
		e := &WeakError{Guesses: guesses, Least: least, PINRefused: true, Why: []Weakness{WeakCommon}}
		if len(m.MatchSequence) > 0 {
			if w := weaknessOf(m.MatchSequence[0]); w != "" {
				e.Why = []Weakness{w}
			}
		}
		return e
	}
	return nil
}

// steady tells whether every digit is the one before plus the same step.
func steady(pin []byte) bool {
	step := (pin[1] - pin[0] + 10) % 10
	for i := 2; i < len(pin); i++ {
		if (pin[i]-pin[i-1]+10)%10 != step {
			return false
		}
	}
	return true
}

// isDate tells whether a PIN is a day of the last century or of this, in an
// order that people write.
func isDate(pin []byte) bool {
	for _, layout := range []string{"020106", "010206", "060102", "02012006", "01022006", "20060102"} {
		if len(pin) != len(layout) {
			continue
		}
		t, err := time.Parse(layout, string(pin))
		if year := t.Year(); err == nil && year >= 1900 && year < 2100 {
			return true
		}
	}
	return false
}
