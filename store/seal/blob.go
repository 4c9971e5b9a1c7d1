package seal

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/crypto/nacl/secretbox"
)

// A sealed blob is a suite byte and one or more chunks. A chunk is a random
// nonce and a secretbox of a header and at most chunkData bytes:
//
//	label hash 16 | blob id 16 | index u32 | count u32 | total length u64
//
// so that no chunk fits another place, another blob, or another use.
const (
	suiteSecretbox = 1

	nonceSize   = 24
	chunkHeader = 16 + 16 + 4 + 4 + 8
	chunkData   = maxBox - chunkHeader
	chunkExtra  = nonceSize + secretbox.Overhead + chunkHeader // bytes a chunk adds
	fullChunk   = chunkExtra + chunkData

	// parallelFrom is the count of chunks from which several cores help.
	parallelFrom = 8
)

func chunkCount(n int) int { return max(1, (n+chunkData-1)/chunkData) }

// SealedLen is the length of a sealed blob of n bytes.
func SealedLen(n int) int { return 1 + chunkCount(n)*chunkExtra + n }

// sealing is a blob being made: what all its chunks have in common.
type sealing struct {
	key          *Key
	head         [chunkHeader]byte
	count, total int
}

func newSealing(key *Key, label string, total int) *sealing {
	s := &sealing{key: key, count: chunkCount(total), total: total}
	lh := labelHash(label)
	copy(s.head[:16], lh[:])
	_, _ = rand.Read(s.head[16:32])
	binary.BigEndian.PutUint32(s.head[36:], uint32(s.count))
	binary.BigEndian.PutUint64(s.head[40:], uint64(total))
	return s
}

// message gives what chunk i boxes, in scratch; its data is for the caller to
// put in, after the header.
func (s *sealing) message(scratch []byte, i int) []byte {
	msg := scratch[:chunkHeader+min(chunkData, s.total-i*chunkData)]
	copy(msg, s.head[:])
	binary.BigEndian.PutUint32(msg[32:], uint32(i))
	return msg
}

// appendChunk appends a chunk.
func (s *sealing) appendChunk(out, msg []byte) []byte {
	at := len(out)
	out = out[:at+nonceSize]
	nonce := (*[nonceSize]byte)(out[at:])
	_, _ = rand.Read(nonce[:])
	return secretbox.Seal(out, msg, nonce, (*[32]byte)(s.key))
}

// Seal seals plaintext under key. The label names the type of the value and,
// through Bind, its place; Open needs the same.
func Seal(key *Key, label string, plaintext []byte) []byte {
	s := newSealing(key, label, len(plaintext))
	out := make([]byte, SealedLen(len(plaintext)))
	out[0] = suiteSecretbox
	eachChunk(s.count, scratchLen(len(plaintext)), func(i int, scratch []byte) bool {
		msg := s.message(scratch, i)
		copy(msg[chunkHeader:], plaintext[i*chunkData:])
		at := 1 + i*fullChunk
		s.appendChunk(out[at:at], msg)
		return true
	})
	return out
}

// scratchLen is what a chunk of a blob of total bytes boxes.
func scratchLen(total int) int { return min(maxBox, chunkHeader+total) }

// Open opens what Seal made, or returns ErrOpen or ErrSuite and nothing.
func Open(key *Key, label string, sealed []byte) ([]byte, error) {
	count, total, err := measure(sealed)
	if err != nil {
		return nil, err
	}
	out := make([]byte, total)
	lh := labelHash(label)
	want := make([]byte, 0, chunkHeader)
	want = append(want, lh[:]...)
	// The blob's id is known once its first chunk is open.
	first, ok := openChunk(key, sealed, 0, make([]byte, 0, scratchLen(total)))
	if !ok || len(first) < chunkHeader {
		return nil, ErrOpen
	}
	want = append(want, first[16:32]...)
	want = binary.BigEndian.AppendUint32(want, 0)
	want = binary.BigEndian.AppendUint32(want, uint32(count))
	want = binary.BigEndian.AppendUint64(want, uint64(total))

	good := keepChunk(out, first, want, 0)
	clear(first)
	if good && count > 1 {
		good = eachChunk(count-1, scratchLen(total), func(i int, scratch []byte) bool {
			msg, ok := openChunk(key, sealed, i+1, scratch[:0])
			return ok && keepChunk(out, msg, want, i+1)
		})
	}
	if !good {
		clear(out)
		return nil, ErrOpen
	}
	return out, nil
}

// measure derives count and total length from the length alone; the chunks'
// headers must agree with it later.
func measure(sealed []byte) (count, total int, err error) {
	if len(sealed) == 0 {
		return 0, 0, ErrOpen
	}
	if sealed[0] != suiteSecretbox {
		return 0, 0, fmt.Errorf("%w: %d", ErrSuite, sealed[0])
	}
	body := len(sealed) - 1
	count = (body + fullChunk - 1) / fullChunk
	total = body - count*chunkExtra
	if count == 0 || total < 0 || chunkCount(total) != count {
		return 0, 0, ErrOpen
	}
	return count, total, nil
}

func openChunk(key *Key, sealed []byte, i int, dst []byte) ([]byte, bool) {
	at := 1 + i*fullChunk
	chunk := sealed[at:min(len(sealed), at+fullChunk)]
	return secretbox.Open(dst, chunk[nonceSize:], (*[nonceSize]byte)(chunk), (*[32]byte)(key))
}

// keepChunk compares the header with what is due and copies the data.
func keepChunk(out, msg, want []byte, i int) bool {
	if len(msg) < chunkHeader ||
		!bytes.Equal(msg[:32], want[:32]) ||
		binary.BigEndian.Uint32(msg[32:]) != uint32(i) ||
		!bytes.Equal(msg[36:chunkHeader], want[36:]) {
		return false
	}
	data := msg[chunkHeader:]
	place := out[i*chunkData : min(len(out), (i+1)*chunkData)]
	return copy(place, data) == len(data) && len(data) == len(place)
}

// eachChunk runs do for each index with a scratch buffer of size bytes, wiped
// afterwards; with many on several cores. It returns false as soon as one do
// does.
func eachChunk(count, size int, do func(i int, scratch []byte) bool) bool {
	workers := 1
	if count >= parallelFrom {
		workers = min(runtime.GOMAXPROCS(0), count)
	}
	var next atomic.Int64
	var failed atomic.Bool
	work := func() {
		scratch := make([]byte, size)
		defer clear(scratch)
		for !failed.Load() {
			i := int(next.Add(1)) - 1
			if i >= count {
				return
			}
			if !do(i, scratch) {
				failed.Store(true)
			}
		}
	}
	if workers == 1 {
		work()
		return !failed.Load()
	}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(work)
	}
	wg.Wait()
	return !failed.Load()
}
