package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"satchel/store/files"
)

// open finds the segments, judges them, and only then changes anything: it cuts
// a torn tail and removes a half-made segment. It runs alone.
func (j *Journal) open() (Opened, error) {
	if err := j.makeDir(); err != nil {
		return Opened{}, err
	}
	found, err := j.list()
	if err != nil {
		return Opened{}, err
	}
	var opened Opened
	halfMade, err := j.halfMade(found)
	if err != nil {
		return Opened{}, err
	}
	kept := found
	if halfMade {
		opened.HalfMade = true
		kept = found[:len(found)-1]
	}
	if len(kept) == 0 {
		if j.opts.AtLeast > j.opts.First {
			return Opened{}, fmt.Errorf("%w: entry %d is due next, there are none", ErrTailCut, j.opts.AtLeast)
		}
		opened.New = true
		return opened, j.begin(found)
	}
	for i, s := range kept[:len(kept)-1] {
		if err := j.checkFull(s, kept[i+1].first, i == 0); err != nil {
			return Opened{}, err
		}
	}
	tornFrom, tornTo, err := j.checkLast(kept[len(kept)-1], len(kept) == 1)
	if err != nil {
		return Opened{}, err
	}
	if j.next < j.opts.AtLeast {
		return Opened{}, fmt.Errorf("%w: entry %d is due next, %d was known", ErrTailCut, j.next, j.opts.AtLeast)
	}
	j.segments = kept
	if tornTo > tornFrom {
		opened.Torn, opened.TornAt = tornTo-tornFrom, path.Base(kept[len(kept)-1].name)
	}
	return opened, j.settle(found, tornFrom, tornTo)
}

func (j *Journal) makeDir() error {
	if err := j.fsys.MkdirAll(j.dir); err != nil {
		return err
	}
	for dir := j.dir; dir != "."; {
		dir = path.Dir(dir)
		if err := j.fsys.SyncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

func (j *Journal) list() ([]segment, error) {
	names, err := j.fsys.List(j.dir)
	if err != nil {
		return nil, err
	}
	var found []segment
	for _, name := range names {
		if first, ok := segmentFirst(name); ok {
			found = append(found, segment{name: path.Join(j.dir, name), first: first})
		}
	}
	slices.SortFunc(found, func(a, b segment) int { return bytes.Compare([]byte(a.name), []byte(b.name)) })
	return found, nil
}

// halfMade tells whether the last segment never held an entry: its header was
// not durable yet, so nothing but zeros can be behind it.
func (j *Journal) halfMade(found []segment) (bool, error) {
	if len(found) == 0 {
		return false, nil
	}
	last := found[len(found)-1]
	b, err := readSegment(j.fsys, last.name)
	if err != nil {
		return false, err
	}
	if _, _, err := parseHeader(b, last.first); !errors.Is(err, errHeader) {
		return false, nil
	}
	return len(b) <= segHead || allZero(b[segHead:]), nil
}

// header reads and checks what all segments have in common.
func (j *Journal) header(s *segment, b []byte, only bool) error {
	id, size, err := parseHeader(b, s.first)
	switch {
	case errors.Is(err, errHeader):
		return s.corrupt(0, s.first, err.Error())
	case err != nil:
		return err
	case only:
		j.id = id
	case id != j.id:
		return s.corrupt(12, s.first, "segment of another journal")
	}
	if size != uint64(len(b)) {
		return s.corrupt(int64(len(b)), s.first, "file has not the size that its header says")
	}
	s.size = int64(size)
	return nil
}

func (s *segment) corrupt(offset int64, seq uint64, reason string) error {
	return &CorruptError{Segment: path.Base(s.name), Offset: offset, Seq: seq, Reason: reason}
}

// checkFull judges a segment that another one follows.
func (j *Journal) checkFull(s segment, next uint64, first bool) error {
	if j.opts.LastOnly && !first {
		return nil
	}
	b, err := readSegment(j.fsys, s.name)
	if err != nil {
		return err
	}
	if err := j.header(&s, b, first); err != nil {
		return err
	}
	return s.checkBody(b, &j.id, next)
}

// checkBody demands whole frames up to next, and zeros behind them.
func (s *segment) checkBody(b []byte, id *[16]byte, next uint64) error {
	end, got, _ := scan(b, id, s.first, nil)
	if !allZero(b[end:]) {
		return s.corrupt(int64(end), got, "frame is damaged")
	}
	if got != next {
		return s.corrupt(int64(end), got, fmt.Sprintf("the next segment begins with entry %d", next))
	}
	return nil
}

// checkLast judges the segment that is written to. It sets file-less state
// (next, end) and returns the range of a torn tail.
func (j *Journal) checkLast(s segment, only bool) (from, to int64, err error) {
	b, err := readSegment(j.fsys, s.name)
	if err != nil {
		return 0, 0, err
	}
	if err := j.header(&s, b, only); err != nil {
		return 0, 0, err
	}
	end, next, mark := scan(b, &j.id, s.first, nil)
	// The mark of the last Close is written over by the next entry.
	j.end, j.next = int64(end-mark), next
	tail := bytes.TrimRight(b[end:], "\x00")
	if len(tail) > 0 && provesLoss(b, &j.id, end, next) {
		return 0, 0, s.corrupt(int64(end), next, "frame is damaged")
	}
	return int64(end), int64(end + len(tail)), nil
}

// settle makes what was found the truth: it removes a half-made segment, wipes
// a torn tail, and syncs the last segment, for a process that was killed may
// have left frames that no sync covered.
func (j *Journal) settle(found []segment, tornFrom, tornTo int64) error {
	for _, s := range found[len(j.segments):] {
		if err := j.fsys.Remove(s.name); err != nil {
			return err
		}
	}
	if err := j.fsys.Remove(path.Join(j.dir, largerName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := j.fsys.SyncDir(j.dir); err != nil {
		return err
	}
	last := &j.segments[len(j.segments)-1]
	f, err := j.fsys.Open(last.name, files.Edit)
	if err != nil {
		return err
	}
	j.file = f
	if last.size, err = f.Size(); err != nil {
		return err
	}
	if tornTo > tornFrom {
		if _, err := f.WriteAt(make([]byte, tornTo-tornFrom), tornFrom); err != nil {
			return err
		}
	}
	return f.Sync()
}

// begin makes the first segment of a new journal, in place of what a first,
// interrupted attempt left.
func (j *Journal) begin(found []segment) error {
	for _, s := range found {
		if err := j.fsys.Remove(s.name); err != nil {
			return err
		}
	}
	j.id = newJournalID()
	j.next, j.end = j.opts.First, segHead
	name := segmentName(j.dir, j.next)
	f, err := j.makeSegment(name, j.opts.SegmentBytes, name)
	if err != nil {
		return err
	}
	j.file = f
	j.segments = []segment{{name: name, first: j.next, size: j.opts.SegmentBytes}}
	return nil
}
