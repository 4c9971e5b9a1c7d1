package audit

import (
	"bytes"
	"errors"
	"testing"

	"satchel/store/files/crash"
)

// A crash between making a segment for a large entry and writing it leaves an
// empty segment. The next entry may be larger still: it must not find its way
// barred by the name that it needs.
func TestJournalTakesALargerEntryAfterEveryCut(t *testing.T) {
	for n := 1; ; n++ {
		disk := crash.New()
		j, _, err := OpenJournal(disk, "audit", Options{SegmentBytes: tiny})
		if err != nil {
			t.Fatal(err)
		}
		appendN(t, j, 1, 2)
		disk.CutAt(disk.Ops() + n)
		_, err = j.Append(bytes.Repeat([]byte{1}, 2*tiny))
		done := err == nil
		for name, left := range disk.States(uint64(n), 8) {
			j, _, err := OpenJournal(left, "audit", Options{SegmentBytes: tiny, AtLeast: 3})
			if err != nil {
				t.Fatalf("cut at %s, %s: %v", disk.LastOp(), name, err)
			}
			for size := 3 * tiny; size < 6*tiny; size += tiny {
				if _, err := j.Append(bytes.Repeat([]byte{2}, size)); err != nil {
					t.Fatalf("cut at %s, %s: %d bytes: %v", disk.LastOp(), name, size, err)
				}
			}
			if err := errors.Join(j.Verify(), j.Close()); err != nil {
				t.Fatalf("cut at %s, %s: %v", disk.LastOp(), name, err)
			}
		}
		if done {
			return
		}
	}
}

// And the exchange itself may be cut anywhere.
func TestJournalExchangeOfAnEmptySegmentAtEveryCut(t *testing.T) {
	for n := 1; ; n++ {
		disk := crash.New()
		j, _, err := OpenJournal(disk, "audit", Options{SegmentBytes: tiny})
		if err != nil {
			t.Fatal(err)
		}
		disk.CutAt(disk.Ops() + n)
		_, err = j.Append(bytes.Repeat([]byte{1}, 2*tiny)) // the first segment is empty, and too small
		done := err == nil
		for name, left := range disk.States(uint64(n), 8) {
			j, _, err := OpenJournal(left, "audit", Options{SegmentBytes: tiny})
			if err != nil {
				t.Fatalf("cut at %s, %s: %v", disk.LastOp(), name, err)
			}
			if next := j.Next(); done && next != 2 {
				t.Fatalf("%s: an acknowledged entry is gone", name)
			}
			if _, err := j.Append(bytes.Repeat([]byte{2}, 3*tiny)); err != nil {
				t.Fatalf("cut at %s, %s: %v", disk.LastOp(), name, err)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if done {
			return
		}
	}
}
