package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"slices"
)

// Record is one entry of a journal as read back.
type Record struct {
	Seq     uint64
	Payload []byte // must not be changed
}

// First is the number of the oldest entry that is kept; it equals Next when
// there is none.
func (j *Journal) First() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.segments[0].first
}

// Next is the number that the next entry will have. All entries below it are on
// the device.
func (j *Journal) Next() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.durable
}

// ID is the journal's random id.
func (j *Journal) ID() [16]byte { return j.id }

// Segments is how many files the journal has, without the spare.
func (j *Journal) Segments() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.segments)
}

// From yields the entries with numbers from seq on that were on the device when
// it was called, checking each again. It ends with the first error: a
// *CorruptError, or fs.ErrNotExist when the entries were dropped meanwhile or
// before.
func (j *Journal) From(seq uint64) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		j.mu.Lock()
		segments, durable := slices.Clone(j.segments), j.durable
		j.mu.Unlock()
		if seq < segments[0].first && seq < durable {
			yield(Record{}, fmt.Errorf("reading journal: entry %d was dropped: %w", seq, fs.ErrNotExist))
			return
		}
		for i, s := range segments {
			limit := durable
			if i+1 < len(segments) {
				limit = segments[i+1].first
			}
			if limit <= seq || s.first >= durable {
				continue
			}
			if err := j.readSegment(s, seq, limit, yield); err != nil {
				if !errors.Is(err, errStop) {
					yield(Record{}, fmt.Errorf("reading journal: %w", err))
				}
				return
			}
		}
	}
}

var errStop = errors.New("reader stopped")

func (j *Journal) readSegment(s segment, from, limit uint64, yield func(Record, error) bool) error {
	b, err := readSegment(j.fsys, s.name)
	if err != nil {
		return err
	}
	id, _, err := parseHeader(b, s.first)
	if err != nil || id != j.id {
		return s.corrupt(0, s.first, errHeader.Error())
	}
	stopped := false
	end, next, _ := scan(b, &j.id, s.first, func(f frame) bool {
		if f.seq >= limit {
			return false
		}
		if f.seq >= from && !yield(Record{Seq: f.seq, Payload: f.payload}, nil) {
			stopped = true
		}
		return !stopped
	})
	if stopped {
		return errStop
	}
	if next < limit {
		return s.corrupt(int64(end), next, "frame is damaged")
	}
	return nil
}

// Verify reads the whole journal, headers and zeros included, and returns the
// first damage.
func (j *Journal) Verify() error {
	j.mu.Lock()
	segments, durable := slices.Clone(j.segments), j.durable
	j.mu.Unlock()
	for i := range segments {
		s := &segments[i]
		b, err := readSegment(j.fsys, s.name)
		if err == nil {
			err = j.verifySegment(s, b, segments, i, durable)
		}
		if err != nil {
			return fmt.Errorf("verifying journal: %w", err)
		}
	}
	return nil
}

func (j *Journal) verifySegment(s *segment, b []byte, segments []segment, i int, durable uint64) error {
	id, size, err := parseHeader(b, s.first)
	if err != nil || id != j.id || size != uint64(len(b)) {
		return s.corrupt(0, s.first, errHeader.Error())
	}
	if i+1 < len(segments) {
		return s.checkBody(b, &j.id, segments[i+1].first)
	}
	// The last one may be written to at this moment.
	if end, next, _ := scan(b, &j.id, s.first, nil); next < durable {
		return s.corrupt(int64(end), next, "frame is damaged")
	}
	return nil
}

// DropBefore frees whole segments that hold only entries below seq, never the
// one being written. The caller has a receipt for them.
func (j *Journal) DropBefore(seq uint64) error {
	j.mu.Lock()
	n := 0
	for n+1 < len(j.segments) && j.segments[n+1].first <= seq {
		n++
	}
	gone := slices.Clone(j.segments[:n])
	j.segments = slices.Delete(j.segments, 0, n)
	j.mu.Unlock()
	// Oldest first, each made durable: after a crash the rest is still one
	// run. A file that stays is an older segment in its place, no damage.
	for _, s := range gone {
		err := j.fsys.Remove(s.name)
		if err == nil {
			err = j.fsys.SyncDir(path.Dir(s.name))
		}
		if err != nil {
			return fmt.Errorf("freeing journal segment %s: %w", path.Base(s.name), err)
		}
	}
	return nil
}
