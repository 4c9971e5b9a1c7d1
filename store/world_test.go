package store

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"satchel/store/fact"
	"satchel/store/files"
	"satchel/store/identity"
	"satchel/store/record"
	"satchel/store/seal"
)

const passphrase = "correct horse battery staple"

// cheap makes slots whose cost is not what a test is about.
var cheap = seal.Params{MemoryKiB: 64, Time: 1, Threads: 1}

// world is an area with its hub and one clock.
type world struct {
	t       testing.TB
	root    ed25519.PrivateKey
	key     ed25519.PrivateKey
	box     identity.X25519Key
	rescue  identity.X25519Key // the organisation's recovery key
	cert    fact.Signed[fact.HubCertificate]
	members []fact.Member
	chain   hubChain
	cohorts map[identity.CohortID]*hubCohort
	wall    time.Time
	boot    time.Duration
}

// hubChain is a chain as the hub keeps it.
type hubChain struct {
	id      fact.Chain
	entries [][]byte
	at      []fact.Point
}

// hubCohort is a cohort as the hub keeps it.
type hubCohort struct {
	id     identity.CohortID
	chain  hubChain
	epoch  uint64
	keys   map[uint64]seal.Key
	set    fact.Signed[fact.KeySet]
	rev    uint64
	people map[identity.PID]fact.PatientEpoch
	vers   map[identity.PID]uint64
}

func newWorld(t testing.TB) *world {
	_, root, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, root: root, key: key, box: identity.NewX25519(), rescue: identity.NewX25519(), cohorts: map[identity.CohortID]*hubCohort{},
		wall: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), boot: time.Hour,
	}
	w.cert = w.certificate(1)
	w.chain.id = fact.Chain{Area: w.cert.Value.Area}
	return w
}

