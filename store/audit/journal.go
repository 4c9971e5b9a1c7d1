package audit

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"

	"satchel/store/files"
)

// Options are how a journal is opened. Zero values are the documented defaults.
type Options struct {
	// SegmentBytes is the size of new files; default DefaultSegmentBytes.
	SegmentBytes int64
	// AtLeast is the least number that the next entry must have, as known
	// from elsewhere; a shorter journal is ErrTailCut. 0: not known.
	AtLeast uint64
	// First is the number of the first entry of a new journal; default 1.
	First uint64
	// LastOnly checks at open the contents of the last segment alone, and of
	// the others that they are there. Reading them checks them. For journals
	// of many gigabytes; by default everything is checked.
	LastOnly bool
}

// Opened says what opening a journal found, for the caller's own log.
type Opened struct {
	New bool // there was none
	// Torn is the length of a half-written tail that was cut off, 0 for none,
	// and TornAt its segment. Nothing of it had been acknowledged.
	Torn   int64
	TornAt string
	// HalfMade is true when a segment was removed whose making was cut short.
	HalfMade bool
}

// Journal is an append-only file of numbered entries, in segments. Safe for
// several goroutines; one process. Writers that come together share one sync.
//
// Lock order: mu alone; it is not held during I/O of Append. The goroutine that
// leads a batch owns the fields marked "leader's" until it hands over.
type Journal struct {
	fsys files.FS
	dir  string
	id   [16]byte
	opts Options

	mu       sync.Mutex
	segments []segment  // under mu; the last one is being written
	durable  uint64     // under mu: entries below are on the device
	queue    []*request // under mu: not yet written
	leading  bool       // under mu: somebody writes
	failed   error      // under mu: sticky
	closed   bool       // under mu
	idle     sync.Cond  // on mu: leading became false
	room     int64      // under mu: see Room

	file     files.File // leader's
	end      int64      // leader's: offset of the next frame
	next     uint64     // leader's: number of the next entry
	flushed  uint64     // leader's: entries below are on the device
	hasSpare bool       // leader's
	buf      []byte     // leader's
}

// request is one call of Append waiting for its turn.
type request struct {
	payloads [][]byte
	want     uint64     // the number that first must get; 0: any
	first    uint64     // set by the leader
	wake     chan error // capacity 1
}

// errOutOfStep refuses a request that was made for another place: an earlier
// one, which it follows, was not written.
var errOutOfStep = errors.New("an earlier entry was not written")

// errLead wakes a waiting request to become the leader.
var errLead = errors.New("lead the next batch")

// OpenJournal opens or makes the journal in dir. Half-written ends are cut off
// and reported; all other damage is an error (ErrCorrupt, ErrTailCut,
// ErrFormat), and then nothing was changed.
func OpenJournal(fsys files.FS, dir string, opts Options) (*Journal, Opened, error) {
	if opts.SegmentBytes == 0 {
		opts.SegmentBytes = DefaultSegmentBytes
	}
	if opts.SegmentBytes < segHead+2*frameHead || opts.SegmentBytes > maxSegmentBytes {
		return nil, Opened{}, fmt.Errorf("opening journal: segments of %d bytes", opts.SegmentBytes)
	}
	opts.First = max(opts.First, 1)
	j := &Journal{fsys: fsys, dir: dir, opts: opts}
	j.idle.L = &j.mu
	opened, err := j.open()
	if err != nil {
		return nil, Opened{}, fmt.Errorf("opening journal: %w", errors.Join(err, j.closeFile()))
	}
	j.makeSpare()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.durable, j.flushed = j.next, j.next
	j.measureLocked()
	return j, opened, nil
}

// Append writes one entry and returns its number when it is on the device.
// After an error other than ErrPayload the entry may or may not be found when
// the journal is opened again.
func (j *Journal) Append(payload []byte) (uint64, error) {
	return j.AppendAll([][]byte{payload})
}

// AppendAll writes entries with consecutive numbers under one sync and returns
// the first number. They are not one transaction: a crash before it returns
// may keep the first few.
func (j *Journal) AppendAll(payloads [][]byte) (uint64, error) {
	for _, p := range payloads {
		if len(p) == 0 || len(p) > MaxPayload {
			return 0, fmt.Errorf("%w: %d bytes", ErrPayload, len(p))
		}
	}
	if len(payloads) == 0 {
		j.mu.Lock()
		defer j.mu.Unlock()
		return j.durable, j.usableLocked()
	}
	r := &request{payloads: payloads}
	lead, err := j.start(r)
	if err != nil {
		return 0, err
	}
	return r.first, j.finish(r, lead)
}

