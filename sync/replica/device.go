package replica

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"satchel/store"
	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/sync/wire"
)

// Holder is what a device session needs of the vault. Each Take method has
// made its fact durable when it returns; none needs anybody unlocked.
type Holder interface {
	Device() identity.DeviceID
	MembershipPoint() fact.Point
	TakeMembership(fact.Run) error
	Cohorts() []identity.CohortID
	GovernancePoint(identity.CohortID) fact.Point
	TakeGovernance(context.Context, identity.CohortID, fact.Run) error
	KeyEpoch(identity.CohortID) uint64
	TakeKeys(fact.Signed[fact.KeySet]) error
	TakeFreshness(fact.Signed[fact.Freshness]) error
	TakeHubTime(unixMilli int64)
	Cursor(identity.CohortID) (incarnation, rev uint64)
	PutRecords(ctx context.Context, c identity.CohortID, in []store.Incoming, incarnation, rev uint64) (kept int, err error)
	ItemHead() audit.Head
	Items(afterSeq uint64, limit int) ([]audit.Item, error)
	TakeReceipt(raw []byte) error
	LastCheckpoint() audit.Checkpoint
	TakeCheckpoint(note []byte, proof [][32]byte) error
}

// Device is the device's side of a session with its hub.
type Device struct {
	Holder Holder
	Hub    ed25519.PublicKey // pinned at enrolment
	Log    *slog.Logger
	// Progress hears how a round goes, from the session's own goroutine. It
	// may be nil and must return quickly.
	Progress func(Progress)
}

// Progress is where a round stands. Counts only: nothing about a person.
type Progress struct {
	Phase    wire.Phase
	Received int    // records so far in this round
	Expected uint64 // records the hub's freshness promises at most; 0 unknown
	Sent     int    // items so far
	Done     bool   // the round is complete and its facts are durable
}

// ErrRevoked says that the hub no longer counts this device as a member. It
// may only send what it still owes.
var ErrRevoked = wire.ErrRevoked

// Run keeps a session open: a round now, another whenever nudge or the hub
// says that something changed, and one every period at the latest. It returns
// when the context ends, with its error, or when the session fails.
func (d *Device) Run(ctx context.Context, conn Conn, nudge <-chan struct{}, period time.Duration) error {
	s := newStream(ctx, conn)
	defer s.close()
	for {
		if err := d.round(ctx, s); err != nil {
			return err
		}
		if err := wait(ctx, s, nudge, period); err != nil {
			return err
		}
	}
}

// Once runs a single round and ends the session in good order.
func (d *Device) Once(ctx context.Context, conn Conn) error {
	s := newStream(ctx, conn)
	defer s.close()
	if err := d.round(ctx, s); err != nil {
		return err
	}
	if err := s.send(&wire.Bye{}); err != nil {
		return err
	}
	return conn.Flush()
}

// wait returns nil when it is time for another round.
func wait(ctx context.Context, s *stream, nudge <-chan struct{}, period time.Duration) error {
	timer := time.NewTimer(period)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-nudge:
		return nil
	case <-timer.C:
		return nil
	case r, ok := <-s.in:
		if !ok {
			return over(ctx)
		}
		msg, err := judge(r)
		if err != nil {
			return err
		}
		if _, ok := msg.(*wire.Notify); !ok {
			return unexpected(msg)
		}
		return nil
	}
}

// round is one pass through the five phases.
type round struct {
	*Device
	s       *stream
	nonce   [16]byte
	fresh   map[identity.CohortID]fact.Freshness
	seen    Progress
	revoked bool
}

