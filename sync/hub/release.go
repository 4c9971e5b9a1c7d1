package hub

import (
	"context"
	"errors"
	"fmt"

	"satchel/store/fact"
	"satchel/store/seal"
	"satchel/sync/central"
	"satchel/sync/ledger"
)

// document is one person's current summary in the central record.
type document struct {
	central.Document
	person   [16]byte // personKey of whose it is
	withheld bool
}

// releaseBatch is how many documents are sealed before the ledger is asked to
// sign them: at 12.5 KB each, a few MB.
const releaseBatch = 256

// release seals and releases, to every cohort, the documents that are new,
// changed, or near the end of their life there. It gives how many records
// were released.
func (h *Hub) release(ctx context.Context, docs []document) (int, error) {
	released := 0
	for _, c := range h.allCohorts() {
		for from := 0; from < len(docs); from += releaseBatch {
			n, err := h.releaseTo(ctx, c, docs[from:min(from+releaseBatch, len(docs))])
			released += n
			if err != nil {
				return released, fmt.Errorf("releasing to cohort %s: %w", c.id, err)
			}
		}
	}
	return released, nil
}

func (h *Hub) releaseTo(ctx context.Context, c *cohort, docs []document) (int, error) {
	drafts := make([]ledger.Draft, 0, len(docs))
	for i := range docs {
		d, due, err := h.draft(ctx, c, &docs[i])
		if err != nil {
			return 0, err
		}
		if due {
			drafts = append(drafts, d)
		}
	}
	if len(drafts) == 0 {
		return 0, nil
	}
	return h.releaseAll(ctx, drafts)
}

// releaseAll releases drafts, leaving out those that were overtaken: a
// withdrawal that came between a draft and its release wins, and a version that
// moved on is sealed anew at the next look.
func (h *Hub) releaseAll(ctx context.Context, drafts []ledger.Draft) (int, error) {
	released := 0
	for len(drafts) > 0 {
		headers, err := h.ledger.Release(ctx, drafts)
		released += len(headers)
		if err == nil {
			return released, nil
		}
		at, ok := errors.AsType[*ledger.DraftError](err)
		if !ok || !(errors.Is(err, ledger.ErrDead) || errors.Is(err, ledger.ErrVersion)) {
			return released, err
		}
		h.log.Info("a release was overtaken", "why", at.Err)
		drafts = drafts[at.Draft+1:]
	}
	return released, nil
}

// draft seals one document for one cohort, if one is due there: the person is
// not withdrawn, and the cohort has not this very version with life left. A
// document that names a withdrawn person in another way is not released for the
// first time: it may be the same person under a corrected birth date or a
// renamed file, and an operator has to tell (R34).
func (h *Hub) draft(ctx context.Context, c *cohort, doc *document) (ledger.Draft, bool, error) {
	none := ledger.Draft{}
	if out, err := h.withdrawn(ctx, doc.person); err != nil || out {
		return none, false, err
	}
	pid := h.area.pid(c.id, doc.person)
	p, err := h.ledger.Patient(ctx, c.id, pid)
	if err != nil {
		return none, false, err
	}
	if p.Epoch == 0 {
		if out, err := h.withdrawn(ctx, h.otherNames(doc.Document)...); err != nil || out {
			if out {
				h.log.Warn("a document names a withdrawn person in another way and is held back", "file", doc.ID)
			}
			return none, false, err
		}
	}
	now, source := h.cfg.Now(), h.area.source(doc.Hash)
	lifeLeft := p.NotAfter - now.UnixMilli()
	if p.Released && !p.Missing && p.Source == source && lifeLeft > h.cfg.RecordLife.Milliseconds()/3 {
		return none, false, nil
	}
	dataKey := seal.NewKey()
	defer dataKey.Wipe()
	ciphertext, err := seal.SealRecord(&dataKey, doc.Raw)
	if err != nil {
		return none, false, fmt.Errorf("sealing a record: %w", err)
	}
	cohortKey, epoch, err := h.newestKey(c.id)
	if err != nil {
		return none, false, err
	}
	w := fact.Wrap{Cohort: c.id, PID: pid, KeyEpoch: epoch}
	w.Epoch, w.Ver = p.Next()
	w.Box = seal.Wrap(&cohortKey, &dataKey, w.Context())
	return ledger.Draft{
		Wrap: w, Ciphertext: ciphertext, Commitment: seal.Commit(&dataKey), Dictionary: seal.Dictionary(), Source: source,
		NotAfter: now.Add(h.cfg.RecordLife).UnixMilli(), Withheld: doc.withheld,
	}, true, nil
}
