package reader_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"satchel/store"
	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
)

const (
	firstPhrase  = "correct horse battery staple"
	secondPhrase = "cafe\u0301 lantern \u00e9clair orbit  maple" // one accent apart, one composed
	thirdPhrase  = "seven lanterns under a quiet harbour"
	laterPhrase  = "gravel orbit nineteen marble kettle"
	joinCode     = "ABCDE-FGHJK"
)

// story is what was put into a vault, and where it is.
type story struct {
	*area
	dir      string
	scrubbed bool
	older    string // a copy of the folder from before the withdrawal
	patients []*patient

	device                       identity.DeviceKeys
	first, second, third, fourth identity.SlotID
	request                      string
	asked, joined                time.Time
	receipt                      uint64
	items                        []audit.Item
	cursors                      map[identity.CohortID]uint64
	seen                         []seen
}

// seen is a look that was made.
type seen struct {
	pid identity.PID
	seq uint64
}

// tell makes a laptop's vault and lives with it: people, records, a turn of the
// keys, a withdrawal. It is closed when tell returns.
//
// Scrubbed, a last generation comes of the withdrawal; else what came after it
// is in the key log alone.
func tell(t *testing.T, scrubbed bool) *story {
	s := &story{scrubbed: scrubbed, area: newArea(t), dir: filepath.Join(t.TempDir(), "vault"), cursors: map[identity.CohortID]uint64{}}
	v, err := store.Create(t.Context(), s.config(s.dir), store.Founding{
		Certificate: s.cert, DeviceName: "Laptop 7", Kind: identity.Laptop,
		First: &store.FirstPerson{Name: "Nurse One", Role: identity.DistrictNurse, Passphrase: []byte(firstPhrase)},
	})
	s.must(err)
	s.device, s.first = v.Keys(), v.People()[0].Slot
	s.admits(v)
	s.must(v.TakeMembership(s.run(&s.joins)), v.SetCredential(s.credential(v.Device(), s.first, "Nurse One")))
	s.hears(v)
	s.recordsLocked(v)
	s.peopleJoin(v)
	s.recordsUnlocked(v)
	s.keysTurn(v)
	s.peopleWait(v)
	s.withdrawal(v)
	s.afterwards(v)
	if scrubbed {
		s.must(v.Tick(t.Context()))
	}
	s.items, err = v.Items(0, 1000)
	s.must(err)
	for _, c := range s.cohorts {
		_, s.cursors[c.id] = v.Cursor(c.id)
	}
	s.must(v.Close())
	return s
}

// hears is the barrier and the keys of a session.
func (s *story) hears(v *store.Vault) {
	s.t.Helper()
	for _, c := range s.cohorts {
		s.must(v.TakeGovernance(s.t.Context(), c.id, s.run(&c.chain)), v.TakeKeys(c.set), v.TakeFreshness(s.fresh(c)))
	}
}

func (s *story) unlock(v *store.Vault, slot identity.SlotID, phrase string) *store.Session {
	s.t.Helper()
	in, err := v.Unlock(s.t.Context(), slot, []byte(phrase))
	s.must(err)
	return in
}

// newPatient has a summary of about so many bytes.
func (s *story) newPatient(more int) (p *patient, fhir []byte) {
	n := len(s.patients) + 1
	p = &patient{pid: identity.Random[identity.PID](), number: number(n), family: "Quill" + strings.Repeat("l", n)}
	s.patients = append(s.patients, p)
	return p, document(p.family, p.number, more)
}

// put releases a version of a patient's summary to the vault.
func (s *story) put(v *store.Vault, c *cohort, p *patient, fhir []byte) {
	s.t.Helper()
	in := s.release(c, p, fhir)
	kept, err := v.PutRecords(s.t.Context(), c.id, []store.Incoming{in}, 1, c.rev)
	s.must(err)
	if kept != 1 {
		s.t.Fatalf("patient %d was not kept", len(s.patients))
	}
}

func (s *story) puts(v *store.Vault, c *cohort, more ...int) {
	s.t.Helper()
	for _, m := range more {
		p, fhir := s.newPatient(m)
		s.put(v, c, p, fhir)
	}
}

// recordsLocked: small, large, in chunks, and one that is nobody's.
func (s *story) recordsLocked(v *store.Vault) {
	s.puts(v, s.cohorts[0], 0, 700, 300_000)
	nobody := &patient{pid: identity.Random[identity.PID]()}
	s.patients = append(s.patients, nobody)
	s.put(v, s.cohorts[0], nobody, []byte(`{"resourceType":"Bundle","type":"document","entry":[]}`))
	s.puts(v, s.cohorts[1], 100)
	s.must(v.TakeReceipt(s.area.receipt(v.Device(), v.ItemHead())))
	s.receipt = v.ItemHead().Seq
}

