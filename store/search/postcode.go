package search

import "strings"

// A British postcode is an outward part of one or two letters, a digit, and
// perhaps one more letter or digit, and an inward part of a digit and two
// letters (BS 7666). Its key holds the outward part, padded to four places,
// and then the inward part, seven places to the base 37, so that everything
// that begins alike lies together.

const (
	postPlaces = 7
	outPlaces  = 4
)

// postRange is a range of keys that begin as typed; those from sameLo to
// sameHi are the whole of what was typed: that postcode, or that outward part.
type postRange struct{ lo, hi, sameLo, sameHi uint64 }

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// isOutward tells whether s, in lower case, is a whole outward part.
func isOutward(s string) bool {
	area := 0
	for area < len(s) && area < 2 && isLetter(s[area]) {
		area++
	}
	district := s[area:]
	switch {
	case area == 0 || len(district) == 0 || len(district) > 2 || !isDigit(district[0]):
		return false
	case len(district) == 2:
		return isDigit(district[1]) || isLetter(district[1])
	}
	return true
}

// isInward tells whether s is an inward part or the beginning of one.
func isInward(s string) bool {
	if len(s) == 0 || len(s) > 3 || !isDigit(s[0]) {
		return false
	}
	for i := 1; i < len(s); i++ {
		if !isLetter(s[i]) {
			return false
		}
	}
	return true
}

// splitPostcode takes a whole postcode apart, in lower case.
func splitPostcode(s string) (out, in string, ok bool) {
	var kept [postPlaces]byte
	n := 0
	for i := range len(s) {
		c := s[i]
		switch {
		case c == ' ' || c == '-':
			continue
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case !isLetter(c) && !isDigit(c):
			return "", "", false
		}
		if n == len(kept) {
			return "", "", false
		}
		kept[n] = c
		n++
	}
	if n < 5 {
		return "", "", false
	}
	out, in = string(kept[:n-3]), string(kept[n-3:n])
	return out, in, isOutward(out) && isInward(in)
}

// postKey is the key of a recorded postcode; 0 is none, or not a British one.
func postKey(s string) uint64 {
	out, in, ok := splitPostcode(s)
	if !ok {
		return 0
	}
	return placesOf(out)*power(postPlaces-outPlaces) + tail(in)
}

// placesOf packs an outward part into its four places.
func placesOf(out string) uint64 { return pack37(out, outPlaces) }

// tail packs an inward part into its three places.
func tail(in string) uint64 { return pack37(in, postPlaces-outPlaces) }

func pack37(s string, places int) uint64 {
	var v uint64
	for i := range places {
		v *= 37
		if i < len(s) {
			v += digit37(s[i])
		}
	}
	return v
}

func digit37(c byte) uint64 {
	if isDigit(c) {
		return uint64(c-'0') + 1
	}
	return uint64(c-'a') + 11
}

func power(n int) uint64 {
	v := uint64(1)
	for range n {
		v *= 37
	}
	return v
}

// postTerm reads a whole outward part with an inward one, perhaps begun.
func postTerm(out, in string) term {
	return term{text: strings.ToUpper(out + " " + in), posts: []postRange{bothParts(out, in)}}
}

func bothParts(out, in string) postRange {
	lo := placesOf(out)*power(postPlaces-outPlaces) + tail(in)
	r := postRange{lo: lo, hi: lo + power(postPlaces-outPlaces-len(in))}
	if len(in) == postPlaces-outPlaces {
		r.sameLo, r.sameHi = r.lo, r.hi
	}
	return r
}

// postRanges reads letters and digits typed together as the beginning of a
// postcode, in every way that they can be cut into two parts.
func postRanges(s string) []postRange {
	for i := range len(s) {
		if !isLetter(s[i]) && !isDigit(s[i]) {
			return nil
		}
	}
	var out []postRange
	if isOutward(s) {
		inward := power(postPlaces - outPlaces)
		lo := placesOf(s) * inward
		out = append(out, postRange{
			lo: lo, hi: lo + power(outPlaces-len(s))*inward,
			sameLo: lo, sameHi: lo + inward,
		})
	}
	for i := 2; i < len(s); i++ {
		if isOutward(s[:i]) && isInward(s[i:]) {
			out = append(out, bothParts(s[:i], s[i:]))
		}
	}
	return out
}
