package consent

import (
	"cmp"
	"slices"
)

// Effect is what a directive does to a device and its screens while it is in force.
type Effect uint8

// The effects, from the least to the most.
const (
	NoEffect  Effect = iota // a permission, or nothing in force
	Mark                    // shown beside the entry; the entry stays
	DoNotShow               // hold, do not show: policy refuses, break-glass can open
	DoNotHold               // content and key go: the hub answers with a kill
)

// Effect is what the directive does while it is in force (protocol.md section 3): a
// withdrawal is always "do not hold"; an objection is "hold, do not show", also to
// everything or to a whole category, unless a Guardian decided to remove; a
// restriction hides at once and never destroys; a challenge marks.
func (d Directive) Effect() Effect {
	switch {
	case d.Kind == Withdrawal, d.Kind == Objection && d.Remove && d.State == Upheld:
		return DoNotHold
	case d.Kind == Objection, d.Kind == Restriction:
		return DoNotShow
	case d.Kind == Challenge:
		return Mark
	}
	return NoEffect
}

// Noted reports whether everybody in the care team sees that the directive exists, on
// a banner (R27), and whether it is sent before any other item (R28). What it is about
// is not shown with it.
func (d Directive) Noted() bool { return d.Effect() >= DoNotShow }

// InForce reports whether this version, taken alone, counts at a time given in Unix
// milliseconds. A "no" and a challenge count from the moment they are received, and
// also when the clock says that they were taken later: a wrong clock must not open
// anything. A permission counts only when it is upheld, and not before it was taken.
func (d Directive) InForce(now int64) bool {
	if d.State == Reversed || d.State == Declined || d.Until != 0 && now >= d.Until {
		return false
	}
	if d.Kind == Permission {
		return d.State == Upheld && d.Taken <= now
	}
	return true
}

// Latest returns the newest version of each directive in a history, in the order of
// Sort. Repeated versions count once. Should two versions have the same number, which
// only a damaged or hostile history can show, the more restricting one is taken.
func Latest(history []Directive) []Directive {
	newest := map[ID]Directive{}
	for _, d := range history {
		if old, ok := newest[d.ID]; !ok || supersedes(d, old) {
			newest[d.ID] = d
		}
	}
	out := make([]Directive, 0, len(newest))
	for _, d := range newest {
		out = append(out, d)
	}
	Sort(out)
	return out
}

// InForce returns the directives of a history that count at a time given in Unix
// milliseconds, newest first. The order of the history never matters.
func InForce(history []Directive, now int64) []Directive {
	return slices.DeleteFunc(Latest(history), func(d Directive) bool { return !d.InForce(now) })
}

// Sort puts versions in the order in which a history is read: the newest change
// first, then the higher version, then by id.
func Sort(history []Directive) {
	slices.SortFunc(history, func(a, b Directive) int {
		return cmp.Or(
			cmp.Compare(b.Changed, a.Changed),
			cmp.Compare(b.Version, a.Version),
			slices.Compare(a.ID[:], b.ID[:]),
			cmp.Compare(restricting(b), restricting(a)),
			slices.Compare(raw(a), raw(b)),
		)
	})
}

// supersedes orders the versions of one directive.
func supersedes(a, b Directive) bool {
	return cmp.Or(
		cmp.Compare(a.Version, b.Version),
		cmp.Compare(restricting(a), restricting(b)),
		cmp.Compare(a.Changed, b.Changed),
		slices.Compare(raw(a), raw(b)),
	) > 0
}

// restricting ranks what two versions of one number would do: the one that hides
// more, and for a permission the one that gives less, ranks higher.
func restricting(d Directive) int {
	counts := d.State == Received || d.State == Upheld
	switch {
	case d.Kind == Permission && d.State == Upheld:
		return 0
	case !counts || d.Kind == Permission:
		return 1
	}
	return 2 + int(d.Effect())
}

// raw is the encoding of a directive that may not be valid, for a last comparison.
func raw(d Directive) []byte {
	b, err := encode(d)
	if err != nil {
		return nil // not encodable: it ranks first among equals
	}
	return b
}
