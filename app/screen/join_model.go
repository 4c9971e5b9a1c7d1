package screen

import (
	"strings"

	"satchel/assets"
)

// joinLetters is how many letters and digits a joining code has, in two groups.
const joinLetters = 10

// plainJoin is a joining code without what does not matter: case, hyphens,
// spaces.
func plainJoin(typed string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z' || r >= '0' && r <= '9':
			return r
		}
		return -1
	}, typed)
}

// tidyJoin puts a joining code into the form it is handed out in.
func tidyJoin(typed string) string {
	plain := plainJoin(typed)
	if len(plain) > joinLetters/2 {
		return plain[:joinLetters/2] + "-" + plain[joinLetters/2:]
	}
	return plain
}

// joinFault says what is wrong with a code that cannot be one; "" is nothing.
func joinFault(w *assets.Words, typed string) string {
	switch n := len(plainJoin(typed)); {
	case n == 0:
		return w.Say("join.empty")
	case n != joinLetters:
		return w.Count("join.letters", n, "of", joinLetters)
	}
	return ""
}
