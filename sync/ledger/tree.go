package ledger

import (
	"crypto/sha256"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// frontier is the right edge of the Merkle tree: the roots of its perfect
// subtrees, the largest first. It is all that appending and the root need, so
// both work without the cache.
type frontier struct {
	size  uint64
	roots []tlog.Hash
}

// add appends one entry's hash and returns the hashes that the tree stores for
// it, in the order of tlog.StoredHashes.
func (f *frontier) add(leaf tlog.Hash) []tlog.Hash {
	stored := []tlog.Hash{leaf}
	at := leaf
	for n := f.size; n&1 == 1; n >>= 1 {
		last := len(f.roots) - 1
		at = tlog.NodeHash(f.roots[last], at)
		f.roots = f.roots[:last]
		stored = append(stored, at)
	}
	f.roots = append(f.roots, at)
	f.size++
	return stored
}

// root is the tree's hash (RFC 6962, section 2.1).
func (f *frontier) root() tlog.Hash {
	if f.size == 0 {
		return sha256.Sum256(nil)
	}
	at := f.roots[len(f.roots)-1]
	for i := len(f.roots) - 2; i >= 0; i-- {
		at = tlog.NodeHash(f.roots[i], at)
	}
	return at
}

func (f *frontier) clone() frontier {
	return frontier{f.size, append(make([]tlog.Hash, 0, bits.Len64(f.size)+1), f.roots...)}
}
