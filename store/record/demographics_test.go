package record

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"satchel/store/identity"
)

// TestIdentifyAgreesWithParse over every public example.
func TestIdentifyAgreesWithParse(t *testing.T) {
	people := 0
	eachExample(t, func(path string, raw []byte) {
		s, perr := Parse(raw)
		d, ierr := Identify(raw)
		switch {
		case perr != nil:
			if !reflect.DeepEqual(perr, ierr) {
				t.Errorf("%s: refused by one: %v, %v", path, perr, ierr)
			}
		case s.Person == nil:
			if !errors.Is(ierr, ErrNoPerson) {
				t.Errorf("%s: nobody, and %v", path, ierr)
			}
		case ierr != nil || !reflect.DeepEqual(d, s.Person.Demographics()):
			t.Errorf("%s: they differ: %v", path, ierr)
		default:
			people++
			roundTrip(t, d)
		}
	})
	t.Logf("%d people", people)
}

type failer interface {
	Helper()
	Fatalf(string, ...any)
}

func roundTrip(t failer, d Demographics) {
	t.Helper()
	raw, err := d.MarshalBinary()
	if err != nil {
		t.Fatalf("encoding: %v", err)
	}
	var back Demographics
	if err := back.UnmarshalBinary(raw); err != nil || !reflect.DeepEqual(back, d) {
		t.Fatalf("decoding: %v", err)
	}
}

func TestIdentify(t *testing.T) {
	d, err := Identify([]byte(doc("")))
	if err != nil {
		t.Fatal(err)
	}
	want := Demographics{Banner: "SMITH, John (Mr)", Sex: "Male", Born: ParseDate("1938-02-14"), Names: []DemographicName{{"Smith", "John"}}}
	want.NHS, _ = identity.ParseNHSNumber("9990000018")
	if !reflect.DeepEqual(d, want) {
		t.Error("the demographics differ")
	}
	full := strings.Replace(johnSmith, `"gender"`, `"address":[{"use":"old","line":["2 Old Lane"],"postalCode":"LS1 6AE"},{"use":"home","line":["1 Elm Road","Near"],"postalCode":"ls26ae"}],
		"deceasedBoolean":true,"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"V"}]},"gender"`, 1)
	d, err = Identify([]byte(full))
	if err != nil || d.Address != "1 Elm Road" || d.Postcode != "LS2 6AE" || !d.Dead || !d.Restricted || !d.Protected || d.NHSDoubt {
		t.Errorf("address, death or labels differ: %v", err)
	}
}

func TestDemographicsCodec(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(0, 20, -1)
		d := Demographics{
			Banner: text.Draw(t, "banner"), Preferred: text.Draw(t, "preferred"), Postcode: text.Draw(t, "postcode"), Address: text.Draw(t, "address"),
			Sex: rapid.SampledFrom(sexes).Draw(t, "sex"), Dead: rapid.Bool().Draw(t, "dead"), Restricted: rapid.Bool().Draw(t, "r"),
			Protected: rapid.Bool().Draw(t, "v"), NHSDoubt: rapid.Bool().Draw(t, "doubt"),
			Born: ParseDate(rapid.SampledFrom([]string{"", "1957", "1957-03", "1957-03-31", "2024-02-29"}).Draw(t, "born")),
		}
		if rapid.Bool().Draw(t, "number") {
			d.NHS, _ = identity.ParseNHSNumber(rapid.StringMatching(`[0-9]{10}`).Draw(t, "nhs"))
		}
		for range rapid.IntRange(0, 4).Draw(t, "names") {
			d.Names = append(d.Names, DemographicName{text.Draw(t, "family"), text.Draw(t, "given")})
		}
		roundTrip(t, d)
	})
}

func TestDemographicsCodecIsStrict(t *testing.T) {
	d, err := Identify([]byte(johnSmith))
	if err != nil {
		t.Fatal(err)
	}
	good, err := d.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string][]byte{
		"empty": nil, "trailing": append(bytes.Clone(good), 0), "version": append([]byte{2}, good[1:]...), "flags": append([]byte{1, 0x80}, good[2:]...),
		"sex": append([]byte{1, 0, 9}, good[3:]...), "length not minimal": append([]byte{1, 0, 1, 0x8A, 0}, good[4:]...),
		"a letter in the number": bytes.Replace(good, []byte("9990000018"), []byte("999000001x"), 1),
		"too long":               append(bytes.Clone(good), make([]byte, maxDemographics)...),
		"not UTF-8":              bytes.Replace(good, []byte("John"), []byte("Jo\xffn"), 1),
		"31 February":            bytes.Replace(good, []byte{0x07, 0x92, 2, 14}, []byte{0x07, 0x92, 2, 31}, 1),
	}
	for i := range good {
		bad["cut at "+string(rune('0'+i%10))] = good[:i]
	}
	for name, raw := range bad {
		var out Demographics
		if err := out.UnmarshalBinary(raw); !errors.Is(err, ErrDemographics) || !reflect.DeepEqual(out, Demographics{}) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (Demographics{}).MarshalBinary(); !errors.Is(err, ErrDemographics) {
		t.Error("a sex that no person has is encoded")
	}
}
