package screen

import (
	"fmt"
	"time"

	"satchel/assets"
)

// syncModel is how the laptop stands, in words that are true only of what has a
// receipt.
type syncModel struct {
	Sentence chip
	News     chip // objections and withdrawals: always the first line
	Receive  string
	Send     string
	Got, Of  int // of a load that goes on; Of 0: none
	Left     string
	Rows     []neighbourRow
	Nobody   string
}

type neighbourRow struct {
	Name, Detail string
	State        chip
}

// notSeenFor is when a neighbour that has not been seen becomes a warning.
const notSeenFor = 7 * 24 * time.Hour

func newSyncModel(w *assets.Words, sy Sync, now time.Time) syncModel {
	m := syncModel{Sentence: contactChip(w, sy, now)}
	if sy.Phase == SyncPaused {
		m.Sentence = chip{chipWarning, w.Say("sync.paused", "time", when(w, sy.Since, now))}
	}
	m.News = newsChip(w, sy, now)
	m.Receive = countWords(w, "sync.to-receive", "sync.received-all", sy.Receive)
	m.Send = countWords(w, "sync.to-send", "sync.sent-all", sy.Send)
	if sy.Receive.Of > sy.Receive.Done {
		m.Got, m.Of = sy.Receive.Done, sy.Receive.Of
	}
	if sy.TimeLeft > 0 {
		m.Left = w.Say("sync.time-left", "time", waitWords(w, sy.TimeLeft))
	}
	for _, n := range sy.Neighbours {
		m.Rows = append(m.Rows, newNeighbourRow(w, n, now))
	}
	if len(m.Rows) == 0 {
		m.Nobody = w.Say("sync.nobody")
	}
	return m
}

// newsChip is the first line always: are objections and withdrawals all here?
func newsChip(w *assets.Words, sy Sync, now time.Time) chip {
	switch {
	case sy.NoNews && sy.Missing > 0:
		return chip{chipWarning, w.Count("sync.news-missing", sy.Missing)}
	case sy.NoNews || sy.NewsAt.IsZero():
		return chip{chipWarning, w.Say("sync.news-unknown")}
	}
	return chip{chipDone, w.Say("sync.news-all", "time", when(w, sy.NewsAt, now))}
}

func countWords(w *assets.Words, open, done string, c Count) string {
	if c.Of <= c.Done {
		return w.Say(done)
	}
	return w.Say(open, "left", c.Of-c.Done, "of", c.Of, "size", sizeWords(c.Bytes))
}

// sizeWords says a size in the unit people read: 12 kB, 18 MB.
func sizeWords(n int64) string {
	switch {
	case n >= 1_000_000:
		return fmt.Sprintf("%d MB", (n+500_000)/1_000_000)
	case n >= 1000:
		return fmt.Sprintf("%d kB", (n+500)/1000)
	}
	return fmt.Sprintf("%d B", n)
}

func newNeighbourRow(w *assets.Words, n Neighbour, now time.Time) neighbourRow {
	kind, route := w.Say("kind.laptop"), w.Say("route.station")
	switch n.Kind {
	case "hub":
		kind = w.Say("kind.hub")
	case "station":
		kind = w.Say("kind.station")
	}
	if n.Direct {
		route = w.Say("route.direct")
	}
	r := neighbourRow{Name: n.Name, Detail: kind}
	if n.Organisation != "" {
		r.Detail += " · " + n.Organisation
	}
	if n.State == Connected || n.State == NearIdle {
		r.Detail += " · " + route
	}
	switch {
	case n.State == Connected:
		r.State = chip{chipDone, w.Say("neighbour.connected")}
	case n.State == NearIdle:
		r.State = chip{chipQuiet, w.Say("neighbour.near")}
	case n.State == RevokedDevice:
		r.State = chip{chipDanger, w.Say("neighbour.revoked")}
	case now.Sub(n.LastSeen) > notSeenFor:
		r.State = chip{chipWarning, w.Say("neighbour.long-ago")}
	default:
		r.State = chip{chipEarlier, w.Say("neighbour.seen", "time", when(w, n.LastSeen, now))}
	}
	return r
}
