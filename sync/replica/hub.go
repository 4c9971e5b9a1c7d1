package replica

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/sync/ledger"
	"satchel/sync/wire"
)

// Hub is the hub's side of a session with one device. The link has proved
// that the peer holds Device's key.
type Hub struct {
	Ledger ledger.Ledger
	Device identity.DeviceID
	// Incarnation is the hub's, as its certificate says.
	Incarnation uint64
	// Rewrap gives a wrap's bytes under the cohort's newest key epoch.
	Rewrap func(wrap []byte) ([]byte, error)
	Now    func() time.Time
	Log    *slog.Logger
	// Seen hears, after each round, how far the device is. It may be nil.
	Seen func(Seen)
}

// Seen is what a round told the hub about a device. No patient is named.
type Seen struct {
	Device   identity.DeviceID
	At       time.Time
	Sent     int    // records sent in this round
	Accepted int    // items newly logged in this round
	Received uint64 // the device's items logged so far, without a gap
	Revoked  bool
}

// Serve answers rounds until the device says goodbye or the context ends, and
// tells a waiting device when something it may want has grown.
func (h *Hub) Serve(ctx context.Context, conn Conn) error {
	s := newStream(ctx, conn)
	defer s.close()
	grown, stop := h.Ledger.Watch() // before the first round, so that nothing falls between
	defer stop()
	var last *visit
	for {
		hello, err := h.awaitHello(ctx, s, grown, last)
		if err != nil || hello == nil {
			return err
		}
		if last, err = h.answer(ctx, s, hello); err != nil {
			h.complain(s, err)
			return err
		}
	}
}

// complain tells the device why its session ends, where there is a code for
// it. The connection may be gone: that is no second error.
func (h *Hub) complain(s *stream, err error) {
	if e, ok := wire.ErrorFor(err); ok && s.send(e) == nil {
		_ = s.conn.Flush()
	}
}

// awaitHello waits for the next round. It returns nil, nil on a goodbye.
func (h *Hub) awaitHello(ctx context.Context, s *stream, grown <-chan struct{}, last *visit) (*wire.Hello, error) {
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-grown:
			if err := h.notify(ctx, s, last); err != nil {
				return nil, err
			}
		case r, ok := <-s.in:
			if !ok {
				return nil, over(ctx)
			}
			msg, err := judge(r)
			if err != nil {
				return nil, err
			}
			switch m := msg.(type) {
			case *wire.Hello:
				return m, nil
			case *wire.Bye:
				return nil, nil
			default:
				return nil, unexpected(msg)
			}
		}
	}
}

// notify wakes the device if what its last round brought is no longer all.
// What other devices send to the log is no news to this one.
func (h *Hub) notify(ctx context.Context, s *stream, last *visit) error {
	if last == nil {
		return nil
	}
	grew, err := last.outdated(ctx)
	if err != nil || !grew {
		return err
	}
	if err := s.send(&wire.Notify{}); err != nil {
		return err
	}
	if err := s.conn.Flush(); err != nil {
		return fmt.Errorf("sending: %w", err)
	}
	return nil
}

// visit is one round as the hub sees it.
type visit struct {
	*Hub
	s       *stream
	hello   *wire.Hello
	cohorts []identity.CohortID
	acked   map[identity.CohortID]fact.Point
	members fact.Point
	revs    map[identity.CohortID]uint64
	epochs  map[identity.CohortID]uint64
	seen    Seen
}

// outdated tells whether membership, governance or records have grown since
// this round.
func (v *visit) outdated(ctx context.Context) (bool, error) {
	members, err := v.Ledger.Members(ctx)
	if err != nil || members.Point != v.members {
		return err == nil, err
	}
	for _, c := range v.cohorts {
		now, err := v.Ledger.Cohort(ctx, c)
		if err != nil || now.Governance != v.acked[c] || now.Rev > v.revs[c] || now.KeyEpoch > v.epochs[c] {
			return err == nil, err
		}
	}
	return false, nil
}

