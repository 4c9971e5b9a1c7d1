package record

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// Precision tells how much of a date the source gave.
type Precision uint8

// From nothing to a point in time.
const (
	PrecisionNone    Precision = iota // no date was given
	PrecisionUnread                   // something was given that is no date
	PrecisionYear                     // 2008
	PrecisionMonth                    // 2008-01
	PrecisionDay                      // 2008-01-05
	PrecisionInstant                  // with a time of day
)

// Date is a FHIR date, dateTime or instant: as much of it as was known to the
// source, never padded. The zero value is "Not recorded". It redacts itself for
// every print verb and for slog; Format says it deliberately.
type Date struct{ Parts DateParts }

// DateParts are the parts of a [Date].
type DateParts struct {
	Precision Precision
	Year      int
	Month     time.Month // 0 when not known
	Day       int        // 0 when not known
	Instant   time.Time  // UTC; only for PrecisionInstant
	Floating  bool       // a time of day without an offset; read as UK local time
	Received  string     // only for PrecisionUnread: the text as it came
}

// ParseDate reads a FHIR R4 date, dateTime or instant (R4 section 2.24.0.1),
// and also a time without seconds or offset, which real files hold. Any other
// text is kept as received.
func ParseDate(s string) Date {
	s = strings.TrimSpace(s)
	if s == "" {
		return Date{}
	}
	if d, ok := parseDate(s); ok {
		return d
	}
	return Date{DateParts{Precision: PrecisionUnread, Received: safeText(s)}}
}

// number reads n digits at the start of s.
func number(s string, n int) (int, string, bool) {
	if len(s) < n {
		return 0, s, false
	}
	v := 0
	for i := range n {
		if s[i] < '0' || s[i] > '9' {
			return 0, s, false
		}
		v = v*10 + int(s[i]-'0')
	}
	return v, s[n:], true
}

func parseDate(s string) (Date, bool) {
	var p DateParts
	var ok bool
	if p.Year, s, ok = number(s, 4); !ok || p.Year == 0 {
		return Date{}, false
	}
	if p.Precision = PrecisionYear; s == "" {
		return Date{p}, true
	}
	m, rest, ok := number(strings.TrimPrefix(s, "-"), 2)
	if s[0] != '-' || !ok || m < 1 || m > 12 {
		return Date{}, false
	}
	p.Month, p.Precision = time.Month(m), PrecisionMonth
	if rest == "" {
		return Date{p}, true
	}
	d, after, ok := number(strings.TrimPrefix(rest, "-"), 2)
	if rest[0] != '-' || !ok || d < 1 || d > daysIn(p.Year, p.Month) {
		return Date{}, false
	}
	p.Day, p.Precision = d, PrecisionDay
	if after == "" {
		return Date{p}, true
	}
	if after[0] != 'T' && after[0] != ' ' && after[0] != 't' {
		return Date{}, false
	}
	return parseClock(p, after[1:])
}

// parseClock reads hh:mm[:ss[.f]][Z|+hh:mm] into p.
func parseClock(p DateParts, s string) (Date, bool) {
	h, s, ok := number(s, 2)
	if !ok || len(s) == 0 || s[0] != ':' || h > 24 {
		return Date{}, false
	}
	minute, s, ok := number(s[1:], 2)
	if !ok || minute > 59 {
		return Date{}, false
	}
	sec, nanos := 0, 0
	if strings.HasPrefix(s, ":") {
		if sec, s, ok = number(s[1:], 2); !ok || sec > 60 {
			return Date{}, false
		}
		if strings.HasPrefix(s, ".") {
			scale := 100_000_000
			for s = s[1:]; len(s) > 0 && s[0] >= '0' && s[0] <= '9'; s = s[1:] {
				nanos += int(s[0]-'0') * scale
				scale /= 10
			}
		}
	}
	if h == 24 && (minute != 0 || sec != 0 || nanos != 0) {
		return Date{}, false
	}
	wall := time.Date(p.Year, p.Month, p.Day, h, minute, sec, nanos, time.UTC)
	p.Precision = PrecisionInstant
	offset, ok := parseOffset(s)
	switch {
	case s == "":
		p.Floating = true
		p.Instant = fromUK(wall)
	case ok:
		p.Instant = wall.Add(-offset)
	default:
		return Date{}, false
	}
	local := toUK(p.Instant)
	p.Year, p.Month, p.Day = local.Year(), local.Month(), local.Day()
	return Date{p}, true
}

