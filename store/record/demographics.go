package record

import (
	"errors"
	"strings"
	"time"

	"satchel/store/identity"
)

// ErrNoPerson says that the bytes are sound and nobody's summary: there is
// nobody to find by name. Store them, if at all, as what they are.
var ErrNoPerson = errors.New("nobody's summary")

// Demographics is what finding a person and a banner in a list need, and no
// more. The vault seals it beside the record; it has one binary encoding.
type Demographics struct {
	NHS       identity.NHSNumber
	NHSDoubt  bool // there is a warning about the number, or none was given
	Names     []DemographicName
	Banner    string // SMITH, John (Mr)
	Preferred string
	Born      Date // no finer than a day
	Sex       string
	Postcode  string
	Address   string // first line of the usual address
	Dead      bool
	Restricted,
	Protected bool // R or an unknown label; V
}

// DemographicName is one name to find a person by; the banner's is first.
type DemographicName struct{ Family, Given string }

// Identify reads only who the bytes are about, on the same rules as [Parse]:
// whatever one refuses the other refuses, and the person is the same. It gives
// ErrNoPerson where Parse gives no Person. A 12.5 KB document takes well under
// 60 microseconds.
func Identify(raw []byte) (Demographics, error) {
	d, r := open(raw)
	if r != nil {
		return Demographics{}, r
	}
	s := d.whose()
	if !s.found() {
		return Demographics{}, ErrNoPerson
	}
	return demographicsOf(d.identityOf(&s, time.Time{})), nil
}

// Demographics gives the same as [Identify] from a summary already parsed.
func (p *Person) Demographics() Demographics { return demographicsOf(p) }

func demographicsOf(p *Person) Demographics {
	out := Demographics{
		NHS: p.NHS, Banner: p.BannerName(), Preferred: p.preferredEver(), Born: p.Born, Sex: p.Sex,
		Dead: p.Dead, Restricted: p.Restricted, Protected: p.Protected,
	}
	if out.Born.Parts.Precision == PrecisionInstant {
		b := out.Born.Parts
		out.Born = Date{DateParts{Precision: PrecisionDay, Year: b.Year, Month: b.Month, Day: b.Day}}
	}
	if !out.Born.Known() {
		out.Born = Date{}
	}
	for _, w := range p.Warnings {
		switch w.Code {
		case WarnNHSNumberInvalid, WarnNHSNumberMissing, WarnNHSNumberUnverified, WarnNHSNumberSeveral:
			out.NHSDoubt = true
		}
	}
	for _, n := range p.Names {
		if len(out.Names) == maxDemographicNames {
			break
		}
		dn := DemographicName{cut(n.Family), cut(strings.Join(n.Given, " "))}
		if dn.Family == "" && dn.Given == "" {
			dn.Family = cut(n.Text)
		}
		if dn.Family != "" || dn.Given != "" {
			out.Names = append(out.Names, dn)
		}
	}
	out.Banner, out.Preferred = cut(out.Banner), cut(out.Preferred)
	if len(p.Addresses) > 0 {
		a := p.Addresses[0]
		out.Postcode = cut(a.Postcode)
		if len(a.Lines) > 0 {
			out.Address = cut(a.Lines[0])
		} else {
			first, _, _ := strings.Cut(a.Text, "\n")
			first, _, _ = strings.Cut(first, ",")
			out.Address = cut(oneLine(first))
		}
	}
	return out
}
