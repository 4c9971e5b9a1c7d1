package store

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strconv"

	"satchel/store/audit"
	"satchel/store/consent"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
)

// openItems opens the device's own chain. Its head was in keys/state, so a tail
// that was cut off is found here.
func (v *Vault) openItems(context.Context) error {
	log, opened, err := audit.OpenLog(v.fsys, v.itemsDir(), audit.LogConfig{
		Key: v.device.Sign, Chain: v.own.Chain, First: v.own.First, Known: v.known, Receipt: v.receipt, SegmentBytes: v.cfg.SegmentBytes,
	})
	if err != nil {
		if errors.Is(err, audit.ErrHead) {
			return &DamagedError{File: v.itemsDir(), What: "it is not the device's own chain", Err: err}
		}
		return journalError(v.itemsDir(), err)
	}
	if err := v.checkItemsBegin(log); err != nil {
		return errors.Join(err, log.Close())
	}
	v.mu.Lock()
	if v.items = log; v.sender == nil {
		v.sender = seal.NewSender()
	}
	v.mu.Unlock()
	if opened.Torn > 0 {
		v.note(Notice{Code: AuditTornTail, File: path.Join(v.itemsDir(), opened.TornAt)})
		if _, err := v.enter(audit.Entry{Kind: audit.KindTornTail}, audit.ClassOther); err != nil {
			return err
		}
	}
	_, err = v.enter(audit.Entry{Kind: audit.KindStarted}, audit.ClassOther)
	return err
}

func (v *Vault) itemsDir() string { return path.Join(auditDir, strconv.FormatUint(v.own.Chain, 10)) }

// enter makes an entry durable: boxed to the hub, so that this device cannot
// read it again, signed into the device's chain, synced. Whatever the entry is
// about happens after it returns nil, and does not happen otherwise. It may be
// called with or without the door, never with mu.
func (v *Vault) enter(e audit.Entry, class audit.Class) (audit.Item, error) {
	v.mu.Lock()
	e.Governance = v.governedLocked()
	if m, ok := v.members.Get(v.id); ok {
		e.Category = m.Category
	}
	to := v.cert.Value.Box
	log, sender := v.items, v.sender
	seen := audit.Seen{Size: v.checkpoint.Size, Root: v.checkpoint.Root}
	times := audit.Times{Wall: max(0, v.cfg.Now().UnixMilli()), Boot: v.cfg.Boot().Milliseconds()}
	if !v.clock.trusted.IsZero() {
		times.Trusted = v.clock.trusted.UnixMilli()
	}
	v.mu.Unlock()
	plain, err := e.Encode()
	if err != nil {
		return audit.Item{}, fmt.Errorf("making an entry: %w", err)
	}
	defer clear(plain)
	body, err := sender.BoxTo(&to, fact.EntryLabel, plain)
	if err != nil {
		return audit.Item{}, fmt.Errorf("making an entry: %w", err)
	}
	it, err := log.Append(audit.Draft{Class: class, HubKey: identity.KeyID(to), Body: body, Times: times, Seen: seen})
	if err != nil {
		return audit.Item{}, fmt.Errorf("making an entry: %w", err)
	}
	return it, nil
}

// maxGoverned bounds the heads that one entry names; a device holds a few.
const maxGoverned = 64

// governedLocked names the governance heads that are applied, so that the hub
// can count which devices have taken a withdrawal (protocol, rule 11).
func (v *Vault) governedLocked() []audit.Governed {
	var out []audit.Governed
	for _, id := range v.cohortIDsLocked() {
		if c := v.cohorts[id]; c != nil && !c.chain.head.IsZero() && len(out) < maxGoverned {
			p := c.chain.point()
			out = append(out, audit.Governed{Cohort: id, Incarnation: c.chain.head.Value.Incarnation, N: p.N, Hash: p.Hash})
		}
	}
	return out
}

// enterPurgedAtDoor enters what was destroyed, and marks that it was entered.
func (v *Vault) enterPurgedAtDoor(turned bool) error {
	rows := make([]audit.Gone, 0, min(len(v.content.Dropped), audit.MaxGone))
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		_, err := v.enter(audit.Entry{Kind: audit.KindPurged, Rows: rows, Turned: turned}, audit.ClassOther)
		rows = rows[:0]
		return err
	}
	for _, d := range v.content.Dropped {
		if rows = append(rows, audit.Gone(d)); len(rows) == audit.MaxGone {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	owed, err := v.enterOwedAtDoor(turned)
	if err != nil || len(v.content.Dropped) == 0 && !owed {
		return err
	}
	v.content.Dropped = nil
	return v.keepInKeyLogAtDoor(keyLogEntered, nil)
}

func (v *Vault) enterUnlocked(p Person) (uint64, error) {
	it, err := v.enter(audit.Entry{Kind: audit.KindUnlock, Slot: p.Slot, Person: p.code(), Role: p.Role}, audit.ClassOther)
	return it.Seq, err
}

func (v *Vault) enterRefusedUnlock(slot identity.SlotID, why string, failed uint32) error {
	_, err := v.enter(audit.Entry{
		Kind: audit.KindUnlockRefused, Slot: slot, Decision: why, Outcome: audit.OutcomeRefused, Count: failed,
	}, audit.ClassOther)
	if err == nil {
		v.tell(WaitingChanged{})
	}
	return err
}

// code is how entries name a person: by staff id, which is a code; the slot
// names the person on this device in any case.
func (p Person) code() string {
	for _, r := range p.Staff {
		if r <= ' ' || r > '~' {
			return ""
		}
	}
	return p.Staff
}

// purposeCode is a purpose in the words of entries.
func purposeCode(p consent.Purpose) audit.Purpose {
	switch p {
	case consent.DirectCare:
		return audit.PurposeDirectCare
	case consent.Preventive:
		return audit.PurposePreventive
	case consent.Diagnosis:
		return audit.PurposeDiagnosis
	case consent.PublicInterest:
		return audit.PurposePublicInterest
	}
	return ""
}
