package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"satchel/store/fact"
	"satchel/store/identity"
)

// Release implements Ledger.
func (l *Local) Release(ctx context.Context, drafts []Draft) ([]fact.RecordHeader, error) {
	released := make([]fact.RecordHeader, 0, len(drafts))
	for len(released) < len(drafts) {
		first := len(released)
		b := newBatch(drafts[first:min(first+releaseBatch, len(drafts))])
		var stopped error
		p := &proposal{scopes: b.scopes(), prepare: func(now int64) (ops [][]byte, err error) {
			ops, stopped, err = l.prepareRelease(b, now)
			return ops, err
		}}
		err := l.submit(ctx, p)
		if err == nil {
			released = append(released, b.headers...)
			err = stopped
		}
		if err != nil {
			if e, ok := errors.AsType[*DraftError](err); ok {
				e.Draft += first
			}
			return released, fmt.Errorf("releasing: %w", err)
		}
	}
	return released, nil
}

// batch is the drafts of one commit and what can be made of them before their
// revisions are known.
type batch struct {
	drafts  []Draft
	hashes  [][32]byte // of the ciphertexts
	wraps   [][]byte
	headers []fact.RecordHeader
	ops     []recordOp
	errs    []error // for each draft: why it cannot be released
}

// newBatch takes drafts until they are too much for one commit.
func newBatch(drafts []Draft) *batch {
	n, size := 0, 0
	for n < len(drafts) && (n == 0 || size < releaseBytes) {
		size += len(drafts[n].Ciphertext)
		n++
	}
	b := &batch{drafts: drafts[:n], hashes: make([][32]byte, n), wraps: make([][]byte, n), errs: make([]error, n)}
	eachAtOnce(n, func(i int) {
		d := &b.drafts[i]
		b.hashes[i] = sha256.Sum256(d.Ciphertext)
		b.wraps[i], b.errs[i] = d.check()
	})
	return b
}

// check refuses a draft that is wrong whatever the ledger holds.
func (d *Draft) check() (wrap []byte, err error) {
	w := d.Wrap
	switch {
	case w.Cohort == identity.CohortID{} || w.PID == identity.PID{}:
		return nil, fmt.Errorf("%w: it names no cohort or no patient", ErrDraft)
	case w.Epoch == 0 || w.Ver == 0 || w.KeyEpoch == 0:
		return nil, fmt.Errorf("%w: an epoch, a version and a key epoch are due", ErrDraft)
	case len(d.Ciphertext) == 0 || len(w.Box) == 0:
		return nil, fmt.Errorf("%w: it has no content or no wrap", ErrDraft)
	}
	if wrap, err = w.Raw(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDraft, err)
	}
	return wrap, nil
}

func (b *batch) scopes() []any {
	seen := map[identity.CohortID]bool{}
	var scopes []any
	for _, d := range b.drafts {
		if !seen[d.Wrap.Cohort] {
			seen[d.Wrap.Cohort] = true
			scopes = append(scopes, d.Wrap.Cohort)
		}
	}
	return scopes
}

// prepareRelease signs a batch and puts its contents into the cache; stopped is
// why it ends before the last draft. Contents go first: a crash before the
// journal has the headers leaves contents that nothing names, and they are
// deleted at the next start.
func (l *Local) prepareRelease(b *batch, now int64) (ops [][]byte, stopped, err error) {
	if !l.room(cacheWorstGrowth) {
		return nil, nil, ErrNoSpace
	}
	n, stopped := l.number(b, now)
	if n == 0 {
		return nil, nil, stopped
	}
	b.ops = make([]recordOp, n)
	puts, errs := make([]put, n), make([]error, n)
	eachAtOnce(n, func(i int) { puts[i], errs[i] = l.seal(b, i) })
	if err := errors.Join(errs...); err != nil {
		return nil, nil, err
	}
	if err := l.cache.write(puts); err != nil {
		return nil, nil, err
	}
	if err := l.cache.sync(); err != nil {
		return nil, nil, err
	}
	for i := range n {
		ops = append(ops, b.ops[i].encode())
	}
	return ops, stopped, nil
}

// number gives drafts their revisions, up to the first that may not be
// released.
func (l *Local) number(b *batch, now int64) (n int, stopped error) {
	type patient struct {
		cohort identity.CohortID
		pid    identity.PID
	}
	type version struct{ epoch, ver uint64 }
	latest := map[patient]version{}
	revs := map[identity.CohortID]uint64{}
	for i, d := range b.drafts {
		w, c := d.Wrap, l.state.cohorts[d.Wrap.Cohort]
		who := patient{w.Cohort, w.PID}
		was, again := latest[who]
		if c != nil && !again && c.records[w.PID] != nil {
			was = version{c.records[w.PID].Epoch, c.records[w.PID].Ver}
		}
		err := b.errs[i]
		switch {
		case err != nil:
		case c == nil || w.KeyEpoch > c.keyEpoch:
			err = fmt.Errorf("%w: the cohort has no key of that epoch", ErrDraft)
		case d.NotAfter <= now:
			err = fmt.Errorf("%w: its life has ended", ErrDraft)
		case c.gov.Dead(w.PID, w.Epoch):
			err = ErrDead
		case w.Ver <= was.ver || w.Epoch < was.epoch:
			err = fmt.Errorf("%w: %d.%d after %d.%d", ErrVersion, w.Epoch, w.Ver, was.epoch, was.ver)
		}
		if err != nil {
			return i, &DraftError{Draft: i, Err: err}
		}
		if revs[w.Cohort] == 0 {
			revs[w.Cohort] = c.rev
		}
		revs[w.Cohort]++
		latest[who] = version{w.Epoch, w.Ver}
		b.headers = append(b.headers, fact.RecordHeader{
			Incarnation: l.cfg.Incarnation, Cohort: w.Cohort, Rev: revs[w.Cohort], PID: w.PID,
			Epoch: w.Epoch, Ver: w.Ver, NotAfter: d.NotAfter, Released: now, Dictionary: d.Dictionary,
			Hash: b.hashes[i], Commitment: d.Commitment, Size: uint64(len(d.Ciphertext)),
			Withheld: d.Withheld, Source: d.Source,
		})
	}
	return len(b.drafts), nil
}

// seal signs one header and gives what the cache holds of the record.
func (l *Local) seal(b *batch, i int) (put, error) {
	h, w := b.headers[i], b.drafts[i].Wrap
	signed, err := fact.Sign(l.cfg.Key, h)
	if err != nil {
		return put{}, err
	}
	raw, err := fact.Record{Header: signed, Ciphertext: b.drafts[i].Ciphertext}.Raw()
	if err != nil {
		return put{}, err
	}
	value := make([]byte, 0, 4+len(b.wraps[i])+len(raw))
	value = binary.BigEndian.AppendUint32(value, uint32(len(b.wraps[i])))
	value = append(append(value, b.wraps[i]...), raw...)
	b.ops[i] = recordOp{
		Incarnation: h.Incarnation, Cohort: h.Cohort, Rev: h.Rev, PID: h.PID, Epoch: h.Epoch, Ver: h.Ver,
		KeyEpoch: w.KeyEpoch, NotAfter: h.NotAfter, Released: h.Released, Source: h.Source,
		Sum: sha256.Sum256(value),
	}
	return put{key: recordKey(h.Cohort, h.Rev), value: value}, nil
}

// eachAtOnce calls do for 0 to n-1 on all cores.
func eachAtOnce(n int, do func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				do(i)
			}
		})
	}
	wg.Wait()
}
