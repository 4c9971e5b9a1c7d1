package store

import (
	"context"
	"errors"
	"runtime"
	"slices"

	"satchel/store/cache"
	"satchel/store/fact"
	"satchel/store/seal"
	"satchel/store/search"
)

// finding is what one core found in its share of the cache.
type finding struct {
	reader *partReader
	rows   walker
	people *search.Feed
	tags   []tagging
	todo   []todo
	reseal []pair // inner parts that were under an older EK, under the newest
	old    bool   // an inner part under an older EK did not open
	bad    []cacheKey
}

// todo is a row whose inner part has not been made.
type todo struct {
	row seal.Row
	ver seal.Version
	in  inner
}

// buildIndexAtDoor reads every newest inner part, on every core, and makes the
// search index of them. What arrived while nobody was unlocked is opened and
// gets its inner part now; what does not authenticate is fetched again.
func (v *Vault) buildIndexAtDoor(ctx context.Context, user *userTier) error {
	cached := v.cache.Load()
	if cached == nil {
		return nil
	}
	parts := runtime.GOMAXPROCS(0)
	all := make([]finding, parts)
	people := search.NewBuilder(parts, v.table.len())
	for i := range all {
		all[i].reader = user.reader()
		defer all[i].reader.wipe()
		all[i].rows, all[i].people = walker{t: v.table}, people.Feed(i)
	}
	err := cached.each(ctx, kindInner, true, parts, func(part int, k cacheKey, value []byte) error {
		v.readInner(&all[part], user, k, value)
		return nil
	})
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return v.cacheFailedAtDoor(err)
	}
	sum := joinFound(all)
	if err := v.makeParts(ctx, cached, user, sum); err != nil {
		return err
	}
	user.index.BuildFrom(people)
	v.missing(sum.bad)
	if err := v.tagRowsAtDoor(sum.tags); err != nil {
		return err
	}
	return v.resealAtDoor(cached, user, sum)
}

// resealAtDoor writes what was sealed again, and forgets the older epoch keys.
func (v *Vault) resealAtDoor(cached *values, user *userTier, sum *finding) error {
	for batch := range slices.Chunk(sum.reseal, putBatch) {
		if err := cached.write(batch); err != nil {
			return v.cacheFailedAtDoor(err)
		}
	}
	if sum.old {
		return nil
	}
	return v.dropOldEpochKeysAtDoor(user)
}

// readInner reads one value. Only the newest version of a record is indexed;
// what is under an older EK is sealed again under the newest.
func (v *Vault) readInner(f *finding, user *userTier, k cacheKey, value []byte) {
	row, version := f.rows.place(k)
	newest := version == 0
	if version < 0 || !newest && user.oneEpoch() {
		return
	}
	r := &v.table.rows[row]
	ver := &r.Versions[version]
	in, err := decodeInner(value)
	if err != nil {
		f.bad = append(f.bad, k)
		return
	}
	if in.ek == 0 {
		if newest {
			f.todo = append(f.todo, todo{*r, *ver, inner{wrap: slices.Clone(in.wrap)}})
		}
		return
	}
	var p part
	if err := f.reader.open(&p, r, ver, in); err != nil {
		f.old = f.old || in.ek != user.ek
		f.todo = append(f.todo, todo{*r, *ver, inner{wrap: slices.Clone(in.wrap)}})
		return
	}
	if in.ek != user.ek {
		again := inner{wrap: in.wrap}
		again.ek, again.sealed = user.sealPart(r, ver, &p)
		f.reseal = append(f.reseal, pair{k, again.encode()})
	}
	if newest {
		f.add(r, &p)
	}
	p.dataKey.Wipe()
}

func (f *finding) add(r *seal.Row, p *part) {
	p.handle = r.Handle
	if !p.known {
		return
	}
	f.people.Add(p.person())
	if n, ok := p.verified(); ok {
		f.tags = append(f.tags, tagging{n, r.Handle})
	}
}

func joinFound(all []finding) *finding {
	sum := &all[0]
	for i := range all[1:] {
		f := &all[i+1]
		sum.tags = append(sum.tags, f.tags...)
		sum.todo = append(sum.todo, f.todo...)
		sum.reseal = append(sum.reseal, f.reseal...)
		sum.old = sum.old || f.old
		sum.bad = append(sum.bad, f.bad...)
	}
	return sum
}

