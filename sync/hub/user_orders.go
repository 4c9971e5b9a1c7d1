package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/sync/ledger"
)

// UserOrder makes a person known and gives them places, or gives a known
// person further ones.
type UserOrder struct {
	User    string    `json:"user"` // a known person's id; empty: somebody new
	Name    string    `json:"name"` // of somebody new, and so on down to Ends
	Staff   string    `json:"staff"`
	Role    string    `json:"role"`
	Trained time.Time `json:"trained"` // training lapses
	Ends    time.Time `json:"ends"`    // the credential ends
	Devices []string  `json:"devices"` // where; at least one
	By      string    `json:"by"`
}

// AddedUser is who was given places, and the one-time code for each. The codes
// are kept nowhere: the same order again makes others.
type AddedUser struct {
	User   string        `json:"user"`
	Name   string        `json:"name"`
	Places []IssuedPlace `json:"places"`
}

// IssuedPlace is a place to take with a code. The code is a secret until then.
type IssuedPlace struct {
	Device string `json:"device"`
	Name   string `json:"name"` // of the device
	Slot   string `json:"slot"`
	Code   string `json:"code"`
}

// TrainOrder says until when a person's training counts, or their credential,
// or both.
type TrainOrder struct {
	User  string    `json:"user"`
	Until time.Time `json:"until,omitzero"` // zero: as it was
	Ends  time.Time `json:"ends,omitzero"`  // zero: as it was
	By    string    `json:"by"`
}

// EndOrder ends a person's places everywhere, for good.
type EndOrder struct {
	User   string `json:"user"`
	Reason string `json:"reason"` // a short code; empty: left
	By     string `json:"by"`
}

// ChangedUser is what an order about a known person reached.
type ChangedUser struct {
	User    string `json:"user"`
	Name    string `json:"name"`
	Devices int    `json:"devices"` // that will hear of it
}

// UserLine is one person in the list.
type UserLine struct {
	User    string     `json:"user"`
	Name    string     `json:"name"`
	Staff   string     `json:"staff,omitempty"`
	Role    string     `json:"role"`
	Trained time.Time  `json:"trained"`
	Ends    time.Time  `json:"ends"`
	State   string     `json:"state"` // in force, training lapsed, credential ended, ended
	Places  []UserSpot `json:"places"`
}

// UserSpot is one place in the list.
type UserSpot struct {
	Device string `json:"device"`
	Name   string `json:"name"` // of the device
	Slot   string `json:"slot"`
	Out    bool   `json:"out,omitempty"` // the device is no longer in force
}

// AddUser makes a person known, or finds one, and gives them a place on each of
// some laptops with a one-time joining code. The order is entered first (R56).
// Errors: ErrUserOrder, ErrNoUser, ErrUserEnded, ErrNoDevice, ErrDeviceOut,
// ErrNotLaptop.
func (h *Hub) AddUser(ctx context.Context, o UserOrder) (AddedUser, error) {
	h.orders.Lock()
	defer h.orders.Unlock()
	added, err := h.addUser(ctx, o)
	if err != nil {
		return AddedUser{}, fmt.Errorf("adding a person: %w", err)
	}
	return added, nil
}

func (h *Hub) addUser(ctx context.Context, o UserOrder) (AddedUser, error) {
	u, err := h.whom(ctx, o)
	if err != nil {
		return AddedUser{}, err
	}
	members, err := h.ledger.Members(ctx)
	if err != nil {
		return AddedUser{}, err
	}
	if len(o.Devices) == 0 {
		return AddedUser{}, fmt.Errorf("%w: a device is due", ErrUserOrder)
	}
	added, change := AddedUser{User: u.id, Name: u.Name}, ledger.Change{}
	for i, typed := range o.Devices {
		if slices.Contains(o.Devices[:i], typed) {
			return AddedUser{}, fmt.Errorf("%w: the device %s is named twice", ErrUserOrder, typed)
		}
		m, err := h.laptop(members, typed)
		if err != nil {
			return AddedUser{}, err
		}
		p, code, err := h.placeOn(u, m)
		if err != nil {
			return AddedUser{}, err
		}
		g, err := h.admission(u, p, m)
		if err != nil {
			return AddedUser{}, err
		}
		change.Governance = append(change.Governance, g)
		added.Places = append(added.Places, IssuedPlace{Device: m.Device.String(), Name: m.Name, Slot: p.Slot.String(), Code: code})
	}
	for _, g := range change.Governance {
		if err := h.enter(ctx, order{kind: "user-add", by: o.By, reason: u.id, device: g.Entry.Device, count: 1}); err != nil {
			return AddedUser{}, fmt.Errorf("entering the order: %w", err)
		}
	}
	return added, h.keepUser(ctx, u, change)
}

