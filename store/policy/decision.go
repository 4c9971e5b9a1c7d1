package policy

import (
	"slices"

	"satchel/store/consent"
)

// Verdict is the answer. A higher one is stricter.
type Verdict uint8

// The verdicts.
const (
	Allow           Verdict = iota
	NeedsReason             // a relevant reason, or a part of it, is missing (R7)
	NeedsBreakGlass         // only emergency access opens it
	Deny                    // nothing this person can do opens it
)

func (v Verdict) String() string {
	return [...]string{"allow", "needs-reason", "needs-break-glass", "deny"}[min(v, Deny)]
}

// Decision is the answer with everything that follows from it.
type Decision struct {
	Verdict Verdict
	Codes   []Code // why, in order of their names; empty when nothing stands against it

	Override bool  // opened by break-glass: mark every screen of this view
	Alert    bool  // tell the privacy officer and the Guardian (R7, R24)
	Until    int64 // when what was opened has to close, Unix milliseconds

	view     view
	verified bool          // the reason is more than a claim
	hidden   []consent.How // the parts that an objection hides
}

// Shows reports whether a role's view has a section at all: a social worker sees the
// plan of care and not the results (domain.md 8). The words are those of store/record.
func (d Decision) Shows(s consent.Section) bool {
	return d.Verdict == Allow && d.view.shows(s)
}

// Withholds reports whether an item in a section, with its labels, has to be left out
// of what is shown; the screen says that something was. Very restricted items are
// always left out, restricted ones unless the reason is more than a claim or
// break-glass was used, and what an objection names unless break-glass was used.
func (d Decision) Withholds(s consent.Section, labels []Label) bool {
	if !d.Shows(s) {
		return true
	}
	switch level(labels) {
	case veryRestricted:
		return true
	case restricted:
		if !d.verified && !d.Override {
			return true
		}
		safeguarding := d.view == socialView && s == alerts // a social worker's business
		if d.view != fullView && !safeguarding {
			return true
		}
	}
	if d.Override {
		return false
	}
	codes := make([]consent.Label, len(labels))
	for i, l := range labels {
		codes[i] = consent.Label(l.Code)
	}
	return slices.ContainsFunc(d.hidden, func(h consent.How) bool { return h.Part(s, codes) })
}

// Reasons are the codes in plain English, in their order.
func (d Decision) Reasons() []string {
	out := make([]string, len(d.Codes))
	for i, c := range d.Codes {
		out[i] = c.Words()
	}
	return out
}
