package ledger

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"satchel/store/canon"
)

// A group is what one fsync makes durable: the ops of one or several writers,
// taken whole or not at all. Groups form a hash chain, so that a byte changed,
// a group dropped or two swapped are found at the next start.
type group struct {
	N    uint64   `cbor:"1,keyasint"`
	Prev []byte   `cbor:"2,keyasint"` // hash of the group before
	Time int64    `cbor:"3,keyasint"` // Unix milliseconds
	Ops  [][]byte `cbor:"4,keyasint"`
}

var errGroup = errors.New("the journal's groups do not follow each other")

// place is where the journal ends.
type place struct {
	n    uint64
	hash [32]byte
}

func (p place) next(raw []byte) place {
	h := sha256.New()
	h.Write([]byte("satchel/ledger/1\x00"))
	h.Write(p.hash[:])
	h.Write(raw)
	return place{p.n + 1, [32]byte(h.Sum(nil))}
}

func (p place) encode(time int64, ops [][]byte) ([]byte, error) {
	return canon.Marshal(group{N: p.n + 1, Prev: p.hash[:], Time: time, Ops: ops}, groupLimits)
}

func (p place) decode(raw []byte) (group, error) {
	var g group
	if err := canon.Unmarshal(raw, &g, groupLimits); err != nil {
		return g, err
	}
	if g.N != p.n+1 || string(g.Prev) != string(p.hash[:]) {
		return g, fmt.Errorf("%w: %d after %d", errGroup, g.N, p.n)
	}
	return g, nil
}

// A group larger than one frame of the journal goes into several, each with
// one byte before it. They are appended in one call; a crash between them
// leaves a beginning without an end, which the next beginning makes void.
const (
	partFirst = 1
	partLast  = 2
)

func splitGroup(raw []byte) [][]byte {
	var parts [][]byte
	flags := byte(partFirst)
	for {
		n := min(len(raw), maxFrame-1)
		if n == len(raw) {
			flags |= partLast
		}
		parts = append(parts, append([]byte{flags}, raw[:n]...))
		if raw = raw[n:]; len(raw) == 0 {
			return parts
		}
		flags = 0
	}
}

// joiner puts groups together again.
type joiner struct {
	open bool
	buf  []byte
}

// add takes the next frame and gives a group when it is whole.
func (j *joiner) add(frame []byte) (raw []byte, err error) {
	if len(frame) < 2 || frame[0]&^(partFirst|partLast) != 0 {
		return nil, fmt.Errorf("%w: not a part of a group", errOp)
	}
	first, last := frame[0]&partFirst != 0, frame[0]&partLast != 0
	switch {
	case first && last:
		j.open, j.buf = false, nil
		return frame[1:], nil
	case first:
		j.open, j.buf = true, append([]byte(nil), frame[1:]...)
	case !j.open:
		return nil, fmt.Errorf("%w: a group without its beginning", errOp)
	case len(j.buf)+len(frame) > maxGroup:
		return nil, fmt.Errorf("%w: a group of more than %d bytes", errOp, maxGroup)
	default:
		j.buf = append(j.buf, frame[1:]...)
	}
	if !last {
		return nil, nil
	}
	raw, j.open, j.buf = j.buf, false, nil
	return raw, nil
}

// next takes a frame and gives the group that it completes, and its bytes; nil
// where it completes none.
func (j *joiner) next(end place, frame []byte) (g group, raw []byte, err error) {
	if raw, err = j.add(frame); err != nil || raw == nil {
		return g, nil, err
	}
	g, err = end.decode(raw)
	return g, raw, err
}

var groupLimits = canon.Limits{Bytes: maxGroup, Depth: 4, Items: maxOps}
