package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"satchel/store/seal"
	"satchel/sync/hub"
	"satchel/sync/replica"
	"satchel/sync/wire"
)

var syncSection = section{"sync", "a laptop and its hub over loopback: first sync, changes, withdrawals", measureSync}

// few is how many people change, or withdraw, at a time.
const few = 100

func measureSync(ctx context.Context, b *bench) error {
	if err := b.measureSyncOf(ctx, b.people, true); err != nil {
		return err
	}
	for name, why := range map[string]string{
		"sync.changed.peer.bytes": "no session between two devices exists yet",
		"withdraw.station.p99":    "no session between two devices exists yet",
	} {
		if err := b.notRun(name, why); err != nil {
			return err
		}
	}
	if !b.large {
		return b.notRun("withdraw.many.time", "asked for by -large")
	}
	return b.measureSyncOf(ctx, b.many, false)
}

// measureSyncOf measures an area of n people: all of it, or its withdrawals
// alone.
func (b *bench) measureSyncOf(ctx context.Context, n int, all bool) (err error) {
	a, err := b.area(ctx, n)
	if err != nil {
		return err
	}
	m := &syncing{bench: b, area: a, few: min(few, a.held/8)}
	if m.few == 0 {
		return errors.New("too few people to measure a change with")
	}
	defer func() { err = errors.Join(err, m.end()) }()
	if !all {
		if err := m.first(ctx); err != nil {
			return err
		}
		return m.measureWithdrawn(ctx, "withdraw.many")
	}
	for _, step := range []func(context.Context) error{m.measureFirst, m.measureUnchanged, m.measureChanged} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return m.measureWithdrawn(ctx, "withdraw.people")
}

// syncing is one area while it is measured.
type syncing struct {
	*bench
	area    *area
	few     int
	laptop  *laptop
	session *session
	used    int // documents that were withdrawn already
}

func (m *syncing) end() error {
	var errs []error
	if m.session != nil {
		errs = append(errs, m.session.close())
	}
	if m.laptop != nil {
		errs = append(errs, m.laptop.close(), os.RemoveAll(m.laptop.cfg.Dir))
	}
	m.session, m.laptop = nil, nil
	return errors.Join(errs...)
}

// repeats is how often something is measured whose median is the figure.
func (m *syncing) repeats(n int) int {
	if m.people < 500 {
		return 1
	}
	return n
}

// enrol makes a new laptop in the place of the one before, and unlocks it.
func (m *syncing) enrol(ctx context.Context) (err error) {
	if err := m.end(); err != nil {
		return err
	}
	if m.laptop, err = m.area.enrol(ctx); err != nil {
		return err
	}
	_, err = m.laptop.unlock(ctx)
	return err
}

// first is the first round of a new laptop.
func (m *syncing) first(ctx context.Context) error {
	if err := m.enrol(ctx); err != nil {
		return err
	}
	return m.connect(ctx)
}

func (m *syncing) connect(ctx context.Context) (err error) {
	if m.session, err = openSession(ctx, m.laptop); err != nil {
		return err
	}
	if _, err := m.session.await(ctx, done); err != nil {
		return err
	}
	if got := m.laptop.v.Count(); got != m.area.held {
		return fmt.Errorf("the laptop holds %d of %d", got, m.area.held)
	}
	return nil
}

