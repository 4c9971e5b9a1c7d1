package main

import (
	"fmt"
	"time"
)

// dateForms are the ways in which a day is written here. A day stands before
// its month, as everywhere in Britain.
var dateForms = []string{"2-Jan-2006", "2006-01-02", "2/1/2006", "2 Jan 2006", "2 January 2006", "2-January-2006"}

// dayFlag is a flag that names a day; it lasts to that day's end.
type dayFlag struct{ end time.Time }

// Set reads a day.
func (d *dayFlag) Set(typed string) error {
	for _, form := range dateForms {
		if t, err := time.ParseInLocation(form, typed, time.Local); err == nil {
			d.end = t.AddDate(0, 0, 1).Add(-time.Millisecond)
			return nil
		}
	}
	return fmt.Errorf("%q is not a day written like 31-Mar-2027 or 2027-03-31", typed)
}

// String writes the day; empty for none.
func (d *dayFlag) String() string {
	if d.end.IsZero() {
		return ""
	}
	return d.end.Format("02-Jan-2006")
}

// Type names the flag's value in the help.
func (d *dayFlag) Type() string { return "DATE" }
