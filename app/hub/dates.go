package main

import (
	"fmt"
	"time"

	"satchel/store/record"
)

// dateForms are the ways in which a day is written here. A day stands before
// its month, as everywhere in Britain.
var dateForms = []string{"2-Jan-2006", "2006-01-02", "2/1/2006", "2 Jan 2006", "2 January 2006", "2-January-2006"}

// dayFlag is a flag that names a day; it lasts to that day's end in the United
// Kingdom, whatever the hub's machine calls its time: the laptops say that day.
type dayFlag struct{ end time.Time }

// Set reads a day.
func (d *dayFlag) Set(typed string) error {
	for _, form := range dateForms {
		if t, err := time.Parse(form, typed); err == nil {
			d.end = endOf(t)
			return nil
		}
	}
	return fmt.Errorf("%q is not a day written like 31-Mar-2027 or 2027-03-31", typed)
}

// endOf is the last millisecond of a day in the United Kingdom: in summer an
// hour before that of the same day in UTC.
func endOf(day time.Time) time.Time {
	end := day.AddDate(0, 0, 1).Add(-time.Millisecond)
	if record.DateOf(end).Parts.Day != day.Day() {
		end = end.Add(-time.Hour)
	}
	return end
}

// String writes the day; empty for none.
func (d *dayFlag) String() string {
	if d.end.IsZero() {
		return ""
	}
	return record.DateOf(d.end).FormatDay()
}

// Type names the flag's value in the help.
func (d *dayFlag) Type() string { return "DATE" }
