package scenario

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"satchel/assets/people"
	"satchel/store"
	"satchel/store/identity"
	"satchel/store/search"
	"satchel/sync/device"
	"satchel/sync/hub"
	"satchel/sync/wire"
)

const crowd = 40

// Story 1: a summary travels from the central record to a laptop, byte for byte.
func TestASummaryArrives(t *testing.T) { // R15, P9, P27
	a := newArea(t, crowd)
	a.released(crowd)
	l := a.laptop("arrives")
	if s := l.sync(); s.Progress.Received != crowd {
		t.Fatalf("received %d of %d", s.Progress.Received, crowd)
	}
	s := l.unlock()
	if s.Count() != crowd {
		t.Fatalf("holds %d of %d", s.Count(), crowd)
	}
	ethel := person(t, "ethel")
	opened := read(t, s, ethel)
	want, err := os.ReadFile(filepath.Join(a.central, ethel.ID+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(opened.Raw, want) {
		t.Fatal("the bytes are not those of the central record")
	}
	// A second round with nothing new brings nothing.
	if again := l.sync(); again.Progress.Received != 0 {
		t.Fatalf("received %d again", again.Progress.Received)
	}
}

// A changed document replaces the copy; the newest is shown.
func TestAChangeArrives(t *testing.T) { // R15
	a := newArea(t, crowd)
	a.released(crowd)
	l := a.laptop("changes")
	l.sync()
	ethel := person(t, "ethel")
	file := filepath.Join(a.central, ethel.ID+".json")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(raw, []byte("Barnaby"), []byte("Barnabas"), -1)
	a.write(ethel.ID+".json", changed)
	a.eventually("the change is released", func() bool {
		l.sync()
		return named(t, l, "barnabas")
	})
	s := l.unlock()
	if got := read(t, s, ethel); !bytes.Equal(got.Raw, changed) {
		t.Fatal("the older copy was opened")
	}
}

// named tells whether somebody held has exactly that name: one like it is
// somebody else.
func named(t *testing.T, l *laptop, typed string) bool {
	t.Helper()
	s := l.unlock()
	defer s.Lock()
	rows := find(t, s, typed)
	return len(rows) > 0 && rows[0].Match == search.Exact
}

func read(t *testing.T, s *store.Session, p people.Person) *store.Opened {
	t.Helper()
	rows := find(t, s, p.NHS)
	if len(rows) != 1 {
		t.Fatalf("%d rows for one NHS number", len(rows))
	}
	o, err := s.Read(t.Context(), request(rows[0].Handle))
	if err != nil {
		t.Fatalf("reading: %v", err)
	}
	return o
}

func request(h identity.Handle) store.Request {
	return store.Request{Handle: h, Purpose: store.DirectCare, Relationship: store.OnCaseload}
}

// Story 2 and 4: a record is opened with no hub, and the look is answered for
// when the hub is back: exactly once, and said only after the receipt.
func TestALookIsAnsweredFor(t *testing.T) { // R7, P7, P20
	a := newArea(t, crowd)
	a.released(crowd)
	l := a.laptop("looks")
	l.sync()
	a.stop()
	s := l.unlock()
	read(t, s, person(t, "ethel"))
	s.Lock()
	before := l.v.Waiting()
	if before.Unsent < 3 { // unlock, read, lock at the least
		t.Fatalf("%d entries wait", before.Unsent)
	}
	if _, err := l.trySync(); err == nil {
		t.Fatal("a hub that is not there was reached")
	}
	if now := l.v.Waiting(); now.Unsent != before.Unsent || now.Received != before.Received {
		t.Fatal("an entry was claimed as received with no hub")
	}
	l.reopen() // a flat battery in between
	a.restart()
	l.sync()
	after := l.v.Waiting()
	if after.Unsent != 0 || after.Received != after.Total {
		t.Fatalf("%d of %d received, %d unsent", after.Received, after.Total, after.Unsent)
	}
	report, err := a.hub.VerifyAudit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := report.Err(); err != nil {
		t.Fatal(err)
	}
	if n := report.Count("read"); n != 1 {
		t.Fatalf("the log holds %d looks, 1 was taken", n)
	}
}

// Story 3: a withdrawal reaches an open session first, and closes the record.
func TestAWithdrawalArrives(t *testing.T) { // R28, R32
	a := newArea(t, crowd)
	a.released(crowd)
	l := a.laptop("withdraws")
	l.sync()
	gone := make(chan identity.Handle, 8)
	defer l.v.Events(func(e store.Event) {
		if w, ok := e.(store.Withdrawn); ok {
			gone <- w.Handle
		}
	})()
	l.running()
	s := l.unlock()
	gwilym := person(t, "gwilym")
	handle := find(t, s, gwilym.NHS)[0].Handle
	done, err := a.hub.WithdrawPerson(t.Context(), hub.WithdrawOrder{NHS: gwilym.NHS, By: "scenario"})
	if err != nil {
		t.Fatal(err)
	}
	if done.Cohorts != 1 || done.Devices != 1 {
		t.Fatalf("withdrawn from %d cohorts, %d devices", done.Cohorts, done.Devices)
	}
	select {
	case h := <-gone:
		if h != handle {
			t.Fatal("another record was erased")
		}
	case <-t.Context().Done():
		t.Fatal("the withdrawal never came")
	}
	if rows := find(t, s, gwilym.NHS); len(rows) != 0 {
		t.Fatal("a withdrawn person is still found")
	}
	if _, err := s.Read(t.Context(), request(handle)); err == nil {
		t.Fatal("a withdrawn record opened")
	}
	if s.Count() != crowd-1 {
		t.Fatalf("%d are held, %d are due", s.Count(), crowd-1)
	}
	// The hub's answer to the same order twice is plain.
	_, err = a.hub.WithdrawPerson(t.Context(), hub.WithdrawOrder{NHS: gwilym.NHS, By: "scenario"})
	if !errors.Is(err, hub.ErrAlready) {
		t.Fatalf("withdrawn twice: %v", err)
	}
}

// A withdrawn person stays out: a changed document does not bring them back.
func TestWithdrawnStaysOut(t *testing.T) { // R34
	a := newArea(t, crowd)
	a.released(crowd)
	l := a.laptop("stays-out")
	l.sync()
	gwilym := person(t, "gwilym")
	if _, err := a.hub.WithdrawPerson(t.Context(), hub.WithdrawOrder{Document: gwilym.ID + ".json", By: "scenario"}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(a.central, gwilym.ID+".json")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a.write(gwilym.ID+".json", append(raw, '\n'))
	ethel := person(t, "ethel")
	other, err := os.ReadFile(filepath.Join(a.central, ethel.ID+".json"))
	if err != nil {
		t.Fatal(err)
	}
	a.write(ethel.ID+".json", bytes.ReplaceAll(other, []byte("Barnaby"), []byte("Barnabas")))
	// The other change was seen, so the withdrawn person's was looked at too.
	a.eventually("the hub has looked again", func() bool {
		l.sync()
		return named(t, l, "barnabas")
	})
	a.restart()
	l.sync()
	s := l.unlock()
	if rows := find(t, s, gwilym.NHS); len(rows) != 0 {
		t.Fatal("a withdrawn person came back")
	}
}

// A locked laptop takes, and erases.
func TestALockedLaptopObeys(t *testing.T) { // R32
	a := newArea(t, crowd)
	a.released(crowd)
	l := a.laptop("locked")
	l.sync()
	gwilym := person(t, "gwilym")
	if _, err := a.hub.WithdrawPerson(t.Context(), hub.WithdrawOrder{NHS: gwilym.NHS, By: "scenario"}); err != nil {
		t.Fatal(err)
	}
	l.sync()
	s := l.unlock()
	if len(find(t, s, gwilym.NHS)) != 0 || s.Count() != crowd-1 {
		t.Fatal("the locked laptop kept a withdrawn record")
	}
	if len(find(t, s, person(t, "ethel").NHS)) != 1 {
		t.Fatal("the locked laptop lost somebody else's")
	}
}

// A revoked device still sends what it owes, and is given nothing.
func TestARevokedDeviceGetsNothing(t *testing.T) { // P14
	a := newArea(t, crowd)
	a.released(crowd)
	l := a.laptop("revoked")
	if err := a.hub.RevokeDevice(t.Context(), hub.RevokeOrder{Device: l.v.Device().String(), By: "scenario"}); err != nil {
		t.Fatal(err)
	}
	owed := l.v.Waiting().Unsent
	s, err := l.trySync()
	if !errors.Is(err, wire.ErrRevoked) {
		t.Fatalf("a revoked device's session ended with %v", err)
	}
	if s.Progress.Received != 0 || s.Reach != device.Revoked {
		t.Fatalf("received %d, reach %s", s.Progress.Received, s.Reach)
	}
	if owed == 0 || l.v.Waiting().Unsent != 0 {
		t.Fatalf("owed %d, still owes %d", owed, l.v.Waiting().Unsent)
	}
}

// Codes: used, wrong, for another kind; a hub that is not the one named.
func TestEnrolmentRefusesPlainly(t *testing.T) { // P12
	a := newArea(t, 3)
	used := a.code(identity.Box)
	begin := func(code identity.EnrolmentCode, kind identity.Kind, demo bool) error {
		v, err := device.Begin(t.Context(), device.Setup{
			Store: store.Config{Dir: t.TempDir(), Demo: demo}, Code: code, Name: "box", Kind: kind,
		})
		if v != nil {
			err = errors.Join(err, v.Close())
		}
		return err
	}
	if err := begin(used, identity.Box, true); err != nil {
		t.Fatalf("a good code: %v", err)
	}
	if err := begin(used, identity.Box, true); !errors.Is(err, wire.ErrCodeUsed) {
		t.Errorf("a used code: %v", err)
	}
	if err := begin(a.code(identity.Laptop), identity.Box, true); !errors.Is(err, wire.ErrCodeWrong) {
		t.Errorf("a code for a laptop used by a box: %v", err)
	}
	other := newArea(t, 3)
	mixed := other.code(identity.Box)
	mixed.Address = a.hub.Address()
	if err := begin(mixed, identity.Box, true); !errors.Is(err, device.ErrWrongHub) {
		t.Errorf("another area's code: %v", err)
	}
	forged := identity.NewEnrolmentCode(a.hub.Address(), rootOf(t, a))
	if err := begin(forged, identity.Box, true); !errors.Is(err, wire.ErrCodeWrong) {
		t.Errorf("a made-up code: %v", err)
	}
	if err := begin(a.code(identity.Box), identity.Box, false); err == nil { // R57
		t.Error("a real device joined a demonstration area")
	}
}

func rootOf(t *testing.T, a *area) []byte {
	t.Helper()
	area, err := hub.OpenArea(a.data, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return area.Certificate.Value.Root
}

// Two laptops each hold what the team may hold, and their logs do not mix.
func TestTwoLaptops(t *testing.T) {
	a := newArea(t, crowd)
	a.released(crowd)
	first, second := a.laptop("first"), a.laptop("second")
	first.sync()
	second.sync()
	first.sync() // the second's joining turned the cohort's key
	for _, l := range []*laptop{first, second} {
		s := l.unlock()
		read(t, s, person(t, "ethel"))
		s.Lock()
		l.sync()
	}
	report, err := a.hub.VerifyAudit(t.Context())
	if err != nil || report.Err() != nil {
		t.Fatal(errors.Join(err, report.Err()))
	}
	if n := report.Count("read"); n != 2 {
		t.Fatalf("%d looks in the log, 2 were taken", n)
	}
	devices, err := a.hub.ListDevices(context.Background())
	if err != nil || len(devices) != 2 {
		t.Fatalf("%d devices, %v", len(devices), err)
	}
}
