package hub

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"satchel/store/canon"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/sync/central"
	"satchel/sync/ledger"
)

var (
	// ErrNoPerson says that nothing of that person was ever released. Check
	// the number or the document's name.
	ErrNoPerson = errors.New("nothing of that person has been released")
	// ErrAlready says that it was so already; nothing was changed.
	ErrAlready = errors.New("that was done already")
)

// personNote is what the hub must remember of a person whatever the central
// record says. The key is a keyed hash: the note names nobody.
type personNote struct {
	Withdrawn int64           `cbor:"1,keyasint"` // Unix milliseconds; 0: in force
	Reason    fact.KillReason `cbor:"2,keyasint"`
}

const kindPerson = "person"

// Person names one person of the central record to the hub: by NHS number, or
// by the name of a document where there is none.
type Person struct {
	NHS      identity.NHSNumber
	Document string
}

func (h *Hub) readPerson(ctx context.Context, key [16]byte) (personNote, uint64, error) {
	var p personNote
	n, ok, err := h.ledger.Note(ctx, kindPerson, hex.EncodeToString(key[:]))
	if err != nil || !ok {
		return p, n.Version, err
	}
	return p, n.Version, canon.Unmarshal(n.Value, &p)
}

// Withdrawal is what one withdrawal did.
type Withdrawal struct {
	Cohorts int // in how many cohorts the person's records were ended
	Devices int // how many devices may hold one, and will be told
}

// Withdraw ends every record of a person in every cohort, in one commit, and
// remembers that no later look at the central record releases another (R28,
// R32). Errors: ErrNoPerson, ErrAlready.
func (h *Hub) Withdraw(ctx context.Context, who Person, reason fact.KillReason, by string) (Withdrawal, error) {
	name, err := h.personName(ctx, who)
	if err != nil {
		return Withdrawal{}, err
	}
	key := h.area.personKey(name)
	h.orders.Lock()
	defer h.orders.Unlock()
	note, version, err := h.readPerson(ctx, key)
	if err != nil {
		return Withdrawal{}, fmt.Errorf("withdrawing: %w", err)
	}
	if note.Withdrawn != 0 {
		return Withdrawal{}, fmt.Errorf("withdrawing: %w", ErrAlready)
	}
	change, done, err := h.kills(ctx, key, reason)
	if err != nil {
		return Withdrawal{}, err
	}
	if done.Cohorts == 0 {
		return Withdrawal{}, fmt.Errorf("withdrawing: %w", ErrNoPerson)
	}
	value, err := canon.Marshal(personNote{Withdrawn: h.cfg.Now().UnixMilli(), Reason: reason})
	if err != nil {
		return Withdrawal{}, fmt.Errorf("withdrawing: %w", err)
	}
	change.Notes = []ledger.Note{{Kind: kindPerson, Key: hex.EncodeToString(key[:]), Value: value, Version: version}}
	if err := h.enter(ctx, order{kind: "withdraw", by: by, reason: string(reason), count: done.Cohorts}); err != nil {
		return Withdrawal{}, fmt.Errorf("withdrawing: entering the order: %w", err)
	}
	if err := h.ledger.Commit(ctx, change); err != nil {
		return Withdrawal{}, fmt.Errorf("withdrawing: %w", err)
	}
	h.log.Info("a person's records were ended", "reason", reason, "cohorts", done.Cohorts)
	return done, nil
}

// kills prepares one kill for each cohort that ever had a record in force.
func (h *Hub) kills(ctx context.Context, key [16]byte, reason fact.KillReason) (ledger.Change, Withdrawal, error) {
	var (
		change ledger.Change
		done   Withdrawal
	)
	members, err := h.ledger.Members(ctx)
	if err != nil {
		return change, done, fmt.Errorf("withdrawing: %w", err)
	}
	for _, c := range h.allCohorts() {
		pid := h.area.pid(c.id, key)
		p, err := h.ledger.Patient(ctx, c.id, pid)
		if err != nil {
			return change, done, fmt.Errorf("withdrawing: %w", err)
		}
		if p.Epoch == 0 || p.Epoch < p.KilledBelow {
			continue
		}
		change.Governance = append(change.Governance, ledger.Governing{Cohort: c.id, Entry: fact.GovernanceEntry{
			Kind: fact.Kill, PID: pid, Epoch: p.Epoch + 1, Reason: reason,
		}})
		done.Cohorts++
		for _, m := range members.All() {
			if m.Revoked == 0 && m.MayHold(c.id) {
				done.Devices++
			}
		}
	}
	return change, done, nil
}

// personName turns what an operator typed into the name under which the
// person's records were released. A number that several documents carry, and
// that is not certain to be one person's, has to be told apart by document.
func (h *Hub) personName(ctx context.Context, who Person) (string, error) {
	switch {
	case who.NHS.IsZero() && who.Document == "":
		return "", fmt.Errorf("%w: an NHS number or a document is due", ErrNoPerson)
	case h.folder == nil && who.NHS.IsZero():
		return "", fmt.Errorf("%w: there is no central record to look the document up in", ErrNoPerson)
	case h.folder == nil:
		return central.NumberName(who.NHS), nil
	case who.NHS.IsZero():
		p, err := h.ofDocument(ctx, who.Document)
		if err != nil {
			return "", fmt.Errorf("%w: %w", ErrNoPerson, err)
		}
		return p.Name(), nil
	}
	found, err := h.ofNumber(ctx, who.NHS)
	switch {
	case err != nil:
		return "", err
	case len(found) > 1:
		return "", fmt.Errorf("%w: %d documents that may be different people carry that number; name the document", ErrNoPerson, len(found))
	case len(found) == 1:
		return found[0].Name(), nil
	}
	// The document may have gone from the folder; its records have not.
	return central.NumberName(who.NHS), nil
}
