package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"satchel/store/cache"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
)

// PutRecords takes records of one cohort, in batches: rows first, durable, then
// the values, then the cursor. Kept are those that this device may hold, that
// are not killed, not past their end, and newer than what is held (or what the
// cache had lost); the others are dropped without an error. While somebody is
// unlocked a record can be found as soon as PutRecords returns; else its inner
// part is made at the next unlock. The cursor moves to (incarnation, rev) when
// everything was taken, and then the hub's stream may go on from there; rev 0
// leaves it. Errors: ErrNotMember, ErrForeign, ErrDiskFull; an error of the
// cache leaves the cursor where it was.
func (v *Vault) PutRecords(ctx context.Context, id identity.CohortID, in []Incoming, incarnation, rev uint64) (kept int, err error) {
	if err := v.room(); err != nil {
		return 0, fmt.Errorf("taking records: %w", err)
	}
	batches := v.prepare(ctx, id, in)
	for b := range batches {
		if err != nil {
			continue // drain: prepare's goroutine ends with the channel
		}
		n, events, putErr := v.putBatch(ctx, id, b)
		kept, err = kept+n, putErr
		v.tell(events...)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = v.moveCursor(id, cursor{incarnation, rev})
	}
	if kept > 0 {
		v.tell(RecordsChanged{kept})
	}
	if err != nil {
		return kept, fmt.Errorf("taking records: %w", err)
	}
	return kept, nil
}

// room refuses to take in more when the disk is nearly full (vault.md 6, 4).
func (v *Vault) room() error {
	free, err := v.cfg.free(v.cfg.Dir)
	if err != nil {
		return err
	}
	if free < diskReserve {
		return ErrDiskFull
	}
	return nil
}

// prepared is a batch of records with what could be opened of them.
type prepared struct {
	in    []Incoming
	wraps []fact.Wrap
	parts []*part // nil: not opened
	bad   []bool  // the wrap does not open the record
	newer []bool  // needs a newer version of the product
	by    *userTier
}

