package screen

import (
	"cmp"
	"reflect"
	"slices"
	"time"

	"satchel/assets"
	"satchel/store/identity"
)

// unlockModel is the unlock screen: who can sign in here, and how the last try
// went. No patient detail.
type unlockModel struct {
	Laptop, Organisation string
	Date, Battery        string
	HelpDesk             string
	Notices              []string
	Ready                string // said on a laptop that holds nobody yet
	People               []unlockPerson
	Chosen               int // -1: nobody chosen yet
}

// unlockPerson is one row, and what that person can do.
type unlockPerson struct {
	User         User
	Name, Detail string
	State        chip
	Door         door
	Words        string // about a door that no passphrase opens
	Button       string // and what can be done about it
}

// door is what stands behind a person's row.
type door uint8

const (
	doorSecret  door = iota // a passphrase or PIN
	doorJoin                // a joining code
	doorWait                // nothing but waiting, or an admin
	doorRequest             // a request to an admin is under way
	doorGone                // a new passphrase, then an admin
)

func newUnlockModel(w *assets.Words, st State, who identity.SlotID, now time.Time) unlockModel {
	m := unlockModel{Laptop: st.Laptop, Organisation: st.Organisation, Date: dateWords(now), Chosen: -1}
	if st.HelpDesk != "" {
		m.HelpDesk = w.Say("unlock.help-desk", "number", st.HelpDesk)
	}
	m.Battery = batteryWords(w, st.Battery)
	if st.Held == 0 && len(st.People) > 0 {
		m.Ready = w.Say("unlock.ready")
	}
	for _, n := range st.Notices {
		if loud[n] {
			m.Notices = append(m.Notices, w.Say(string(n)))
		}
	}
	for i, u := range st.People {
		m.People = append(m.People, newUnlockPerson(w, u))
		if u.Slot == who {
			m.Chosen = i
		}
	}
	if m.Chosen < 0 && len(m.People) > 0 {
		m.Chosen = 0 // the last to sign in stands first
	}
	return m
}

func newUnlockPerson(w *assets.Words, u User) unlockPerson {
	p := unlockPerson{User: u, Name: u.Name, Detail: roleWords(w, string(u.Role)), State: personState(w, u)}
	switch {
	case u.State == PlaceInvited:
		p.Door, p.Words, p.Button = doorJoin, w.Say("unlock.invited"), w.Say("unlock.begin")
	case u.State == PlaceWaiting && u.Joined && !u.Asked:
		p.Door, p.Words, p.Button = doorWait, w.Say("unlock.waiting"), w.Say("recover.ask")
	case u.State == PlaceWaiting && u.Joined:
		p.Door, p.Words, p.Button = doorRequest, w.Say("unlock.waiting"), w.Say("unlock.request")
	case u.State == PlaceWaiting:
		p.Door, p.Words, p.Button = doorRequest, w.Say("unlock.asked"), w.Say("unlock.request")
	case u.State == PlaceGone:
		p.Door, p.Words, p.Button = doorGone, w.Say("unlock.gone"), w.Say("unlock.choose-new")
	}
	return p
}

// personState is how far a person's place has come, in a word and a shape.
func personState(w *assets.Words, u User) chip {
	switch {
	case u.State == PlaceInvited:
		return chip{chipInvited, w.Say("place.invited")}
	case u.State == PlaceWaiting && u.Joined:
		return chip{chipWaits, w.Say("place.waiting")}
	case u.State == PlaceWaiting:
		return chip{chipWaits, w.Say("place.asked")}
	case u.State == PlaceGone:
		return chip{chipDanger, w.Say("place.gone")}
	case u.Refused != nil:
		return chip{chipEnded, w.Say("place.refused")}
	case u.Asked:
		return chip{chipWaits, w.Say("place.asked")}
	}
	return chip{chipReady, w.Say("place.ready")}
}

// sameAs tells whether nothing has changed that needs the page drawn anew: not
// the time, the battery, or how long somebody has to wait.
func (m unlockModel) sameAs(other unlockModel) bool {
	m.Date, m.Battery = other.Date, other.Battery
	m.People = slices.Clone(m.People)
	for i := range min(len(m.People), len(other.People)) {
		m.People[i].User.WaitUntil, m.People[i].User.Left = other.People[i].User.WaitUntil, other.People[i].User.Left
	}
	return reflect.DeepEqual(m, other)
}

// inOrder puts people into the order in which they are shown, those who are new
// after them.
func inOrder(shown []unlockPerson, people []User) []User {
	place := func(u User) int {
		if i := slices.IndexFunc(shown, func(p unlockPerson) bool { return p.User.Slot == u.Slot }); i >= 0 {
			return i
		}
		return len(shown)
	}
	out := slices.Clone(people)
	slices.SortStableFunc(out, func(a, b User) int { return cmp.Compare(place(a), place(b)) })
	return out
}

// dateWords says date and time.
func dateWords(t time.Time) string { return day(t) + " " + clock(t) }

// batteryWords says how full the battery is; "" where that is not known.
func batteryWords(w *assets.Words, b Battery) string {
	switch {
	case !b.Known:
		return ""
	case b.Charging:
		return w.Say("unlock.charging", "percent", b.Percent)
	}
	return w.Say("unlock.battery", "percent", b.Percent)
}

// try is a wait between tries, said in words and counted down, and the tries
// that are left, said until one is right.
type try struct {
	until time.Time
	left  int // tries left; 0: not known
}

// newTry is the try after a refusal.
func newTry(p *Problem, now time.Time) try {
	t := try{left: p.Left}
	if p.Wait > 0 {
		t.until = now.Add(p.Wait)
	}
	return t
}

// waiting tells whether the wait is not over.
func (t try) waiting(now time.Time) bool { return t.until.After(now) }

// words says the wait and what is left, or "" where there is nothing to say.
func (t try) words(w *assets.Words, now time.Time) string {
	left := t.until.Sub(now)
	switch {
	case !t.waiting(now) && t.left > 0:
		return w.Count("unlock.left", t.left)
	case !t.waiting(now):
		return ""
	case t.left > 0:
		return w.Count("unlock.wait-left", t.left, "wait", waitWords(w, left))
	}
	return w.Say("unlock.wait", "wait", waitWords(w, left))
}
