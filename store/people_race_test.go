package store

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
)

// People come, change and go while records arrive, keys turn and time is kept. The
// race detector watches; in the end everybody who should be in gets in.
func TestPeopleAtOnce(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	one := v.People()[0].Slot
	type guest struct {
		slot identity.SlotID
		code string
	}
	var guests []guest
	var runs []fact.Run
	var in []Incoming
	for i := range 6 {
		g := guest{identity.Random[identity.SlotID](), fact.NewJoinCode()}
		w.admit(v, c, g.slot, "Nurse More", g.code, w.wall.AddDate(1, 0, 0))
		w.govern(c, fact.GovernanceEntry{Kind: fact.DeviceOrder, Device: v.Device(), Order: fact.Turn})
		guests, runs = append(guests, g), append(runs, w.governance(c))
		in = append(in, w.release(c, identity.Random[identity.PID](), document("Person", number(i+1))))
	}
	ctx, stop := context.WithCancel(t.Context())
	var work, watch sync.WaitGroup
	work.Go(func() {
		for i, run := range runs {
			if err := v.TakeGovernance(t.Context(), c.id, run); err != nil {
				t.Errorf("taking governance: %v", err)
			}
			if _, err := v.PutRecords(t.Context(), c.id, in[i:i+1], 1, uint64(i+1)); err != nil {
				t.Errorf("putting: %v", err)
			}
			g := guests[i]
			if err := v.Join(t.Context(), g.slot, g.code, Secret{Text: []byte(secondPhrase)}); err != nil {
				t.Errorf("joining: %v", err)
			}
			if _, err := v.RequestRecovery(t.Context(), g.slot, Secret{Text: []byte(thirdPhrase)}); err != nil {
				t.Errorf("asking: %v", err)
			}
		}
	})
	watch.Go(func() {
		for ctx.Err() == nil {
			s, err := v.Unlock(t.Context(), one, []byte(passphrase))
			if err != nil {
				t.Errorf("unlocking: %v", err)
				return
			}
			err = errors.Join(s.AcceptDuty(1), s.ChangeSecret(t.Context(), Secret{Text: []byte(passphrase)}, Secret{Text: []byte(passphrase)}))
			if err != nil {
				t.Errorf("in a session: %v", err)
			}
			s.Lock()
		}
	})
	watch.Go(func() {
		for ctx.Err() == nil {
			for _, p := range v.People() {
				_, _, _ = v.Recovery(p.Slot)
			}
			_ = v.CheckSecret(Secret{Text: []byte("river harbour")})
			_, err := v.TakeRecovery(t.Context(), "nothing")
			if !errors.Is(err, seal.ErrRecoveryText) {
				t.Errorf("no answer: %v", err)
			}
			if err := v.Tick(t.Context()); err != nil {
				t.Errorf("keeping time: %v", err)
			}
		}
	})
	work.Wait()
	stop()
	watch.Wait()
	w.pass(time.Minute)
	w.unlockAs(v, one, passphrase).Lock()
	for _, g := range guests {
		w.unlockAs(v, g.slot, secondPhrase).Lock()
	}
	w.must(v.items.VerifyAll())
}
