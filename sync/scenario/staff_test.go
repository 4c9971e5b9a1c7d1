package scenario

import (
	"errors"
	"slices"
	"testing"
	"time"

	"satchel/store"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/sync/hub"
)

const (
	colleague       = "Second Colleague"
	colleaguePhrase = "seven quiet herons at dusk"
	newPhrase       = "copper kettle under the stairs"
)

// joins gives somebody a place on a laptop, and has the laptop hear of it.
func (a *area) joins(l *laptop, name string) hub.IssuedPlace {
	a.t.Helper()
	added, err := a.hub.AddUser(a.t.Context(), hub.UserOrder{
		Name: name, Role: string(identity.Paramedic), By: "scenario", Devices: []string{l.v.Device().String()},
		Trained: a.clock.now().AddDate(0, 6, 0), Ends: a.clock.now().AddDate(1, 0, 0),
	})
	if err != nil {
		a.t.Fatal(err)
	}
	l.sync()
	return added.Places[0]
}

// user is the id by which the hub knows somebody.
func (a *area) user(name string) string {
	a.t.Helper()
	all, err := a.hub.ListUsers(a.t.Context())
	if err != nil {
		a.t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(u hub.UserLine) bool { return u.Name == name })
	if i < 0 {
		a.t.Fatalf("the hub does not know %s", name)
	}
	return all[i].User
}

// place is what the laptop lists of somebody; false where it lists nobody.
func (l *laptop) place(name string) (store.PersonSlot, bool) {
	all := l.v.People()
	i := slices.IndexFunc(all, func(p store.PersonSlot) bool { return p.Name == name })
	if i < 0 {
		return store.PersonSlot{}, false
	}
	return all[i], true
}

func (l *laptop) mustPlace(name string, state store.PlaceState) identity.SlotID {
	l.t.Helper()
	p, ok := l.place(name)
	if !ok || p.State != state {
		l.t.Fatalf("%s is listed: %v, in state %d; %d is due", name, ok, p.State, state)
	}
	return p.Slot
}

func secret(text string) store.Secret { return store.Secret{Text: []byte(text)} }

// signIn unlocks as somebody.
func (l *laptop) signIn(slot identity.SlotID, phrase string) (*store.Session, error) {
	return l.v.Unlock(l.t.Context(), slot, []byte(phrase))
}

func (l *laptop) mustSignIn(slot identity.SlotID, phrase string) *store.Session {
	l.t.Helper()
	s, err := l.signIn(slot, phrase)
	if err != nil {
		l.t.Fatalf("unlocking: %v", err)
	}
	return s
}

// withColleague is a laptop on which a second person has joined and been let in.
func (a *area) withColleague(name string) (*laptop, identity.SlotID) {
	a.t.Helper()
	l := a.laptop(name)
	l.sync()
	code := a.joins(l, colleague).Code
	slot := l.mustPlace(colleague, store.PlaceInvited)
	if err := l.v.Join(a.t.Context(), slot, code, secret(colleaguePhrase)); err != nil {
		a.t.Fatal(err)
	}
	l.unlock().Lock()
	return l, l.mustPlace(colleague, store.PlaceReady)
}

// orders counts the entries of one order in the hub's log, which is whole.
func (a *area) orders(order string) int {
	a.t.Helper()
	r, err := a.hub.VerifyAudit(a.t.Context())
	if err != nil || r.Err() != nil {
		a.t.Fatal(errors.Join(err, r.Err()))
	}
	i := slices.IndexFunc(r.Orders, func(o hub.OrderCount) bool { return o.Order == order })
	if i < 0 {
		return 0
	}
	return r.Orders[i].Count
}

// A second person joins a laptop with a code, makes a passphrase of their own,
// and is let in by the next colleague who unlocks.
func TestASecondPersonJoins(t *testing.T) { // P1, R56
	a := newArea(t, crowd)
	a.released(crowd)
	l := a.laptop("shared")
	l.sync()
	issued := a.joins(l, colleague)
	slot := l.mustPlace(colleague, store.PlaceInvited)
	if slot.String() != issued.Slot {
		t.Fatal("another place than the hub gave")
	}
	if err := l.v.Join(t.Context(), slot, "00000-00000", secret(colleaguePhrase)); !errors.Is(err, store.ErrJoinCode) {
		t.Fatalf("a wrong code: %v", err)
	}
	a.clock.pass(time.Minute)
	if err := l.v.Join(t.Context(), slot, issued.Code, secret("password")); errors.As(err, new(*store.WeakError)) == false {
		t.Fatalf("a poor passphrase: %v", err)
	}
	if err := l.v.Join(t.Context(), slot, issued.Code, secret(colleaguePhrase)); err != nil {
		t.Fatal(err)
	}
	l.mustPlace(colleague, store.PlaceWaiting)
	if s, err := l.signIn(slot, colleaguePhrase); s != nil || !errors.Is(err, store.ErrNotReady) {
		t.Fatalf("in before a colleague unlocked: %v", err)
	}
	l.unlock().Lock()
	l.mustPlace(colleague, store.PlaceReady)
	if s, err := l.signIn(slot, passphrase); s != nil || err == nil {
		t.Fatal("one person's passphrase opened another's place")
	}
	a.clock.pass(time.Minute)
	l.reopen()
	s := l.mustSignIn(slot, colleaguePhrase)
	if s.Count() != crowd {
		t.Fatalf("they find %d of %d", s.Count(), crowd)
	}
	read(t, s, person(t, "ethel"))
	s.Lock()
	l.sync()
	if n := a.orders("user-add"); n != 1 {
		t.Fatalf("%d places given, 1 was", n)
	}
}

