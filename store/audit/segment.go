package audit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"path"
	"strconv"
	"strings"

	"satchel/store/files"
)

// A segment is a header and frames, then zeros up to its preallocated size.
// Header: magic 8 | format u32 | journal id 16 | first seq u64 | file size u64 |
// crc u32, the CRC-32C of the bytes before it.
const (
	segMagic  = "SATCHELJ"
	segFormat = 1
	segHead   = 8 + 4 + 16 + 8 + 8 + 4
	segPrefix = "seg-"
	spareName = "spare"
	// largerName is a segment that is to take the place of an empty one.
	largerName = "larger"
)

var (
	// ErrCorrupt is what every *CorruptError is. Stop using the journal, keep
	// its files as they are, and name segment and offset to a person.
	ErrCorrupt = errors.New("journal is damaged")
	// ErrTailCut: entries that were acknowledged once, by what is kept
	// elsewhere, are not there any more. Raise it: it is tampering, an older
	// copy put back, or a drive that lied.
	ErrTailCut = errors.New("journal ends before its known end")
	// ErrFormat: written by a newer version. Ask for an update.
	ErrFormat = errors.New("journal has a newer format")
	// ErrFailed: a write or sync failed earlier; what is on the device is
	// unknown until the journal is opened again.
	ErrFailed = errors.New("journal stopped after a failed write")
	// ErrClosed: the journal was closed.
	ErrClosed = errors.New("journal is closed")
	// ErrPayload: an entry that is empty or larger than MaxPayload.
	ErrPayload = errors.New("journal entry of a size that is not allowed")
)

// CorruptError says where a journal is damaged and how.
type CorruptError struct {
	Segment string // file name
	Offset  int64  // of the first byte that cannot be trusted
	Seq     uint64 // the entry that should be there
	Reason  string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%v: %s at offset %d, entry %d: %s", ErrCorrupt, e.Segment, e.Offset, e.Seq, e.Reason)
}

// Is makes a CorruptError answer to ErrCorrupt.
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }

// segment is one file of a journal as it was found or made.
type segment struct {
	name  string // path within the FS
	first uint64 // number of its first entry
	size  int64  // of the file
}

func segmentName(dir string, first uint64) string {
	return path.Join(dir, fmt.Sprintf("%s%020d", segPrefix, first))
}

// segmentFirst reads the number out of a file name.
func segmentFirst(name string) (uint64, bool) {
	digits, ok := strings.CutPrefix(name, segPrefix)
	if !ok || len(digits) != 20 {
		return 0, false
	}
	first, err := strconv.ParseUint(digits, 10, 64)
	return first, err == nil && first > 0
}

func segmentHeader(id *[16]byte, first uint64, size int64) []byte {
	b := append(make([]byte, 0, segHead), segMagic...)
	b = binary.BigEndian.AppendUint32(b, segFormat)
	b = append(b, id[:]...)
	b = binary.BigEndian.AppendUint64(b, first)
	b = binary.BigEndian.AppendUint64(b, uint64(size))
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// parseHeader returns the journal's id and the size that the file must have.
// errHeader stands for any damage.
func parseHeader(b []byte, first uint64) (id [16]byte, size uint64, err error) {
	if len(b) < segHead || string(b[:8]) != segMagic ||
		crc32.Checksum(b[:segHead-4], castagnoli) != binary.BigEndian.Uint32(b[segHead-4:]) {
		return id, 0, errHeader
	}
	if format := binary.BigEndian.Uint32(b[8:]); format != segFormat {
		return id, 0, fmt.Errorf("%w: %d", ErrFormat, format)
	}
	if binary.BigEndian.Uint64(b[28:]) != first {
		return id, 0, errHeader
	}
	return [16]byte(b[12:28]), binary.BigEndian.Uint64(b[36:]), nil
}

var errHeader = errors.New("segment header is damaged")

// scan walks the frames of one segment and calls each for the entries. It ends
// at the first byte that is not a valid next frame; next is the number that
// would have come there, mark the length of the marks right before it.
func scan(b []byte, id *[16]byte, first uint64, each func(frame) bool) (end int, next uint64, mark int) {
	end, next = segHead, first
	for {
		f, size, ok := parseFrame(b[end:], id)
		if !ok || f.seq != next {
			return end, next, mark
		}
		if f.payload == nil {
			mark += size
		} else {
			if each != nil && !each(f) {
				return end, next, mark
			}
			next++
			mark = 0
		}
		end += size
	}
}

// provesLoss looks behind a broken place for a frame that says entry seq had
// been acknowledged: then it is damage and not a torn tail.
func provesLoss(b []byte, id *[16]byte, from int, seq uint64) bool {
	probed := 0
	start := (from-segHead+frameAlign-1)/frameAlign*frameAlign + segHead
	for at := start; at+frameHead <= len(b); at += frameAlign {
		if !plausible(b[at:], seq) {
			continue
		}
		f, size, ok := parseFrame(b[at:], id)
		if ok && f.durable > seq {
			return true
		}
		probed += max(size, frameHead+int(binary.BigEndian.Uint32(b[at:])))
		if probed > maxProbe {
			return true
		}
	}
	return false
}

func readSegment(fsys files.FS, name string) ([]byte, error) {
	b, err := files.ReadFile(fsys, name, maxSegmentBytes)
	if err != nil {
		return nil, fmt.Errorf("reading a journal segment: %w", err)
	}
	return b, nil
}