func parseOffset(s string) (time.Duration, bool) {
	if s == "Z" || s == "z" {
		return 0, true
	}
	if len(s) != 6 || s[3] != ':' || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	h, _, ok1 := number(s[1:], 2)
	m, _, ok2 := number(s[4:], 2)
	if !ok1 || !ok2 || h > 14 || m > 59 {
		return 0, false
	}
	d := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	if s[0] == '-' {
		d = -d
	}
	return d, true
}

func daysIn(year int, m time.Month) int {
	return time.Date(year, m+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// DateOf is the Date of a point in time.
func DateOf(t time.Time) Date {
	local := toUK(t)
	return Date{DateParts{
		Precision: PrecisionInstant, Year: local.Year(), Month: local.Month(), Day: local.Day(), Instant: t.UTC(),
	}}
}

// IsZero tells whether no date was given.
func (d Date) IsZero() bool { return d.Parts.Precision == PrecisionNone }

// Known tells whether at least a year is known.
func (d Date) Known() bool { return d.Parts.Precision >= PrecisionYear }

// Full tells whether at least the day is known.
func (d Date) Full() bool { return d.Parts.Precision >= PrecisionDay }

// Format says the date for people (domain.md 2.3): 12-Jun-2006 02:30 in UK
// local time, 05-Mar-1948, Mar-1948, 1948, the text as received where it is no
// date, or "Not recorded". It never depends on the computer's locale.
func (d Date) Format() string {
	if p := d.Parts; p.Precision == PrecisionInstant {
		local := toUK(p.Instant)
		return fmt.Sprintf("%s %02d:%02d", d.FormatDay(), local.Hour(), local.Minute())
	}
	return d.FormatDay()
}

// FormatDay is Format without the time of day.
func (d Date) FormatDay() string {
	p := d.Parts
	switch p.Precision {
	case PrecisionNone:
		return "Not recorded"
	case PrecisionUnread:
		return p.Received
	case PrecisionYear:
		return fmt.Sprintf("%04d", p.Year)
	case PrecisionMonth:
		return fmt.Sprintf("%s-%04d", p.Month.String()[:3], p.Year)
	}
	return fmt.Sprintf("%02d-%s-%04d", p.Day, p.Month.String()[:3], p.Year)
}

// Start is the first instant that the date covers, in UK local time's terms.
// It is the zero time when not even the year is known.
func (d Date) Start() time.Time {
	p := d.Parts
	if !d.Known() {
		return time.Time{}
	}
	if p.Precision == PrecisionInstant {
		return p.Instant
	}
	return fromUK(time.Date(p.Year, max(p.Month, 1), max(p.Day, 1), 0, 0, 0, 0, time.UTC))
}

// End is the first instant after what the date covers: a year's end is the
// next year's start. The zero time when not even the year is known.
func (d Date) End() time.Time {
	p := d.Parts
	switch p.Precision {
	case PrecisionYear:
		return fromUK(time.Date(p.Year+1, 1, 1, 0, 0, 0, 0, time.UTC))
	case PrecisionMonth:
		return fromUK(time.Date(p.Year, p.Month+1, 1, 0, 0, 0, 0, time.UTC))
	case PrecisionDay:
		return fromUK(time.Date(p.Year, p.Month, p.Day+1, 0, 0, 0, 0, time.UTC))
	case PrecisionInstant:
		return p.Instant
	}
	return time.Time{}
}

// Passed tells whether the whole of the date lies before now; an unknown date
// has not passed.
func (d Date) Passed(now time.Time) bool { return d.Known() && !d.End().After(now) }

// CompareNewest orders dates newest first; partial dates stand after full ones
// and unknown ones last (domain.md 2.3).
func CompareNewest(a, b Date) int {
	rank := func(d Date) int {
		switch {
		case d.Full():
			return 0
		case d.Known():
			return 1
		}
		return 2
	}
	if c := cmp.Compare(rank(a), rank(b)); c != 0 {
		return c
	}
	return b.Start().Compare(a.Start())
}

// Period is a FHIR Period; either end may be missing.
type Period struct{ Start, End Date }

// IsZero tells whether the period says nothing.
func (p Period) IsZero() bool { return p.Start.IsZero() && p.End.IsZero() }

// Ended tells whether the period's end lies before now.
func (p Period) Ended(now time.Time) bool { return p.End.Passed(now) }

// Text says the period for people: "from 01-Jan-2024 to 31-Dec-2025".
func (p Period) Text() string {
	switch {
	case p.IsZero():
		return "Not recorded"
	case p.End.IsZero():
		return "from " + p.Start.Format()
	case p.Start.IsZero():
		return "until " + p.End.Format()
	case p.Start == p.End:
		return p.Start.Format()
	}
	return p.Start.Format() + " to " + p.End.Format()
}