// peopleJoin: the second person is invited, joins and gets the keys.
func (s *story) peopleJoin(v *store.Vault) {
	s.second = identity.Random[identity.SlotID]()
	s.invites(s.cohorts[0], v.Keys(), s.second, "Nurse Two", joinCode)
	s.hears(v)
	s.must(v.Join(s.t.Context(), s.second, joinCode, store.Secret{Text: []byte(secondPhrase)}))
	s.unlock(v, s.first, firstPhrase).Lock()
	in := s.unlock(v, s.second, secondPhrase)
	s.must(in.AcceptDuty(3))
	in.Lock()
}

// recordsUnlocked: new ones, a second version, some under a newer cohort key,
// and a look at one.
func (s *story) recordsUnlocked(v *store.Vault) {
	in := s.unlock(v, s.first, firstPhrase)
	s.puts(v, s.cohorts[0], 50)
	s.put(v, s.cohorts[0], s.patients[1], document(s.patients[1].family, s.patients[1].number, 900))
	s.rekey(s.cohorts[0])
	s.hears(v)
	s.puts(v, s.cohorts[0], 20, 4000)
	for _, p := range []*patient{s.patients[0], s.patients[5]} {
		found, err := in.Find(s.t.Context(), p.number, 2)
		s.must(err)
		if len(found.Rows) != 1 {
			s.t.Fatalf("%d rows are found by a number", len(found.Rows))
		}
		o, err := in.Read(s.t.Context(), store.Request{Handle: found.Rows[0].Handle, Purpose: store.DirectCare, Relationship: store.OnCaseload})
		s.must(err)
		s.seen = append(s.seen, seen{p.pid, o.Entry})
	}
	in.Lock()
}

// keysTurn: the hub orders it, and the next unlock does it.
func (s *story) keysTurn(v *store.Vault) {
	s.govern(s.cohorts[0], fact.GovernanceEntry{Kind: fact.DeviceOrder, Device: v.Device(), Order: fact.Turn})
	s.hears(v)
	s.unlock(v, s.first, firstPhrase).Lock()
}

// peopleWait: a recovery is asked for, one joined and one is invited.
func (s *story) peopleWait(v *store.Vault) {
	var err error
	s.asked = v.Now()
	s.request, err = v.RequestRecovery(s.t.Context(), s.second, store.Secret{Text: []byte(laterPhrase)})
	s.must(err)
	s.third, s.fourth = identity.Random[identity.SlotID](), identity.Random[identity.SlotID]()
	s.invites(s.cohorts[0], v.Keys(), s.third, "Nurse Three", joinCode)
	s.invites(s.cohorts[1], v.Keys(), s.fourth, "Nurse Four", joinCode)
	s.hears(v)
	s.pass(time.Minute)
	s.joined = v.Now()
	s.must(v.Join(s.t.Context(), s.third, joinCode, store.Secret{Text: []byte(thirdPhrase)}))
}

// historyGrows until most of facts/ is history: the next start compacts it. The
// hub sends of governance what is new, at last nothing else.
func (s *story) historyGrows(v *store.Vault) {
	c := s.cohorts[0]
	for n := range 40 {
		held := len(c.chain.entries)
		s.govern(c, fact.GovernanceEntry{Kind: fact.Kill, PID: identity.Random[identity.PID](), Epoch: 2, Reason: fact.Withdrawn})
		run := s.run(&c.chain)
		run.From, run.Entries = c.chain.at[held-1], run.Entries[held:]
		s.must(v.TakeGovernance(s.t.Context(), c.id, run))
		for range min(12, 2*(39-n)) {
			s.pass(time.Second)
			s.must(v.TakeFreshness(s.fresh(c)))
		}
	}
	s.must(v.TakeFreshness(s.fresh(c)))
}

// withdrawal is of one patient who was seen and one who was not, locked.
func (s *story) withdrawal(v *store.Vault) {
	s.older = filepath.Join(s.t.TempDir(), "older")
	s.must(os.CopyFS(s.older, os.DirFS(s.dir)))
	for _, p := range []*patient{s.patients[2], s.patients[5]} {
		p.gone = true
		s.govern(s.cohorts[0], fact.GovernanceEntry{Kind: fact.Kill, PID: p.pid, Epoch: 2, Reason: fact.Withdrawn})
	}
	s.hears(v)
}

// afterwards are records that wait for an unlock, and
// wrong tries at a passphrase and at a joining code.
func (s *story) afterwards(v *store.Vault) {
	s.puts(v, s.cohorts[1], 10)
	s.put(v, s.cohorts[0], s.patients[0], document(s.patients[0].family, s.patients[0].number, 30))
	for range 3 {
		s.pass(5 * time.Minute)
		_, err := v.Unlock(s.t.Context(), s.second, []byte("not "+secondPhrase))
		if w, ok := errors.AsType[*store.WrongPassphraseError](err); !ok || !w.Tried {
			s.t.Fatalf("a wrong passphrase: %v", err)
		}
	}
	err := v.Join(s.t.Context(), s.fourth, "ABCDE-FGHJ0", store.Secret{Text: []byte(thirdPhrase)})
	if !errors.Is(err, store.ErrJoinCode) {
		s.t.Fatalf("a wrong joining code: %v", err)
	}
}
