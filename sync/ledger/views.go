package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// errNotLogged: the cache has lost or changed a part of what it held of the
// log. The journal has it; see heal.
var errNotLogged = errors.New("the cached view of the log is damaged")

// growth is what some items make of the tree, and what the cache holds of it.
type growth struct {
	first  uint64 // index of the first item
	items  []itemOp
	tree   frontier
	stored []tlog.Hash
	full   []chunk
	tail   []byte // hashes of the chunk that is not full yet
}

// chunk is hashesPerChunk stored hashes of the tree.
type chunk struct {
	n      uint64
	hashes []byte
}

// grow works out the tree with items appended. It changes nothing.
func (s *state) grow(items []itemOp) growth {
	g := growth{first: s.tree.size, items: items, tree: s.tree.clone(), tail: append([]byte(nil), s.tail...)}
	for _, item := range items {
		g.stored = append(g.stored, g.tree.add(leafOf(item.Raw))...)
	}
	at := uint64(tlog.StoredHashCount(int64(g.first)))
	for _, h := range g.stored {
		g.tail = append(g.tail, h[:]...)
		if at++; at%hashesPerChunk == 0 {
			g.full = append(g.full, chunk{at/hashesPerChunk - 1, g.tail})
			g.tail = nil
		}
	}
	return g
}

// views gives what the cache is to hold of the growth, but for what it has, and
// how many items it had not. The finder of an item comes before the item: where
// the item is, the finder is.
func (g growth) views(have *atHand) (puts []put, missing int) {
	for i, item := range g.items {
		index := g.first + uint64(i)
		if have != nil && have.entries.has(index) {
			continue
		}
		missing++
		puts = append(puts,
			put{seqKey(item.Device, item.Chain, item.Seq), binary.BigEndian.AppendUint64(nil, index)},
			put{entryKey(index), item.append(make([]byte, 0, itemOpHead+len(item.Raw)))})
	}
	for _, c := range g.full {
		if have == nil || !have.chunks.has(c.n) {
			puts = append(puts, put{chunkKey(c.n), c.hashes})
		}
	}
	return puts, missing
}

// healing runs a reader of the views, and once more after healing them.
func (l *Local) healing(read func() error) error {
	err := read()
	if !errors.Is(err, errNotLogged) {
		return err
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	if err := l.heal(); err != nil {
		return err
	}
	return read()
}

// heal makes every view of the log again from the journal. Callers hold
// writing.
func (l *Local) heal() error {
	if err := l.enter(); err != nil {
		return err
	}
	defer l.reading.Done()
	l.cfg.Log.Error("the cached view of the log is damaged and is made again")
	scratch := newState(l.cfg.Area)
	var failed error
	scratch.entered = func(g growth) {
		puts, _ := g.views(nil)
		if err := l.cache.write(puts); err != nil && failed == nil {
			failed = err
		}
	}
	var groups joiner
	var end place
	for r, err := range l.journal.From(1) {
		if err != nil {
			return &DamagedError{What: "journal", Err: err}
		}
		g, raw, err := groups.next(end, r.Payload)
		if err != nil {
			return &DamagedError{What: "journal", Err: err}
		}
		if raw == nil {
			continue
		}
		end = end.next(raw)
		for _, op := range g.Ops {
			if kind := opKind(op[0]); kind == opItem || kind == opTree {
				if err := scratch.apply(op); err != nil {
					return &DamagedError{What: "journal", Err: err}
				}
			}
		}
	}
	if scratch.tree.root() != l.state.tree.root() {
		return &DamagedError{What: "journal", Err: fmt.Errorf("%w: the log has another root", errGroup)}
	}
	return failed
}
