package store

import (
	"errors"
	"testing"
	"time"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
)

const (
	secondPhrase = "seven lanterns under a quiet harbour"
	thirdPhrase  = "purple teapots march beside the canal"
)

// admit puts the hub's word for a place into a cohort's governance; a code
// invites, none renews.
func (w *world) admit(v *Vault, c *hubCohort, slot identity.SlotID, name, code string, trained time.Time) {
	w.t.Helper()
	cred, err := fact.Sign(w.key, fact.Credential{
		Slot: slot, Device: v.Device(), Name: name, Staff: "N2", Role: identity.DistrictNurse, Category: identity.Trust,
		Trained: trained.UnixMilli(), Ends: w.wall.AddDate(10, 0, 0).UnixMilli(),
	})
	w.must(err)
	a := fact.Admission{Credential: cred.Raw()}
	if code != "" {
		a.Join = fact.JoinHash(slot, code)
	}
	plain, err := a.Encode()
	w.must(err)
	gossip := v.Keys().Gossip.Public
	body, err := seal.NewSender().BoxTo(&gossip, fact.AdmissionLabel(v.Device(), slot), plain)
	w.must(err)
	w.govern(c, fact.GovernanceEntry{Kind: fact.Credentialled, Device: v.Device(), Slot: slot, Body: body})
}

// invite gives a new person a place on the device.
func (w *world) invite(v *Vault, c *hubCohort, name string) (identity.SlotID, string) {
	w.t.Helper()
	slot, code := identity.Random[identity.SlotID](), fact.NewJoinCode()
	w.admit(v, c, slot, name, code, w.wall.AddDate(1, 0, 0))
	w.hear(v, c)
	return slot, code
}

func (w *world) hear(v *Vault, c *hubCohort) {
	w.t.Helper()
	w.must(v.TakeGovernance(w.t.Context(), c.id, w.governance(c)))
}

// joined invites somebody who joins at once.
func (w *world) joined(v *Vault, c *hubCohort, name, phrase string) identity.SlotID {
	w.t.Helper()
	slot, code := w.invite(v, c, name)
	w.must(v.Join(w.t.Context(), slot, code, Secret{Text: []byte(phrase)}))
	return slot
}

// answer is what the holder of the recovery key gives to a request.
func (w *world) answer(v *Vault, request string) string {
	w.t.Helper()
	r, err := seal.ParseRecoveryRequest(request)
	w.must(err)
	w.must(r.Check(v.Keys().Public()))
	a, err := seal.AnswerRecovery(w.rescue, r)
	w.must(err)
	return a.Text()
}

func (w *world) place(v *Vault, slot identity.SlotID) PersonSlot {
	w.t.Helper()
	for _, p := range v.People() {
		if p.Slot == slot {
			return p
		}
	}
	w.t.Fatal("nobody has that place")
	return PersonSlot{}
}

func (w *world) reopen(v *Vault, cfg Config) *Vault {
	w.t.Helper()
	w.must(v.Close())
	v, err := Open(w.t.Context(), cfg)
	w.must(err)
	return v
}

func (w *world) unlockAs(v *Vault, slot identity.SlotID, phrase string) *Session {
	w.t.Helper()
	s, err := v.Unlock(w.t.Context(), slot, []byte(phrase))
	w.must(err)
	return s
}

