package record

import (
	"fmt"
	"time"
)

// Age says how old a person born on a date is at a time, by the table of
// domain.md 2.3: 90min, 26hrs, 3d, 4w 1d, 12m 8d, 4y 1m, 61y. A date without a
// time starts at days; a partial date gives "about 68y". A birth on 29 February
// completes a year on 1 March in common years. It is empty when the date is
// not known or lies after now.
func Age(born Date, now time.Time) string {
	if !born.Known() || born.Start().After(now) {
		return ""
	}
	local := toUK(now)
	today := day(local.Year(), local.Month(), local.Day())
	if !born.Full() {
		return aboutAge(born, local)
	}
	p := born.Parts
	birth := day(p.Year, p.Month, p.Day)
	days := int(today.Sub(birth).Hours() / 24)
	if p.Precision == PrecisionInstant {
		switch lived := now.Sub(p.Instant); {
		case lived < 2*time.Hour:
			return fmt.Sprintf("%dmin", int(lived.Minutes()))
		case lived < 48*time.Hour:
			return fmt.Sprintf("%dhrs", int(lived.Hours()))
		}
		days = max(days, 2) // 48 hours may span one midnight when clocks change
	}
	months := 0
	for m := (today.Year()-p.Year)*12 + int(today.Month()-p.Month); m > 0; m-- {
		if !anniversary(p, m).After(today) {
			months = m
			break
		}
	}
	switch {
	case days < 28:
		return fmt.Sprintf("%dd", days)
	case months < 12:
		return two(days/7, "w", days%7, "d")
	case months < 24:
		return two(months, "m", int(today.Sub(anniversary(p, months)).Hours()/24), "d")
	case months < 18*12:
		return two(months/12, "y", months%12, "m")
	}
	return fmt.Sprintf("%dy", months/12)
}

// anniversary is the day on which m months are complete; where the month has
// no such day, the first of the next.
func anniversary(p DateParts, m int) time.Time {
	first := day(p.Year, p.Month+time.Month(m), 1)
	if p.Day > daysIn(first.Year(), first.Month()) {
		return first.AddDate(0, 1, 0)
	}
	return first.AddDate(0, 0, p.Day-1)
}

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// two drops a lower unit of zero.
func two(high int, h string, low int, l string) string {
	if low == 0 {
		return fmt.Sprintf("%d%s", high, h)
	}
	return fmt.Sprintf("%d%s %d%s", high, h, low, l)
}

// aboutAge is the age by year, or by month for an infant, of a partial date.
func aboutAge(born Date, local time.Time) string {
	p := born.Parts
	years := local.Year() - p.Year
	if p.Precision == PrecisionMonth {
		months := years*12 + int(local.Month()-p.Month)
		if months < 24 {
			if months == 0 {
				return "under 1m"
			}
			return fmt.Sprintf("about %dm", months)
		}
		years = months / 12
	}
	if years == 0 {
		return "under 1y"
	}
	return fmt.Sprintf("about %dy", years)
}
