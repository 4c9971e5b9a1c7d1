package ledger

import (
	"testing"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
)

// FuzzApply feeds the state what no journal of ours holds: an error is due and
// never a panic.
func FuzzApply(f *testing.F) {
	w, join := newWriter(f)
	item := decodeItem(w.items(1, 256)[0]).item
	join.N = 1
	raw, err := fact.EncodeEntry(join)
	must(f, err)
	begin, err := encodeCanonical(opBegin, beginOp{Format: formatVersion, Incarnation: 1, Origin: "o"})
	must(f, err)
	note, err := encodeCanonical(opNote, noteOp{Kind: "k", Key: "x", Version: 1, Value: []byte("v")})
	must(f, err)
	record := recordOp{Incarnation: 1, Cohort: identity.CohortID{1}, Rev: 1, PID: identity.PID{2}, Epoch: 1, Ver: 1, KeyEpoch: 1}
	tree := treeOp{Size: 1, Root: leafOf(item.Raw)}
	fork := Fork{ForkError: &audit.ForkError{Device: item.Device, Chain: 1, Seq: 1, First: item.Raw, Second: []byte{1}}, Found: 1}
	for _, op := range [][]byte{
		begin, encodeRaw(opMember, nil, raw), note, record.encode(), item.encode(), tree.encode(), fork.encode(),
		{},
		{99},
		encodeRaw(opGovern, make([]byte, 16), raw), encodeRaw(opKeys, nil, raw),
	} {
		f.Add(op)
	}
	f.Fuzz(func(t *testing.T, op []byte) {
		s := newState(identity.AreaID{})
		if err := s.apply(item.encode()); err != nil {
			t.Fatal(err)
		}
		_ = s.apply(op) // refused or taken: it must not panic
		_ = s.apply(op)
	})
}

// FuzzJoin feeds frames to the reader of groups.
func FuzzJoin(f *testing.F) {
	raw, err := place{}.encode(5, [][]byte{{1, 2}, {3}})
	must(f, err)
	whole := splitGroup(raw)[0]
	f.Add(whole, whole)
	f.Add([]byte{partFirst, 1}, []byte{partLast, 2})
	f.Add([]byte{0, 1}, []byte{})
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var j joiner
		var end place
		for _, frame := range [][]byte{a, b} {
			g, raw, err := j.next(end, frame)
			if err != nil {
				return
			}
			if raw != nil {
				again, err := end.encode(g.Time, g.Ops)
				if err != nil || string(again) != string(raw) {
					t.Fatalf("a group was read that is not written so: %v", err)
				}
				end = end.next(raw)
			}
		}
	})
}

// Groups of every size around a frame's come back whole, also after one that
// was begun and not ended.
func TestSplitAndJoin(t *testing.T) {
	var j joiner
	for _, size := range []int{1, maxFrame - 2, maxFrame - 1, maxFrame, 2*maxFrame - 2, 2*maxFrame + 5, 5 * maxFrame} {
		raw := make([]byte, size)
		raw[0], raw[size-1] = 7, 9
		parts := splitGroup(raw)
		if len(parts) > 1 {
			for _, torn := range parts[:len(parts)-1] {
				if got, err := j.add(torn); err != nil || got != nil {
					t.Fatalf("a part of %d: %v", size, err)
				}
			}
		}
		for i, p := range parts {
			if len(p) > maxFrame {
				t.Fatalf("a frame of %d bytes", len(p))
			}
			got, err := j.add(p)
			must(t, err)
			if last := i == len(parts)-1; last != (got != nil) || last && string(got) != string(raw) {
				t.Fatalf("size %d, part %d of %d", size, i, len(parts))
			}
		}
	}
}