func (w *world) certificate(incarnation uint64) fact.Signed[fact.HubCertificate] {
	w.t.Helper()
	pub := w.root.Public().(ed25519.PublicKey)
	cert, err := fact.Sign(w.root, fact.HubCertificate{
		Area: identity.AreaIDOf(pub), Incarnation: incarnation, Name: "Northshire", Root: pub, Sign: w.key.Public().(ed25519.PublicKey),
		Box: w.box.Public, Recovery: w.rescue.Public, NotAfter: w.wall.AddDate(2, 0, 0).UnixMilli(), Demo: true,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return cert
}

// pass lets time go by, on every clock.
func (w *world) pass(d time.Duration) {
	w.wall = w.wall.Add(d)
	w.boot += d
}

func (w *world) config(dir string, disk files.FS) Config {
	return Config{
		Dir: dir, Disk: disk, Demo: true, Argon2: cheap, SegmentBytes: 64 << 10,
		Now:  func() time.Time { return w.wall },
		Boot: func() time.Duration { return w.boot },
	}
}

// create makes a laptop's vault whose enrolment is pending.
func (w *world) create(cfg Config) *Vault {
	w.t.Helper()
	v, err := Create(w.t.Context(), cfg, w.founding())
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) founding() Founding {
	return Founding{
		Certificate: w.cert, DeviceName: "laptop", Kind: identity.Laptop,
		First: &FirstPerson{Name: "Nurse One", Role: identity.DistrictNurse, Passphrase: []byte(passphrase)},
	}
}

// laptop makes a vault, enrols it into new cohorts and gives it everything that
// a first session brings, but records.
func (w *world) laptop(cfg Config, cohorts ...*hubCohort) *Vault {
	w.t.Helper()
	v := w.create(cfg)
	w.enrol(v, cohorts...)
	return v
}

// enrol makes the device a member that holds the cohorts.
func (w *world) enrol(v *Vault, cohorts ...*hubCohort) {
	w.t.Helper()
	w.join(v.Keys(), v.KeysPublic(), v.Kind(), cohorts...)
	w.must(v.TakeMembership(w.membership()))
	for _, s := range v.People() {
		w.must(v.SetCredential(w.credential(v, s.Slot)))
	}
	for _, c := range cohorts {
		w.rekey(c)
		w.catchUp(v, c)
	}
}

func (w *world) credential(v *Vault, slot identity.SlotID) fact.Signed[fact.Credential] {
	w.t.Helper()
	c, err := fact.Sign(w.key, fact.Credential{
		Slot: slot, Device: v.Device(), Name: "Nurse One", Staff: "N1", Role: identity.DistrictNurse, Category: identity.Trust,
		Trained: w.wall.AddDate(1, 0, 0).UnixMilli(), Ends: w.wall.AddDate(1, 0, 0).UnixMilli(),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// catchUp gives a device the barrier and the keys of a session.
func (w *world) catchUp(v *Vault, c *hubCohort) {
	w.t.Helper()
	w.must(v.TakeGovernance(w.t.Context(), c.id, w.governance(c)))
	w.must(v.TakeKeys(c.set))
	w.must(v.TakeFreshness(w.fresh(c)))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) join(keys identity.DeviceKeys, boxKey [32]byte, kind identity.Kind, cohorts ...*hubCohort) {
	m := fact.Member{
		Device: keys.ID(), Sign: keys.Public(), Gossip: keys.Gossip.Public, Keys: boxKey, Kind: kind, Category: identity.Trust, Name: "laptop",
	}
	for _, c := range cohorts {
		m.Holds = append(m.Holds, c.id)
	}
	w.members = append(w.members, m)
	w.chain.add(w.t, fact.MemberEntry{N: uint64(len(w.chain.entries)) + 1, Kind: fact.Join, Member: m, Time: w.wall.UnixMilli()})
}

func (w *world) revoke(d identity.DeviceID) {
	w.chain.add(w.t, fact.MemberEntry{
		N: uint64(len(w.chain.entries)) + 1, Kind: fact.Revoke, Member: fact.Member{Device: d}, Time: w.wall.UnixMilli(),
	})
}

func (c *hubChain) add(t testing.TB, e fact.MemberEntry) {
	t.Helper()
	raw, err := fact.EncodeEntry(e)
	if err != nil {
		t.Fatal(err)
	}
	c.append(raw)
}

func (c *hubChain) addGovernance(t testing.TB, e fact.GovernanceEntry) {
	t.Helper()
	raw, err := fact.EncodeEntry(e)
	if err != nil {
		t.Fatal(err)
	}
	c.append(raw)
}

func (c *hubChain) append(raw []byte) {
	c.at = append(c.at, c.end().Next(raw))
	c.entries = append(c.entries, raw)
}

func (c *hubChain) end() fact.Point {
	if len(c.at) == 0 {
		return c.id.Start()
	}
	return c.at[len(c.at)-1]
}

// run gives the entries after a number, with a head signed now.
func (c *hubChain) run(w *world, after int) fact.Run {
	w.t.Helper()
	from := c.id.Start()
	if after > 0 {
		from = c.at[after-1]
	}
	head, err := fact.Sign(w.key, fact.Head{Chain: c.id, Incarnation: 1, Point: c.end(), Time: w.wall.UnixMilli()})
	if err != nil {
		w.t.Fatal(err)
	}
	return fact.Run{From: from, Entries: c.entries[after:], Head: head}
}

func sum(b []byte) [32]byte { return sha256.Sum256(b) }

func (w *world) membership() fact.Run { return w.chain.run(w, 0) }

func (w *world) governance(c *hubCohort) fact.Run { return c.chain.run(w, 0) }

func (w *world) newCohort() *hubCohort {
	c := &hubCohort{
		id: identity.Random[identity.CohortID](), keys: map[uint64]seal.Key{},
		people: map[identity.PID]fact.PatientEpoch{}, vers: map[identity.PID]uint64{},
	}
	c.chain.id = fact.Chain{Area: w.cert.Value.Area, Cohort: c.id}
	w.cohorts[c.id] = c
	return c
}

func (w *world) fresh(c *hubCohort) fact.Signed[fact.Freshness] {
	w.t.Helper()
	f, err := fact.Sign(w.key, fact.Freshness{
		Incarnation: 1, Cohort: c.id, Rev: c.rev, Governance: c.chain.end(), Time: w.wall.UnixMilli(),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// rekey issues the cohort's next key to every member.
func (w *world) rekey(c *hubCohort) {
	w.t.Helper()
	c.epoch++
	key := seal.NewKey()
	c.keys[c.epoch] = key
	set := fact.KeySet{Incarnation: 1, Cohort: c.id, Epoch: c.epoch, Time: w.wall.UnixMilli()}
	for _, m := range w.members {
		if !m.MayHold(c.id) || m.Keys == [32]byte{} {
			continue
		}
		box, err := seal.BoxKey(&m.Keys, &key)
		if err != nil {
			w.t.Fatal(err)
		}
		set.Boxes = append(set.Boxes, fact.KeyBox{Device: m.Device, Box: box})
	}
	for e := range c.epoch - 1 {
		older := c.keys[e+1]
		set.Older = append(set.Older, fact.OlderKey{Epoch: e + 1, Box: seal.Wrap(&key, &older, set.OlderContext(e+1))})
	}
	signed, err := fact.Sign(w.key, set)
	if err != nil {
		w.t.Fatal(err)
	}
	c.set = signed
}

// kill ends everything of a patient that was released so far.
func (w *world) kill(c *hubCohort, pid identity.PID, reason fact.KillReason) {
	w.t.Helper()
	p := c.people[pid]
	p.Epoch++
	c.people[pid] = p
	w.govern(c, fact.GovernanceEntry{Kind: fact.Kill, PID: pid, Epoch: p.Epoch, Reason: reason})
}

func (w *world) govern(c *hubCohort, e fact.GovernanceEntry) {
	w.t.Helper()
	e.N, e.Time = uint64(len(c.chain.entries))+1, w.wall.UnixMilli()
	c.chain.addGovernance(w.t, e)
}

// release signs the next version of a patient's document.
func (w *world) release(c *hubCohort, pid identity.PID, document []byte) Incoming {
	w.t.Helper()
	p := c.people[pid]
	if p.Epoch == 0 {
		p = fact.PatientEpoch{PID: pid, Epoch: 1}
		c.people[pid] = p
	}
	c.rev++
	c.vers[pid]++
	dataKey := seal.NewKey()
	ciphertext, err := seal.SealRecord(&dataKey, document)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.sign(c, pid, p.Epoch, c.vers[pid], dataKey, ciphertext)
}

func (w *world) sign(c *hubCohort, pid identity.PID, epoch, ver uint64, dataKey seal.Key, ciphertext []byte) Incoming {
	w.t.Helper()
	header, err := fact.Sign(w.key, fact.RecordHeader{
		Incarnation: 1, Cohort: c.id, Rev: c.rev, PID: pid, Epoch: epoch, Ver: ver,
		Released: w.wall.UnixMilli(), NotAfter: w.wall.AddDate(0, 0, 30).UnixMilli(),
		Hash: sum(ciphertext), Commitment: seal.Commit(&dataKey), Size: uint64(len(ciphertext)),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	wrap := fact.Wrap{Cohort: c.id, PID: pid, Epoch: epoch, Ver: ver, KeyEpoch: c.epoch}
	cohortKey := c.keys[c.epoch]
	wrap.Box = seal.Wrap(&cohortKey, &dataKey, wrap.Context())
	rec := fact.Record{Header: header, Ciphertext: ciphertext}
	raw, err := rec.Raw()
	if err != nil {
		w.t.Fatal(err)
	}
	wrapRaw, err := wrap.Raw()
	if err != nil {
		w.t.Fatal(err)
	}
	return Incoming{Record: rec, RecordRaw: raw, WrapRaw: wrapRaw}
}

// put gives records to a vault as a session does.
func (w *world) put(v *Vault, c *hubCohort, in ...Incoming) int {
	w.t.Helper()
	kept, err := v.PutRecords(w.t.Context(), c.id, in, 1, c.rev)
	if err != nil {
		w.t.Fatal(err)
	}
	return kept
}

func (w *world) unlock(v *Vault) *Session {
	w.t.Helper()
	s, err := v.Unlock(w.t.Context(), v.People()[0].Slot, []byte(passphrase))
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// document is a patient's summary with a name and a number that are found
// nowhere else.
func document(name, number string) []byte {
	return fmt.Appendf(nil, `{"resourceType":"Bundle","type":"document","entry":[{"resource":{"resourceType":"Composition","status":"final",`+
		`"type":{"text":"Summary"},"subject":{"reference":"Patient/p"},"date":"2026-11-01","title":"Summary of %[1]s","author":[{"display":"GP"}]}},`+
		`{"fullUrl":"Patient/p","resource":{"resourceType":"Patient","id":"p","identifier":[{"extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",`+
		`"valueCodeableConcept":{"coding":[{"system":"https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus","code":"01"}]}}],"system":"https://fhir.nhs.uk/Id/nhs-number","value":"%[2]s"}],`+
		`"name":[{"use":"official","family":"%[1]s","given":["Ada"]}],"gender":"female","birthDate":"1948-03-05"}}]}`, name, number)
}

// number is a valid NHS number from the range that is never issued.
func number(i int) string {
	for {
		nine := fmt.Sprintf("999%06d", i)
		if d, ok := identity.CheckDigit(nine); ok {
			return nine + string(d)
		}
		i += 100_000
	}
}

func TestDocumentsOfTheseTestsAreFound(t *testing.T) {
	d, err := record.Identify(document("Quillfeather", number(1)))
	if err != nil {
		t.Fatal(err)
	}
	if d.NHS.IsZero() || d.NHSDoubt || len(d.Names) != 1 || d.Names[0].Family != "Quillfeather" {
		t.Fatalf("the number is doubted (%v) or the name is not read", d.NHSDoubt)
	}
}
