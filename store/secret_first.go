package store

// CheckSecret tells whether the first person of a vault that is not made yet may
// have a secret: nil or a *WeakError, by the rules of Vault.CheckSecret. There is
// no hardware to ask yet, so a PIN is refused.
func CheckSecret(cfg Config, s Secret, hints ...string) error {
	least := cfg.LeastGuesses
	if least == 0 {
		least = leastGuesses
	}
	return checkSecret(s, nil, least, hints)
}

// MaxTries is how many tries at a secret or a joining code anybody has.
const MaxTries = maxTries
