package main

import (
	"fmt"
	"strings"
	"time"

	"satchel/store"
	"satchel/store/record"
	"satchel/store/search"
)

// nameLine is the name as the banner has it (domain.md 2.2).
func nameLine(r store.Row) string {
	n := record.Name{Family: r.Family, Given: r.Given}
	if r.Title != "" {
		n.Prefix = []string{r.Title}
	}
	return n.Banner()
}

// bornLine is the birth date with the age, as far as known.
func bornLine(r store.Row, now time.Time) string {
	born := recordDate(r.Born)
	if !born.Known() {
		return born.Format()
	}
	if age := record.Age(born, now); age != "" && !r.Died {
		return born.FormatDay() + " (" + age + ")"
	}
	return born.FormatDay()
}

// recordDate gives an index's date the record's way of being written.
func recordDate(d search.Date) record.Date {
	switch {
	case d.Year == 0:
		return record.Date{}
	case d.Month == 0:
		return record.ParseDate(fmt.Sprintf("%04d", d.Year))
	case d.Day == 0:
		return record.ParseDate(fmt.Sprintf("%04d-%02d", d.Year, d.Month))
	}
	return record.ParseDate(fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day))
}

// place is the street and the outward half of the postcode; nothing where the
// address is protected.
func place(r store.Row) string {
	if r.Restricted {
		return ""
	}
	var parts []string
	for _, p := range []string{r.Line, r.Outward()} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ", ")
}
