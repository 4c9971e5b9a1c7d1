package policy

import (
	"slices"

	"satchel/store/consent"
)

// receiver is somebody a directive may be about.
type receiver struct {
	party               consent.Party
	organisation, staff string
}

// receivers are all whom a request shows the record to: the person who reads it, and
// whom it is handed to.
func receivers(r Request) []receiver {
	out := []receiver{{consent.Party(r.Person.Category), r.Person.Organisation, r.Person.Staff}}
	if r.To != nil {
		out = append(out, receiver{r.To.Party, r.To.Organisation, r.To.Staff})
	}
	return out
}

// objectionRule: a standing "no" to the whole record hides it until break-glass, a
// withdrawal for good, and so does a directive that this device cannot read (R26-R32).
func objectionRule(r Request) []finding {
	var out []finding
	if r.Unread {
		out = append(out, finding{NeedsBreakGlass, DirectiveUnread})
	}
	if r.Record.Restricted {
		out = append(out, finding{NeedsBreakGlass, RestrictedHere})
	}
	inForce := consent.InForce(r.Directives, r.Now)
	for _, d := range inForce {
		switch {
		case d.Effect() == consent.DoNotHold && d.Kind == consent.Withdrawal:
			out = append(out, finding{Deny, RecordWithdrawn})
		case !stands(d, r, inForce) || !d.How.Whole():
		case d.Effect() == consent.DoNotHold:
			out = append(out, finding{Deny, DirectiveRemoves})
		case d.Effect() == consent.DoNotShow:
			out = append(out, finding{NeedsBreakGlass, Objected})
		}
	}
	return out
}

// hiddenParts are the parts of a record that objections name.
func hiddenParts(r Request) []consent.How {
	var out []consent.How
	inForce := consent.InForce(r.Directives, r.Now)
	for _, d := range inForce {
		if d.Effect() >= consent.DoNotShow && !d.How.Whole() && stands(d, r, inForce) {
			out = append(out, d.How)
		}
	}
	return out
}

// stands reports whether a "no" is about this request and no newer "yes" has lifted
// it for everyone concerned. A purpose that is not yet known may be the one meant.
func stands(no consent.Directive, r Request, inForce []consent.Directive) bool {
	if r.Purpose != "" && !no.How.For(r.Purpose) {
		return false
	}
	return slices.ContainsFunc(receivers(r), func(to receiver) bool {
		if !no.With.Includes(to.party, to.organisation, to.staff) {
			return false
		}
		return no.Kind == consent.Restriction || !permitted(to, r.Purpose, inForce, no.Taken)
	})
}

// permitted reports whether a permission in force, taken after a moment, names this
// receiver for the whole record and for this purpose.
func permitted(to receiver, purpose consent.Purpose, inForce []consent.Directive, after int64) bool {
	return slices.ContainsFunc(inForce, func(d consent.Directive) bool {
		return d.Kind == consent.Permission && d.Taken > after && d.How.Whole() && d.How.For(purpose) &&
			d.With.Names(to.party, to.organisation, to.staff)
	})
}

// recipientRule: the four partners may be handed what they may see; an agency needs
// the person's permission or a recorded need (R21), anybody else the permission
// (R22); exceptional circumstances are break-glass (R23).
func recipientRule(r Request) []finding {
	if r.To == nil {
		return nil
	}
	to := receiver{r.To.Party, r.To.Organisation, r.To.Staff}
	yes := permitted(to, r.Purpose, consent.InForce(r.Directives, r.Now), 0)
	switch {
	case viewOfParty(to.party) == noView:
		return []finding{{Deny, RecipientUnknown}}
	case to.party.Partner() || yes:
		return nil
	case to.party.Agency() && r.To.LegitimateNeed:
		return nil
	case to.party.Agency():
		return []finding{{NeedsBreakGlass, AgencyNeedsYes}}
	}
	return []finding{{NeedsBreakGlass, OthersNeedYes}}
}
