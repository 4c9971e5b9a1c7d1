package wire

import (
	"crypto/ed25519"
	"fmt"

	"satchel/store/identity"
)

// Type numbers, one method for each message.

func (*Hello) Type() Type        { return TypeHello }
func (*ChainRun) Type() Type     { return TypeChainRun }
func (*BarrierAck) Type() Type   { return TypeBarrierAck }
func (*Clock) Type() Type        { return TypeClock }
func (*Fresh) Type() Type        { return TypeFresh }
func (*Keys) Type() Type         { return TypeKeys }
func (*Receipt) Type() Type      { return TypeReceipt }
func (*Checkpoint) Type() Type   { return TypeCheckpoint }
func (*Have) Type() Type         { return TypeHave }
func (*Item) Type() Type         { return TypeItem }
func (*Pull) Type() Type         { return TypePull }
func (*Record) Type() Type       { return TypeRecord }
func (*RecordsEnd) Type() Type   { return TypeRecordsEnd }
func (*Done) Type() Type         { return TypeDone }
func (*Notify) Type() Type       { return TypeNotify }
func (*Error) Type() Type        { return TypeError }
func (*Bye) Type() Type          { return TypeBye }
func (*HubHello) Type() Type     { return TypeHubHello }
func (*EnrolRequest) Type() Type { return TypeEnrolRequest }
func (*EnrolAnswer) Type() Type  { return TypeEnrolAnswer }

func (h *Hello) check() error {
	if h.Version != Version {
		return versionError(h.Version)
	}
	if h.Kind != "" {
		if _, err := identity.ParseKind(string(h.Kind)); err != nil {
			return nonsense("hello: %w", err)
		}
	}
	return firstError(
		once("hello: governance", h.Governance, func(c CohortAt) identity.CohortID { return c.Cohort }),
		once("hello: key epochs", h.KeyEpochs, func(c KeyEpoch) identity.CohortID { return c.Cohort }),
		once("hello: cursors", h.Cursors, func(c Cursor) identity.CohortID { return c.Cohort }),
	)
}

func (a *BarrierAck) check() error {
	return once("barrier acknowledgement", a.Governance, func(c CohortPoint) identity.CohortID { return c.Cohort })
}

func (c *Clock) check() error {
	if c.Time <= 0 {
		return nonsense("clock: no time")
	}
	return nil
}

func (h *Have) check() error {
	type origin struct {
		device identity.DeviceID
		chain  uint64
	}
	return once("have", h.Origins, func(o Origin) origin { return origin{o.Device, o.Chain} })
}

func (d *Done) check() error {
	if d.Phase < PhaseBarrier || d.Phase > PhaseRecords {
		return nonsense("done: %s has no end of its own", d.Phase)
	}
	if d.Revoked && d.Phase != PhaseBarrier {
		return nonsense("done: a revocation is said at the barrier")
	}
	return nil
}

func (e *Error) check() error {
	if e.Code == 0 || len(e.Detail) > MaxDetail {
		return nonsense("error: no code, or %d bytes of detail", len(e.Detail))
	}
	for _, b := range []byte(e.Detail) {
		if b < ' ' || b > '~' {
			return nonsense("error: a detail that is not printable")
		}
	}
	return nil
}

func (h *HubHello) check() error {
	if h.Version != Version {
		return versionError(h.Version)
	}
	return carried(TypeHubHello, h.Certificate)
}

func (r *EnrolRequest) check() error {
	if r.Version != Version {
		return versionError(r.Version)
	}
	if len(r.Sign) != ed25519.PublicKeySize || r.Name == "" || len(r.Name) > MaxName {
		return nonsense("enrolment request: a key or name of the wrong length")
	}
	if _, err := identity.ParseKind(string(r.Kind)); err != nil {
		return nonsense("enrolment request: %w", err)
	}
	if r.Category != "" {
		if _, err := identity.ParseCategory(string(r.Category)); err != nil {
			return nonsense("enrolment request: %w", err)
		}
	}
	if r.Kind == identity.Box && (r.First != nil || r.Keys != [32]byte{}) {
		return nonsense("enrolment request: a box has no person and no key for cohort keys")
	}
	if r.First == nil {
		return nil
	}
	if _, err := identity.ParseRole(string(r.First.Role)); err != nil {
		return nonsense("enrolment request: %w", err)
	}
	if r.First.Name == "" || len(r.First.Name) > MaxName || r.First.Slot == (identity.SlotID{}) {
		return nonsense("enrolment request: the first person has no slot, or a name of the wrong length")
	}
	return nil
}

func (a *EnrolAnswer) check() error {
	switch {
	case a.State < Approved || a.State > Refused:
		return nonsense("enrolment answer: state %d is not known", a.State)
	case (a.State == Refused) != (a.Reason != 0):
		return nonsense("enrolment answer: a refusal, and nothing else, has a reason")
	case (a.State == Approved) != (len(a.Membership) > 0):
		return nonsense("enrolment answer: an approval, and nothing else, brings the membership")
	case a.State != Approved && (len(a.Credential) > 0 || len(a.Cohorts) > 0):
		return nonsense("enrolment answer: only an approval brings a credential or cohorts")
	}
	return once("enrolment answer", a.Cohorts, func(c identity.CohortID) identity.CohortID { return c })
}

func (m *ChainRun) check() error   { return carried(m.Type(), m.Raw) }
func (m *Fresh) check() error      { return carried(m.Type(), m.Raw) }
func (m *Keys) check() error       { return carried(m.Type(), m.Raw) }
func (m *Receipt) check() error    { return carried(m.Type(), m.Raw) }
func (m *Item) check() error       { return carried(m.Type(), m.Raw) }
func (m *Checkpoint) check() error { return carried(m.Type(), m.Note) }
func (m *Record) check() error {
	return firstError(carried(m.Type(), m.Raw), carried(m.Type(), m.Wrap))
}

func (*Pull) check() error       { return nil }
func (*RecordsEnd) check() error { return nil }
func (*Notify) check() error     { return nil }
func (*Bye) check() error        { return nil }

func nonsense(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrProtocol}, args...)...)
}

func carried(t Type, raw []byte) error {
	if len(raw) == 0 {
		return nonsense("%s: it carries nothing", t)
	}
	return nil
}

// once refuses a list that names something twice: which of the two counts
// would depend on the reader.
func once[E any, K comparable](where string, list []E, key func(E) K) error {
	seen := make(map[K]bool, len(list))
	for _, e := range list {
		if seen[key(e)] {
			return nonsense("%s: named twice", where)
		}
		seen[key(e)] = true
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
