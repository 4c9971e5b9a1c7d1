package store

import (
	"slices"

	"satchel/store/canon"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
)

// PlaceState is how far a person's place on the device is.
type PlaceState uint8

// The states of a place. A lapsed credential is none of them: unlocking says so.
const (
	PlaceReady   PlaceState = iota // the person may unlock
	PlaceInvited                   // the hub invited; Join with the code
	PlaceWaiting                   // it has a secret, and needs a colleague's unlock or an admin's answer
	PlaceGone                      // ten wrong tries: recovery, or for who never joined a new invitation
)

// slot finds a slot; the door is held.
func (v *Vault) slot(id identity.SlotID) *seal.Slot { return slotOf(v.content.Slots, id) }

func slotOf(slots []seal.Slot, id identity.SlotID) *seal.Slot {
	for i := range slots {
		if slots[i].ID == id {
			return &slots[i]
		}
	}
	return nil
}

// pendingOf finds a place without keys: of who joined, or of who asked for
// recovery.
func pendingOf(all []seal.Pending, id identity.SlotID, joined bool) *seal.Pending {
	for i := range all {
		if all[i].Slot.ID == id && all[i].Joined() == joined {
			return &all[i]
		}
	}
	return nil
}

func (v *Vault) joined(id identity.SlotID) *seal.Pending {
	return pendingOf(v.content.Pending, id, true)
}

func (v *Vault) recovery(id identity.SlotID) *seal.Pending {
	return pendingOf(v.content.Pending, id, false)
}

// placed tells whether anything of a person's place is in the key file.
func (v *Vault) placed(id identity.SlotID) bool {
	return v.slot(id) != nil || v.joined(id) != nil || v.recovery(id) != nil
}

// withoutPending drops the places without keys of one slot that match.
func withoutPending(all []seal.Pending, match func(*seal.Pending) bool) []seal.Pending {
	return slices.DeleteFunc(all, func(p seal.Pending) bool { return match(&p) })
}

// infoAtDoor says who a place is for: its slot, who joined, or the invitation.
func (v *Vault) infoAtDoor(id identity.SlotID) (slotInfo, error) {
	if s := v.slot(id); s != nil {
		return decodeSlotInfo(s.Info)
	}
	if p := v.joined(id); p != nil {
		return decodeSlotInfo(p.Slot.Info)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if a, ok := v.admissionsLocked()[id]; ok && a.join != [32]byte{} {
		return a.info(), nil
	}
	return slotInfo{}, ErrNoPerson
}

// personAtDoor is who a place is for, as the hub's credential says where there
// is one.
func (v *Vault) personAtDoor(id identity.SlotID) (Person, error) {
	info, err := v.infoAtDoor(id)
	if err != nil {
		return Person{}, err
	}
	p, _, err := info.person(id)
	return p, err
}

// person reads the credential; approved is false where there is none yet.
func (i slotInfo) person(id identity.SlotID) (p Person, approved bool, err error) {
	if len(i.Credential) == 0 {
		return Person{Slot: id, Name: i.Name, Role: i.Role}, false, nil
	}
	cred, err := fact.Decode[fact.Credential](i.Credential)
	if err != nil {
		return Person{}, false, err
	}
	c := cred.Value
	return Person{
		Slot: id, Name: c.Name, Staff: c.Staff, Role: c.Role, Category: c.Category,
		Trained: millis(c.Trained), Ends: millis(c.Ends),
	}, true, nil
}

func (i slotInfo) encode() ([]byte, error) { return canon.Marshal(i, ownLimits) }

// People gives everybody who has a place on the device or is invited to one, in
// the order in which they came.
func (v *Vault) People() []PersonSlot {
	v.door.Lock()
	defer v.door.Unlock()
	out := make([]PersonSlot, 0, len(v.content.Slots))
	for i := range v.content.Slots {
		if p, ok := v.listed(&v.content.Slots[i]); ok {
			out = append(out, p)
		}
	}
	for i := range v.content.Pending {
		p := &v.content.Pending[i]
		if !p.Joined() || v.slot(p.Slot.ID) != nil {
			continue
		}
		if l, ok := v.listed(&p.Slot); ok {
			l.State, l.Joined = PlaceWaiting, true
			out = append(out, l)
		}
	}
	return v.withInvited(out)
}

// listed is one slot as the list shows it.
func (v *Vault) listed(s *seal.Slot) (PersonSlot, bool) {
	info, err := decodeSlotInfo(s.Info)
	if err != nil {
		return PersonSlot{}, false // it was checked when the vault was opened
	}
	a := v.attempts(s.ID, [32]byte{})
	p := PersonSlot{
		Slot: s.ID, Name: info.Name, Role: info.Role, PIN: s.PIN != seal.PINID{},
		Left: maxTries - int(a.Failed), Wait: v.waitAtDoor(a),
	}
	if a.Last != 0 {
		p.LastTry = millis(a.Last)
	}
	if len(info.Credential) > 0 {
		p.Credential, _ = fact.Decode[fact.Credential](info.Credential) // decoded when it was taken
		p.Name, p.Role = p.Credential.Value.Name, p.Credential.Value.Role
	}
	if person, approved, err := info.person(s.ID); err == nil && approved {
		p.Refused = v.refusal(person)
	}
	r := v.recovery(s.ID)
	if s.Gone() {
		p.State, p.Left, p.Wait = PlaceGone, 0, 0
		if r != nil {
			p.State = PlaceWaiting
		}
	}
	if r != nil && r.Answer != "" {
		a := v.attempts(counterOf(r), [32]byte{})
		p.Answered, p.State, p.PIN = true, PlaceReady, r.Slot.PIN != seal.PINID{}
		p.Left, p.Wait = max(p.Left, maxTries-int(a.Failed)), max(p.Wait, v.waitAtDoor(a))
	}
	return p, true
}

// withInvited adds who is invited and has not joined, and turns who joined and
// was invited anew back into somebody invited.
func (v *Vault) withInvited(out []PersonSlot) []PersonSlot {
	v.mu.Lock()
	admissions := v.admissionsLocked()
	v.mu.Unlock()
	ids := make([]identity.SlotID, 0, len(admissions))
	for id := range admissions {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b identity.SlotID) int { return admissions[a].at.compare(admissions[b].at) })
	for _, id := range ids {
		a := admissions[id]
		if !v.invitedAtDoor(id, a) {
			continue
		}
		tries := v.attempts(id, a.join)
		c := a.credential.Value
		p := PersonSlot{
			Slot: id, Name: c.Name, Role: c.Role, Credential: a.credential, State: PlaceInvited,
			Left: maxTries - int(tries.Failed), Wait: v.waitAtDoor(tries),
		}
		r := v.recovery(id)
		switch {
		case r != nil:
			p.State, p.Answered = PlaceWaiting, r.Answer != ""
			p.PIN = r.Slot.PIN != seal.PINID{}
		case p.Left <= 0:
			p.State, p.Left, p.Wait = PlaceGone, 0, 0
		}
		if i := slices.IndexFunc(out, func(x PersonSlot) bool { return x.Slot == id }); i >= 0 {
			out[i] = p
			continue
		}
		out = append(out, p)
	}
	return out
}

// invitedAtDoor tells whether somebody is invited and has not joined with this
// code.
func (v *Vault) invitedAtDoor(id identity.SlotID, a admission) bool {
	if a.join == [32]byte{} || v.slot(id) != nil {
		return false
	}
	j := v.joined(id)
	return j == nil || j.Code != a.join
}
