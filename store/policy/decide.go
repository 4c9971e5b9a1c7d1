package policy

import (
	"cmp"
	"slices"
	"unicode/utf8"

	"satchel/store/consent"
	"satchel/store/identity"
)

// finding is what one rule has against a request.
type finding struct {
	verdict Verdict
	code    Code
}

// rule looks at a request and says what stands against it, or nothing. A rule never
// grants: what no rule stands against is allowed.
type rule func(Request) []finding

// readingRules are all the rules for reading. Their order does not matter.
var readingRules = []rule{
	purposeRule, roleRule, standingRule, deviceRule, stateRule, labelRule, objectionRule, reasonRule,
	askingRule, recipientRule,
}

// Decide answers whether the person may read, or hand over, the record now.
func Decide(r Request) Decision {
	var found []finding
	for _, rule := range readingRules {
		found = append(found, rule(r)...)
	}
	broke := overrides(r)
	if broke {
		found = slices.DeleteFunc(found, func(f finding) bool { return f.verdict <= NeedsBreakGlass })
	}
	if !clinical(r.Person.Role) && strictest(found) == NeedsBreakGlass {
		found = append(found, finding{Deny, RoleMayNotBreak})
	}
	d := Decision{Verdict: strictest(found), Codes: codesOf(found)}
	if d.Verdict != Allow {
		return d
	}
	d.Override = broke
	d.Alert = broke || r.Reason.Basis == CaringNow
	d.Until = until(r, broke)
	d.verified = r.Reason.Basis != CaringNow
	d.view = viewOfRole(r.Person.Role)
	if r.To != nil {
		d.view = min(d.view, viewOfParty(r.To.Party))
	}
	d.hidden = hiddenParts(r)
	return d
}

// until is when what opens now has to close: the earliest of the lease, the
// credential, the training date and the end of break-glass.
func until(r Request, broke bool) int64 {
	end := min(r.Record.LeaseEnds, r.Person.CredentialEnds)
	if !r.Settings.AllowLapsedTraining {
		end = min(end, r.Person.TrainedUntil)
	}
	if broke {
		end = min(end, r.Reason.Began+overrideFor(r))
	}
	return end
}

func strictest(found []finding) Verdict {
	v := Allow
	for _, f := range found {
		v = max(v, f.verdict)
	}
	return v
}