// start queues a request; finish must be called with what it returns.
func (j *Journal) start(r *request) (lead bool, err error) {
	r.wake = make(chan error, 1)
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.usableLocked(); err != nil {
		return false, err
	}
	j.queue = append(j.queue, r)
	lead = !j.leading
	j.leading = true
	return lead, nil
}

// finish waits until the request is on the device or has failed, and leads a
// batch when it is its turn.
func (j *Journal) finish(r *request, lead bool) error {
	if !lead {
		if err := <-r.wake; err != errLead {
			return err
		}
	}
	j.lead()
	return <-r.wake
}

func (j *Journal) usableLocked() error {
	if j.failed != nil {
		return j.failed
	}
	if j.closed {
		return ErrClosed
	}
	return nil
}

// lead writes everything queued as one batch, wakes its writers, and hands over
// to the first of those that came meanwhile.
func (j *Journal) lead() {
	j.mu.Lock()
	batch := j.queue
	j.queue = nil
	err := j.failed
	j.mu.Unlock()

	written := 0
	if err == nil {
		written, err = j.write(batch)
	}

	j.mu.Lock()
	j.durable = j.flushed
	j.measureLocked()
	for i, r := range batch {
		switch {
		case i < written && r.first == 0:
			r.wake <- errOutOfStep
		case i < written:
			r.wake <- nil
		default:
			r.wake <- err
		}
	}
	if len(j.queue) > 0 {
		j.queue[0].wake <- errLead
	} else {
		j.leading = false
		j.idle.Broadcast()
	}
	j.mu.Unlock()
}

// write puts a batch on the device and tells how many of its requests are
// there. A frame that does not fit begins a new segment, after what went before
// was synced. A request that is out of step is passed over, its first left 0.
func (j *Journal) write(batch []*request) (written int, err error) {
	durable := j.next
	j.buf = j.buf[:0]
	for i, r := range batch {
		if r.want != 0 && r.want != j.next {
			continue
		}
		r.first = j.next
		for _, p := range r.payloads {
			// Room for the mark of Close is always left.
			if j.end+int64(len(j.buf)+frameLen(len(p))+frameHead) > j.segmentSize() {
				if err := j.flush(); err != nil {
					return written, err
				}
				written, durable = i, j.next
				if err := j.roll(frameLen(len(p))); err != nil {
					return written, err
				}
			}
			j.buf = appendFrame(j.buf, &j.id, frame{seq: j.next, durable: durable, payload: p})
			j.next++
		}
	}
	if err := j.flush(); err != nil {
		return written, err
	}
	return len(batch), nil
}

func (j *Journal) segmentSize() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.segments[len(j.segments)-1].size
}

// flush writes and syncs the buffer. A failure is final: what is on the device
// is unknown until it is read again.
func (j *Journal) flush() error {
	if len(j.buf) == 0 {
		return nil
	}
	_, err := j.file.WriteAt(j.buf, j.end)
	if err == nil {
		err = j.file.SyncData()
	}
	if err != nil {
		return j.fail(err)
	}
	j.end += int64(len(j.buf))
	j.flushed = j.next
	if cap(j.buf) > 1<<20 {
		j.buf = nil
	}
	j.buf = j.buf[:0]
	return nil
}

func (j *Journal) fail(err error) error {
	err = fmt.Errorf("%w: %w", ErrFailed, err)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.failed = err
	return err
}

// roll begins the next segment, with the spare when the frame fits into it.
// Without a spare it may fail for want of space; then nothing has changed and a
// later call may succeed.
func (j *Journal) roll(frame int) error {
	size := max(j.opts.SegmentBytes, int64(segHead+frame+frameHead))
	name := segmentName(j.dir, j.next)
	from := name
	switch {
	case j.lastIsEmpty():
		// A crash came after it was made for a frame that was smaller.
		from = path.Join(j.dir, largerName)
	case j.hasSpare && size == j.opts.SegmentBytes:
		from = path.Join(j.dir, spareName)
	}
	f, err := j.makeSegment(name, size, from)
	if err != nil {
		return err
	}
	if path.Base(from) == spareName {
		j.hasSpare = false
	}
	old := j.file
	j.file, j.end = f, segHead
	j.mu.Lock()
	if last := len(j.segments) - 1; j.segments[last].name == name {
		j.segments = j.segments[:last]
	}
	j.segments = append(j.segments, segment{name: name, first: j.next, size: size})
	j.mu.Unlock()
	if old != nil {
		if err := old.Close(); err != nil {
			return j.fail(err)
		}
	}
	j.makeSpare()
	return nil
}

