package ledger

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"satchel/store/audit"
	"satchel/store/identity"
)

type chainID struct {
	device identity.DeviceID
	chain  uint64
}

// Accept implements Ledger.
func (l *Local) Accept(ctx context.Context, items [][]byte) (Acceptance, error) {
	if len(items) == 0 {
		return Acceptance{}, nil
	}
	size := 0
	for _, raw := range items {
		size += len(raw)
	}
	if len(items) > MaxAccept || size > maxProposal {
		return Acceptance{}, fmt.Errorf("accepting %d items of %d bytes: %w", len(items), size, ErrTooLarge)
	}
	members, err := l.Members(ctx)
	if err != nil {
		return Acceptance{}, err
	}
	in := l.receive(members, items)
	var a *admission
	p := &proposal{scopes: deviceScopes(in), prepare: func(now int64) (ops [][]byte, err error) {
		a = &admission{ledger: l, now: now, members: members, chains: map[chainID]*progress{}}
		return a.take(in)
	}}
	if err := l.submit(ctx, p); err != nil {
		return Acceptance{}, fmt.Errorf("accepting: %w", err)
	}
	if a.result.Receipts, err = l.receipts(a.named); err != nil {
		return Acceptance{}, fmt.Errorf("accepting: %w", err)
	}
	return a.result, nil
}

// receive decodes items and verifies the signatures of those that are new.
func (l *Local) receive(members *Members, items [][]byte) []*arrived {
	in := make([]*arrived, len(items))
	eachAtOnce(len(items), func(i int) {
		in[i] = decodeItem(items[i])
		in[i].place = i
		if in[i].err == nil && !l.seen(in[i]) {
			in[i].verify(members)
		}
	})
	return in
}

// seen tells whether the log is beyond an item. If the log turns out to hold
// other bytes there, it is verified then.
func (l *Local) seen(a *arrived) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	d := l.state.devices[a.item.Device]
	if d == nil || d.chains[a.item.Chain] == nil {
		return false
	}
	return a.item.Seq <= d.chains[a.item.Chain].upTo
}

func deviceScopes(in []*arrived) []any {
	seen := map[identity.DeviceID]bool{}
	var scopes []any
	for _, a := range in {
		if a.err == nil && !seen[a.item.Device] {
			seen[a.item.Device] = true
			scopes = append(scopes, a.item.Device)
		}
	}
	return scopes
}

// admission decides about the items of one call. It runs with writing held and
// sees the durable state, and what it has decided itself.
type admission struct {
	ledger  *Local
	now     int64
	members *Members
	chains  map[chainID]*progress
	named   []chainID // chains to give receipts for
	result  Acceptance
	ops     [][]byte
	forks   []Fork // found by this call
}

// progress is one chain, as it will be once the ops are durable.
type progress struct {
	first   uint64 // number of the first item; 0: there is none
	upTo    uint64
	head    [32]byte
	fresh   map[uint64]itemOp // entered by this call
	waiting map[uint64]itemOp // by number
	forks   int
}

func (a *admission) take(in []*arrived) ([][]byte, error) {
	sorted := slices.Clone(in)
	slices.SortStableFunc(sorted, func(x, y *arrived) int {
		return cmp.Or(bytes.Compare(x.item.Device[:], y.item.Device[:]),
			cmp.Compare(x.item.Chain, y.item.Chain), cmp.Compare(x.item.Seq, y.item.Seq))
	})
	for _, it := range sorted {
		if err := a.takeOne(it); err != nil {
			return nil, err
		}
	}
	if len(a.ops) > 0 && !a.ledger.room(cacheWorstGrowth/2) {
		return nil, ErrNoSpace
	}
	a.keepWaiting()
	slices.SortFunc(a.result.Refused, func(x, y Refusal) int { return cmp.Compare(x.Item, y.Item) })
	return a.ops, nil
}

func (a *admission) takeOne(it *arrived) error {
	if it.err != nil {
		a.refuse(it, it.err)
		return nil
	}
	id := chainID{it.item.Device, it.item.Chain}
	if d := a.ledger.state.devices[id.device]; d != nil && d.chains[id.chain] == nil && len(d.chains) >= MaxChains {
		a.refuse(it, ErrFull)
		return nil
	}
	c := a.chain(id)
	next := it.item.Seq == c.upTo+1
	if c.first == 0 {
		next = it.item.begins() // a chain may begin with any number
	}
	switch {
	case next:
		if it.verify(a.members); it.err != nil {
			a.refuse(it, it.err)
			return nil
		}
		return a.enter(it, c)
	case c.first != 0 && it.item.Seq <= c.upTo:
		return a.compare(it, c)
	}
	a.wait(it, c)
	return nil
}

