package hub

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"satchel/store/canon"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/record"
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
// R32). A person of the central record of whom nothing was released yet is
// remembered too. Errors: ErrNoPerson, ErrAlready.
func (h *Hub) Withdraw(ctx context.Context, who Person, reason fact.KillReason, by string) (Withdrawal, error) {
	named, err := h.named(ctx, who)
	if err != nil {
		return Withdrawal{}, err
	}
	h.orders.Lock()
	defer h.orders.Unlock()
	change, done, err := h.ending(ctx, named, reason)
	if err != nil {
		return Withdrawal{}, fmt.Errorf("withdrawing: %w", err)
	}
	switch {
	case len(change.Notes) == 0 && len(change.Governance) == 0:
		return Withdrawal{}, fmt.Errorf("withdrawing: %w", ErrAlready)
	case done.Cohorts == 0 && named.unknown != nil:
		return Withdrawal{}, named.unknown
	}
	if err := h.enter(ctx, order{kind: "withdraw", by: by, reason: string(reason), count: done.Cohorts}); err != nil {
		return Withdrawal{}, fmt.Errorf("withdrawing: entering the order: %w", err)
	}
	// What is entered is carried out, though whoever asked has gone.
	if err := h.ledger.Commit(context.WithoutCancel(ctx), change); err != nil {
		return Withdrawal{}, fmt.Errorf("withdrawing: %w", err)
	}
	h.log.Info("a person's records were ended", "reason", reason, "cohorts", done.Cohorts)
	return done, nil
}

// ending prepares what ends every record that was released under the names of
// a person, and the notes that keep others from being released. It is empty
// when all of that was done before. orders is held.
func (h *Hub) ending(ctx context.Context, named named, reason fact.KillReason) (ledger.Change, Withdrawal, error) {
	var change ledger.Change
	value, err := canon.Marshal(personNote{Withdrawn: h.cfg.Now().UnixMilli(), Reason: reason})
	if err != nil {
		return change, Withdrawal{}, err
	}
	ended := map[identity.CohortID]bool{}
	for i, name := range named.names {
		key := h.area.personKey(name)
		note, version, err := h.readPerson(ctx, key)
		if err != nil {
			return change, Withdrawal{}, err
		}
		kills, released, err := h.kills(ctx, key, reason, i == 0 && note.Withdrawn == 0)
		if err != nil {
			return change, Withdrawal{}, err
		}
		change.Governance = append(change.Governance, kills...)
		for _, c := range released {
			ended[c] = true
		}
		// A further name alone is no news of somebody who is withdrawn.
		if note.Withdrawn == 0 && (i == 0 || len(change.Notes) > 0 || len(released) > 0) {
			change.Notes = append(change.Notes, ledger.Note{Kind: kindPerson, Key: hex.EncodeToString(key[:]), Value: value, Version: version})
		}
	}
	devices, err := h.holders(ctx, ended)
	return change, Withdrawal{Cohorts: len(ended), Devices: devices}, err
}

// kills prepares one kill for each cohort that has a record in force, and gives
// those cohorts. With all it prepares one for every cohort: a record that is
// being sealed for one of them at this moment is then dead before it can be
// released there.
func (h *Hub) kills(ctx context.Context, key [16]byte, reason fact.KillReason, all bool) (kills []ledger.Governing, released []identity.CohortID, err error) {
	for _, c := range h.allCohorts() {
		pid := h.area.pid(c.id, key)
		p, err := h.ledger.Patient(ctx, c.id, pid)
		if err != nil {
			return nil, nil, err
		}
		if p.Released {
			released = append(released, c.id)
		}
		if !p.Released && !all {
			continue
		}
		epoch, _ := p.Next()
		kills = append(kills, ledger.Governing{Cohort: c.id, Entry: fact.GovernanceEntry{
			Kind: fact.Kill, PID: pid, Epoch: epoch + 1, Reason: reason,
		}})
	}
	return kills, released, nil
}

// holders counts the devices in force that may hold a record of some cohorts.
func (h *Hub) holders(ctx context.Context, cohorts map[identity.CohortID]bool) (int, error) {
	members, err := h.ledger.Members(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, m := range members.All() {
		if m.Revoked == 0 && slices.ContainsFunc(m.Holds, func(c identity.CohortID) bool { return cohorts[c] }) {
			n++
		}
	}
	return n, nil
}

// named is whom an operator means: the names under which the person's records
// were, or would be, released. The first is today's. unknown is why, when
// nothing was released under any of them, the order is refused; nil where the
// central record has the person.
type named struct {
	names   []string
	unknown error
}

// named turns what an operator typed into names. A number that several
// documents carry, and that is not certain to be one person's, has to be told
// apart by document. What was released outlives its document.
func (h *Hub) named(ctx context.Context, who Person) (named, error) {
	switch {
	case who.NHS.IsZero() && who.Document == "":
		return named{}, fmt.Errorf("%w: an NHS number or a document is due", ErrNoPerson)
	case h.folder == nil && who.NHS.IsZero():
		return named{}, fmt.Errorf("%w: there is no central record to look the document up in", ErrNoPerson)
	case h.folder == nil:
		return named{[]string{central.NumberName(who.NHS)}, fmt.Errorf("withdrawing: %w", ErrNoPerson)}, nil
	case who.NHS.IsZero():
		byDocument := documentName(who.Document)
		p, err := h.ofDocument(ctx, who.Document)
		switch {
		case errors.Is(err, central.ErrNoDocument): // gone before this hub started, or never there
			return named{[]string{byDocument}, fmt.Errorf("%w: %w", ErrNoPerson, err)}, nil
		case err != nil:
			return named{}, err
		}
		return named{distinct(p.Name(), byDocument), nil}, nil
	}
	found, err := h.ofNumber(ctx, who.NHS)
	switch {
	case err != nil:
		return named{}, err
	case len(found) > 1:
		return named{}, fmt.Errorf("%w: %d documents that may be different people carry that number; name the document", ErrNoPerson, len(found))
	case len(found) == 1 && !who.NHS.Valid():
		return named{[]string{found[0].Name()}, nil}, nil // a placeholder names nobody else
	case len(found) == 1:
		return named{distinct(found[0].Name(), central.NumberName(who.NHS)), nil}, nil
	}
	// The document may have gone from the folder; its records have not.
	return named{[]string{central.NumberName(who.NHS)}, fmt.Errorf("withdrawing: %w", ErrNoPerson)}, nil
}

// documentName is the name that sync/central gives a person who has no certain
// number.
func documentName(id string) string { return "document:" + filepath.ToSlash(filepath.Clean(id)) }

func distinct(names ...string) []string { return slices.Compact(names) }

// otherNames are the names, besides the one under which it is released, that a
// document gives its person: a number that is not certain today may have been
// so yesterday, and a birth date may have been corrected since.
func (h *Hub) otherNames(d central.Document) [][16]byte {
	names := []string{documentName(d.ID)}
	if who, err := record.Identify(d.Raw); err == nil && who.NHS.Valid() {
		names = append(names, central.NumberName(who.NHS))
	}
	var keys [][16]byte
	for _, n := range names {
		if n != d.Person.Name() {
			keys = append(keys, h.area.personKey(n))
		}
	}
	return keys
}

// withdrawn tells whether any of some names is one of a person who withdrew.
func (h *Hub) withdrawn(ctx context.Context, keys ...[16]byte) (bool, error) {
	for _, key := range keys {
		note, _, err := h.readPerson(ctx, key)
		if err != nil || note.Withdrawn != 0 {
			return err == nil, err
		}
	}
	return false, nil
}
