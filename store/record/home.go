package record

// cprCodes are the flags of a decision about resuscitation (domain.md 1.3).
var cprCodes = map[string]string{
	"450475007":       "For attempted CPR",
	"450476008":       "Not for attempted CPR",
	"845151000000104": "Not aware of a CPR decision",
	"304253006":       "Not for resuscitation",
	"304251008":       "For resuscitation",
	"dnr":             "Do not resuscitate",
}

// planCodes are documents and plans by type (domain.md 1.3).
var planCodes = map[string]SectionKind{
	"1382601000000107": AdvanceDirectives, // ReSPECT form
	"735324008":        AdvanceDirectives, // treatment escalation plan
	"736366004":        AdvanceDirectives, // advance care plan
	"736373009":        AdvanceDirectives, // end of life care plan
	"861421000000109":  AdvanceDirectives, // end of life coordination summary
	"450475007":        AdvanceDirectives, "450476008": AdvanceDirectives, "845151000000104": AdvanceDirectives,
	"304253006": AdvanceDirectives, "304251008": AdvanceDirectives, "dnr": AdvanceDirectives, "acd": AdvanceDirectives, "polst": AdvanceDirectives,
	"42348-3":         AdvanceDirectives,
	"887701000000100": ContingencyPlan, // emergency health care plan
	"325691000000100": ContingencyPlan,
	"736253002":       ContingencyPlan, // mental health crisis plan
}

// home is the section where an entry belongs when the source has no sections.
func home(d *document, e *entry, it *Item) SectionKind {
	switch e.typ {
	case "Flag", "CarePlan", "DocumentReference", "Consent", "Observation", "Procedure":
		for _, key := range [...]string{"code", "type", "category", "scope"} {
			for _, c := range codings(e.res.get(key)) {
				if k, ok := planCodes[c.Code]; ok {
					return k
				}
				if key == "scope" && c.Code == "adr" {
					return AdvanceDirectives
				}
			}
		}
	}
	switch e.typ {
	case "Observation":
		for _, c := range codings(e.res.get("category")) {
			switch c.Code {
			case "vital-signs":
				return VitalSigns
			case "social-history":
				return SocialHistory
			}
		}
	case "Condition":
		if it.Group != GroupCurrent {
			return PastProblems
		}
	case "QuestionnaireResponse", "Communication":
		if it.FromCarer {
			return CarerInformation
		}
	}
	return homeOf(e.typ)
}
