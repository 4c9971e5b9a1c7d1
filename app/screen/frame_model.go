package screen

import (
	"time"

	"satchel/assets"
)

// frameModel is everything around a screen.
type frameModel struct {
	Where      string
	Back       bool
	Find       bool // the Find button is there
	Lock       bool
	Who        string
	Connection chip
	Night      bool
	Demo       bool
	Strips     []chip
	Status     []chip
	StatusGoes bool // a press opens Sync
}

// newFrameModel says what the frame shows for a state.
func newFrameModel(w *assets.Words, st State, sy Sync, night bool, now time.Time) frameModel {
	m := frameModel{Night: night, Demo: st.Demo}
	if st.Phase != PhaseNotSetUp && st.Phase != PhaseUnusable {
		m.Connection = connection(w, sy)
	}
	if st.Phase == PhaseOpen || st.Phase == PhaseDuty {
		m.Who, m.Lock = st.Who.Name+"\n"+roleWords(w, string(st.Who.Role)), true
	}
	m.Find = st.Phase == PhaseOpen
	m.StatusGoes = st.Phase == PhaseOpen
	if st.Demo {
		m.Strips = append(m.Strips, chip{chipDemo, w.Say("strip.demo")})
	}
	if off := st.ClockOff.Abs(); off >= time.Minute {
		m.Strips = append(m.Strips, chip{chipWarning, w.Count("strip.clock", int(off/time.Minute))})
	}
	if st.Phase == PhaseNotSetUp || st.Phase == PhaseUnusable {
		return m
	}
	m.Status = statusLine(w, st, sy, now)
	return m
}

// connection is the word in the top bar. Offline is normal: grey.
func connection(w *assets.Words, sy Sync) chip {
	switch sy.Phase {
	case SyncReceiving:
		return chip{chipQuiet, w.Say("connection.receiving")}
	case SyncUpToDate:
		return chip{chipDone, w.Say("connection.up-to-date")}
	case SyncDisagrees:
		return chip{chipDanger, w.Say("connection.disagrees")}
	case SyncPaused:
		return chip{chipWarning, w.Say("connection.paused")}
	}
	return chip{chipQuiet, w.Say("connection.offline")}
}

// statusLine is the line at the bottom: contact, neighbours, what is waiting.
func statusLine(w *assets.Words, st State, sy Sync, now time.Time) []chip {
	out := []chip{contactChip(w, sy, now)}
	if near := sy.near(); near > 0 {
		out = append(out, chip{chipPlain, w.Count("status.near", near)})
	}
	if st.Loading.Of > st.Loading.Got {
		out = append(out, chip{chipPlain, w.Say("status.loading", "got", st.Loading.Got, "of", st.Loading.Of)})
	}
	if sy.NoNews {
		out = append(out, chip{chipWarning, w.Say("status.news-missing")})
	}
	if st.Unsent > 0 {
		out = append(out, chip{chipEarlier, w.Count("status.unsent", st.Unsent)})
	} else {
		out = append(out, chip{chipPlain, w.Say("status.all-sent")})
	}
	return out
}

func contactChip(w *assets.Words, sy Sync, now time.Time) chip {
	switch {
	case sy.Phase == SyncReceiving && sy.Receive.Of > 0:
		return chip{chipQuiet, w.Say("sync.receiving", "done", sy.Receive.Done, "of", sy.Receive.Of)}
	case sy.Phase == SyncUpToDate:
		return chip{chipDone, w.Say("sync.up-to-date", "time", when(w, sy.Since, now))}
	case sy.Phase == SyncDisagrees:
		return chip{chipDanger, w.Say("sync.disagrees", "code", sy.Code)}
	case sy.Contact.IsZero():
		return chip{chipQuiet, w.Say("status.offline-never")}
	}
	return chip{chipQuiet, w.Say("status.offline", "time", when(w, sy.Contact, now))}
}

// near counts the neighbours that can be reached now.
func (sy Sync) near() int {
	n := 0
	for _, nb := range sy.Neighbours {
		if nb.State == Connected || nb.State == NearIdle {
			n++
		}
	}
	return n
}
