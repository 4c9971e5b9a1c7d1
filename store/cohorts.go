package store

import (
	"slices"
	"time"

	"satchel/store/fact"
	"satchel/store/identity"
)

// cohort is what the vault knows about one cohort. Owner: Vault.mu.
type cohort struct {
	id       identity.CohortID
	chain    chain
	gov      *fact.Governance
	keys     fact.Signed[fact.KeySet]
	fresh    fact.Signed[fact.Freshness] // the newest that counts
	pending  fact.Signed[fact.Freshness] // newer, and its governance is not held yet
	cursor   cursor
	orders   map[identity.DeviceID]string // the last device order for each
	killed   map[identity.PID]fact.GovernanceEntry
	endings  []identity.SlotID              // slots whose credential was ended
	turns    map[identity.DeviceID][32]byte // the last order to turn keys: the chain's hash after it
	admitted map[identity.SlotID]admission  // the newest word for each place on this device
	ended    bool                           // LeaseEnded has been told
}

// cursor is a place in the hub's own stream of records.
type cursor struct {
	Incarnation uint64 `cbor:"1,keyasint"`
	Rev         uint64 `cbor:"2,keyasint"`
}

func newCohort(area identity.AreaID, id identity.CohortID) *cohort {
	c := fact.Chain{Area: area, Cohort: id}
	return &cohort{
		id: id, chain: newChain(c), gov: fact.NewGovernance(c),
		orders: map[identity.DeviceID]string{}, turns: map[identity.DeviceID][32]byte{}, admitted: map[identity.SlotID]admission{}, killed: map[identity.PID]fact.GovernanceEntry{},
	}
}

// restart forgets everything below a floor.
func (c *cohort) restart(floor fact.Point) {
	c.chain.base, c.chain.entries, c.chain.at = floor, nil, nil
	c.gov = fact.NewGovernance(c.chain.id)
	c.gov.Point = floor
	c.admitted = map[identity.SlotID]admission{} // what is still in force stands above the floor again
}

// settle moves the pending F up when the governance that it names is held.
func (c *cohort) settle() (freshened bool) {
	if c.pending.IsZero() || !c.chain.stands(c.pending.Value.Governance) {
		return false
	}
	if c.fresh.IsZero() || c.pending.Value.Newer(c.fresh.Value) {
		c.fresh, freshened = c.pending, true
		c.ended = false
	}
	c.pending = fact.Signed[fact.Freshness]{}
	return freshened
}

// leaseEnds is when the cohort's records stop being readable; zero when no F
// counts.
func (c *cohort) leaseEnds() time.Time {
	if c.fresh.IsZero() {
		return time.Time{}
	}
	return millis(c.fresh.Value.Time + c.gov.Policy.Lease)
}

// checked is the time as of which the hub vouches that nothing newer exists
// than what is held; zero: never.
func (c *cohort) checked() time.Time {
	f := c.fresh.Value
	if c.fresh.IsZero() || f.Incarnation != c.cursor.Incarnation || f.Rev > c.cursor.Rev {
		return time.Time{}
	}
	return millis(f.Time)
}

func millis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Cohorts gives the cohorts that membership lets this device hold or carry, in
// the order of their ids.
func (v *Vault) Cohorts() []identity.CohortID {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.cohortIDsLocked()
}

func (v *Vault) cohortIDsLocked() []identity.CohortID {
	m, ok := v.members.Get(v.id)
	if !ok {
		return nil
	}
	ids := slices.Concat(m.Holds, m.Carries)
	slices.SortFunc(ids, func(a, b identity.CohortID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(ids)
}

// cohortLocked gives a cohort that this device holds or carries.
func (v *Vault) cohortLocked(id identity.CohortID) (*cohort, error) {
	m, ok := v.members.Get(v.id)
	if !ok || !slices.Contains(m.Holds, id) && !slices.Contains(m.Carries, id) {
		return nil, ErrNotMember
	}
	return v.anyCohortLocked(id), nil
}

// anyCohortLocked gives a cohort whether or not this device is still in it.
func (v *Vault) anyCohortLocked(id identity.CohortID) *cohort {
	c := v.cohorts[id]
	if c == nil {
		c = newCohort(v.area(), id)
		v.cohorts[id] = c
	}
	return c
}

// GovernancePoint is how far the cohort's governance is held contiguously.
func (v *Vault) GovernancePoint(id identity.CohortID) fact.Point {
	v.mu.Lock()
	defer v.mu.Unlock()
	if c := v.cohorts[id]; c != nil {
		return c.chain.point()
	}
	return fact.Chain{Area: v.area(), Cohort: id}.Start()
}

// GovernanceHead is the newest signed head of the cohort's governance; zero
// when there is none.
func (v *Vault) GovernanceHead(id identity.CohortID) fact.Signed[fact.Head] {
	v.mu.Lock()
	defer v.mu.Unlock()
	if c := v.cohorts[id]; c != nil {
		return c.chain.head
	}
	return fact.Signed[fact.Head]{}
}

// GovernanceRun gives the entries after a number, to hand to a peer or to a
// restored hub. fact.ErrGap: they are not held, or are too many for one run.
func (v *Vault) GovernanceRun(id identity.CohortID, after uint64) (fact.Run, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if c := v.cohorts[id]; c != nil {
		return c.chain.run(after)
	}
	return fact.Run{}, fact.ErrGap
}

// Policy is what the cohort's organisation decided, or the default.
func (v *Vault) Policy(id identity.CohortID) fact.Policy {
	v.mu.Lock()
	defer v.mu.Unlock()
	if c := v.cohorts[id]; c != nil {
		return c.gov.Policy
	}
	return fact.DefaultPolicy()
}

// KeyEpoch is the newest epoch of the cohort's key that is held; 0: none.
func (v *Vault) KeyEpoch(id identity.CohortID) uint64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	if c := v.cohorts[id]; c != nil {
		return c.keys.Value.Epoch
	}
	return 0
}

// Freshness is the newest F that counts: its governance is held contiguously.
// Zero when there is none.
func (v *Vault) Freshness(id identity.CohortID) fact.Signed[fact.Freshness] {
	v.mu.Lock()
	defer v.mu.Unlock()
	if c := v.cohorts[id]; c != nil {
		return c.fresh
	}
	return fact.Signed[fact.Freshness]{}
}

// LeaseEnds is when the cohort's records stop being readable without fresh
// evidence; zero when there is none at all.
func (v *Vault) LeaseEnds(id identity.CohortID) time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	if c := v.cohorts[id]; c != nil {
		return c.leaseEnds()
	}
	return time.Time{}
}

// Checked is the time as of which the hub vouches that it had nothing newer in
// the cohort than what is held; zero: never.
func (v *Vault) Checked(id identity.CohortID) time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	if c := v.cohorts[id]; c != nil {
		return c.checked()
	}
	return time.Time{}
}

// Cursor is how far the hub's stream of the cohort was taken: ask for what
// follows. It is zero at first and after the cache had to be filled again.
func (v *Vault) Cursor(id identity.CohortID) (incarnation, rev uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if c := v.cohorts[id]; c != nil {
		return c.cursor.Incarnation, c.cursor.Rev
	}
	return 0, 0
}
