package store

import (
	"errors"
	"slices"
	"time"

	"satchel/store/consent"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/policy"
	"satchel/store/record"
	"satchel/store/seal"
)

// goneRow is a row that was destroyed while this process ran: a screen that still
// knows its handle is refused by name, and the refusal can be entered.
type goneRow struct {
	patient patient
	epoch   uint64
	state   policy.State
}

// stateAfter is what a kill makes of a record.
func stateAfter(reason fact.KillReason) policy.State {
	switch reason {
	case fact.Withdrawn:
		return policy.Withdrawn
	case fact.Erased:
		return policy.Erased
	case fact.WrongPatient:
		return policy.InError
	}
	return policy.Ended
}

// asked is one request with everything that its decision rests on, as of one
// moment.
type asked struct {
	row      seal.Row
	ver      seal.Version
	held     bool
	at       time.Time
	lease    time.Time
	checked  time.Time
	decision policy.Decision
}

// ask gathers what a decision rests on and decides. ErrNotHeld: the handle was
// never here, so there is nobody to enter a refusal about.
func (s *Session) ask(r Request) (asked, error) {
	labels, err := s.labels(r.Handle)
	if err != nil {
		return asked{}, err
	}
	return s.decide(r, labels)
}

// reconsider decides again with the labels of the document itself, which only
// its content tells.
func (s *Session) reconsider(r Request, summary *record.Summary) (asked, error) {
	labels, err := s.labels(r.Handle)
	if err != nil {
		return asked{}, err
	}
	for _, l := range summary.Labels {
		labels = append(labels, policy.Label{System: l.System, Code: l.Code})
	}
	return s.decide(r, labels)
}

func (s *Session) decide(r Request, labels []policy.Label) (asked, error) {
	v := s.v
	v.mu.Lock()
	defer v.mu.Unlock()
	a := asked{at: v.nowLocked()}
	rec := policy.Record{Demonstration: v.demo, Labels: labels}
	known := policy.Known{}
	var directives []consent.Directive
	unread := false
	if row := v.table.get(r.Handle); row != nil {
		c := v.anyCohortLocked(row.Cohort)
		a.row, a.held = *row, true
		a.checked = c.checked()
		rec.State = policy.Missing
		if ver := versionOf(row, r.Ver); ver != nil {
			a.ver, rec.State, rec.NotAfter = *ver, policy.Held, ver.NotAfter
			a.lease = v.leaseEndsLocked(row, ver, c)
		}
		rec.Restricted = v.hiddenLocked(row, c)
		known.OnCaseload = c.gov.Policy.IsCaseload
		directives, unread = s.directives(c, row.PID)
	} else if g, ok := v.goneRows[r.Handle]; ok {
		a.row = seal.Row{Handle: r.Handle, PID: g.patient.pid, Cohort: g.patient.cohort, Epoch: g.epoch}
		rec.State = g.state
		c := v.anyCohortLocked(g.patient.cohort)
		a.lease, known.OnCaseload = c.leaseEnds(), c.gov.Policy.IsCaseload
	} else {
		return asked{}, ErrNotHeld
	}
	m, _ := v.members.Get(v.id)
	rec.Cohort, rec.Category = a.row.Cohort, m.Category
	if !a.lease.IsZero() {
		rec.LeaseEnds = a.lease.UnixMilli()
	}
	a.decision = policy.Decide(policy.Request{
		Now:        a.at.UnixMilli(),
		Device:     v.policyDeviceLocked(),
		Person:     s.policyPerson(),
		Purpose:    r.Purpose,
		Reason:     s.reason(r),
		Known:      known,
		Record:     rec,
		Directives: directives,
		Unread:     unread,
	})
	return a, nil
}

func (s *Session) policyPerson() policy.Person {
	p := s.person
	out := policy.Person{Role: p.Role, Category: p.Category, Staff: p.Staff}
	if !p.Trained.IsZero() {
		out.TrainedUntil = p.Trained.UnixMilli()
	}
	if !p.Ends.IsZero() {
		out.CredentialEnds = p.Ends.UnixMilli()
	}
	return out
}

func (s *Session) reason(r Request) policy.Reason {
	s.mu.Lock()
	began := s.reauthd
	s.mu.Unlock()
	out := policy.Reason{Basis: r.Relationship, Reference: r.Reference, Asked: r.Asked}
	if r.Relationship == policy.Emergency {
		out.Circumstance, out.Words = r.Circumstance, r.Detail
		if out.Reauthenticated = !began.IsZero(); out.Reauthenticated {
			out.Began = began.UnixMilli()
		}
	}
	return out
}

func (v *Vault) policyDeviceLocked() policy.Device {
	m, member := v.members.Get(v.id)
	return policy.Device{
		Category: m.Category, Cohorts: slices.Concat(m.Holds, m.Carries), Demonstration: v.demo,
		Suspended: !member || v.suspendedLocked(),
	}
}

// mayHold asks policy whether this device may hold a record at all.
// Sealed directives cannot be read while nobody is unlocked; what must not be
// held comes as a kill, in clear.
func mayHold(dev policy.Device, h fact.RecordHeader, now time.Time) bool {
	return policy.MayHold(dev, policy.Record{
		State: policy.Held, Cohort: h.Cohort, Category: dev.Category, NotAfter: h.NotAfter, Demonstration: dev.Demonstration,
	}, nil, now.UnixMilli()).Verdict == policy.Allow
}

// labels are those of the record as a whole that its inner part keeps: very
// restricted. Those of the document are known once it is open: reconsider.
func (s *Session) labels(h identity.Handle) ([]policy.Label, error) {
	s.v.mu.Lock()
	r := s.v.table.get(h)
	if r == nil || len(r.Versions) == 0 {
		s.v.mu.Unlock()
		return nil, nil
	}
	row, ver := *r, r.Versions[0]
	s.v.mu.Unlock()
	p, err := s.v.openInner(s.user, &row, &ver)
	if errors.Is(err, errNoCohortKey) {
		if rec, in, heldErr := s.v.heldBoth(&row, &ver); heldErr == nil {
			p, err = s.user.openWrapped(&row, &ver, in, rec)
		}
	}
	switch {
	case errors.Is(err, ErrLocked):
		return nil, err
	case err != nil || !p.known:
		return nil, nil // what cannot be opened is not shown either: reading says why
	case p.who.Protected:
		return []policy.Label{{Code: "V"}}, nil
	}
	// R on the person alone (PDS "sensitive") is about where they live: lists
	// and banner hide that, and the record opens (domain.md 3.3).
	return nil, nil
}

// directives opens the sealed directives about a patient. One that cannot be
// opened or read refuses all but break-glass (protocol, rule 8.1).
func (s *Session) directives(c *cohort, pid identity.PID) (out []consent.Directive, unread bool) {
	for _, e := range c.gov.Directives(pid) {
		plain, err := s.user.openBody(c.id, e)
		if err != nil {
			unread = true
			continue
		}
		d, err := consent.Parse(plain)
		if err != nil {
			unread = true
			continue
		}
		out = append(out, d)
	}
	return out, unread
}
