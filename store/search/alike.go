package search

import (
	"slices"
	"strings"
	"time"
)

// markAlike flags every row for which another one has a like name and a near
// birth date (screens.md section 2).
func markAlike(rows []Row) {
	names := make([]struct{ family, given probe }, len(rows))
	for i := range rows {
		names[i].family, names[i].given = probeOf(fold(rows[i].Family)), probeOf(fold(firstGiven(&rows[i].Person)))
	}
	for i := range rows {
		for j := range i {
			if rows[i].SimilarTo && rows[j].SimilarTo || !nearDates(rows[i].Born, rows[j].Born) {
				continue
			}
			if likeNames(&names[i].family, &names[j].family) && likeGiven(&names[i].given, &names[j].given) {
				rows[i].SimilarTo, rows[j].SimilarTo = true, true
			}
		}
	}
}

func likeNames(a, b *probe) bool {
	return a.typed == b.typed || len(a.form) > 0 && len(b.form) > 0 && a.couldBe(b.form, b.shape) && likeness(a.typed, b.typed) >= similarAt
}

// likeGiven also takes an initial or a nickname for the name, and no name for any.
func likeGiven(a, b *probe) bool {
	return strings.HasPrefix(a.typed, b.typed) || strings.HasPrefix(b.typed, a.typed) || slices.Contains(nicknames[a.typed], b.typed) || likeNames(a, b)
}

// nearYears is how far apart two birth dates may lie that are mixed up: one
// digit of the year, when day and month agree.
const nearYears = 10

// nearDates tells whether two birth dates are easily taken for one another:
// within a year, day and month changed round, or a slip in the year alone.
// What is not known might be near.
func nearDates(a, b Date) bool {
	if a.IsZero() || b.IsZero() {
		return true
	}
	years := max(a.Year-b.Year, b.Year-a.Year)
	if a.Month == 0 || b.Month == 0 || a.Day == 0 || b.Day == 0 {
		return years <= 1
	}
	switch {
	case years == 0 && a.Day == b.Month && a.Month == b.Day:
		return true
	case a.Month == b.Month && a.Day == b.Day:
		return years <= nearYears
	}
	gap := a.time().Sub(b.time()).Abs()
	return gap <= 366*24*time.Hour
}

func (d Date) time() time.Time {
	return time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
}
