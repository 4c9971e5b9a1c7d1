package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"satchel/store"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/sync/device"
	"satchel/sync/link"
	"satchel/sync/replica"
	"satchel/sync/wire"
)

// session is a laptop's open session with its hub: the device role's own, but
// that what passes is counted and that the hub's word of news can be held back
// until what it is about has been committed.
type session struct {
	conn   *tap
	holder *timedHolder
	nudge  chan struct{}
	told   chan told
	cancel context.CancelFunc
	ended  chan error
}

// told is the device's progress, and when it was said.
type told struct {
	replica.Progress
	at time.Time
}

// patience is how long one round may take before the run is given up.
const patience = 10 * time.Minute

// openSession connects; the first round runs at once.
func openSession(ctx context.Context, l *laptop) (*session, error) {
	address, err := device.Address(l.cfg.Dir)
	if err != nil {
		return nil, err
	}
	hub := l.v.Certificate().Value.Sign
	conn, err := link.Dial(ctx, address, link.Config{Key: l.v.Keys().Sign, Peer: link.Pin(hub)})
	if err != nil {
		return nil, fmt.Errorf("reaching the hub: %w", err)
	}
	running, cancel := context.WithCancel(ctx)
	s := &session{
		conn: &tap{Conn: conn}, holder: &timedHolder{Vault: l.v}, nudge: make(chan struct{}, 1),
		told: make(chan told, 1<<16), cancel: cancel, ended: make(chan error, 1),
	}
	d := &replica.Device{Holder: s.holder, Hub: hub, Progress: func(p replica.Progress) { s.told <- told{p, time.Now()} }}
	go func() { s.ended <- d.Run(running, s.conn, s.nudge, time.Hour) }() // close waits for it
	return s, nil
}

// await waits for progress of which so holds.
func (s *session) await(ctx context.Context, so func(replica.Progress) bool) (told, error) {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		select {
		case t := <-s.told:
			if so(t.Progress) {
				return t, nil
			}
		case err := <-s.ended:
			s.ended <- err
			return told{}, fmt.Errorf("the session ended: %w", err)
		case <-late.C:
			return told{}, errors.New("a round takes too long")
		case <-ctx.Done():
			return told{}, ctx.Err()
		}
	}
}

func done(p replica.Progress) bool { return p.Done }

func (s *session) close() error {
	s.cancel()
	if err := <-s.ended; err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// bytes is what has passed both ways, TLS included.
func (s *session) bytes() float64 {
	in, out := s.conn.Traffic()
	return float64(in) + float64(out)
}

// tap is a connection on which the hub's Notify can be held back.
type tap struct {
	*link.Conn
	mu   sync.Mutex
	gate chan struct{} // guarded by mu; nil: open
}

func (t *tap) hold() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.gate = make(chan struct{})
}

func (t *tap) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	close(t.gate)
	t.gate = nil
}

// Recv is the connection's, but for the gate.
func (t *tap) Recv(ctx context.Context) (wire.Message, error) {
	m, err := t.Conn.Recv(ctx)
	if _, ok := m.(*wire.Notify); !ok || err != nil {
		return m, err
	}
	t.mu.Lock()
	gate := t.gate
	t.mu.Unlock()
	if gate == nil {
		return m, nil
	}
	select {
	case <-gate:
		return m, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// timedHolder is a vault whose own part of a round is clocked. Its fields are
// the session's; whoever has heard of a round's end may read them.
type timedHolder struct {
	*store.Vault
	governing time.Duration // in TakeGovernance
	putting   time.Duration // in PutRecords
	durable   time.Time     // PutRecords returned last
}

func (h *timedHolder) TakeGovernance(ctx context.Context, c identity.CohortID, run fact.Run) error {
	start := time.Now()
	defer func() { h.governing += time.Since(start) }()
	return h.Vault.TakeGovernance(ctx, c, run)
}

func (h *timedHolder) PutRecords(ctx context.Context, c identity.CohortID, in []store.Incoming, incarnation, rev uint64) (int, error) {
	start := time.Now()
	defer func() {
		h.durable = time.Now()
		h.putting += h.durable.Sub(start)
	}()
	return h.Vault.PutRecords(ctx, c, in, incarnation, rev)
}
