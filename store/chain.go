package store

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"

	"satchel/store/fact"
)

// chain is one signed hash chain as held: its entries as they came, where each
// of them stands, and the newest signed head. Owner: Vault.mu.
type chain struct {
	id      fact.Chain
	base    fact.Point // before entries[0]: the chain's start, or a floor
	entries [][]byte
	at      []fact.Point // after each entry
	head    fact.Signed[fact.Head]
	bad     [32]byte // SHA-256 of the entry that made no sense after the last; zeros: none
}

func newChain(id fact.Chain) chain { return chain{id: id, base: id.Start()} }

// point is where the chain stands.
func (c *chain) point() fact.Point {
	if len(c.at) == 0 {
		return c.base
	}
	return c.at[len(c.at)-1]
}

// stands tells whether p is a point of this chain.
func (c *chain) stands(p fact.Point) bool {
	if p.N == c.base.N {
		return p == c.base
	}
	return p.N > c.base.N && p.N <= c.point().N && c.at[p.N-c.base.N-1] == p
}

// extend adds entries that were found to follow, and keeps the head if it is
// newer.
func (c *chain) extend(entries [][]byte, head fact.Signed[fact.Head]) {
	at := c.point()
	for _, e := range entries {
		at = at.Next(e)
		c.entries, c.at = append(c.entries, e), append(c.at, at)
	}
	if !head.IsZero() && (c.head.IsZero() || head.Value.Newer(c.head.Value)) {
		c.head = head
	}
}

// run gives the entries after a point, vouched for by the newest signed head.
func (c *chain) run(after uint64) (fact.Run, error) {
	if c.head.IsZero() || after < c.base.N || c.head.Value.Point != c.point() {
		return fact.Run{}, fact.ErrGap
	}
	after = min(after, c.point().N)
	from, entries := c.base, c.entries[after-c.base.N:]
	if after > c.base.N {
		from = c.at[after-c.base.N-1]
	}
	if len(entries) > fact.MaxRun {
		return fact.Run{}, fmt.Errorf("%w: %d entries in one run", fact.ErrGap, len(entries))
	}
	return fact.Run{From: from, Entries: entries, Head: c.head}, nil
}

// news is what a run brings to a chain.
type news struct {
	entries [][]byte
	restart bool // the chain was forgotten beyond what is held: begin at the floor
}

// beginsBadly tells whether the first new entry is the one that is known to make
// no sense.
func (n news) beginsBadly(bad [32]byte) bool {
	return len(n.entries) > 0 && bad != [32]byte{} && sha256.Sum256(n.entries[0]) == bad
}

// judge verifies a run for this chain and says what in it is new. It changes
// nothing.
func (c *chain) judge(hub ed25519.PublicKey, run fact.Run) (news, error) {
	head := run.Head.Value
	if head.Chain != c.id {
		return news{}, fmt.Errorf("%w: a run of another chain", ErrForeign)
	}
	if !run.Head.By(hub) {
		return news{}, fact.ErrSignature
	}
	end := run.From
	for _, e := range run.Entries {
		end = end.Next(e)
	}
	if end != head.Point {
		return news{}, fact.ErrRun
	}
	if c.point().N < head.Floor.N {
		if run.From != head.Floor {
			return news{}, fmt.Errorf("%w: held %d, floor %d", ErrBelowFloor, c.point().N, head.Floor.N)
		}
		return news{entries: run.Entries, restart: true}, nil
	}
	entries, err := run.After(c.point())
	return news{entries: entries}, err
}
