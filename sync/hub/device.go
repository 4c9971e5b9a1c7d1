package hub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"satchel/store/canon"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/sync/ledger"
	"satchel/sync/wire"
)

// ErrNoDevice says that no such device was ever enlisted.
var ErrNoDevice = errors.New("no such device")

// CodeRequest asks for a one-time enrolment code.
type CodeRequest struct {
	Kind   identity.Kind
	Role   identity.Role     // of the first person; a box has none
	Cohort identity.CohortID // zero: the area's only cohort
	Life   time.Duration     // zero: 15 minutes
	By     string            // who asks, for the log
}

const (
	defaultCodeLife = 15 * time.Minute
	longestCodeLife = 7 * 24 * time.Hour
	kindCode        = "enrolment-code"

	// credentialLife and trainingLife are the defaults until a person's
	// record with the organisation says otherwise.
	credentialLife = 365 * 24 * time.Hour
	trainingLife   = 365 * 24 * time.Hour

	// wrongCodes in wrongCodesWithin stop all enrolment for that long: a
	// secret of 40 bits cannot be guessed at ten tries a minute.
	wrongCodes       = 10
	wrongCodesWithin = time.Minute
)

type codeNote struct {
	Kind    identity.Kind       `cbor:"1,keyasint"`
	Role    identity.Role       `cbor:"2,keyasint"`
	Cohorts []identity.CohortID `cbor:"3,keyasint"`
	Expires int64               `cbor:"4,keyasint"`
	UsedBy  identity.DeviceID   `cbor:"5,keyasint"` // zero: unused
	Use     *codeUse            `cbor:"6,keyasint,omitempty"`
}

// codeUse is what a code was used for: a repeat of the request is answered with
// the same, and nothing more.
type codeUse struct {
	At   int64           `cbor:"1,keyasint"` // Unix milliseconds
	Slot identity.SlotID `cbor:"2,keyasint"` // of the first person; zero: none
	Name string          `cbor:"3,keyasint"`
}

// useOf says what a request would use a code for.
func useOf(r *wire.EnrolRequest, now time.Time) codeUse {
	u := codeUse{At: now.UnixMilli()}
	if r.First != nil {
		u.Slot, u.Name = r.First.Slot, r.First.Name
	}
	return u
}

// repeats tells whether a request is the one that the code was used for.
func (u *codeUse) repeats(r *wire.EnrolRequest) bool {
	return u != nil && *u == useOf(r, time.UnixMilli(u.At))
}

// codeName is the key of a code's note: a hash, so that the ledger does not
// hold the secret itself.
func codeName(secret [32]byte) string {
	h := sha256.Sum256(append([]byte("satchel/hub/code/1\x00"), secret[:]...))
	return hex.EncodeToString(h[:16])
}

// NewCode issues a one-time code. The order is entered in the log first (R56).
func (h *Hub) NewCode(ctx context.Context, r CodeRequest) (identity.EnrolmentCode, time.Time, error) {
	none := identity.EnrolmentCode{}
	if r.Life <= 0 {
		r.Life = defaultCodeLife
	}
	if r.Life > longestCodeLife {
		return none, time.Time{}, fmt.Errorf("%w: a code lives 7 days at most", ErrConfig)
	}
	if _, err := identity.ParseKind(string(r.Kind)); err != nil {
		return none, time.Time{}, err
	}
	if r.Kind == identity.Laptop {
		if _, err := identity.ParseRole(string(r.Role)); err != nil {
			return none, time.Time{}, err
		}
	}
	c, err := h.cohortOrOnly(r.Cohort)
	if err != nil {
		return none, time.Time{}, err
	}
	code := identity.NewEnrolmentCode(h.advertised(), h.area.Certificate.Value.Root)
	ends := h.cfg.Now().Add(r.Life)
	value, err := canon.Marshal(codeNote{Kind: r.Kind, Role: r.Role, Cohorts: []identity.CohortID{c.id}, Expires: ends.UnixMilli()})
	if err != nil {
		return none, time.Time{}, err
	}
	h.orders.Lock()
	defer h.orders.Unlock()
	if err := h.enter(ctx, order{kind: "code", by: r.By}); err != nil {
		return none, time.Time{}, fmt.Errorf("entering the order: %w", err)
	}
	if err := h.ledger.Commit(ctx, ledger.Change{Notes: []ledger.Note{{Kind: kindCode, Key: codeName(code.Secret()), Value: value}}}); err != nil {
		return none, time.Time{}, fmt.Errorf("issuing a code: %w", err)
	}
	return code, ends, nil
}

