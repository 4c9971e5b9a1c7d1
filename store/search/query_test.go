package search

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// dateWritings are the forms in which people type a date of birth.
var dateWritings = []func(Date) string{
	func(d Date) string { return fmt.Sprintf("%02d/%02d/%04d", d.Day, d.Month, d.Year) },
	func(d Date) string { return fmt.Sprintf("%d.%d.%02d", d.Day, d.Month, d.Year%100) },
	func(d Date) string { return fmt.Sprintf("%02d-%s-%04d", d.Day, month3(d), d.Year) },
	func(d Date) string { return fmt.Sprintf("%d %s %d", d.Day, strings.ToLower(month3(d)), d.Year) },
	func(d Date) string { return fmt.Sprintf("%d%s%d", d.Day, month3(d), d.Year) },
	func(d Date) string { return fmt.Sprintf("%02d%02d%04d", d.Day, d.Month, d.Year) },
	func(d Date) string { return fmt.Sprintf("%02d %02d %04d", d.Day, d.Month, d.Year) },
	func(d Date) string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) },
	func(d Date) string { return fmt.Sprintf("%02d/%04d", d.Month, d.Year) },
	func(d Date) string { return fmt.Sprintf("%04d", d.Year) },
}

func month3(d Date) string {
	if d.Month == 0 {
		return "Jan"
	}
	return monthNames[d.Month-1][:3]
}

// Every way of writing a date allows that date, and none allows the day after.
func TestEveryWritingOfADateAllowsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Date{rapid.IntRange(1900, 2026).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 27).Draw(t, "day")}
		next := Date{d.Year, d.Month, d.Day + 1}
		for i, write := range dateWritings {
			typed := write(d)
			whole := i < len(dateWritings)-2
			allowed, refused := false, true
			q := parseQuery(typed)
			for _, reading := range q.readings {
				if len(reading) != 1 {
					continue
				}
				for _, p := range q.terms[reading[0]].dates {
					allowed = allowed || p.fit(d.pack()) == fully || !whole && p.fit(d.pack()) == partly
					refused = refused && p.fit(next.pack()) == unfit
				}
			}
			if !allowed || whole && !refused {
				t.Fatalf("%q: allowed %t, next day refused %t", typed, allowed, refused)
			}
		}
	})
}

// A range of keys holds exactly the postcodes that begin as typed.
func TestPostcodeRangesHoldWhatBeginsAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		out := rapid.StringMatching(`[a-z]{1,2}[0-9][0-9a-z]?`).Draw(t, "out")
		in := rapid.StringMatching(`[0-9][a-z]{2}`).Draw(t, "in")
		key := postKey(strings.ToUpper(out + " " + in))
		if key == 0 || key != postKey(out+in) || key >= 1<<37 {
			t.Fatalf("key %d", key)
		}
		within := func(rs []postRange) (in, same bool) {
			for _, r := range rs {
				in = in || key >= r.lo && key < r.hi
				same = same || key >= r.sameLo && key < r.sameHi
			}
			return in, same
		}
		whole := out + in
		for n := 2; n <= len(whole); n++ {
			typed := whole[:n]
			rs := postRanges(typed)
			if found, same := within(rs); len(rs) > 0 && !found || n == len(whole) && !same || typed == out && !same {
				t.Fatalf("%q does not find it", typed)
			}
		}
		for n := 1; n <= 3; n++ {
			found, same := within(postTerm(out, in[:n]).posts)
			if !found || same != (n == 3) {
				t.Fatalf("two words, %d of three: found %t, same %t", n, found, same)
			}
		}
		other := rapid.StringMatching(`[a-z]{1,2}[0-9][0-9a-z]?`).Draw(t, "other")
		found, _ := within([]postRange{bothParts(other, "")})
		if found != (other == out) {
			t.Fatalf("%q: found %t", other, found)
		}
	})
}

func TestFold(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"O'Brien", "obrien"},
		{"  Evans-West ", "evanswest"},
		{"ZOË", "zoe"},
		{"Zoe\u0308", "zoe"},
		{"Łukasiewicz", "lukasiewicz"},
		{"Straße", "strasse"},
		{"Ægir Þór", "aegirthor"},
		{"İnci", "inci"},
		{"Abbott774", "abbott"},
		{"ﬁtz", "fitz"},
		{"Иванов", "иванов"},
		{"", ""},
		{"123", ""},
		{strings.Repeat("é", 100), strings.Repeat("e", 64)},
		{strings.Repeat("ж", 100), strings.Repeat("ж", 32)},
	} {
		if got := fold(c.name); got != c.want {
			t.Errorf("fold(%q) = %q", c.name, got)
		}
	}
}

// A person of any text whatever is indexed, bounded, and given back.
func TestAnyTextIsHeld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringN(0, 600, 4000))
		names := rapid.SliceOfN(text, 0, 20)
		p := Person{
			Handle: testHandle(1), Family: text.Draw(t, "family"), Given: names.Draw(t, "given"), Other: names.Draw(t, "other"), Line: text.Draw(t, "line"),
			Born: Date{rapid.IntRange(-5, 5000).Draw(t, "year"), rapid.IntRange(-1, 14).Draw(t, "month"), rapid.IntRange(-1, 40).Draw(t, "day")},
		}
		x := New()
		x.Put(p)
		s := x.segments[0]
		if len(s.text) > maxText+64 || len(s.forms) > maxForms {
			t.Fatalf("%d bytes of text, %d forms", len(s.text), len(s.forms))
		}
		got := s.person(0)
		if len(p.Family) <= maxText && got.Family != p.Family {
			t.Fatalf("the family name changed")
		}
		if utf8.ValidString(p.Family) && !utf8.ValidString(got.Family) {
			t.Fatalf("a rune was cut")
		}
		x.Find(cut(p.Family, 100), 0)
	})
}

func FuzzFind(f *testing.F) {
	for _, seed := range []string{
		"9990000018", "ethel 14/02/1938", "LS1 4AP o brien", "14 feb 38 evans-west", "ls1 4", "1 2 3 4 5 6 7 8 9 0 1 2", "14/", "\xff\x00", "Ⅷ/०२/१९३८", "st-st-st 31/2/0", "mc",
	} {
		f.Add(seed)
	}
	x := New()
	x.Put(ethel(), Person{Handle: testHandle(2)}, Person{Handle: testHandle(3), Family: "O'Brien", Given: []string{"Zoë"}, Born: Date{Year: 1940}})
	f.Fuzz(func(t *testing.T, typed string) {
		q := parseQuery(typed)
		if len(q.readings) > maxReadings {
			t.Fatalf("%d readings", len(q.readings))
		}
		if len(q.readings) == 0 && len(splitWords(typed)) > 0 && !q.tooLong {
			t.Fatal("words were dropped without a word")
		}
		r := x.Find(typed, 0)
		if r.Total != len(r.Rows) || r.Total > x.Len() {
			t.Fatalf("%d found, %d rows", r.Total, len(r.Rows))
		}
		for _, row := range r.Rows {
			if row.Match < Exact || row.Match > Similar || row.Why == 0 {
				t.Fatalf("a row of match %d, why %d", row.Match, row.Why)
			}
		}
		if !utf8.ValidString(strings.Join(termTexts(r.Understood), "")) {
			t.Fatal("what was understood is not text")
		}
	})
}

func termTexts(u Understood) []string {
	var out []string
	for _, t := range u.Terms {
		out = append(out, t.Text)
	}
	return out
}
