package crash

import (
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"slices"

	"satchel/store/files"
)

// sector is the unit a drive writes at once; tears also happen inside it,
// because the page may have been half filled when it was written.
const sector = 512

// inode is the content of one file, apart from its names. Fields are under the
// disk's mutex.
type inode struct {
	now     []byte
	durable []byte
	pending []write // since the last sync, in order
}

// write is one unsynced change: data at off, or, when data is nil, a
// truncation to size off.
type write struct {
	off  int64
	data []byte
}

func (w write) apply(content []byte) []byte {
	if w.data == nil {
		return resize(content, w.off)
	}
	if end := w.off + int64(len(w.data)); end > int64(len(content)) {
		content = resize(content, end)
	}
	copy(content[w.off:], w.data)
	return content
}

func resize(content []byte, size int64) []byte {
	if size <= int64(len(content)) {
		return content[:size:size]
	}
	return append(content, make([]byte, size-int64(len(content)))...)
}

func (ino *inode) change(w write) {
	ino.pending = append(ino.pending, w)
	ino.now = w.apply(ino.now)
}

// after gives the content that a crash leaves, as keeper decides.
func (ino *inode) after(k keeper) *inode {
	content := slices.Clone(ino.durable)
	for _, w := range ino.pending {
		for _, part := range k.parts(w) {
			content = part.apply(content)
		}
	}
	return &inode{now: content, durable: slices.Clone(content)}
}

// keeper decides what survives.
type keeper interface {
	keep() bool            // one independent change
	prefix(n int) int      // how many of n ordered changes
	parts(w write) []write // which parts of a write
}

type keepNone struct{}

func (keepNone) keep() bool          { return false }
func (keepNone) prefix(int) int      { return 0 }
func (keepNone) parts(write) []write { return nil }

type keepAll struct{}

func (keepAll) keep() bool            { return true }
func (keepAll) prefix(n int) int      { return n }
func (keepAll) parts(w write) []write { return []write{w} }

type keepSome struct{ r *rand.Rand }

func (k keepSome) keep() bool       { return k.r.IntN(2) == 0 }
func (k keepSome) prefix(n int) int { return k.r.IntN(n + 1) }

// parts keeps each sector of a write with even odds; one in four of those kept
// is torn. One write in three only makes the file grow, with zeros.
func (k keepSome) parts(w write) []write {
	if w.data == nil {
		if k.keep() {
			return []write{w}
		}
		return nil
	}
	var kept []write
	if k.r.IntN(3) == 0 {
		// The size arrived, the data may not have: an empty write at the
		// end extends the file with zeros.
		kept = append(kept, write{off: w.off + int64(len(w.data)), data: []byte{}})
	}
	for at := 0; at < len(w.data); {
		end := min(len(w.data), at+sector-int((w.off+int64(at))%sector))
		if k.keep() {
			stop := end
			if k.r.IntN(4) == 0 {
				stop = at + k.r.IntN(end-at+1)
			}
			kept = append(kept, write{off: w.off + int64(at), data: w.data[at:stop]})
		}
		at = end
	}
	return kept
}

// handle is an open file.
type handle struct {
	disk     *Disk
	ino      *inode
	name     string
	readOnly bool
	closed   bool // under disk.mu
}

var _ files.File = (*handle)(nil)

func (h *handle) ReadAt(p []byte, off int64) (int, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.closed {
		return 0, pathError("read", h.name, fs.ErrClosed)
	}
	if off < 0 {
		return 0, pathError("read", h.name, fs.ErrInvalid)
	}
	if off >= int64(len(h.ino.now)) {
		return 0, io.EOF
	}
	n := copy(p, h.ino.now[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (h *handle) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, pathError("write", h.name, fs.ErrInvalid)
	}
	if len(p) == 0 {
		return 0, nil
	}
	data := slices.Clone(p)
	err := h.changing(fmt.Sprintf("write %s [%d+%d]", h.name, off, len(p)), func() {
		h.ino.change(write{off: off, data: data})
	})
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

func (h *handle) Truncate(size int64) error {
	if size < 0 {
		return pathError("truncate", h.name, fs.ErrInvalid)
	}
	return h.changing("truncate "+h.name, func() { h.ino.change(write{off: size}) })
}

// changing runs change as one operation; at the cut it is done and reported as
// cut, so that it stays among what may survive.
func (h *handle) changing(what string, change func()) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if err := h.writableLocked(); err != nil {
		return err
	}
	cut, err := h.disk.stepLocked(what)
	if err != nil {
		return err
	}
	change()
	return cutError(cut)
}

func (h *handle) Sync() error     { return h.sync("sync ") }
func (h *handle) SyncData() error { return h.sync("syncdata ") }

func (h *handle) sync(what string) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.closed {
		return pathError("sync", h.name, fs.ErrClosed)
	}
	cut, err := h.disk.stepLocked(what + h.name)
	if err != nil {
		return err
	}
	if cut {
		return ErrCut
	}
	for _, w := range h.ino.pending {
		h.ino.durable = w.apply(h.ino.durable)
	}
	h.ino.pending = nil
	return nil
}

func (h *handle) Size() (int64, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.closed {
		return 0, pathError("stat", h.name, fs.ErrClosed)
	}
	return int64(len(h.ino.now)), nil
}

func (h *handle) Close() error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.closed {
		return pathError("close", h.name, fs.ErrClosed)
	}
	h.closed = true
	return nil
}

func (h *handle) writableLocked() error {
	if h.closed {
		return pathError("write", h.name, fs.ErrClosed)
	}
	if h.readOnly {
		return pathError("write", h.name, fs.ErrPermission)
	}
	return nil
}
