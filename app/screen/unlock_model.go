package screen

import (
	"time"

	"satchel/assets"
)

// unlockModel is the unlock screen: who can sign in here, and how the last try
// went. No patient detail.
type unlockModel struct {
	Laptop, Organisation, Date string
	HelpDesk, Restored         string
	Ready                      string // said on a laptop that holds nobody yet
	People                     []unlockPerson
	Chosen                     int // -1: nobody chosen yet
}

// unlockPerson is one row.
type unlockPerson struct {
	Name, Detail string
	Refused      *Problem
}

func newUnlockModel(w *assets.Words, st State, now time.Time) unlockModel {
	m := unlockModel{Laptop: st.Laptop, Organisation: st.Organisation, Date: day(now) + " " + clock(now), Chosen: -1}
	if st.HelpDesk != "" {
		m.HelpDesk = w.Say("unlock.help-desk", "number", st.HelpDesk)
	}
	if st.Held == 0 && len(st.People) > 0 {
		m.Ready = w.Say("unlock.ready")
	}
	if st.Restored {
		m.Restored = w.Say("unlock.restored")
	}
	for _, u := range st.People {
		m.People = append(m.People, unlockPerson{Name: u.Name, Detail: roleWords(w, string(u.Role)), Refused: u.Refused})
	}
	if len(m.People) > 0 {
		m.Chosen = 0 // the last to sign in stands first
	}
	return m
}

// try is a wait between tries, said in words and counted down.
type try struct {
	until time.Time
	left  int // tries left; 0: not known
}

// words says the wait, or "" when it is over.
func (t try) words(w *assets.Words, now time.Time) string {
	left := t.until.Sub(now)
	if t.until.IsZero() || left <= 0 {
		return ""
	}
	if t.left > 0 {
		return w.Count("unlock.wait-left", t.left, "wait", waitWords(w, left))
	}
	return w.Say("unlock.wait", "wait", waitWords(w, left))
}
