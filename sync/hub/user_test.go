package hub

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/sync/ledger"
	"satchel/sync/wire"
)

const marker = "Zebedee Marker"

// marked is an order to add somebody to the bench's laptop.
func (b *bench) marked() UserOrder {
	return UserOrder{
		Name: marker, Staff: "S-4010232137", Role: string(identity.Paramedic), By: "test",
		Trained: time.Now().Add(90 * 24 * time.Hour), Ends: time.Now().Add(200 * 24 * time.Hour), Devices: []string{b.v.Device().String()},
	}
}

func (b *bench) add() AddedUser {
	b.t.Helper()
	added, err := b.hub.AddUser(b.t.Context(), b.marked())
	if err != nil {
		b.t.Fatal(err)
	}
	return added
}

// box enlists a station box.
func (b *bench) box() identity.DeviceID {
	b.t.Helper()
	code, _, err := b.hub.NewCode(b.t.Context(), CodeRequest{Kind: identity.Box, By: "test"})
	if err != nil {
		b.t.Fatal(err)
	}
	keys := identity.NewDeviceKeys()
	_, err = b.hub.enrol(b.t.Context(), &wire.EnrolRequest{
		Version: wire.Version, Secret: code.Secret(), Sign: keys.Public(), Gossip: keys.Gossip.Public, Kind: identity.Box, Name: "shelf",
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return keys.ID()
}

// governance gives the entries of a kind in the team's chain, oldest first.
func (b *bench) governance(kind fact.GovernanceKind) []fact.GovernanceEntry {
	b.t.Helper()
	id := b.hub.allCohorts()[0].id
	run, err := b.hub.ledger.Run(b.t.Context(), id, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	g := fact.NewGovernance(fact.Chain{Area: b.hub.area.Certificate.Value.Area, Cohort: id})
	var out []fact.GovernanceEntry
	for _, raw := range run.Entries {
		e, err := g.Apply(raw)
		if err != nil {
			b.t.Fatal(err)
		}
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

// admissions opens the admissions in the chain with the laptop's device key
// alone, as a locked laptop does.
func (b *bench) admissions() (joins [][32]byte, creds []fact.Credential) {
	b.t.Helper()
	for _, e := range b.governance(fact.Credentialled) {
		if !e.Admits() || e.Device != b.v.Device() {
			b.t.Fatal("an entry for somebody else")
		}
		raw, err := seal.NewRecipient(b.v.Keys().Gossip).OpenBox(fact.AdmissionLabel(e.Device, e.Slot), e.Body)
		if err != nil {
			b.t.Fatal(err)
		}
		a, err := fact.DecodeAdmission(raw)
		if err != nil {
			b.t.Fatal(err)
		}
		c, err := a.Open(b.hub.area.Certificate.Value.Sign, e)
		if err != nil {
			b.t.Fatal(err)
		}
		joins, creds = append(joins, a.Join), append(creds, c.Value)
	}
	return joins, creds
}

// A person is added, comes again for another code, is trained, and ends.
func TestAPersonComesAndGoes(t *testing.T) { // P1, R6, R56
	b := newBench(t)
	o := b.marked()
	added, err := b.hub.AddUser(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(added.Places) != 1 || added.Name != marker || fact.CheckJoinCode(added.Places[0].Code) != nil {
		t.Fatalf("%+v", added)
	}
	again, err := b.hub.AddUser(t.Context(), UserOrder{User: added.User[:8], Devices: o.Devices, By: "test"})
	if err != nil || again.User != added.User || again.Places[0].Slot != added.Places[0].Slot || again.Places[0].Code == added.Places[0].Code {
		t.Fatalf("added again: %+v, %v", again, err)
	}
	until := time.Now().Add(300 * 24 * time.Hour)
	done, err := b.hub.TrainUser(t.Context(), TrainOrder{User: added.User, Until: until, By: "test"})
	if err != nil || done.Devices != 1 || done.Name != marker {
		t.Fatalf("trained: %+v, %v", done, err)
	}
	joins, creds := b.admissions()
	if len(joins) != 3 {
		t.Fatalf("%d admissions, 3 are due", len(joins))
	}
	slot := creds[0].Slot
	newest := fact.JoinHash(slot, again.Places[0].Code) // a renewal takes no code away
	for i, want := range [][32]byte{fact.JoinHash(slot, added.Places[0].Code), newest, newest} {
		if joins[i] != want {
			t.Errorf("admission %d carries another joining code", i+1)
		}
	}
	want := fact.Credential{
		Slot: slot, Device: b.v.Device(), Name: marker, Staff: o.Staff, Role: identity.Paramedic, Category: identity.Trust,
		Trained: o.Trained.UnixMilli(), Ends: o.Ends.UnixMilli(),
	}
	if creds[0] != want || slot.String() != added.Places[0].Slot {
		t.Errorf("the credential is %+v", creds[0])
	}
	if want.Trained = until.UnixMilli(); creds[2] != want {
		t.Errorf("the renewed credential is %+v", creds[2])
	}

	if done, err := b.hub.EndUser(t.Context(), EndOrder{User: added.User, By: "test"}); err != nil || done.Devices != 1 {
		t.Fatalf("ended: %+v, %v", done, err)
	}
	if ends := b.governance(fact.CredentialEnd); len(ends) != 1 || ends[0].Slot != slot {
		t.Fatalf("the end names %v", ends)
	}
	for name, err := range map[string]error{
		"added":   second(b.hub.AddUser(t.Context(), UserOrder{User: added.User, Devices: o.Devices})),
		"trained": second(b.hub.TrainUser(t.Context(), TrainOrder{User: added.User, Until: until})),
	} {
		if !errors.Is(err, ErrUserEnded) {
			t.Errorf("%s after the end: %v", name, err)
		}
	}
	if _, err := b.hub.EndUser(t.Context(), EndOrder{User: added.User}); !errors.Is(err, ErrAlready) {
		t.Errorf("ended twice: %v", err)
	}
	report, err := b.hub.VerifyAudit(t.Context())
	if err != nil || report.Err() != nil {
		t.Fatal(errors.Join(err, report.Err()))
	}
	for order, want := range map[string]int{"user-add": 2, "user-train": 1, "user-end": 1} {
		if got := orderCount(report, order); got != want {
			t.Errorf("the log holds %d of %s, %d are due", got, order, want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func orderCount(r AuditReport, order string) int {
	for _, o := range r.Orders {
		if o.Order == order {
			return o.Count
		}
	}
	return 0
}

// Who signed in first on a laptop is a person like everybody.
func TestTheFirstPersonIsKnown(t *testing.T) { // R6
	b := newBench(t)
	all, err := b.hub.ListUsers(t.Context())
	if err != nil || len(all) != 1 || all[0].Name != "Tap" || all[0].State != "in force" || all[0].Places[0].Slot != b.v.People()[0].Slot.String() {
		t.Fatalf("%+v, %v", all, err)
	}
	if _, err := b.hub.TrainUser(t.Context(), TrainOrder{User: all[0].User, Until: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if joins, creds := b.admissions(); len(creds) != 1 || joins[0] != [32]byte{} || creds[0].Name != "Tap" || creds[0].Role != identity.DistrictNurse {
		t.Fatalf("%+v", creds)
	}
}

// What makes no sense is refused by name, and leaves no trace.
func TestOrdersOnPeopleRefused(t *testing.T) { // R6
	b := newBench(t)
	added, box := b.add(), b.box()
	gone := b.v.Device()
	before := len(b.governance(fact.Credentialled))
	b.enrol() // another laptop takes the place of the first, which is revoked
	if err := b.hub.Revoke(t.Context(), gone, "lost", "test"); err != nil {
		t.Fatal(err)
	}
	entries := b.logged()
	with := func(change func(*UserOrder)) error {
		o := b.marked()
		change(&o)
		return second(b.hub.AddUser(t.Context(), o))
	}
	train := func(o TrainOrder) error { return second(b.hub.TrainUser(t.Context(), o)) }
	for _, c := range []struct {
		name, word string
		err, want  error
	}{
		{"no device", "a device is due", with(func(o *UserOrder) { o.Devices = nil }), ErrUserOrder},
		{"no id", "32 hexadecimal digits", with(func(o *UserOrder) { o.Devices[0] = "abc" }), ErrNoDevice},
		{"an unknown device", "no such device", with(func(o *UserOrder) { o.Devices[0] = identity.DeviceID{1}.String() }), ErrNoDevice},
		{"the hub", "no such device", with(func(o *UserOrder) { o.Devices[0] = b.hub.area.ID().String() }), ErrNoDevice},
		{"a box", "people sign in on laptops alone", with(func(o *UserOrder) { o.Devices[0] = box.String() }), ErrNotLaptop},
		{"a revoked laptop", "was revoked", with(func(o *UserOrder) { o.Devices[0] = gone.String() }), ErrDeviceOut},
		{"a laptop twice", "named twice", with(func(o *UserOrder) { o.Devices = append(o.Devices, o.Devices[0]) }), ErrUserOrder},
		{"no role", `role "" is not one of`, with(func(o *UserOrder) { o.Role = "" }), ErrUserOrder},
		{"an unknown role", `role "boss" is not one of`, with(func(o *UserOrder) { o.Role = "boss" }), ErrUserOrder},
		{"no name", "a name is due", with(func(o *UserOrder) { o.Name = " " }), ErrUserOrder},
		{"a name of two lines", "one line", with(func(o *UserOrder) { o.Name = "A\nB" }), ErrUserOrder},
		{"a long name", "200 bytes", with(func(o *UserOrder) { o.Name = strings.Repeat("x", 201) }), ErrUserOrder},
		{"a staff id of words", "one word", with(func(o *UserOrder) { o.Staff = "A B" }), ErrUserOrder},
		{"no training", "training ends is due", with(func(o *UserOrder) { o.Trained = time.Time{} }), ErrUserOrder},
		{"training that has lapsed", "already", with(func(o *UserOrder) { o.Trained = time.Now().Add(-time.Hour) }), ErrUserOrder},
		{"work that has ended", "already", with(func(o *UserOrder) { o.Ends = time.Now().Add(-time.Hour) }), ErrUserOrder},
		{"a slip of the hand", "ten years", with(func(o *UserOrder) { o.Ends = time.Now().AddDate(100, 0, 0) }), ErrUserOrder},
		{"nobody", "no such person", with(func(o *UserOrder) { *o = UserOrder{User: "00000000", Devices: o.Devices} }), ErrNoUser},
		{"too short an id", "first 6 digits", with(func(o *UserOrder) { *o = UserOrder{User: added.User[:3], Devices: o.Devices} }), ErrNoUser},
		{"a known person's new name", "keeps name", with(func(o *UserOrder) { o.User = added.User }), ErrUserOrder},
		{"training nobody", "no such person", train(TrainOrder{User: "00000000", Until: time.Now().Add(time.Hour)}), ErrNoUser},
		{"training until never", "a date is due", train(TrainOrder{User: added.User}), ErrUserOrder},
		{"training until yesterday", "already", train(TrainOrder{User: added.User, Until: time.Now().Add(-24 * time.Hour)}), ErrUserOrder},
		{"ending nobody", "no such person", second(b.hub.EndUser(t.Context(), EndOrder{User: "00000000"})), ErrNoUser},
		{"turning an unknown device's keys", "no such device", b.hub.TurnKeys(t.Context(), TurnOrder{Device: identity.DeviceID{1}.String()}), ErrNoDevice},
		{"turning a revoked device's keys", "was revoked", b.hub.TurnKeys(t.Context(), TurnOrder{Device: gone.String()}), ErrDeviceOut},
	} {
		if !errors.Is(c.err, c.want) || !strings.Contains(c.err.Error(), c.word) {
			t.Errorf("%s: %v", c.name, c.err)
		}
	}
	if len(b.governance(fact.Credentialled)) != before || b.logged() != entries {
		t.Error("what was refused left an entry")
	}
	// A renewal reaches the laptops that are left: here none.
	if done, err := b.hub.TrainUser(t.Context(), TrainOrder{User: added.User, Until: time.Now().Add(time.Hour)}); err != nil || done.Devices != 0 {
		t.Errorf("%+v, %v", done, err)
	}
	if lines, err := b.hub.ListUsers(t.Context()); err != nil || !strings.Contains(spot(lines, added.User), "out") {
		t.Errorf("%+v, %v", lines, err)
	}
}

func spot(lines []UserLine, user string) string {
	for _, l := range lines {
		if l.User == user && len(l.Places) == 1 && l.Places[0].Out {
			return "out"
		}
	}
	return ""
}

// logged is how many entries the hub's log holds.
func (b *bench) logged() uint64 {
	b.t.Helper()
	point, err := b.hub.ledger.Checkpoint(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return point.Size
}

// failing is a ledger that takes no entries, or makes no commits.
type failing struct {
	ledger.Ledger
	accept, commit error
}

func (f failing) Accept(ctx context.Context, items [][]byte) (ledger.Acceptance, error) {
	if f.accept != nil {
		return ledger.Acceptance{}, f.accept
	}
	return f.Ledger.Accept(ctx, items)
}

func (f failing) Commit(ctx context.Context, c ledger.Change) error {
	if f.commit != nil {
		return f.commit
	}
	return f.Ledger.Commit(ctx, c)
}

// An order that the log does not take is not carried out, and one that cannot
// be carried out hands no code over.
func TestNoOrderOnPeopleWithoutAnEntry(t *testing.T) { // R56
	b := newBench(t)
	full := errors.New("the disk is full")
	real := b.hub.ledger
	b.hub.ledger = failing{Ledger: real, accept: full}
	if added, err := b.hub.AddUser(t.Context(), b.marked()); !errors.Is(err, full) || len(added.Places) != 0 {
		t.Errorf("added: %+v, %v", added, err)
	}
	if err := b.hub.TurnKeys(t.Context(), TurnOrder{Device: b.v.Device().String()}); !errors.Is(err, full) {
		t.Errorf("turned: %v", err)
	}
	b.hub.ledger = real
	if n := len(b.governance(fact.Credentialled)) + len(b.governance(fact.DeviceOrder)); n != 0 {
		t.Errorf("%d orders were carried out", n)
	}
	before := b.logged()
	b.hub.ledger = failing{Ledger: real, commit: full}
	added, err := b.hub.AddUser(t.Context(), b.marked())
	b.hub.ledger = real
	if !errors.Is(err, full) || len(added.Places) != 0 {
		t.Errorf("a code for nothing: %+v, %v", added, err)
	}
	if b.logged() != before+1 {
		t.Error("the order was not entered before it was tried")
	}
}

// Names and codes lie nowhere in clear: not in the log, not in the hub's notes.
func TestPeopleLieSealed(t *testing.T) {
	b := newBench(t)
	added := b.add()
	code := identity.TidyLetters(added.Places[0].Code)
	slot, err := hex.DecodeString(added.Places[0].Slot)
	if err != nil {
		t.Fatal(err)
	}
	hash := fact.JoinHash(identity.SlotID(slot), code)
	err = filepath.WalkDir(b.hub.cfg.Data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, word := range []string{marker, "S-4010232137", added.Places[0].Code, code, string(hash[:])} {
			if bytes.Contains(raw, []byte(word)) {
				t.Errorf("%s holds it in clear", path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	open := seal.NewRecipient(b.hub.area.box)
	entries, err := b.hub.ledger.Entries(t.Context(), 0, int(b.logged()))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		item, err := audit.DecodeItem(e.Raw)
		if err != nil {
			t.Fatal(err)
		}
		body, err := open.OpenBox(fact.EntryLabel, item.Body)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(body, []byte("Zebedee")) || bytes.Contains(body, []byte(code)) {
			t.Error("the log names a person or a code")
		}
	}
}

// Everybody is still there in a hub that is restored from its backup, with
// nothing but the journal, and can be trained and ended there.
func TestPeopleOutliveTheHub(t *testing.T) { // R56
	b := newBench(t)
	added := b.add()
	want, err := b.hub.ListUsers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "saved.tar.gz")
	if _, err := b.hub.SaveBackup(t.Context(), BackupOrder{File: file, By: "test"}); err != nil {
		t.Fatal(err)
	}
	restored := t.TempDir()
	unpack(t, file, restored)
	h, err := Open(t.Context(), Config{Data: restored})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}()
	if got, err := h.ListUsers(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v, %v", got, err)
	}
	elsewhere := &bench{t: t, hub: h, v: b.v}
	if joins, _ := elsewhere.admissions(); len(joins) != 1 {
		t.Fatalf("%d admissions were restored", len(joins))
	}
	if _, err := h.TrainUser(t.Context(), TrainOrder{User: added.User, Until: time.Now().Add(time.Hour), By: "test"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.EndUser(t.Context(), EndOrder{User: added.User, By: "test"}); err != nil {
		t.Fatal(err)
	}
	report, err := h.VerifyAudit(t.Context())
	if err != nil || report.Err() != nil || orderCount(report, "user-end") != 1 {
		t.Fatal(errors.Join(err, report.Err()))
	}
}
