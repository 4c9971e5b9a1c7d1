package store

import (
	"context"
	"errors"
	"fmt"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/policy"
	"satchel/store/record"
	"satchel/store/seal"
)

// Read opens one record: it decides, makes the entry durable, and only then
// opens, in that order. A refusal is entered too and returned as a
// *RefusedError. When the entry cannot be written nothing opens. Errors
// besides: ErrLocked, ErrNotHeld, ErrMissing, ErrNewerRecord.
func (s *Session) Read(ctx context.Context, r Request) (*Opened, error) {
	o, err := s.read(ctx, r)
	if !errors.Is(err, ErrNotHeld) && !errors.Is(err, ErrLocked) {
		s.v.tell(WaitingChanged{})
	}
	if err != nil {
		return nil, fmt.Errorf("reading a record: %w", err)
	}
	return o, nil
}

func (s *Session) read(ctx context.Context, r Request) (*Opened, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.over() {
		return nil, ErrLocked
	}
	if s.v.itemRoom() < leastRoom {
		return nil, ErrDiskFull // looking stops before logging does
	}
	a, err := s.ask(r)
	if err != nil {
		return nil, err
	}
	if a.decision.Verdict != policy.Allow {
		return nil, s.refuse(r, a)
	}
	seq, err := s.enterRead(r, a)
	if err != nil {
		return nil, err
	}
	o, err := s.open(a)
	if err != nil {
		return nil, errors.Join(err, s.enterNotShown(r, a, err))
	}
	o.Entry = seq
	return s.reduced(r, o)
}

// reduced leaves in what was opened only what its reader may see. Where the
// document's own labels ask for more than was given, nothing is shown, and the
// refusal is entered after the look.
func (s *Session) reduced(r Request, o *Opened) (*Opened, error) {
	if o.Summary == nil {
		// What cannot be read cannot be told apart: nothing is handed out.
		clear(o.Raw)
		o.Raw, o.Withheld = nil, true
		return o, nil
	}
	if len(o.Summary.Labels) > 0 {
		a, err := s.reconsider(r, o.Summary)
		if err != nil {
			clear(o.Raw)
			return nil, err
		}
		if a.decision.Verdict != policy.Allow {
			clear(o.Raw)
			return nil, s.refuse(r, a)
		}
		o.Decision, o.LeaseEnds, o.Checked = a.decision, a.lease, a.checked
		o.Until, o.Override = millis(a.decision.Until), a.decision.Override
	}
	summary, left := o.Decision.Reduce(o.Summary)
	o.Summary = summary
	if left > 0 {
		clear(o.Raw)
		o.Raw, o.Withheld = nil, true
	}
	return o, nil
}

// itemRoom is how many bytes of entries can be written whatever the disk does.
func (v *Vault) itemRoom() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.items.Room()
}

func (s *Session) over() bool {
	s.v.mu.Lock()
	defer s.v.mu.Unlock()
	return s.v.session != s
}

// entry begins an entry about a patient.
func (s *Session) entry(kind audit.Kind, r Request, a asked) audit.Entry {
	return audit.Entry{
		Kind: kind, Slot: s.person.Slot, Person: s.person.code(), Role: s.person.Role, Purpose: purposeCode(r.Purpose),
		Cohort: a.row.Cohort, PID: a.row.PID, Epoch: a.row.Epoch, Handle: a.row.Handle, Version: a.ver.Ver, Record: a.ver.Hash,
	}
}

// enterRead makes the entry, or the entries, without which nothing opens.
// Break-glass and a claimed relationship are alerts: they go to the hub first.
func (s *Session) enterRead(r Request, a asked) (uint64, error) {
	e := s.entry(audit.KindRead, r, a)
	e.Decision, e.Until = "allow", a.decision.Until
	class := audit.ClassOther
	switch {
	case a.decision.Override:
		e.Exception, e.Reason, e.Decision = exceptionOf(r.Circumstance), r.Detail, string(r.Circumstance)
		began := e
		began.Kind = audit.KindBreakGlass
		if _, err := s.v.enter(began, audit.ClassAlert); err != nil {
			return 0, err
		}
	case a.decision.Alert:
		class = audit.ClassAlert
		if e.Decision = string(r.Relationship); r.Detail != "" {
			claim := e
			claim.Kind, claim.Reason = audit.KindSelfClaim, r.Detail
			if _, err := s.v.enter(claim, audit.ClassAlert); err != nil {
				return 0, err
			}
		}
	default:
		e.Decision = string(r.Relationship)
	}
	it, err := s.v.enter(e, class)
	return it.Seq, err
}

func exceptionOf(c policy.Circumstance) audit.Exception {
	if c == policy.LawRequires {
		return audit.ExceptionLaw
	}
	return audit.ExceptionSafety
}

// refuse enters a refusal and gives it to the caller.
func (s *Session) refuse(r Request, a asked) error {
	e := s.entry(audit.KindReadRefused, r, a)
	e.Outcome = audit.OutcomeRefused
	refused := &RefusedError{
		Verdict: a.decision.Verdict, Codes: a.decision.Codes, Override: a.decision.Verdict == policy.NeedsBreakGlass,
	}
	if len(refused.Codes) > 0 {
		e.Decision = string(refused.Codes[0])
	}
	if _, err := s.v.enter(e, audit.ClassOther); err != nil {
		return errors.Join(refused, err)
	}
	return refused
}