func (a *admission) chain(id chainID) *progress {
	if c := a.chains[id]; c != nil {
		return c
	}
	c := &progress{fresh: map[uint64]itemOp{}, waiting: map[uint64]itemOp{}}
	if d := a.ledger.state.devices[id.device]; d != nil && d.chains[id.chain] != nil {
		have := d.chains[id.chain]
		c.first, c.upTo, c.head, c.forks = have.first, have.upTo, have.head, have.forks
		maps.Copy(c.waiting, have.waiting)
	}
	a.chains[id] = c
	a.named = append(a.named, id)
	return c
}

// enter takes the next item of a chain, if it continues it, and what had
// waited for it.
func (a *admission) enter(it *arrived, c *progress) error {
	for {
		if c.first != 0 && it.item.Prev != c.head {
			kept, err := a.logged(it.item, c.upTo, c)
			if err != nil {
				return err
			}
			a.fork(it, c, kept)
			return nil
		}
		it.item.Received = a.now
		a.ops = append(a.ops, it.item.encode())
		if c.first == 0 {
			c.first = it.item.Seq
		}
		c.upTo, c.head = it.item.Seq, it.item.Hash
		c.fresh[it.item.Seq] = it.item
		a.result.Entered++
		maps.DeleteFunc(c.waiting, func(seq uint64, _ itemOp) bool { return seq <= c.upTo })
		next, ok := c.waiting[c.upTo+1]
		if !ok {
			return nil
		}
		delete(c.waiting, next.Seq)
		it = &arrived{place: -1, item: next, verified: true}
	}
}

// wait keeps an item that came too early.
func (a *admission) wait(it *arrived, c *progress) {
	if it.verify(a.members); it.err != nil {
		a.refuse(it, it.err)
		return
	}
	held, known := c.waiting[it.item.Seq]
	switch {
	case known && held.Hash == it.item.Hash:
		a.result.Waiting++
	case known:
		a.fork(it, c, held.Raw)
	case len(c.waiting) >= MaxPending || a.ledger.state.waiting >= MaxPendingAll:
		a.refuse(it, ErrFull)
	default:
		c.waiting[it.item.Seq] = it.item
		a.result.Waiting++
	}
}

// compare holds an item against the one in the log.
func (a *admission) compare(it *arrived, c *progress) error {
	kept, err := a.logged(it.item, max(it.item.Seq, c.first), c)
	if err != nil {
		return err
	}
	if bytes.Equal(kept, it.item.Raw) {
		a.result.Known++
		return nil
	}
	if it.verify(a.members); it.err != nil {
		a.refuse(it, it.err)
		return nil
	}
	a.fork(it, c, kept)
	return nil
}

// logged gives the raw bytes of the item of that number, in the chain of
// another item, that is in the log or on its way there.
func (a *admission) logged(of itemOp, seq uint64, c *progress) ([]byte, error) {
	if item, ok := c.fresh[seq]; ok {
		return item.Raw, nil
	}
	e, err := a.ledger.itemAt(of.Device, of.Chain, seq)
	if errors.Is(err, errNotLogged) {
		if err := a.ledger.heal(); err != nil {
			return nil, err
		}
		e, err = a.ledger.itemAt(of.Device, of.Chain, seq)
	}
	return e.Raw, err
}

// fork keeps two histories as evidence and refuses the second.
func (a *admission) fork(it *arrived, c *progress, kept []byte) {
	proof := &audit.ForkError{
		Device: it.item.Device, Chain: it.item.Chain, Seq: it.item.Seq, First: kept, Second: it.item.Raw,
	}
	f := Fork{ForkError: proof, Found: a.now}
	if c.forks < MaxEvidence && !a.knows(f) {
		c.forks++
		a.forks = append(a.forks, f)
		a.ops = append(a.ops, f.encode())
		a.ledger.cfg.Log.Error("a device wrote two histories of its chain", "device", f.Device, "chain", f.Chain, "seq", f.Seq)
	}
	a.refuse(it, proof)
}

// knows tells whether the same evidence is kept already.
func (a *admission) knows(f Fork) bool {
	same := func(k Fork) bool {
		return k.Device == f.Device && k.Chain == f.Chain && bytes.Equal(k.Second, f.Second)
	}
	return slices.ContainsFunc(a.ledger.state.forks, same) || slices.ContainsFunc(a.forks, same)
}

func (a *admission) refuse(it *arrived, err error) {
	if it.place >= 0 {
		a.result.Refused = append(a.result.Refused, Refusal{it.place, err})
	}
}

// keepWaiting hands the waiting items back to the state. They are in memory
// alone: whoever sent them keeps them until there is a receipt.
func (a *admission) keepWaiting() {
	s := a.ledger.state
	a.ledger.mu.Lock()
	defer a.ledger.mu.Unlock()
	for id, c := range a.chains {
		if d := s.devices[id.device]; len(c.waiting) == 0 && (d == nil || d.chains[id.chain] == nil) {
			continue
		}
		have := s.chain(id.device, id.chain)
		s.waiting += len(c.waiting) - len(have.waiting)
		have.waiting = c.waiting
	}
}