func (h *Hub) cohortOrOnly(id identity.CohortID) (*cohort, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c, ok := h.cohorts[id]; ok {
		return c, nil
	}
	if id == (identity.CohortID{}) && len(h.cohorts) == 1 {
		for _, c := range h.cohorts {
			return c, nil
		}
	}
	return nil, fmt.Errorf("%w: name one of the area's %d cohorts", ErrConfig, len(h.cohorts))
}

func (h *Hub) advertised() string {
	if h.cfg.Advertise != "" {
		return h.cfg.Advertise
	}
	if a := h.Address(); a != "" {
		return a
	}
	return h.cfg.Listen
}

// enrol answers one request under a code: a device joins once, and the same
// device may ask the same again with the same code if the answer was lost on
// the way. It then gets the same credential, not one for another person or a
// longer time.
func (h *Hub) enrol(ctx context.Context, r *wire.EnrolRequest) (*wire.EnrolAnswer, error) {
	if h.tooManyTries() {
		return nil, wire.ErrTooManyTries
	}
	h.orders.Lock()
	defer h.orders.Unlock()
	name := codeName(r.Secret)
	note, ok, err := h.ledger.Note(ctx, kindCode, name)
	if err != nil {
		return nil, err
	}
	if !ok {
		h.countTry()
		return nil, wire.ErrCodeWrong
	}
	var code codeNote
	if err := canon.Unmarshal(note.Value, &code); err != nil {
		return nil, fmt.Errorf("reading an enrolment code: %w", err)
	}
	device := identity.DeviceIDOf(r.Sign)
	members, err := h.ledger.Members(ctx)
	if err != nil {
		return nil, err
	}
	known, ever := members.Ever(device)
	switch {
	case code.UsedBy == device && known.Revoked != 0:
		return nil, wire.ErrRevoked
	case code.UsedBy == device && code.Use.repeats(r):
		return h.welcome(ctx, r, code)
	case code.UsedBy != identity.DeviceID{}:
		return nil, wire.ErrCodeUsed
	case h.cfg.Now().UnixMilli() > code.Expires:
		return nil, wire.ErrCodeExpired
	case r.Kind != code.Kind:
		return nil, fmt.Errorf("%w: the code is for a %s", wire.ErrCodeWrong, code.Kind)
	case ever:
		return nil, wire.ErrKnownDevice
	}
	code.UsedBy, code.Use = device, new(useOf(r, h.cfg.Now()))
	if note.Value, err = canon.Marshal(code); err != nil {
		return nil, err
	}
	if err := h.join(ctx, r, code, note); err != nil {
		return nil, fmt.Errorf("enrolling a device: %w", err)
	}
	return h.welcome(ctx, r, code)
}

// join commits, as one, that the code is used, that the device is a member,
// and the next key of each of its cohorts.
func (h *Hub) join(ctx context.Context, r *wire.EnrolRequest, code codeNote, used ledger.Note) error {
	c, err := h.cohortOrOnly(code.Cohorts[0])
	if err != nil {
		return err
	}
	member := fact.Member{
		Device: identity.DeviceIDOf(r.Sign), Sign: r.Sign, Gossip: r.Gossip, Keys: r.Keys,
		Kind: r.Kind, Category: c.spec.Category, Name: r.Name,
	}
	member.Holds = code.Cohorts
	if r.Kind == identity.Box {
		member.Keys = [32]byte{} // a box holds sealed records and never opens one
	}
	change := ledger.Change{
		Members: []fact.MemberEntry{{Kind: fact.Join, Member: member, Reason: "enrolled"}},
		Notes:   []ledger.Note{used},
	}
	if r.First != nil {
		first, err := h.firstPerson(r, code, member)
		if err != nil {
			return err
		}
		change.Notes = append(change.Notes, first)
	}
	if err := h.enter(ctx, order{kind: "enrol", by: r.Name, device: member.Device}); err != nil {
		return err
	}
	return h.commitWithKeys(ctx, change, code.Cohorts, func(members []fact.Member) []fact.Member { return append(members, member) })
}

// commitWithKeys commits a change of members together with a new key for each
// cohort concerned: whoever leaves cannot open what comes, whoever joins can.
func (h *Hub) commitWithKeys(ctx context.Context, change ledger.Change, cohorts []identity.CohortID, then func([]fact.Member) []fact.Member) error {
	all, err := h.ledger.Members(ctx)
	if err != nil {
		return err
	}
	var members []fact.Member
	for _, m := range all.All() {
		if m.Revoked == 0 && (m.Ends == 0 || m.Ends > h.cfg.Now().UnixMilli()) {
			members = append(members, m.Member)
		}
	}
	members = then(members)
	turns := make(map[*cohort]turn, len(cohorts))
	for _, id := range cohorts {
		c, err := h.cohortOrOnly(id)
		if err != nil {
			return err
		}
		t, err := h.turnKey(c, members)
		if err != nil {
			return err
		}
		change.Keys = append(change.Keys, t.set)
		change.Notes = append(change.Notes, t.note)
		turns[c] = t
	}
	if err := h.ledger.Commit(ctx, change); err != nil {
		return err
	}
	for c, t := range turns {
		h.adopt(c, t)
	}
	return nil
}

