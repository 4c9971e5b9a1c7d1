package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
)

// TakeGovernance verifies a run against the pinned hub, makes it durable, and
// carries it out: the rows of whoever it kills are gone from the key file, and
// the erasure is entered, before it returns nil. It works while nobody is
// unlocked, and taking what is held already is no error. When the erasure could
// not be finished it returns the error, nothing of those patients opens any
// more, and the next call, Tick or Open goes on with it. A chain forgotten
// beyond what is held destroys the cohort's rows and begins at the floor.
// Errors: ErrNotMember, ErrForeign, ErrBelowFloor, fact.ErrSignature,
// fact.ErrRun, fact.ErrGap, fact.ErrFork, fact.ErrEntry.
func (v *Vault) TakeGovernance(ctx context.Context, id identity.CohortID, run fact.Run) error {
	v.door.Lock()
	events, err := v.takeGovernanceAtDoor(ctx, id, run)
	v.door.Unlock()
	v.tell(events...)
	if err != nil {
		return fmt.Errorf("taking governance: %w", err)
	}
	return nil
}

func (v *Vault) takeGovernanceAtDoor(ctx context.Context, id identity.CohortID, run fact.Run) ([]Event, error) {
	if err := v.usable(); err != nil {
		return nil, err
	}
	v.mu.Lock()
	c, err := v.cohortLocked(id)
	var what news
	known := false
	if err == nil {
		what, err = c.chain.judge(v.hubKey(), run)
		known = len(what.entries) == 0 && !what.restart && !run.Head.Value.Newer(c.chain.head.Value)
	}
	v.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if known {
		return v.finishErasureAtDoor(ctx)
	}
	if what.beginsBadly(c.chain.bad) {
		// Kept once is enough: nothing of it counts, now or later.
		events, err := v.finishErasureAtDoor(ctx)
		return events, errors.Join(fact.ErrEntry, err)
	}
	var events []Event
	if what.restart {
		// Below a floor nothing tells later who was killed: the rows go before
		// the run counts, so that no crash leaves them beside it.
		if events, err = v.eraseCohortAtDoor(ctx, c); err != nil {
			return events, err
		}
	}
	if err := v.keepRun(factGovernance, run); err != nil {
		return events, err
	}
	v.mu.Lock()
	entries, applyErr := c.apply(run, what)
	v.admitAllLocked(c, entries)
	doomed := v.orderedLocked(c, entries)
	freshened := c.settle()
	if v.suspendedLocked() { // nobody stays where nobody may come in
		events = append(events, v.dropUserLocked()...)
	}
	v.mu.Unlock()
	if slices.ContainsFunc(entries, func(e fact.GovernanceEntry) bool { return e.Kind != fact.Kill }) {
		events = append(events, GovernanceChanged{id})
	}
	if freshened {
		events = append(events, Freshened{id})
	}
	placesErr := v.takePlacesAtDoor()
	more, err := v.eraseAtDoor(ctx, doomed)
	return append(events, more...), errors.Join(applyErr, placesErr, err, v.enterOrdersAtDoor(entries))
}

// enterOrdersAtDoor enters what the hub ordered this device to do (R56).
func (v *Vault) enterOrdersAtDoor(entries []fact.GovernanceEntry) error {
	for _, e := range entries {
		if e.Kind != fact.DeviceOrder || e.Device != v.id || e.Order == fact.Turn { // that is entered when it is done
			continue
		}
		kind := audit.KindSuspended
		if e.Order == fact.Wipe {
			kind = audit.KindWiped
		}
		if _, err := v.enter(audit.Entry{Kind: kind, Decision: e.Order}, audit.ClassOther); err != nil {
			return err
		}
	}
	return nil
}

// apply takes what judge found. An entry that makes no sense ends the chain at
// the one before: replaying the facts gives the same.
func (c *cohort) apply(run fact.Run, what news) ([]fact.GovernanceEntry, error) {
	if what.restart {
		c.restart(run.From)
	}
	entries := make([]fact.GovernanceEntry, 0, len(what.entries))
	for i, raw := range what.entries {
		e, err := c.gov.Apply(raw)
		if err != nil {
			c.chain.extend(what.entries[:i], fact.Signed[fact.Head]{})
			c.chain.bad = sha256.Sum256(raw)
			return entries, err
		}
		switch e.Kind {
		case fact.DeviceOrder:
			c.ordered(e)
		case fact.Kill:
			c.killed[e.PID] = e
		case fact.CredentialEnd:
			c.endings = append(c.endings, e.Slot)
		}
		entries = append(entries, e)
	}
	c.chain.extend(what.entries, run.Head)
	return entries, nil
}

