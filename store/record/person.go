package record

import (
	"strings"
	"time"
	"unicode"

	"satchel/store/identity"
)

// Person is who a summary is about, as the source says. Everything received is
// kept: ended names and addresses are marked, a number that fails its check is
// shown with a warning.
type Person struct {
	ID           string // the Patient resource's id
	Names        []Name // best for display first
	NHS          identity.NHSNumber
	NHSReceived  string // the number as received, where it is not ten digits
	NHSVerified  bool   // verification status 01
	NHSStatus    string // verification status in words, "" if not given
	Identifiers  []Identifier
	Born         Date
	BornReason   string // why there is no birth date, where the source says
	BornTime     Date   // with a time of day, where the source gives one
	Sex          string // Male, Female, Not known, Not specified (domain.md 2.2)
	Dead         bool
	Died         Date      // may be unknown although Dead
	Addresses    []Address // usual address first
	Telecoms     []Telecom // Home, Work, Mobile, Email order
	Contacts     []Contact // next of kin, emergency contacts, carers: by rank
	GP           string    // practice or practitioner, in words
	Organisation string    // managing organisation, in words
	Languages    []Language
	Interpreter  string  // "Interpreter needed", with the language; "" if not said to be
	Needs        []Field // communication and other individual requirements
	Other        []Field // everything else received about the person
	Restricted   bool    // meta.security R or V: hide address, phone, GP from lists
	Protected    bool    // V: never opened by break-glass
	Labels       []Coding
	Animal       bool
	Narrative    Narrative
	Warnings     []Warning
}

// Name is one name of a person.
type Name struct {
	Use    string // usual, official, nickname, old, maiden, ... as received
	Prefix []string
	Given  []string
	Family string
	Suffix []string
	Text   string // the whole name as authored
	Period Period
	Ended  bool // old, or its period is over: still shown, marked
}

// Identifier is a local number of a person.
type Identifier struct {
	System, Value, Type string
	Period              Period
}

// Address is one address of a person.
type Address struct {
	Use      string // home, work, temp, old
	Lines    []string
	City     string
	District string
	Postcode string // upper case with one space where it is a UK postcode
	Country  string
	Text     string
	Period   Period
	Ended    bool
}

// Telecom is one way to reach a person.
type Telecom struct {
	System string // phone, email, ...
	Use    string // home, work, mobile
	Value  string // UK phones without +44
	Period Period
	Ended  bool
}

// Contact is somebody else: next of kin, emergency contact, carer.
type Contact struct {
	Name         string
	Relationship string // in words: "Mother; Emergency contact"
	NextOfKin    bool
	Emergency    bool
	Rank         int // 1 first; 0 not ranked
	Telecoms     []Telecom
	Address      string
	Period       Period
	Ended        bool
}

// Language is one language of a person.
type Language struct {
	Words     string
	Preferred bool
}

// Banner is what the patient banner draws, in its order (domain.md 2.2).
type Banner struct {
	Name      string // SMITH, John (Mr)
	Preferred string // on its own line; "" if none
	Born      string // 05-Mar-1948 (77y)
	Sex       string
	NHS       string // 943 476 5919, or "Not known"
	NHSNote   string // why the number must not be trusted; "" if it may
	Dead      bool
	Died      string // 01-Feb-2024
	AgeAtDied string // 76y
}

const notKnown = "Not known"

// Banner gives the banner's words at a time.
func (p *Person) Banner(now time.Time) Banner {
	b := Banner{
		Name: p.BannerName(), Preferred: p.PreferredName(), Born: notKnown, Sex: p.Sex,
		NHS: notKnown, NHSNote: p.nhsNote(), Dead: p.Dead,
	}
	if !p.NHS.IsZero() {
		b.NHS = p.NHS.Spaced()
	} else if p.NHSReceived != "" {
		b.NHS = p.NHSReceived
	}
	if !p.Born.IsZero() {
		b.Born = p.Born.FormatDay()
		if age := p.Age(now); age != "" && !p.Dead {
			b.Born += " (" + age + ")"
		}
	}
	if p.Dead {
		b.Died, b.AgeAtDied = notKnown, notKnown
		if p.Died.Known() {
			b.Died = p.Died.FormatDay()
			if age := p.ageAtDeath(); age != "" {
				b.AgeAtDied = age
			}
		}
	}
	return b
}

