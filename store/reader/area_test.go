package reader_test

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

// area is an area with its hub, its cohorts and one clock.
type area struct {
	t        testing.TB
	root     ed25519.PrivateKey
	key      ed25519.PrivateKey
	box      identity.X25519Key
	recovery identity.X25519Key
	cert     fact.Signed[fact.HubCertificate]
	member   fact.Member
	joins    chain
	cohorts  []*cohort
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
	id    identity.CohortID
	chain chain
	keys  []seal.Key // by epoch, from 1
	set   fact.Signed[fact.KeySet]
	rev   uint64
}

// patient is one released to a cohort.
type patient struct {
	pid      identity.PID
	number   string
	family   string
	releases []release
	gone     bool
}

// release is one version, as it was before it was sealed.
type release struct {
	fhir     []byte
	released int64
	header   fact.RecordHeader
	in       store.Incoming
}

func newArea(t testing.TB) *area {
	a := &area{
		t: t, box: identity.NewX25519(), recovery: identity.NewX25519(),
		wall: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), boot: time.Hour,
	}
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
	for range 2 {
		id := identity.Random[identity.CohortID]()
		a.cohorts = append(a.cohorts, &cohort{id: id, chain: chain{id: fact.Chain{Area: a.cert.Value.Area, Cohort: id}}})
	}
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

func (a *area) config(dir string) store.Config {
	return store.Config{
		Dir: dir, Demo: true, Argon2: seal.Params{MemoryKiB: 64, Time: 2, Threads: 3}, SegmentBytes: 20 << 10, LeastGuesses: 1,
		Now: func() time.Time { return a.wall }, Boot: func() time.Duration { return a.boot },
	}
}

// admits makes a device a member that holds the cohorts, with their keys.
func (a *area) admits(v *store.Vault) {
	keys := v.Keys()
	a.member = fact.Member{
		Device: keys.ID(), Sign: keys.Public(), Gossip: keys.Gossip.Public, Keys: v.KeysPublic(), Kind: v.Kind(), Category: identity.Trust, Name: "laptop",
	}
	for _, c := range a.cohorts {
		a.member.Holds = append(a.member.Holds, c.id)
	}
	raw, err := fact.EncodeEntry(fact.MemberEntry{N: uint64(len(a.joins.entries)) + 1, Kind: fact.Join, Member: a.member, Time: a.wall.UnixMilli()})
	a.must(err)
	a.joins.append(raw)
	for _, c := range a.cohorts {
		a.rekey(c)
	}
}