// whom is the person that an order to add is about.
func (h *Hub) whom(ctx context.Context, o UserOrder) (*staffMember, error) {
	if o.User != "" {
		if o.Name != "" || o.Role != "" || o.Staff != "" || !o.Trained.IsZero() || !o.Ends.IsZero() {
			return nil, fmt.Errorf("%w: a known person keeps name, role and dates; satchel-hub user train changes dates", ErrUserOrder)
		}
		u, err := h.user(ctx, o.User)
		if err != nil {
			return nil, err
		}
		if now := h.cfg.Now().UnixMilli(); u.Trained <= now || u.Ends <= now {
			return nil, fmt.Errorf("%w: their training or their credential has lapsed; satchel-hub user train renews them", ErrUserOrder)
		}
		return u, nil
	}
	role, err := identity.ParseRole(o.Role)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUserOrder, err)
	}
	if err := plainName(o.Name); err != nil {
		return nil, err
	}
	if len(o.Staff) > maxStaff || asCode(o.Staff) != o.Staff {
		return nil, fmt.Errorf("%w: a staff id is one word of at most %d letters and digits", ErrUserOrder, maxStaff)
	}
	for what, t := range map[string]time.Time{"training": o.Trained, "credential": o.Ends} {
		if err := h.ahead(what, t); err != nil {
			return nil, err
		}
	}
	return newStaffMember(userNote{
		Name: strings.TrimSpace(o.Name), Staff: o.Staff, Role: role, Trained: o.Trained.UnixMilli(), Ends: o.Ends.UnixMilli(),
	}), nil
}

const (
	maxStaff     = 64
	maxUserName  = 200 // fact.Credential's
	longestAhead = 10 * 366 * 24 * time.Hour
)

