package hub

import (
	"context"
	"fmt"

	"satchel/store/fact"
	"satchel/store/identity"
)

var _ Orders = (*Hub)(nil)

// IssueCode issues an enrolment code.
func (h *Hub) IssueCode(ctx context.Context, o CodeOrder) (IssuedCode, error) {
	kind, err := identity.ParseKind(o.Kind)
	if err != nil {
		return IssuedCode{}, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	r := CodeRequest{Kind: kind, Role: identity.Role(o.Role), Life: o.Life, By: o.By}
	if o.Cohort != "" {
		if r.Cohort, err = identity.ParseCohortID(o.Cohort); err != nil {
			return IssuedCode{}, fmt.Errorf("%w: %w", ErrConfig, err)
		}
	}
	code, ends, err := h.NewCode(ctx, r)
	if err != nil {
		return IssuedCode{}, err
	}
	return IssuedCode{Code: code.Text(), Ends: ends, Words: h.words()}, nil
}

func (h *Hub) words() string { return identity.Words("hub", h.area.Certificate.Value.Sign) }

// ListDevices lists the devices.
func (h *Hub) ListDevices(ctx context.Context) ([]DeviceLine, error) { return h.Devices(ctx) }

// RevokeDevice puts a device out for good.
func (h *Hub) RevokeDevice(ctx context.Context, o RevokeOrder) error {
	id, err := identity.ParseDeviceID(o.Device)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoDevice, err)
	}
	reason := o.Reason
	if reason == "" {
		reason = "revoked"
	}
	return h.Revoke(ctx, id, reason, o.By)
}

// WithdrawPerson ends a person's records in every cohort.
func (h *Hub) WithdrawPerson(ctx context.Context, o WithdrawOrder) (Withdrawal, error) {
	who := Person{Document: o.Document}
	if o.NHS != "" {
		n, err := identity.ParseNHSNumber(o.NHS)
		if err != nil {
			return Withdrawal{}, err
		}
		who = Person{NHS: n}
	}
	reason := fact.KillReason(o.Reason)
	switch reason {
	case "":
		reason = fact.Withdrawn
	case fact.Withdrawn, fact.Erased, fact.WrongPatient, fact.Objection, fact.ReleaseEnded:
	default:
		return Withdrawal{}, fmt.Errorf("%w: reason %q is not one of withdrawn, erased, wrong-patient, objection, release-ended", ErrConfig, o.Reason)
	}
	return h.Withdraw(ctx, who, reason, o.By)
}

// State tells how the hub stands.
func (h *Hub) State(ctx context.Context) (State, error) {
	members, err := h.ledger.Members(ctx)
	if err != nil {
		return State{}, fmt.Errorf("reading the hub's state: %w", err)
	}
	point, err := h.ledger.Checkpoint(ctx)
	if err != nil {
		return State{}, fmt.Errorf("reading the hub's state: %w", err)
	}
	forks, err := h.ledger.Evidence(ctx)
	if err != nil {
		return State{}, fmt.Errorf("reading the hub's state: %w", err)
	}
	cert := h.area.Certificate.Value
	s := State{
		Name: cert.Name, Area: cert.Area.String(), Demo: cert.Demo, Address: h.Address(), Words: h.words(),
		LogSize: point.Size, Forks: len(forks),
	}
	for _, m := range members.All() {
		if m.Revoked == 0 && m.Device != h.area.ID() {
			s.Devices++
		}
	}
	for _, c := range h.allCohorts() {
		now, err := h.ledger.Cohort(ctx, c.id)
		if err != nil {
			return State{}, fmt.Errorf("reading the hub's state: %w", err)
		}
		s.Cohorts = append(s.Cohorts, CohortState{ID: c.id.String(), Name: c.spec.Name, Records: now.Records, Rev: now.Rev, KeyEpoch: now.KeyEpoch})
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	s.Scan = h.scan
	if h.trouble != nil {
		s.LastError = h.trouble.Error()
	}
	return s, nil
}
