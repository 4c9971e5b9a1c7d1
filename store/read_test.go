package store

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/files/crash"
	"satchel/store/identity"
	"satchel/store/policy"
	"satchel/store/seal"
)

func request(h identity.Handle) Request {
	return Request{Handle: h, Purpose: DirectCare, Relationship: OnCaseload}
}

// one finds the only row for a query.
func (w *world) one(s *Session, query string) Row {
	w.t.Helper()
	got, err := s.Find(w.t.Context(), query, 10)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(got.Rows) != 1 || got.Total != 1 {
		w.t.Fatalf("%d rows of %d", len(got.Rows), got.Total)
	}
	return got.Rows[0]
}

// entries opens everything that a device has entered, with the hub's key.
func (w *world) entries(v *Vault) []audit.Entry {
	w.t.Helper()
	items, err := v.Items(0, 10_000)
	if err != nil {
		w.t.Fatal(err)
	}
	hub := seal.NewRecipient(w.box)
	chain := audit.NewChain(v.Keys().Public(), v.own.Chain, v.own.First)
	var out []audit.Entry
	for _, it := range items {
		raw, err := it.Encode()
		w.must(err)
		_, err = chain.Add(raw)
		w.must(err)
		plain, err := hub.OpenBox(fact.EntryLabel, it.Body)
		w.must(err)
		e, err := audit.DecodeEntry(plain)
		w.must(err)
		out = append(out, e)
	}
	return out
}

func kinds(entries []audit.Entry) []audit.Kind {
	var out []audit.Kind
	for _, e := range entries {
		out = append(out, e.Kind)
	}
	return out
}

func count(entries []audit.Entry, k audit.Kind) (n int) {
	for _, e := range entries {
		if e.Kind == k {
			n++
		}
	}
	return n
}

func TestReadAnswersForItself(t *testing.T) { // R1, R7, R15
	w := newWorld(t)
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), nil), c)
	defer v.Close()
	pid := identity.Random[identity.PID]()
	old, now := document("Zebedee", number(2)), document("Zebedee", number(2)+"")
	now = bytes.Replace(now, []byte("2026-11-01"), []byte("2026-11-20"), 1)
	w.put(v, c, w.release(c, pid, old))
	s := w.unlock(v)
	w.put(v, c, w.release(c, pid, now))
	w.must(v.TakeFreshness(w.fresh(c)))
	row := w.one(s, "zebedee")
	if !row.State.Readable || row.State.Versions != 2 || row.State.Ver != 2 || row.State.Checked.IsZero() {
		t.Fatalf("%+v", row.State)
	}
	o, err := s.Read(t.Context(), request(row.Handle))
	w.must(err)
	if !bytes.Equal(o.Raw, now) || o.Summary == nil || o.Header.Ver != 2 || len(o.Versions) != 2 || o.Until.After(o.LeaseEnds) {
		t.Fatalf("header %+v, versions %v, until %v, lease %v", o.Header, o.Versions, o.Until, o.LeaseEnds)
	}
	older := request(row.Handle)
	older.Ver = 1
	o, err = s.Read(t.Context(), older)
	w.must(err)
	if !bytes.Equal(o.Raw, old) {
		t.Fatal("the older version is not the one that was released")
	}
	nobody := request(row.Handle)
	nobody.Relationship = ""
	_, err = s.Read(t.Context(), nobody)
	refused, ok := errors.AsType[*RefusedError](err)
	if !ok || refused.Codes[0] != policy.ReasonMissing {
		t.Fatalf("no reason was given: %v", err)
	}
	s.Lock()
	if _, err := s.Read(t.Context(), request(row.Handle)); !errors.Is(err, ErrLocked) {
		t.Fatalf("a locked session reads: %v", err)
	}
	if _, err := s.Find(t.Context(), "zebedee", 1); !errors.Is(err, ErrLocked) {
		t.Fatalf("a locked session finds: %v", err)
	}
	got := w.entries(v)
	last := kinds(got)[len(got)-5:]
	want := []audit.Kind{audit.KindUnlock, audit.KindRead, audit.KindRead, audit.KindReadRefused, audit.KindLock}
	for i := range want {
		if last[i] != want[i] {
			t.Fatalf("entries %v, due %v", last, want)
		}
	}
	read := got[len(got)-4]
	if read.PID != pid || read.Version != 2 || read.Purpose != audit.PurposeDirectCare || read.Record != sum(w.ciphertextOf(v, row.Handle, 2)) || len(read.Governance) != 1 {
		t.Fatalf("the entry does not say what was read")
	}
}

