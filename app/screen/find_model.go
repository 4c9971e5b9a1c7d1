package screen

import (
	"strings"
	"time"

	"satchel/assets"
)

// findLimit is how many rows one search shows: more than anyone reads.
const findLimit = 50

// findModel is the search box and the list under it.
type findModel struct {
	Heading string // what the list is: its order, or today's list
	Note    string // a number that cannot exist, or that there are more
	Rows    []findRow
	Nobody  string // said in place of rows
	Loading string // a first load that goes on
	Got, Of int
}

// findRow is one person in words.
type findRow struct {
	Name   string
	Facts  []labelled // born, gender, NHS number
	Place  string
	Due    string
	Why    string // why it matched
	Check  string // "Similar names: check two details"
	Chips  []chip
	Source Row
}

// newFindModel puts a search, or today's list where nothing is searched, into
// words.
func newFindModel(w *assets.Words, st State, query string, res Results, today []Row, now time.Time) findModel {
	m := findModel{}
	if st.Loading.Of > st.Loading.Got {
		m.Got, m.Of = st.Loading.Got, st.Loading.Of
		m.Loading = w.Say("find.loading", "got", m.Got, "of", m.Of)
	}
	rows := today
	searching := len([]rune(strings.TrimSpace(query))) >= 2
	if searching {
		rows = res.Rows
	}
	for _, r := range rows {
		m.Rows = append(m.Rows, newFindRow(w, r, now))
	}
	switch {
	case searching && res.BadNumber:
		m.Note = w.Say("find.bad-number")
	case searching && res.More:
		m.Note = w.Count("find.more", findLimit)
	}
	switch {
	case searching && len(rows) > 0:
		m.Heading = w.Count("find.order", len(rows))
	case searching:
		m.Nobody = w.Count("find.nobody", st.Held, "time", when(w, st.Checked, now))
	case len(rows) > 0:
		m.Heading = w.Count("find.today", len(rows))
	case st.Held == 0:
		m.Nobody = w.Say("find.none-held")
	default:
		m.Nobody = w.Count("find.no-list", st.Held)
	}
	return m
}

func newFindRow(w *assets.Words, r Row, now time.Time) findRow {
	row := findRow{Name: r.Name, Place: r.Place, Due: r.Due, Source: r}
	row.Facts = []labelled{
		{w.Say("banner.born"), r.Born}, {w.Say("banner.gender"), r.Sex},
	}
	if r.NHS != "" {
		row.Facts = append(row.Facts, labelled{w.Say("banner.nhs"), r.NHS})
	} else {
		row.Facts = append(row.Facts, labelled{w.Say("banner.nhs"), w.Say("banner.not-known")})
	}
	for _, m := range r.Marks {
		if m == MarkProtected {
			row.Place = w.Say("find.protected")
		}
	}
	if r.Recent {
		row.Due = w.Say("find.recent")
	}
	row.Why = matchWords(w, r.Match)
	if r.Alike {
		row.Check = w.Say("find.alike")
	}
	row.Chips = append(freshness(w, r.Fresh, now), marks(w, r.Marks)...)
	return row
}

// matchWords says why a row was found.
func matchWords(w *assets.Words, m Match) string {
	switch m {
	case MatchNumber:
		return w.Say("match.number")
	case MatchName:
		return w.Say("match.name")
	case MatchStart:
		return w.Say("match.start")
	case MatchBorn:
		return w.Say("match.born")
	case MatchPostcode:
		return w.Say("match.postcode")
	case MatchSimilar:
		return w.Say("match.similar")
	}
	return ""
}

// spaceNumber spaces digits 3-3-4 while they are typed; anything that is not
// all digits and spaces stays as it is.
func spaceNumber(s string) string {
	digits := strings.Map(func(r rune) rune {
		if r == ' ' {
			return -1
		}
		return r
	}, s)
	if len(digits) < 4 || len(digits) > 10 || strings.Trim(digits, "0123456789") != "" {
		return s
	}
	out := digits[:3] + " " + digits[3:min(6, len(digits))]
	if len(digits) > 6 {
		out += " " + digits[6:]
	}
	return out
}
