package store

import (
	"fmt"
	"time"

	"satchel/store/canon"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
)

// People gives everybody who has a place on the device, in the order in which
// they came.
func (v *Vault) People() []PersonSlot {
	v.door.Lock()
	defer v.door.Unlock()
	now := v.Now()
	out := make([]PersonSlot, 0, len(v.content.Slots))
	for i := range v.content.Slots {
		s := &v.content.Slots[i]
		info, err := decodeSlotInfo(s.Info)
		if err != nil {
			continue // it was checked when the vault was opened
		}
		a := v.attempts(s.ID)
		p := PersonSlot{Slot: s.ID, Name: info.Name, Role: info.Role, Left: maxTries - int(a.Failed), Wait: waitAfter(a, now)}
		if len(info.Credential) > 0 {
			p.Credential, _ = fact.Decode[fact.Credential](info.Credential) // decoded when it was taken
			p.Name, p.Role = p.Credential.Value.Name, p.Credential.Value.Role
		}
		out = append(out, p)
	}
	return out
}

// SetCredential puts the hub's word for a person into that person's slot; until
// then the slot does not unlock. Errors: fact.ErrSignature; ErrForeign when it
// is for another device; ErrNoPerson.
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
	if err != nil {
		return err
	}
	info.Credential = c.Raw()
	encoded, err := canon.Marshal(info, ownLimits)
	if err != nil {
		return err
	}
	before := s.Info
	s.Info = encoded
	if _, err := v.saveKeysAtDoor(); err != nil {
		s.Info = before
		return err
	}
	return nil
}

// slot finds a slot; the door is held.
func (v *Vault) slot(id identity.SlotID) *seal.Slot {
	for i := range v.content.Slots {
		if v.content.Slots[i].ID == id {
			return &v.content.Slots[i]
		}
	}
	return nil
}

// waitAfter is how much longer a slot waits after wrong passphrases: 1, 2, 4 s
// and so on from the latest.
func waitAfter(a seal.Attempt, now time.Time) time.Duration {
	if a.Failed == 0 {
		return 0
	}
	wait := min(time.Second<<min(a.Failed-1, 16), maxWait)
	// A try made while the clock was ahead waits no longer than any other.
	return min(wait, max(0, millis(a.Last).Add(wait).Sub(now)))
}