func (w *world) ciphertextOf(v *Vault, h identity.Handle, ver uint64) []byte {
	w.t.Helper()
	r, held, err := v.stillHeld(h, ver)
	w.must(err)
	rec, err := v.heldRecord(&r, &held)
	w.must(err)
	return rec.Ciphertext
}

// The entry comes first: with a disk on which nothing can be written any more,
// nothing opens, not even a refusal's reason without its entry.
func TestNothingOpensWithoutEntry(t *testing.T) {
	w := newWorld(t)
	disk := crash.New()
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), disk), c)
	s := w.unlock(v)
	w.put(v, c, w.release(c, identity.Random[identity.PID](), document("Zebedee", number(2))))
	row := w.one(s, "zebedee")
	o, err := s.Read(t.Context(), request(row.Handle))
	w.must(err)
	if len(o.Raw) == 0 {
		t.Fatal("the control does not open")
	}
	opened := 0
	recordOpened = func() { opened++ }
	defer func() { recordOpened = nil }()
	disk.CutAt(disk.Ops() + 1)
	if o, err := s.Read(t.Context(), request(row.Handle)); err == nil || o != nil {
		t.Fatal("a record opened although its entry could not be written")
	}
	if opened != 0 {
		t.Fatal("the record was opened before its entry was durable")
	}
	if _, err := v.Unlock(t.Context(), v.People()[0].Slot, []byte(passphrase)); err == nil {
		t.Fatal("somebody unlocked although it could not be entered")
	}
}

func TestDurableBeforeOpen(t *testing.T) {
	w := newWorld(t)
	disk := crash.New()
	c := w.newCohort()
	v := w.laptop(w.config(t.TempDir(), disk), c)
	s := w.unlock(v)
	w.put(v, c, w.release(c, identity.Random[identity.PID](), document("Zebedee", number(2))))
	row := w.one(s, "zebedee")
	// At the moment the record is opened, the entry survives a power cut that
	// keeps nothing but what was synced.
	looked := false
	recordOpened = func() {
		for name, state := range disk.States(1, 0) {
			if name != "none" {
				continue
			}
			log, _, err := audit.OpenLog(state, v.itemsDir(), audit.LogConfig{Key: v.device.Sign, Chain: 1, SegmentBytes: 64 << 10})
			w.must(err)
			if log.Head() != v.ItemHead() {
				t.Errorf("opened at item %d, durable is item %d", v.ItemHead().Seq, log.Head().Seq)
			}
			looked = true
		}
	}
	defer func() { recordOpened = nil }()
	o, err := s.Read(t.Context(), request(row.Handle))
	w.must(err)
	if !looked || o.Entry != v.ItemHead().Seq {
		t.Fatalf("entry %d, head %d, looked %v", o.Entry, v.ItemHead().Seq, looked)
	}
}

func TestPassphraseBackOffIsRemembered(t *testing.T) { // P1
	w := newWorld(t)
	dir := t.TempDir()
	v := w.laptop(w.config(dir, nil), w.newCohort())
	slot := v.People()[0].Slot
	wrong := func() error {
		_, err := v.Unlock(t.Context(), slot, []byte("wrong"))
		return err
	}
	for i := range maxTries - 1 {
		err := wrong()
		e, ok := errors.AsType[*WrongPassphraseError](err)
		if !ok || !e.Tried || e.Left != maxTries-1-i || e.Wait != time.Second<<i {
			t.Fatalf("try %d: %v %+v", i+1, err, e)
		}
		if e, ok := errors.AsType[*WrongPassphraseError](wrong()); !ok || e.Tried {
			t.Fatalf("try %d: the wait was not kept", i+1)
		}
		w.must(v.Close())
		v, err = Open(t.Context(), w.config(dir, nil))
		w.must(err)
		if p := v.People()[0]; p.Left != maxTries-1-i || p.Wait != time.Second<<i {
			t.Fatalf("after reopening: %d left, wait %v", p.Left, p.Wait)
		}
		if i == 3 {
			// The right one after the wait forgets the wrong ones... but not
			// in this story: it is given too early.
			if _, err := v.Unlock(t.Context(), slot, []byte(passphrase)); err == nil {
				t.Fatal("the right passphrase did not wait")
			}
		}
		w.pass(maxWait)
	}
	gen := v.keys.Generation()
	if _, ok := errors.AsType[*SlotGoneError](wrong()); !ok {
		t.Fatal("the tenth wrong passphrase did not end the slot")
	}
	if p := v.People(); len(p) != 1 || p[0].State != PlaceGone || p[0].Name == "" || !v.content.Slots[0].Gone() || v.keys.Generation() == gen {
		t.Fatal("the slot is still there, or nobody knows whose it was")
	}
	if n := count(w.entries(v), audit.KindUnlockRefused); n < maxTries {
		t.Fatalf("%d refusals entered", n)
	}
	if n := count(w.entries(v), audit.KindSlotRemoved); n != 1 {
		t.Fatalf("%d slots' ends entered", n)
	}
	w.must(v.Close())
}