func (d *Device) round(ctx context.Context, s *stream) error {
	r := &round{Device: d, s: s, fresh: map[identity.CohortID]fact.Freshness{}}
	_, _ = rand.Read(r.nonce[:])
	for _, step := range []struct {
		phase wire.Phase
		run   func(context.Context) error
	}{
		{wire.PhaseHello, r.hello},
		{wire.PhaseBarrier, r.barrier},
		{wire.PhaseKeys, r.keys},
		{wire.PhaseOutbox, r.outbox},
		{wire.PhaseRecords, r.records},
	} {
		if r.revoked && step.phase == wire.PhaseRecords {
			return ErrRevoked
		}
		r.tell(step.phase)
		if err := step.run(ctx); err != nil {
			return fmt.Errorf("session phase %s: %w", step.phase, err)
		}
	}
	r.seen.Done = true
	r.tell(wire.PhaseRecords)
	return nil
}

func (r *round) tell(p wire.Phase) {
	r.seen.Phase = p
	if r.Progress != nil {
		r.Progress(r.seen)
	}
}

func (r *round) hello(ctx context.Context) error {
	h := &wire.Hello{
		Version: wire.Version, Device: r.Holder.Device(), Nonce: r.nonce, Chain: r.Holder.ItemHead().Chain,
		Membership: wire.At{Point: r.Holder.MembershipPoint()},
	}
	c := r.Holder.LastCheckpoint()
	h.Checkpoint = wire.LogAt{Size: c.Size, Root: c.Root}
	for _, cohort := range r.Holder.Cohorts() {
		inc, rev := r.Holder.Cursor(cohort)
		h.Governance = append(h.Governance, wire.CohortAt{Cohort: cohort, Point: r.Holder.GovernancePoint(cohort)})
		h.KeyEpochs = append(h.KeyEpochs, wire.KeyEpoch{Cohort: cohort, Epoch: r.Holder.KeyEpoch(cohort)})
		h.Cursors = append(h.Cursors, wire.Cursor{Cohort: cohort, Incarnation: inc, Rev: rev})
	}
	if err := r.s.send(h); err != nil {
		return err
	}
	_, err := want[*wire.Hello](ctx, r.s)
	return err
}

// barrier takes membership and governance until the hub says that is all,
// then tells it how far this device has applied and fsynced, and waits for
// the hub's own acknowledgement.
func (r *round) barrier(ctx context.Context) error {
	for {
		msg, err := r.s.next(ctx)
		if err != nil {
			return err
		}
		switch m := msg.(type) {
		case *wire.ChainRun:
			if err := r.takeRun(ctx, m.Raw); err != nil {
				return err
			}
		case *wire.Done:
			if m.Phase != wire.PhaseBarrier {
				return unexpected(m)
			}
			r.revoked = m.Revoked
			if err := r.s.send(&wire.Done{Phase: wire.PhaseBarrier}, r.acknowledgement()); err != nil {
				return err
			}
			theirs, err := want[*wire.BarrierAck](ctx, r.s)
			if err != nil {
				return err
			}
			return r.agreed(theirs)
		default:
			return unexpected(msg)
		}
	}
}

func (r *round) takeRun(ctx context.Context, raw []byte) error {
	run, err := fact.OpenRun(r.Hub, raw)
	if err != nil {
		return err
	}
	chain := run.Head.Value.Chain
	if chain.Membership() {
		return r.Holder.TakeMembership(run)
	}
	err = r.Holder.TakeGovernance(ctx, chain.Cohort, run)
	if errors.Is(err, store.ErrNotMember) {
		// The membership that came first took this cohort away: its rows are
		// gone, and its governance has nothing left to govern here.
		return nil
	}
	return err
}

func (r *round) acknowledgement() *wire.BarrierAck {
	ack := &wire.BarrierAck{Membership: r.Holder.MembershipPoint()}
	for _, c := range r.Holder.Cohorts() {
		ack.Governance = append(ack.Governance, wire.CohortPoint{Cohort: c, Point: r.Holder.GovernancePoint(c)})
	}
	return ack
}

