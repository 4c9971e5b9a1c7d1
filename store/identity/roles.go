package identity

import "fmt"

// Category is the kind of partner organisation a device belongs to: exactly
// one of four (R19).
type Category string

// The four partner categories of the privacy notice (R19).
const (
	Trust      Category = "nhs-trust"
	GP         Category = "gp"
	Ambulance  Category = "ambulance"
	SocialCare Category = "social-care"
)

// ParseCategory reads a category, refusing any other word.
func ParseCategory(s string) (Category, error) {
	switch c := Category(s); c {
	case Trust, GP, Ambulance, SocialCare:
		return c, nil
	}
	return "", fmt.Errorf("organisation category %q is not one of nhs-trust, gp, ambulance, social-care", s)
}

// Role is what a person does, as the hub's credential says (domain: national
// RBAC job roles).
type Role string

// The roles Satchel tells apart.
const (
	Paramedic      Role = "paramedic"
	DistrictNurse  Role = "district-nurse"
	SocialWorker   Role = "social-worker"
	CallHandler    Role = "call-handler"
	PrivacyOfficer Role = "privacy-officer"
	Guardian       Role = "caldicott-guardian"
	Quality        Role = "quality"
	ITAdmin        Role = "it-admin"
)

// ParseRole reads a role, refusing any other word.
func ParseRole(s string) (Role, error) {
	switch r := Role(s); r {
	case Paramedic, DistrictNurse, SocialWorker, CallHandler, PrivacyOfficer, Guardian, Quality, ITAdmin:
		return r, nil
	}
	return "", fmt.Errorf("role %q is not one of paramedic, district-nurse, social-worker, call-handler, privacy-officer, caldicott-guardian, quality, it-admin", s)
}

// Kind is what sort of device it is: a box has no person and no cohort key.
type Kind string

// The two kinds of device.
const (
	Laptop Kind = "laptop"
	Box    Kind = "box"
)

// ParseKind reads a kind, refusing any other word.
func ParseKind(s string) (Kind, error) {
	switch k := Kind(s); k {
	case Laptop, Box:
		return k, nil
	}
	return "", fmt.Errorf("kind %q is not laptop or box", s)
}