func (a *area) credential(device identity.DeviceID, slot identity.SlotID, name string) fact.Signed[fact.Credential] {
	c, err := fact.Sign(a.key, fact.Credential{
		Slot: slot, Device: device, Name: name, Staff: "N1", Role: identity.DistrictNurse, Category: identity.Trust,
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

// rekey issues the cohort's next key.
func (a *area) rekey(c *cohort) {
	key := seal.NewKey()
	set := fact.KeySet{Incarnation: 1, Cohort: c.id, Epoch: uint64(len(c.keys)) + 1, Time: a.wall.UnixMilli()}
	box, err := seal.BoxKey(&a.member.Keys, &key)
	a.must(err)
	set.Boxes = append(set.Boxes, fact.KeyBox{Device: a.member.Device, Box: box})
	for i := range c.keys {
		e := uint64(i) + 1
		set.Older = append(set.Older, fact.OlderKey{Epoch: e, Box: seal.Wrap(&key, &c.keys[i], set.OlderContext(e))})
	}
	c.keys = append(c.keys, key)
	c.set, err = fact.Sign(a.key, set)
	a.must(err)
}

func (a *area) fresh(c *cohort) fact.Signed[fact.Freshness] {
	f, err := fact.Sign(a.key, fact.Freshness{Incarnation: 1, Cohort: c.id, Rev: c.rev, Governance: c.chain.end(), Time: a.wall.UnixMilli()})
	a.must(err)
	return f
}

func (a *area) govern(c *cohort, e fact.GovernanceEntry) {
	e.N, e.Time = uint64(len(c.chain.entries))+1, a.wall.UnixMilli()
	raw, err := fact.EncodeEntry(e)
	a.must(err)
	c.chain.append(raw)
}

// release signs the next version of a patient's document.
func (a *area) release(c *cohort, p *patient, fhir []byte) store.Incoming {
	c.rev++
	a.pass(time.Second)
	ver := uint64(len(p.releases)) + 1
	dataKey := seal.NewKey()
	ciphertext, err := seal.SealRecord(&dataKey, fhir)
	a.must(err)
	header, err := fact.Sign(a.key, fact.RecordHeader{
		Incarnation: 1, Cohort: c.id, Rev: c.rev, PID: p.pid, Epoch: 1, Ver: ver,
		Released: a.wall.UnixMilli(), NotAfter: a.wall.AddDate(0, 0, 90).UnixMilli(),
		Hash: sha256.Sum256(ciphertext), Commitment: seal.Commit(&dataKey), Size: uint64(len(ciphertext)), Dictionary: seal.Dictionary(),
	})
	a.must(err)
	wrap := fact.Wrap{Cohort: c.id, PID: p.pid, Epoch: 1, Ver: ver, KeyEpoch: uint64(len(c.keys))}
	wrap.Box = seal.Wrap(&c.keys[len(c.keys)-1], &dataKey, wrap.Context())
	in := store.Incoming{Record: fact.Record{Header: header, Ciphertext: ciphertext}}
	in.RecordRaw, err = in.Record.Raw()
	a.must(err)
	in.WrapRaw, err = wrap.Raw()
	a.must(err)
	p.releases = append(p.releases, release{fhir, a.wall.UnixMilli(), header.Value, in})
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

// invites writes the hub's word that a person has a place on this device.
func (a *area) invites(c *cohort, keys identity.DeviceKeys, slot identity.SlotID, name, code string) {
	cred := a.credential(keys.ID(), slot, name)
	plain, err := fact.Admission{Credential: cred.Raw(), Join: fact.JoinHash(slot, code)}.Encode()
	a.must(err)
	sender := seal.NewSender()
	defer sender.Wipe()
	to := keys.Gossip.Public
	body, err := sender.BoxTo(&to, fact.AdmissionLabel(keys.ID(), slot), plain)
	a.must(err)
	a.govern(c, fact.GovernanceEntry{Kind: fact.Credentialled, Device: keys.ID(), Slot: slot, Body: body})
}

// document is a patient's summary, with filler that does not compress.
func document(family, number string, more int) []byte {
	filler := make([]byte, more/2)
	_, _ = rand.Read(filler)
	return fmt.Appendf(nil, `{"resourceType":"Bundle","type":"document","entry":[{"resource":{"resourceType":"Composition","status":"final",`+
		`"type":{"text":"Summary"},"subject":{"reference":"Patient/p"},"date":"2026-11-01","title":"Summary of %[1]s","author":[{"display":"GP %[3]x"}]}},`+
		`{"fullUrl":"Patient/p","resource":{"resourceType":"Patient","id":"p","identifier":[{"extension":[{"url":"https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",`+
		`"valueCodeableConcept":{"coding":[{"system":"https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus","code":"01"}]}}],"system":"https://fhir.nhs.uk/Id/nhs-number","value":"%[2]s"}],`+
		`"name":[{"use":"official","family":"%[1]s","given":["Ada","Zoë"],"prefix":["Mrs"]},{"use":"nickname","given":["Addy"]}],"gender":"female","birthDate":"1948-03-05",`+
		`"address":[{"use":"home","line":["1 Quay Street"],"city":"Northport","postalCode":"ZZ9 9ZZ"}]}}]}`, family, number, filler)
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