// codesOf gives each code once, in order.
func codesOf(found []finding) []Code {
	out := make([]Code, 0, len(found))
	for _, f := range found {
		out = append(out, f.code)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// purposeRule: every open records a purpose from the closed list (R1).
func purposeRule(r Request) []finding {
	switch {
	case r.Purpose == "":
		return []finding{{NeedsReason, PurposeMissing}}
	case !slices.Contains(consent.Purposes(), r.Purpose):
		return []finding{{Deny, PurposeUnknown}}
	}
	return nil
}

// roleRule: some roles see no patient at all.
func roleRule(r Request) []finding {
	switch r.Person.Role {
	case identity.Paramedic, identity.DistrictNurse, identity.SocialWorker, identity.CallHandler:
		return nil
	case identity.ITAdmin:
		return []finding{{Deny, RoleSeesNobody}}
	case identity.PrivacyOfficer, identity.Guardian:
		return []finding{{Deny, RoleSeesAudit}}
	case identity.Quality:
		return []finding{{Deny, RoleCounts}}
	}
	return []finding{{Deny, RoleUnknown}}
}

// standingRule: training (R6), the credential's end, and that the person belongs to
// the device's kind of organisation (R19).
func standingRule(r Request) []finding {
	var out []finding
	if r.Now >= r.Person.TrainedUntil && !r.Settings.AllowLapsedTraining {
		out = append(out, finding{Deny, TrainingLapsed})
	}
	if r.Now >= r.Person.CredentialEnds {
		out = append(out, finding{Deny, CredentialEnded})
	}
	if _, err := identity.ParseCategory(string(r.Person.Category)); err != nil || r.Person.Category != r.Device.Category {
		out = append(out, finding{Deny, CategoryDiffers})
	}
	return out
}

// deviceRule: a suspended device opens nothing, and a demonstration stays apart (R57).
func deviceRule(r Request) []finding {
	var out []finding
	if r.Device.Suspended {
		out = append(out, finding{Deny, DeviceSuspended})
	}
	if r.Device.Demonstration != r.Record.Demonstration {
		out = append(out, finding{Deny, AreasMixed})
	}
	return out
}

// stateRule: what has gone stays gone (R32, R34, R43), and the lease ends what no
// message reached (R33). Break-glass opens neither.
func stateRule(r Request) []finding {
	var out []finding
	if code, gone := goneBy(r.Record.State); gone {
		out = append(out, finding{Deny, code})
	}
	if r.Now >= r.Record.LeaseEnds {
		out = append(out, finding{Deny, LeaseEnded})
	}
	return out
}

func goneBy(s State) (Code, bool) {
	switch s {
	case Held:
		return "", false
	case Withdrawn:
		return RecordWithdrawn, true
	case Erased:
		return RecordErased, true
	case InError:
		return RecordInError, true
	case Ended:
		return ReleaseEnded, true
	}
	return RecordMissing, true
}

// labelRule: R asks for break-glass, V never opens, and an unknown label is R.
func labelRule(r Request) []finding {
	switch level(r.Record.Labels) {
	case veryRestricted:
		return []finding{{Deny, VeryRestricted}}
	case restricted:
		return []finding{{NeedsBreakGlass, LabelRestricts}}
	}
	return nil
}

// reasonRule: no summary opens without a relevant reason (R7, R20).
func reasonRule(r Request) []finding {
	role, reason := r.Person.Role, r.Reason
	switch reason.Basis {
	case NoBasis:
		return []finding{{NeedsReason, ReasonMissing}}
	case Caseload:
		if role == identity.CallHandler {
			return []finding{{Deny, RoleMayNotClaim}}
		}
		if !r.Known.OnCaseload {
			return []finding{{NeedsReason, NotOnCaseload}}
		}
	case Incident:
		if !r.Known.OnIncident && reason.Reference == "" {
			return []finding{{NeedsReason, ReferenceMissing}}
		}
	case Referral:
		if role == identity.CallHandler {
			return []finding{{Deny, RoleMayNotClaim}}
		}
		if !r.Known.Referred && reason.Reference == "" {
			return []finding{{NeedsReason, ReferenceMissing}}
		}
	case CaringNow:
		if !clinical(role) {
			return []finding{{Deny, RoleMayNotClaim}}
		}
	case Emergency:
		return overrideFindings(r)
	default:
		return []finding{{Deny, ReasonUnknown}}
	}
	return nil
}

// askingRule: where the organisation has the person asked, a reason that is not on
// the hub's lists needs an answer, and a "no" leaves only break-glass.
func askingRule(r Request) []finding {
	switch {
	case r.Reason.Asked == No:
		return []finding{{NeedsBreakGlass, SaidNo}}
	case !r.Settings.AskPermission || r.Known.OnCaseload || r.Known.OnIncident || r.Known.Referred:
		return nil
	case r.Reason.Asked == Yes || r.Reason.Asked == CouldNotAsk:
		return nil
	}
	return []finding{{NeedsReason, NotAskedYet}}
}

// overrideFindings says what break-glass still lacks (R24).
func overrideFindings(r Request) []finding {
	switch {
	case !clinical(r.Person.Role):
		return []finding{{Deny, RoleMayNotBreak}}
	case !complete(r.Reason):
		return []finding{{NeedsBreakGlass, OverrideBare}}
	case r.Now < r.Reason.Began || r.Now-r.Reason.Began >= overrideFor(r):
		return []finding{{NeedsBreakGlass, OverrideOver}}
	}
	return nil
}

// overrides reports whether break-glass is in force.
func overrides(r Request) bool {
	return r.Reason.Basis == Emergency && len(overrideFindings(r)) == 0
}

// complete: a reason of the closed list (R23), words, and re-authentication (R24).
func complete(reason Reason) bool {
	known := slices.Contains([]Circumstance{CannotConsent, RiskToLife, RiskToOthers, LawRequires}, reason.Circumstance)
	return known && utf8.RuneCountInString(reason.Words) >= LeastWords && reason.Reauthenticated && reason.Began > 0
}

func overrideFor(r Request) int64 {
	return cmp.Or(r.Settings.Override, DefaultOverride).Milliseconds()
}
