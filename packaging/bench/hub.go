package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"satchel/store/identity"
	"satchel/store/seal"
)

var hubSection = section{"hub", "the hub at shift start: many devices, one session each", measureHub}

const (
	// Each session of the shift's start brings so many records and takes so
	// many entries: a quiet night's.
	nightRecords = 20
	nightEntries = 5

	// shiftLoad is how long the hub is kept busy at the most, and shiftAtOnce by
	// how many devices at one moment: an address may have 32 handshakes under way.
	shiftLoad   = 5 * time.Second
	shiftAtOnce = 24
)

func measureHub(ctx context.Context, b *bench) error {
	if b.devices < 1 {
		return errors.Join(b.notRun("hub.sessions", "no devices were asked for"), b.notRun("hub.simulated", "no devices were asked for"))
	}
	a, err := b.area(ctx, b.people)
	if err != nil {
		return err
	}
	all, err := a.simulate(ctx, b.devices)
	if err != nil {
		return err
	}
	night := uint64(min(nightRecords, a.held))
	before := processor()
	load := min(shiftLoad, time.Duration(len(all))*100*time.Millisecond)
	took, elapsed, err := shift(ctx, all, a.hub.Address(), night, load)
	if err != nil {
		return err
	}
	rate := float64(len(took)) / elapsed.Minutes()
	note := fmt.Sprintf("connect, %d records, %d entries, goodbye; hub and devices share this machine's cores; %d held", night, nightEntries, a.held)
	if err := b.add("hub.sessions", rate, perMinute, len(took), note); err != nil {
		return err
	}
	if err := b.add("hub.session.processor", in((processor()-before)/time.Duration(len(took)), milliseconds), milliseconds, len(took), "processor time of one session, both sides"); err != nil {
		return err
	}
	if err := b.addPercentiles("hub.session", took, milliseconds, fmt.Sprintf("one session, %d at once", shiftAtOnce)); err != nil {
		return err
	}
	return b.add("hub.simulated", float64(len(all)), devices, 1, "-devices; each is a member with a key of its own")
}

// simulate enrols devices and brings each up to date.
func (a *area) simulate(ctx context.Context, n int) ([]*simulated, error) {
	sender := seal.NewSender()
	all := make([]*simulated, n)
	for i := range all {
		code, err := a.code(ctx, identity.Box)
		if err != nil {
			return nil, err
		}
		if all[i], err = simulate(ctx, code, sender); err != nil {
			return nil, err
		}
	}
	s, err := a.hub.State(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		d.inc, d.rev = 1, s.Cohorts[0].Rev // what it would have from the day before
		if _, err := d.once(ctx, a.hub.Address()); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// shift lets devices sync, some at once, each as if it had slept a night, for as
// long as the load lasts and every one at least once.
func shift(ctx context.Context, all []*simulated, address string, night uint64, load time.Duration) (took []time.Duration, elapsed time.Duration, err error) {
	var (
		mu     sync.Mutex
		failed error
		work   sync.WaitGroup
		next   atomic.Int64
		free   = make(chan *simulated, len(all)) // nobody else has them
	)
	for _, d := range all {
		free <- d
	}
	start := time.Now()
	for range min(shiftAtOnce, len(all)) {
		work.Go(func() {
			for ctx.Err() == nil && (next.Add(1) <= int64(len(all)) || time.Since(start) < load) {
				d := <-free
				one, err := morning(ctx, d, address, night)
				free <- d
				mu.Lock()
				took, failed = append(took, one), errors.Join(failed, err)
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	work.Wait()
	return took, time.Since(start), errors.Join(failed, ctx.Err())
}

// morning is one device's session after a night.
func morning(ctx context.Context, d *simulated, address string, night uint64) (time.Duration, error) {
	d.rev -= min(night, d.rev)
	if err := d.work(nightEntries); err != nil {
		return 0, err
	}
	start := time.Now()
	records, err := d.once(ctx, address)
	took := time.Since(start)
	if err != nil {
		return took, err
	}
	if uint64(records) != night || len(d.items) != 0 {
		return took, fmt.Errorf("%d of %d records came, %d entries were not receipted", records, night, len(d.items))
	}
	return took, nil
}