func (m *syncing) measureFirst(ctx context.Context) error {
	sealed, packed, err := m.payload()
	if err != nil {
		return err
	}
	var took, putting, working []time.Duration
	passed := 0.0
	for i := range m.repeats(3) {
		if err := m.enrol(ctx); err != nil {
			return err
		}
		stop, err := m.profiling(fmt.Sprintf("sync.first.%d", i))
		if err != nil {
			return err
		}
		start, before := time.Now(), processor()
		err = m.connect(ctx)
		took, working = append(took, time.Since(start)), append(working, processor()-before)
		if err := errors.Join(err, stop()); err != nil {
			return err
		}
		putting = append(putting, m.session.holder.putting)
		passed = m.session.bytes()
	}
	note := fmt.Sprintf("%d summaries, unlocked, connecting included; median", m.area.held)
	for _, f := range []func() error{
		func() error {
			return m.add("sync.first.time", in(percentile(took, 0.5), seconds), seconds, len(took), note)
		},
		func() error {
			return m.add("sync.first.processor", in(percentile(working, 0.5), seconds), seconds, len(working), "processor time of both sides: what it costs whatever else runs; 0 where the system does not tell")
		},
		func() error {
			return m.add("sync.first.put", in(percentile(putting, 0.5), seconds), seconds, len(putting), "of it in the vault's PutRecords, beside the reading")
		},
		func() error {
			return m.add("sync.first.bytes", passed/packed, times, 1, fmt.Sprintf("%.0f bytes both ways, TLS included, against %.0f of the documents under zstd alone", passed, packed))
		},
		func() error {
			return m.add("sync.first.bytes.sealed", passed/sealed, times, 1, fmt.Sprintf("against %.0f of the sealed documents: zstd, padded to 256, and the tag", sealed))
		},
	} {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

// payload is how many bytes the area's documents are when they are sealed, and
// when they are only compressed.
func (m *syncing) payload() (sealed, packed float64, err error) {
	pack, err := zstd.NewWriter(nil, zstd.WithEncoderCRC(false), zstd.WithWindowSize(1<<20), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return 0, 0, err
	}
	var room []byte
	for _, name := range m.area.names {
		raw, err := os.ReadFile(m.area.central(name))
		if err != nil {
			return 0, 0, err
		}
		key := seal.NewKey()
		box, err := seal.SealRecord(&key, raw)
		if err != nil {
			return 0, 0, err
		}
		room = pack.EncodeAll(raw, room[:0])
		sealed, packed = sealed+float64(len(box)), packed+float64(len(room))
	}
	return sealed, packed, pack.Close()
}

// profiling writes a processor profile, if one was asked for, until it is
// stopped.
func (m *syncing) profiling(name string) (stop func() error, err error) {
	if m.profile == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(filepath.Join(m.profile, name+".pprof"))
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error { pprof.StopCPUProfile(); return f.Close() }, nil
}

// measureUnchanged asks for rounds that bring nothing.
func (m *syncing) measureUnchanged(ctx context.Context) error {
	const rounds = 51
	before := m.session.bytes()
	took, err := clock(rounds, func(int) error {
		m.session.nudge <- struct{}{}
		got, err := m.session.await(ctx, done)
		if err == nil && got.Received != 0 {
			err = fmt.Errorf("%d records came where nothing had changed", got.Received)
		}
		return err
	})
	if err != nil {
		return err
	}
	passed := (m.session.bytes() - before) / rounds
	if err := m.add("sync.unchanged.time", in(percentile(took, 0.5), milliseconds), milliseconds, rounds, "median"); err != nil {
		return err
	}
	if err := m.add("sync.unchanged.time.p99", in(percentile(took, 0.99), milliseconds), milliseconds, rounds, ""); err != nil {
		return err
	}
	return m.add("sync.unchanged.bytes", passed, bytesUnit, rounds, "both ways, TLS included")
}

// measureChanged changes documents, waits until the hub has released them, and
// clocks from there: the device has the hub's word of news held back so long.
func (m *syncing) measureChanged(ctx context.Context) error {
	var took, whole []time.Duration
	passed := 0.0
	for i := range m.repeats(7) {
		m.session.conn.hold()
		if err := m.change(ctx, i); err != nil {
			return err
		}
		before, start := m.session.bytes(), time.Now()
		m.session.conn.release()
		got, err := m.session.await(ctx, done)
		if err != nil {
			return err
		}
		if got.Received != m.few {
			return fmt.Errorf("%d records came where %d had changed", got.Received, m.few)
		}
		took, whole = append(took, m.session.holder.durable.Sub(start)), append(whole, got.at.Sub(start))
		passed = m.session.bytes() - before
	}
	note := fmt.Sprintf("%d of %d, from the hub's word that they are released until they are durable; median", m.few, m.area.held)
	if err := m.add("sync.changed.hub.time", in(percentile(took, 0.5), milliseconds), milliseconds, len(took), note); err != nil {
		return err
	}
	if err := m.add("sync.changed.hub.round", in(percentile(whole, 0.5), milliseconds), milliseconds, len(whole), "until the round is complete"); err != nil {
		return err
	}
	return m.add("sync.changed.hub.bytes", passed, bytesUnit, 1, "both ways, TLS included")
}

// change gives the central record another version of some documents, all at
// once, and waits until the hub has released them.
func (m *syncing) change(ctx context.Context, turn int) error {
	s, err := m.area.hub.State(ctx)
	if err != nil {
		return err
	}
	due := s.Cohorts[0].Rev + uint64(m.few)
	names := m.area.names[len(m.area.names)-m.few:]
	for _, name := range names {
		raw, err := os.ReadFile(m.area.central(name))
		if err != nil {
			return err
		}
		raw = append(bytes.TrimRight(raw, " \n"), strings.Repeat(" ", turn+1)...)
		if err := os.WriteFile(m.area.central(name)+".next", raw, 0o600); err != nil {
			return err
		}
	}
	for _, name := range names {
		if err := os.Rename(m.area.central(name)+".next", m.area.central(name)); err != nil {
			return err
		}
	}
	return m.area.until(ctx, func(s hub.State) bool { return s.Cohorts[0].Rev >= due })
}

// measureWithdrawn withdraws people one order after another, as an operator
// does, and clocks the device from the moment at which it may hear of it: until
// the hub has its word that the keys are gone, and has answered it.
func (m *syncing) measureWithdrawn(ctx context.Context, name string) error {
	var took, whole, purging, orders []time.Duration
	turns := min(m.repeats(3), (m.area.held-m.few)/m.few)
	for range turns {
		m.session.conn.hold()
		ordered, err := clock(m.few, func(int) error { return m.withdraw(ctx) })
		if err != nil {
			return err
		}
		orders = append(orders, ordered...)
		held, before, start := m.laptop.v.Count(), m.session.holder.governing, time.Now()
		m.session.conn.release()
		confirmed, err := m.session.await(ctx, func(p replica.Progress) bool { return p.Phase == wire.PhaseKeys })
		if err != nil {
			return err
		}
		if left := m.laptop.v.Count(); left != held-m.few {
			return fmt.Errorf("%d of %d people are left after %d withdrew", left, held, m.few)
		}
		took = append(took, confirmed.at.Sub(start))
		end, err := m.session.await(ctx, done)
		if err != nil {
			return err
		}
		whole, purging = append(whole, end.at.Sub(start)), append(purging, m.session.holder.governing-before)
	}
	note := fmt.Sprintf("%d of %d, from the hub's word of it until the hub knows that the keys are gone; median", m.few, m.area.held)
	for _, f := range []struct {
		suffix string
		took   []time.Duration
		note   string
	}{
		{".time", took, note},
		{".purge", purging, "of it in the vault's TakeGovernance: keys destroyed, durable"},
		{".round", whole, "until the round is complete"},
		{".order", orders, "one withdrawal at the hub: entered and committed"},
	} {
		if err := m.add(name+f.suffix, in(percentile(f.took, 0.5), milliseconds), milliseconds, len(f.took), f.note); err != nil {
			return err
		}
	}
	return nil
}

func (m *syncing) withdraw(ctx context.Context) error {
	_, err := m.area.hub.WithdrawPerson(ctx, hub.WithdrawOrder{Document: m.area.names[m.used], By: "bench"})
	m.used++
	return err
}
