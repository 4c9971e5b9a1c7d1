package audit

import (
	"encoding/binary"
	"hash/crc32"
)

// A frame is length u32 | crc u32 | seq u64 | durable u64 | payload | zeros up
// to a multiple of 8; all big-endian. The CRC-32C runs over the journal's id,
// the length, seq, durable and the payload, so that a frame fits one place of
// one journal and nobody who does not know the random id can imitate one.
//
// durable is the first sequence number that was not yet known to be on the
// device when the frame was written. It is what tells a torn tail from damage:
// if frame n is broken and any later frame says durable > n, then n had been
// acknowledged.
//
// A frame of length 0 is a mark: it holds no entry, seq is the next number and
// durable equals it. Close writes one.
const (
	frameHead  = 4 + 4 + 8 + 8
	frameAlign = 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type frame struct {
	seq, durable uint64
	payload      []byte // nil for a mark
}

func frameLen(payload int) int {
	return (frameHead + payload + frameAlign - 1) / frameAlign * frameAlign
}

func appendFrame(dst []byte, id *[16]byte, f frame) []byte {
	start := len(dst)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(f.payload)))
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint64(dst, f.seq)
	dst = binary.BigEndian.AppendUint64(dst, f.durable)
	dst = append(dst, f.payload...)
	binary.BigEndian.PutUint32(dst[start+4:], frameSum(id, dst[start:]))
	for (len(dst)-start)%frameAlign != 0 {
		dst = append(dst, 0)
	}
	return dst
}

// frameSum is the checksum of a frame without its padding.
func frameSum(id *[16]byte, b []byte) uint32 {
	sum := crc32.Update(0, castagnoli, id[:])
	sum = crc32.Update(sum, castagnoli, b[:4])
	return crc32.Update(sum, castagnoli, b[8:])
}

// parseFrame reads one whole, valid frame at the beginning of b. The payload
// aliases b.
func parseFrame(b []byte, id *[16]byte) (f frame, size int, ok bool) {
	if len(b) < frameHead {
		return frame{}, 0, false
	}
	n := binary.BigEndian.Uint32(b)
	if n > MaxPayload || frameLen(int(n)) > len(b) {
		return frame{}, 0, false
	}
	whole := frameHead + int(n)
	f.seq = binary.BigEndian.Uint64(b[8:])
	f.durable = binary.BigEndian.Uint64(b[16:])
	if f.seq == 0 || f.durable > f.seq || n == 0 && f.durable != f.seq ||
		binary.BigEndian.Uint32(b[4:]) != frameSum(id, b[:whole]) {
		return frame{}, 0, false
	}
	size = frameLen(int(n))
	if !allZero(b[whole:size]) {
		return frame{}, 0, false
	}
	if n > 0 {
		f.payload = b[frameHead:whole:whole]
	}
	return f, size, true
}

// plausible is a cheap look at whether a frame with a number from first on
// could begin here, before its bytes are summed.
func plausible(b []byte, first uint64) bool {
	if len(b) < frameHead {
		return false
	}
	n := binary.BigEndian.Uint32(b)
	seq := binary.BigEndian.Uint64(b[8:])
	durable := binary.BigEndian.Uint64(b[16:])
	return n <= MaxPayload && frameLen(int(n)) <= len(b) &&
		seq >= first && seq-first < 1<<24 && durable <= seq
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