func (h *Hub) answer(ctx context.Context, s *stream, hello *wire.Hello) (*visit, error) {
	if hello.Device != h.Device {
		return nil, fmt.Errorf("%w: hello names another device than the connection", wire.ErrProtocol)
	}
	v := &visit{
		Hub: h, s: s, hello: hello, acked: map[identity.CohortID]fact.Point{},
		revs: map[identity.CohortID]uint64{}, epochs: map[identity.CohortID]uint64{}, seen: Seen{Device: h.Device, At: h.Now()},
	}
	if err := v.admit(ctx); err != nil {
		return nil, err
	}
	steps := []func(context.Context) error{v.barrier, v.keys, v.outbox, v.records}
	if v.seen.Revoked {
		steps = steps[:3]
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	if err := s.conn.Flush(); err != nil {
		return nil, fmt.Errorf("sending: %w", err)
	}
	if h.Seen != nil {
		h.Seen(v.seen)
	}
	return v, nil
}

// admit settles what this device may have: a member its cohorts, a revoked
// one the governance of those it held, a stranger nothing.
func (v *visit) admit(ctx context.Context) error {
	members, err := v.Ledger.Members(ctx)
	if err != nil {
		return err
	}
	member, known := members.Ever(v.Device)
	if !known {
		return wire.ErrNotMember
	}
	v.cohorts = member.Holds
	v.seen.Revoked = v.ended(member)
	if err := v.s.send(&wire.Hello{Version: wire.Version, Nonce: v.hello.Nonce}); err != nil {
		return err
	}
	v.members, err = v.sendChain(ctx, identity.CohortID{}, v.hello.Membership.Point)
	return err
}

// sendChain sends a chain's entries above where the device stands: the
// membership's where cohort is zero. A device that stands at the chain's end is
// sent nothing: it would write and sync a head that says no more than it holds.
// It gives the point the device then stands at.
func (v *visit) sendChain(ctx context.Context, cohort identity.CohortID, at fact.Point) (fact.Point, error) {
	n := at.N
	run, err := v.Ledger.Run(ctx, cohort, n)
	if err != nil {
		return fact.Point{}, err
	}
	if n > 0 && at == run.Head.Value.Point {
		return at, nil
	}
	if head := run.Head.Value.Point; n > head.N {
		// The device has seen entries this hub never wrote: the hub was
		// restored from an old backup, or is not the one it says.
		return fact.Point{}, fmt.Errorf("%w: the device is %d entries ahead", wire.ErrHubRestored, n-head.N)
	}
	for {
		if err := v.sendRun(run); err != nil {
			return fact.Point{}, err
		}
		head := run.Head.Value.Point
		// A long chain comes in several runs; only an empty one is the end.
		if run, err = v.Ledger.Run(ctx, cohort, head.N); err != nil {
			return fact.Point{}, err
		}
		if len(run.Entries) == 0 {
			return head, nil
		}
	}
}

func (v *visit) sendRun(run fact.Run) error {
	raw, err := run.Raw()
	if err != nil {
		return err
	}
	return v.s.send(&wire.ChainRun{Raw: raw})
}

func (v *visit) barrier(ctx context.Context) error {
	at := map[identity.CohortID]fact.Point{}
	for _, g := range v.hello.Governance {
		at[g.Cohort] = g.Point
	}
	for _, c := range v.cohorts {
		point, err := v.sendChain(ctx, c, at[c])
		if err != nil {
			return err
		}
		v.acked[c] = point
	}
	if err := v.s.send(&wire.Done{Phase: wire.PhaseBarrier, Revoked: v.seen.Revoked}); err != nil {
		return err
	}
	if err := v.restrictions(ctx); err != nil {
		return err
	}
	if err := v.acknowledged(ctx); err != nil {
		return err
	}
	ack := &wire.BarrierAck{Membership: v.members}
	for _, c := range v.cohorts {
		ack.Governance = append(ack.Governance, wire.CohortPoint{Cohort: c, Point: v.acked[c]})
	}
	return v.s.send(ack)
}

// restrictions logs what a person said at a bedside before anything else is
// sent (R28).
func (v *visit) restrictions(ctx context.Context) error {
	for {
		msg, err := v.s.next(ctx)
		if err != nil {
			return err
		}
		switch m := msg.(type) {
		case *wire.Item:
			if err := v.accept(ctx, []*wire.Item{m}); err != nil {
				return err
			}
		case *wire.Done:
			if m.Phase != wire.PhaseBarrier {
				return unexpected(m)
			}
			return nil
		default:
			return unexpected(msg)
		}
	}
}

// acknowledged waits for the device to say that it has applied and fsynced
// exactly what it was sent. A revoked device may not hold a chain any more.
func (v *visit) acknowledged(ctx context.Context) error {
	ack, err := want[*wire.BarrierAck](ctx, v.s)
	if err != nil || v.seen.Revoked {
		return err
	}
	held := map[identity.CohortID]fact.Point{}
	for _, g := range ack.Governance {
		held[g.Cohort] = g.Point
	}
	for _, c := range v.cohorts {
		if held[c] != v.acked[c] {
			return fmt.Errorf("%w: the device stands elsewhere after the barrier", wire.ErrBarrierIncomplete)
		}
	}
	return nil
}

func (v *visit) keys(ctx context.Context) error {
	if !v.seen.Revoked {
		if err := v.s.send(&wire.Clock{Nonce: v.hello.Nonce, Time: v.Now().UnixMilli()}); err != nil {
			return err
		}
		if err := v.sendKeys(ctx); err != nil {
			return err
		}
	}
	have := &wire.Have{}
	receipt, ok, err := v.Ledger.Receipt(ctx, v.Device)
	if err != nil {
		return err
	}
	if ok {
		have.Origins = []wire.Origin{{Device: v.Device, Chain: receipt.Chain, UpTo: receipt.UpTo}}
		v.seen.Received = receipt.UpTo
		if err := v.s.send(&wire.Receipt{Raw: receipt.Raw}); err != nil {
			return err
		}
	}
	if err := v.sendCheckpoint(ctx); err != nil {
		return err
	}
	return v.s.send(&wire.Done{Phase: wire.PhaseKeys}, have)
}

func (v *visit) sendKeys(ctx context.Context) error {
	epochs := map[identity.CohortID]uint64{}
	for _, k := range v.hello.KeyEpochs {
		epochs[k.Cohort] = k.Epoch
	}
	for _, c := range v.cohorts {
		if err := v.inForce(ctx, c); err != nil {
			return err
		}
		f, err := v.Ledger.Freshness(ctx, c)
		if err != nil {
			return err
		}
		if err := v.s.send(&wire.Fresh{Raw: f.Raw()}); err != nil {
			return err
		}
		k, err := v.Ledger.Keys(ctx, c)
		if err != nil {
			return err
		}
		v.epochs[c] = k.Value.Epoch
		if k.Value.Epoch > epochs[c] {
			if err := v.s.send(&wire.Keys{Raw: k.Raw()}); err != nil {
				return err
			}
		}
	}
	return nil
}

// sendCheckpoint shows the device the log, and that it extends the last one
// the device saw.
func (v *visit) sendCheckpoint(ctx context.Context) error {
	c, err := v.Ledger.Checkpoint(ctx)
	if err != nil {
		return err
	}
	old := v.hello.Checkpoint.Size
	if c.Size == old {
		return nil
	}
	if c.Size < old {
		return fmt.Errorf("%w: the device has seen a longer log", wire.ErrHubRestored)
	}
	proof, err := v.Ledger.Consistency(ctx, old, c.Size)
	if err != nil {
		return err
	}
	return v.s.send(&wire.Checkpoint{Note: c.Note, Proof: proof})
}
