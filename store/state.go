package store

import (
	"errors"
	"fmt"
	"io/fs"

	"satchel/store/audit"
	"satchel/store/canon"
	"satchel/store/files"
	"satchel/store/identity"
	"satchel/store/seal"
)

const (
	stateName  = seal.KeysDir + "/state"
	labelState = "satchel/state/1"
	// maxState bounds the state file: a cursor for each of a few thousand
	// cohorts.
	maxState = 4 << 20
)

// state is what the vault remembers of itself between runs, beside the keys
// and the facts: keys/state, sealed under the state key.
type state struct {
	Clock   int64         `cbor:"1,keyasint"` // trusted time, Unix milliseconds
	Boot    int64         `cbor:"2,keyasint"` // boot clock at that time, ns
	Skew    int64         `cbor:"3,keyasint"` // wall minus hub, ns
	Running int64         `cbor:"4,keyasint"` // time this vault was open, ns
	Trusted int64         `cbor:"5,keyasint"` // last time the hub vouched for
	Cursors []stateCursor `cbor:"6,keyasint"`
	Head    audit.Head    `cbor:"7,keyasint"` // of the device's own chain, so that a cut tail is found
	Hidden  []stateHidden `cbor:"8,keyasint"`
	Hours   []stateHour   `cbor:"9,keyasint"`
	Facts   uint64        `cbor:"10,keyasint"` // number of the next fact
	Wall    int64         `cbor:"11,keyasint"` // wall clock at Boot, Unix milliseconds
	BootID  bootID        `cbor:"12,keyasint"` // which start of the machine Boot counts from; zero: not known
	Marks   marks         `cbor:"13,keyasint"`
	Scrub   stateScrub    `cbor:"14,keyasint,omitzero"`
}

type stateCursor struct {
	Cohort identity.CohortID `cbor:"1,keyasint"`
	At     cursor            `cbor:"2,keyasint"`
}

// stateHidden hides every row of one person since a kill of one of them, until
// the row's own cohort has an F later than that (protocol, rule 4).
type stateHidden struct {
	Tag  identity.PersonTag `cbor:"1,keyasint"`
	Time int64              `cbor:"2,keyasint"`
}

// stateHour marks how much running time there was at a moment.
type stateHour struct {
	Clock   int64 `cbor:"1,keyasint"`
	Running int64 `cbor:"2,keyasint"`
}

var stateLimits = canon.Limits{Bytes: maxState, Depth: 5, Items: 1 << 16}

func loadState(fsys files.FS, key *seal.Key) (state, error) {
	var s state
	sealed, err := files.ReadFile(fsys, stateName, maxState+seal.MaxBoxed)
	if errors.Is(err, fs.ErrNotExist) {
		return s, &DamagedError{File: stateName, What: "it is missing", Err: err}
	}
	if errors.Is(err, files.ErrTooLarge) {
		return s, &DamagedError{File: stateName, What: "it is too long", Err: err}
	}
	if err != nil {
		return s, fmt.Errorf("reading the vault's state: %w", err)
	}
	plain, err := seal.Open(key, labelState, sealed)
	if err != nil {
		return s, &DamagedError{File: stateName, What: "it does not open", Err: err}
	}
	if err := canon.Unmarshal(plain, &s, stateLimits); err != nil {
		return s, &DamagedError{File: stateName, What: "it makes no sense", Err: err}
	}
	return s, nil
}

func saveState(fsys files.FS, key *seal.Key, s state) error {
	plain, err := canon.Marshal(s, stateLimits)
	if err != nil {
		return fmt.Errorf("writing the vault's state: %w", err)
	}
	if err := files.WriteAtomic(fsys, stateName, seal.Seal(key, labelState, plain)); err != nil {
		return fmt.Errorf("writing the vault's state: %w", err)
	}
	return nil
}

// snapshotLocked gathers the state as it is now.
func (v *Vault) snapshotLocked() state {
	v.stateDirty = false
	s := v.clock.save()
	s.Head, s.Facts, s.Marks = v.items.Head(), v.facts.Next(), v.marksLocked()
	for id, c := range v.cohorts {
		if c.cursor != (cursor{}) {
			s.Cursors = append(s.Cursors, stateCursor{id, c.cursor})
		}
	}
	s.Scrub = stateScrub{v.scrub.deleted, v.scrub.at}
	for tag, at := range v.hidden {
		s.Hidden = append(s.Hidden, stateHidden{tag, at})
	}
	return s
}

// restoreLocked takes up what was persisted.
func (v *Vault) restoreLocked(s state) {
	v.clock.load(s)
	v.known, v.factsNext, v.marks = s.Head, s.Facts, s.Marks
	if s.Head.Chain < v.own.Chain {
		// A crash came between beginning a chain and this file: what it knows
		// is of the chain before.
		v.known, v.marks.ItemsFirst = audit.Head{}, 0
	}
	v.scrub.deleted, v.scrub.at = s.Scrub.Deleted, s.Scrub.At
	for _, c := range s.Cursors {
		v.anyCohortLocked(c.Cohort).cursor = c.At
	}
	for _, h := range s.Hidden {
		v.hidden[h.Tag] = h.Time
	}
}

// saveStateAtDoor writes the state now.
func (v *Vault) saveStateAtDoor() error {
	if err := v.stillOpen(); err != nil {
		return err
	}
	v.mu.Lock()
	s := v.snapshotLocked()
	v.mu.Unlock()
	if err := v.withRoom(func() error { return saveState(v.fsys, &v.content.State, s) }); err != nil {
		return err
	}
	v.savedAt = v.clock.boot()
	return nil
}
