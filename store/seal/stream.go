package seal

import (
	"io"
	"sync/atomic"
)

// groupChunks is how many chunks one write takes: a quarter of a megabyte, with
// which a core stays within its own cache.
const groupChunks = 4

// sealTo writes header and then what Seal would give, of a plaintext of total
// bytes: piece puts chunk i of it into dst. Both piece and w are called from
// several goroutines at once, each place once and in any order. The first error
// of w ends it.
func sealTo(w io.WriterAt, header []byte, key *Key, label string, total int, piece func(dst []byte, i int)) error {
	s := newSealing(key, label, total)
	groups := (s.count + groupChunks - 1) / groupChunks
	size := min(groupChunks, s.count) * fullChunk
	var failure atomic.Pointer[error]
	eachChunk(groups, maxBox+len(header)+1+size, func(g int, scratch []byte) bool {
		msg, out, at := scratch[:maxBox], scratch[maxBox:maxBox], int64(0)
		if g == 0 {
			out = append(append(out, header...), suiteSecretbox)
		} else {
			at = int64(len(header) + 1 + g*groupChunks*fullChunk)
		}
		for i := g * groupChunks; i < min(s.count, (g+1)*groupChunks); i++ {
			m := s.message(msg, i)
			piece(m[chunkHeader:], i)
			out = s.appendChunk(out, m)
		}
		if _, err := w.WriteAt(out, at); err != nil {
			failure.CompareAndSwap(nil, &err)
			return false
		}
		return true
	})
	if err := failure.Load(); err != nil {
		return *err
	}
	return nil
}
