package ledger

import (
	"context"
	"fmt"
)

// proposal is one writer's wish. prepare runs with writing held: it reads the
// state, which is durable, and says which ops to add, or why not. Proposals in
// one group do not see each other, so no two of a group share a scope.
type proposal struct {
	scopes  []any // comparable: what prepare reads and its ops change
	prepare func(now int64) (ops [][]byte, err error)

	done bool  // under writing
	err  error // under writing
}

// What a proposal can touch, besides identity.CohortID and identity.DeviceID.
type (
	membershipScope struct{}
	noteScope       struct{ kind, key string }
)

// submit takes a proposal through the journal. Whoever finds the writer free
// writes for all that are waiting; the others find their work done.
func (l *Local) submit(ctx context.Context, p *proposal) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.queueMu.Lock()
	l.queue = append(l.queue, p)
	l.queueMu.Unlock()

	l.writing.Lock()
	defer l.writing.Unlock()
	for !p.done {
		l.writeGroup(l.take())
	}
	return p.err
}

// take removes the next proposals that can share a group from the queue.
func (l *Local) take() []*proposal {
	l.queueMu.Lock()
	defer l.queueMu.Unlock()
	claimed := map[any]struct{}{}
	var group, rest []*proposal
	for _, p := range l.queue {
		free := len(group) < maxProposals
		for _, s := range p.scopes {
			if _, taken := claimed[s]; taken {
				free = false
			}
		}
		// What is left behind keeps its scopes too: nobody overtakes it.
		for _, s := range p.scopes {
			claimed[s] = struct{}{}
		}
		if free {
			group = append(group, p)
		} else {
			rest = append(rest, p)
		}
	}
	l.queue = rest
	return group
}

// writeGroup makes proposals durable and applies them. Callers hold writing.
func (l *Local) writeGroup(group []*proposal) {
	now := l.now()
	var ops [][]byte
	var size int
	var held []*proposal // for the next group: this one is full
	written := group[:0:0]
	for _, p := range group {
		if size > groupBytes || len(ops) > maxOps/2 {
			held = append(held, p)
			continue
		}
		mine, err := l.prepare(p, now)
		if err != nil || len(mine) == 0 {
			p.err, p.done = err, true
			continue
		}
		written = append(written, p)
		ops = append(ops, mine...)
		for _, op := range mine {
			size += len(op)
		}
	}
	l.giveBack(held)
	if len(ops) == 0 {
		return
	}
	err := l.append(now, ops)
	for _, p := range written {
		p.err, p.done = err, true
	}
	if err == nil {
		l.grew()
	}
}

func (l *Local) prepare(p *proposal, now int64) ([][]byte, error) {
	l.mu.RLock()
	err := l.usableLocked()
	l.mu.RUnlock()
	if err != nil {
		return nil, err
	}
	return p.prepare(now)
}

func (l *Local) giveBack(held []*proposal) {
	if len(held) == 0 {
		return
	}
	l.queueMu.Lock()
	defer l.queueMu.Unlock()
	l.queue = append(held, l.queue...)
}

// append writes one group, waits for the disk, brings the cache's view of the
// log up to it, and applies it: whoever sees an entry finds its view.
func (l *Local) append(now int64, ops [][]byte) error {
	g, err := l.growthOf(ops)
	if err != nil {
		return err
	}
	if len(g.items) > 0 {
		tree := treeOp{Size: g.tree.size, Root: g.tree.root(), Hashes: g.stored}
		ops = append(ops, tree.encode())
	}
	raw, err := l.end.encode(now, ops)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	if _, err := l.journal.AppendAll(splitGroup(raw)); err != nil {
		return l.fail(err)
	}
	l.end = l.end.next(raw)
	l.views, _ = g.views(nil)
	l.views = append(l.views, put{[]byte{keyEnd}, endNote(l.journal.Next())})
	l.writeViews()
	l.mu.Lock()
	for _, op := range ops {
		if err = l.state.apply(op); err != nil {
			break
		}
	}
	l.mu.Unlock()
	if err != nil {
		return l.fail(err) // what prepared an op and apply do not agree
	}
	l.writeViews()
	return nil
}

// growthOf says what the log becomes with the items among ops.
func (l *Local) growthOf(ops [][]byte) (growth, error) {
	var items []itemOp
	for _, op := range ops {
		if opKind(op[0]) == opItem {
			item, err := decodeItemOp(op[1:])
			if err != nil {
				return growth{}, err
			}
			items = append(items, item)
		}
	}
	return l.state.grow(items), nil
}

// writeViews brings the cache after the journal. What fails here is missing in
// the cache, and is found at the next start.
func (l *Local) writeViews() {
	views := l.views
	l.views = nil
	if len(views) == 0 || !l.room(cacheWorstGrowth/4) {
		return
	}
	if err := l.cache.write(views); err != nil {
		l.cfg.Log.Error("the cache was not brought up to date; it will be at the next start", "error", err)
	}
}

// room tells whether the volume has that many bytes to spare. Badger dies on a
// full disk, so it is kept from ever meeting one: releases stop first, then
// items, then views; decisions go on as long as the journal takes them.
func (l *Local) room(bytes uint64) bool {
	free, err := l.cfg.free(l.cfg.Dir)
	return err == nil && free >= bytes
}

// now gives the hub's time, never behind what was written before. Callers hold
// writing.
func (l *Local) now() int64 {
	l.clock = max(l.clock, l.cfg.Now().UnixMilli(), l.state.lastTime)
	return l.clock
}
