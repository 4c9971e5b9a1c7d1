package main

import (
	"context"
	"slices"
	"time"

	"satchel/app/screen"
	"satchel/store"
	"satchel/store/consent"
	"satchel/store/identity"
	"satchel/store/policy"
)

// Approach says what opening a person takes, from the lists alone.
func (d *desk) Approach(h identity.Handle) (screen.Approach, error) {
	v, s, _ := d.held()
	if s == nil {
		return screen.Approach{}, problem(errClosed)
	}
	r, err := s.Row(h)
	if err != nil {
		return screen.Approach{}, problem(err)
	}
	a := screen.Approach{Row: d.row(r)}
	if !r.Restricted {
		a.Address = r.Line
	}
	if v.Policy(r.Cohort).IsCaseload {
		a.Direct = &screen.Reason{Purpose: screen.PurposeDirectCare, Basis: screen.BasisCaseload}
	} else {
		a.Bases = []screen.Basis{screen.BasisIncident, screen.BasisReferral, screen.BasisCaring}
	}
	switch {
	case r.State.Missing:
		a.Refused = &screen.Problem{Key: screen.ProblemDamagedRecord, Code: "REC2"}
	case a.Row.Fresh.Ended && !r.State.Hidden:
		a.Refused = &screen.Problem{Key: screen.ProblemEnded, Code: "REC3"}
	}
	return a, nil
}

// Open decides, enters and opens, all of it in the vault.
func (d *desk) Open(ctx context.Context, h identity.Handle, why screen.Reason) (*screen.Opened, error) {
	_, s, _ := d.held()
	if s == nil {
		return nil, problem(errClosed)
	}
	o, err := s.Read(ctx, store.Request{
		Handle: h, Purpose: consent.Purpose(why.Purpose), Relationship: policy.Basis(why.Basis),
		Reference: why.Reference, Asked: answer(why.Permission),
	})
	if err != nil {
		d.narrate("refused")
		return nil, problem(err)
	}
	clear(o.Raw) // the screens show the view; the bytes are not needed again
	if o.Summary == nil {
		return nil, &screen.Problem{Key: screen.ProblemDamagedRecord, Code: "REC4"}
	}
	d.remember(s, h)
	ends := earlier(o.LeaseEnds, o.Until)
	d.show(s, h, ends)
	d.narrate("opened")
	return &screen.Opened{
		Handle: h, Summary: o.Summary, Reason: why, At: d.now(), Withheld: o.Withheld,
		Fresh:      screen.Freshness{Checked: o.Checked, Ends: ends},
		MayRelease: o.Decision.Shows("allergies"),
	}, nil
}

func answer(p screen.Permission) policy.Answer {
	switch p {
	case screen.PermissionVisit, screen.PermissionEpisode:
		return policy.Yes
	case screen.PermissionUnable:
		return policy.CouldNotAsk
	}
	return policy.NotAsked
}

func earlier(a, b time.Time) time.Time {
	if !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// remember puts a person at the head of those opened this shift, unless the
// session has ended meanwhile.
func (d *desk) remember(s *store.Session, h identity.Handle) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.session != s {
		return
	}
	d.shift = append([]identity.Handle{h}, slices.DeleteFunc(d.shift, func(x identity.Handle) bool { return x == h })...)
}

// Close says that a record is no longer on the screen. The vault holds nothing
// open, so there is nothing to close there.
func (d *desk) Close(h identity.Handle) {
	d.unshow(h)
	d.narrate("closed")
}

// refused puts a policy decision into the screens' words. The rule is named in
// the decision's own plain English.
func refused(e *store.RefusedError) *screen.Problem {
	p := &screen.Problem{Key: screen.ProblemRefused, Code: "POL"}
	if len(e.Codes) == 0 {
		return p
	}
	p.Code, p.Values = "POL-"+string(e.Codes[0]), []any{"rule", e.Codes[0].Words()}
	switch e.Codes[0] {
	case policy.RecordWithdrawn:
		p.Key = screen.ProblemWithdrawn
	case policy.LeaseEnded, policy.RecordEnded, policy.ReleaseEnded:
		p.Key = screen.ProblemEnded
	case policy.VeryRestricted:
		p.Key = screen.ProblemProtected
	case policy.Objected, policy.RestrictedHere, policy.DirectiveUnread:
		p.Key = screen.ProblemObjected
	case policy.TrainingLapsed:
		p.Key = screen.ProblemTraining
	case policy.RecordMissing:
		p.Key = screen.ProblemDamagedRecord
	}
	return p
}
