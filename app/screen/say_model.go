package screen

import (
	"time"

	"satchel/assets"
	"satchel/store/record"
)

// chip is a state as a word; the view gives each kind a shape and colours.
type chip struct {
	Kind  chipKind
	Words string
}

// chipKind is what a chip says: one shape each.
type chipKind uint8

const (
	chipPlain       chipKind = iota // words alone
	chipChecked                     // freshness, up to 12 hours
	chipEarlier                     // up to 48 hours
	chipOld                         // beyond
	chipEnds                        // the lease ends soon
	chipEnded                       // the lease has ended
	chipRecorded                    // clinical states, never merged
	chipNoneKnown                   //
	chipNotRecorded                 //
	chipNotHere                     // withheld, not sent, unreadable
	chipWarning                     //
	chipDanger                      //
	chipObjection                   //
	chipDone                        // received, with a receipt
	chipQuiet                       // offline and such: grey, normal
	chipDemo                        //
	chipReason                      // why the record is open
	chipReady                       // a person's place on this laptop, three states and chipDanger
	chipInvited                     //
	chipWaits                       //
)

// Limits of the freshness chip; policy may come to set them.
const (
	freshFor  = 12 * time.Hour
	recentFor = 48 * time.Hour
	endsSoon  = 12 * time.Hour
)

// clock says a time of day in UK local time: 09:41.
func clock(t time.Time) string {
	s := record.DateOf(t).Format()
	return s[len(s)-5:]
}

// day says a date: 23-Nov-2026.
func day(t time.Time) string { return record.DateOf(t).FormatDay() }

// daysBefore returns how many midnights lie between t and now in the UK.
func daysBefore(t, now time.Time) int {
	midnight := func(t time.Time) time.Time {
		p := record.DateOf(t).Parts
		return time.Date(p.Year, p.Month, p.Day, 0, 0, 0, 0, time.UTC)
	}
	return int(midnight(now).Sub(midnight(t)).Hours() / 24)
}

// when says a moment as near things are said: 09:41, yesterday 17:05,
// 21-Nov-2026 17:05.
func when(w *assets.Words, t, now time.Time) string {
	switch {
	case t.IsZero():
		return w.Say("time.never")
	case daysBefore(t, now) == 0:
		return clock(t)
	case daysBefore(t, now) == 1:
		return w.Say("time.yesterday", "time", clock(t))
	}
	return day(t) + " " + clock(t)
}

// freshness puts a copy's state into at most two chips: when the hub last
// confirmed it, and whether the lease ends soon.
func freshness(w *assets.Words, f Freshness, now time.Time) []chip {
	if f.Ended || !f.Ends.IsZero() && !f.Ends.After(now) {
		return []chip{{chipEnded, w.Say("fresh.ended")}}
	}
	var out []chip
	age := now.Sub(f.Checked)
	switch {
	case f.Checked.IsZero():
		out = append(out, chip{chipOld, w.Say("fresh.never")})
	case age <= freshFor:
		out = append(out, chip{chipChecked, w.Say("fresh.checked", "time", when(w, f.Checked, now))})
	case age <= recentFor:
		out = append(out, chip{chipEarlier, w.Say("fresh.checked", "time", when(w, f.Checked, now))})
	default:
		out = append(out, chip{chipOld, w.Count("fresh.old", int(age/(24*time.Hour)))})
	}
	if left := f.Ends.Sub(now); !f.Ends.IsZero() && left < endsSoon {
		out = append(out, chip{chipEnds, endsWords(w, left)})
	}
	return out
}

func endsWords(w *assets.Words, left time.Duration) string {
	if left >= time.Hour {
		return w.Count("fresh.ends-hours", int(left/time.Hour))
	}
	return w.Count("fresh.ends-minutes", max(int(left/time.Minute), 1))
}

// marks puts what to know before opening into chips.
func marks(w *assets.Words, ms []Mark) []chip {
	var out []chip
	for _, m := range ms {
		switch m {
		case MarkObjection:
			out = append(out, chip{chipObjection, w.Say("mark.objection")})
		case MarkReason:
			out = append(out, chip{chipPlain, w.Say("mark.reason")})
		case MarkProtected:
			out = append(out, chip{chipNotHere, w.Say("mark.protected")})
		case MarkRestricted:
			out = append(out, chip{chipNotHere, w.Say("mark.restricted")})
		}
	}
	return out
}

// roleKeys are the words of each role a person may sign in with.
var roleKeys = map[string]string{
	"paramedic":          "role.paramedic",
	"district-nurse":     "role.district-nurse",
	"social-worker":      "role.social-worker",
	"call-handler":       "role.call-handler",
	"privacy-officer":    "role.privacy-officer",
	"caldicott-guardian": "role.caldicott-guardian",
	"quality":            "role.quality",
	"it-admin":           "role.it-admin",
}

// roleWords says a role.
func roleWords(w *assets.Words, role string) string {
	if key, ok := roleKeys[role]; ok {
		return w.Say(key)
	}
	return role
}
