package store

import (
	"encoding/binary"
	"errors"
	"runtime"
	"sync"

	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/record"
	"satchel/store/seal"
	"satchel/store/search"
)

// errBadWrap says that a wrap does not hold the key that its record commits to.
var errBadWrap = errors.New("the wrap does not hold the record's key")

// errNoCohortKey says that the record's key is under a cohort key that this
// device has not got yet.
var errNoCohortKey = errors.New("the cohort key is not held")

// userTier is what is open while somebody is unlocked: the device master key's
// children and the search index. It redacts itself by never being printed: no
// error or log takes one.
type userTier struct {
	slot identity.SlotID

	// use is held for reading while keys are in use, so that wipe waits.
	use     sync.RWMutex
	gone    bool                 // under use
	tier    identity.X25519Key   // opens K
	ek      uint32               // the newest generation
	eks     map[uint32]*seal.Key // all that inner parts may be under
	cohorts map[identity.CohortID]map[uint64]*seal.Key
	index   *search.Index
}

// openKeys opens a cohort's key of every epoch that the set holds. The newest
// is boxed to this device; the older ones are under it.
func (u *userTier) openKeys(device identity.DeviceID, set fact.KeySet) {
	u.use.Lock()
	defer u.use.Unlock()
	boxed, ok := set.For(device)
	if !ok || u.gone {
		return
	}
	key, err := seal.OpenBoxedKey(u.tier, boxed)
	if err != nil {
		return
	}
	keys := u.cohorts[set.Cohort]
	if keys == nil {
		keys = map[uint64]*seal.Key{}
		u.cohorts[set.Cohort] = keys
	}
	keys[set.Epoch] = &key
	for _, o := range set.Older {
		if older, err := seal.Unwrap(&key, o.Box, set.OlderContext(o.Epoch)); err == nil {
			keys[o.Epoch] = &older
		}
	}
}

// openPart opens a record far enough to say who it is about. errBadWrap,
// errNoCohortKey and ErrNewerRecord leave the record as it is, to be tried again.
func (u *userTier) openPart(rec fact.Record, w fact.Wrap) (*part, error) {
	u.use.RLock()
	defer u.use.RUnlock()
	if u.gone {
		return nil, ErrLocked
	}
	key := u.cohorts[w.Cohort][w.KeyEpoch]
	if key == nil {
		return nil, errNoCohortKey
	}
	h := rec.Header.Value
	dataKey, err := seal.Unwrap(key, w.Box, w.Context())
	if err != nil || seal.Commit(&dataKey) != h.Commitment {
		return nil, errBadWrap
	}
	raw, err := seal.OpenRecord(&dataKey, rec.Ciphertext)
	if errors.Is(err, seal.ErrDictionary) {
		return nil, ErrNewerRecord
	}
	if err != nil {
		return nil, errBadWrap
	}
	defer clear(raw)
	p := &part{dataKey: dataKey, released: h.Released}
	if who, err := record.Identify(raw); err == nil {
		p.who, p.known = who, true
	}
	return p, nil
}

// BodyLabel is the label under which the body of a governance entry is sealed
// with its cohort's key (seal.Seal): it binds cohort, kind, patient and key
// epoch, so that no body fits another entry's place.
func BodyLabel(c identity.CohortID, e fact.GovernanceEntry) string {
	var numbers [9]byte
	numbers[0] = byte(e.Kind)
	binary.BigEndian.PutUint64(numbers[1:], e.KeyEpoch)
	return seal.Bind("satchel/governance-body/1", c[:], e.PID[:], numbers[:])
}

// openBody opens the body of a governance entry that is sealed to the cohort.
func (u *userTier) openBody(c identity.CohortID, e fact.GovernanceEntry) ([]byte, error) {
	u.use.RLock()
	defer u.use.RUnlock()
	if u.gone {
		return nil, ErrLocked
	}
	key := u.cohorts[c][e.KeyEpoch]
	if key == nil {
		return nil, errNoCohortKey
	}
	return seal.Open(key, BodyLabel(c, e), e.Body)
}

// sealPart seals an inner part under the newest EK.
func (u *userTier) sealPart(r *seal.Row, v *seal.Version, p *part) (ek uint32, sealed []byte) {
	u.use.RLock()
	defer u.use.RUnlock()
	if u.gone {
		return 0, nil
	}
	key := seal.InnerKey(u.eks[u.ek], &r.Key, r.Handle)
	defer key.Wipe()
	plain, err := p.encode()
	if err != nil {
		return 0, nil
	}
	defer clear(plain)
	return u.ek, seal.Seal(&key, place(labelInner, r, v), plain)
}

// oneEpoch tells whether there is but one epoch key.
func (u *userTier) oneEpoch() bool {
	u.use.RLock()
	defer u.use.RUnlock()
	return len(u.eks) < 2
}

// openSealedPart opens an inner part; errNoCohortKey says that it has not been
// made.
func (u *userTier) openSealedPart(r *seal.Row, v *seal.Version, in inner) (*part, error) {
	u.use.RLock()
	defer u.use.RUnlock()
	if u.gone {
		return nil, ErrLocked
	}
	if in.ek == 0 {
		return nil, errNoCohortKey
	}
	ek := u.eks[in.ek]
	if ek == nil {
		return nil, errValue
	}
	key := seal.InnerKey(ek, &r.Key, r.Handle)
	defer key.Wipe()
	plain, err := seal.Open(&key, place(labelInner, r, v), in.sealed)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	p := &part{}
	if err := p.decode(plain); err != nil {
		return nil, err
	}
	p.handle = r.Handle
	return p, nil
}

// add makes people findable.
func (u *userTier) add(parts []*part) {
	u.use.RLock()
	defer u.use.RUnlock()
	if u.gone || len(parts) == 0 {
		return
	}
	people := make([]search.Person, 0, len(parts))
	for _, p := range parts {
		if p.known {
			people = append(people, p.person())
		}
	}
	u.index.Put(people...)
}

// remove makes people unfindable before it returns.
func (u *userTier) remove(handles []identity.Handle) {
	u.use.RLock()
	defer u.use.RUnlock()
	if u.gone {
		return
	}
	for _, h := range handles {
		u.index.Remove(h)
	}
}

// wipe drops keys and index. What Go has copied elsewhere only the end of the
// process drops: the program executes itself anew after locking.
func (u *userTier) wipe() {
	u.use.Lock()
	defer u.use.Unlock()
	u.gone = true
	clear(u.tier.Private[:])
	for _, k := range u.eks {
		k.Wipe()
	}
	for _, keys := range u.cohorts {
		for _, k := range keys {
			k.Wipe()
		}
	}
	u.index.Clear()
}

// eachParallel runs do for every index below n, on every core.
func eachParallel(n int, do func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	const step = 16 // so that workers rarely meet
	var next sync.Mutex
	at := 0
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				next.Lock()
				from := at
				at += step
				next.Unlock()
				if from >= n {
					return
				}
				for i := from; i < min(from+step, n); i++ {
					do(i)
				}
			}
		})
	}
	wg.Wait()
}
