package search

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// span is a range of years, both ends in; whole where the year was typed in
// full or in its usual two digits.
type span struct {
	lo, hi int
	whole  bool
}

// datePattern is what a date of birth, or its beginning, allows.
type datePattern struct {
	day    int    // 0: any
	months uint16 // bit m for month m; 0: any
	years  span   // lo 0: any
	month  int    // the one month that was typed in full, 0 if there is none
}

// fit is how well a packed birth date suits a pattern.
type fit uint8

const (
	unfit  fit = iota
	maybe      // nothing against it, but the record knows less than was typed
	partly     // the parts typed are right
	fully      // the whole date is right
)

func (p datePattern) fit(packed uint32) fit {
	b := unpackDate(packed)
	if packed == 0 || p.years.lo != 0 && (b.Year < p.years.lo || b.Year > p.years.hi) {
		return unfit
	}
	known := fully
	if p.months != 0 {
		switch {
		case b.Month == 0 && p.years.lo != 0:
			return maybe
		case p.months&(1<<b.Month) == 0:
			return unfit
		}
	} else {
		known = partly
	}
	if p.day != 0 {
		switch {
		case b.Day == 0 && p.years.lo != 0:
			return maybe
		case b.Day != p.day:
			return unfit
		}
	} else {
		known = partly
	}
	if !p.years.whole || p.month == 0 {
		known = partly
	}
	return known
}

// text writes the pattern as domain.md 2.3 writes dates, as far as it goes.
func (p datePattern) text() string {
	var parts []string
	if p.day != 0 {
		parts = append(parts, fmt.Sprintf("%02d", p.day))
	}
	if p.month != 0 {
		parts = append(parts, monthNames[p.month-1][:3])
	}
	switch {
	case p.years.lo == 0:
	case p.years.lo == p.years.hi:
		parts = append(parts, strconv.Itoa(p.years.lo))
	default:
		parts = append(parts, fmt.Sprintf("%d to %d", p.years.lo, p.years.hi))
	}
	return strings.Join(parts, "-")
}

