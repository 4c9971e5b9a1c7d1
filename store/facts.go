package store

import (
	"context"
	"errors"
	"fmt"
	"path"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/seal"
)

// facts/ is one journal of everything that the hub said and that the device
// holds to, as it came, in the order in which it was taken. A frame is a kind
// and the bytes, sealed under the facts key: what a thief finds there does not
// tell which patients were withdrawn. A fact counts only once its frame is
// synced; replaying the frames gives the same state, for merging is by max().
const (
	labelFact = "satchel/fact/1"

	factMembership  = 1 // a run, as fact.Run.Raw gives it
	factGovernance  = 2 // a run
	factKeys        = 3 // a signed key set
	factFreshness   = 4 // a signed F
	factReceipt     = 5 // a signed receipt
	factCheckpoint  = 6 // a checkpoint note that was found consistent
	factCertificate = 7 // a later hub certificate
)

// openFacts opens the journal and replays it. Facts were verified when they
// were taken and lie under the device's own key since.
func (v *Vault) openFacts(context.Context) error {
	j, opened, err := audit.OpenJournal(v.fsys, factsDir, audit.Options{SegmentBytes: v.cfg.SegmentBytes, AtLeast: v.factsNext})
	if err != nil {
		return journalError(factsDir, err)
	}
	v.facts = j
	if err := v.checkFactsBegin(j); err != nil {
		return err
	}
	if opened.Torn > 0 {
		v.note(Notice{Code: FactsTornTail, File: path.Join(factsDir, opened.TornAt)})
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	// A crash while compaction freed the oldest segments leaves runs whose
	// beginning is gone; what it wrote after them has it all.
	var gap error
	for rec, err := range j.From(j.First()) {
		if err != nil {
			return journalError(factsDir, err)
		}
		plain, err := seal.Open(&v.content.Facts, labelFact, rec.Payload)
		if err != nil || len(plain) < 2 {
			return &DamagedError{File: factsDir, What: fmt.Sprintf("entry %d does not open", rec.Seq), Err: err}
		}
		err = v.replayLocked(plain[0], plain[1:])
		switch {
		case plain[0] == factChain:
			gap = nil
		case errors.Is(err, fact.ErrGap), errors.Is(err, fact.ErrSignature): // the key's certificate may have been in the beginning
			gap, err = &DamagedError{File: factsDir, What: fmt.Sprintf("what comes before entry %d is missing", rec.Seq), Err: err}, nil
		}
		if err != nil {
			return &DamagedError{File: factsDir, What: fmt.Sprintf("entry %d makes no sense", rec.Seq), Err: err}
		}
	}
	if gap != nil {
		return gap
	}
	for _, c := range v.cohorts {
		c.settle()
		v.clock.proved(millis(max(c.fresh.Value.Time, c.pending.Value.Time)))
	}
	return nil
}

// journalError names the file of a journal that is damaged.
func journalError(dir string, err error) error {
	if bad, ok := errors.AsType[*audit.CorruptError](err); ok {
		return &DamagedError{File: path.Join(dir, bad.Segment), What: fmt.Sprintf("%s at offset %d", bad.Reason, bad.Offset), Err: err}
	}
	switch {
	case errors.Is(err, audit.ErrTailCut):
		return &DamagedError{File: dir, What: "entries that were there are gone from its end", Err: err}
	case errors.Is(err, audit.ErrFormat):
		return fmt.Errorf("%w: %s: %w", ErrNewerFormat, dir, err)
	}
	return fmt.Errorf("opening %s: %w", dir, err)
}

func (v *Vault) replayLocked(kind byte, raw []byte) error {
	switch kind {
	case factMembership, factGovernance:
		run, err := fact.OpenRun(v.hubKey(), raw)
		if err != nil {
			return err
		}
		return v.replayRunLocked(run)
	case factKeys:
		k, err := fact.Decode[fact.KeySet](raw)
		if c := v.anyCohortLocked(k.Value.Cohort); err == nil && (c.keys.IsZero() || newerKeys(k.Value, c.keys.Value)) {
			c.keys = k
		}
		return err
	case factFreshness:
		f, err := fact.Decode[fact.Freshness](raw)
		if err != nil {
			return err
		}
		c := v.anyCohortLocked(f.Value.Cohort)
		if c.pending.IsZero() || f.Value.Newer(c.pending.Value) {
			c.pending = f
			c.settle()
		}
		return nil
	case factReceipt:
		return v.replayReceiptLocked(raw)
	case factCheckpoint:
		return v.replayCheckpointLocked(raw)
	case factCertificate:
		cert, err := fact.Open[fact.HubCertificate](v.own.Root, raw)
		if err == nil {
			v.cert = cert
		}
		return err
	case factChain:
		return v.replayPartLocked(raw)
	}
	return fmt.Errorf("kind %d is not known to this version", kind)
}

// replayRunLocked applies a run as it was applied when it was taken. An entry
// that made no sense then makes none now, and the chain ends before it.
func (v *Vault) replayRunLocked(run fact.Run) error {
	id := run.Head.Value.Chain
	ch := &v.memberChain
	var c *cohort
	if !id.Membership() {
		c = v.anyCohortLocked(id.Cohort)
		ch = &c.chain
	}
	what, err := ch.judge(v.hubKey(), run)
	if err != nil {
		return err
	}
	if c == nil {
		err = v.applyMembershipLocked(run, what)
	} else {
		var entries []fact.GovernanceEntry
		entries, err = c.apply(run, what)
		v.admitAllLocked(c, entries)
		c.settle()
	}
	if errors.Is(err, fact.ErrEntry) {
		return nil
	}
	return err
}

// keepFact makes a fact durable. The door is held.
func (v *Vault) keepFact(kind byte, raw []byte) error {
	if _, err := v.facts.Append(seal.Seal(&v.content.Facts, labelFact, append([]byte{kind}, raw...))); err != nil {
		return fmt.Errorf("keeping a fact: %w", err)
	}
	return nil
}

func (v *Vault) keepRun(kind byte, run fact.Run) error {
	raw, err := run.Raw()
	if err != nil {
		return err
	}
	return v.keepFact(kind, raw)
}

// TakeCertificate takes the certificate of the hub's next incarnation, signed by
// the pinned root. What comes from then on is judged by its key; what is held
// stays valid. Taking one that is not newer is no error. Errors:
// fact.ErrCertificate, fact.ErrSignature, fact.ErrDemonstration.
func (v *Vault) TakeCertificate(cert fact.Signed[fact.HubCertificate]) error {
	v.door.Lock()
	defer v.door.Unlock()
	if err := v.usable(); err != nil {
		return err
	}
	c := cert.Value
	switch {
	case !cert.By(v.own.Root):
		return fmt.Errorf("taking the hub's certificate: %w", fact.ErrSignature)
	case c.Demo != v.demo:
		return fmt.Errorf("taking the hub's certificate: %w", fact.ErrDemonstration)
	case c.Area != v.area():
		return fmt.Errorf("taking the hub's certificate: %w", fact.ErrCertificate)
	case c.Incarnation <= v.cert.Value.Incarnation:
		return nil
	}
	if err := v.keepFact(factCertificate, cert.Raw()); err != nil {
		return fmt.Errorf("taking the hub's certificate: %w", err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.cert = cert
	return nil
}
