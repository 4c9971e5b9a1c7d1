package faults

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"satchel/store"
	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
)

const passphrase = "correct horse battery staple"

// area is an area with its hub, which has one cohort, and one clock.
type area struct {
	t    testing.TB
	root ed25519.PrivateKey
	key  ed25519.PrivateKey
	box  identity.X25519Key
	// The organisation's, which lies in a safe.
	recovery identity.X25519Key
	cert     fact.Signed[fact.HubCertificate]
	members  []fact.Member
	joins    chain
	cohort   cohort
	ends     bool // the hub has ended the person's credential
	wall     time.Time
	boot     time.Duration
}

// chain is a chain as the hub keeps it.
type chain struct {
	id      fact.Chain
	entries [][]byte
	at      []fact.Point
}

// cohort is a cohort as the hub keeps it.
type cohort struct {
	id       identity.CohortID
	chain    chain
	keys     []seal.Key // by epoch, from 1
	set      fact.Signed[fact.KeySet]
	rev      uint64
	ever     int // patients, forgotten ones included
	patients []*patient
}

// patient is what the hub knows of one, and how the device finds them.
type patient struct {
	pid    identity.PID
	number string
	epoch  uint64
	ver    uint64              // of the newest release
	docs   map[[32]byte][]byte // by the hash of the ciphertext
	sent   []store.Incoming
	dead   bool // withdrawn
}

func newArea(t testing.TB, now time.Time) *area {
	a := &area{t: t, box: identity.NewX25519(), recovery: identity.NewX25519(), wall: now, boot: time.Hour}
	var err error
	_, a.root, err = ed25519.GenerateKey(rand.Reader)
	a.must(err)
	_, a.key, err = ed25519.GenerateKey(rand.Reader)
	a.must(err)
	pub := a.root.Public().(ed25519.PublicKey)
	a.cert, err = fact.Sign(a.root, fact.HubCertificate{
		Area: identity.AreaIDOf(pub), Incarnation: 1, Name: "Northshire", Root: pub, Sign: a.key.Public().(ed25519.PublicKey),
		Box: a.box.Public, Recovery: a.recovery.Public, NotAfter: a.wall.AddDate(2, 0, 0).UnixMilli(), Demo: true,
	})
	a.must(err)
	a.joins.id = fact.Chain{Area: a.cert.Value.Area}
	a.cohort.id = identity.Random[identity.CohortID]()
	a.cohort.chain.id = fact.Chain{Area: a.cert.Value.Area, Cohort: a.cohort.id}
	return a
}

func (a *area) must(errs ...error) {
	a.t.Helper()
	for _, err := range errs {
		if err != nil {
			a.t.Fatal(err)
		}
	}
}

// pass lets time go by, on every clock.
func (a *area) pass(d time.Duration) {
	a.wall = a.wall.Add(d)
	a.boot += d
}

// config is how this area's laptop is opened. Its clock stands still but for
// pass; a segment holds a few dozen entries.
func (a *area) config(dir string) store.Config { return a.configAfter(dir, new(time.Duration)) }

// configAfter is config with a clock that is later by so much.
func (a *area) configAfter(dir string, later *time.Duration) store.Config {
	wall, boot := a.wall, a.boot
	return store.Config{
		Dir: dir, Demo: true, Argon2: cheap, SegmentBytes: 20 << 10, FoldRows: 40,
		Now: func() time.Time { return wall.Add(*later) }, Boot: func() time.Duration { return boot + *later },
	}
}

// cheap makes slots whose cost is not what a test is about.
var cheap = seal.Params{MemoryKiB: 64, Time: 1, Threads: 1}

func (a *area) founding() store.Founding {
	return store.Founding{
		Certificate: a.cert, DeviceName: "laptop", Kind: identity.Laptop,
		First: &store.FirstPerson{Name: "Nurse One", Role: identity.DistrictNurse, Passphrase: []byte(passphrase)},
	}
}

// admits makes a device a member that holds the cohort, with the cohort's key.
func (a *area) admits(v *store.Vault) {
	keys := v.Keys()
	m := fact.Member{
		Device: keys.ID(), Sign: keys.Public(), Gossip: keys.Gossip.Public, Keys: v.KeysPublic(), Kind: v.Kind(), Category: identity.Trust, Name: "laptop",
		Holds: []identity.CohortID{a.cohort.id},
	}
	a.members = append(a.members, m)
	raw, err := fact.EncodeEntry(fact.MemberEntry{N: uint64(len(a.joins.entries)) + 1, Kind: fact.Join, Member: m, Time: a.wall.UnixMilli()})
	a.must(err)
	a.joins.append(raw)
	a.rekey()
}

func (a *area) credential(device identity.DeviceID, slot identity.SlotID) fact.Signed[fact.Credential] {
	c, err := fact.Sign(a.key, fact.Credential{
		Slot: slot, Device: device, Name: "Nurse One", Staff: "N1", Role: identity.DistrictNurse, Category: identity.Trust,
		Trained: a.wall.AddDate(1, 0, 0).UnixMilli(), Ends: a.wall.AddDate(1, 0, 0).UnixMilli(),
	})
	a.must(err)
	return c
}

func (c *chain) append(raw []byte) {
	c.at = append(c.at, c.end().Next(raw))
	c.entries = append(c.entries, raw)
}

func (c *chain) end() fact.Point {
	if len(c.at) == 0 {
		return c.id.Start()
	}
	return c.at[len(c.at)-1]
}

// run gives the whole chain, with a head signed now.
func (a *area) run(c *chain) fact.Run {
	head, err := fact.Sign(a.key, fact.Head{Chain: c.id, Incarnation: 1, Point: c.end(), Time: a.wall.UnixMilli()})
	a.must(err)
	return fact.Run{From: c.id.Start(), Entries: c.entries, Head: head}
}