func TestRightPassphraseForgetsWrongOnes(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	v := w.laptop(w.config(dir, nil), w.newCohort())
	if _, err := v.Unlock(t.Context(), v.People()[0].Slot, []byte("wrong")); err == nil {
		t.Fatal("a wrong passphrase unlocked")
	}
	w.pass(time.Second)
	w.unlock(v).Lock()
	w.must(v.Close())
	v, err := Open(t.Context(), w.config(dir, nil))
	w.must(err)
	defer v.Close()
	if p := v.People()[0]; p.Left != maxTries || p.Wait != 0 {
		t.Fatalf("%d left, wait %v", p.Left, p.Wait)
	}
}

func TestUnlockIsRefusedWithItsReason(t *testing.T) { // R6
	w := newWorld(t)
	c := w.newCohort()
	v := w.create(w.config(t.TempDir(), nil))
	defer v.Close()
	try := func() UnlockRefusal {
		_, err := v.Unlock(t.Context(), v.People()[0].Slot, []byte(passphrase))
		e, ok := errors.AsType[*UnlockRefusedError](err)
		if !ok {
			t.Fatalf("not refused: %v", err)
		}
		return e.Reason
	}
	if got := try(); got != NoCredential {
		t.Fatalf("before enrolment: %s", got)
	}
	w.must(v.SetCredential(w.credential(v, v.People()[0].Slot)))
	if got := try(); got != DeviceNotEnabled {
		t.Fatalf("not a member: %s", got)
	}
	w.enrol(v, c)
	w.unlock(v).Lock()
	w.pass(2 * 366 * 24 * time.Hour)
	if got := try(); got != CredentialEnded {
		t.Fatalf("two years on: %s", got)
	}
	cred := w.credential(v, v.People()[0].Slot).Value
	cred.Trained = w.wall.Add(-time.Hour).UnixMilli()
	signed, err := fact.Sign(w.key, cred)
	w.must(err)
	w.must(v.SetCredential(signed))
	if got := try(); got != TrainingLapsed {
		t.Fatalf("training lapsed: %s", got)
	}
	w.must(v.SetCredential(w.credential(v, v.People()[0].Slot)))
	w.unlock(v).Lock()
	w.govern(c, fact.GovernanceEntry{Kind: fact.DeviceOrder, Device: v.Device(), Order: fact.Suspend})
	w.catchUp(v, c)
	if got := try(); got != DeviceSuspended {
		t.Fatalf("suspended: %s", got)
	}
	if n := count(w.entries(v), audit.KindUnlockRefused); n != 5 {
		t.Fatalf("%d refusals entered, 5 were given", n)
	}
}

func TestDutyIsAcceptedAndEntered(t *testing.T) { // R25
	w := newWorld(t)
	v := w.laptop(w.config(t.TempDir(), nil), w.newCohort())
	defer v.Close()
	s := w.unlock(v)
	if s.Accepted(3) {
		t.Fatal("accepted before it was shown")
	}
	w.must(s.AcceptDuty(3))
	if !s.Accepted(3) || s.Accepted(4) {
		t.Fatal("version 3 was accepted, and no later one")
	}
	if count(w.entries(v), audit.KindDutyAccepted) != 1 {
		t.Fatal("it was not entered")
	}
}
