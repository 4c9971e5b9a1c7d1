package seal

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"satchel/store/identity"
)

// packing is the plaintext of a key file, given piece by piece: a piece is what
// one chunk of the sealed file holds. Each is made where it is sealed, on any
// core, so that neither the plaintext nor the file is ever whole in memory.
// The content MUST NOT change while it is used.
type packing struct {
	prefix  []byte // all before the rows; wiped by wipe
	rows    []Row
	cohorts map[identity.CohortID]uint64
	total   int
	starts  []rowAt // by piece: the first byte of a row in it
}

// rowAt is a place within the packed rows.
type rowAt struct{ row, skip int }

// maxRowLen bounds a packed row.
const maxRowLen = fixedRow + 2*binary.MaxVarintLen64 + maxVersions*(fixedVersion+2*binary.MaxVarintLen64)

// pack measures the plaintext and finds where its pieces begin.
func pack(head []byte, rows []Row) (*packing, error) {
	p := &packing{rows: rows, cohorts: map[identity.CohortID]uint64{}}
	ids := p.nameCohorts()
	if len(ids) > maxCohorts {
		return nil, fmt.Errorf("%w: too many cohorts", ErrContent)
	}
	p.prefix = make([]byte, 0, 4+len(head)+4+16*len(ids)+4)
	p.prefix = binary.BigEndian.AppendUint32(p.prefix, uint32(len(head)))
	p.prefix = append(p.prefix, head...)
	p.prefix = binary.BigEndian.AppendUint32(p.prefix, uint32(len(ids)))
	for _, c := range ids {
		p.prefix = append(p.prefix, c[:]...)
	}
	p.prefix = binary.BigEndian.AppendUint32(p.prefix, uint32(len(rows)))
	if err := p.measure(); err != nil {
		p.wipe()
		return nil, err
	}
	return p, nil
}

func (p *packing) wipe() { clear(p.prefix) }

// nameCohorts numbers the cohorts in the order of their first use.
func (p *packing) nameCohorts() []identity.CohortID {
	var ids []identity.CohortID
	for i := range p.rows {
		c := p.rows[i].Cohort
		if i > 0 && c == p.rows[i-1].Cohort {
			continue
		}
		if _, ok := p.cohorts[c]; !ok {
			p.cohorts[c] = uint64(len(ids))
			ids = append(ids, c)
		}
	}
	return ids
}

func (p *packing) measure() error {
	at, next := len(p.prefix), 0 // where a row begins, and the piece that begins next
	for ; next <= at; next += chunkData {
		p.starts = append(p.starts, rowAt{})
	}
	several := len(p.cohorts) > 1<<7 // else every index takes one byte
	for i := range p.rows {
		r := &p.rows[i]
		n := fixedRow + 1 + uvarintLen(r.Epoch)
		if several {
			n += uvarintLen(p.cohorts[r.Cohort]) - 1
		}
		if len(r.Versions) > maxVersions {
			return fmt.Errorf("%w: %d versions in one row", ErrContent, len(r.Versions))
		}
		for j := range r.Versions {
			v := &r.Versions[j]
			if v.NotAfter < 0 {
				return fmt.Errorf("%w: negative end time", ErrContent)
			}
			n += fixedVersion + uvarintLen(v.Ver) + uvarintLen(uint64(v.NotAfter))
		}
		if at+n > next {
			p.starts = append(p.starts, rowAt{i, next - at})
			next += chunkData
		}
		at += n
	}
	p.total = at
	return nil
}

// piece fills dst with the plaintext from byte i*chunkData on.
func (p *packing) piece(dst []byte, i int) {
	if at := i * chunkData; at < len(p.prefix) {
		dst = dst[copy(dst, p.prefix[at:]):]
	}
	if len(dst) == 0 {
		return
	}
	var room [maxRowLen]byte // for rows that lie in two pieces
	defer clear(room[:])
	from := p.starts[i]
	cohort := p.rows[from.row].Cohort
	index := p.cohorts[cohort]
	for r, skip := from.row, from.skip; len(dst) > 0; r, skip = r+1, 0 {
		row := &p.rows[r]
		if row.Cohort != cohort {
			cohort, index = row.Cohort, p.cohorts[row.Cohort]
		}
		if skip == 0 && len(dst) >= maxRowLen {
			dst = dst[putRow(dst, row, index):]
			continue
		}
		n := putRow(room[:], row, index)
		dst = dst[copy(dst, room[skip:n]):]
	}
}

// putRow packs a row into dst, which has room for any, and gives its length.
func putRow(dst []byte, r *Row, cohort uint64) int {
	_ = dst[:maxRowLen]
	*(*[16]byte)(dst) = r.Handle
	*(*[16]byte)(dst[16:]) = r.PID
	n := 32
	n += binary.PutUvarint(dst[n:], cohort)
	n += binary.PutUvarint(dst[n:], r.Epoch)
	*(*[16]byte)(dst[n:]) = r.Tag
	*(*[32]byte)(dst[n+16:]) = r.Key
	dst[n+48] = byte(len(r.Versions))
	n += 49
	for i := range r.Versions {
		v := &r.Versions[i]
		n += binary.PutUvarint(dst[n:], v.Ver)
		n += binary.PutUvarint(dst[n:], uint64(v.NotAfter))
		*(*[32]byte)(dst[n:]) = v.Hash
		dst[n+32] = v.State
		n += fixedVersion
	}
	return n
}

func uvarintLen(x uint64) int { return (bits.Len64(x|1) + 6) / 7 }
