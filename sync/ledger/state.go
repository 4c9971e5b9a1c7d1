package ledger

import (
	"fmt"
	"slices"
	"sync/atomic"

	"golang.org/x/mod/sumdb/tlog"

	"satchel/store/canon"
	"satchel/store/fact"
	"satchel/store/identity"
)

// state is everything the journal says, in memory. It changes only by apply,
// at start and after each durable group, under Local.mu; what replay builds is
// therefore what ran.
//
// For each released patient it holds about 200 bytes, for each chain entry the
// entry, for each device chain about 100 bytes; contents and items are in the
// cache.
type state struct {
	begun    beginOp // of the newest opBegin; Format 0 before the first
	lastTime int64   // the newest time given to anything

	live    *fact.Membership
	members map[identity.DeviceID]Member
	entries history // of membership

	cohorts map[identity.CohortID]*cohort
	devices map[identity.DeviceID]*device
	notes   map[string]map[string]noteOp // by kind, key; deleted ones stay, for their version
	tree    frontier
	tail    []byte // the hashes stored for the tree that fill no chunk yet
	waiting int    // items that wait in all device chains
	forks   []Fork
	newest  []itemOp // entered since the last treeOp

	// entered hears of items as they become part of the tree. It may be nil.
	entered func(growth)
	// dropped hears of records whose content may go. It may be nil.
	dropped func(*record)
}

// history is the entries of a chain. It only grows, so a reader may keep a
// slice of it.
type history []link

type link struct {
	raw   []byte
	point fact.Point // after it
	time  int64
}

// cohort is one stream and one governance chain.
type cohort struct {
	id       identity.CohortID
	chain    fact.Chain
	gov      *fact.Governance
	entries  history
	keys     []byte // raw; nil: none
	keyEpoch uint64
	rev      uint64
	records  map[identity.PID]*record // the newest of each patient, dead ones too
	order    []*record                // by rev; replaced ones stay until pruned
	alive    int                      // patients in the stream
}

// record is one released version. It never changes but for its three marks, so
// that a stream reads it without a lock.
type record struct {
	recordOp
	replaced atomic.Uint64 // the revision that took its place; 0: none
	killed   atomic.Bool
	missing  atomic.Bool
}

// streams tells whether the record belongs in a stream as of a revision.
func (r *record) streams(asOf uint64) bool {
	by := r.replaced.Load()
	return (by == 0 || by > asOf) && !r.killed.Load() && !r.missing.Load()
}

type device struct {
	chains map[uint64]*deviceChain
	newest uint64 // the highest chain number
}

// deviceChain is how far one chain of a device is in the log, and what waits.
type deviceChain struct {
	first    uint64 // number of the first item; 0: there is none
	upTo     uint64
	head     [32]byte
	received int64
	forks    int
	waiting  map[uint64]itemOp // by number; in memory alone
}

func newState(area identity.AreaID) *state {
	return &state{
		live: fact.NewMembership(area), members: map[identity.DeviceID]Member{},
		cohorts: map[identity.CohortID]*cohort{}, devices: map[identity.DeviceID]*device{},
		notes: map[string]map[string]noteOp{},
	}
}

// cohort gives a cohort, making it when it is new.
func (s *state) cohort(id identity.CohortID) *cohort {
	c := s.cohorts[id]
	if c == nil {
		c = newCohort(s.begun.Area, id)
		s.cohorts[id] = c
	}
	return c
}

func newCohort(area identity.AreaID, id identity.CohortID) *cohort {
	chain := fact.Chain{Area: area, Cohort: id}
	return &cohort{id: id, chain: chain, gov: fact.NewGovernance(chain), records: map[identity.PID]*record{}}
}

func (s *state) chain(id identity.DeviceID, n uint64) *deviceChain {
	d := s.devices[id]
	if d == nil {
		d = &device{chains: map[uint64]*deviceChain{}, newest: n}
		s.devices[id] = d
	}
	c := d.chains[n]
	if c == nil {
		c = &deviceChain{}
		d.chains[n] = c
		d.newest = max(d.newest, n)
	}
	return c
}

// apply takes one op. An error means that the journal holds what this program
// would not have written.
func (s *state) apply(op []byte) error {
	if len(op) == 0 {
		return fmt.Errorf("%w: it is empty", errOp)
	}
	kind, body := opKind(op[0]), op[1:]
	switch kind {
	case opBegin:
		return s.applyBegin(body)
	case opMember:
		return s.applyMember(body)
	case opGovern:
		return s.applyGovern(body)
	case opKeys:
		return s.applyKeys(body)
	case opNote:
		return s.applyNote(body)
	case opRecord:
		return s.applyRecord(body)
	case opItem:
		return s.applyItem(body)
	case opTree:
		return s.applyTree(body)
	case opFork:
		return s.applyFork(body)
	}
	return fmt.Errorf("%w: kind %d is not known to this version", errOp, kind)
}

