package store

import (
	"context"
	"errors"
	"sync"
	"testing"

	"satchel/store/fact"
	"satchel/store/identity"
)

// Everything at once: records come, are killed, read and searched for, while
// people lock and unlock and time passes. The race detector watches; what is
// withdrawn never opens afterwards.
func TestEverythingAtOnce(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	const n = 24
	var in []Incoming
	var pids []identity.PID
	for i := range n {
		pids = append(pids, identity.Random[identity.PID]())
		in = append(in, w.release(c, pids[i], document("Person", number(i+1))))
	}
	var runs []fact.Run
	for i := range n / 2 {
		w.kill(c, pids[i], fact.Withdrawn)
		runs = append(runs, w.governance(c))
	}
	defer v.Events(func(e Event) { // tells may call the vault
		_ = v.Count()
		_ = v.Waiting()
	})()
	slot := v.People()[0].Slot
	ctx, stop := context.WithCancel(t.Context())
	var work, watch sync.WaitGroup
	work.Go(func() {
		for i := range in {
			if _, err := v.PutRecords(t.Context(), c.id, in[i:i+1], 1, uint64(i+1)); err != nil {
				t.Errorf("putting: %v", err)
			}
		}
	})
	work.Go(func() {
		for _, run := range runs {
			if err := v.TakeGovernance(t.Context(), c.id, run); err != nil {
				t.Errorf("taking governance: %v", err)
			}
		}
	})
	for range 2 {
		watch.Go(func() {
			for ctx.Err() == nil {
				lookAround(t, v, slot)
			}
		})
	}
	watch.Go(func() {
		for ctx.Err() == nil {
			if err := v.Tick(t.Context()); err != nil {
				t.Errorf("keeping time: %v", err)
			}
			v.TakeHubTime(w.wall.UnixMilli())
			_ = v.Notices()
		}
	})
	work.Wait()
	stop()
	watch.Wait()
	if v.Count() != n/2 {
		t.Fatalf("%d rows, %d are due", v.Count(), n/2)
	}
	if !v.Locked() {
		v.lockSession()
	}
	s := w.unlock(v)
	got, err := s.Find(t.Context(), "person", 50)
	w.must(err)
	if len(got.Rows) != n/2 {
		t.Fatalf("%d are found, %d are due", len(got.Rows), n/2)
	}
	for _, r := range got.Rows {
		if _, err := s.Read(t.Context(), request(r.Handle)); err != nil {
			t.Fatal(err)
		}
	}
	w.must(v.items.VerifyAll())
}

// lookAround unlocks, searches, reads and locks.
func lookAround(t *testing.T, v *Vault, slot identity.SlotID) {
	s, err := v.Unlock(t.Context(), slot, []byte(passphrase))
	if errors.Is(err, ErrUnlocked) {
		return
	}
	if err != nil {
		t.Errorf("unlocking: %v", err)
		return
	}
	defer s.Lock()
	got, err := s.Find(t.Context(), "person", 5)
	if err != nil {
		t.Errorf("searching: %v", err)
		return
	}
	for _, r := range got.Rows {
		_, err := s.Read(t.Context(), request(r.Handle))
		if _, refused := errors.AsType[*RefusedError](err); err != nil && !refused && !errors.Is(err, ErrNotHeld) && !errors.Is(err, ErrMissing) {
			t.Errorf("reading: %v", err)
		}
	}
	if _, err := s.Today(t.Context(), 10); err != nil {
		t.Errorf("listing: %v", err)
	}
}