func plainName(name string) error {
	switch trimmed := strings.TrimSpace(name); {
	case trimmed == "":
		return fmt.Errorf("%w: a name is due", ErrUserOrder)
	case len(trimmed) > maxUserName || strings.ContainsFunc(trimmed, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Errorf("%w: a name is one line of at most %d bytes", ErrUserOrder, maxUserName)
	}
	return nil
}

// ahead refuses a date that would end at once what it is meant to allow, and
// one that is a slip of the hand.
func (h *Hub) ahead(what string, t time.Time) error {
	now := h.cfg.Now()
	switch {
	case t.IsZero():
		return fmt.Errorf("%w: the date on which the %s ends is due", ErrUserOrder, what)
	case !t.After(now):
		return fmt.Errorf("%w: the %s would have ended on %s already", ErrUserOrder, what, day(t.UnixMilli()))
	case t.After(now.Add(longestAhead)):
		return fmt.Errorf("%w: the %s would end on %s, more than ten years ahead", ErrUserOrder, what, day(t.UnixMilli()))
	}
	return nil
}

// keepUser commits a change and the person as they are now. What is entered is
// carried out, though whoever asked has gone. orders is held.
func (h *Hub) keepUser(ctx context.Context, u *staffMember, change ledger.Change) error {
	note, err := h.userNote(u)
	if err != nil {
		return err
	}
	change.Notes = append(change.Notes, note)
	return h.ledger.Commit(context.WithoutCancel(ctx), change)
}

// TrainUser renews a person's credential in all of their places (R6). Errors:
// ErrNoUser, ErrUserEnded, ErrUserOrder.
func (h *Hub) TrainUser(ctx context.Context, o TrainOrder) (ChangedUser, error) {
	h.orders.Lock()
	defer h.orders.Unlock()
	u, err := h.user(ctx, o.User)
	if err != nil {
		return ChangedUser{}, fmt.Errorf("renewing a credential: %w", err)
	}
	if o.Until.IsZero() && o.Ends.IsZero() {
		return ChangedUser{}, fmt.Errorf("renewing a credential: %w: a date is due", ErrUserOrder)
	}
	for _, d := range []struct {
		what string
		from time.Time
		to   *int64
	}{{"training", o.Until, &u.Trained}, {"credential", o.Ends, &u.Ends}} {
		if d.from.IsZero() {
			continue
		}
		if err := h.ahead(d.what, d.from); err != nil {
			return ChangedUser{}, fmt.Errorf("renewing a credential: %w", err)
		}
		*d.to = d.from.UnixMilli()
	}
	done, err := h.tell(ctx, u, order{kind: "user-train", by: o.By, reason: u.id}, func(p userPlace, m fact.Member) (ledger.Governing, error) {
		return h.admission(u, p, m)
	})
	if err != nil {
		return ChangedUser{}, fmt.Errorf("renewing a credential: %w", err)
	}
	return done, nil
}

// EndUser ends all of a person's places: their slots go, locked or not, and
// nothing brings them back but being added anew. Errors: ErrNoUser, ErrAlready.
func (h *Hub) EndUser(ctx context.Context, o EndOrder) (ChangedUser, error) {
	h.orders.Lock()
	defer h.orders.Unlock()
	u, err := h.user(ctx, o.User)
	switch {
	case err != nil && u != nil && u.Ended != 0:
		return ChangedUser{}, fmt.Errorf("ending a person: %w", ErrAlready)
	case err != nil:
		return ChangedUser{}, fmt.Errorf("ending a person: %w", err)
	}
	if o.Reason == "" {
		o.Reason = "left"
	}
	u.Ended, u.Reason = h.cfg.Now().UnixMilli(), asCode(o.Reason)
	done, err := h.tell(ctx, u, order{kind: "user-end", by: o.By, reason: u.id + ":" + u.Reason}, func(p userPlace, _ fact.Member) (ledger.Governing, error) {
		return ledger.Governing{Cohort: p.Cohort, Entry: fact.GovernanceEntry{Kind: fact.CredentialEnd, Slot: p.Slot}}, nil
	})
	if err != nil {
		return ChangedUser{}, fmt.Errorf("ending a person: %w", err)
	}
	return done, nil
}

// tell enters an order about a person and commits one entry for each of their
// places on a device that is in force. orders is held.
func (h *Hub) tell(ctx context.Context, u *staffMember, o order, entry func(userPlace, fact.Member) (ledger.Governing, error)) (ChangedUser, error) {
	members, err := h.ledger.Members(ctx)
	if err != nil {
		return ChangedUser{}, err
	}
	var change ledger.Change
	for _, p := range u.Places {
		m, ok := members.Get(p.Device)
		if !ok {
			continue // revoked: it is told nothing, and shows nothing
		}
		g, err := entry(p, m)
		if err != nil {
			return ChangedUser{}, err
		}
		change.Governance = append(change.Governance, g)
	}
	o.count = len(change.Governance)
	if err := h.enter(ctx, o); err != nil {
		return ChangedUser{}, fmt.Errorf("entering the order: %w", err)
	}
	return ChangedUser{User: u.id, Name: u.Name, Devices: o.count}, h.keepUser(ctx, u, change)
}

// ListUsers lists everybody the hub knows (R4), those who were ended last.
func (h *Hub) ListUsers(ctx context.Context) ([]UserLine, error) {
	all, err := h.users(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing people: %w", err)
	}
	members, err := h.ledger.Members(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing people: %w", err)
	}
	out := make([]UserLine, 0, len(all))
	for _, u := range all {
		line := UserLine{
			User: u.id, Name: u.Name, Staff: u.Staff, Role: string(u.Role),
			Trained: time.UnixMilli(u.Trained), Ends: time.UnixMilli(u.Ends), State: u.state(h.cfg.Now()), Places: []UserSpot{},
		}
		for _, p := range u.Places {
			m, _ := members.Ever(p.Device)
			line.Places = append(line.Places, UserSpot{Device: p.Device.String(), Name: m.Name, Slot: p.Slot.String(), Out: m.Revoked != 0})
		}
		out = append(out, line)
	}
	slices.SortStableFunc(out, func(a, b UserLine) int {
		if (a.State == stateEnded) != (b.State == stateEnded) {
			if a.State == stateEnded {
				return 1
			}
			return -1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out, nil
}

const stateEnded = "ended"

func (u *staffMember) state(now time.Time) string {
	switch ms := now.UnixMilli(); {
	case u.Ended != 0:
		return stateEnded
	case u.Ends <= ms:
		return "credential ended"
	case u.Trained <= ms:
		return "training lapsed"
	}
	return "in force"
}
