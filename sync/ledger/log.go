package ledger

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"satchel/store/identity"
)

// Entries implements Ledger.
func (l *Local) Entries(_ context.Context, from uint64, n int) (out []Entry, err error) {
	err = l.healing(func() error {
		out, err = l.entries(from, n)
		return err
	})
	return out, err
}

func (l *Local) entries(from uint64, n int) ([]Entry, error) {
	now, err := l.treeNow()
	if err != nil {
		return nil, err
	}
	defer l.reading.Done()
	if from > uint64(now.size) || n < 0 {
		return nil, fmt.Errorf("entries from %d of %d: %w", from, now.size, ErrRange)
	}
	n = min(n, MaxEntries, int(uint64(now.size)-from))
	out := make([]Entry, 0, n)
	for index := from; index < from+uint64(n); index++ {
		e, err := l.entry(now, index)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// entry reads one entry and holds it against its hash in the tree.
func (l *Local) entry(now tree, index uint64) (Entry, error) {
	value, ok, err := l.cache.get(entryKey(index))
	if err != nil {
		return Entry{}, err
	}
	if ok {
		leaf, err := now.hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(index))})
		if err != nil {
			return Entry{}, err
		}
		if item, err := decodeItemOp(value); err == nil && leafOf(item.Raw) == leaf[0] {
			return Entry{index, item.Device, item.Chain, item.Seq, item.Received, item.Raw}, nil
		}
	}
	return Entry{}, fmt.Errorf("entry %d of the log: %w", index, errNotLogged)
}

// itemAt finds an item of the log by its place in its chain. Callers hold
// writing.
func (l *Local) itemAt(d identity.DeviceID, chain, seq uint64) (Entry, error) {
	now, err := l.treeNow()
	if err != nil {
		return Entry{}, err
	}
	defer l.reading.Done()
	value, ok, err := l.cache.get(seqKey(d, chain, seq))
	if err != nil {
		return Entry{}, err
	}
	if ok && len(value) == 8 {
		e, err := l.entry(now, binary.BigEndian.Uint64(value))
		if err == nil && e.Device == d && e.Chain == chain && e.Seq == seq {
			return e, nil
		}
	}
	return Entry{}, fmt.Errorf("item %d of its chain: %w", seq, errNotLogged)
}

// Receipt implements Ledger.
func (l *Local) Receipt(_ context.Context, device identity.DeviceID) (Receipt, bool, error) {
	l.mu.RLock()
	err := l.usableLocked()
	d := l.state.devices[device]
	id := chainID{device: device}
	if d != nil {
		id.chain = d.newest
	}
	l.mu.RUnlock()
	if err != nil || d == nil {
		return Receipt{}, false, err
	}
	receipts, err := l.receipts([]chainID{id})
	if err != nil || len(receipts) == 0 {
		return Receipt{}, false, err
	}
	return receipts[0], true, nil
}

// receipts signs how far chains are held, all as of one moment. A chain of
// which nothing is held gets none.
func (l *Local) receipts(ids []chainID) ([]Receipt, error) {
	l.mu.RLock()
	err := l.usableLocked()
	size, root, now := l.state.tree.size, l.state.tree.root(), l.state.lastTime
	var held []standing
	for _, id := range ids {
		if d := l.state.devices[id.device]; d != nil && d.chains[id.chain] != nil && d.chains[id.chain].first != 0 {
			c := d.chains[id.chain]
			held = append(held, standing{id.device, id.chain, c.upTo, c.head})
		}
	}
	l.mu.RUnlock()
	if err != nil {
		return nil, err
	}
	now = max(now, l.cfg.Now().UnixMilli())
	out := make([]Receipt, 0, len(held))
	for _, s := range held {
		r, err := l.signReceipt(s, size, root, now)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// Have implements Ledger.
func (l *Local) Have(context.Context) ([]Held, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.usableLocked(); err != nil {
		return nil, err
	}
	var out []Held
	for id, d := range l.state.devices {
		for n, c := range d.chains {
			out = append(out, Held{id, n, c.upTo, len(c.waiting), c.received})
		}
	}
	slices.SortFunc(out, func(a, b Held) int {
		return cmp.Or(bytes.Compare(a.Device[:], b.Device[:]), cmp.Compare(a.Chain, b.Chain))
	})
	return out, nil
}

// Evidence implements Ledger.
func (l *Local) Evidence(context.Context) ([]Fork, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.Clone(l.state.forks), l.usableLocked()
}

// Checkpoint implements Ledger.
func (l *Local) Checkpoint(context.Context) (Checkpoint, error) {
	l.mu.RLock()
	err := l.usableLocked()
	size, root := l.state.tree.size, l.state.tree.root()
	l.mu.RUnlock()
	if err != nil {
		return Checkpoint{}, err
	}
	text, err := l.signCheckpoint(size, root)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("signing a checkpoint: %w", err)
	}
	return Checkpoint{size, root, text}, nil
}
