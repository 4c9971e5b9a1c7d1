package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"satchel/store"
	"satchel/store/audit"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/sync/link"
	"satchel/sync/replica"
	"satchel/sync/wire"
)

// simulated is a device that is a real member and speaks the whole protocol,
// but keeps what it is given in memory and no record at all. One session has it
// at a time.
type simulated struct {
	keys       identity.DeviceKeys
	hub        fact.HubCertificate
	sender     *seal.Sender
	cohort     identity.CohortID
	membership fact.Point
	governance fact.Point
	epoch      uint64
	rev        uint64
	inc        uint64
	items      []audit.Item // made and not yet receipted
	head       audit.Head
}

var _ replica.Holder = (*simulated)(nil)

// itemChain is the number of a simulated device's only chain.
const itemChain = 1

// simulate enrols a new device under a code.
func simulate(ctx context.Context, code identity.EnrolmentCode, sender *seal.Sender) (*simulated, error) {
	d := &simulated{keys: identity.NewDeviceKeys(), sender: sender}
	d.head = audit.Head{Chain: itemChain, Hash: audit.ChainStart(d.keys.ID(), itemChain)}
	conn, err := link.Dial(ctx, code.Address, link.Config{Key: d.keys.Sign, Peer: link.AnyKey, Enrol: true})
	if err != nil {
		return nil, fmt.Errorf("reaching the hub: %w", err)
	}
	defer conn.Close() // answered, or failed
	hello, err := hear[*wire.HubHello](ctx, conn)
	if err != nil {
		return nil, err
	}
	cert, err := fact.OpenHubCertificate(hello.Certificate, time.Now().UnixMilli(), true)
	if err != nil {
		return nil, err
	}
	d.hub = cert.Value
	if err := errors.Join(conn.Send(&wire.EnrolRequest{
		Version: wire.Version, Secret: code.Secret(), Sign: d.keys.Public(), Gossip: d.keys.Gossip.Public,
		Kind: identity.Box, Name: "Simulated device",
	}), conn.Flush()); err != nil {
		return nil, err
	}
	answer, err := hear[*wire.EnrolAnswer](ctx, conn)
	if err != nil {
		return nil, err
	}
	if err := answer.Err(); err != nil || len(answer.Cohorts) != 1 {
		return nil, fmt.Errorf("enrolling a device: %d cohorts, %w", len(answer.Cohorts), err)
	}
	d.cohort = answer.Cohorts[0]
	d.membership = fact.Chain{Area: d.hub.Area}.Start()
	d.governance = fact.Chain{Area: d.hub.Area, Cohort: d.cohort}.Start()
	return d, nil
}

// hear takes the one kind of message that is due.
func hear[M wire.Message](ctx context.Context, conn *link.Conn) (M, error) {
	var none M
	got, err := conn.Recv(ctx)
	if err != nil {
		return none, err
	}
	if e, ok := got.(*wire.Error); ok {
		return none, e.Err()
	}
	m, ok := got.(M)
	if !ok {
		return none, fmt.Errorf("%w: %T", wire.ErrProtocol, got)
	}
	return m, nil
}

// once is one session: connect, one round, goodbye.
func (d *simulated) once(ctx context.Context, address string) (records int, err error) {
	conn, err := link.Dial(ctx, address, link.Config{Key: d.keys.Sign, Peer: link.Pin(d.hub.Sign)})
	if err != nil {
		return 0, fmt.Errorf("reaching the hub: %w", err)
	}
	role := &replica.Device{Holder: d, Hub: d.hub.Sign, Progress: func(p replica.Progress) { records = p.Received }}
	return records, role.Once(ctx, conn)
}

// work gives the device entries that the hub has not seen.
func (d *simulated) work(n int) error {
	for range n {
		entry := audit.Entry{Kind: audit.KindOrder, Person: "bench", Decision: "simulated"}
		raw, err := entry.Encode()
		if err != nil {
			return err
		}
		body, err := d.sender.BoxTo(&d.hub.Box, fact.EntryLabel, raw)
		if err != nil {
			return err
		}
		now := time.Now().UnixMilli()
		it, err := audit.SignItem(audit.Statement{
			Device: d.keys.ID(), Chain: itemChain, Seq: d.head.Seq + 1, Prev: d.head.Hash,
			Hybrid: audit.Hybrid{Wall: now}, Times: audit.Times{Wall: now, Trusted: now},
			Class: audit.ClassOther, HubKey: identity.KeyID(d.hub.Box), Body: body,
		}, d.keys.Sign)
		if err != nil {
			return err
		}
		encoded, err := it.Encode()
		if err != nil {
			return err
		}
		d.head.Seq, d.head.Hash = it.Seq, audit.HashItem(encoded)
		d.items = append(d.items, it)
	}
	return nil
}

func (d *simulated) Device() identity.DeviceID { return d.keys.ID() }

func (d *simulated) MembershipPoint() fact.Point { return d.membership }

func (d *simulated) TakeMembership(run fact.Run) error {
	d.membership = run.Head.Value.Point
	return nil
}

func (d *simulated) Cohorts() []identity.CohortID { return []identity.CohortID{d.cohort} }

func (d *simulated) GovernancePoint(identity.CohortID) fact.Point { return d.governance }

func (d *simulated) TakeGovernance(_ context.Context, _ identity.CohortID, run fact.Run) error {
	d.governance = run.Head.Value.Point
	return nil
}

func (d *simulated) KeyEpoch(identity.CohortID) uint64 { return d.epoch }

func (d *simulated) TakeKeys(k fact.Signed[fact.KeySet]) error {
	d.epoch = k.Value.Epoch
	return nil
}

func (d *simulated) TakeFreshness(f fact.Signed[fact.Freshness]) error { return nil }

func (d *simulated) TakeHubTime(int64) {}

func (d *simulated) Cursor(identity.CohortID) (incarnation, rev uint64) { return d.inc, d.rev }

func (d *simulated) PutRecords(_ context.Context, _ identity.CohortID, in []store.Incoming, incarnation, rev uint64) (int, error) {
	if rev != 0 {
		d.inc, d.rev = incarnation, rev
	}
	return len(in), nil
}

func (d *simulated) ItemHead() audit.Head { return d.head }

func (d *simulated) Items(afterSeq uint64, limit int) ([]audit.Item, error) {
	for i := range d.items {
		if d.items[i].Seq > afterSeq {
			return d.items[i:min(len(d.items), i+limit)], nil
		}
	}
	return nil, nil
}

// TakeReceipt verifies the hub's receipt, as a device must before it lets go of
// anything.
func (d *simulated) TakeReceipt(raw []byte) error {
	r, err := audit.DecodeReceipt(raw, ed25519.PublicKey(d.hub.Sign))
	if err != nil {
		return err
	}
	for len(d.items) > 0 && d.items[0].Seq <= r.UpTo {
		d.items = d.items[1:]
	}
	return nil
}

func (d *simulated) LastCheckpoint() audit.Checkpoint { return audit.Checkpoint{} }

func (d *simulated) TakeCheckpoint([]byte, [][32]byte) error { return nil }
