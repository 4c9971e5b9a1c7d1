package store

import (
	"errors"
	"testing"
	"time"

	"satchel/store/audit"
	"satchel/store/canon"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
)

// second gives the device a second person, as adding one will.
func (w *world) second(v *Vault) identity.SlotID {
	w.t.Helper()
	v.door.Lock()
	defer v.door.Unlock()
	first, err := v.content.Slots[0].Open(seal.Secret{Text: []byte(passphrase)})
	w.must(err)
	dmk, err := seal.OpenDMK(first, v.content.Slots[0].DMK, v.content.DMKCommitment, v.content.DMKGeneration)
	w.must(err)
	info, err := canon.Marshal(slotInfo{Name: "Nurse Two", Role: identity.DistrictNurse}, ownLimits)
	w.must(err)
	slot, person, err := seal.NewSlot(identity.Random[identity.SlotID](), info, seal.Secret{Text: []byte(passphrase)}, cheap)
	w.must(err)
	slot.DMK, err = seal.BoxKey(&person.Public, &dmk)
	w.must(err)
	v.content.Slots = append(v.content.Slots, slot)
	_, err = v.saveKeysAtDoor()
	w.must(err)
	return slot.ID
}

// A credential's end takes the slot at once, also while somebody else is
// unlocked or nobody is; the keys turn over at the next unlock, and everything
// still opens.
func TestCredentialsEndTakesTheSlot(t *testing.T) { // protocol, rule 15
	for _, unlocked := range []bool{false, true} {
		w := newWorld(t)
		dir := t.TempDir()
		c := w.newCohort()
		v := w.laptop(w.config(dir, nil), c)
		pid := identity.Random[identity.PID]()
		w.put(v, c, w.release(c, pid, document("Zebedee", number(2))))
		two := w.second(v)
		w.must(v.SetCredential(w.credential(v, two)))
		one := v.People()[0].Slot
		s, err := v.Unlock(t.Context(), two, []byte(passphrase))
		w.must(err)
		w.put(v, c, w.release(c, pid, document("Zebedee", number(2))))
		if !unlocked {
			s.Lock()
		}
		w.govern(c, fact.GovernanceEntry{Kind: fact.CredentialEnd, Slot: two})
		w.must(v.TakeGovernance(t.Context(), c.id, w.governance(c)))
		if len(v.People()) != 1 || !v.Locked() {
			t.Fatalf("%d people, locked %v", len(v.People()), v.Locked())
		}
		if _, err := v.Unlock(t.Context(), two, []byte(passphrase)); !errors.Is(err, ErrNoPerson) {
			t.Fatalf("who was removed unlocks: %v", err)
		}
		if count(w.entries(v), audit.KindSlotRemoved) != 1 {
			t.Fatal("the slot's end was not entered")
		}
		w.must(v.Close())
		v, err = Open(t.Context(), w.config(dir, nil))
		w.must(err)
		before := v.content.DMKCommitment
		s, err = v.Unlock(t.Context(), one, []byte(passphrase))
		w.must(err)
		if v.content.DMKCommitment == before || v.content.DMKGeneration != 2 || count(w.entries(v), audit.KindKeysTurned) != 1 {
			t.Fatal("the keys did not turn over")
		}
		if len(v.content.EpochKeys) != 1 || v.content.EpochKeys[0].Generation != 2 {
			t.Fatalf("%d epoch keys are left", len(v.content.EpochKeys))
		}
		row := w.one(s, "zebedee")
		for _, ver := range []uint64{0, 1} {
			r := request(row.Handle)
			r.Ver = ver
			if _, err := s.Read(t.Context(), r); err != nil {
				t.Fatalf("version %d after the turn: %v", ver, err)
			}
		}
		s.Lock()
		s = w.unlock(v)
		w.reads(s)
		if v.content.DMKGeneration != 2 {
			t.Fatal("they turn over again and again")
		}
		w.must(v.Close())
	}
}

func TestKeysTurnOverMonthly(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	w.pass(29 * 24 * time.Hour)
	w.unlock(v).Lock()
	if v.content.DMKGeneration != 1 {
		t.Fatal("before a month was over")
	}
	w.pass(2 * 24 * time.Hour)
	w.unlock(v).Lock()
	if v.content.DMKGeneration != 2 {
		t.Fatal("a month is over")
	}
}

// A wipe order takes every row and every slot, with nobody there, and leaves
// the entries, which the hub still gets.
func TestWipeOrder(t *testing.T) { // P14
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	w.put(v, c, w.release(c, identity.Random[identity.PID](), document("Zebedee", number(2))))
	w.govern(c, fact.GovernanceEntry{Kind: fact.DeviceOrder, Device: v.Device(), Order: fact.Wipe})
	w.must(v.TakeGovernance(t.Context(), c.id, w.governance(c)))
	if v.Count() != 0 || len(v.People()) != 0 {
		t.Fatalf("%d rows, %d people", v.Count(), len(v.People()))
	}
	got := w.entries(v)
	if count(got, audit.KindPurged) != 1 || count(got, audit.KindWiped) != 1 {
		t.Fatal("the wipe was not entered")
	}
	if w.put(v, c, w.release(c, identity.Random[identity.PID](), document("Zebedee", number(2)))) != 0 {
		t.Fatal("a wiped device takes records")
	}
}