// enterNotShown adds that what was allowed and entered could not be opened.
func (s *Session) enterNotShown(r Request, a asked, cause error) error {
	e := s.entry(audit.KindReadRefused, r, a)
	e.Outcome = audit.OutcomeFailed
	switch {
	case errors.Is(cause, ErrMissing):
		e.Decision = string(policy.RecordMissing)
	case errors.Is(cause, ErrNotHeld):
		e.Decision = string(policy.ReleaseEnded)
	case errors.Is(cause, ErrNewerRecord):
		e.Decision = "newer-record"
	default:
		e.Decision = "locked"
	}
	_, err := s.v.enter(e, audit.ClassOther)
	return err
}

// open opens a record whose entry is durable. The row is looked up again: what
// was withdrawn since the decision does not open.
func (s *Session) open(a asked) (*Opened, error) {
	row, ver, err := s.v.stillHeld(a.row.Handle, a.ver.Ver)
	if err != nil {
		return nil, err
	}
	if recordOpened != nil {
		recordOpened()
	}
	raw, header, err := s.v.openRecord(s.user, &row, &ver)
	if errors.Is(err, ErrLocked) || errors.Is(err, ErrNewerRecord) {
		return nil, err
	}
	if err != nil {
		s.v.lost(row.Handle, ver.Ver, err)
		return nil, fmt.Errorf("%w: %w", ErrMissing, err)
	}
	if _, _, err := s.v.stillHeld(row.Handle, ver.Ver); err != nil {
		clear(raw)
		return nil, err
	}
	summary, err := record.Parse(raw)
	if err != nil {
		// The hub reads what it releases; that this program cannot is said by
		// the screen, with the bytes kept as they are.
		summary = nil
	}
	o := &Opened{
		Raw: raw, Summary: summary, Header: header, Decision: a.decision, Checked: a.checked, LeaseEnds: a.lease,
		Until: millis(a.decision.Until), Withheld: header.Withheld || summary != nil && summary.Withheld, Override: a.decision.Override,
	}
	for _, held := range row.Versions {
		o.Versions = append(o.Versions, held.Ver)
	}
	return o, nil
}

// recordOpened is told, in tests, the moment before a record is opened.
var recordOpened func()

// stillHeld gives a copy of a row and a version, or ErrNotHeld.
func (v *Vault) stillHeld(h identity.Handle, ver uint64) (seal.Row, seal.Version, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	r := v.table.get(h)
	if r == nil {
		return seal.Row{}, seal.Version{}, ErrNotHeld
	}
	held := versionOf(r, ver)
	if held == nil {
		return seal.Row{}, seal.Version{}, ErrNotHeld
	}
	return *r, *held, nil
}

// openRecord reads, authenticates and opens one version of one record.
func (v *Vault) openRecord(user *userTier, r *seal.Row, ver *seal.Version) ([]byte, fact.RecordHeader, error) {
	rec, in, err := v.heldBoth(r, ver)
	if err != nil {
		return nil, fact.RecordHeader{}, err
	}
	h := rec.Header.Value
	p, err := user.openSealedPart(r, ver, in)
	if errors.Is(err, errNoCohortKey) {
		p, err = user.openWrapped(r, ver, in, rec)
	}
	if err != nil {
		return nil, h, err
	}
	defer p.dataKey.Wipe()
	if seal.Commit(&p.dataKey) != h.Commitment {
		return nil, h, errBadWrap
	}
	raw, err := seal.OpenRecord(&p.dataKey, rec.Ciphertext)
	if errors.Is(err, seal.ErrDictionary) {
		err = ErrNewerRecord
	}
	return raw, h, err
}

// openWrapped opens a record whose inner part has not been made, by its wrap.
func (u *userTier) openWrapped(r *seal.Row, ver *seal.Version, in inner, rec fact.Record) (*part, error) {
	raw, err := openWrap(r, ver, in)
	if err != nil {
		return nil, err
	}
	w, err := fact.DecodeWrap(raw)
	if err != nil || !w.Fits(rec.Header.Value) {
		return nil, errBadWrap
	}
	return u.openPart(rec, w)
}

// lost marks a version whose values did not open, so that it is fetched again,
// and moves the cache aside when it is the cache that broke.
func (v *Vault) lost(h identity.Handle, ver uint64, cause error) {
	if errors.Is(cause, errNoCohortKey) {
		return // nothing is wrong with what is held
	}
	v.door.Lock()
	defer v.door.Unlock()
	if v.usable() != nil {
		return
	}
	v.log.Warn("a record's content did not authenticate and is fetched again", "err", cause)
	if errors.Is(cause, errCacheDown) && v.cache.Load() != nil {
		if err := v.cacheFailedAtDoor(cause); err != nil {
			v.log.Error("the cache could not be made anew", "err", err)
		}
		return
	}
	v.missing([]cacheKey{keyOf(kindRecord, h, ver)})
}
