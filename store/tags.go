package store

import (
	"fmt"

	"satchel/store/identity"
	"satchel/store/seal"
)

// tagging is a row whose number was verified.
type tagging struct {
	number identity.NHSNumber
	handle identity.Handle
}

// tagRowsAtDoor gives rows with the same verified number one tag (protocol,
// rule 4). Only rows in company are written.
func (v *Vault) tagRowsAtDoor(tags []tagging) error {
	var changes []change
	v.mu.Lock()
	for _, handles := range inCompany(tags) {
		rows := make([]*seal.Row, 0, len(handles))
		for _, h := range handles {
			if r := v.table.get(h); r != nil {
				rows = append(rows, r)
			}
		}
		tag := newTag(rows)
		for _, r := range rows {
			if r.Tag != tag {
				next := *r
				next.Tag = tag
				changes = append(changes, change{row: next})
			}
		}
	}
	v.mu.Unlock()
	if len(changes) == 0 {
		return nil
	}
	if err := v.keepRowsAtDoor(changes); err != nil {
		return fmt.Errorf("joining the rows of one person: %w", err)
	}
	v.settleRows(changes, nil)
	return nil
}

// tagArrivedAtDoor joins what has arrived in an open session to the rows of the
// same person in other cohorts: a kill on one must hide the others before the
// next unlock too.
func (v *Vault) tagArrivedAtDoor(changes []change, user *userTier) error {
	v.mu.Lock()
	alone := len(v.cohortIDsLocked()) < 2
	v.mu.Unlock()
	if user == nil || alone {
		return nil
	}
	var tags []tagging
	for i := range changes {
		c := &changes[i]
		if c.part == nil {
			continue
		}
		n, ok := c.part.verified()
		if !ok {
			continue
		}
		same := user.index.Numbered(n)
		if len(same) < 2 {
			continue
		}
		for _, h := range same {
			if v.verifiedAtDoor(user, h, n) {
				tags = append(tags, tagging{n, h})
			}
		}
	}
	return v.tagRowsAtDoor(tags)
}

// verifiedAtDoor tells whether a row's number is verified: the index does not
// know.
func (v *Vault) verifiedAtDoor(user *userTier, h identity.Handle, number identity.NHSNumber) bool {
	r := v.table.get(h)
	if r == nil || len(r.Versions) == 0 {
		return false
	}
	p, err := v.openInner(user, r, &r.Versions[0])
	if err != nil {
		return false
	}
	defer p.dataKey.Wipe()
	n, ok := p.verified()
	return ok && n == number
}

// inCompany gives the handles of numbers that more than one row has. Nearly
// everybody is alone, so a sieve goes first: it lets everybody in company
// through, and few others.
func inCompany(tags []tagging) map[identity.NHSNumber][]identity.Handle {
	const room = 32 // bits for each row: one in so many is let through for nothing
	size := 64
	for size < room*len(tags) {
		size *= 2
	}
	seen, twice := make([]uint64, size/64), make([]uint64, size/64)
	place := func(n identity.NHSNumber) (word int, bit uint64) {
		h := uint64(14695981039346656037) // FNV-1a: nobody gains by a full sieve
		for _, c := range []byte(n.Digits()) {
			h = (h ^ uint64(c)) * 1099511628211
		}
		h ^= h >> 32
		at := int(h & uint64(size-1))
		return at / 64, 1 << (at % 64)
	}
	for i := range tags {
		word, bit := place(tags[i].number)
		twice[word] |= seen[word] & bit
		seen[word] |= bit
	}
	out := map[identity.NHSNumber][]identity.Handle{}
	for i := range tags {
		if word, bit := place(tags[i].number); twice[word]&bit != 0 {
			out[tags[i].number] = append(out[tags[i].number], tags[i].handle)
		}
	}
	for n, handles := range out {
		if len(handles) < 2 {
			delete(out, n)
		}
	}
	return out
}
