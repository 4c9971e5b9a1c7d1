package policy

import (
	"slices"

	"satchel/store/consent"
	"satchel/store/identity"
)

// view is how much of a record a role sees (domain.md 8).
type view uint8

const (
	noView view = iota
	bannerView
	socialView
	fullView
)

// alerts is the section of flags, as store/record names it.
const alerts consent.Section = "alerts"

// sections of the narrower views, as store/record names them. Every view says what
// the summary leaves out.
var (
	bannerSections = []consent.Section{"demographics", alerts, "about-summary"}
	socialSections = []consent.Section{
		"demographics", alerts, "about-summary", "personal-contacts", "care-contacts", "plan-of-care",
		"contingency-plan", "functional-status", "individual-needs",
	}
)

func (v view) shows(s consent.Section) bool {
	switch v {
	case fullView:
		return true
	case socialView:
		return slices.Contains(socialSections, s)
	case bannerView:
		return slices.Contains(bannerSections, s)
	}
	return false
}

// viewOfRole is what a role sees of a patient it may open.
func viewOfRole(r identity.Role) view {
	switch r {
	case identity.Paramedic, identity.DistrictNurse:
		return fullView
	case identity.SocialWorker:
		return socialView
	case identity.CallHandler:
		return bannerView
	}
	return noView
}

// viewOfParty is what a kind of body may be handed (R16). An agency or a third party
// that may have something at all has what social care has: the permission that lets
// it in names no clinical detail.
func viewOfParty(p consent.Party) view {
	switch p {
	case consent.Trust, consent.GP, consent.Ambulance:
		return fullView
	}
	if p.Partner() || p.Agency() || p == consent.ThirdParty {
		return socialView
	}
	return noView
}

// clinical reports whether a role may use break-glass.
func clinical(r identity.Role) bool { return viewOfRole(r) == fullView }