// lastIsEmpty tells whether nothing was ever written to the last segment.
func (j *Journal) lastIsEmpty() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.segments[len(j.segments)-1].first == j.next
}

// makeSegment gives a durable, empty segment of that name. It is made under the
// name from, which only for a spare is there already.
func (j *Journal) makeSegment(name string, size int64, from string) (files.File, error) {
	if path.Base(from) != spareName {
		if err := j.preallocate(from, size); err != nil {
			return nil, fmt.Errorf("beginning a journal segment: %w", err)
		}
	}
	f, err := j.fsys.Open(from, files.Edit)
	if err != nil {
		return nil, j.fail(err)
	}
	if _, err = f.WriteAt(segmentHeader(&j.id, j.next, size), 0); err == nil {
		err = f.Sync()
	}
	if err == nil && path.Base(from) == largerName {
		err = j.closeFile() // Windows replaces no file that is open
	}
	if err == nil && from != name {
		err = j.fsys.Rename(from, name)
	}
	if err == nil {
		err = j.fsys.SyncDir(j.dir)
	}
	if err != nil {
		return nil, j.fail(errors.Join(err, f.Close()))
	}
	return f, nil
}

// preallocate makes a file of zeros, or none.
func (j *Journal) preallocate(name string, size int64) error {
	f, err := j.fsys.Open(name, files.Create)
	if err != nil {
		return err
	}
	err = errors.Join(files.Preallocate(f, size), f.Close())
	if err != nil {
		if rerr := j.fsys.Remove(name); rerr != nil {
			return j.fail(errors.Join(err, rerr))
		}
	}
	return err
}

// makeSpare keeps one empty segment in reserve, so that a full disk does not
// stop the logging of what is going on. Having none is no error; Room shows it.
func (j *Journal) makeSpare() {
	if j.hasSpare {
		return
	}
	name := path.Join(j.dir, spareName)
	if j.adoptSpare(name) {
		j.hasSpare = true
		return
	}
	err := j.fsys.Remove(name)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = j.preallocate(name, j.opts.SegmentBytes)
	}
	j.hasSpare = err == nil
}

// adoptSpare tells whether an earlier run left a spare that is as it should be.
func (j *Journal) adoptSpare(name string) bool {
	f, err := j.fsys.Open(name, files.Edit)
	if err != nil {
		return false
	}
	b, err := readSegment(j.fsys, name)
	good := err == nil && int64(len(b)) == j.opts.SegmentBytes && allZero(b) && f.Sync() == nil
	return f.Close() == nil && good
}

// measureLocked updates Room. The caller leads, or is alone.
func (j *Journal) measureLocked() {
	j.room = max(0, j.segments[len(j.segments)-1].size-j.end-frameHead)
	if j.hasSpare {
		j.room += j.opts.SegmentBytes - segHead - frameHead
	}
}

// Room is how many bytes of frames can still be appended without any new space
// on the disk. When it is less than a segment there is no spare: stop what
// makes entries, not the entries themselves.
func (j *Journal) Room() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.room
}

// Close marks the end, syncs and closes. Appends that are under way finish
// first; later ones get ErrClosed. The mark makes damage of the last entries
// provable at the next open.
func (j *Journal) Close() error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return ErrClosed
	}
	j.closed = true
	for j.leading {
		j.idle.Wait()
	}
	failed := j.failed
	j.mu.Unlock()
	var err error
	if failed == nil {
		mark := appendFrame(nil, &j.id, frame{seq: j.next, durable: j.next})
		if _, err = j.file.WriteAt(mark, j.end); err == nil {
			err = j.file.Sync()
		}
	}
	if err = errors.Join(err, j.closeFile()); err != nil {
		return fmt.Errorf("closing journal: %w", err)
	}
	return nil
}

func (j *Journal) closeFile() error {
	if j.file == nil {
		return nil
	}
	f := j.file
	j.file = nil
	return f.Close()
}

func newJournalID() (id [16]byte) {
	_, _ = rand.Read(id[:])
	return id
}
