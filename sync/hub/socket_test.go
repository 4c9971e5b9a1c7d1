package hub

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"satchel/sync/ledger"
)

// slow is a ledger whose commits wait to be let through.
type slow struct {
	ledger.Ledger
	entered, through chan struct{}
}

func (s slow) Commit(ctx context.Context, c ledger.Change) error {
	close(s.entered)
	<-s.through
	return s.Ledger.Commit(ctx, c)
}

// A hub that is told to end waits for the order under way: its role has not
// returned, and its ledger is not closed, before the order is carried out.
func TestAnOrderUnderWayIsWaitedFor(t *testing.T) { // R28
	b := newBench(t)
	commits := slow{b.hub.ledger, make(chan struct{}), make(chan struct{})}
	b.hub.ledger = commits
	ctx, end := context.WithCancel(t.Context())
	returned := make(chan error, 1)
	go func() { returned <- b.hub.answerOrders(ctx) }()
	var remote *Remote
	b.until("the hub takes orders", func() (ok bool) {
		r, err := Reach(t.Context(), b.hub.cfg.Data)
		remote = r
		return err == nil
	})
	gone := make(chan error, 1)
	go func() {
		_, err := remote.WithdrawPerson(context.Background(), WithdrawOrder{NHS: castMember(t, "gwilym").NHS, By: "test"})
		gone <- err
	}()
	<-commits.entered
	end()
	b.until("the hub takes no more orders", func() bool {
		_, err := Reach(t.Context(), b.hub.cfg.Data)
		return errors.Is(err, ErrNotRunning)
	})
	close(commits.through)
	if err := <-gone; err != nil {
		t.Fatalf("the order under way: %v", err)
	}
	if err := <-returned; err != nil {
		t.Fatalf("ending: %v", err)
	}
	if n := b.alive(); n != tapped-1 {
		t.Fatalf("%d records are in force, %d are due", n, tapped-1)
	}
}

// until asks again and again, for there is nothing to wait on.
func (b *bench) until(what string, so func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(time.Minute); !so(); runtime.Gosched() {
		if time.Now().After(deadline) {
			b.t.Fatalf("in vain: %s", what)
		}
	}
}