// makeParts makes the inner parts of what arrived while nobody was unlocked.
func (v *Vault) makeParts(ctx context.Context, cached *values, user *userTier, sum *finding) error {
	badWraps, newer := 0, 0
	for batch := range slices.Chunk(sum.todo, putBatch) {
		if err := ctx.Err(); err != nil {
			return err
		}
		made := make([]*part, len(batch))
		errs := make([]error, len(batch))
		pairs := make([]pair, len(batch))
		eachParallel(len(batch), func(i int) {
			made[i], pairs[i], errs[i] = v.makePart(user, &batch[i])
		})
		write := make([]pair, 0, len(batch))
		for i, p := range made {
			key := keyOf(kindRecord, batch[i].row.Handle, batch[i].ver.Ver)
			switch {
			case p != nil:
				sum.add(&batch[i].row, p)
				write = append(write, pairs[i])
			case errors.Is(errs[i], errBadWrap):
				badWraps++
				sum.bad = append(sum.bad, key)
			case errors.Is(errs[i], errNoCohortKey): // it comes with a later K
			case errors.Is(errs[i], ErrNewerRecord): // it opens with a later version
				newer++
			default:
				sum.bad = append(sum.bad, key)
			}
		}
		if err := cached.write(write); err != nil && !errors.Is(err, cache.ErrFull) {
			return v.cacheFailedAtDoor(err)
		}
	}
	if badWraps > 0 {
		v.note(Notice{Code: WrapRefused, N: badWraps})
	}
	if newer > 0 {
		v.note(Notice{Code: NewerRecords, N: newer})
	}
	return nil
}

// makePart opens one record that is held and seals its inner part.
func (v *Vault) makePart(user *userTier, t *todo) (*part, pair, error) {
	rec, err := v.heldRecord(&t.row, &t.ver)
	if err != nil {
		return nil, pair{}, err
	}
	raw, err := openWrap(&t.row, &t.ver, t.in)
	if err != nil {
		return nil, pair{}, err
	}
	w, err := fact.DecodeWrap(raw)
	if err != nil || !w.Fits(rec.Header.Value) {
		return nil, pair{}, errBadWrap
	}
	p, err := user.openPart(rec, w)
	if err != nil {
		return nil, pair{}, err
	}
	in := t.in
	in.ek, in.sealed = user.sealPart(&t.row, &t.ver, p)
	return p, pair{keyOf(kindInner, t.row.Handle, t.ver.Ver), in.encode()}, nil
}

// heldRecord reads a record out of the cache and checks that it is the one
// whose hash, patient and version the row names.
func (v *Vault) heldRecord(r *seal.Row, ver *seal.Version) (fact.Record, error) {
	cached := v.cache.Load()
	if cached == nil {
		return fact.Record{}, errCacheDown
	}
	raw, err := cached.get(keyOf(kindRecord, r.Handle, ver.Ver))
	if err != nil {
		return fact.Record{}, err
	}
	return checkRecord(r, ver, raw)
}

// checkRecord reads a record and checks that it is the one that the row names.
func checkRecord(r *seal.Row, ver *seal.Version, raw []byte) (fact.Record, error) {
	rec, err := fact.DecodeRecord(raw)
	if err != nil {
		return fact.Record{}, errValue
	}
	h := rec.Header.Value
	if h.Cohort != r.Cohort || h.PID != r.PID || h.Epoch != r.Epoch || h.Ver != ver.Ver || h.Hash != ver.Hash {
		return fact.Record{}, errValue
	}
	return rec, nil
}

// heldBoth is heldRecord and heldInner at one reading of the cache.
func (v *Vault) heldBoth(r *seal.Row, ver *seal.Version) (fact.Record, inner, error) {
	cached := v.cache.Load()
	if cached == nil {
		return fact.Record{}, inner{}, errCacheDown
	}
	raw, value, err := cached.getBoth(r.Handle, ver.Ver)
	if err != nil {
		return fact.Record{}, inner{}, err
	}
	rec, err := checkRecord(r, ver, raw)
	if err != nil {
		return fact.Record{}, inner{}, err
	}
	in, err := decodeInner(value)
	return rec, in, err
}

// heldInner reads what lies under the row key beside a held version.
func (v *Vault) heldInner(r *seal.Row, ver *seal.Version) (inner, error) {
	cached := v.cache.Load()
	if cached == nil {
		return inner{}, errCacheDown
	}
	value, err := cached.get(keyOf(kindInner, r.Handle, ver.Ver))
	if err != nil {
		return inner{}, err
	}
	return decodeInner(value)
}

// openInner opens the inner part of a held version; errNoCohortKey says that it
// has not been made.
func (v *Vault) openInner(user *userTier, r *seal.Row, ver *seal.Version) (*part, error) {
	in, err := v.heldInner(r, ver)
	if err != nil {
		return nil, err
	}
	return user.openSealedPart(r, ver, in)
}
