package record

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the yardstick for the rule of uktime.go

	"pgregory.net/rapid"
)

func TestDates(t *testing.T) { // domain.md 2.3
	for in, want := range map[string]string{
		"":                              "Not recorded",
		"1957":                          "1957",
		"2008-01":                       "Jan-2008",
		"2008-01-01":                    "01-Jan-2008",
		" 2008-01-01 ":                  "01-Jan-2008",
		"2006-06-12T01:30:00Z":          "12-Jun-2006 02:30",
		"2006-12-12T02:30:00Z":          "12-Dec-2006 02:30",
		"2006-06-12T23:30:00Z":          "13-Jun-2006 00:30",
		"2006-06-12T02:30:00+01:00":     "12-Jun-2006 02:30",
		"2006-06-12T02:30:00.123+05:30": "11-Jun-2006 22:00",
		"2007-03-14T01:00+00:00":        "14-Mar-2007 01:00",
		"2007-03-14T01:00":              "14-Mar-2007 01:00",
		"2007-07-14T01:00":              "14-Jul-2007 01:00",
		"2007-03-14 01:00:00":           "14-Mar-2007 01:00",
		"2007-02-30":                    "2007-02-30",
		"2007-13":                       "2007-13",
		"0000":                          "0000",
		"2007-03-14T25:00Z":             "2007-03-14T25:00Z",
		"2007-03-14T01:00+99:00":        "2007-03-14T01:00+99:00",
		"14/03/2007":                    "14/03/2007",
		"circa 2007":                    "circa 2007",
	} {
		if got := ParseDate(in).Format(); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if d := ParseDate("14/03/2007"); d.Known() || d.Parts.Precision != PrecisionUnread {
		t.Error("what is no date passes for one")
	}
}

func TestDateOrder(t *testing.T) {
	in := []string{"2020-05-01T10:00:00Z", "2020-05-01", "2019-01-01", "2021", "2020-06", "2019", "", "x"}
	for i := range in {
		for j := i + 1; j < len(in)-1; j++ {
			if CompareNewest(ParseDate(in[i]), ParseDate(in[j])) >= 0 && in[i] != "2021" && in[i] != "2020-06" {
				t.Errorf("%s does not stand before %s", in[i], in[j])
			}
		}
	}
	if CompareNewest(ParseDate("2021"), ParseDate("2019-01-01")) <= 0 {
		t.Error("a partial date stands before a full one")
	}
}

func TestPeriodsAndPassing(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for in, want := range map[string]bool{"2025": true, "2026": false, "2025-12": true, "2025-12-31": true, "2026-01-01": false, "": false, "x": false} {
		if ParseDate(in).Passed(now) != want {
			t.Errorf("%q passed: want %v", in, want)
		}
	}
}

// TestUKTimeAgainstDatabase compares the rule with the IANA database, hour by
// hour.
func TestUKTimeAgainstDatabase(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	for at := time.Date(1972, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2038; at = at.Add(time.Hour) {
		_, offset := at.In(london).Zone()
		if got := toUK(at).Sub(at); got != time.Duration(offset)*time.Second {
			t.Fatalf("%v: %v, want %d s", at, got, offset)
		}
	}
}

func TestAges(t *testing.T) { // domain.md 2.3
	at := func(s string) time.Time {
		got, err := time.Parse("2006-01-02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, c := range []struct{ born, now, want string }{
		{"2026-01-01T10:00:00Z", "2026-01-01 11:30", "90min"},
		{"2026-01-01T10:00:00Z", "2026-01-01 11:59", "119min"},
		{"2026-01-01T10:00:00Z", "2026-01-01 12:00", "2hrs"},
		{"2026-01-01T10:00:00Z", "2026-01-02 12:00", "26hrs"},
		{"2026-01-01T10:00:00Z", "2026-01-03 09:59", "47hrs"},
		{"2026-01-01T10:00:00Z", "2026-01-03 10:00", "2d"},
		{"2026-01-01", "2026-01-01 11:30", "0d"},
		{"2026-01-01", "2026-01-04 11:30", "3d"},
		{"2026-01-01", "2026-01-28 00:00", "27d"},
		{"2026-01-01", "2026-01-29 00:00", "4w"},
		{"2026-01-01", "2026-01-30 00:00", "4w 1d"},
		{"2025-01-01", "2025-12-31 00:00", "52w"},
		{"2025-01-01", "2026-01-01 00:00", "12m"},
		{"2025-01-01", "2026-01-09 00:00", "12m 8d"},
		{"2025-01-01", "2026-02-09 00:00", "13m 8d"},
		{"2022-01-15", "2026-02-15 00:00", "4y 1m"},
		{"2022-01-15", "2026-02-14 00:00", "4y"},
		{"2008-03-01", "2026-02-28 00:00", "17y 11m"},
		{"2008-03-01", "2026-03-01 00:00", "18y"},
		{"1965-03-01", "2026-03-01 00:00", "61y"},
		{"2008-02-29", "2026-02-28 12:00", "17y 11m"},
		{"2008-02-29", "2026-03-01 12:00", "18y"},
		{"2006-01-31", "2026-02-28 12:00", "20y"},
		{"1957", "2026-03-01 00:00", "about 69y"},
		{"2024-11", "2026-03-01 00:00", "about 16m"},
		{"1957-06", "2026-03-01 00:00", "about 68y"},
		{"2026", "2026-03-01 00:00", "under 1y"},
		{"2027-01-01", "2026-03-01 00:00", ""},
		{"", "2026-03-01 00:00", ""},
		{"x", "2026-03-01 00:00", ""},
	} {
		if got := Age(ParseDate(c.born), at(c.now)); got != c.want {
			t.Errorf("born %s at %s: got %q, want %q", c.born, c.now, got, c.want)
		}
	}
}

// TestAgeNeverFalls: whatever the birth, an age never grows younger, changes
// its unit at the limits of the table alone, and every age is of the table.
func TestAgeNeverFalls(t *testing.T) {
	units := []string{"min", "hrs", "d", "w", "m", "y"}
	rank := func(s string) int {
		for i := len(units) - 1; i >= 0; i-- {
			head, _, _ := strings.Cut(s, " ")
			if strings.HasSuffix(head, units[i]) && (units[i] != "m" || !strings.HasSuffix(head, "min")) {
				return i
			}
		}
		return -1
	}
	days := func(s string) (n int) { // a lower bound of the age, in minutes
		for part := range strings.FieldsSeq(s) {
			v := 0
			for part != "" && part[0] >= '0' && part[0] <= '9' {
				v, part = v*10+int(part[0]-'0'), part[1:]
			}
			n += v * map[string]int{"min": 1, "hrs": 60, "d": 1440, "w": 7 * 1440, "m": 28 * 1440, "y": 365 * 1440}[part]
		}
		return n
	}
	rapid.Check(t, func(t *rapid.T) {
		birth := time.Unix(rapid.Int64Range(-2_000_000_000, 2_000_000_000).Draw(t, "birth"), 0).UTC()
		born := DateOf(birth)
		if rapid.Bool().Draw(t, "no time") {
			born = ParseDate(toUK(birth).Format("2006-01-02"))
		}
		lived := time.Duration(rapid.Int64Range(0, 110*365*86400).Draw(t, "lived")) * time.Second
		more := time.Duration(rapid.Int64Range(0, 3*365*86400).Draw(t, "more")) * time.Second
		a, b := Age(born, birth.Add(lived)), Age(born, birth.Add(lived+more))
		if rank(a) < 0 || rank(b) < 0 || rank(a) > rank(b) {
			t.Fatalf("units: %q then %q", a, b)
		}
		if rank(a) == rank(b) && days(a) > days(b) {
			t.Fatalf("younger: %q then %q", a, b)
		}
		if (lived.Hours() > 366*24*18.01) != (rank(a) == 5 && !strings.Contains(a, " ") && days(a) >= 18*365*1440) && lived.Hours() > 366*24*18.01 {
			t.Fatalf("an adult's age in two parts: %q", a)
		}
	})
}

// TestDateRoundTrip: what is formatted from a day is read back as that day.
func TestDateRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(0, 4_000_000_000).Draw(t, "at"), 0).UTC()
		d := ParseDate(at.Format(time.RFC3339))
		if !d.Start().Equal(at) || d != DateOf(at) {
			t.Fatalf("%v is read as %v", at, d.Start())
		}
		back, err := time.Parse("02-Jan-2006 15:04", d.Format())
		if err != nil || !back.Equal(toUK(at).Truncate(time.Minute)) {
			t.Fatalf("%v is shown as %v", at, back)
		}
	})
}
