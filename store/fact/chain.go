package fact

import (
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"

	"satchel/store/canon"
	"satchel/store/identity"
)

var (
	// ErrGap says that a run does not begin where the holder's chain ends.
	// Ask for the entries between; take no record of that cohort meanwhile.
	ErrGap = errors.New("entries are missing between this chain and that run")
	// ErrFork says that two histories of one chain exist. Keep both as
	// evidence and raise it; neither is followed further.
	ErrFork = errors.New("two histories of one chain")
	// ErrRun says that a run is not what its signed head vouches for.
	ErrRun = errors.New("the run does not end in its signed head")
)

// Chain names one dense, signed hash chain: the membership of an area, or the
// governance of one cohort.
type Chain struct {
	Area   identity.AreaID   `cbor:"1,keyasint"`
	Cohort identity.CohortID `cbor:"2,keyasint"` // zero for membership
}

// Membership tells whether this is the area's membership chain.
func (c Chain) Membership() bool { return c.Cohort == identity.CohortID{} }

// Point is a place in a chain: after n entries, with their hash.
type Point struct {
	N    uint64   `cbor:"1,keyasint"`
	Hash [32]byte `cbor:"2,keyasint"`
}

// Start is the point before the first entry: h(0) names the chain, so that no
// run of one chain ever fits another.
func (c Chain) Start() Point {
	h := sha256.New()
	h.Write([]byte("satchel/chain/1\x00"))
	h.Write(c.Area[:])
	h.Write(c.Cohort[:])
	return Point{Hash: [32]byte(h.Sum(nil))}
}

// Next is the point after one more entry: h(n) = H(h(n-1), entry).
func (p Point) Next(entry []byte) Point {
	h := sha256.New()
	h.Write([]byte("satchel/link/1\x00"))
	h.Write(p.Hash[:])
	h.Write(entry)
	return Point{N: p.N + 1, Hash: [32]byte(h.Sum(nil))}
}

// Head is the hub's word for where a chain ends, and from where it is kept:
// what lies below Floor has been forgotten, and whoever stands below it must
// destroy the cohort's row keys and start afresh. A floor at 0, zero or the
// chain's start, says that nothing has been forgotten.
type Head struct {
	Chain       Chain  `cbor:"1,keyasint"`
	Incarnation uint64 `cbor:"2,keyasint"`
	Point       Point  `cbor:"3,keyasint"`
	Floor       Point  `cbor:"4,keyasint"`
	Time        int64  `cbor:"5,keyasint"` // Unix milliseconds, hub clock
}

func (Head) domain() string       { return "satchel/head/1" }
func (Head) limits() canon.Limits { return headerLimits }
func (h Head) check() error {
	start := h.Chain.Start()
	switch {
	case h.Floor.N > h.Point.N || (h.Floor.N == h.Point.N && h.Floor.N > 0 && h.Floor != h.Point):
		return fmt.Errorf("%w: the floor lies above the head", ErrRun)
	case h.Floor.N == 0 && h.Floor != Point{} && h.Floor != start:
		return fmt.Errorf("%w: the floor is not on the chain", ErrRun)
	case h.Point.N == 0 && h.Point != start:
		return fmt.Errorf("%w: the head of an empty chain is not its start", ErrRun)
	}
	return nil
}

// Newer tells whether h supersedes other for the same chain. Equal places are
// told apart by time: heads are signed again daily. Two heads at one place
// with different hashes are a fork, and neither supersedes the other: compare
// the points before asking.
func (h Head) Newer(other Head) bool {
	return cmp.Or(
		cmp.Compare(h.Incarnation, other.Incarnation),
		cmp.Compare(h.Point.N, other.Point.N),
		cmp.Compare(h.Time, other.Time),
		cmp.Compare(h.Floor.N, other.Floor.N),
	) > 0
}

// Run is consecutive entries of one chain and the signed head that vouches
// for the last of them; entries carry no signature of their own. A history
// longer than MaxRun travels as several runs, each up to a head that the hub
// signed there.
type Run struct {
	From    Point
	Entries [][]byte
	Head    Signed[Head]
}

type wireRun struct {
	From    Point    `cbor:"1,keyasint"`
	Entries [][]byte `cbor:"2,keyasint"`
	Head    []byte   `cbor:"3,keyasint"`
}

// Raw encodes the run.
func (r Run) Raw() ([]byte, error) {
	return canon.Marshal(wireRun{r.From, r.Entries, r.Head.Raw()}, runLimits)
}

// OpenRun decodes a run and verifies its head's signature and every link.
func OpenRun(hub ed25519.PublicKey, raw []byte) (Run, error) {
	var w wireRun
	if err := canon.Unmarshal(raw, &w, runLimits); err != nil {
		return Run{}, fmt.Errorf("opening a run: %w", err)
	}
	head, err := Open[Head](hub, w.Head)
	if err != nil {
		return Run{}, fmt.Errorf("opening a run: %w", err)
	}
	r := Run{From: w.From, Entries: w.Entries, Head: head}
	if err := r.verify(); err != nil {
		return Run{}, fmt.Errorf("opening a run: %w", err)
	}
	return r, nil
}

func (r Run) verify() error {
	at := r.From
	for i, e := range r.Entries {
		if len(e) > MaxEntry {
			return fmt.Errorf("%w: entry %d has %d bytes", ErrRun, i, len(e))
		}
		at = at.Next(e)
	}
	if at != r.Head.Value.Point {
		return fmt.Errorf("%w: %d entries from %d, head at %d", ErrRun, len(r.Entries), r.From.N, r.Head.Value.Point.N)
	}
	return nil
}

// After gives the part of the run that follows a point the holder stands at:
// nothing where the holder is already there or further, ErrGap where entries
// are missing, ErrFork where the histories differ.
func (r Run) After(held Point) ([][]byte, error) {
	if held.N < r.From.N {
		return nil, fmt.Errorf("%w: held %d, run from %d", ErrGap, held.N, r.From.N)
	}
	if held.N > r.Head.Value.Point.N {
		return nil, nil
	}
	at := r.From
	for i, e := range r.Entries {
		if at.N == held.N {
			if at != held {
				return nil, fmt.Errorf("%w: they part at or before entry %d", ErrFork, held.N)
			}
			return r.Entries[i:], nil
		}
		at = at.Next(e)
	}
	if at != held {
		return nil, fmt.Errorf("%w: they part at or before entry %d", ErrFork, held.N)
	}
	return nil, nil
}