func (h *Hub) welcome(ctx context.Context, r *wire.EnrolRequest, code codeNote) (*wire.EnrolAnswer, error) {
	run, err := h.ledger.Run(ctx, identity.CohortID{}, 0)
	if err != nil {
		return nil, err
	}
	raw, err := run.Raw()
	if err != nil {
		return nil, err
	}
	answer := &wire.EnrolAnswer{State: wire.Approved, Membership: raw, Cohorts: code.Cohorts}
	if r.First == nil {
		return answer, nil
	}
	p, err := h.firstPlace(fact.Member{Device: identity.DeviceIDOf(r.Sign), Holds: code.Cohorts}, r.First.Slot)
	if err != nil {
		return nil, err
	}
	cred, err := h.credential(code.person(r.First.Name), p)
	if err != nil {
		return nil, err
	}
	answer.Credential = cred.Raw()
	return answer, nil
}

func (h *Hub) tooManyTries() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	since := h.cfg.Now().Add(-wrongCodesWithin)
	h.tries = slices.DeleteFunc(h.tries, func(t time.Time) bool { return t.Before(since) })
	return len(h.tries) >= wrongCodes
}

func (h *Hub) countTry() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tries = append(h.tries, h.cfg.Now())
}

// Revoke puts a device out for good: membership grows, its cohorts get a new
// key, and it is sent nothing new from this moment.
func (h *Hub) Revoke(ctx context.Context, device identity.DeviceID, reason, by string) error {
	h.orders.Lock()
	defer h.orders.Unlock()
	members, err := h.ledger.Members(ctx)
	if err != nil {
		return fmt.Errorf("revoking: %w", err)
	}
	m, ok := members.Ever(device)
	switch {
	case !ok || device == h.area.ID():
		return fmt.Errorf("revoking: %w", ErrNoDevice)
	case m.Revoked != 0:
		return fmt.Errorf("revoking: %w", ErrAlready)
	}
	if err := h.enter(ctx, order{kind: "revoke", by: by, device: device}); err != nil {
		return fmt.Errorf("revoking: entering the order: %w", err)
	}
	change := ledger.Change{Members: []fact.MemberEntry{{Kind: fact.Revoke, Member: fact.Member{Device: device}, Reason: reason}}}
	// What is entered is carried out, though whoever asked has gone.
	err = h.commitWithKeys(context.WithoutCancel(ctx), change, m.Holds, func(members []fact.Member) []fact.Member {
		return slices.DeleteFunc(members, func(m fact.Member) bool { return m.Device == device })
	})
	if err != nil {
		return fmt.Errorf("revoking: %w", err)
	}
	return nil
}

// DeviceLine is one device in the list.
type DeviceLine struct {
	Device   string    `json:"device"`
	Name     string    `json:"name"`
	Kind     string    `json:"kind"`
	Category string    `json:"category"`
	Words    string    `json:"words"` // compare with the device's own screen
	State    string    `json:"state"` // in force, revoked
	LastSeen time.Time `json:"lastSeen,omitzero"`
	Items    uint64    `json:"items"` // of its log, received without a gap
}

// Devices lists every device ever enlisted but the hub itself (R4).
func (h *Hub) Devices(ctx context.Context) ([]DeviceLine, error) {
	members, err := h.ledger.Members(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing devices: %w", err)
	}
	held, err := h.ledger.Have(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing devices: %w", err)
	}
	var out []DeviceLine
	for _, m := range members.All() {
		if m.Device == h.area.ID() {
			continue
		}
		line := DeviceLine{
			Device: m.Device.String(), Name: m.Name, Kind: string(m.Kind), Category: string(m.Category),
			Words: identity.Words("device", m.Sign), State: "in force",
		}
		if m.Revoked != 0 {
			line.State = "revoked"
		}
		for _, x := range held {
			if x.Device == m.Device {
				line.Items += x.UpTo
				line.LastSeen = later(line.LastSeen, time.UnixMilli(x.Received))
			}
		}
		h.mu.Lock()
		line.LastSeen = later(line.LastSeen, h.seen[m.Device].At)
		h.mu.Unlock()
		out = append(out, line)
	}
	return out, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
