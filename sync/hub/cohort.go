package hub

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"satchel/store/canon"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/sync/ledger"
)

// CohortSpec says what a new cohort is: one team or station of one
// organisation category, and the policy its devices obey.
type CohortSpec struct {
	Name     string
	Category identity.Category
	Policy   fact.Policy // zero: fact.DefaultPolicy
}

// cohort is what this process knows of one cohort.
type cohort struct {
	id   identity.CohortID
	spec cohortNote
	keys map[uint64]seal.Key // by epoch
	made map[uint64]int64    // by epoch, Unix milliseconds
	last uint64              // the newest epoch
}

type cohortNote struct {
	Name     string            `cbor:"1,keyasint"`
	Category identity.Category `cbor:"2,keyasint"`
}

type secretNote struct {
	Created int64  `cbor:"1,keyasint"` // Unix milliseconds
	Sealed  []byte `cbor:"2,keyasint"` // the key, under the hub's own secret
}

const (
	kindCohort = "cohort"
	kindSecret = "cohort-key"
)

func (h *Hub) loadCohorts(ctx context.Context) error {
	notes, err := h.ledger.Notes(ctx, kindCohort)
	if err != nil {
		return fmt.Errorf("reading cohorts: %w", err)
	}
	for _, n := range notes {
		if err := h.loadCohort(ctx, n); err != nil {
			return fmt.Errorf("reading cohort %s: %w", n.Key, err)
		}
	}
	if len(notes) > 0 || h.cfg.Cohort.Name == "" {
		return nil
	}
	_, err = h.NewCohort(ctx, h.cfg.Cohort)
	return err
}

func (h *Hub) loadCohort(ctx context.Context, n ledger.Note) error {
	id, err := identity.ParseCohortID(n.Key)
	if err != nil {
		return err
	}
	c := &cohort{id: id, keys: map[uint64]seal.Key{}, made: map[uint64]int64{}}
	if err := canon.Unmarshal(n.Value, &c.spec); err != nil {
		return err
	}
	secrets, err := h.ledger.Notes(ctx, kindSecret)
	if err != nil {
		return err
	}
	for _, s := range secrets {
		owner, number, _ := strings.Cut(s.Key, "/")
		if owner != n.Key {
			continue
		}
		epoch, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			return fmt.Errorf("%w: a cohort key's number", ErrAreaDamaged)
		}
		if c.keys[epoch], c.made[epoch], err = h.openSecret(s); err != nil {
			return err
		}
		c.last = max(c.last, epoch)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cohorts[id] = c
	return nil
}

func (h *Hub) openSecret(n ledger.Note) (key seal.Key, made int64, err error) {
	var s secretNote
	if err := canon.Unmarshal(n.Value, &s); err != nil {
		return seal.Key{}, 0, err
	}
	raw, err := seal.Open(&h.area.notes, "satchel/hub/cohort-key/1:"+n.Key, s.Sealed)
	if err != nil || len(raw) != len(seal.Key{}) {
		return seal.Key{}, 0, fmt.Errorf("%w: a cohort key does not open", ErrAreaDamaged)
	}
	return seal.Key(raw), s.Created, nil
}

// NewCohort makes a cohort with its policy and first key.
func (h *Hub) NewCohort(ctx context.Context, spec CohortSpec) (identity.CohortID, error) {
	if _, err := identity.ParseCategory(string(spec.Category)); err != nil || spec.Name == "" {
		return identity.CohortID{}, errors.Join(fmt.Errorf("%w: a cohort needs a name and a category", ErrConfig), err)
	}
	policy := spec.Policy
	if policy.Version == 0 {
		policy = fact.DefaultPolicy()
	}
	policy.Cohort = spec.Name
	h.orders.Lock()
	defer h.orders.Unlock()
	c := &cohort{
		id: identity.Random[identity.CohortID](), keys: map[uint64]seal.Key{}, made: map[uint64]int64{},
		spec: cohortNote{Name: spec.Name, Category: spec.Category},
	}
	value, err := canon.Marshal(c.spec)
	if err != nil {
		return identity.CohortID{}, fmt.Errorf("making a cohort: %w", err)
	}
	turn, err := h.turnKey(c, nil)
	if err != nil {
		return identity.CohortID{}, fmt.Errorf("making a cohort: %w", err)
	}
	err = h.ledger.Commit(ctx, ledger.Change{
		Governance: []ledger.Governing{{Cohort: c.id, Entry: fact.GovernanceEntry{Kind: fact.SetPolicy, Policy: &policy}}},
		Keys:       []fact.Signed[fact.KeySet]{turn.set},
		Notes:      []ledger.Note{{Kind: kindCohort, Key: c.id.String(), Value: value}, turn.note},
	})
	if err != nil {
		return identity.CohortID{}, fmt.Errorf("making a cohort: %w", err)
	}
	h.adopt(c, turn)
	return c.id, nil
}

