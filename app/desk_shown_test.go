package main

import (
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"satchel/app/screen"
	"satchel/store"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/sync/hub"
)

// A record that is open when its lease ends is closed, though nothing is heard.
func TestRecordClosesWhenItsLeaseEnds(t *testing.T) { // R33
	h := startHub(t, 20)
	var ahead atomic.Int64
	cfg := store.Config{
		Dir: t.TempDir(), Demo: true, Log: slog.New(slog.DiscardHandler), Argon2: seal.Params{MemoryKiB: 64, Time: 1, Threads: 1},
		Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) },
	}
	d := newDesk(t.Context(), options{demo: true, data: cfg.Dir}, cfg)
	ended := make(chan identity.Handle, 1)
	go func() { // ends with the desk
		for e := range d.Events() {
			if e, ok := e.(screen.LeaseEnded); ok {
				ended <- e.Handle
			}
		}
	}()
	t.Cleanup(func() {
		if err := d.close(); err != nil {
			t.Error(err)
		}
	})
	code, err := h.IssueCode(t.Context(), hub.CodeOrder{Kind: "laptop", Role: "district-nurse", By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Enrol(t.Context(), screen.Enrolment{Code: code.Code, Name: "Nia Nurse", Role: identity.DistrictNurse, Passphrase: []byte(passphrase)}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the people arrive", func() bool { return d.State().Held == 20 })
	signIn(t, d)
	row := findOne(t, d, "ethel barnaby")
	a, err := d.Approach(row.Handle)
	if err != nil {
		t.Fatal(err)
	}
	d.stop() // nothing is heard from the hub from here on
	d.running.Wait()
	if _, err := d.Open(t.Context(), row.Handle, *a.Direct); err != nil {
		t.Fatal(err)
	}
	d.recheck()
	select {
	case <-ended:
		t.Fatal("closed within the lease")
	default:
	}
	ahead.Store(int64(100 * time.Hour))
	d.recheck()
	if got := <-ended; got != row.Handle {
		t.Fatal("another record was closed")
	}
	d.recheck() // and not again
	if d.shown != nil {
		t.Fatal("still taken as shown")
	}
}
