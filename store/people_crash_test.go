package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/files/crash"
	"satchel/store/identity"
	"satchel/store/seal"
)

// cuttingPeople is a device that loses power, with a first person and a second
// one whose state a story chooses.
type cuttingPeople struct {
	*cutting
	one, two identity.SlotID
	code     string
}

func newCuttingPeople(t *testing.T, prepare func(x *cuttingPeople, v *Vault)) *cuttingPeople {
	x := &cuttingPeople{cutting: newCutting(t)}
	v, err := Open(t.Context(), x.config(x.dir, x.base))
	x.must(err)
	x.one = v.People()[0].Slot
	x.two, x.code = x.invite(v, x.c, "Nurse Two")
	prepare(x, v)
	x.must(v.Close())
	return x
}

// join gives the second person a place with keys.
func (x *cuttingPeople) join(v *Vault) {
	x.must(v.Join(x.t.Context(), x.two, x.code, Secret{Text: []byte(secondPhrase)}))
	x.unlockAs(v, x.one, passphrase).Lock()
}

// opens tells who of a phrase gets in; the waits are over.
func (x *cuttingPeople) opens(v *Vault, slot identity.SlotID, phrase string) bool {
	x.t.Helper()
	x.pass(maxWait)
	s, err := v.Unlock(x.t.Context(), slot, []byte(phrase))
	if err != nil {
		return false
	}
	defer s.Lock()
	if got, err := s.Find(x.t.Context(), "zebedee", 2); err != nil || len(got.Rows) != 1 {
		x.t.Fatalf("%d rows, %v", len(got.Rows), err)
	}
	return true
}

