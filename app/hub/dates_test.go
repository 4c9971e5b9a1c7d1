package main

import (
	"testing"
	"time"

	"satchel/store/record"
)

// A day that an operator names is the one a laptop says, to its last
// millisecond, whatever the hub's machine calls its time. R6
func TestADayLastsToItsEnd(t *testing.T) {
	before := time.Local
	t.Cleanup(func() { time.Local = before })
	for _, zone := range []*time.Location{time.UTC, time.FixedZone("summer", 3600), time.FixedZone("west", -5*3600)} {
		time.Local = zone
		for _, typed := range []string{"30-Jun-2027", "31-Mar-2027", "2027-12-31", "27/3/2027", "28 Mar 2027", "30-Oct-2027", "31 October 2027", "1-November-2027"} {
			var d dayFlag
			if err := d.Set(typed); err != nil {
				t.Fatal(err)
			}
			said, next := record.DateOf(d.end).FormatDay(), record.DateOf(d.end.Add(time.Millisecond)).FormatDay()
			var again dayFlag
			if err := again.Set(said); err != nil || !again.end.Equal(d.end) || said == next {
				t.Errorf("in %v %q ends at %v, on %s, and %s begins after it", zone, typed, d.end.UTC(), said, next)
			}
			if d.String() != said {
				t.Errorf("in %v %q is written %q and said %q", zone, typed, d.String(), said)
			}
		}
		var d dayFlag
		if err := d.Set("30-Jun-2027"); err != nil || record.DateOf(d.end).FormatDay() != "30-Jun-2027" {
			t.Errorf("in %v 30-Jun-2027 ends on %s", zone, record.DateOf(d.end).FormatDay())
		}
	}
}