// Training lapses: the unlock is refused and says why. The renewal arrives at a
// locked laptop, and the person is in again.
func TestTrainingLapsesAndIsRenewed(t *testing.T) { // R6
	a := newArea(t, 3)
	a.released(3)
	l := a.laptop("lapses")
	l.sync()
	nurse := a.user("Scenario Nurse")
	until := a.clock.now().Add(time.Hour)
	if _, err := a.hub.TrainUser(t.Context(), hub.TrainOrder{User: nurse, Until: until, By: "scenario"}); err != nil {
		t.Fatal(err)
	}
	l.sync()
	l.unlock().Lock()
	a.clock.pass(2 * time.Hour)
	l.sync()
	_, err := l.signIn(l.v.People()[0].Slot, passphrase)
	refused, ok := errors.AsType[*store.UnlockRefusedError](err)
	if !ok || refused.Reason != store.TrainingLapsed || !refused.Since.Equal(time.UnixMilli(until.UnixMilli())) {
		t.Fatalf("training that lapsed: %v", err)
	}
	if _, err := a.hub.TrainUser(t.Context(), hub.TrainOrder{User: nurse, Until: a.clock.now().AddDate(0, 6, 0), By: "scenario"}); err != nil {
		t.Fatal(err)
	}
	if !l.v.Locked() {
		t.Fatal("somebody is unlocked")
	}
	l.sync()
	s := l.unlock()
	read(t, s, person(t, "ethel"))
	s.Lock()
	if n := a.orders("user-train"); n != 2 {
		t.Fatalf("%d renewals in the log, 2 were ordered", n)
	}
}

// An invitation outlives a renewal of the person's training.
func TestARenewalKeepsAnInvitation(t *testing.T) { // R6
	a := newArea(t, 3)
	a.released(3)
	l := a.laptop("invited")
	l.sync()
	code := a.joins(l, colleague).Code
	if _, err := a.hub.TrainUser(t.Context(), hub.TrainOrder{User: a.user(colleague), Until: a.clock.now().AddDate(0, 9, 0), By: "scenario"}); err != nil {
		t.Fatal(err)
	}
	l.sync()
	if err := l.v.Join(t.Context(), l.mustPlace(colleague, store.PlaceInvited), code, secret(colleaguePhrase)); err != nil {
		t.Fatal(err)
	}
}

// Ending somebody locks the session that they have open, and their place goes;
// their colleague works on.
func TestEndingSomebodyLocksThem(t *testing.T) { // R6, R56
	a := newArea(t, crowd)
	a.released(crowd)
	l, slot := a.withColleague("ends")
	l.running()
	locked := make(chan struct{}, 8)
	defer l.v.Events(func(e store.Event) {
		if _, ok := e.(store.Locked); ok {
			locked <- struct{}{}
		}
	})()
	s := l.mustSignIn(slot, colleaguePhrase)
	if _, err := a.hub.EndUser(t.Context(), hub.EndOrder{User: a.user(colleague), Reason: "left", By: "scenario"}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-locked:
	case <-t.Context().Done():
		t.Fatal("the session was never locked")
	}
	if _, err := s.Find(t.Context(), "ethel", 5); !errors.Is(err, store.ErrLocked) {
		t.Fatalf("the session still finds: %v", err)
	}
	a.eventually("the place has gone", func() bool { _, there := l.place(colleague); return !there })
	if _, err := l.signIn(slot, colleaguePhrase); !errors.Is(err, store.ErrNoPerson) {
		t.Fatalf("somebody who ended: %v", err)
	}
	mine := l.unlock()
	if mine.Count() != crowd {
		t.Fatalf("the colleague finds %d of %d", mine.Count(), crowd)
	}
	read(t, mine, person(t, "ethel"))
	mine.Lock()
	a.eventually("the hub has heard what was done", func() bool {
		r, err := a.hub.VerifyAudit(t.Context())
		return err == nil && r.Err() == nil && r.Count("keys-turned") > 0
	})
	if n := a.orders("user-end"); n != 1 {
		t.Fatalf("%d ended in the log, 1 was", n)
	}
}