// Somebody the hub invites makes a passphrase with the code, gets the keys at a
// colleague's unlock, and then opens what was there before.
func TestJoin(t *testing.T) { // P1
	w := newWorld(t)
	c := w.newCohort()
	cfg := w.config(t.TempDir(), nil)
	v := w.laptop(cfg, c)
	w.put(v, c, w.release(c, identity.Random[identity.PID](), document("Zebedee", number(2))))
	one := v.People()[0].Slot
	two, code := w.invite(v, c, "Nurse Two")
	v = w.reopen(v, cfg)
	if p := w.place(v, two); p.State != PlaceInvited || p.Name != "Nurse Two" || p.Left != maxTries {
		t.Fatalf("invited: %+v", p)
	}
	err := v.Join(t.Context(), two, fact.NewJoinCode(), Secret{Text: []byte(secondPhrase)})
	if e, ok := errors.AsType[*JoinCodeError](err); !ok || !errors.Is(err, ErrJoinCode) || e.Left != maxTries-1 || !e.Tried {
		t.Fatalf("a wrong code: %v", err)
	}
	if err := v.Join(t.Context(), two, code, Secret{Text: []byte(secondPhrase)}); !errors.Is(err, ErrJoinCode) {
		t.Fatalf("too early: %v", err)
	}
	v = w.reopen(v, cfg)
	if p := w.place(v, two); p.Left != maxTries-1 || p.Wait != time.Second {
		t.Fatalf("a wrong code was forgotten: %+v", p)
	}
	w.pass(time.Minute)
	phrase := []byte(secondPhrase)
	w.must(v.Join(t.Context(), two, code, Secret{Text: phrase}))
	if string(phrase) == secondPhrase {
		t.Error("the passphrase was not wiped")
	}
	if _, err := v.Unlock(t.Context(), two, []byte(secondPhrase)); !errors.Is(err, ErrNotReady) || w.place(v, two).State != PlaceWaiting {
		t.Fatalf("before a colleague: %v", err)
	}
	if err := v.Join(t.Context(), two, code, Secret{Text: []byte(thirdPhrase)}); !errors.Is(err, ErrNoPerson) {
		t.Fatalf("a code was used twice: %v", err)
	}
	v = w.reopen(v, cfg)
	w.unlockAs(v, one, passphrase).Lock()
	if p := w.place(v, two); p.State != PlaceReady {
		t.Fatalf("after a colleague: %+v", p)
	}
	s := w.unlockAs(v, two, secondPhrase)
	w.reads(s)
	s.Lock()
	w.reads(w.unlockAs(v, one, passphrase))
	if n := count(w.entries(v), audit.KindSlotAdded); n != 2 {
		t.Fatalf("%d entries of a place, one of joining and one of the keys are due", n)
	}
	w.must(v.Close())
}

// Ten wrong codes spend an invitation; a new one begins anew, and somebody who
// joined and was invited anew joins anew.
func TestInvitationIsSpent(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	two, code := w.invite(v, c, "Nurse Two")
	for range maxTries {
		if err := v.Join(t.Context(), two, fact.NewJoinCode(), Secret{Text: []byte(secondPhrase)}); !errors.Is(err, ErrJoinCode) {
			t.Fatal(err)
		}
		w.pass(maxWait)
	}
	if err := v.Join(t.Context(), two, code, Secret{Text: []byte(secondPhrase)}); !errors.Is(err, ErrJoinCode) || w.place(v, two).State != PlaceGone {
		t.Fatalf("a spent invitation: %v, %+v", err, w.place(v, two))
	}
	for _, phrase := range []string{secondPhrase, thirdPhrase} {
		again := fact.NewJoinCode()
		w.admit(v, c, two, "Nurse Two", again, w.wall.AddDate(1, 0, 0))
		w.hear(v, c)
		if p := w.place(v, two); p.State != PlaceInvited || p.Left != maxTries {
			t.Fatalf("invited anew: %+v", p)
		}
		w.must(v.Join(t.Context(), two, again, Secret{Text: []byte(phrase)}))
	}
	w.unlock(v).Lock()
	w.unlockAs(v, two, thirdPhrase).Lock()
	w.pass(time.Hour)
	if _, err := v.Unlock(t.Context(), two, []byte(secondPhrase)); err == nil {
		t.Fatal("the first passphrase still opens it")
	}
}

// A lapsed person is refused with the reason, and let in again when a renewal
// came, with nobody there. An older word never takes the place of a newer one.
func TestRenewal(t *testing.T) { // R6
	w := newWorld(t)
	c, other := w.newCohort(), w.newCohort()
	cfg := w.config(t.TempDir(), nil)
	v := w.laptop(cfg, c, other)
	one := v.People()[0].Slot
	w.admit(v, other, one, "Nurse One", "", w.wall.AddDate(0, 0, 2))
	w.hear(v, other)
	early := w.governance(other)
	w.pass(72 * time.Hour)
	refused := func(why string) {
		t.Helper()
		_, err := v.Unlock(t.Context(), one, []byte(passphrase))
		if e, ok := errors.AsType[*UnlockRefusedError](err); !ok || e.Reason != TrainingLapsed || e.Since.IsZero() {
			t.Fatalf("%s: %v", why, err)
		}
	}
	listed := func(why string, as UnlockRefusal) {
		t.Helper()
		p := v.People()[0]
		if as == "" && p.Refused != nil || as != "" && (p.Refused == nil || p.Refused.Reason != as || p.Refused.Since.IsZero()) {
			t.Errorf("%s, the list says %+v", why, p.Refused)
		}
	}
	listed("lapsed", TrainingLapsed)
	refused("lapsed")
	w.admit(v, c, one, "Nurse One", "", w.wall.AddDate(1, 0, 0))
	w.hear(v, c)
	listed("renewed", "")
	w.must(v.TakeGovernance(t.Context(), other.id, early))
	w.must(v.SetCredential(w.credential(v, one)))
	v = w.reopen(v, cfg)
	w.unlockAs(v, one, passphrase).Lock()
	w.admit(v, c, one, "Nurse One", "", w.wall.AddDate(0, 0, -1)) // and shortens it
	w.hear(v, c)
	w.must(v.SetCredential(w.credential(v, one)))
	refused("after an enrolment's credential came late")
	v = w.reopen(v, cfg)
	refused("reopened")
	w.must(v.Close())
}

