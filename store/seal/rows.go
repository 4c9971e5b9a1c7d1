package seal

import (
	"encoding/binary"
	"fmt"
	"math"

	"satchel/store/identity"
)

// The key table is most of the key file and is written whole for every batch of
// purges, so it has a packed form of its own:
//
//	cohorts u32 | cohort id 16 each, in order of first use
//	rows u32 | rows
//	row: handle 16 | pid 16 | cohort uvarint | epoch uvarint | tag 16 | key 32 |
//	     versions u8 | each: ver uvarint | notAfter uvarint | hash 32 | state u8
//
// uvarint is the LEB128 form of encoding/binary, shortest only.

const (
	fixedRow     = 16 + 16 + 16 + 32 + 1
	fixedVersion = 32 + 1
	leastRow     = fixedRow + 2
)

// rowReader reads the packed table; the first error sticks.
type rowReader struct {
	b   []byte
	bad bool
}

func (r *rowReader) take(n int) []byte {
	if r.bad || n > len(r.b) {
		r.bad = true
		return zeros[:n]
	}
	p := r.b[:n]
	r.b = r.b[n:]
	return p
}

// zeros is what a failed reader reads.
var zeros [32]byte

func (r *rowReader) uvarint() uint64 {
	x, n := binary.Uvarint(r.b)
	if r.bad || n <= 0 || n != uvarintLen(x) {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return x
}

func (r *rowReader) count(limit, least int) int {
	n := uint64(binary.BigEndian.Uint32(r.take(4)))
	if n > uint64(limit) || n > uint64(len(r.b)/least) {
		r.bad = true
		return 0
	}
	return int(n)
}

func parseRows(b []byte) ([]Row, error) {
	r := &rowReader{b: b}
	cohorts := make([]identity.CohortID, r.count(maxCohorts, 16))
	for i := range cohorts {
		copy(cohorts[i][:], r.take(16))
	}
	rows := make([]Row, r.count(maxRows, leastRow))
	// One backing array for all versions: most rows have one.
	versions := make([]Version, 0, len(rows)+len(rows)/4)
	used := 0 // cohorts seen so far must grow in order of first use
	for i := range rows {
		row := &rows[i]
		copy(row.Handle[:], r.take(16))
		copy(row.PID[:], r.take(16))
		c := r.uvarint()
		if c >= uint64(len(cohorts)) || c > uint64(used) {
			r.bad = true
		} else {
			row.Cohort = cohorts[c]
			used = max(used, int(c)+1)
		}
		row.Epoch = r.uvarint()
		copy(row.Tag[:], r.take(16))
		copy(row.Key[:], r.take(32))
		n := int(r.take(1)[0])
		if n > maxVersions {
			r.bad = true
		}
		if r.bad {
			return nil, fmt.Errorf("%w: key table, row %d", ErrContent, i)
		}
		start := len(versions)
		for range n {
			versions = append(versions, r.version())
		}
		row.Versions = versions[start:len(versions):len(versions)]
	}
	if r.bad || len(r.b) != 0 || used != len(cohorts) {
		return nil, fmt.Errorf("%w: key table", ErrContent)
	}
	return rows, nil
}

func (r *rowReader) version() Version {
	v := Version{Ver: r.uvarint()}
	end := r.uvarint()
	if end > math.MaxInt64 {
		r.bad = true
	}
	v.NotAfter = int64(end)
	copy(v.Hash[:], r.take(32))
	v.State = r.take(1)[0]
	return v
}
