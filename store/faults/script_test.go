package faults

import (
	"context"
	"os"
	"path/filepath"

	"satchel/store"
	"satchel/store/canon"
	"satchel/store/fact"
)

// script is what the hub says, written down for a child process that has not
// the hub's keys. It lies beside the data folder, never in it.
type script struct {
	Wall       int64       `cbor:"1,keyasint"` // Unix milliseconds
	Boot       int64       `cbor:"2,keyasint"` // ns
	Membership []byte      `cbor:"3,keyasint"`
	Governance []byte      `cbor:"4,keyasint"`
	Keys       []byte      `cbor:"5,keyasint"`
	Fresh      []byte      `cbor:"6,keyasint"`
	Credential []byte      `cbor:"7,keyasint"`
	Records    [][2][]byte `cbor:"8,keyasint"` // R and W
	Rev        uint64      `cbor:"9,keyasint"`
	Numbers    []string    `cbor:"10,keyasint"`
}

var scriptLimits = canon.Limits{Bytes: 64 << 20, Depth: 5, Items: 1 << 16}

// script writes down what the hub would say now.
func (a *area) script(v *store.Vault) script {
	s := script{Wall: a.wall.UnixMilli(), Boot: int64(a.boot), Rev: a.cohort.rev}
	var err error
	s.Membership, err = a.membership().Raw()
	a.must(err)
	s.Governance, err = a.governance().Raw()
	a.must(err)
	s.Keys, s.Fresh = a.cohort.set.Raw(), a.fresh().Raw()
	s.Credential = a.credential(v.Device(), v.People()[0].Slot).Raw()
	for _, in := range a.everything() {
		s.Records = append(s.Records, [2][]byte{in.RecordRaw, in.WrapRaw})
	}
	for _, p := range a.cohort.patients {
		s.Numbers = append(s.Numbers, p.number)
	}
	return s
}

func (s script) write(name string) error {
	raw, err := canon.Marshal(s, scriptLimits)
	if err != nil {
		return err
	}
	return os.WriteFile(name, raw, 0o600)
}

func readScript(name string) (s script, err error) {
	raw, err := os.ReadFile(filepath.Clean(name))
	if err != nil {
		return s, err
	}
	return s, canon.Unmarshal(raw, &s, scriptLimits)
}

// tell says all of it to a vault.
func (s script) tell(ctx context.Context, v *store.Vault) error {
	key := v.Certificate().Value.Sign
	members, err := fact.OpenRun(key, s.Membership)
	if err != nil {
		return err
	}
	orders, err := fact.OpenRun(key, s.Governance)
	if err != nil {
		return err
	}
	keys, err := fact.Open[fact.KeySet](key, s.Keys)
	if err != nil {
		return err
	}
	fresh, err := fact.Open[fact.Freshness](key, s.Fresh)
	if err != nil {
		return err
	}
	cohort := orders.Head.Value.Chain.Cohort
	in, err := s.incoming(key)
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return v.TakeMembership(members) },
		func() error { return v.TakeGovernance(ctx, cohort, orders) },
		func() error { return v.TakeKeys(keys) },
		func() error { return v.TakeFreshness(fresh) },
		func() error { _, err := v.PutRecords(ctx, cohort, in, 1, s.Rev); return err },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (s script) incoming(key []byte) ([]store.Incoming, error) {
	var in []store.Incoming
	for _, raw := range s.Records {
		rec, err := fact.OpenRecord(key, raw[0])
		if err != nil {
			return nil, err
		}
		in = append(in, store.Incoming{Record: rec, RecordRaw: raw[0], WrapRaw: raw[1]})
	}
	return in, nil
}