func (s *state) applyBegin(body []byte) error {
	var b beginOp
	if err := canon.Unmarshal(body, &b); err != nil {
		return err
	}
	if b.Format != formatVersion {
		return fmt.Errorf("%w: format %d, this version reads %d", errOp, b.Format, formatVersion)
	}
	if s.begun.Format != 0 && (b.Area != s.begun.Area || b.Incarnation < s.begun.Incarnation) {
		return fmt.Errorf("%w: another area or an earlier incarnation took it over", errOp)
	}
	s.begun = b
	return nil
}

func (s *state) applyMember(body []byte) error {
	e, err := s.live.Apply(body)
	if err != nil {
		return err
	}
	if e.Kind == fact.Revoke {
		was := s.members[e.Member.Device]
		was.Device, was.Revoked = e.Member.Device, max(e.Time, 1)
		s.members[e.Member.Device] = was
	} else {
		s.members[e.Member.Device] = Member{Member: e.Member}
	}
	s.entries = append(s.entries, link{body, s.live.Point, e.Time})
	s.lastTime = max(s.lastTime, e.Time)
	return nil
}

func (s *state) applyGovern(body []byte) error {
	in := fields{rest: body}
	c := s.cohort(identity.CohortID(in.id()))
	e, err := c.gov.Apply(in.rest)
	if err != nil {
		return err
	}
	if e.Kind == fact.Kill {
		s.kill(c, e.PID)
	}
	c.entries = append(c.entries, link{in.rest, c.gov.Point, e.Time})
	s.lastTime = max(s.lastTime, e.Time)
	return nil
}

func (s *state) kill(c *cohort, pid identity.PID) {
	r := c.records[pid]
	if r != nil && !r.killed.Load() && c.gov.Dead(pid, r.Epoch) {
		r.killed.Store(true)
		c.alive--
		s.drop(r)
	}
}

func (s *state) drop(r *record) {
	if s.dropped != nil {
		s.dropped(r)
	}
}

func (s *state) applyKeys(body []byte) error {
	k, err := fact.Decode[fact.KeySet](body)
	if err != nil {
		return err
	}
	c := s.cohort(k.Value.Cohort)
	c.keys, c.keyEpoch = body, k.Value.Epoch
	return nil
}

func (s *state) applyNote(body []byte) error {
	var n noteOp
	if err := canon.Unmarshal(body, &n); err != nil {
		return err
	}
	kind := s.notes[n.Kind]
	if kind == nil {
		kind = map[string]noteOp{}
		s.notes[n.Kind] = kind
	}
	kind[n.Key] = n
	return nil
}

func (s *state) applyRecord(body []byte) error {
	op, err := decodeRecordOp(body)
	if err != nil {
		return err
	}
	c := s.cohort(op.Cohort)
	if op.Rev != c.rev+1 {
		return fmt.Errorf("%w: revision %d after %d", errOp, op.Rev, c.rev)
	}
	r := &record{recordOp: op}
	was := c.records[op.PID]
	if was != nil {
		was.replaced.Store(op.Rev)
	}
	if was == nil || was.killed.Load() {
		c.alive++
	} else {
		s.drop(was)
	}
	c.rev = op.Rev
	c.records[op.PID] = r
	c.order = append(c.order, r)
	s.lastTime = max(s.lastTime, op.Released)
	if c.gov.Dead(op.PID, op.Epoch) {
		return fmt.Errorf("%w: a record of a killed epoch", errOp)
	}
	c.prune()
	return nil
}

// prune drops what no new stream can need. Streams under way keep the slice
// they have.
func (c *cohort) prune() {
	if len(c.order) < 2*len(c.records)+1024 {
		return
	}
	kept := make([]*record, 0, len(c.records))
	for _, r := range c.order {
		if r.replaced.Load() == 0 {
			kept = append(kept, r)
		}
	}
	c.order = kept
}

func (s *state) applyItem(body []byte) error {
	op, err := decodeItemOp(body)
	if err != nil {
		return err
	}
	c := s.chain(op.Device, op.Chain)
	if c.first == 0 {
		c.first = op.Seq
	} else if op.Seq != c.upTo+1 {
		return fmt.Errorf("%w: item %d after %d of its chain", errOp, op.Seq, c.upTo)
	}
	c.upTo, c.head, c.received = op.Seq, op.Hash, op.Received
	s.newest = append(s.newest, op)
	s.lastTime = max(s.lastTime, op.Received)
	return nil
}

// applyTree closes the items before it: the tree that they make must be the
// one that was signed.
func (s *state) applyTree(body []byte) error {
	op, err := decodeTreeOp(body)
	if err != nil {
		return err
	}
	g := s.grow(s.newest)
	if g.tree.size != op.Size || g.tree.root() != tlog.Hash(op.Root) || !slices.Equal(g.stored, op.Hashes) {
		return fmt.Errorf("%w: the log at %d entries has another root", errOp, g.tree.size)
	}
	if s.entered != nil {
		s.entered(g)
	}
	s.tree, s.tail, s.newest = g.tree, g.tail, nil
	return nil
}

func (s *state) applyFork(body []byte) error {
	f, err := decodeFork(body)
	if err != nil {
		return err
	}
	s.chain(f.Device, f.Chain).forks++
	s.forks = append(s.forks, f)
	return nil
}
