package hub

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"satchel/assets/people"
	"satchel/store"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/sync/ledger"
	"satchel/sync/replica"
	"satchel/sync/wire"
)

// pipe is one end of a stream in memory whose every message is encoded, seen
// by the tap, and decoded again.
type pipe struct {
	from string
	tap  *tap
	out  chan<- wire.Message
	in   <-chan wire.Message
	end  context.CancelFunc
	ctx  context.Context
}

// tap is everything that crossed a connection, in the order of sending.
type tap struct {
	mu     sync.Mutex
	frames []frame
}

type frame struct {
	from string
	msg  wire.Message
}

func (t *tap) all() []frame {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.frames)
}

func newPipe() (device, hub *pipe, t *tap) {
	t = &tap{}
	up, down := make(chan wire.Message, 4096), make(chan wire.Message, 4096)
	ctx, end := context.WithCancel(context.Background())
	return &pipe{"device", t, up, down, end, ctx}, &pipe{"hub", t, down, up, end, ctx}, t
}

func (p *pipe) Send(m wire.Message) error {
	raw, err := wire.Encode(m)
	if err != nil {
		return err
	}
	kind, _ := wire.Header([wire.HeaderSize]byte(raw))
	again, err := wire.Decode(kind, raw[wire.HeaderSize:])
	if err != nil {
		return err
	}
	p.tap.mu.Lock()
	p.tap.frames = append(p.tap.frames, frame{p.from, again})
	p.tap.mu.Unlock()
	select {
	case p.out <- again:
		return nil
	case <-p.ctx.Done():
		return io.ErrClosedPipe
	}
}

func (p *pipe) Flush() error { return nil }

