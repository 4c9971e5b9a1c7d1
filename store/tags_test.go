package store

import (
	"testing"

	"satchel/store/fact"
	"satchel/store/identity"
)

// Records of one person that come to two cohorts of an open session are joined
// at once: a withdrawal in one hides the other before anybody locks.
func TestJoinedWhileOpen(t *testing.T) { // protocol, rule 4
	for _, together := range []bool{false, true} {
		w := newWorld(t)
		a, b := w.newCohort(), w.newCohort()
		cfg := w.config(t.TempDir(), nil)
		v := w.laptop(cfg, a, b)
		s := w.unlock(v)
		first, second := identity.Random[identity.PID](), identity.Random[identity.PID]()
		w.put(v, a, w.release(a, first, document("Zebedee", number(2))), w.release(a, identity.Random[identity.PID](), document("Quillfeather", number(3))))
		if together { // the first was there when the session began
			s.Lock()
			s = w.unlock(v)
		}
		w.put(v, b, w.release(b, second, document("Zebedee", number(2))))
		w.kill(a, first, fact.Withdrawn)
		w.must(v.TakeGovernance(t.Context(), a.id, w.governance(a)))
		if row := w.one(s, "zebedee"); row.Cohort != b.id || !row.State.Hidden {
			t.Fatalf("seen after the withdrawal: %+v", row.State)
		}
		for i := range v.table.rows {
			if r := &v.table.rows[i]; r.Cohort == a.id && r.Tag != (identity.PersonTag{}) {
				t.Fatal("somebody who is alone was tagged")
			}
		}
		s.Lock()
		v = w.reopen(v, cfg)
		if !w.one(w.unlock(v), "zebedee").State.Hidden {
			t.Fatal("a restart shows what is hidden")
		}
		w.must(v.Close())
	}
}
