package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"satchel/store/audit"
	"satchel/store/files"
	"satchel/store/identity"
)

// start replays the journal, then holds the cache against it.
func (l *Local) start(fsys files.FS) error {
	have, err := l.viewsAtHand()
	if err != nil {
		return err
	}
	rebuilt := 0
	l.state.entered = func(g growth) {
		puts, missing := g.views(have)
		l.views = append(l.views, puts...)
		if rebuilt += missing; len(l.views) >= rebuildBatch {
			l.writeViews()
		}
	}
	if err := l.replay(fsys); err != nil {
		return err
	}
	l.state.entered = nil
	l.writeViews()
	if rebuilt > 0 {
		l.cfg.Log.Info("views of the log were made again", "entries", rebuilt)
	}
	if err := l.checkRecords(); err != nil {
		return err
	}
	l.state.dropped = func(r *record) { l.views = append(l.views, put{key: recordKey(r.Cohort, r.Rev)}) }
	return l.begin()
}

// replay applies every group of the journal.
func (l *Local) replay(fsys files.FS) error {
	least, err := l.leastFrames()
	if err != nil {
		return err
	}
	j, opened, err := audit.OpenJournal(fsys, journalFolder, audit.Options{SegmentBytes: l.cfg.segment, AtLeast: least})
	if err != nil {
		return &DamagedError{What: "journal", Err: err}
	}
	l.journal = j
	if opened.Torn > 0 {
		l.cfg.Log.Info("the last write was cut short and is forgotten: nobody was told of it", "bytes", opened.Torn)
	}
	var groups joiner
	for r, err := range j.From(1) {
		if err == nil {
			err = l.replayFrame(&groups, r.Payload)
		}
		if err != nil {
			return &DamagedError{What: "journal", Err: err}
		}
	}
	return nil
}

func (l *Local) replayFrame(groups *joiner, frame []byte) error {
	g, raw, err := groups.next(l.end, frame)
	if err != nil || raw == nil {
		return err
	}
	for _, op := range g.Ops {
		if err := l.state.apply(op); err != nil {
			return fmt.Errorf("group %d: %w", g.N, err)
		}
	}
	l.end = l.end.next(raw)
	l.clock = max(l.clock, g.Time)
	return nil
}

// leastFrames reads from the cache how long the journal was: a journal whose end
// was cut off between two frames cannot tell by itself. A note that is damaged
// says nothing.
func (l *Local) leastFrames() (uint64, error) {
	value, _, err := l.cache.get([]byte{keyEnd})
	if err != nil || len(value) != 16 || !bytes.Equal(value, endNote(binary.BigEndian.Uint64(value))) {
		return 0, err
	}
	return binary.BigEndian.Uint64(value), nil
}

func endNote(next uint64) []byte {
	b := binary.BigEndian.AppendUint64(nil, next)
	sum := sha256.Sum256(b)
	return append(b, sum[:8]...)
}

// begin notes who writes from here on, if it is not who wrote last.
func (l *Local) begin() error {
	was := l.state.begun
	mine := beginOp{
		Format: formatVersion, Area: l.cfg.Area, Incarnation: l.cfg.Incarnation,
		Sign: l.pub, Origin: l.cfg.Origin,
	}
	switch {
	case was.Format == 0:
	case was.Area != mine.Area || was.Incarnation > mine.Incarnation,
		was.Incarnation == mine.Incarnation && !bytes.Equal(was.Sign, mine.Sign):
		return ErrForeign
	case was.Incarnation == mine.Incarnation && was.Origin == mine.Origin:
		return nil
	}
	mine.Time = l.now()
	op, err := encodeCanonical(opBegin, mine)
	if err != nil {
		return err
	}
	return l.append(mine.Time, [][]byte{op})
}

// atHand is what the cache has of the log's views.
type atHand struct {
	entries bitset
	chunks  bitset
}

func (l *Local) viewsAtHand() (*atHand, error) {
	have := &atHand{}
	for prefix, set := range map[byte]*bitset{keyEntry: &have.entries, keyHashes: &have.chunks} {
		err := l.cache.keys([]byte{prefix}, func(key []byte) bool {
			if len(key) == 9 {
				set.add(binary.BigEndian.Uint64(key[1:]))
			}
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	return have, nil
}

// checkRecords marks records whose content the cache has not, and deletes
// contents that no record names: of a release that a crash cut, of a record
// killed or replaced just before it.
func (l *Local) checkRecords() error {
	for _, c := range l.state.cohorts {
		for _, r := range c.order {
			r.missing.Store(true)
		}
	}
	var c *cohort // whose keys are being walked, in order
	var left []*record
	err := l.cache.keys([]byte{keyRecord}, func(key []byte) bool {
		if len(key) != recordKeySize {
			l.views = append(l.views, put{key: bytes.Clone(key)})
			return true
		}
		if id := identity.CohortID(key[1:17]); c == nil || c.id != id {
			c, left = l.state.cohorts[id], nil
			if c == nil {
				c = newCohort(l.cfg.Area, id)
			}
			left = c.order
		}
		rev := binary.BigEndian.Uint64(key[17:])
		for len(left) > 0 && left[0].Rev < rev {
			left = left[1:]
		}
		if len(left) > 0 && left[0].Rev == rev && left[0].current() {
			left[0].missing.Store(left[0].Incarnation != l.cfg.Incarnation)
		} else {
			l.views = append(l.views, put{key: bytes.Clone(key)})
		}
		return true
	})
	if err != nil {
		return err
	}
	l.writeViews()
	if n := len(l.missing()); n > 0 {
		l.cfg.Log.Warn("records have to be released again: their content is lost or of an earlier incarnation", "records", n)
	}
	return nil
}

// bitset is a set of small numbers.
type bitset []uint64

func (b *bitset) add(n uint64) {
	if n >= maxViews {
		return // no number of ours: a damaged key
	}
	for uint64(len(*b)) <= n/64 {
		*b = append(*b, 0)
	}
	(*b)[n/64] |= 1 << (n % 64)
}

func (b bitset) has(n uint64) bool { return n/64 < uint64(len(b)) && b[n/64]&(1<<(n%64)) != 0 }
