package consent

import (
	"cmp"
	"slices"

	"satchel/store/identity"
)

// Purpose is why a record is used: one of a closed list (R1).
type Purpose string

// The purposes of the privacy notice (R1).
const (
	DirectCare     Purpose = "direct-care"
	Preventive     Purpose = "preventive-or-occupational-medicine"
	Diagnosis      Purpose = "diagnosis"
	PublicInterest Purpose = "public-interest-task"
)

// Purposes are all the purposes there are, in the order of the notice.
func Purposes() []Purpose { return []Purpose{DirectCare, Preventive, Diagnosis, PublicInterest} }

// Party is a kind of body that a record may be shared with: one of the four partner
// categories, whose words are those of identity.Category, or one outside them.
type Party string

// The partners (R19), the other agencies (R21), and everybody else (R22).
const (
	Trust             = Party(identity.Trust)
	GP                = Party(identity.GP)
	Ambulance         = Party(identity.Ambulance)
	SocialCare        = Party(identity.SocialCare)
	SocialCareAgency  = Party("agency-social-care")
	Education         = Party("agency-education")
	LocalAuthority    = Party("agency-local-authority")
	VoluntaryProvider = Party("agency-voluntary-private")
	GMC               = Party("agency-gmc")
	ThirdParty        = Party("third-party")
)

// Partner reports whether a party is one of the four partner categories (R19).
func (p Party) Partner() bool {
	return slices.Contains([]Party{Trust, GP, Ambulance, SocialCare}, p)
}

// Agency reports whether a party is one of the five other kinds of agency (R21).
func (p Party) Agency() bool {
	return slices.Contains([]Party{SocialCareAgency, Education, LocalAuthority, VoluntaryProvider, GMC}, p)
}

// Section is a section of a summary, by the word that store/record has for its kind
// ("problems", "documents").
type Section string

// Label is a security label: a code of v3-Confidentiality or v3-ActCode, such as R,
// V or HIV (domain.md 3.3).
type Label string

// How says what a directive is about. An empty field means any; several values in
// one field are alternatives; the fields hold together (domain.md 3.2).
type How struct {
	Purposes []Purpose `cbor:"1,keyasint"`
	Sections []Section `cbor:"2,keyasint"`
	Labels   []Label   `cbor:"3,keyasint"`
}

// Any reports whether the directive is about everything.
func (h How) Any() bool { return len(h.Purposes)+len(h.Sections)+len(h.Labels) == 0 }

// Whole reports whether the directive is about whole records and not parts of them.
func (h How) Whole() bool { return len(h.Sections)+len(h.Labels) == 0 }

// For reports whether a use for this purpose is meant.
func (h How) For(p Purpose) bool { return len(h.Purposes) == 0 || slices.Contains(h.Purposes, p) }

// Part reports whether a part of a record is meant: something in this section that
// carries these labels.
func (h How) Part(s Section, labels []Label) bool {
	if len(h.Sections) > 0 && !slices.Contains(h.Sections, s) {
		return false
	}
	return len(h.Labels) == 0 || slices.ContainsFunc(labels, func(l Label) bool { return slices.Contains(h.Labels, l) })
}

func (h How) check() error {
	if err := checkList("purposes", h.Purposes, func(p Purpose) bool { return slices.Contains(Purposes(), p) }); err != nil {
		return err
	}
	if err := checkList("sections", h.Sections, func(s Section) bool { return s != "" && len(s) <= maxName }); err != nil {
		return err
	}
	return checkList("labels", h.Labels, func(l Label) bool { return l != "" && len(l) <= maxName })
}

// With says whom a directive is about, by the same rules as How. Organisations are
// ODS codes, staff are staff directory ids.
type With struct {
	Parties       []Party  `cbor:"1,keyasint"`
	Organisations []string `cbor:"2,keyasint"`
	Staff         []string `cbor:"3,keyasint"`
}

// Anyone reports whether the directive is about everybody.
func (w With) Anyone() bool { return len(w.Parties)+len(w.Organisations)+len(w.Staff) == 0 }

// Includes reports whether somebody is meant. Where the organisation or the staff id
// is not known (empty) and the directive names some, the answer is yes for a no and
// has to be asked with known for a yes: see Names.
func (w With) Includes(p Party, organisation, staff string) bool {
	return (len(w.Parties) == 0 || slices.Contains(w.Parties, p)) &&
		(len(w.Organisations) == 0 || organisation == "" || slices.Contains(w.Organisations, organisation)) &&
		(len(w.Staff) == 0 || staff == "" || slices.Contains(w.Staff, staff))
}

// Names is Includes for a yes: what is not known is not meant.
func (w With) Names(p Party, organisation, staff string) bool {
	return !w.Anyone() && (len(w.Parties) == 0 || slices.Contains(w.Parties, p)) &&
		(len(w.Organisations) == 0 || slices.Contains(w.Organisations, organisation)) &&
		(len(w.Staff) == 0 || slices.Contains(w.Staff, staff))
}

func (w With) check() error {
	if err := checkList("parties", w.Parties, func(p Party) bool { return p.Partner() || p.Agency() || p == ThirdParty }); err != nil {
		return err
	}
	named := func(s string) bool { return s != "" && len(s) <= maxName }
	if err := checkList("organisations", w.Organisations, named); err != nil {
		return err
	}
	return checkList("staff", w.Staff, named)
}

// checkList wants a list in strictly rising order, so that a directive has one
// encoding, and every element known.
func checkList[T cmp.Ordered](name string, list []T, known func(T) bool) error {
	if len(list) > maxList {
		return invalid("too many " + name)
	}
	for i, e := range list {
		if !known(e) {
			return invalid("an element of its " + name + " is not known to this version")
		}
		if i > 0 && list[i-1] >= e {
			return invalid("its " + name + " are not in order")
		}
	}
	return nil
}