// The answer to a request, and nothing else, brings somebody back whose place
// went; the request stands over a restart, and both ends are entered.
func TestRecovery(t *testing.T) { // P1; protocol, rule 14
	w := newWorld(t)
	c := w.newCohort()
	cfg := w.config(t.TempDir(), nil)
	v := w.laptop(cfg, c)
	w.put(v, c, w.release(c, identity.Random[identity.PID](), document("Zebedee", number(2))))
	one := v.People()[0].Slot
	for range maxTries {
		if _, err := v.Unlock(t.Context(), one, []byte("wrong")); err == nil {
			t.Fatal("a wrong passphrase was taken")
		}
		w.pass(maxWait)
	}
	first, err := v.RequestRecovery(t.Context(), one, Secret{Text: []byte(thirdPhrase)})
	w.must(err)
	request, err := v.RequestRecovery(t.Context(), one, Secret{Text: []byte(secondPhrase)})
	w.must(err)
	v = w.reopen(v, cfg)
	if got, at, ok := v.Recovery(one); !ok || got != request || at.IsZero() || w.place(v, one).State != PlaceWaiting {
		t.Fatalf("after a restart: %v %+v", ok, w.place(v, one))
	}
	if _, err := v.TakeRecovery(t.Context(), w.answer(v, first)); !errors.Is(err, ErrAnswer) {
		t.Fatalf("the answer to a request that was replaced: %v", err)
	}
	if _, err := v.TakeRecovery(t.Context(), "not an answer"); !errors.Is(err, seal.ErrRecoveryText) {
		t.Fatalf("no answer at all: %v", err)
	}
	// Somebody else's box under the right name opens nothing, and the right
	// answer is still taken.
	forged, err := seal.ParseRecoveryAnswer(w.answer(v, request))
	w.must(err)
	forged.Box[0] ^= 1
	_, err = v.TakeRecovery(t.Context(), forged.Text())
	w.must(err)
	if _, err := v.Unlock(t.Context(), one, []byte(secondPhrase)); !errors.Is(err, ErrAnswer) {
		t.Fatalf("a forged answer: %v", err)
	}
	if id, err := v.TakeRecovery(t.Context(), w.answer(v, request)); err != nil || id != one || !w.place(v, one).Answered {
		t.Fatalf("the answer: %v", err)
	}
	v = w.reopen(v, cfg)
	s := w.unlockAs(v, one, secondPhrase)
	w.reads(s)
	s.Lock()
	if p := w.place(v, one); p.State != PlaceReady || p.Left != maxTries || p.Name != "Nurse One" || p.Answered {
		t.Fatalf("recovered: %+v", p)
	}
	if _, _, ok := v.Recovery(one); ok {
		t.Fatal("the request is still under way")
	}
	got := w.entries(v)
	if count(got, audit.KindRecoveryAsked) != 2 || count(got, audit.KindRecovered) != 1 {
		t.Fatalf("%d asked, %d recovered", count(got, audit.KindRecoveryAsked), count(got, audit.KindRecovered))
	}
	w.must(v.Close())
}