var monthNames = [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

var welshMonths = [12]string{"Ionawr", "Chwefror", "Mawrth", "Ebrill", "Mai", "Mehefin", "Gorffennaf", "Awst", "Medi", "Hydref", "Tachwedd", "Rhagfyr"}

// monthOf reads the name of a month in English or Welsh, of which at least
// three letters were typed, and gives 0 for anything else.
func monthOf(word string) int {
	if len(word) < 3 || len(word) > 10 {
		return 0
	}
	for _, names := range [][12]string{monthNames, welshMonths} {
		for m, name := range names {
			if len(word) <= len(name) && strings.EqualFold(name[:len(word)], word) {
				return m + 1
			}
		}
	}
	if strings.EqualFold(word, "sept") {
		return 9
	}
	return 0
}

// dateParts cuts one word into the parts of a date: at strokes, dots and
// hyphens, and between digits and letters; "14th" is 14.
func dateParts(word string) []string {
	var parts []string
	for _, p := range strings.FieldsFunc(word, func(r rune) bool { return r == '/' || r == '.' || r == '-' }) {
		start, wasDigit := 0, p[0] >= '0' && p[0] <= '9'
		for i, r := range p {
			if digit := unicode.IsDigit(r); digit != wasDigit {
				parts, start, wasDigit = append(parts, p[start:i]), i, digit
			}
		}
		parts = append(parts, p[start:])
	}
	if len(parts) > 1 && isOrdinal(parts[1]) {
		parts = slices.Delete(parts, 1, 2)
	}
	if strings.HasSuffix(word, "/") {
		parts = append(parts, "")
	}
	return parts
}

func isOrdinal(s string) bool {
	switch strings.ToLower(s) {
	case "st", "nd", "rd", "th":
		return true
	}
	return false
}

// datePatterns reads one, two or three parts as a date of birth, British order
// or ISO 8601, and gives every pattern they may mean: none if they are no date.
func datePatterns(parts ...string) []datePattern {
	switch len(parts) {
	case 1:
		return oneDatePart(parts[0])
	case 2:
		return twoDateParts(parts[0], parts[1])
	case 3:
		if len(parts[0]) == 4 {
			return patterns(parts[2], parts[1], parts[0])
		}
		return patterns(parts[0], parts[1], parts[2])
	}
	return nil
}

// oneDatePart reads a year, or a date without separators.
func oneDatePart(s string) []datePattern {
	if !isDigits(s) {
		return nil
	}
	switch len(s) {
	case 4:
		return patterns("", "", s)
	case 6:
		return patterns(s[:2], s[2:4], s[4:])
	case 8:
		return append(patterns(s[:2], s[2:4], s[4:]), patterns(s[6:], s[4:6], s[:4])...)
	}
	return nil
}

// twoDateParts reads month and year, year and month, or day and month.
func twoDateParts(a, b string) []datePattern {
	switch {
	case len(a) == 4 && isDigits(a): // 1938-02
		return patterns("", b, a)
	case len(b) == 4 && isDigits(b): // 02/1938, Feb 1938
		return patterns("", a, b)
	case monthOf(a) != 0: // Feb 38
		return patterns("", a, b)
	}
	if dayMonth := patterns(a, b, ""); dayMonth != nil { // 14/02, 14/
		return dayMonth
	}
	return patterns("", a, b) // 02/38
}

// patterns joins day, month and year, each of which may be empty or begun.
func patterns(day, month, year string) []datePattern {
	p := datePattern{}
	if day != "" {
		d, ok := small(day, 31)
		if !ok {
			return nil
		}
		p.day = d
	}
	if p.month = monthOf(month); p.month != 0 {
		p.months = 1 << p.month
	} else if month != "" {
		if month != "0" {
			m, ok := small(month, 12)
			if !ok {
				return nil
			}
			p.months = 1 << m
			p.month = m
		} else {
			p.months = 0b11_1111_1110 // 01 to 09 are to come
		}
		if month == "1" && year == "" {
			p.months |= 1<<10 | 1<<11 | 1<<12 // or 10, 11, 12
			p.month = 0
		}
	}
	if p.months != 0 && p.day > 29 && !someMonthHas(p.months, p.day) {
		return nil
	}
	if year == "" {
		if p.day == 0 {
			return nil
		}
		return []datePattern{p}
	}
	var out []datePattern
	for _, y := range yearSpans(year) {
		p.years = y
		out = append(out, p)
	}
	return out
}

// small reads one or two digits from 1 to most.
func small(s string, most int) (int, bool) {
	if len(s) > 2 || !isDigits(s) {
		return 0, false
	}
	v, err := strconv.Atoi(s)
	return v, err == nil && v >= 1 && v <= most
}

func someMonthHas(months uint16, day int) bool {
	const thirty = 1<<4 | 1<<6 | 1<<9 | 1<<11
	switch day {
	case 30:
		return months&^(1<<2) != 0
	case 31:
		return months&^(1<<2|thirty) != 0
	}
	return true
}

// yearSpans reads a year of two or four digits, or the beginning of one of
// four. Nobody in care was born before 1850; two digits are of either century.
func yearSpans(s string) []span {
	if !isDigits(s) || len(s) > 4 {
		return nil
	}
	v, err := strconv.Atoi(s)
	if err != nil {
		return nil
	}
	switch len(s) {
	case 4:
		if v < 1850 || v > 2100 {
			return nil
		}
		return []span{{v, v, true}}
	case 3:
		if v < 185 || v > 209 {
			return nil
		}
		return []span{{v * 10, v*10 + 9, false}}
	case 2:
		out := []span{{1900 + v, 1900 + v, true}, {2000 + v, 2000 + v, true}}
		if v == 18 || v == 19 || v == 20 {
			out = append(out, span{v * 100, v*100 + 99, false})
		}
		return out
	case 1:
		if v == 1 || v == 2 {
			return []span{{v * 1000, v*1000 + 999, false}}
		}
	}
	return nil
}