// ordered notes an order to a device. One to turn the keys leaves another order
// in force.
func (c *cohort) ordered(e fact.GovernanceEntry) {
	if e.Order == fact.Turn {
		c.turns[e.Device] = c.gov.Point.Hash
		return
	}
	c.orders[e.Device] = e.Order
}

// orderedLocked gathers what entries demand to be destroyed, and hides what a
// kill in another cohort puts in doubt.
func (v *Vault) orderedLocked(c *cohort, entries []fact.GovernanceEntry) doom {
	var d doom
	hide := hiding{}
	for _, e := range entries {
		switch e.Kind {
		case fact.Kill:
			if r := v.table.of(c.id, e.PID); r != nil && c.gov.Dead(e.PID, r.Epoch) {
				d.add([]identity.Handle{r.Handle}, e.Reason)
				hide.others(r, e)
			}
		case fact.CredentialEnd:
			d.slots = append(d.slots, e.Slot)
		case fact.DeviceOrder:
			if e.Device == v.id && e.Order == fact.Wipe {
				v.wipeLocked(&d)
			}
		}
	}
	v.hideLocked(hide)
	return d
}

// wipeLocked dooms every row and every slot.
func (v *Vault) wipeLocked(d *doom) {
	d.add(v.rowsLocked(func(*seal.Row) bool { return true }), fact.ReleaseEnded)
	for _, s := range v.content.Slots {
		d.slots = append(d.slots, s.ID)
	}
	for _, p := range v.content.Pending {
		d.slots = append(d.slots, p.Slot.ID)
	}
}

// eraseCohortAtDoor destroys the rows of a cohort, to be fetched again.
func (v *Vault) eraseCohortAtDoor(ctx context.Context, c *cohort) ([]Event, error) {
	v.mu.Lock()
	var d doom
	d.add(v.rowsLocked(func(r *seal.Row) bool { return r.Cohort == c.id }), fact.ReleaseEnded)
	c.cursor, v.stateDirty = cursor{}, true
	v.mu.Unlock()
	return v.eraseAtDoor(ctx, d)
}

// hiding is people of whom a row was killed, and when.
type hiding map[identity.PersonTag]int64

// others has every other row of the person hidden until its own cohort has
// evidence from after the kill (protocol, rule 4).
func (h hiding) others(r *seal.Row, e fact.GovernanceEntry) {
	switch e.Reason {
	case fact.Withdrawn, fact.Erased, fact.WrongPatient:
	default:
		return
	}
	if r.Tag != (identity.PersonTag{}) {
		h[r.Tag] = max(h[r.Tag], e.Time)
	}
}

// hideLocked hides those people who have other rows. It is called with those of
// a whole run, before any of their rows is dropped: the table is read once for
// all of them.
func (v *Vault) hideLocked(h hiding) {
	if len(h) == 0 {
		return
	}
	rows := make(map[identity.PersonTag]int, len(h))
	for i := range v.table.rows {
		if tag := v.table.rows[i].Tag; h.has(tag) {
			rows[tag]++
		}
	}
	for tag, at := range h {
		if rows[tag] > 1 {
			v.hidden[tag] = max(v.hidden[tag], at)
			v.stateDirty = true
		}
	}
}

func (h hiding) has(tag identity.PersonTag) bool { _, ok := h[tag]; return ok }

// hiddenLocked tells whether the row waits for its own cohort's word.
func (v *Vault) hiddenLocked(r *seal.Row, c *cohort) bool {
	since, hidden := v.hidden[r.Tag]
	return hidden && r.Tag != (identity.PersonTag{}) && c.fresh.Value.Time <= since
}

// rowsLocked gives the handles of the rows that match.
func (v *Vault) rowsLocked(match func(*seal.Row) bool) []identity.Handle {
	var out []identity.Handle
	for i := range v.table.rows {
		if match(&v.table.rows[i]) {
			out = append(out, v.table.rows[i].Handle)
		}
	}
	return out
}

// suspendedLocked tells whether the hub ordered this device to stop.
func (v *Vault) suspendedLocked() bool {
	for _, c := range v.cohorts {
		if c.orders[v.id] != "" {
			return true
		}
	}
	return false
}
