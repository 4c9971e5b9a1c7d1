package record

import "time"

// UK local time by rule, so that a laptop without a time zone database shows
// the same as one with it: GMT, and one hour more in summer. Checked against
// the IANA database hour by hour in TestUKTimeAgainstDatabase for 1972 to 2037.

// toUK gives the wall clock of an instant, as a time in UTC.
func toUK(t time.Time) time.Time {
	t = t.UTC()
	if summer(t) {
		return t.Add(time.Hour)
	}
	return t
}

// fromUK gives the instant of a wall clock. In the repeated hour of autumn the
// later instant is taken, in the missing hour of spring the clock has moved on.
func fromUK(wall time.Time) time.Time {
	if toUK(wall).Equal(wall) {
		return wall
	}
	return wall.Add(-time.Hour)
}

// summer tells whether British Summer Time holds at an instant (Summer Time
// Order 2002 since 1996; earlier orders before; Standard Time 1968 to 1971).
func summer(t time.Time) bool {
	y := t.Year()
	if y < 1972 {
		return !t.Before(time.Date(1968, 2, 18, 2, 0, 0, 0, time.UTC)) && t.Before(time.Date(1971, 10, 31, 2, 0, 0, 0, time.UTC))
	}
	hour, first, last := 1, 25, 25 // Sunday on or after these days of March and October
	if y < 1981 {
		hour, first = 2, 16
	}
	switch {
	case y < 1990:
		last = 23
	case y < 1996:
		last = 22
	}
	start := sundayFrom(y, time.March, first, hour)
	end := sundayFrom(y, time.October, last, hour)
	return !t.Before(start) && t.Before(end)
}

func sundayFrom(y int, m time.Month, day, hour int) time.Time {
	t := time.Date(y, m, day, hour, 0, 0, 0, time.UTC)
	return t.AddDate(0, 0, (7-int(t.Weekday()))%7)
}
