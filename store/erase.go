package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"satchel/store/audit"
	"satchel/store/cache"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
)

// doom is what has to be destroyed together.
type doom struct {
	rows  []doomedRow
	slots []identity.SlotID
	stubs []identity.SlotID // slots of which the information stays
}

type doomedRow struct {
	handle identity.Handle
	reason fact.KillReason
}

func (d *doom) add(handles []identity.Handle, reason fact.KillReason) {
	for _, h := range handles {
		d.rows = append(d.rows, doomedRow{h, reason})
	}
}

// eraseAtDoor destroys rows and slots, in the order that FORMAT.md gives: out
// of memory, so that nothing of them opens from here on; a new generation of
// the key file without them, under a new share; their values out of the cache;
// one item that names them all; a mark that it was entered. It needs nobody
// unlocked. Whatever step a crash or an error stops, resumeErasure or the next
// call goes on.
func (v *Vault) eraseAtDoor(ctx context.Context, d doom) ([]Event, error) {
	if len(d.rows) == 0 && len(d.slots) == 0 && len(d.stubs) == 0 {
		return v.finishErasureAtDoor(ctx)
	}
	events := v.forget(d)
	v.owed = true
	more, err := v.finishErasureAtDoor(ctx)
	return append(events, more...), err
}

// forget takes rows and slots out of memory and gathers what is left to do.
func (v *Vault) forget(d doom) []Event {
	v.mu.Lock()
	defer v.mu.Unlock()
	var events []Event
	var handles []identity.Handle
	for _, gone := range d.rows {
		r := v.table.get(gone.handle)
		if r == nil {
			continue
		}
		for _, ver := range r.Versions {
			v.toDelete = append(v.toDelete, keyOf(kindRecord, r.Handle, ver.Ver), keyOf(kindInner, r.Handle, ver.Ver))
		}
		v.goneRows[gone.handle] = goneRow{patient{r.Cohort, r.PID}, r.Epoch, stateAfter(gone.reason)}
		v.content.Dropped = append(v.content.Dropped, seal.Dropped{Cohort: r.Cohort, PID: r.PID, Epoch: r.Epoch})
		events = append(events, Withdrawn{Handle: gone.handle, Reason: string(gone.reason)})
		handles = append(handles, gone.handle)
		v.table.drop([]identity.Handle{gone.handle})
	}
	if v.user != nil {
		v.user.remove(handles)
	}
	if len(handles) > 0 {
		events = append(events, RecordsChanged{len(handles)})
	}
	for _, id := range d.slots {
		o, owed := v.own, owedEntry{Kind: string(audit.KindSlotRemoved), Slot: id}
		if v.placed(id) && !slices.Contains(o.Owed, owed) {
			o.TurnDue, o.Owed = true, append(slices.Clone(o.Owed), owed)
			if err := v.setOwnLocked(o); err != nil {
				v.log.Error("the keys cannot be marked to turn over", "err", err) // settings that were read always encode
			}
		}
	}
	v.forgetPlacesLocked(d)
	if v.user != nil && (slices.Contains(d.slots, v.user.slot) || slices.Contains(d.stubs, v.user.slot)) {
		events = append(events, v.dropUserLocked()...)
	}
	return events
}

// forgetPlacesLocked takes places out of memory: of slots everything, of stubs all
// but who they are for.
func (v *Vault) forgetPlacesLocked(d doom) {
	doomed := func(id identity.SlotID) bool { return slices.Contains(d.slots, id) }
	v.content.Slots = slices.DeleteFunc(slices.Clone(v.content.Slots), func(s seal.Slot) bool { return doomed(s.ID) })
	for i := range v.content.Slots {
		s := &v.content.Slots[i]
		if slices.Contains(d.stubs, s.ID) && !s.Gone() {
			*s = s.Stub()
			o := v.own
			o.Owed = append(slices.Clone(o.Owed), owedEntry{Kind: string(audit.KindSlotRemoved), Slot: s.ID, Why: "ten-tries"})
			if err := v.setOwnLocked(o); err != nil {
				v.log.Error("an entry cannot be kept", "err", err) // settings that were read always encode
			}
		}
	}
	c := keyChange{content: *v.content}
	for _, id := range d.slots {
		c.dropRecovery(id)
		c.dropJoined(id)
		c.forgetAttempts(id)
	}
	v.content.Pending, v.content.Attempts = c.content.Pending, c.content.Attempts
}

// finishErasureAtDoor does what is left to do, in order.
func (v *Vault) finishErasureAtDoor(ctx context.Context) ([]Event, error) {
	if !v.owed {
		return nil, nil
	}
	// Who is hidden by this must stay so after a crash: first, for with the
	// row goes what joins it to the others.
	v.mu.Lock()
	dirty := v.stateDirty
	v.mu.Unlock()
	if dirty {
		if err := v.saveStateAtDoor(); err != nil {
			return nil, fmt.Errorf("erasing: %w", err)
		}
	}
	saved, err := v.saveKeysAtDoor()
	if err != nil {
		return nil, fmt.Errorf("erasing: %w", err)
	}
	v.deleteValuesAtDoor()
	if err := v.enterPurgedAtDoor(saved.Turned); err != nil {
		return nil, fmt.Errorf("entering an erasure: %w", err)
	}
	v.owed = false
	return []Event{WaitingChanged{}, PeopleChanged{}}, v.forgetPINsAtDoor()
}

