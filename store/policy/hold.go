package policy

import (
	"slices"

	"satchel/store/consent"
)

// MayHold answers whether a device may hold a record at all, with nobody unlocked:
// before it is taken, and again whenever what it rests on changes. Only Allow and
// Deny are answered.
func MayHold(dev Device, rec Record, directives []consent.Directive, now int64) Decision {
	found := deviceRule(Request{Device: dev, Record: rec})
	if code, gone := goneBy(rec.State); gone && rec.State != Missing { // it may be on its way here
		found = append(found, finding{Deny, code})
	}
	if now >= rec.NotAfter {
		found = append(found, finding{Deny, RecordEnded})
	}
	if !slices.Contains(dev.Cohorts, rec.Cohort) {
		found = append(found, finding{Deny, CohortNotHere})
	}
	if dev.Category == "" || dev.Category != rec.Category { // R19
		found = append(found, finding{Deny, CategoryDiffers})
	}
	if level(rec.Labels) == veryRestricted {
		found = append(found, finding{Deny, VeryRestricted})
	}
	for _, d := range consent.InForce(directives, now) {
		if d.Effect() != consent.DoNotHold || !d.With.Includes(consent.Party(dev.Category), "", "") {
			continue
		}
		if d.Kind == consent.Withdrawal {
			found = append(found, finding{Deny, RecordWithdrawn})
		} else if d.How.Any() { // of a part, or for one purpose: the hub leaves it out
			found = append(found, finding{Deny, DirectiveRemoves})
		}
	}
	return Decision{Verdict: strictest(found), Codes: codesOf(found), Until: rec.NotAfter}
}
