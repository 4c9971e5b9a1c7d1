package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
)

// The hub gives a person a place on this device, and renews it, by an entry in
// the governance of one of its cohorts. Its body is boxed to the device's own
// gossip key, so a locked device takes it as well: somebody whose training
// lapsed is let in again without a colleague.

// admission is the hub's word for one place on this device.
type admission struct {
	at         admitted
	credential fact.Signed[fact.Credential]
	join       [32]byte // hash of the one-time code; zeros: a renewal
}

// admitted is where in governance the hub's word for a place stands. Zero is
// before everything: the word came with the enrolment.
type admitted struct {
	Cohort identity.CohortID `cbor:"1,keyasint"`
	N      uint64            `cbor:"2,keyasint"`
	Time   int64             `cbor:"3,keyasint"`
}

// compare orders by the chain within a cohort, and by the hub's clock between
// two, which only somebody in both can meet.
func (a admitted) compare(b admitted) int {
	if a.Cohort == b.Cohort {
		return cmp.Compare(a.N, b.N)
	}
	return cmp.Or(cmp.Compare(a.Time, b.Time), slices.Compare(a.Cohort[:], b.Cohort[:]))
}

func (a admission) info() slotInfo {
	c := a.credential.Value
	return slotInfo{Name: c.Name, Role: c.Role, Credential: a.credential.Raw(), At: &a.at}
}

// openAdmissionLocked opens the body of an entry that admits somebody here.
func (v *Vault) openAdmissionLocked(c identity.CohortID, e fact.GovernanceEntry) (admission, error) {
	box := seal.NewRecipient(v.device.Gossip)
	defer box.Wipe()
	plain, err := box.OpenBox(fact.AdmissionLabel(e.Device, e.Slot), e.Body)
	if err != nil {
		return admission{}, err
	}
	defer clear(plain)
	a, err := fact.DecodeAdmission(plain)
	if err != nil {
		return admission{}, err
	}
	cred, err := a.Open(v.hubKey(), e)
	if errors.Is(err, fact.ErrSignature) && v.cert.Value.Incarnation > 1 {
		// The hub's key of then: the chain vouched for the entry when it came.
		cred, err = fact.Decode[fact.Credential](a.Credential)
		if err == nil && (cred.Value.Device != e.Device || cred.Value.Slot != e.Slot) {
			err = fact.ErrEntry
		}
	}
	return admission{at: admitted{c, e.N, e.Time}, credential: cred, join: a.Join}, err
}

// admitLocked keeps the newest word for each place of this device. What does not
// open leaves the place as it is: it is the hub's mistake, and the chain goes on.
func (v *Vault) admitLocked(c *cohort, e fact.GovernanceEntry) {
	if e.Device != v.id {
		return
	}
	a, err := v.openAdmissionLocked(c.id, e)
	if err != nil {
		v.log.Warn("an entry that admits somebody makes no sense; it is passed over", "n", e.N, "err", err)
		return
	}
	if old, ok := c.admitted[e.Slot]; !ok || a.at.compare(old.at) > 0 {
		c.admitted[e.Slot] = a
	}
}

func (v *Vault) admitAllLocked(c *cohort, entries []fact.GovernanceEntry) {
	for _, e := range entries {
		if e.Admits() {
			v.admitLocked(c, e)
		}
	}
}

// takePlacesAtDoor takes up what the hub's word changes about places and keys;
// the erasure that follows saves it, and resumeErasure does at start.
func (v *Vault) takePlacesAtDoor() error {
	renewed, err := v.renewAtDoor()
	ordered, orderErr := v.turnOrderedAtDoor()
	v.owed = v.owed || renewed || ordered
	return errors.Join(err, orderErr)
}

// admissionsLocked gives the newest word for each place, of those that were not
// ended.
func (v *Vault) admissionsLocked() map[identity.SlotID]admission {
	out := map[identity.SlotID]admission{}
	for _, id := range v.cohortIDsLocked() {
		c := v.cohorts[id]
		if c == nil {
			continue
		}
		for slot, a := range c.admitted {
			if old, ok := out[slot]; (!ok || a.at.compare(old.at) > 0) && !v.endedLocked(slot) {
				out[slot] = a
			}
		}
	}
	return out
}

// endedLocked tells whether the hub ended a place, in whatever cohort: a slot
// that was ended does not come back.
func (v *Vault) endedLocked(id identity.SlotID) bool {
	for _, c := range v.cohorts {
		if slices.Contains(c.endings, id) {
			return true
		}
	}
	return false
}

// renewAtDoor puts the hub's newest word into the places that are there; the
// caller saves. It tells whether any changed.
func (v *Vault) renewAtDoor() (bool, error) {
	v.mu.Lock()
	admissions := v.admissionsLocked()
	v.mu.Unlock()
	changed := false
	renew := func(s *seal.Slot) error {
		a, ok := admissions[s.ID]
		if !ok || len(s.Info) == 0 {
			return nil
		}
		info, err := decodeSlotInfo(s.Info)
		if err != nil || info.At != nil && a.at.compare(*info.At) <= 0 {
			return err
		}
		next := a.info()
		next.Duty = info.Duty
		if s.Info, err = next.encode(); err == nil {
			changed = true
		}
		return err
	}
	for i := range v.content.Slots {
		if err := renew(&v.content.Slots[i]); err != nil {
			return changed, err
		}
	}
	for i := range v.content.Pending {
		if err := renew(&v.content.Pending[i].Slot); err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// SetCredential puts the hub's word for a person, as it comes with an enrolment,
// into that person's slot; until then the slot does not unlock. One that ends
// earlier than what is there, or comes after a renewal, changes nothing and is no
// error. Errors: fact.ErrSignature; ErrForeign when it is for another device;
// ErrNoPerson.
func (v *Vault) SetCredential(c fact.Signed[fact.Credential]) error {
	v.door.Lock()
	defer v.door.Unlock()
	if err := v.setCredentialAtDoor(c); err != nil {
		return fmt.Errorf("taking a credential: %w", err)
	}
	return nil
}

func (v *Vault) setCredentialAtDoor(c fact.Signed[fact.Credential]) error {
	if err := v.usable(); err != nil {
		return err
	}
	if !c.By(v.hubKey()) {
		return fact.ErrSignature
	}
	if c.Value.Device != v.id {
		return ErrForeign
	}
	s := v.slot(c.Value.Slot)
	if s == nil {
		return ErrNoPerson
	}
	info, err := decodeSlotInfo(s.Info)
	if err != nil || info.At != nil {
		return err
	}
	if len(info.Credential) > 0 {
		old, err := fact.Decode[fact.Credential](info.Credential)
		if err != nil {
			return err
		}
		o, n := old.Value, c.Value
		if n.Trained < o.Trained || n.Ends < o.Ends || n.Trained == o.Trained && n.Ends == o.Ends {
			return nil
		}
	}
	info.Credential = c.Raw()
	return v.changeAtDoor(func(next *keyChange) error { return next.setInfo(c.Value.Slot, info) })
}

func (c *keyChange) setInfo(id identity.SlotID, info slotInfo) error {
	s := slotOf(c.content.Slots, id)
	if s == nil {
		return ErrNoPerson
	}
	var err error
	s.Info, err = info.encode()
	return err
}
