package record

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func seeds(f *testing.F) {
	for _, s := range []string{
		"", "{}", "[]", johnSmith, doc(""), doc(sec(allergiesLOINC, emptyReason("nilknown")+div("<p>None</p>"))),
		doc(sec(allergiesLOINC, "", "AllergyIntolerance/a"), allergy("a", snomedCode("716186003", "No known allergy"))),
		doc(sec("11450-4", "", "Condition/x", "Condition/x/_history/1", "#x", "urn:uuid:x", "Condition?identifier=a|b"), condition("x", "Gout")),
		bundle("transaction", johnSmith, condition("x", "Gout"), `{"resourceType":"Observation","valueQuantity":{"value":1.50,"unit":"mg"},"component":[{"code":{"text":"a"},"valueString":"b"}]}`),
		bundle("collection", johnSmith, `{"resourceType":"List","entry":[{"item":{"reference":"List/l"}},{"item":{"reference":"Condition/x"}}],"id":"l"}`, condition("x", "Gout")),
		`{"resourceType":"MedicationRequest","dosageInstruction":[{"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":5,"unit":"mg"}}]}]}`,
		`{"resourceType":"Bundle","type":"batch","entry":[null,{},{"resource":{"resourceType":"Bundle","entry":[{"resource":` + johnSmith + `}]}}]}`,
		`{"resourceType":"Patient","name":[null,{"given":[null]},"x"],"birthDate":"19x","address":"here","telecom":7,"contact":{"name":{"text":"q"}}}`,
		`{"resourceType":"Flag","code":{"coding":[{"system":"http://snomed.info/sct","code":"450476008"}]},"period":{"start":"2020","end":"2021-02"},"status":"active"}`,
		`{"a":1,"\u0061":2}`, `{"resourceType":"QuestionnaireResponse","item":[{"text":"q","answer":[{"valueString":"a","item":[{"linkId":"1"}]}]}]}`,
	} {
		f.Add([]byte(s))
	}
}

// FuzzParse: nothing crashes, every entry is accounted for, the card has its
// ten tiles, and whatever is refused says why.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := string(raw)
		s, err := Parse(raw)
		if string(raw) != before {
			t.Fatal("the bytes were changed")
		}
		if err != nil {
			r, ok := errors.AsType[*Refusal](err)
			if !ok || r.Cause == "" || r.Path == "" {
				t.Fatalf("a refusal without a cause: %v", err)
			}
			return
		}
		if e := accounted(s); e != "" {
			t.Fatal(e)
		}
		c := s.Card(time.Unix(1_800_000_000, 0))
		if len(c.Tiles) != int(tileCount) {
			t.Fatalf("%d tiles", len(c.Tiles))
		}
		for i, tile := range c.Tiles {
			if tile.Kind != TileKind(i) || tile.Title == "" || tile.State != Recorded && tile.Note == "" {
				t.Fatalf("tile %d: %q %v", i, tile.Title, tile.State)
			}
			if tile.State == KnownNone && len(tile.Items) > 0 {
				t.Fatalf("tile %d says none and holds items", i)
			}
		}
	})
}

// FuzzIdentify: agrees with Parse, and its result is encoded and decoded.
func FuzzIdentify(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, perr := Parse(raw)
		d, err := Identify(raw)
		switch {
		case perr != nil:
			if !reflect.DeepEqual(err, perr) {
				t.Fatalf("%v, but %v", err, perr)
			}
		case s.Person == nil:
			if !errors.Is(err, ErrNoPerson) {
				t.Fatalf("nobody, but %v", err)
			}
		case err != nil || !reflect.DeepEqual(d, s.Person.Demographics()):
			t.Fatalf("they differ: %v", err)
		default:
			roundTrip(t, d)
		}
	})
}

// FuzzDemographics: what is accepted encodes to the same bytes.
func FuzzDemographics(f *testing.F) {
	for _, in := range []string{johnSmith, doc(""), `{"resourceType":"Patient"}`} {
		d, err := Identify([]byte(in))
		if err != nil {
			f.Fatal(err)
		}
		raw, err := d.MarshalBinary()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var d Demographics
		if d.UnmarshalBinary(raw) != nil {
			return
		}
		back, err := d.MarshalBinary()
		if err != nil || string(back) != string(raw) {
			t.Fatalf("not the one encoding: %v", err)
		}
	})
}

// FuzzNarrative: nothing crashes, no markup of a script passes as such, hidden
// characters are written out.
func FuzzNarrative(f *testing.F) {
	for _, s := range []string{
		"", "<p>a</p>", "<table><tr><td>a<table><tr><td>b</td></tr></table></td></tr></table>", "<ul><li>a<table><tr><td><ul><li>b", "<pre> a\n b</pre>",
		"<script>x</script>a", "<!DOCTYPE x [<!ENTITY y 'z'>]>&y;", "<![CDATA[<b>]]>", "a<b", "</table></ul></li></td>", "<h1>a<p>b</h1>", "<li>a<td>b<tr>c", "\u202e<br/>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		n := readNarrative(in)
		out := narrativeText(n)
		if strings.ContainsAny(out, "\u202e\u200b\x00") {
			t.Fatal("a hidden character passes")
		}
		for _, b := range n.Blocks {
			if b.Kind == Paragraph && b.Text == "" || b.Kind == List && len(b.Lines) == 0 || b.Kind == Table && len(b.Rows) == 0 {
				t.Fatal("an empty block")
			}
		}
	})
}

// FuzzDate: whatever is read is shown and ordered without a crash, and a date
// that is known has its parts within bounds.
func FuzzDate(f *testing.F) {
	for _, s := range []string{"", "2008", "2008-01", "2008-01-31", "2006-06-12T01:30:00Z", "2007-03-14T01:00+00:00", "2007-03-14T24:00:00-14:00", "9999-12-31T23:59:60Z", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		d := ParseDate(in)
		p := d.Parts
		if d.Format() == "" || d.FormatDay() == "" {
			t.Fatal("nothing to show")
		}
		if d.Full() && (p.Month < 1 || p.Month > 12 || p.Day < 1 || p.Day > daysIn(p.Year, p.Month)) {
			t.Fatal("a day that does not exist")
		}
		if d.Known() && d.End().Before(d.Start()) {
			t.Fatal("it ends before it begins")
		}
		if CompareNewest(d, d) != 0 {
			t.Fatal("it stands before itself")
		}
		Age(d, time.Unix(1_800_000_000, 0))
	})
}