func (a *area) membership() fact.Run { return a.run(&a.joins) }

func (a *area) governance() fact.Run { return a.run(&a.cohort.chain) }

func (a *area) fresh() fact.Signed[fact.Freshness] {
	f, err := fact.Sign(a.key, fact.Freshness{
		Incarnation: 1, Cohort: a.cohort.id, Rev: a.cohort.rev, Governance: a.cohort.chain.end(), Time: a.wall.UnixMilli(),
	})
	a.must(err)
	return f
}

// rekey issues the cohort's next key to every member.
func (a *area) rekey() {
	c := &a.cohort
	key := seal.NewKey()
	set := fact.KeySet{Incarnation: 1, Cohort: c.id, Epoch: uint64(len(c.keys)) + 1, Time: a.wall.UnixMilli()}
	for _, m := range a.members {
		box, err := seal.BoxKey(&m.Keys, &key)
		a.must(err)
		set.Boxes = append(set.Boxes, fact.KeyBox{Device: m.Device, Box: box})
	}
	for i := range c.keys {
		e := uint64(i) + 1
		set.Older = append(set.Older, fact.OlderKey{Epoch: e, Box: seal.Wrap(&key, &c.keys[i], set.OlderContext(e))})
	}
	c.keys = append(c.keys, key)
	var err error
	c.set, err = fact.Sign(a.key, set)
	a.must(err)
}

// withdraw ends everything of a patient that was released so far.
func (a *area) withdraw(p *patient) {
	p.epoch++
	p.dead = true
	a.govern(fact.GovernanceEntry{Kind: fact.Kill, PID: p.pid, Epoch: p.epoch, Reason: fact.Withdrawn})
}

func (a *area) govern(e fact.GovernanceEntry) {
	e.N, e.Time = uint64(len(a.cohort.chain.entries))+1, a.wall.UnixMilli()
	raw, err := fact.EncodeEntry(e)
	a.must(err)
	a.cohort.chain.append(raw)
}

// patient is a new one, released for the first time; text is as long as more
// says, so that values of several sizes are met.
func (a *area) patient(more int) *patient {
	a.cohort.ever++
	p := &patient{
		pid: identity.Random[identity.PID](), number: number(a.cohort.ever), epoch: 1, docs: map[[32]byte][]byte{},
	}
	a.cohort.patients = append(a.cohort.patients, p)
	a.release(p, more)
	return p
}

// release signs the next version of a patient's document.
func (a *area) release(p *patient, more int) store.Incoming {
	c := &a.cohort
	c.rev++
	p.ver++
	doc := document(fmt.Sprintf("Person%sv%d", p.number, p.ver), p.number, more)
	dataKey := seal.NewKey()
	ciphertext, err := seal.SealRecord(&dataKey, doc)
	a.must(err)
	p.docs[sha256.Sum256(ciphertext)] = doc
	header, err := fact.Sign(a.key, fact.RecordHeader{
		Incarnation: 1, Cohort: c.id, Rev: c.rev, PID: p.pid, Epoch: p.epoch, Ver: p.ver,
		Released: a.wall.UnixMilli(), NotAfter: a.wall.AddDate(0, 0, 90).UnixMilli(),
		Hash: sha256.Sum256(ciphertext), Commitment: seal.Commit(&dataKey), Size: uint64(len(ciphertext)),
	})
	a.must(err)
	wrap := fact.Wrap{Cohort: c.id, PID: p.pid, Epoch: p.epoch, Ver: p.ver, KeyEpoch: uint64(len(c.keys))}
	wrap.Box = seal.Wrap(&c.keys[len(c.keys)-1], &dataKey, wrap.Context())
	in := store.Incoming{Record: fact.Record{Header: header, Ciphertext: ciphertext}}
	in.RecordRaw, err = in.Record.Raw()
	a.must(err)
	in.WrapRaw, err = wrap.Raw()
	a.must(err)
	p.sent = append(p.sent, in)
	return in
}

// receipt is the hub's word for a device's chain up to its head.
func (a *area) receipt(device identity.DeviceID, head audit.Head) []byte {
	r, err := audit.SignReceipt(audit.ReceiptBody{
		Device: device, Chain: head.Chain, UpTo: head.Seq, Head: head.Hash, Incarnation: 1, LogSize: head.Seq,
		Root: sha256.Sum256(head.Hash[:]), Time: a.wall.UnixMilli(),
	}, a.key)
	a.must(err)
	raw, err := r.Encode()
	a.must(err)
	return raw
}

// document is a patient's summary with a name and a number that are found
// nowhere else, and filler that does not compress.
func document(name, number string, more int) []byte {
	filler := make([]byte, more/2)
	_, _ = rand.Read(filler)
	return fmt.Appendf(nil, `{"resourceType":"Bundle","type":"document","entry":[{"resource":{"resourceType":"Composition","status":"final",`+
		`"type":{"text":"Summary"},"subject":{"reference":"Patient/p"},"date":"2026-11-01","title":"Summary of %[1]s","author":[{"display":"GP %[3]x"}]}},`+
		`{"fullUrl":"Patient/p","resource":{"resourceType":"Patient","id":"p","identifier":[{"extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",`+
		`"valueCodeableConcept":{"coding":[{"system":"https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus","code":"01"}]}}],"system":"https://fhir.nhs.uk/Id/nhs-number","value":"%[2]s"}],`+
		`"name":[{"use":"official","family":"%[1]s","given":["Ada"]}],"gender":"female","birthDate":"1948-03-05"}}]}`, name, number, filler)
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

func request(h identity.Handle) store.Request {
	return store.Request{Handle: h, Purpose: store.DirectCare, Relationship: store.OnCaseload}
}
