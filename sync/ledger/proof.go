package ledger

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// readHashes reads stored hashes of the tree: the last few from memory, the
// rest from the cache.
func (l *Local) readHashes(tail []byte, count int64) tlog.HashReaderFunc {
	chunks := map[int64][]byte{}
	return func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			n := index / hashesPerChunk
			chunk, ok := chunks[n]
			if n == count/hashesPerChunk {
				chunk, ok = tail, true
			}
			if !ok {
				var err error
				if chunk, _, err = l.cache.get(chunkKey(uint64(n))); err != nil {
					return nil, err
				}
				chunks[n] = chunk
			}
			at := int(index%hashesPerChunk) * tlog.HashSize
			if at+tlog.HashSize > len(chunk) {
				return nil, fmt.Errorf("hash %d of the log: %w", index, errNotLogged)
			}
			copy(out[i][:], chunk[at:])
		}
		return out, nil
	}
}

// tree is the log at one moment.
type tree struct {
	size   int64
	root   tlog.Hash
	hashes tlog.HashReader
}

// treeNow lets a reader of the cache in; whoever gets no error calls
// reading.Done.
func (l *Local) treeNow() (tree, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.usableLocked(); err != nil {
		return tree{}, err
	}
	l.reading.Add(1)
	size := int64(l.state.tree.size)
	return tree{size, l.state.tree.root(), l.readHashes(l.state.tail, tlog.StoredHashCount(size))}, nil
}

// Inclusion implements Ledger.
func (l *Local) Inclusion(_ context.Context, index, size uint64) (proof [][32]byte, err error) {
	err = l.healing(func() error {
		proof, err = l.inclusion(index, size)
		return err
	})
	return proof, err
}

// inclusion checks the proof against the root in memory before it leaves: the
// cache may have forgotten or changed a hash.
func (l *Local) inclusion(index, size uint64) ([][32]byte, error) {
	now, err := l.treeNow()
	if err != nil {
		return nil, err
	}
	defer l.reading.Done()
	if size > uint64(now.size) || index >= size {
		return nil, fmt.Errorf("entry %d in a log of %d: %w", index, size, ErrRange)
	}
	root, err := now.rootAt(int64(size))
	if err != nil {
		return nil, err
	}
	leaf, err := now.hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(index))})
	if err != nil {
		return nil, err
	}
	proof, err := tlog.ProveRecord(int64(size), int64(index), now.hashes)
	if err == nil {
		err = tlog.CheckRecord(proof, int64(size), root, int64(index), leaf[0])
	}
	if err != nil {
		return nil, fmt.Errorf("proving entry %d: %w: %w", index, errNotLogged, err)
	}
	return plain(proof), nil
}

// Consistency implements Ledger.
func (l *Local) Consistency(_ context.Context, older, size uint64) (proof [][32]byte, err error) {
	err = l.healing(func() error {
		proof, err = l.consistency(older, size)
		return err
	})
	return proof, err
}

// consistency checks its proof as inclusion does.
func (l *Local) consistency(older, size uint64) ([][32]byte, error) {
	now, err := l.treeNow()
	if err != nil {
		return nil, err
	}
	defer l.reading.Done()
	if size > uint64(now.size) || older > size {
		return nil, fmt.Errorf("a log of %d in one of %d: %w", older, size, ErrRange)
	}
	if older == 0 || older == size {
		return nil, nil // nothing to prove
	}
	root, err := now.rootAt(int64(size))
	if err != nil {
		return nil, err
	}
	oldRoot, err := tlog.TreeHash(int64(older), now.hashes)
	if err != nil {
		return nil, err
	}
	proof, err := tlog.ProveTree(int64(size), int64(older), now.hashes)
	if err == nil {
		err = tlog.CheckTree(proof, int64(size), root, int64(older), oldRoot)
	}
	if err != nil {
		return nil, fmt.Errorf("proving that the log extends %d: %w: %w", older, errNotLogged, err)
	}
	return plain(proof), nil
}

// rootAt gives the root that the log had at a size, proved against its present
// one.
func (t tree) rootAt(size int64) (tlog.Hash, error) {
	if size == t.size {
		return t.root, nil
	}
	root, err := tlog.TreeHash(size, t.hashes)
	if err != nil {
		return root, err
	}
	proof, err := tlog.ProveTree(t.size, size, t.hashes)
	if err == nil {
		err = tlog.CheckTree(proof, t.size, t.root, size, root)
	}
	if err != nil {
		return root, fmt.Errorf("the log at %d: %w: %w", size, errNotLogged, err)
	}
	return root, nil
}

func plain(proof []tlog.Hash) [][32]byte {
	out := make([][32]byte, len(proof))
	for i, h := range proof {
		out[i] = h
	}
	return out
}
