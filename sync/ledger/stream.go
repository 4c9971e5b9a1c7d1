package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"satchel/store/fact"
	"satchel/store/identity"
)

// Since implements Ledger.
func (l *Local) Since(ctx context.Context, cohort identity.CohortID, after uint64, yield func(Stored) error) (uint64, error) {
	// The reader is opened under the lock, so that it still has what a later
	// release or kill deletes.
	l.mu.RLock()
	c := l.state.cohorts[cohort]
	if err := l.usableLocked(); err != nil || c == nil {
		l.mu.RUnlock()
		return 0, err
	}
	l.reading.Add(1)
	defer l.reading.Done()
	asOf, order := c.rev, c.order
	contents, err := l.cache.reader(cohort)
	l.mu.RUnlock()
	if err != nil {
		return 0, err
	}
	defer contents.close()

	from, _ := slices.BinarySearchFunc(order, after+1, func(r *record, rev uint64) int {
		return int(int64(r.Rev) - int64(rev))
	})
	for _, r := range order[from:] {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if !r.streams(asOf) {
			continue
		}
		value, err := contents.at(r.Rev)
		if err != nil {
			return 0, err
		}
		if !r.is(value) {
			l.lost(r)
			continue
		}
		if r.killed.Load() { // while its content was read
			continue
		}
		if err := yield(r.stored(value)); err != nil {
			return 0, err
		}
	}
	return asOf, nil
}

// is tells whether value is the record's content, all of it as it was written.
func (r *record) is(value []byte) bool {
	return len(value) > 4 && sha256.Sum256(value) == r.Sum
}

func (r *record) stored(value []byte) Stored {
	wrap := 4 + int(binary.BigEndian.Uint32(value))
	return Stored{
		PID: r.PID, Epoch: r.Epoch, Ver: r.Ver, Rev: r.Rev, KeyEpoch: r.KeyEpoch,
		Wrap: value[4:wrap:wrap], Record: value[wrap:],
	}
}

// lost marks a record whose content turned out to be gone or changed. One that
// was just replaced or killed may have been deleted: that is no loss.
func (l *Local) lost(r *record) {
	if r.current() && !r.missing.Swap(true) {
		l.cfg.Log.Error("a record's content is lost; it has to be released again", "cohort", r.Cohort, "rev", r.Rev)
		l.grew()
	}
}

// current tells whether the record is its patient's newest and not killed.
func (r *record) current() bool { return r.replaced.Load() == 0 && !r.killed.Load() }

// contents reads a cohort's records in ascending order of their revisions.
type contents struct {
	txn *badger.Txn
	it  *badger.Iterator
	buf []byte
	key []byte // of the cohort; the revision is written over its end
}

func (c *cache) reader(cohort identity.CohortID) (r *contents, err error) {
	defer recoverBadger(&err)
	r = &contents{txn: c.db.NewTransaction(false), key: recordKey(cohort, 0)}
	r.it = r.txn.NewIterator(badger.IteratorOptions{Prefix: r.key[:17]})
	return r, nil
}

func (r *contents) close() {
	r.it.Close()
	r.txn.Discard()
}

// at gives the value at a revision, nil where there is none. It is valid until
// the next call. A value that Badger cannot read is as good as none.
func (r *contents) at(rev uint64) (value []byte, err error) {
	defer recoverBadger(&err)
	binary.BigEndian.PutUint64(r.key[17:], rev)
	const near = 8 // steps are cheaper than a search
	for range near {
		if r.it.Valid() && string(r.it.Item().Key()) < string(r.key) {
			r.it.Next()
		}
	}
	if !r.it.Valid() || string(r.it.Item().Key()) < string(r.key) {
		r.it.Seek(r.key)
	}
	if !r.it.Valid() || string(r.it.Item().Key()) != string(r.key) {
		return nil, nil
	}
	value, err = r.it.Item().ValueCopy(r.buf)
	if err != nil {
		return nil, nil
	}
	r.buf = value
	return value, nil
}

// Patient implements Ledger.
func (l *Local) Patient(_ context.Context, cohort identity.CohortID, pid identity.PID) (Patient, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.usableLocked(); err != nil {
		return Patient{}, err
	}
	c := l.state.cohorts[cohort]
	if c == nil {
		return Patient{}, nil
	}
	p := Patient{KilledBelow: c.gov.KilledBelow(pid), Directives: c.gov.Directives(pid)}
	if r := c.records[pid]; r != nil {
		p.Epoch, p.Ver, p.Rev, p.Source = r.Epoch, r.Ver, r.Rev, r.Source
		p.NotAfter, p.ReleasedAt = r.NotAfter, r.Released
		p.Released, p.Missing = !r.killed.Load(), !r.killed.Load() && r.missing.Load()
	}
	return p, nil
}

// Missing implements Ledger.
func (l *Local) Missing(context.Context) ([]MissingRecord, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.usableLocked(); err != nil {
		return nil, err
	}
	return l.missing(), nil
}

func (l *Local) missing() []MissingRecord {
	var out []MissingRecord
	for _, c := range l.state.cohorts {
		for _, r := range c.order {
			if r.current() && r.missing.Load() {
				out = append(out, MissingRecord{r.Cohort, r.PID, r.Epoch, r.Ver})
			}
		}
	}
	return out
}

// Freshness implements Ledger. Whoever holds writing knows that nothing is
// signed and not yet applied.
func (l *Local) Freshness(_ context.Context, cohort identity.CohortID) (fact.Signed[fact.Freshness], error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.RLock()
	err := l.usableLocked()
	l.mu.RUnlock()
	if err != nil {
		return fact.Signed[fact.Freshness]{}, err
	}
	f := fact.Freshness{
		Incarnation: l.cfg.Incarnation, Cohort: cohort, Time: l.now(),
		Governance: fact.Chain{Area: l.cfg.Area, Cohort: cohort}.Start(),
	}
	if c := l.state.cohorts[cohort]; c != nil {
		f.Rev, f.Governance = c.rev, c.gov.Point
	}
	signed, err := fact.Sign(l.cfg.Key, f)
	if err != nil {
		return signed, fmt.Errorf("signing freshness: %w", err)
	}
	return signed, nil
}

// Tidy gives space of the cache back to the disk. Call it now and then, hourly
// say: Badger does not by itself.
func (l *Local) Tidy(ctx context.Context) (err error) {
	defer recoverBadger(&err)
	if err := l.enter(); err != nil {
		return err
	}
	defer l.reading.Done()
	for ctx.Err() == nil {
		if err := l.cache.db.RunValueLogGC(0.5); err != nil {
			return nil // nothing more to give back, or another call is at it
		}
	}
	return ctx.Err()
}
