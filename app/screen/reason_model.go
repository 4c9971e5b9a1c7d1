package screen

import (
	"strings"

	"satchel/assets"
)

// reasonModel is the page that asks why a record is opened. It holds identity
// only.
type reasonModel struct {
	Purposes    []choice
	Bases       []choice
	Permissions []choice // empty where policy does not ask

	purpose, basis, permission int // places; -1: none yet
	reference                  string
}

// choice is one row that can be chosen.
type choice struct{ Title, Detail string }

// permissionNo is the answer that keeps the record closed: it is never a
// Permission of a Reason.
const permissionNo = 2

var purposes = []Purpose{PurposeDirectCare, PurposeDiagnosis, PurposePreventive, PurposePublicInterest}

var permissions = []Permission{PermissionVisit, PermissionEpisode, "", PermissionUnable}

func newReasonModel(w *assets.Words, a Approach) reasonModel {
	m := reasonModel{basis: -1, permission: -1}
	for _, p := range purposes {
		m.Purposes = append(m.Purposes, choice{Title: purposeWords(w, p)})
	}
	for _, b := range a.Bases {
		m.Bases = append(m.Bases, basisChoice(w, b))
	}
	if a.AskPermission {
		m.Permissions = []choice{
			{Title: w.Say("permission.visit")},
			{Title: w.Say("permission.episode")},
			{Title: w.Say("permission.no")},
			{Title: w.Say("permission.unable")},
		}
	}
	return m
}

func purposeWords(w *assets.Words, p Purpose) string {
	switch p {
	case PurposePreventive:
		return w.Say("purpose.preventive")
	case PurposeDiagnosis:
		return w.Say("purpose.diagnosis")
	case PurposePublicInterest:
		return w.Say("purpose.public-interest")
	}
	return w.Say("purpose.direct-care")
}

func basisChoice(w *assets.Words, b Basis) choice {
	switch b {
	case BasisIncident:
		return choice{w.Say("basis.incident"), w.Say("basis.incident-detail")}
	case BasisReferral:
		return choice{w.Say("basis.referral"), w.Say("basis.referral-detail")}
	case BasisCaring:
		return choice{w.Say("basis.caring"), w.Say("basis.caring-detail")}
	}
	return choice{Title: w.Say("basis.caseload")}
}

// reasonWords says a reason on the strip of an open record.
func reasonWords(w *assets.Words, r Reason) string {
	basis := ""
	switch r.Basis {
	case BasisIncident:
		basis = w.Say("reason.incident", "reference", r.Reference)
	case BasisReferral:
		basis = w.Say("reason.referral", "reference", r.Reference)
	case BasisCaring:
		basis = w.Say("reason.caring")
	default:
		basis = w.Say("reason.caseload")
	}
	return w.Say("reason.strip", "basis", basis, "purpose", purposeWords(w, r.Purpose))
}

// asksReference tells whether a basis needs a number or a name with it.
func asksReference(b Basis) bool { return b == BasisIncident || b == BasisReferral }

// reason is what was chosen, or the key of what is missing.
func (m reasonModel) reason(a Approach) (Reason, string) {
	if m.basis < 0 {
		return Reason{}, "reason.missing-basis"
	}
	r := Reason{Purpose: purposes[m.purpose], Basis: a.Bases[m.basis]}
	if asksReference(r.Basis) {
		if r.Reference = strings.TrimSpace(m.reference); r.Reference == "" {
			return Reason{}, "reason.missing-reference"
		}
	}
	if a.AskPermission {
		if m.permission < 0 {
			return Reason{}, "reason.missing-permission"
		}
		r.Permission = permissions[m.permission]
	}
	return r, ""
}
