package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"time"

	"satchel/store"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
)

// authority signs what a hub signs, for one device and one cohort, without a
// hub: a vault is measured alone. Nothing of it is a short cut for the vault,
// which checks, decides, seals and keeps as always.
type authority struct {
	key     ed25519.PrivateKey
	cert    fact.Signed[fact.HubCertificate]
	members fact.Chain
	cohort  identity.CohortID
	chain   fact.Chain // of governance
	entries [][]byte
	points  []fact.Point // after each entry
	content seal.Key     // the cohort's
	set     fact.Signed[fact.KeySet]
	now     time.Time
}

func newAuthority(now time.Time) (*authority, error) {
	_, root, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	pub := root.Public().(ed25519.PublicKey)
	a := &authority{key: key, cohort: identity.Random[identity.CohortID](), content: seal.NewKey(), now: now}
	a.cert, err = fact.Sign(root, fact.HubCertificate{
		Area: identity.AreaIDOf(pub), Incarnation: 1, Name: "Measured area", Root: pub, Sign: key.Public().(ed25519.PublicKey),
		Box: identity.NewX25519().Public, Recovery: identity.NewX25519().Public, NotAfter: now.AddDate(2, 0, 0).UnixMilli(), Demo: true,
	})
	if err != nil {
		return nil, err
	}
	a.members = fact.Chain{Area: a.cert.Value.Area}
	a.chain = fact.Chain{Area: a.cert.Value.Area, Cohort: a.cohort}
	return a, nil
}

// enrol makes a vault's device a member that holds the cohort, and gives its
// person a credential.
func (a *authority) enrol(v *store.Vault) error {
	keys := v.Keys()
	m := fact.Member{
		Device: keys.ID(), Sign: keys.Public(), Gossip: keys.Gossip.Public, Keys: v.KeysPublic(), Kind: v.Kind(),
		Category: identity.Trust, Name: v.Name(), Holds: []identity.CohortID{a.cohort},
	}
	raw, err := fact.EncodeEntry(fact.MemberEntry{N: 1, Kind: fact.Join, Member: m, Time: a.now.UnixMilli()})
	if err != nil {
		return err
	}
	start := a.members.Start()
	head, err := fact.Sign(a.key, fact.Head{Chain: a.members, Incarnation: 1, Point: start.Next(raw), Time: a.now.UnixMilli()})
	if err != nil {
		return err
	}
	if err := v.TakeMembership(fact.Run{From: start, Entries: [][]byte{raw}, Head: head}); err != nil {
		return err
	}
	for _, p := range v.People() {
		c, err := fact.Sign(a.key, fact.Credential{
			Slot: p.Slot, Device: v.Device(), Name: p.Name, Staff: "M1", Role: p.Role, Category: identity.Trust,
			Trained: a.now.AddDate(1, 0, 0).UnixMilli(), Ends: a.now.AddDate(1, 0, 0).UnixMilli(),
		})
		if err != nil {
			return err
		}
		if err := v.SetCredential(c); err != nil {
			return err
		}
	}
	box, err := seal.BoxKey(&m.Keys, &a.content)
	if err != nil {
		return err
	}
	a.set, err = fact.Sign(a.key, fact.KeySet{
		Incarnation: 1, Cohort: a.cohort, Epoch: 1, Time: a.now.UnixMilli(), Boxes: []fact.KeyBox{{Device: m.Device, Box: box}},
	})
	return err
}

// vouch gives a vault what a session brings before records: the policy, the
// cohort's key, and the word that the lease runs from now.
func (a *authority) vouch(ctx context.Context, v *store.Vault) error {
	policy := fact.DefaultPolicy()
	policy.Organisation, policy.Cohort = "Measured trust", "Measured team"
	if err := a.govern(fact.GovernanceEntry{Kind: fact.SetPolicy, Policy: &policy}); err != nil {
		return err
	}
	run, err := a.run(0)
	if err != nil {
		return err
	}
	if err := v.TakeGovernance(ctx, a.cohort, run); err != nil {
		return err
	}
	if err := v.TakeKeys(a.set); err != nil {
		return err
	}
	f, err := fact.Sign(a.key, fact.Freshness{Incarnation: 1, Cohort: a.cohort, Rev: 0, Governance: a.end(), Time: a.now.UnixMilli()})
	if err != nil {
		return err
	}
	return v.TakeFreshness(f)
}

func (a *authority) end() fact.Point {
	if len(a.points) == 0 {
		return a.chain.Start()
	}
	return a.points[len(a.points)-1]
}

func (a *authority) govern(e fact.GovernanceEntry) error {
	e.N, e.Time = uint64(len(a.entries))+1, a.now.UnixMilli()
	raw, err := fact.EncodeEntry(e)
	if err != nil {
		return err
	}
	a.points = append(a.points, a.end().Next(raw))
	a.entries = append(a.entries, raw)
	return nil
}

// kill withdraws a patient of whom one epoch was released.
func (a *authority) kill(pid identity.PID) error {
	return a.govern(fact.GovernanceEntry{Kind: fact.Kill, PID: pid, Epoch: 2, Reason: fact.Withdrawn})
}

// run gives the entries of governance after a number.
func (a *authority) run(after int) (fact.Run, error) {
	from := a.chain.Start()
	if after > 0 {
		from = a.points[after-1]
	}
	head, err := fact.Sign(a.key, fact.Head{Chain: a.chain, Incarnation: 1, Point: a.end(), Time: a.now.UnixMilli()})
	return fact.Run{From: from, Entries: a.entries[after:], Head: head}, err
}

// release signs and seals a patient's document, the rev-th of the cohort.
func (a *authority) release(pid identity.PID, rev uint64, document []byte) (store.Incoming, error) {
	dataKey := seal.NewKey()
	ciphertext, err := seal.SealRecord(&dataKey, document)
	if err != nil {
		return store.Incoming{}, err
	}
	header, err := fact.Sign(a.key, fact.RecordHeader{
		Incarnation: 1, Cohort: a.cohort, Rev: rev, PID: pid, Epoch: 1, Ver: 1,
		Released: a.now.UnixMilli(), NotAfter: a.now.AddDate(0, 0, 30).UnixMilli(),
		Hash: sha256.Sum256(ciphertext), Commitment: seal.Commit(&dataKey), Size: uint64(len(ciphertext)), Dictionary: seal.Dictionary(),
	})
	if err != nil {
		return store.Incoming{}, err
	}
	wrap := fact.Wrap{Cohort: a.cohort, PID: pid, Epoch: 1, Ver: 1, KeyEpoch: 1}
	wrap.Box = seal.Wrap(&a.content, &dataKey, wrap.Context())
	rec := fact.Record{Header: header, Ciphertext: ciphertext}
	raw, err := rec.Raw()
	if err != nil {
		return store.Incoming{}, fmt.Errorf("releasing a record: %w", err)
	}
	wrapRaw, err := wrap.Raw()
	return store.Incoming{Record: rec, RecordRaw: raw, WrapRaw: wrapRaw}, err
}
