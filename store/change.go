package store

import (
	"errors"
	"fmt"
	"slices"

	"satchel/store/audit"
	"satchel/store/canon"
	"satchel/store/identity"
	"satchel/store/seal"
)

// keyChange is what one generation of the key file is to hold that the last one
// does not. Everything that happens to people and their keys is one change: a
// crash leaves the generation before it or the one after.
type keyChange struct {
	content seal.Content // a copy: its lists may be changed, what they hold is replaced
	own     own
}

// owe has an entry made when the change is durable, and again after a crash
// between the two: entered twice is better than never.
func (c *keyChange) owe(kind audit.Kind, slot identity.SlotID, why string) {
	c.own.Owed = append(c.own.Owed, owedEntry{Kind: string(kind), Slot: slot, Why: why})
}

// owedEntry is an entry that a generation of the key file demands.
type owedEntry struct {
	Kind string          `cbor:"1,keyasint"`
	Slot identity.SlotID `cbor:"2,keyasint"`
	Why  string          `cbor:"3,keyasint"`
}

// changeAtDoor makes a change durable and enters what it owes. After an error of
// do or of the saving everything is as it was.
func (v *Vault) changeAtDoor(do func(*keyChange) error) error {
	if err := v.usable(); err != nil {
		return err
	}
	before, own := *v.content, v.own
	c := keyChange{content: before, own: own}
	c.content.Slots, c.content.Pending = slices.Clone(before.Slots), slices.Clone(before.Pending)
	c.content.Attempts, c.content.EpochKeys = slices.Clone(before.Attempts), slices.Clone(before.EpochKeys)
	c.own.Owed, c.own.Turned = slices.Clone(own.Owed), slices.Clone(own.Turned)
	if err := do(&c); err != nil {
		return errors.Join(err, v.forgetPINsAtDoor())
	}
	encoded, err := canon.Marshal(c.own, ownLimits)
	if err != nil {
		return fmt.Errorf("keeping the vault's settings: %w", err)
	}
	c.content.Own = encoded
	v.putContent(c.content, c.own)
	saved, err := v.saveKeysAtDoor()
	if err != nil && v.content.Journal == before.Journal { // the former generation is still in force
		v.putContent(before, own)
		return errors.Join(err, v.forgetPINsAtDoor())
	}
	return errors.Join(err, v.enterPurgedAtDoor(saved.Turned), v.forgetPINsAtDoor())
}

func (v *Vault) putContent(c seal.Content, o own) {
	v.mu.Lock()
	defer v.mu.Unlock()
	*v.content, v.own = c, o
}

// enterOwedAtDoor makes the entries that the key file demands, and says in those
// of turned keys whether the share was; it tells whether there were any.
func (v *Vault) enterOwedAtDoor(turned bool) (bool, error) {
	if len(v.own.Owed) == 0 {
		return false, nil
	}
	for _, o := range v.own.Owed {
		e := audit.Entry{Kind: audit.Kind(o.Kind), Slot: o.Slot, Decision: o.Why}
		e.Turned = turned && e.Kind == audit.KindKeysTurned
		if p, err := v.personAtDoor(o.Slot); err == nil {
			e.Person, e.Role = p.code(), p.Role
		}
		if _, err := v.enter(e, audit.ClassOther); err != nil {
			return true, err
		}
	}
	o := v.own
	o.Owed = nil
	return true, v.setOwn(o)
}

// forgetPINsAtDoor has the hardware destroy every PIN that no place names.
func (v *Vault) forgetPINsAtDoor() error {
	limiter := v.limiterAtDoor()
	if limiter == nil || v.content == nil {
		return nil
	}
	kept, err := limiter.PINs()
	if err != nil {
		v.log.Warn("the hardware does not say which PINs it keeps; old ones stay until the next start", "err", err)
		return nil
	}
	named := map[seal.PINID]bool{}
	for i := range v.content.Slots {
		named[v.content.Slots[i].PIN] = true
	}
	for i := range v.content.Pending {
		named[v.content.Pending[i].Slot.PIN] = true
	}
	for _, id := range kept {
		if named[id] {
			continue
		}
		if err := limiter.DeletePIN(id); err != nil {
			v.log.Warn("the hardware did not destroy an old PIN; it opens nothing, and is tried again", "err", err)
		}
	}
	return nil
}