// deleteValuesAtDoor deletes what can no longer be opened. What it cannot
// delete now, reconcile deletes at the next start.
func (v *Vault) deleteValuesAtDoor() {
	c := v.cache.Load()
	if c == nil || len(v.toDelete) == 0 {
		return
	}
	err := c.remove(v.toDelete)
	if errors.Is(err, cache.ErrFull) {
		return // when there is room
	}
	v.mu.Lock()
	v.scrub.deleted += uint64(len(v.toDelete)+1) / 2
	v.stateDirty = true
	v.mu.Unlock()
	if err != nil {
		v.log.Warn("erased records could not be deleted from the cache; their keys are gone", "err", err)
	}
	v.toDelete = nil
}

// saveKeysAtDoor writes the next generation of the key file with the rows as
// they are, and begins a new key log. After an error the former generation and
// its log stay in force.
func (v *Vault) saveKeysAtDoor() (seal.Saved, error) {
	if err := v.stillOpen(); err != nil {
		return seal.Saved{}, err
	}
	journal := v.content.Journal
	shareAt := v.own.ShareAt
	o := v.own
	o.ShareAt = v.Now().UnixMilli()
	if err := v.setOwn(o); err != nil {
		return seal.Saved{}, err
	}
	v.content.Journal = seal.NewKey()
	v.content.Rows = v.table.rows
	var saved seal.Saved
	err := v.withRoom(func() (err error) {
		saved, err = v.keys.SaveNext(v.content)
		return err
	})
	v.content.Rows = nil
	if errors.Is(err, seal.ErrInDoubt) {
		v.broken = err
	}
	if err != nil && saved.Generation == 0 {
		v.content.Journal = journal
		o.ShareAt = shareAt
		return saved, errors.Join(err, v.setOwn(o))
	}
	journal.Wipe()
	v.shareSavedAtDoor(saved)
	old := v.keyLog
	v.keyLog = &keyLog{fsys: v.fsys, gen: saved.Generation, key: &v.content.Journal}
	return saved, errors.Join(err, old.close(), removeOldKeyLogs(v.fsys, saved.Generation))
}

// resumeErasure carries out what the facts demand before the cache opens:
// kills, ended credentials and a wipe. It finishes what a crash interrupted
// (protocol, rules 4 and 11).
func (v *Vault) resumeErasure(ctx context.Context) error {
	v.mu.Lock()
	d := v.demandedLocked()
	v.mu.Unlock()
	if len(v.own.Owed) > 0 {
		v.owed = true
	}
	if err := v.orWithRoom(v.takePlacesAtDoor()); err != nil {
		return err
	}
	if len(d.rows) > 0 || len(d.slots) > 0 || len(v.content.Dropped) > 0 {
		v.owed = true
		v.note(Notice{Code: ErasureResumed, N: len(d.rows)})
	}
	_, err := v.eraseAtDoor(ctx, d)
	if err == nil && !v.owed {
		err = v.forgetPINsAtDoor() // what a crash left in the hardware
	}
	return v.orWithRoom(err)
}

// demandedLocked gathers what the facts demand and is still here.
func (v *Vault) demandedLocked() doom {
	var d doom
	hide := hiding{}
	for i := range v.table.rows {
		r := &v.table.rows[i]
		if c := v.cohorts[r.Cohort]; c != nil && c.gov.Dead(r.PID, r.Epoch) {
			d.add([]identity.Handle{r.Handle}, c.killed[r.PID].Reason)
			hide.others(r, c.killed[r.PID])
		}
	}
	v.hideLocked(hide)
	d.add(v.departedLocked(), fact.ReleaseEnded)
	for _, c := range v.cohorts {
		for _, id := range c.endings {
			if v.placed(id) {
				d.slots = append(d.slots, id)
			}
		}
		if c.orders[v.id] == fact.Wipe {
			v.wipeLocked(&d)
		}
	}
	return d
}

// departedLocked gives the rows of cohorts that this device has left.
func (v *Vault) departedLocked() []identity.Handle {
	m, _ := v.members.Get(v.id)
	holds := map[identity.CohortID]bool{}
	for _, c := range slices.Concat(m.Holds, m.Carries) {
		holds[c] = true
	}
	return v.rowsLocked(func(r *seal.Row) bool { return !holds[r.Cohort] })
}

// eraseDepartedAtDoor destroys the rows of cohorts that this device has left,
// and of all when it was revoked (protocol, rule 5).
func (v *Vault) eraseDepartedAtDoor(ctx context.Context) ([]Event, error) {
	v.mu.Lock()
	var d doom
	d.add(v.departedLocked(), fact.ReleaseEnded)
	for id, c := range v.cohorts {
		if m, ok := v.members.Get(v.id); !ok || !m.MayHold(id) && !slices.Contains(m.Carries, id) {
			c.cursor = cursor{}
		}
	}
	v.mu.Unlock()
	return v.eraseAtDoor(ctx, d)
}
