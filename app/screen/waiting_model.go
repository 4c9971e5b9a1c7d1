package screen

import (
	"time"

	"satchel/assets"
)

// waitingModel is what has not reached the hub, in sending order.
type waitingModel struct {
	Head chip
	Rows []waitingRow
}

// waitingRow is one item, or many of a kind.
type waitingRow struct {
	What, About, When string
	State             chip
	Problem           *Problem // refused: it never vanishes by itself
}

// oldWaiting is how long something may wait before it becomes a warning.
const oldWaiting = 24 * time.Hour

func newWaitingModel(w *assets.Words, in Waiting, now time.Time) waitingModel {
	m := waitingModel{}
	left, oldest := 0, time.Time{}
	for _, it := range in.Items {
		row := waitingRow{What: waitingWords(w, it), About: it.About, When: when(w, it.When, now), Problem: it.Why}
		row.State = waitingState(w, it, now)
		m.Rows = append(m.Rows, row)
		if it.State != Delivered {
			left += max(it.Count, 1)
			if oldest.IsZero() || it.When.Before(oldest) {
				oldest = it.When
			}
		}
	}
	switch {
	case left > 0 && now.Sub(oldest) >= oldWaiting:
		m.Head = chip{chipWarning, w.Count("waiting.left-old", left, "hours", int(now.Sub(oldest)/time.Hour))}
	case left > 0:
		m.Head = chip{chipEarlier, w.Count("waiting.left", left)}
	case in.Received > 0 && in.Received == in.Written:
		m.Head = chip{chipDone, w.Say("waiting.all", "received", in.Received, "written", in.Written, "time", when(w, in.ReceivedAt, now))}
	default:
		m.Head = chip{chipPlain, w.Say("waiting.nothing")}
	}
	return m
}

func waitingWords(w *assets.Words, it WaitingItem) string {
	n := max(it.Count, 1)
	switch it.Kind {
	case WaitingObjection:
		return w.Count("waiting.objection", n)
	case WaitingAlert:
		return w.Count("waiting.alert", n)
	case WaitingCorrection:
		return w.Count("waiting.correction", n)
	case WaitingNote:
		return w.Count("waiting.note", n)
	case WaitingAccess:
		return w.Count("waiting.access", n)
	}
	return w.Count("waiting.device", n)
}

// waitingState says how far an item has come; "received" only with a receipt.
func waitingState(w *assets.Words, it WaitingItem, now time.Time) chip {
	switch it.State {
	case Carried:
		return chip{chipEarlier, w.Say("waiting.carried", "by", it.By, "time", when(w, it.At, now))}
	case Delivered:
		return chip{chipDone, w.Say("waiting.received", "time", when(w, it.At, now))}
	case Rejected:
		return chip{chipDanger, w.Say("waiting.refused")}
	}
	return chip{chipQuiet, w.Say("waiting.on-laptop")}
}
