package wire

import (
	"crypto/ed25519"
	"crypto/sha256"
	"slices"

	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
)

// The keys and values of every test and vector: fixed, for the vectors are
// frozen bytes.
var (
	rootKey   = keyOf("root")
	hubKey    = keyOf("hub")
	deviceKey = keyOf("device")
	rootPub   = rootKey.Public().(ed25519.PublicKey)
	hubPub    = hubKey.Public().(ed25519.PublicKey)
	devicePub = deviceKey.Public().(ed25519.PublicKey)

	area   = identity.AreaIDOf(rootPub)
	device = identity.DeviceIDOf(devicePub)
	cohort = identity.CohortID(filled(0xc0))
	chain  = fact.Chain{Area: area, Cohort: cohort}
)

const now = 1_700_000_000_000 // Unix milliseconds

func keyOf(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("satchel test vectors: " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func filled(b byte) (id [16]byte) {
	for i := range id {
		id[i] = b
	}
	return id
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func run(c fact.Chain, entries ...[]byte) fact.Run {
	r := fact.Run{From: c.Start(), Entries: entries}
	at := r.From
	for _, e := range entries {
		at = at.Next(e)
	}
	r.Head = must(fact.Sign(hubKey, fact.Head{Chain: c, Incarnation: 1, Point: at, Floor: c.Start(), Time: now}))
	return r
}

func kills() fact.Run {
	return run(chain,
		must(fact.EncodeEntry(fact.GovernanceEntry{N: 1, Kind: fact.Kill, Time: now, PID: filled(1), Epoch: 2, Reason: fact.Withdrawn})),
		must(fact.EncodeEntry(fact.GovernanceEntry{N: 2, Kind: fact.Kill, Time: now, PID: filled(2), Epoch: 1, Reason: fact.Erased})),
	)
}

func members() fact.Run {
	return run(fact.Chain{Area: area}, must(fact.EncodeEntry(fact.MemberEntry{
		N: 1, Kind: fact.Join, Time: now, Reason: "enrolled",
		Member: fact.Member{
			Device: device, Sign: devicePub, Gossip: [32]byte{1}, Keys: [32]byte{2}, Kind: identity.Laptop,
			Category: identity.Ambulance, Name: "AMB-0417", Holds: []identity.CohortID{cohort},
		},
	})))
}

func record() fact.Record {
	content := []byte("the ciphertext of one summary; store/seal made it")
	return fact.Record{Header: must(fact.Sign(hubKey, fact.RecordHeader{
		Incarnation: 1, Cohort: cohort, Rev: 7, PID: filled(3), Epoch: 1, Ver: 2, Released: now, NotAfter: now + 30*24*3_600_000,
		Hash: sha256.Sum256(content), Size: uint64(len(content)), Commitment: [32]byte{5}, Withheld: true, Source: [32]byte{6},
	})), Ciphertext: content}
}

func wrap() fact.Wrap {
	return fact.Wrap{Cohort: cohort, PID: filled(3), Epoch: 1, Ver: 2, KeyEpoch: 4, Box: make([]byte, 72)}
}

func certificate(demo bool) fact.HubCertificate {
	return fact.HubCertificate{
		Area: area, Incarnation: 1, Name: "Northshire care hub", Root: rootPub, Sign: hubPub,
		Box: [32]byte{7}, Recovery: [32]byte{8}, NotAfter: now + 1, Demo: demo,
	}
}

func keySet() fact.Signed[fact.KeySet] {
	return must(fact.Sign(hubKey, fact.KeySet{
		Incarnation: 1, Cohort: cohort, Epoch: 4, Time: now,
		Boxes: []fact.KeyBox{{Device: device, Box: make([]byte, 80)}}, Older: []fact.OlderKey{{Epoch: 3, Box: make([]byte, 72)}},
	}))
}

func freshness() fact.Signed[fact.Freshness] {
	return must(fact.Sign(hubKey, fact.Freshness{Incarnation: 1, Cohort: cohort, Rev: 7, Governance: kills().Head.Value.Point, Time: now}))
}

func credential() fact.Signed[fact.Credential] {
	return must(fact.Sign(hubKey, fact.Credential{
		Slot: filled(9), Device: device, Name: "Sam Example", Staff: "S-0001", Role: identity.Paramedic,
		Category: identity.Ambulance, Trained: now + 1, Ends: now + 2,
	}))
}

func hello() *Hello {
	return &Hello{
		Version: Version, Device: device, Kind: identity.Laptop, Nonce: filled(0x11), Chain: 1,
		Membership: At{members().Head.Value.Point, members().Head.Raw()},
		Governance: []CohortAt{{cohort, kills().Head.Value.Point, kills().Head.Raw()}},
		KeyEpochs:  []KeyEpoch{{cohort, 4}}, Checkpoint: LogAt{12, [32]byte{1}}, Cursors: []Cursor{{cohort, 1, 7}},
	}
}

func request() *EnrolRequest {
	return &EnrolRequest{
		Version: Version, Secret: [32]byte{0x5e}, Sign: devicePub, Gossip: [32]byte{1}, Keys: [32]byte{2},
		Kind: identity.Laptop, Category: identity.Ambulance, Name: "AMB-0417",
		First: &First{filled(9), "Sam Example", identity.Paramedic},
	}
}

func answer() *EnrolAnswer {
	return &EnrolAnswer{
		State: Approved, Membership: must(members().Raw()), Credential: credential().Raw(), Cohorts: []identity.CohortID{cohort},
	}
}

// items is a device's chain of two. Their bodies are no real boxes.
func items() [2][]byte {
	var out [2][]byte
	prev := audit.ChainStart(device, 1)
	for i := range out {
		it := must(audit.SignItem(audit.Statement{
			Device: device, Chain: 1, Seq: uint64(i + 1), Prev: prev, Hybrid: audit.Hybrid{Wall: now}, Times: audit.Times{Wall: now, Boot: 5},
			Class: audit.ClassOther, HubKey: identity.KeyID([32]byte{7}), Body: make([]byte, 256),
		}, deviceKey))
		out[i] = must(it.Encode())
		prev = audit.HashItem(out[i])
	}
	return out
}

// logAt is the hub's log of the first one or two of those items (RFC 6962,
// section 2.1), and the proof that two extend one.
func logAt(size int) (c audit.Checkpoint, proof [][32]byte) {
	first, second := audit.LeafHash(items()[0]), audit.LeafHash(items()[1])
	if size == 1 {
		return audit.Checkpoint{Origin: "northshire.example/log", Size: 1, Root: first}, nil
	}
	root := sha256.Sum256(slices.Concat([]byte{1}, first[:], second[:]))
	return audit.Checkpoint{Origin: "northshire.example/log", Size: 2, Root: root}, [][32]byte{second}
}

func checkpoint(hub ed25519.PrivateKey) *Checkpoint {
	c, proof := logAt(2)
	return &Checkpoint{must(audit.SignCheckpoint(c, hub)), proof}
}

func receipt(hub ed25519.PrivateKey) []byte {
	c, _ := logAt(2)
	r := must(audit.SignReceipt(audit.ReceiptBody{
		Device: device, Chain: 1, UpTo: 2, Head: audit.HashItem(items()[1]), Incarnation: 1, LogSize: c.Size, Root: c.Root, Time: now,
	}, hub))
	return must(r.Encode())
}

// messages gives one of every type, full where a type has parts that may be
// left out.
func messages() []Message {
	return []Message{
		hello(),
		&ChainRun{must(kills().Raw())},
		&BarrierAck{members().Head.Value.Point, []CohortPoint{{cohort, kills().Head.Value.Point}}},
		&Clock{filled(0x11), now},
		&Fresh{freshness().Raw()},
		&Keys{keySet().Raw()},
		&Receipt{receipt(hubKey)},
		checkpoint(hubKey),
		&Have{[]Origin{{device, 1, 40}, {device, 2, 3}}},
		&Item{items()[0]},
		&Pull{cohort, 1, 7},
		&Record{must(record().Raw()), must(wrap().Raw())},
		&RecordsEnd{cohort, 1, 9},
		&Done{PhaseBarrier, true},
		&Notify{},
		&Error{7, "try after 60 s"},
		&Bye{},
		&HubHello{Version, must(fact.Sign(rootKey, certificate(false))).Raw()},
		request(),
		answer(),
	}
}
