package hub

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"satchel/store/canon"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/record"
	"satchel/store/seal"
	"satchel/sync/ledger"
	"satchel/sync/wire"
)

var (
	// ErrNoUser says that nobody is known to the hub by that id.
	ErrNoUser = errors.New("no such person is known to the hub")
	// ErrUserEnded says that a person's work here was ended. They come back
	// as somebody new.
	ErrUserEnded = errors.New("that person has been ended")
	// ErrUserOrder says that an order about a person is not complete or makes
	// no sense; the text says what.
	ErrUserOrder = errors.New("the order makes no sense")
	// ErrNotLaptop says that people sign in on laptops alone.
	ErrNotLaptop = errors.New("the device is a box: people sign in on laptops alone")
	// ErrDeviceOut says that a device is no longer in force.
	ErrDeviceOut = errors.New("the device is no longer in force")
)

// kindUser is the kind of note that holds one person of the staff. Its key is
// the person's random id; what it says is sealed under the hub's own secret.
const kindUser = "user"

// maxPlaces bounds how many devices one person has a place on.
const maxPlaces = 64

// leastPrefix is how many digits of a person's id name them, where only one
// person's id begins so.
const leastPrefix = 6

type userNote struct {
	Name    string        `cbor:"1,keyasint"`
	Staff   string        `cbor:"2,keyasint"` // staff directory id, may be empty
	Role    identity.Role `cbor:"3,keyasint"`
	Trained int64         `cbor:"4,keyasint"` // training lapses, Unix milliseconds
	Ends    int64         `cbor:"5,keyasint"` // the credential ends, Unix milliseconds
	Ended   int64         `cbor:"6,keyasint"` // by an operator, Unix milliseconds; 0: not
	Reason  string        `cbor:"7,keyasint"` // of that, a code
	Places  []userPlace   `cbor:"8,keyasint"`
}

// userPlace is a person's slot on one device. The category is that of the
// device's organisation there.
type userPlace struct {
	Device   identity.DeviceID `cbor:"1,keyasint"`
	Slot     identity.SlotID   `cbor:"2,keyasint"`
	Cohort   identity.CohortID `cbor:"3,keyasint"` // whose chain tells the device
	Category identity.Category `cbor:"4,keyasint"`
	Join     [32]byte          `cbor:"5,keyasint"` // fact.JoinHash of the newest code; zeros: none was made
}

// staffMember is a person of the staff as the hub knows them.
type staffMember struct {
	id      string // 32 hexadecimal digits
	version uint64 // of the note; 0: new
	userNote
}

func newStaffMember(n userNote) *staffMember {
	id := identity.Random[[16]byte]()
	return &staffMember{id: hex.EncodeToString(id[:]), userNote: n}
}

// note is what keeps the person as they are now.
func (h *Hub) userNote(u *staffMember) (ledger.Note, error) {
	plain, err := canon.Marshal(u.userNote)
	if err != nil {
		return ledger.Note{}, err
	}
	return ledger.Note{Kind: kindUser, Key: u.id, Value: seal.Seal(&h.area.notes, userLabel(u.id), plain), Version: u.version}, nil
}

func (h *Hub) openUser(n ledger.Note) (*staffMember, error) {
	u := &staffMember{id: n.Key, version: n.Version}
	plain, err := seal.Open(&h.area.notes, userLabel(n.Key), n.Value)
	if err != nil {
		return nil, fmt.Errorf("%w: the note on a person does not open", ErrAreaDamaged)
	}
	if err := canon.Unmarshal(plain, &u.userNote); err != nil {
		return nil, fmt.Errorf("%w: the note on a person cannot be read: %w", ErrAreaDamaged, err)
	}
	return u, nil
}

func userLabel(id string) string { return "satchel/hub/user/1:" + id }