// Ten wrong tries take a person's place away; a request and its answer bring
// them back, under a new passphrase.
func TestTenWrongTriesAndAWayBack(t *testing.T) { // P1, R56; protocol, rule 14
	a := newArea(t, crowd)
	a.released(crowd)
	l := a.laptop("forgotten")
	l.sync()
	slot := l.v.People()[0].Slot
	l.guess(a.clock, slot, 10)
	l.mustPlace("Scenario Nurse", store.PlaceGone)
	if _, err := l.signIn(slot, passphrase); err == nil {
		t.Fatal("the right passphrase opened a place that has gone")
	}
	l.reopen()
	request, err := l.v.RequestRecovery(t.Context(), slot, secret(newPhrase))
	if err != nil {
		t.Fatal(err)
	}
	if shown, _, ok := l.v.Recovery(slot); !ok || shown != request {
		t.Fatal("the laptop shows another request")
	}
	answer := a.recover(request)
	if _, err := l.v.TakeRecovery(t.Context(), answer[:len(answer)-10]); err == nil {
		t.Fatal("half an answer was taken")
	}
	if got, err := l.v.TakeRecovery(t.Context(), answer); err != nil || got != slot {
		t.Fatalf("taking the answer: %v", err)
	}
	s := l.mustSignIn(slot, newPhrase)
	if s.Count() != crowd {
		t.Fatalf("they find %d of %d", s.Count(), crowd)
	}
	read(t, s, person(t, "ethel"))
	s.Lock()
	if _, err := l.signIn(slot, passphrase); err == nil {
		t.Fatal("the old passphrase still opens")
	}
	l.sync()
	if n := a.orders("recover"); n != 1 {
		t.Fatalf("%d recoveries in the log, 1 was", n)
	}
	r, err := a.hub.VerifyAudit(t.Context())
	if err != nil || r.Count("recovered") != 1 {
		t.Fatalf("the laptop's word on it: %d, %v", r.Count("recovered"), err)
	}
}

// guess tries n wrong passphrases, waiting as long as each is answered with.
func (l *laptop) guess(c *clock, slot identity.SlotID, n int) {
	l.t.Helper()
	for i := range n {
		_, err := l.signIn(slot, "not the passphrase")
		if _, gone := errors.AsType[*store.SlotGoneError](err); gone && i == n-1 {
			return
		}
		wrong, ok := errors.AsType[*store.WrongPassphraseError](err)
		if !ok || !wrong.Tried {
			l.t.Fatalf("guess %d: %v", i+1, err)
		}
		c.pass(wrong.Wait)
	}
	l.t.Fatalf("the place is still there after %d wrong tries", n)
}

// recover answers a request as the admin's tool does.
func (a *area) recover(request string) (answer string) {
	a.t.Helper()
	o := hub.RecoveryOrder{Request: request, By: "scenario"}
	who, err := a.hub.LookAtRecovery(a.t.Context(), o)
	if err != nil || who.Name != "Scenario Nurse" {
		a.t.Fatalf("%+v, %v", who, err)
	}
	r, err := seal.ParseRecoveryRequest(request)
	if err != nil {
		a.t.Fatal(err)
	}
	given, err := hub.AnswerRecovery(a.data, hub.RecoveryKeyFile(a.data), r)
	if err != nil {
		a.t.Fatal(err)
	}
	if _, err := a.hub.EnterRecovery(a.t.Context(), o); err != nil {
		a.t.Fatal(err)
	}
	return given.Text()
}

// An answer that comes when the keys have turned is stale: it is asked for anew.
func TestAnAnswerMayComeTooLate(t *testing.T) { // protocol, rule 14
	a := newArea(t, 3)
	a.released(3)
	l, _ := a.withColleague("late")
	nurse := l.mustPlace("Scenario Nurse", store.PlaceReady)
	request, err := l.v.RequestRecovery(t.Context(), nurse, secret(newPhrase))
	if err != nil {
		t.Fatal(err)
	}
	answer := a.recover(request)
	if err := a.hub.TurnKeys(t.Context(), hub.TurnOrder{Device: l.v.Device().String(), By: "scenario"}); err != nil {
		t.Fatal(err)
	}
	l.sync()
	l.mustSignIn(l.mustPlace(colleague, store.PlaceReady), colleaguePhrase).Lock() // turns DMK
	if _, err := l.v.TakeRecovery(t.Context(), answer); !errors.Is(err, store.ErrAnswerStale) {
		t.Fatalf("an answer to keys that have turned: %v", err)
	}
	again, err := l.v.RequestRecovery(t.Context(), nurse, secret(newPhrase))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.v.TakeRecovery(t.Context(), a.recover(again)); err != nil {
		t.Fatal(err)
	}
	l.mustSignIn(nurse, newPhrase).Lock()
}