// agreed checks that the hub's acknowledgement names the points this device
// stands at: what follows is only as good as that.
func (r *round) agreed(theirs *wire.BarrierAck) error {
	if r.revoked {
		return nil // nothing that needs the barrier follows
	}
	for _, g := range theirs.Governance {
		if r.Holder.GovernancePoint(g.Cohort) != g.Point {
			return fmt.Errorf("%w: governance differs after the barrier", wire.ErrBarrierIncomplete)
		}
	}
	return nil
}

func (r *round) keys(ctx context.Context) error {
	for {
		msg, err := r.s.next(ctx)
		if err != nil {
			return err
		}
		switch m := msg.(type) {
		case *wire.Clock:
			if m.Nonce != r.nonce {
				return fmt.Errorf("%w: the clock answers another question", wire.ErrProtocol)
			}
			r.Holder.TakeHubTime(m.Time)
		case *wire.Fresh:
			err = r.takeFreshness(m.Raw)
		case *wire.Keys:
			err = r.takeKeys(m.Raw)
		case *wire.Receipt:
			err = r.Holder.TakeReceipt(m.Raw)
		case *wire.Checkpoint:
			err = r.Holder.TakeCheckpoint(m.Note, m.Proof)
		case *wire.Done:
			if m.Phase != wire.PhaseKeys {
				return unexpected(m)
			}
			return nil
		default:
			return unexpected(msg)
		}
		if err != nil {
			return err
		}
	}
}

func (r *round) takeFreshness(raw []byte) error {
	f, err := fact.Open[fact.Freshness](r.Hub, raw)
	if err != nil {
		return err
	}
	r.fresh[f.Value.Cohort] = f.Value
	if inc, rev := r.Holder.Cursor(f.Value.Cohort); inc == f.Value.Incarnation && f.Value.Rev > rev {
		r.seen.Expected += f.Value.Rev - rev
	} else if inc != f.Value.Incarnation {
		r.seen.Expected += f.Value.Rev
	}
	return r.Holder.TakeFreshness(f)
}

func (r *round) takeKeys(raw []byte) error {
	k, err := fact.Open[fact.KeySet](r.Hub, raw)
	if err != nil {
		return err
	}
	return r.Holder.TakeKeys(k)
}

// outboxBatch bounds what is in flight before the hub's receipt frees it.
const outboxBatch = 256

// outboxBytes ends a batch early where items are large: what the ledger takes
// in one piece, and what one session may make the hub hold.
const outboxBytes = 4 << 20

// outbox pushes what the hub has not yet logged. The hub answers with its
// receipt, which TakeReceipt verifies before anything is freed.
func (r *round) outbox(ctx context.Context) error {
	have, err := want[*wire.Have](ctx, r.s)
	if err != nil {
		return err
	}
	after := have.UpTo(r.Holder.Device(), r.Holder.ItemHead().Chain)
	for {
		items, err := r.Holder.Items(after, outboxBatch)
		if err != nil {
			return err
		}
		for _, it := range items {
			raw, err := it.Encode()
			if err != nil {
				return err
			}
			if err := r.s.send(&wire.Item{Raw: raw}); err != nil {
				return err
			}
			after = it.Seq
		}
		r.seen.Sent += len(items)
		if len(items) < outboxBatch {
			break
		}
	}
	if err := r.s.send(&wire.Done{Phase: wire.PhaseOutbox}); err != nil {
		return err
	}
	return r.receipts(ctx)
}

func (r *round) receipts(ctx context.Context) error {
	for {
		msg, err := r.s.next(ctx)
		if err != nil {
			return err
		}
		switch m := msg.(type) {
		case *wire.Receipt:
			if err := r.Holder.TakeReceipt(m.Raw); err != nil {
				return err
			}
		case *wire.Done:
			if m.Phase != wire.PhaseOutbox {
				return unexpected(m)
			}
			return nil
		default:
			return unexpected(msg)
		}
	}
}

// IsEnd tells whether a session ended because it was told to, not because
// something is wrong.
func IsEnd(err error) bool {
	return err == nil || errors.Is(err, context.Canceled)
}
