package fact

import (
	"crypto/ed25519"
	"crypto/sha256"
	"testing"

	"satchel/store/identity"
)

// The keys of every test: fixed, so that a failure repeats byte for byte.
var (
	rootKey  = keyOf("root")
	hubKey   = keyOf("hub")
	otherKey = keyOf("somebody else")
	hubPub   = hubKey.Public().(ed25519.PublicKey)
	otherPub = otherKey.Public().(ed25519.PublicKey)

	testArea   = identity.AreaIDOf(rootKey.Public().(ed25519.PublicKey))
	testCohort = identity.CohortID{'c'}
	testChain  = Chain{Area: testArea, Cohort: testCohort}
)

const (
	testNow = 1_700_000_000_000 // Unix milliseconds
	hour    = 3_600_000
)

func keyOf(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func testMember(name string) Member {
	pub := keyOf(name).Public().(ed25519.PublicKey)
	return Member{
		Device: identity.DeviceIDOf(pub), Sign: pub, Gossip: [32]byte{1}, Keys: [32]byte{2},
		Kind: identity.Laptop, Category: identity.Ambulance, Name: name,
		Holds: []identity.CohortID{testCohort}, Ends: testNow + 1000*hour,
	}
}

func testCertificate() HubCertificate {
	return HubCertificate{
		Area: testArea, Incarnation: 1, Name: "Northshire care hub",
		Root: rootKey.Public().(ed25519.PublicKey), Sign: hubPub,
		Box: [32]byte{3}, Recovery: [32]byte{4}, NotAfter: testNow + hour,
		Restart: &Restart{Heads: []Head{{Chain: testChain, Point: testChain.Start(), Time: testNow}}, LogSize: 7},
	}
}

func testCredential() Credential {
	return Credential{
		Slot: identity.SlotID{1}, Device: testMember("laptop").Device, Name: "Zebedee Marker", Staff: "S-4010232137",
		Role: identity.Paramedic, Category: identity.Ambulance, Trained: testNow + hour, Ends: testNow + hour,
	}
}

func testRecord(p identity.PID, epoch, ver, rev uint64) Record {
	content := []byte("ciphertext of one summary")
	return Record{must(Sign(hubKey, RecordHeader{
		Incarnation: 1, Cohort: testCohort, Rev: rev, PID: p, Epoch: epoch, Ver: ver,
		Released: testNow, NotAfter: testNow + 720*hour, Hash: sha256.Sum256(content), Size: uint64(len(content)),
	})), content}
}

func testKeySet() KeySet {
	return KeySet{
		Incarnation: 1, Cohort: testCohort, Epoch: 3, Time: testNow,
		Boxes: []KeyBox{{testMember("laptop").Device, make([]byte, 80)}},
		Older: []OlderKey{{2, make([]byte, 72)}},
	}
}

func testFreshness() Freshness {
	return Freshness{Incarnation: 1, Cohort: testCohort, Rev: 9, Governance: testChain.Start(), Time: testNow}
}

func testWrap() Wrap {
	return Wrap{Cohort: testCohort, PID: identity.PID{1}, Epoch: 1, Ver: 1, KeyEpoch: 1, Box: make([]byte, 72)}
}

// signHead signs the hub's word for a point of the test chain.
func signHead(p Point) Signed[Head] {
	return must(Sign(hubKey, Head{Chain: testChain, Incarnation: 1, Point: p, Time: testNow}))
}

// killRun is a run of n kills from the start of the test chain.
func killRun(n int) Run {
	r := Run{From: testChain.Start()}
	at := r.From
	for i := range n {
		raw := must(EncodeEntry(GovernanceEntry{
			N: at.N + 1, Kind: Kill, Time: testNow, PID: identity.PID{byte(i), byte(i >> 8)}, Epoch: 2, Reason: Withdrawn,
		}))
		r.Entries, at = append(r.Entries, raw), at.Next(raw)
	}
	r.Head = signHead(at)
	return r
}

// object is one kind of signed value with the function that opens it.
type object struct {
	name string
	raw  []byte
	open func(raw []byte) error
}

// objects gives one of every kind that is signed.
func objects(t testing.TB) []object {
	t.Helper()
	return []object{
		{"head", signHead(testChain.Start()).Raw(), opens[Head]},
		{"credential", must(Sign(hubKey, testCredential())).Raw(), opens[Credential]},
		{"key set", must(Sign(hubKey, testKeySet())).Raw(), opens[KeySet]},
		{"freshness", must(Sign(hubKey, testFreshness())).Raw(), opens[Freshness]},
		{"record header", testRecord(identity.PID{1}, 1, 1, 1).Header.Raw(), opens[RecordHeader]},
		{"certificate", must(Sign(rootKey, testCertificate())).Raw(), func(raw []byte) error {
			_, err := OpenHubCertificate(raw, testNow, false)
			return err
		}},
		{"record", must(testRecord(identity.PID{1}, 1, 1, 1).Raw()), func(raw []byte) error {
			_, err := OpenRecord(hubPub, raw)
			return err
		}},
		{"run", must(killRun(3).Raw()), func(raw []byte) error {
			_, err := OpenRun(hubPub, raw)
			return err
		}},
		{"empty run", must(killRun(0).Raw()), func(raw []byte) error {
			_, err := OpenRun(hubPub, raw)
			return err
		}},
	}
}

func opens[T Statement](raw []byte) error {
	_, err := Open[T](hubPub, raw)
	return err
}