// users gives everybody the hub knows, in the order of their ids.
func (h *Hub) users(ctx context.Context) ([]*staffMember, error) {
	notes, err := h.ledger.Notes(ctx, kindUser)
	if err != nil {
		return nil, err
	}
	out := make([]*staffMember, 0, len(notes))
	for _, n := range notes {
		u, err := h.openUser(n)
		if err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, nil
}

// user gives the one person whose id begins with what was typed. Errors:
// ErrNoUser, ErrUserEnded.
func (h *Hub) user(ctx context.Context, typed string) (*staffMember, error) {
	typed = strings.ToLower(strings.TrimSpace(typed))
	if len(typed) < leastPrefix {
		return nil, fmt.Errorf("%w: at least the first %d digits of the person's id are due", ErrNoUser, leastPrefix)
	}
	all, err := h.users(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(u *staffMember) bool { return !strings.HasPrefix(u.id, typed) })
	switch {
	case len(all) == 0:
		return nil, ErrNoUser
	case len(all) > 1:
		return nil, fmt.Errorf("%w: several ids begin so; give more of it", ErrNoUser)
	case all[0].Ended != 0:
		return all[0], fmt.Errorf("%w, on %s", ErrUserEnded, day(all[0].Ended))
	}
	return all[0], nil
}

// userAt gives whose place a slot of a device is; ErrNoUser for nobody's.
func (h *Hub) userAt(ctx context.Context, d identity.DeviceID, s identity.SlotID) (*staffMember, error) {
	all, err := h.users(ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range all {
		if slices.ContainsFunc(u.Places, func(p userPlace) bool { return p.Device == d && p.Slot == s }) {
			return u, nil
		}
	}
	return nil, ErrNoUser
}

// placeOn gives the person's place on a device, a new one where they have none,
// with a new joining code.
func (h *Hub) placeOn(u *staffMember, m fact.Member) (p userPlace, code string, err error) {
	i := slices.IndexFunc(u.Places, func(p userPlace) bool { return p.Device == m.Device })
	if i < 0 {
		if i = len(u.Places); i >= maxPlaces {
			return p, "", fmt.Errorf("%w: a person has places on at most %d devices", ErrUserOrder, maxPlaces)
		}
		if p, err = h.firstPlace(m, identity.Random[identity.SlotID]()); err != nil {
			return p, "", err
		}
		u.Places = append(u.Places, p)
	}
	code = fact.NewJoinCode()
	u.Places[i].Join = fact.JoinHash(u.Places[i].Slot, code)
	return u.Places[i], code, nil
}

// firstPlace is a slot of a device, as its first cohort makes it.
func (h *Hub) firstPlace(m fact.Member, s identity.SlotID) (userPlace, error) {
	if len(m.Holds) == 0 {
		return userPlace{}, fmt.Errorf("%w: the device belongs to no team", ErrUserOrder)
	}
	c, err := h.cohortOrOnly(m.Holds[0])
	if err != nil {
		return userPlace{}, err
	}
	return userPlace{Device: m.Device, Slot: s, Cohort: c.id, Category: c.spec.Category}, nil
}

// firstPerson is the note on a laptop's first person, so that they can be
// trained, ended and recovered as everybody else.
func (h *Hub) firstPerson(r *wire.EnrolRequest, code codeNote, m fact.Member) (ledger.Note, error) {
	p, err := h.firstPlace(m, r.First.Slot)
	if err != nil {
		return ledger.Note{}, err
	}
	u := newStaffMember(code.person(r.First.Name))
	u.Places = []userPlace{p}
	return h.userNote(u)
}

// person is what a used code makes of a laptop's first person. The dates count
// from its use, so that a repeat is answered with the same.
func (c codeNote) person(name string) userNote {
	used := time.UnixMilli(c.Use.At)
	return userNote{Name: name, Role: c.Role, Trained: used.Add(trainingLife).UnixMilli(), Ends: used.Add(credentialLife).UnixMilli()}
}

// credential is the hub's word for a person in one place.
func (h *Hub) credential(u userNote, p userPlace) (fact.Signed[fact.Credential], error) {
	return fact.Sign(h.area.sign, fact.Credential{
		Slot: p.Slot, Device: p.Device, Name: u.Name, Staff: u.Staff, Role: u.Role, Category: p.Category, Trained: u.Trained, Ends: u.Ends,
	})
}

// admission is the entry that gives or renews a place: the credential, and the
// hash of the newest joining code, boxed to the device's own key, so that a
// locked laptop takes it. A renewal names the code again: whoever has not used
// it yet still can, and where the place is taken it says nothing.
func (h *Hub) admission(u *staffMember, p userPlace, m fact.Member) (ledger.Governing, error) {
	c, err := h.credential(u.userNote, p)
	if err != nil {
		return ledger.Governing{}, fmt.Errorf("%w: %w", ErrUserOrder, err)
	}
	plain, err := fact.Admission{Credential: c.Raw(), Join: p.Join}.Encode()
	if err != nil {
		return ledger.Governing{}, err
	}
	body, err := h.sender.BoxTo(&m.Gossip, fact.AdmissionLabel(p.Device, p.Slot), plain)
	if err != nil {
		return ledger.Governing{}, err
	}
	return ledger.Governing{Cohort: p.Cohort, Entry: fact.GovernanceEntry{
		Kind: fact.Credentialled, Device: p.Device, Slot: p.Slot, Body: body,
	}}, nil
}

// laptop gives a laptop in force. Errors: ErrNoDevice, ErrDeviceOut,
// ErrNotLaptop.
func (h *Hub) laptop(members *ledger.Members, typed string) (fact.Member, error) {
	m, err := h.inForce(members, typed)
	if err == nil && m.Kind != identity.Laptop {
		err = fmt.Errorf("%w (%s)", ErrNotLaptop, typed)
	}
	return m, err
}

// inForce gives a device in force. Errors: ErrNoDevice, ErrDeviceOut.
func (h *Hub) inForce(members *ledger.Members, typed string) (fact.Member, error) {
	id, err := identity.ParseDeviceID(typed)
	if err != nil {
		return fact.Member{}, fmt.Errorf("%w: %w", ErrNoDevice, err)
	}
	m, ok := members.Ever(id)
	switch {
	case !ok || id == h.area.ID():
		return fact.Member{}, fmt.Errorf("%w: %s", ErrNoDevice, typed)
	case m.Revoked != 0:
		return fact.Member{}, fmt.Errorf("%w: %s was revoked", ErrDeviceOut, typed)
	case m.Ends != 0 && m.Ends <= h.cfg.Now().UnixMilli():
		return fact.Member{}, fmt.Errorf("%w: %s was to be used until %s", ErrDeviceOut, typed, day(m.Ends))
	}
	return m.Member, nil
}

// day writes a moment's day for an operator, as a laptop would.
func day(ms int64) string { return record.DateOf(time.UnixMilli(ms)).FormatDay() }
