package record

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// safeText makes text harmless on a screen without hiding that it was not:
// characters that draw nothing or turn the order of letters round (bidi
// controls, zero-width characters, control characters) are written out as
// [U+202E]. Line breaks and tabs stay. The words are never changed.
func safeText(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= 0x7F || c < 0x20 && c != '\n' && c != '\t' && c != '\r' {
			return markHidden(s)
		}
	}
	return s
}

func markHidden(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	prev := rune(0)
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteRune(r)
		case r == '\u200D' && prev > 0x7F || r == '\u200C' && prev > 0x7F:
			b.WriteRune(r) // joins emoji and letters of scripts that need it
		case r == '\u00AD' || unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || r == '\u115F' || r == '\u3164':
			fmt.Fprintf(&b, "[U+%04X]", r)
		default:
			b.WriteRune(r)
		}
		prev = r
	}
	return b.String()
}

// oneLine folds every run of white space into one blank.
func oneLine(s string) string {
	if !strings.ContainsAny(s, "\n\t\r") && !strings.Contains(s, "  ") {
		return strings.TrimSpace(s)
	}
	return strings.Join(strings.Fields(s), " ")
}

// cut bounds what is repeated of another item; see maxReferred.
func cut(s string) string {
	if len(s) <= maxReferred {
		return s
	}
	n := maxReferred
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + " ..."
}

// alsoWords adds one more statement to those gathered; a long list of them
// says no more than its beginning.
func alsoWords(s, more string) string {
	if len(s) > 4*maxReferred || s == more {
		return s
	}
	if s == "" {
		return more
	}
	return s + "; " + more
}
