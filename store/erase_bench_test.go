//go:build unix

package store

import (
	"testing"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
)

// BenchmarkVerify got, authenticated, opened and decompressed: what opening a
// record costs besides its entry and its parsing.
func BenchmarkVerify(b *testing.B) {
	p := newCrowd(b, 2000)
	v := p.laptop(b, b.TempDir())
	s := p.w.unlock(v)
	p.w.put(v, p.c, p.in...)
	b.ReportAllocs()
	before := spent()
	for i := 0; b.Loop(); i++ {
		v.mu.Lock()
		handle := v.table.of(p.c.id, p.pids[i%len(p.pids)]).Handle
		v.mu.Unlock()
		if err := s.Verify(b.Context(), handle); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((spent()-before).Microseconds())/float64(b.N), "cpu-us/op")
}

// BenchmarkHide100Of200000 looks for the other rows of a hundred who are
// withdrawn at once.
func BenchmarkHide100Of200000(b *testing.B) {
	rows := make([]seal.Row, 200_000)
	for i := range rows {
		rows[i] = seal.Row{Handle: identity.Random[identity.Handle](), PID: identity.Random[identity.PID](), Tag: identity.Random[identity.PersonTag]()}
	}
	v := &Vault{table: newTable(rows), hidden: map[identity.PersonTag]int64{}}
	before := spent()
	for b.Loop() {
		hide := hiding{}
		for i := range 100 {
			hide.others(&rows[i*1000], fact.GovernanceEntry{Reason: fact.Withdrawn, Time: 1})
		}
		v.hideLocked(hide)
	}
	b.ReportMetric(float64((spent()-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
	if len(v.hidden) > 0 {
		b.Fatal("somebody with one row was hidden")
	}
}