func (p *pipe) Recv(ctx context.Context) (wire.Message, error) {
	select {
	case m := <-p.in:
		return m, nil
	default:
	}
	select {
	case m := <-p.in:
		return m, nil
	case <-p.ctx.Done():
		return nil, io.EOF
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipe) Close() error { p.end(); return nil }

// bench is a hub with released records and one enrolled vault.
type bench struct {
	t   *testing.T
	hub *Hub
	v   *store.Vault
}

const tapped = 12

func newBench(t *testing.T) *bench {
	t.Helper()
	return newBenchWith(t, func(string) {})
}

// newBenchWith is newBench with a central record that prepare has changed.
func newBenchWith(t *testing.T, prepare func(folder string)) *bench {
	t.Helper()
	data, folder := t.TempDir(), t.TempDir()
	for doc := range people.Generate(1, tapped) {
		if err := os.WriteFile(filepath.Join(folder, doc.ID+".json"), doc.JSON, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	prepare(folder)
	if _, err := Init(data, InitOptions{Name: "Tapped hub", Demo: true, Now: time.Now()}); err != nil {
		t.Fatal(err)
	}
	h, err := Open(t.Context(), Config{Data: data, Central: folder, Cohort: CohortSpec{Name: "Team", Category: identity.Trust}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := h.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, hub: h}
	b.enrol()
	return b
}

// found makes a vault of the hub's area that is not enrolled yet.
func (b *bench) found(device, person string) {
	b.t.Helper()
	v, err := store.Create(b.t.Context(), store.Config{
		Dir: b.t.TempDir(), Demo: true, Argon2: seal.Params{MemoryKiB: 64, Time: 1, Threads: 1},
	}, store.Founding{
		Certificate: b.hub.area.Certificate, DeviceName: device, Kind: identity.Laptop,
		First: &store.FirstPerson{Name: person, Role: identity.DistrictNurse, Passphrase: []byte("a lantern by the gate")},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		if err := v.Close(); err != nil {
			b.t.Error(err)
		}
	})
	b.v = v
}

// enrol makes a vault and lets the hub answer its request.
func (b *bench) enrol() {
	b.t.Helper()
	b.found("tapped", "Tap")
	answer, err := b.hub.enrol(b.t.Context(), b.request(b.code()))
	if err != nil {
		b.t.Fatal(err)
	}
	run, err := fact.OpenRun(b.hub.area.Certificate.Value.Sign, answer.Membership)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.v.TakeMembership(run); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) code() identity.EnrolmentCode {
	b.t.Helper()
	code, _, err := b.hub.NewCode(b.t.Context(), CodeRequest{Kind: identity.Laptop, Role: identity.DistrictNurse, By: "tap"})
	if err != nil {
		b.t.Fatal(err)
	}
	return code
}

func (b *bench) request(code identity.EnrolmentCode) *wire.EnrolRequest {
	keys := b.v.Keys()
	return &wire.EnrolRequest{
		Version: wire.Version, Secret: code.Secret(), Sign: keys.Public(), Gossip: keys.Gossip.Public, Keys: b.v.KeysPublic(),
		Kind: identity.Laptop, Name: "tapped",
		First: &wire.First{Slot: b.v.People()[0].Slot, Name: "Tap", Role: identity.DistrictNurse},
	}
}

// session runs one round over a tapped stream. during is called by the hub's
// side for each wrap it is about to send.
func (b *bench) session(during func()) ([]frame, error) {
	b.t.Helper()
	return b.sessionWith(func([]byte) {
		if during != nil {
			during()
		}
	})
}

// sessionWith is session whose during hears which wrap it is.
func (b *bench) sessionWith(during func(wrap []byte)) ([]frame, error) {
	b.t.Helper()
	device, hub, t := newPipe()
	// A stored wrap of an older key epoch is wrapped anew as it is sent: that
	// is a moment between two records.
	rewrap := func(w []byte) ([]byte, error) { during(w); return b.hub.rewrap(w) }
	done := make(chan error, 1)
	go func() {
		done <- (&replica.Hub{
			Ledger: b.hub.ledger, Device: b.v.Device(), Incarnation: 1, Rewrap: rewrap, Now: time.Now, Log: b.hub.log,
		}).Serve(b.t.Context(), hub)
	}()
	err := (&replica.Device{Holder: b.v, Hub: b.hub.area.Certificate.Value.Sign, Log: b.hub.log}).Once(b.t.Context(), device)
	if herr := <-done; herr != nil && !errors.Is(herr, io.EOF) {
		err = errors.Join(err, herr)
	}
	return t.all(), err
}

func places(frames []frame, so func(frame) bool) []int {
	var out []int
	for i, f := range frames {
		if so(f) {
			out = append(out, i)
		}
	}
	return out
}

func isRecord(f frame) bool {
	switch f.msg.(type) {
	case *wire.Record:
		return true
	}
	return false
}

func isAck(f frame) bool { _, ok := f.msg.(*wire.BarrierAck); return ok }

// Invariant I3: on no connection does an R or a W precede both barrier
// acknowledgements.
func TestNoRecordBeforeTheBarrier(t *testing.T) { // R28
	b := newBench(t)
	frames, err := b.session(nil)
	if err != nil {
		t.Fatal(err)
	}
	records, acks := places(frames, isRecord), places(frames, isAck)
	if len(records) != tapped {
		t.Fatalf("%d records crossed, %d are due", len(records), tapped)
	}
	if len(acks) != 2 || frames[acks[0]].from == frames[acks[1]].from || acks[1] > records[0] {
		t.Fatalf("acknowledgements at %v, the first record at %d", acks, records[0])
	}
}

// Rule 7: a withdrawal that happens while records are being sent is sent, and
// acknowledged, before the next record.
func TestAWithdrawalOvertakesRecords(t *testing.T) { // R28, R32
	b := newBench(t)
	var once sync.Once
	sent := 0
	var victim people.Person
	for _, p := range people.Scenario() {
		if p.Key == "gwilym" {
			victim = p
		}
	}
	frames, err := b.session(func() {
		if sent++; sent < tapped/2 {
			return
		}
		once.Do(func() {
			if _, err := b.hub.WithdrawPerson(context.Background(), WithdrawOrder{NHS: victim.NHS, By: "tap"}); err != nil {
				t.Error(err)
			}
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	runs := places(frames, func(f frame) bool { _, ok := f.msg.(*wire.ChainRun); return ok && f.from == "hub" })
	records, acks := places(frames, isRecord), places(frames, isAck)
	last := runs[len(runs)-1]
	if last < records[0] {
		t.Fatal("the withdrawal did not fall between two records; the test tests nothing")
	}
	ack := acks[len(acks)-1]
	if frames[ack].from != "device" || ack < last {
		t.Fatalf("the withdrawal at %d was not acknowledged: last word at %d", last, ack)
	}
	for _, r := range records {
		if r > last && r < ack {
			t.Fatalf("a record at %d crossed between the withdrawal at %d and its acknowledgement at %d", r, last, ack)
		}
	}
	// Nothing of the person crosses after the kill, not even what was being
	// wrapped when it was committed (I2).
	killed := killedBy(t, b.hub, frames[last])
	for _, r := range records {
		if rec := recordOf(t, b.hub, frames[r]); r > last && rec.PID == killed {
			t.Fatalf("a killed record crossed at %d, after the kill at %d", r, last)
		}
	}
	if n := b.v.Count(); n != tapped-1 {
		t.Fatalf("%d are held, %d are due", n, tapped-1)
	}
}

// killedBy gives whom the last entry of a run ends.
func killedBy(t *testing.T, h *Hub, f frame) identity.PID {
	t.Helper()
	run, err := fact.OpenRun(h.area.Certificate.Value.Sign, f.msg.(*wire.ChainRun).Raw)
	if err != nil || len(run.Entries) == 0 {
		t.Fatalf("a run of %d entries: %v", len(run.Entries), err)
	}
	g := fact.NewGovernance(run.Head.Value.Chain)
	g.Point = run.From
	var e fact.GovernanceEntry
	for _, raw := range run.Entries {
		if e, err = g.Apply(raw); err != nil {
			t.Fatal(err)
		}
	}
	if e.Kind != fact.Kill {
		t.Fatalf("the last entry is of kind %v", e.Kind)
	}
	return e.PID
}

func recordOf(t *testing.T, h *Hub, f frame) fact.RecordHeader {
	t.Helper()
	rec, err := fact.OpenRecord(h.area.Certificate.Value.Sign, f.msg.(*wire.Record).Raw)
	if err != nil {
		t.Fatal(err)
	}
	return rec.Header.Value
}

// A kill of the very record that is being wrapped keeps it from being sent.
func TestAKilledRecordIsNotSentAfterItsKill(t *testing.T) { // R28
	b := newBench(t)
	cohort := b.hub.allCohorts()[0].id
	var victim identity.PID
	frames, err := b.sessionWith(func(raw []byte) {
		w, err := fact.DecodeWrap(raw)
		if err != nil || victim != (identity.PID{}) {
			return
		}
		victim = w.PID
		if err := b.hub.ledger.Commit(context.Background(), ledger.Change{Governance: []ledger.Governing{{
			Cohort: cohort, Entry: fact.GovernanceEntry{Kind: fact.Kill, PID: w.PID, Epoch: w.Epoch + 1, Reason: fact.Withdrawn},
		}}}); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range places(frames, isRecord) {
		if recordOf(t, b.hub, frames[at]).PID == victim {
			t.Fatal("the record was sent after its kill")
		}
	}
	if n := len(places(frames, isRecord)); n != tapped-1 {
		t.Fatalf("%d records crossed, %d are due", n, tapped-1)
	}
}

// Invariant I10 within a round: a device that is put out while records are
// being sent gets no more of them.
func TestRevokedInMidRoundGetsNothingMore(t *testing.T) { // P14
	b := newBench(t)
	sent, put := 0, false
	frames, err := b.session(func() {
		if sent++; sent <= tapped/2 || put {
			return
		}
		put = true
		if err := b.hub.Revoke(context.Background(), b.v.Device(), "lost", "tap"); err != nil {
			t.Error(err)
		}
	})
	if !errors.Is(err, wire.ErrRevoked) {
		t.Fatalf("the session ended with %v", err)
	}
	if n := len(places(frames, isRecord)); !put || n != tapped/2 {
		t.Fatalf("%d records crossed, %d before the device was put out", n, tapped/2)
	}
}

// Invariant I10: a revoked device gets membership, governance and receipts,
// and no key, wrap, record or freshness.
func TestRevokedGetsNothingNew(t *testing.T) { // P14
	b := newBench(t)
	if err := b.hub.Revoke(t.Context(), b.v.Device(), "lost", "tap"); err != nil {
		t.Fatal(err)
	}
	frames, err := b.session(nil)
	if !errors.Is(err, wire.ErrRevoked) {
		t.Fatalf("the session ended with %v", err)
	}
	for _, f := range frames {
		switch f.msg.(type) {
		case *wire.Keys, *wire.Fresh, *wire.Record, *wire.Clock, *wire.RecordsEnd:
			t.Errorf("a revoked device was sent %T", f.msg)
		}
	}
	if len(places(frames, func(f frame) bool { _, ok := f.msg.(*wire.Receipt); return ok })) == 0 {
		t.Error("a revoked device was not told what was received of it")
	}
}

// A code enrols one device, once; the same device may ask again.
func TestCodeEnrolsOnce(t *testing.T) { // P12
	b := newBench(t)
	first := b.v
	code := b.code()
	if _, err := b.hub.enrol(t.Context(), b.request(code)); err == nil {
		t.Fatal("a device that is a member already joined again under another code")
	}
	b.enrolWith(code)
	b.v = first
	if _, err := b.hub.enrol(t.Context(), b.request(code)); !errors.Is(err, wire.ErrCodeUsed) {
		t.Fatalf("a used code: %v", err)
	}
}

// A used code brings the device that used it the same answer again, for an
// answer can be lost, and nothing more: no credential for another person, none
// that lasts longer, and none at all once the device was put out.
func TestARepeatedRequestGetsTheSame(t *testing.T) { // P12, P14
	b := newBench(t)
	code := b.code()
	b.enrolWith(code)
	first, err := b.hub.enrol(t.Context(), b.request(code))
	if err != nil || len(first.Credential) == 0 {
		t.Fatalf("a credential of %d bytes: %v", len(first.Credential), err)
	}
	b.hub.cfg.Now = func() time.Time { return time.Now().Add(300 * 24 * time.Hour) }
	again, err := b.hub.enrol(t.Context(), b.request(code))
	if err != nil || !bytes.Equal(first.Credential, again.Credential) {
		t.Errorf("months later the credential is another one: %v", err)
	}
	for name, change := range map[string]func(*wire.First){
		"another slot": func(f *wire.First) { f.Slot[0] ^= 1 },
		"another name": func(f *wire.First) { f.Name = "Somebody Else" },
	} {
		r := b.request(code)
		change(r.First)
		if _, err := b.hub.enrol(t.Context(), r); !errors.Is(err, wire.ErrCodeUsed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := b.hub.Revoke(t.Context(), b.v.Device(), "lost", "tap"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.hub.enrol(t.Context(), b.request(code)); !errors.Is(err, wire.ErrRevoked) {
		t.Errorf("a revoked device: %v", err)
	}
}

// enrolWith enrols a fresh vault under a code, twice: an answer can be lost.
func (b *bench) enrolWith(code identity.EnrolmentCode) {
	b.t.Helper()
	b.found("second", "Second")
	for range 2 {
		if _, err := b.hub.enrol(b.t.Context(), b.request(code)); err != nil {
			b.t.Fatalf("enrolling: %v", err)
		}
	}
}

// Guessing codes is stopped before it can succeed.
func TestGuessingCodesIsStopped(t *testing.T) {
	b := newBench(t)
	good := b.request(b.code())
	for range wrongCodes {
		r := b.request(identity.NewEnrolmentCode("hub:1", b.hub.area.Certificate.Value.Root))
		if _, err := b.hub.enrol(t.Context(), r); !errors.Is(err, wire.ErrCodeWrong) {
			t.Fatalf("a guessed code: %v", err)
		}
	}
	if _, err := b.hub.enrol(t.Context(), good); !errors.Is(err, wire.ErrTooManyTries) {
		t.Fatalf("after %d guesses: %v", wrongCodes, err)
	}
}

// What the operator sees of the log is what it holds: one changed byte in one
// entry is a fault.
func TestTreeAgreesWithTheLedgers(t *testing.T) { // P20
	b := newBench(t)
	if _, err := b.session(nil); err != nil {
		t.Fatal(err)
	}
	r, err := b.hub.VerifyAudit(t.Context())
	if err != nil || r.Err() != nil || r.Entries == 0 {
		t.Fatalf("%d entries: %v", r.Entries, errors.Join(err, r.Err()))
	}
	entries, err := b.hub.ledger.Entries(t.Context(), 0, int(r.Entries))
	if err != nil {
		t.Fatal(err)
	}
	members, err := b.hub.ledger.Members(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for at := range entries {
		v := newVerification(b.hub, members)
		for i, e := range entries {
			if i == at {
				e.Raw = slices.Clone(e.Raw)
				e.Raw[len(e.Raw)/2] ^= 1
			}
			v.entry(e, uint64(i))
		}
		if len(v.report.Faults) == 0 {
			t.Fatalf("a changed byte in entry %d was not found", at)
		}
	}
}