// An answer is stale once the keys have turned, whenever it is taken, and a new
// request is answered. A request wins no tries at the slot, and ends when the
// slot's own secret opens it.
func TestStaleAnswer(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	one := v.People()[0].Slot
	two := w.joined(v, c, "Nurse Two", secondPhrase)
	w.unlock(v).Lock()
	ask := func() string {
		t.Helper()
		r, err := v.RequestRecovery(t.Context(), two, Secret{Text: []byte(thirdPhrase)})
		w.must(err)
		return r
	}
	turn := func() {
		t.Helper()
		w.govern(c, fact.GovernanceEntry{Kind: fact.DeviceOrder, Device: v.Device(), Order: fact.Turn})
		w.hear(v, c)
		w.unlockAs(v, one, passphrase).Lock()
	}
	before := w.answer(v, ask())
	turn()
	if id, err := v.TakeRecovery(t.Context(), before); !errors.Is(err, ErrAnswerStale) || id != two {
		t.Fatalf("turned before: %v", err)
	}
	_, err := v.TakeRecovery(t.Context(), w.answer(v, ask()))
	w.must(err)
	turn()
	if _, err := v.Unlock(t.Context(), two, []byte(thirdPhrase)); !errors.Is(err, ErrAnswerStale) {
		t.Fatalf("turned after: %v", err)
	}
	_, err = v.TakeRecovery(t.Context(), w.answer(v, ask()))
	w.must(err)
	if p := w.place(v, two); p.Left != maxTries {
		t.Fatalf("%d tries left", p.Left)
	}
	w.unlockAs(v, two, secondPhrase).Lock() // after all
	if _, _, ok := v.Recovery(two); ok {
		t.Fatal("the request outlived the old secret")
	}
	w.pass(time.Hour)
	if _, err := v.Unlock(t.Context(), two, []byte(thirdPhrase)); err == nil {
		t.Fatal("a request that ended opens the place")
	}
}

// Who joined and finds no colleague comes in by an admin's answer.
func TestRecoveryOfWhoJoined(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	two, code := w.invite(v, c, "Nurse Two")
	if _, err := v.RequestRecovery(t.Context(), two, Secret{Text: []byte(secondPhrase)}); !errors.Is(err, ErrInvited) {
		t.Fatalf("before joining: %v", err)
	}
	w.must(v.Join(t.Context(), two, code, Secret{Text: []byte(secondPhrase)}))
	r, err := v.RequestRecovery(t.Context(), two, Secret{Text: []byte(thirdPhrase)})
	w.must(err)
	_, err = v.TakeRecovery(t.Context(), w.answer(v, r))
	w.must(err)
	w.unlockAs(v, two, thirdPhrase).Lock()
	w.unlock(v).Lock()
	w.pass(time.Hour)
	if _, err := v.Unlock(t.Context(), two, []byte(secondPhrase)); err == nil || len(v.content.Pending) != 0 {
		t.Fatal("the secret of joining still opens the place")
	}
}

// An order to turn the keys turns the share at once, locked or not, and once;
// DMK and EK at the next unlock. It suspends nobody and lifts no suspension.
func TestTurnOrder(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	cfg := w.config(t.TempDir(), nil)
	v := w.laptop(cfg, c)
	w.put(v, c, w.release(c, identity.Random[identity.PID](), document("Zebedee", number(2))))
	gen := v.keys.Generation()
	w.govern(c, fact.GovernanceEntry{Kind: fact.DeviceOrder, Device: v.Device(), Order: fact.Turn})
	w.hear(v, c)
	if v.keys.Generation() != gen+1 || count(w.entries(v), audit.KindKeysTurned) != 1 {
		t.Fatalf("%d generations on", v.keys.Generation()-gen)
	}
	w.hear(v, c)
	v = w.reopen(v, cfg)
	if v.keys.Generation() != gen+1 {
		t.Fatal("turned again")
	}
	s := w.unlock(v)
	w.reads(s)
	if v.content.DMKGeneration != 2 || v.content.EpochKeys[0].Generation != 2 || count(w.entries(v), audit.KindKeysTurned) != 2 {
		t.Fatal("DMK and EK did not turn")
	}
	s.Lock()
	w.unlock(v).Lock()
	if v.content.DMKGeneration != 2 {
		t.Fatal("they turn again and again")
	}
	w.must(v.Close())
}

// The share turns monthly, with nobody there.
func TestShareTurnsMonthly(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	gen := v.keys.Generation()
	w.pass(29 * 24 * time.Hour)
	w.must(v.Tick(t.Context()))
	if v.keys.Generation() != gen {
		t.Fatal("before a month was over")
	}
	w.pass(2 * 24 * time.Hour)
	w.must(v.Tick(t.Context()))
	w.must(v.Tick(t.Context()))
	if v.keys.Generation() != gen+1 || count(w.entries(v), audit.KindKeysTurned) != 1 {
		t.Fatalf("%d generations on after a month", v.keys.Generation()-gen)
	}
}