// turn is the next key epoch of a cohort, not yet committed.
type turn struct {
	set   fact.Signed[fact.KeySet]
	note  ledger.Note
	key   seal.Key
	epoch uint64
	made  int64
}

// olderLife is how long a key stays in use after its successor was made
// (protocol, object K): what was wrapped under it has been released again by
// then. Without an end, a newcomer is given the keys of all time, and the set
// outgrows what may be signed, which ends revocations too.
const olderLife = 30 * 24 * time.Hour

// turnKey makes a cohort's next key and boxes it to the members given. It
// changes nothing: commit the set and the note together, then adopt.
func (h *Hub) turnKey(c *cohort, members []fact.Member) (turn, error) {
	now := h.cfg.Now().UnixMilli()
	t := turn{key: seal.NewKey(), epoch: c.last + 1, made: now}
	set := fact.KeySet{
		Incarnation: h.area.Certificate.Value.Incarnation, Cohort: c.id, Epoch: t.epoch, Time: now,
	}
	for _, m := range members {
		if !m.MayHold(c.id) || m.Keys == [32]byte{} {
			continue
		}
		boxed, err := seal.BoxKey(&m.Keys, &t.key)
		if err != nil {
			return turn{}, fmt.Errorf("boxing a cohort key: %w", err)
		}
		set.Boxes = append(set.Boxes, fact.KeyBox{Device: m.Device, Box: boxed})
	}
	for epoch := uint64(1); epoch < t.epoch; epoch++ {
		successor, known := c.made[epoch+1]
		if known && now-successor > olderLife.Milliseconds() {
			continue
		}
		if older, ok := c.keys[epoch]; ok {
			set.Older = append(set.Older, fact.OlderKey{Epoch: epoch, Box: seal.Wrap(&t.key, &older, set.OlderContext(epoch))})
		}
	}
	signed, err := fact.Sign(h.area.sign, set)
	if err != nil {
		return turn{}, err
	}
	t.set = signed
	t.note = ledger.Note{Kind: kindSecret, Key: c.id.String() + "/" + strconv.FormatUint(t.epoch, 10)}
	sealed := seal.Seal(&h.area.notes, "satchel/hub/cohort-key/1:"+t.note.Key, t.key[:])
	if t.note.Value, err = canon.Marshal(secretNote{Created: now, Sealed: sealed}); err != nil {
		return turn{}, err
	}
	return t, nil
}

// adopt makes a committed turn this process's newest key.
func (h *Hub) adopt(c *cohort, t turn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.keys[t.epoch], c.made[t.epoch], c.last = t.key, t.made, t.epoch
	h.cohorts[c.id] = c
}

func (h *Hub) allCohorts() []*cohort {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]*cohort, 0, len(h.cohorts))
	for _, c := range h.cohorts {
		out = append(out, c)
	}
	return out
}

// newestKey gives a cohort's newest key and its epoch.
func (h *Hub) newestKey(id identity.CohortID) (seal.Key, uint64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c, ok := h.cohorts[id]
	if !ok {
		return seal.Key{}, 0, fmt.Errorf("%w: no such cohort", ErrConfig)
	}
	return c.keys[c.last], c.last, nil
}

// rewrap puts a stored wrap under its cohort's newest key.
func (h *Hub) rewrap(raw []byte) ([]byte, error) {
	w, err := fact.DecodeWrap(raw)
	if err != nil {
		return nil, err
	}
	newest, epoch, err := h.newestKey(w.Cohort)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	older, ok := h.cohorts[w.Cohort].keys[w.KeyEpoch]
	h.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("%w: a record is under a cohort key that is gone", ErrAreaDamaged)
	}
	dataKey, err := seal.Unwrap(&older, w.Box, w.Context())
	if err != nil {
		return nil, fmt.Errorf("wrapping a data key anew: %w", err)
	}
	defer dataKey.Wipe()
	w.KeyEpoch = epoch
	w.Box = seal.Wrap(&newest, &dataKey, w.Context())
	return w.Raw()
}
