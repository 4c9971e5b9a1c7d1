package people

import "fmt"

// reservedBodies are the numbers 999 000 000x to 999 000 999x: kept for the people
// of the stories, whose numbers are fixed.
const reservedBodies = 1000

// numbers deals out NHS numbers that are never issued to anybody: every number that
// begins with 999 and has a check digit, each once, in an order that depends on the
// seed; and when those are used up (there are about 908,000), those that begin with
// 900, which the live ranges leave out as well (domain.md 2.1).
type numbers struct {
	next  uint64 // how many bodies were tried
	start uint64 // where the seed makes the walk begin
}

// bodies is how many six-digit bodies there are after a three-digit beginning.
const bodies = 1_000_000

// stride steps through all bodies once: it shares no factor with their number.
const stride = 387_421

func newNumbers(seed uint64) *numbers { return &numbers{start: mix(seed) % bodies} }

// deal returns the next number.
func (n *numbers) deal() string {
	for {
		beginning, turn := "999", n.next
		if turn >= bodies {
			beginning, turn = "900", turn-bodies
		}
		n.next++
		body := (n.start + turn*stride) % bodies
		if body < reservedBodies {
			continue
		}
		nine := beginning + fmt.Sprintf("%06d", body)
		if d, ok := checkDigit(nine); ok {
			return nine + string(d)
		}
	}
}

// checkDigit is the tenth digit by Modulus 11 (domain.md 2.1); false when the nine
// digits cannot begin a number.
func checkDigit(nine string) (byte, bool) {
	sum := 0
	for i := range 9 {
		sum += int(nine[i]-'0') * (10 - i)
	}
	switch check := 11 - sum%11; check {
	case 11:
		return '0', true
	case 10:
		return 0, false
	default:
		return byte('0' + check), true
	}
}

// broken returns the number with its check digit spoilt.
func broken(number string) string {
	last := (number[9]-'0'+1)%10 + '0'
	return number[:9] + string(last)
}

// mix spreads a number over 64 bits (SplitMix64, Steele, Lea and Flood 2014), so
// that neighbouring seeds and people have nothing in common.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