func (p *Person) ageAtDeath() string {
	born := p.Born
	if p.BornTime.Known() && p.Died.Parts.Precision == PrecisionInstant {
		born = p.BornTime
	}
	if born.Full() && !p.Died.Full() {
		// Only the year or month of death is known: an age to the day would lie.
		born.Parts.Precision = p.Died.Parts.Precision
	}
	return Age(born, p.Died.Start())
}

// Age is the person's age at a time, "" if not known (domain.md 2.3).
func (p *Person) Age(now time.Time) string {
	if p.BornTime.Known() {
		return Age(p.BornTime, now)
	}
	return Age(p.Born, now)
}

// nhsNote says what is wrong with the number, for the banner.
func (p *Person) nhsNote() string {
	for _, w := range p.Warnings {
		switch w.Code {
		case WarnNHSNumberInvalid, WarnNHSNumberMissing, WarnNHSNumberUnverified, WarnNHSNumberSeveral:
			return w.Words
		}
	}
	return ""
}

// BannerName is the name as the banner shows it: SMITH, John (Mr). Where the
// source gives only a whole name it stands as authored, and "Not known" where
// there is none.
func (p *Person) BannerName() string {
	if len(p.Names) == 0 {
		return notKnown
	}
	return p.Names[0].Banner()
}

// PreferredName is the name the person likes to be called by, for its own line
// under the banner's; "" if none is given that has not ended.
func (p *Person) PreferredName() string {
	return p.nickname(func(n Name) bool { return !n.Ended })
}

// preferredEver is PreferredName by the bytes alone, without a clock.
func (p *Person) preferredEver() string {
	return p.nickname(func(n Name) bool { return n.Period.End.IsZero() })
}

func (p *Person) nickname(holds func(Name) bool) string {
	for i, n := range p.Names {
		if i > 0 && n.Use == "nickname" && holds(n) {
			if len(n.Given) > 0 {
				return strings.Join(n.Given, " ")
			}
			return n.Text
		}
	}
	return ""
}

// Banner is one name as the banner shows it: FAMILY, Given (Title).
func (n Name) Banner() string {
	given := titleCase(strings.Join(n.Given, " "))
	var b strings.Builder
	switch {
	case n.Family == "" && given == "" && n.Text == "":
		return notKnown
	case n.Family == "" && given == "":
		b.WriteString(n.Text)
		return b.String()
	case n.Family == "":
		b.WriteString(notKnown + ", " + given)
	case given == "":
		b.WriteString(strings.ToUpper(n.Family) + ", " + notKnown)
	default:
		b.WriteString(strings.ToUpper(n.Family) + ", " + given)
	}
	if title := strings.TrimRight(titleCase(strings.Join(n.Prefix, " ")), "."); title != "" {
		b.WriteString(" (" + title + ")")
	}
	return b.String()
}

// titleCase turns given names that are all capitals or all small into title
// case; a name in mixed case is as its owner writes it.
func titleCase(s string) string {
	if s != strings.ToUpper(s) && s != strings.ToLower(s) {
		return s
	}
	start := true
	return strings.Map(func(r rune) rune {
		at := start
		start = r == ' ' || r == '-' || r == '\''
		if at {
			return unicode.ToTitle(r)
		}
		return unicode.ToLower(r)
	}, s)
}

// Line is the address on one line, with comma and space (domain.md 2.2).
func (a Address) Line() string {
	parts := make([]string, 0, len(a.Lines)+4)
	for _, s := range append(append([]string{}, a.Lines...), a.City, a.District, a.Postcode, a.Country) {
		if s = strings.Trim(s, " ,"); s != "" && (len(parts) == 0 || !strings.EqualFold(parts[len(parts)-1], s)) {
			parts = append(parts, s)
		}
	}
	if len(parts) == 0 {
		return oneLine(a.Text)
	}
	return strings.Join(parts, ", ")
}

// Usual is the address to show in the banner: a home address that has not
// ended, else any that has not, else nil.
func (p *Person) Usual() *Address {
	for i := range p.Addresses {
		if !p.Addresses[i].Ended {
			return &p.Addresses[i]
		}
	}
	return nil
}