// prepare opens what can be opened, one batch ahead of the one being stored,
// on every core. Nothing is changed.
func (v *Vault) prepare(ctx context.Context, id identity.CohortID, in []Incoming) <-chan *prepared {
	out := make(chan *prepared, 1)
	go func() { // owned by PutRecords, which reads until it ends
		defer close(out)
		for batch := range slices.Chunk(in, putBatch) {
			p := &prepared{
				in: batch, wraps: make([]fact.Wrap, len(batch)), parts: make([]*part, len(batch)), bad: make([]bool, len(batch)),
				newer: make([]bool, len(batch)),
			}
			v.mu.Lock()
			p.by = v.user
			want := make([]bool, len(batch))
			if c := v.cohorts[id]; c != nil {
				wanted := v.wantedLocked(c)
				for i := range batch {
					want[i] = wanted(batch[i].Record.Header.Value)
				}
			}
			v.mu.Unlock()
			eachParallel(len(batch), func(i int) {
				if want[i] && ctx.Err() == nil {
					p.open(i)
				}
			})
			select {
			case out <- p:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// open reads a record's wrap and, with a cohort key, its inner part.
func (p *prepared) open(i int) {
	h := p.in[i].Record.Header.Value
	w, err := fact.DecodeWrap(p.in[i].WrapRaw)
	if err != nil || !w.Fits(h) {
		p.bad[i] = true
		return
	}
	p.wraps[i] = w
	if p.by == nil {
		return
	}
	p.parts[i], err = p.by.openPart(p.in[i].Record, w)
	p.bad[i], p.newer[i] = errors.Is(err, errBadWrap), errors.Is(err, ErrNewerRecord)
}

// wantedLocked gives a function that tells whether a record would be kept. It
// is good as long as mu is held.
func (v *Vault) wantedLocked(c *cohort) func(fact.RecordHeader) bool {
	now, dev := v.nowLocked(), v.policyDeviceLocked()
	return func(h fact.RecordHeader) bool {
		if h.Cohort != c.id || c.gov.Dead(h.PID, h.Epoch) || !mayHold(dev, h, now) {
			return false
		}
		return improves(v.table.of(c.id, h.PID), h)
	}
}

// improves tells whether a record is more than a row has: newer, or what the
// cache has lost.
func improves(r *seal.Row, h fact.RecordHeader) bool {
	switch {
	case r == nil || h.Epoch > r.Epoch || len(r.Versions) == 0:
		return true
	case h.Epoch < r.Epoch:
		return false
	}
	if same := versionOf(r, h.Ver); h.Ver != 0 && same != nil {
		lost := same.State&(flagMissing|flagBadWrap) != 0
		return lost && same.Hash == h.Hash || sameVersionBeats(h, same)
	}
	return h.Ver > r.Versions[0].Ver
}

// sameVersionBeats settles a tie that a restored hub can make, as fact's order
// does as far as a row remembers: the larger hash wins on every device.
func sameVersionBeats(h fact.RecordHeader, held *seal.Version) bool {
	return slices.Compare(h.Hash[:], held.Hash[:]) > 0
}

// change is one row as it will be, with the values that go with it.
type change struct {
	row    seal.Row
	ver    seal.Version
	at     int // in the batch
	part   *part
	values [2]pair
}

// putBatch stores one batch.
func (v *Vault) putBatch(ctx context.Context, id identity.CohortID, p *prepared) (int, []Event, error) {
	v.door.Lock()
	defer v.door.Unlock()
	if err := errors.Join(v.usable(), v.room()); err != nil {
		return 0, nil, err
	}
	v.mu.Lock()
	c, err := v.cohortLocked(id)
	if err != nil {
		v.mu.Unlock()
		return 0, nil, err
	}
	d := v.supersededLocked(c, p)
	v.mu.Unlock()
	events, err := v.eraseAtDoor(ctx, d)
	if err != nil {
		return 0, events, err
	}
	v.mu.Lock()
	changes, gone := v.changesLocked(c, p)
	user := v.user
	v.mu.Unlock()
	if len(changes) == 0 {
		return 0, events, nil
	}
	if user != p.by {
		p.reopen(changes, user)
	}
	p.seal(changes, user)
	if err := v.keepRowsAtDoor(changes); err != nil {
		return 0, events, err
	}
	if err := v.keepValuesAtDoor(changes, gone); err != nil {
		return 0, events, err
	}
	v.settleRows(changes, user)
	p.noteNewer(v, changes)
	return len(changes), events, errors.Join(v.tagArrivedAtDoor(changes, user), v.foldKeyLogAtDoor())
}

// noteNewer says that some of what was kept cannot be opened before the product
// is updated.
func (p *prepared) noteNewer(v *Vault, changes []change) {
	n := 0
	for i := range changes {
		if p.newer[changes[i].at] {
			n++
		}
	}
	if n > 0 {
		v.note(Notice{Code: NewerRecords, N: n})
	}
}

// changesLocked decides once more, now that nothing can come between, and gives
// the rows as they will be. Of two versions of one patient in a batch both are
// kept, in order.
func (v *Vault) changesLocked(c *cohort, p *prepared) (changes []change, gone []cacheKey) {
	now, wanted := v.nowLocked(), v.wantedLocked(c)
	pending := map[identity.PID]*seal.Row{}
	for i := range p.in {
		h := p.in[i].Record.Header.Value
		if !wanted(h) {
			continue
		}
		row := pending[h.PID]
		if row == nil {
			row = v.table.of(c.id, h.PID)
		} else if !improves(row, h) {
			continue
		}
		if row == nil {
			row = &seal.Row{Handle: identity.Random[identity.Handle](), PID: h.PID, Cohort: c.id, Epoch: h.Epoch, Key: seal.NewKey()}
		}
		ver := seal.Version{Ver: h.Ver, NotAfter: h.NotAfter, Hash: h.Hash, State: stateOf(h, p, i)}
		next, old := withVersion(*row, h, ver, now)
		for _, o := range old {
			gone = append(gone, keyOf(kindRecord, row.Handle, o), keyOf(kindInner, row.Handle, o))
		}
		pending[h.PID] = &next
		changes = append(changes, change{row: next, ver: ver, at: i, part: p.parts[i]})
	}
	return changes, gone
}

// supersededLocked gives the rows of patients of whom a later epoch comes: what
// is held of the earlier one goes as by a kill, whichever of the two arrives
// first.
func (v *Vault) supersededLocked(c *cohort, p *prepared) doom {
	var d doom
	wanted := v.wantedLocked(c)
	for i := range p.in {
		h := p.in[i].Record.Header.Value
		if r := v.table.of(c.id, h.PID); r != nil && r.Epoch < h.Epoch && wanted(h) {
			d.add([]identity.Handle{r.Handle}, fact.ReleaseEnded)
		}
	}
	return d
}

func stateOf(h fact.RecordHeader, p *prepared, i int) uint8 {
	var s uint8
	if h.Withheld {
		s |= flagWithheld
	}
	if p.bad[i] {
		s |= flagBadWrap
	}
	return s
}

// reopen opens a batch again for who is unlocked now: somebody locked or
// unlocked since it was prepared.
func (p *prepared) reopen(changes []change, user *userTier) {
	p.by = user
	eachParallel(len(changes), func(i int) {
		c := &changes[i]
		if p.parts[c.at] = nil; user != nil {
			p.open(c.at)
		}
		c.part = p.parts[c.at]
	})
}

// seal makes the values of every change, on every core.
func (p *prepared) seal(changes []change, user *userTier) {
	eachParallel(len(changes), func(i int) {
		c := &changes[i]
		in := inner{wrap: sealWrap(&c.row, &c.ver, p.in[c.at].WrapRaw)}
		if c.part != nil && user != nil {
			in.ek, in.sealed = user.sealPart(&c.row, &c.ver, c.part)
		}
		c.values = [2]pair{
			{keyOf(kindRecord, c.row.Handle, c.ver.Ver), p.in[c.at].RecordRaw},
			{keyOf(kindInner, c.row.Handle, c.ver.Ver), in.encode()},
		}
	})
}

// keepRowsAtDoor makes rows durable in the key log, in one frame.
func (v *Vault) keepRowsAtDoor(changes []change) error {
	b := make([]byte, 0, len(changes)*(rowFixed+versionFixed))
	for i := range changes {
		b = appendRow(b, &changes[i].row)
	}
	defer clear(b)
	if err := v.keepInKeyLogAtDoor(keyLogRows, b); err != nil {
		v.breaks(err)
		return err
	}
	v.keyLog.rows += len(changes)
	return nil
}

// keepValuesAtDoor writes the values; rows whose values did not arrive are
// marked missing and fetched again.
func (v *Vault) keepValuesAtDoor(changes []change, gone []cacheKey) error {
	pairs := make([]pair, 0, 2*len(changes))
	for i := range changes {
		pairs = append(pairs, changes[i].values[:]...)
	}
	err := errCacheDown
	if c := v.cache.Load(); c != nil {
		if err = c.write(pairs); err == nil && len(gone) > 0 {
			v.toDelete = append(v.toDelete, gone...)
			v.deleteValuesAtDoor()
		}
	}
	if err != nil {
		for i := range changes {
			versionOf(&changes[i].row, changes[i].ver.Ver).State |= flagMissing
		}
		v.settleRows(changes, nil)
	}
	if errors.Is(err, cache.ErrFull) {
		return ErrDiskFull
	}
	if err != nil && v.cache.Load() != nil {
		return errors.Join(err, v.cacheFailedAtDoor(err))
	}
	return err
}

// settleRows puts durable rows into the table and the people into the index.
func (v *Vault) settleRows(changes []change, user *userTier) {
	v.mu.Lock()
	for i := range changes {
		v.table.set(changes[i].row)
	}
	v.mu.Unlock()
	if user == nil {
		return
	}
	people := make([]*part, 0, len(changes))
	for i := range changes {
		if c := &changes[i]; c.part != nil {
			c.part.handle = c.row.Handle
			people = append(people, c.part)
		}
	}
	user.add(people)
}

// foldKeyLogAtDoor writes a new generation when the key log has grown beyond
// the table that it amends.
func (v *Vault) foldKeyLogAtDoor() error {
	if v.keyLog.rows < v.cfg.FoldRows || v.keyLog.rows < 2*v.table.len() {
		return nil
	}
	if _, err := v.saveKeysAtDoor(); err != nil {
		return fmt.Errorf("folding the key log: %w", err)
	}
	return nil
}

// moveCursor moves the cohort's cursor; it is written at the latest a second
// later, and a cursor that a crash sets back costs a fetch and nothing else.
func (v *Vault) moveCursor(id identity.CohortID, at cursor) error {
	if at.Rev == 0 {
		return nil
	}
	v.door.Lock()
	defer v.door.Unlock()
	if err := v.usable(); err != nil {
		return err
	}
	v.mu.Lock()
	c, err := v.cohortLocked(id)
	if err == nil {
		c.cursor = at
		v.stateDirty = true
	}
	v.mu.Unlock()
	if err != nil || v.cfg.Boot()-v.savedAt < saveCursorEvery {
		return err
	}
	return v.saveStateAtDoor()
}