// Whatever happens to people and keys, power lost at any operation leaves a
// state that opens, with nobody lost and nobody too many.
func TestCutPeopleEverywhere(t *testing.T) { // R8, P1
	two := func(x *cuttingPeople, v *Vault) { x.join(v) }
	t.Run("join", func(t *testing.T) {
		t.Parallel()
		x := newCuttingPeople(t, func(*cuttingPeople, *Vault) {})
		x.everywhere(func(v *Vault) (any, error) {
			return true, v.Join(t.Context(), x.two, x.code, Secret{Text: []byte(secondPhrase)})
		}, func(v *Vault, done any) error {
			if state := x.place(v, x.two).State; done != nil && state != PlaceWaiting {
				return fmt.Errorf("joined, and state %d", state)
			}
			if x.opens(v, x.two, secondPhrase) {
				return errors.New("in without keys")
			}
			if x.place(v, x.two).State == PlaceInvited {
				x.pass(maxWait)
				x.must(v.Join(t.Context(), x.two, x.code, Secret{Text: []byte(secondPhrase)}))
			}
			if !x.opens(v, x.one, passphrase) || !x.opens(v, x.two, secondPhrase) {
				return errors.New("somebody is lost")
			}
			if x.entered(v, audit.KindSlotAdded) < 2 {
				return errors.New("a place without an entry")
			}
			return nil
		})
	})
	t.Run("keys", func(t *testing.T) { // given by a colleague, while they also turn
		t.Parallel()
		x := newCuttingPeople(t, func(x *cuttingPeople, v *Vault) {
			x.must(v.Join(t.Context(), x.two, x.code, Secret{Text: []byte(secondPhrase)}))
		})
		x.pass(31 * 24 * time.Hour)
		x.everywhere(func(v *Vault) (any, error) {
			s, err := v.Unlock(t.Context(), x.one, []byte(passphrase))
			if err == nil {
				s.Lock()
			}
			return true, err
		}, func(v *Vault, done any) error {
			if done != nil && (x.place(v, x.two).State != PlaceReady || v.content.DMKGeneration != 2) {
				return errors.New("acknowledged and forgotten")
			}
			if !x.opens(v, x.one, passphrase) || !x.opens(v, x.two, secondPhrase) {
				return errors.New("somebody is lost")
			}
			if x.entered(v, audit.KindKeysTurned) == 0 {
				return errors.New("turned without an entry")
			}
			return nil
		})
	})
	t.Run("change", func(t *testing.T) {
		t.Parallel()
		x := newCuttingPeople(t, two)
		x.everywhere(func(v *Vault) (any, error) {
			s, err := v.Unlock(t.Context(), x.two, []byte(secondPhrase))
			if err != nil {
				return nil, err
			}
			return true, s.ChangeSecret(t.Context(), Secret{Text: []byte(secondPhrase)}, Secret{Text: []byte(thirdPhrase)})
		}, func(v *Vault, done any) error {
			before, after := x.opens(v, x.two, secondPhrase), x.opens(v, x.two, thirdPhrase)
			if before == after || done != nil && before || !x.opens(v, x.one, passphrase) {
				return fmt.Errorf("the old one opens: %v, the new one: %v", before, after)
			}
			if after && x.entered(v, audit.KindPassphraseChanged) == 0 {
				return errors.New("changed without an entry")
			}
			return nil
		})
	})
	t.Run("tenth wrong try", func(t *testing.T) {
		t.Parallel()
		x := newCuttingPeople(t, func(x *cuttingPeople, v *Vault) {
			x.join(v)
			v.door.Lock()
			defer v.door.Unlock()
			x.must(v.writeAttempt(seal.Attempt{Slot: x.two, Failed: maxTries - 1}))
		})
		x.everywhere(func(v *Vault) (any, error) {
			_, err := v.Unlock(t.Context(), x.two, []byte("wrong"))
			if _, gone := errors.AsType[*SlotGoneError](err); gone && !errors.Is(err, crash.ErrCut) {
				return true, nil
			}
			return nil, err
		}, func(v *Vault, done any) error {
			p := x.place(v, x.two)
			if done != nil && (p.State != PlaceGone || x.entered(v, audit.KindSlotRemoved) == 0) {
				return errors.New("the slot is still there, or went without an entry")
			}
			if p.Left == 0 && x.opens(v, x.two, secondPhrase) || p.Name != "Nurse Two" {
				return errors.New("an eleventh try")
			}
			if !x.opens(v, x.one, passphrase) {
				return errors.New("somebody else is lost")
			}
			return nil
		})
	})
	t.Run("credential's end", func(t *testing.T) {
		t.Parallel()
		x := newCuttingPeople(t, two)
		x.govern(x.c, fact.GovernanceEntry{Kind: fact.CredentialEnd, Slot: x.two})
		run := x.governance(x.c)
		x.everywhere(func(v *Vault) (any, error) {
			return true, v.TakeGovernance(t.Context(), x.c.id, run)
		}, func(v *Vault, done any) error {
			held := v.GovernancePoint(x.c.id) == x.c.chain.end()
			if in := x.opens(v, x.two, secondPhrase); in && (held || done != nil) || !in && !held {
				return fmt.Errorf("ended is heard: %v, and in: %v", held, in)
			}
			x.must(v.TakeGovernance(t.Context(), x.c.id, run))
			if x.opens(v, x.two, secondPhrase) || !x.opens(v, x.one, passphrase) || x.entered(v, audit.KindSlotRemoved) == 0 {
				return errors.New("hearing it again did not finish it")
			}
			if v.content.DMKGeneration != 2 {
				return errors.New("the keys did not turn")
			}
			return nil
		})
	})
	t.Run("order to turn", func(t *testing.T) {
		t.Parallel()
		x := newCuttingPeople(t, two)
		x.govern(x.c, fact.GovernanceEntry{Kind: fact.DeviceOrder, Device: x.device(), Order: fact.Turn})
		run := x.governance(x.c)
		x.everywhere(func(v *Vault) (any, error) {
			return true, v.TakeGovernance(t.Context(), x.c.id, run)
		}, func(v *Vault, _ any) error {
			x.must(v.TakeGovernance(t.Context(), x.c.id, run))
			if !v.own.TurnDue || x.entered(v, audit.KindKeysTurned) == 0 {
				return errors.New("the order was not carried out, or not entered")
			}
			if !x.opens(v, x.one, passphrase) || !x.opens(v, x.two, secondPhrase) || v.content.DMKGeneration != 2 {
				return errors.New("somebody is lost, or the keys did not turn")
			}
			return nil
		})
	})
	t.Run("renewal", func(t *testing.T) { // R6
		t.Parallel()
		x := newCuttingPeople(t, two)
		var run fact.Run
		x.everywhere(func(v *Vault) (any, error) {
			if run.Head.IsZero() {
				x.pass(400 * 24 * time.Hour)
				x.admit(v, x.c, x.two, "Nurse Two", "", x.wall.AddDate(1, 0, 0))
				run = x.governance(x.c)
			}
			return true, v.TakeGovernance(t.Context(), x.c.id, run)
		}, func(v *Vault, done any) error {
			if v.GovernancePoint(x.c.id) == x.c.chain.end() != x.renewed(v, x.two) || done != nil && !x.renewed(v, x.two) {
				return errors.New("the renewal is held and not in force, or the other way round")
			}
			x.must(v.TakeGovernance(t.Context(), x.c.id, run))
			if !x.renewed(v, x.two) {
				return errors.New("hearing it again did not renew")
			}
			return nil
		})
	})
	t.Run("request and answer", func(t *testing.T) {
		t.Parallel()
		x := newCuttingPeople(t, two)
		x.everywhere(func(v *Vault) (any, error) {
			r, err := v.RequestRecovery(t.Context(), x.two, Secret{Text: []byte(thirdPhrase)})
			if err != nil {
				return nil, err
			}
			if _, err := v.TakeRecovery(t.Context(), x.answer(v, r)); err != nil {
				return nil, err
			}
			s, err := v.Unlock(t.Context(), x.two, []byte(thirdPhrase))
			if err == nil {
				s.Lock()
			}
			return true, err
		}, func(v *Vault, done any) error {
			r, _, asked := v.Recovery(x.two)
			if asked && !x.place(v, x.two).Answered {
				_, err := v.TakeRecovery(t.Context(), x.answer(v, r))
				x.must(err)
			}
			after := x.opens(v, x.two, thirdPhrase)
			before := x.opens(v, x.two, secondPhrase)
			if before == after || done != nil && !after || asked && !after || !x.opens(v, x.one, passphrase) {
				return fmt.Errorf("asked: %v, the old one opens: %v, the new one: %v", asked, before, after)
			}
			if after && (x.entered(v, audit.KindRecovered) == 0 || x.entered(v, audit.KindRecoveryAsked) == 0) {
				return errors.New("recovered without an entry")
			}
			return nil
		})
	})
}

// device is the id of the device under test.
func (x *cuttingPeople) device() identity.DeviceID { return x.members[0].Device }

// renewed tells whether a person's training is in force now.
func (x *cuttingPeople) renewed(v *Vault, slot identity.SlotID) bool {
	return x.place(v, slot).Credential.Value.Trained > x.wall.UnixMilli()
}
