package fact

import (
	"errors"
	"maps"
	"testing"

	"pgregory.net/rapid"

	"satchel/store/identity"
)

// holder is a device as far as the merge is concerned: it takes what comes in
// any order, keeps a run that came too early, and drops what is dead.
type holder struct {
	governance *Governance
	early      []Run
	rows       map[identity.PID]RecordHeader
	fresh      Freshness
}

func newHolder() *holder {
	return &holder{governance: NewGovernance(testChain), rows: map[identity.PID]RecordHeader{}}
}

func (h *holder) take(t *rapid.T, event any) {
	switch v := event.(type) {
	case RecordHeader:
		held, ok := h.rows[v.PID]
		if !h.governance.Dead(v.PID, v.Epoch) && (!ok || v.Newer(held)) {
			h.rows[v.PID] = v
		}
	case Freshness:
		if v.Newer(h.fresh) {
			h.fresh = v
		}
	case Run:
		h.early = append(h.early, v)
		for h.follow(t) {
		}
	}
}

// follow applies the first early run that fits, and tells whether it did.
func (h *holder) follow(t *rapid.T) bool {
	for i, r := range h.early {
		entries, err := r.After(h.governance.Point)
		if errors.Is(err, ErrGap) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range entries {
			if _, err := h.governance.Apply(raw); err != nil {
				t.Fatal(err)
			}
		}
		maps.DeleteFunc(h.rows, func(p identity.PID, row RecordHeader) bool { return h.governance.Dead(p, row.Epoch) })
		h.early = append(h.early[:i:i], h.early[i+1:]...)
		return true
	}
	return false
}

// TestMergeIsOrderFree is invariant I1 for kills, R and F: whatever the order,
// the repetition and the cutting into runs, the state is the same, and it is
// the one that the definition gives. With it go R15 (the newest is held), R32
// and R34 (what was withdrawn does not come back).
func TestMergeIsOrderFree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		patient := rapid.Custom(func(t *rapid.T) identity.PID { return identity.PID{byte(rapid.IntRange(1, 3).Draw(t, "pid"))} })
		whole := Run{From: testChain.Start()}
		points := []Point{whole.From}
		killed := map[identity.PID]uint64{}
		for range rapid.IntRange(0, 6).Draw(t, "kills") {
			p, epoch := patient.Draw(t, "killed"), rapid.Uint64Range(1, 4).Draw(t, "below")
			at := points[len(points)-1]
			raw := must(EncodeEntry(GovernanceEntry{N: at.N + 1, Kind: Kill, PID: p, Epoch: epoch, Reason: Withdrawn}))
			whole.Entries, points = append(whole.Entries, raw), append(points, at.Next(raw))
			killed[p] = max(killed[p], epoch)
		}
		var events []any
		for range rapid.IntRange(0, 4).Draw(t, "runs") { // overlapping cuts
			from := rapid.IntRange(0, len(whole.Entries)).Draw(t, "from")
			to := rapid.IntRange(from, len(whole.Entries)).Draw(t, "to")
			events = append(events, Run{points[from], whole.Entries[from:to], signHead(points[to])})
		}
		whole.Head = signHead(points[len(points)-1])
		events = append(events, whole)
		want := newHolder()
		for i := range rapid.IntRange(0, 12).Draw(t, "records") {
			r := RecordHeader{
				PID: patient.Draw(t, "about"), Epoch: rapid.Uint64Range(1, 4).Draw(t, "epoch"), Ver: rapid.Uint64Range(1, 2).Draw(t, "ver"),
				Incarnation: rapid.Uint64Range(1, 2).Draw(t, "incarnation"), Rev: uint64(i + 1),
			}
			events = append(events, r)
			if best, ok := want.rows[r.PID]; r.Epoch >= killed[r.PID] && (!ok || r.Newer(best)) {
				want.rows[r.PID] = r
			}
		}
		for i := range rapid.IntRange(0, 4).Draw(t, "statements") {
			f := Freshness{Incarnation: 1, Time: rapid.Int64Range(1, 2).Draw(t, "time"), Rev: uint64(i)}
			events = append(events, f)
			if f.Newer(want.fresh) {
				want.fresh = f
			}
		}
		events = append(events, rapid.SliceOfN(rapid.SampledFrom(events), 0, 6).Draw(t, "again")...)

		got := newHolder()
		for _, e := range rapid.Permutation(events).Draw(t, "order") {
			got.take(t, e)
		}
		if !maps.Equal(got.rows, want.rows) || got.fresh != want.fresh {
			t.Fatalf("rows %v, want %v", got.rows, want.rows)
		}
		if got.governance.Point != points[len(points)-1] || !maps.Equal(got.governance.kills, killed) || len(got.early) != 0 {
			t.Fatalf("chain at %d with %d kills and %d early runs", got.governance.Point.N, len(got.governance.kills), len(got.early))
		}
	})
}