// A changed secret replaces the old one, under a new key, and a wrong old one
// counts; costs that policy raised are in force from the next unlock.
func TestChangeSecret(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	cfg := w.config(t.TempDir(), nil)
	v := w.laptop(cfg, c)
	one := v.People()[0].Slot
	s := w.unlock(v)
	public := v.content.Slots[0].Public
	if err := s.ChangeSecret(t.Context(), Secret{Text: []byte("wrong")}, Secret{Text: []byte(secondPhrase)}); err == nil || w.place(v, one).Left != maxTries-1 {
		t.Fatalf("a wrong old one: %v", err)
	}
	w.pass(time.Minute)
	w.must(s.ChangeSecret(t.Context(), Secret{Text: []byte(passphrase)}, Secret{Text: []byte(secondPhrase)}))
	s.Lock()
	if v.content.Slots[0].Public == public || count(w.entries(v), audit.KindPassphraseChanged) != 1 {
		t.Fatal("the key is the old one, or nothing was entered")
	}
	if err := s.ChangeSecret(t.Context(), Secret{Text: []byte(secondPhrase)}, Secret{Text: []byte(passphrase)}); !errors.Is(err, ErrLocked) {
		t.Fatalf("locked: %v", err)
	}
	if _, err := v.Unlock(t.Context(), one, []byte(passphrase)); err == nil {
		t.Fatal("the old one still opens it")
	}
	w.pass(time.Minute)
	cfg.Argon2 = seal.Params{MemoryKiB: 128, Time: 2, Threads: 1}
	v = w.reopen(v, cfg)
	w.unlockAs(v, one, secondPhrase).Lock()
	if v.content.Slots[0].Params != cfg.Argon2 {
		t.Fatalf("costs %+v after policy was raised", v.content.Slots[0].Params)
	}
	gen := v.keys.Generation()
	w.unlockAs(v, one, secondPhrase).Lock()
	if v.keys.Generation() != gen {
		t.Fatal("made anew again")
	}
	w.must(v.Close())
}

// The duty is asked for at a person's first sign-in on the device, and again
// when it is newer.
func TestDutyIsKept(t *testing.T) { // R25
	w := newWorld(t)
	c := w.newCohort()
	cfg := w.config(t.TempDir(), nil)
	v := w.laptop(cfg, c)
	two := w.joined(v, c, "Nurse Two", secondPhrase)
	s := w.unlock(v)
	if s.Accepted(1) {
		t.Fatal("accepted before the first sign-in")
	}
	w.must(s.AcceptDuty(1))
	v = w.reopen(v, cfg)
	w.admit(v, c, v.People()[0].Slot, "Nurse One", "", w.wall.AddDate(1, 0, 0)) // a renewal forgets it not
	w.hear(v, c)
	s = w.unlock(v)
	if !s.Accepted(1) || s.Accepted(2) {
		t.Fatal("the first version is forgotten, or the second taken for granted")
	}
	s.Lock()
	if w.unlockAs(v, two, secondPhrase).Accepted(1) {
		t.Fatal("accepted for somebody else")
	}
	w.must(v.Close())
}

// An entry that makes no sense is kept once, however often it is offered, and
// opens again.
func TestSenselessEntryIsKeptOnce(t *testing.T) {
	w := newWorld(t)
	c := w.newCohort()
	cfg := w.config(t.TempDir(), nil)
	v := w.laptop(cfg, c)
	w.govern(c, fact.GovernanceEntry{Kind: 77})
	for range 3 {
		if err := v.TakeGovernance(t.Context(), c.id, w.governance(c)); !errors.Is(err, fact.ErrEntry) {
			t.Fatal(err)
		}
	}
	next := v.facts.Next()
	v = w.reopen(v, cfg)
	if err := v.TakeGovernance(t.Context(), c.id, w.governance(c)); !errors.Is(err, fact.ErrEntry) || v.facts.Next() != next {
		t.Fatalf("%d frames more, %v", v.facts.Next()-next, err)
	}
	w.must(v.Close())
}

// A back-off is over when its time is over, also where the clock was set back in
// between, and no restart shortens it.
func TestBackOffEnds(t *testing.T) { // R55
	w := newWorld(t)
	c := w.newCohort()
	cfg := w.config(t.TempDir(), nil)
	v := w.laptop(cfg, c)
	slot, right := v.People()[0].Slot, w.wall
	w.wall = right.AddDate(1, 0, 0)
	if _, err := v.Unlock(t.Context(), slot, []byte("wrong")); err == nil {
		t.Fatal("a wrong passphrase was taken")
	}
	v.TakeHubTime(right.UnixMilli())
	v = w.reopen(v, cfg)
	if w.place(v, slot).Wait != time.Second {
		t.Fatalf("waits %v", w.place(v, slot).Wait)
	}
	w.pass(time.Second)
	s, err := v.Unlock(t.Context(), slot, []byte(passphrase))
	if err != nil {
		t.Fatalf("locked out by a clock: %v", err)
	}
	s.Lock()
	w.must(v.Close())
}
