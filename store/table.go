package store

import (
	"time"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
)

// Flags of a held version, in seal.Version.State.
const (
	flagWithheld = 1 << iota // parts were left out of what was released
	flagMissing              // the cache has lost it: fetch it again
	flagBadWrap              // the wrap it came with does not open it
)

type patient struct {
	cohort identity.CohortID
	pid    identity.PID
}

// table is the key table: a row for each (patient, cohort), each with the key
// without which nothing of theirs opens. Changed under Vault.door and Vault.mu,
// read under either.
type table struct {
	rows      []seal.Row
	byHandle  map[identity.Handle]int
	byPatient map[patient]int
	soonest   int64 // no row's end lies before it, Unix milliseconds
}

func newTable(rows []seal.Row) *table {
	t := &table{
		rows:      rows,
		byHandle:  make(map[identity.Handle]int, len(rows)),
		byPatient: make(map[patient]int, len(rows)),
		soonest:   1<<63 - 1,
	}
	for i := range rows {
		t.index(i)
	}
	return t
}

func (t *table) index(i int) {
	r := &t.rows[i]
	t.byHandle[r.Handle] = i
	t.byPatient[patient{r.Cohort, r.PID}] = i
	if len(r.Versions) > 0 {
		t.soonest = min(t.soonest, r.Versions[0].NotAfter)
	}
}

func (t *table) len() int { return len(t.rows) }

func (t *table) get(h identity.Handle) *seal.Row {
	if i, ok := t.byHandle[h]; ok {
		return &t.rows[i]
	}
	return nil
}

func (t *table) of(c identity.CohortID, p identity.PID) *seal.Row {
	if i, ok := t.byPatient[patient{c, p}]; ok {
		return &t.rows[i]
	}
	return nil
}

// set puts a row in the place of the one with its handle, or adds it.
func (t *table) set(r seal.Row) {
	i, ok := t.byHandle[r.Handle]
	if !ok {
		i = len(t.rows)
		t.rows = append(t.rows, r)
	} else {
		t.rows[i] = r
	}
	t.index(i)
}

// drop takes rows out and wipes their keys. The last row fills the gap.
func (t *table) drop(handles []identity.Handle) {
	for _, h := range handles {
		i, ok := t.byHandle[h]
		if !ok {
			continue
		}
		r := &t.rows[i]
		r.Key.Wipe()
		delete(t.byHandle, h)
		if t.byPatient[patient{r.Cohort, r.PID}] == i {
			delete(t.byPatient, patient{r.Cohort, r.PID})
		}
		last := len(t.rows) - 1
		if i != last {
			t.rows[i] = t.rows[last]
			t.byHandle[t.rows[i].Handle] = i
			t.byPatient[patient{t.rows[i].Cohort, t.rows[i].PID}] = i
		}
		t.rows[last] = seal.Row{}
		t.rows = t.rows[:last]
	}
}

// ended gives the rows whose newest version is past its end.
func (t *table) ended(now time.Time, c identity.CohortID) []identity.Handle {
	ms := now.UnixMilli()
	if ms < t.soonest {
		return nil
	}
	var out []identity.Handle
	soonest := int64(1<<63 - 1)
	for i := range t.rows {
		r := &t.rows[i]
		if len(r.Versions) == 0 {
			continue
		}
		if r.Cohort == c && r.Versions[0].NotAfter < ms {
			out = append(out, r.Handle)
			continue
		}
		soonest = min(soonest, r.Versions[0].NotAfter)
	}
	t.soonest = soonest
	return out
}

// versionOf finds a held version; 0 means the newest.
func versionOf(r *seal.Row, ver uint64) *seal.Version {
	for i := range r.Versions {
		if ver == 0 || r.Versions[i].Ver == ver {
			return &r.Versions[i]
		}
	}
	return nil
}

// withVersion gives the row as it is once a version has come: the newest three
// of its epoch that are within their time. gone are versions that it no longer
// holds. The row given is not changed.
func withVersion(r seal.Row, h fact.RecordHeader, v seal.Version, now time.Time) (next seal.Row, gone []uint64) {
	next = r
	next.Versions = make([]seal.Version, 0, maxVersions)
	if h.Epoch != r.Epoch {
		for _, old := range r.Versions {
			gone = append(gone, old.Ver)
		}
		next.Epoch, next.Versions = h.Epoch, append(next.Versions, v)
		return next, gone
	}
	placed := false
	for _, old := range r.Versions {
		if !placed && v.Ver >= old.Ver {
			next.Versions, placed = append(next.Versions, v), true
		}
		if old.Ver == v.Ver {
			continue
		}
		// A missing one that is no longer the newest is not sent again.
		if len(next.Versions) < maxVersions && old.NotAfter >= now.UnixMilli() && (old.State&flagMissing == 0 || old.Ver > v.Ver) {
			next.Versions = append(next.Versions, old)
		} else {
			gone = append(gone, old.Ver)
		}
	}
	if !placed {
		next.Versions = append(next.Versions, v)
	}
	return next, gone
}

// newTag gives rows of one person the tag they share: one that a row has
// already, or a fresh one.
func newTag(rows []*seal.Row) identity.PersonTag {
	for _, r := range rows {
		if r.Tag != (identity.PersonTag{}) {
			return r.Tag
		}
	}
	return identity.Random[identity.PersonTag]()
}
