package touch

import (
	"unicode"
	"unicode/utf8"
)

// MaxSecret is how many letters a Secret holds: more than any passphrase that a
// person or a passphrase manager makes.
const MaxSecret = 256

// hidden is a line of letters being edited, in one piece of memory that never
// moves and is never a Go string, so that what is taken away is gone. What lies
// beyond its end is always zero.
type hidden struct {
	letters [MaxSecret]rune
	n       int  // how many there are
	caret   int  // how many stand before the caret
	all     bool // all is selected: the next letter replaces it
}

func (h *hidden) line() []rune { return h.letters[:h.n] }

// insert puts a letter before the caret and tells whether there was room.
func (h *hidden) insert(r rune) bool {
	h.replace()
	if h.n == MaxSecret || !utf8.ValidRune(r) || unicode.IsControl(r) {
		return false
	}
	copy(h.letters[h.caret+1:h.n+1], h.letters[h.caret:h.n])
	h.letters[h.caret] = r
	h.n, h.caret = h.n+1, h.caret+1
	return true
}

// paste puts letters before the caret: all of them, or none where they do not
// fit, since half of a passphrase is a wrong one. The line break that many
// programs copy along is left out, and so is what no key types.
func (h *hidden) paste(text string) bool {
	letters := 0
	for _, r := range text {
		if !unicode.IsControl(r) {
			letters++
		}
	}
	if h.all {
		letters -= h.n
	}
	if letters+h.n > MaxSecret {
		return false
	}
	h.replace()
	for _, r := range text {
		if !unicode.IsControl(r) {
			h.insert(r)
		}
	}
	return true
}

// replace wipes what is selected.
func (h *hidden) replace() {
	if h.all {
		h.wipe()
	}
}

// backspace takes away the letter before the caret; remove, that after it.
func (h *hidden) backspace() {
	if h.all || h.caret == 0 {
		h.replace()
		return
	}
	h.caret--
	h.remove()
}

func (h *hidden) remove() {
	if h.all || h.caret == h.n {
		h.replace()
		return
	}
	h.n--
	copy(h.letters[h.caret:], h.letters[h.caret+1:h.n+1])
	h.letters[h.n] = 0
}

// moveTo puts the caret somewhere and ends the selection.
func (h *hidden) moveTo(at int) {
	h.caret, h.all = min(max(at, 0), h.n), false
}

// bytes returns the letters as UTF-8, in memory that is the caller's to wipe.
func (h *hidden) bytes() []byte {
	size := 0
	for _, r := range h.line() {
		size += utf8.RuneLen(r)
	}
	out := make([]byte, 0, size) // never grows, so that no copy is left behind
	for _, r := range h.line() {
		out = utf8.AppendRune(out, r)
	}
	return out
}

// wipe empties the line and overwrites what it held.
func (h *hidden) wipe() {
	clear(h.letters[:])
	h.n, h.caret, h.all = 0, 0, false
}
