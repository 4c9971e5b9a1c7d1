package seal

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/klauspost/compress/zstd"

	"satchel/assets/dictionary"
)

// ErrDictionary: a record was compressed with a dictionary that this codec was
// not given. Get the release that ships it.
var ErrDictionary = errors.New("record needs another compression dictionary")

const (
	labelRecord = "satchel/record/1"

	// Inside a record's blob: method u8, length u32 of the FHIR bytes, for
	// methodDict the dictionary's hash, then one zstd frame, then padding.
	methodZstd = 1
	methodDict = 2
)

// Records seals and opens records. It is safe for several goroutines and keeps
// encoders and decoders for as many as there are cores.
type Records struct {
	enc      *zstd.Encoder
	dec      *zstd.Decoder
	plain    *zstd.Decoder // for records made without the dictionary
	dictHash [32]byte
	hasDict  bool
}

// NewRecords returns a codec that compresses with dict, a zstd dictionary
// (RFC 8878, section 5), or without one when it is empty. It opens records made
// with the same dictionary or with none.
func NewRecords(dict []byte) (*Records, error) {
	cores := runtime.GOMAXPROCS(0)
	eo := []zstd.EOption{
		zstd.WithEncoderLevel(zstd.SpeedDefault),
		zstd.WithEncoderConcurrency(cores),
		zstd.WithEncoderCRC(false), // Poly1305 stands above it
		zstd.WithWindowSize(1 << 20),
		zstd.WithLowerEncoderMem(true),
	}
	do := []zstd.DOption{
		zstd.WithDecoderConcurrency(cores),
		zstd.WithDecoderMaxMemory(MaxRecord + 1<<20),
		zstd.WithDecodeAllCapLimit(true),
	}
	r := &Records{hasDict: len(dict) > 0}
	var err error
	if r.plain, err = zstd.NewReader(nil, do...); err != nil {
		return nil, fmt.Errorf("making a record decoder: %w", err)
	}
	r.dec = r.plain
	if r.hasDict {
		r.dictHash = sha256.Sum256(dict)
		eo = append(eo, zstd.WithEncoderDict(dict))
		if r.dec, err = zstd.NewReader(nil, append(do, zstd.WithDecoderDicts(dict))...); err != nil {
			return nil, fmt.Errorf("making a record decoder: %w", err)
		}
	}
	if r.enc, err = zstd.NewWriter(nil, eo...); err != nil {
		return nil, fmt.Errorf("making a record encoder: %w", err)
	}
	return r, nil
}

// defaultRecords is the codec with the dictionary that is shipped, made at its
// first use.
var defaultRecords = sync.OnceValues(func() (*Records, error) { return NewRecords(dictionary.Records()) })

// Dictionary is how R's header names the dictionary that SealRecord uses: the
// first bytes of its hash.
func Dictionary() [8]byte { return shipped() }

var shipped = sync.OnceValue(func() [8]byte {
	hash := sha256.Sum256(dictionary.Records())
	return [8]byte(hash[:])
})

// SealRecord is Records.Seal with the dictionary that is shipped.
func SealRecord(dataKey *Key, fhir []byte) ([]byte, error) {
	r, err := defaultRecords()
	if err != nil {
		return nil, err
	}
	return r.Seal(dataKey, fhir)
}

// OpenRecord is Records.Open with the dictionary that is shipped. It opens
// records made without one too; one that was made with another is ErrDictionary.
func OpenRecord(dataKey *Key, ciphertext []byte) ([]byte, error) {
	r, err := defaultRecords()
	if err != nil {
		return nil, err
	}
	return r.Open(dataKey, ciphertext)
}

// Seal compresses the FHIR bytes, pads them and seals them under the record's
// data key. The result's length is a multiple of 256. One data key seals one
// version of one record.
func (r *Records) Seal(dataKey *Key, fhir []byte) ([]byte, error) {
	if len(fhir) > MaxRecord {
		return nil, fmt.Errorf("%w: record of %d bytes, at most %d", ErrTooLarge, len(fhir), MaxRecord)
	}
	body := make([]byte, 0, 64+len(fhir)/3)
	if r.hasDict {
		body = append(body, methodDict)
		body = binary.BigEndian.AppendUint32(body, uint32(len(fhir)))
		body = append(body, r.dictHash[:]...)
	} else {
		body = append(body, methodZstd)
		body = binary.BigEndian.AppendUint32(body, uint32(len(fhir)))
	}
	body = r.enc.EncodeAll(fhir, body)
	padded := padTo(body, paddedLen(len(body)))
	defer clear(body)
	defer clear(padded)
	return Seal(dataKey, labelRecord, padded), nil
}

// Open returns the FHIR bytes exactly as sealed. What it allocates is bounded
// by MaxRecord, whatever the compressed bytes claim.
func (r *Records) Open(dataKey *Key, ciphertext []byte) ([]byte, error) {
	padded, err := Open(dataKey, labelRecord, ciphertext)
	if err != nil {
		return nil, err
	}
	defer clear(padded)
	body, ok := unpad(padded)
	if !ok || len(body) < 5 || len(padded) != paddedLen(len(body)) {
		return nil, ErrOpen
	}
	length := int(binary.BigEndian.Uint32(body[1:]))
	if length > MaxRecord {
		return nil, ErrOpen
	}
	dec, frame := r.plain, body[5:]
	switch body[0] {
	case methodZstd:
	case methodDict:
		if len(frame) < 32 {
			return nil, ErrOpen
		}
		if !r.hasDict || [32]byte(frame) != r.dictHash {
			return nil, ErrDictionary
		}
		dec, frame = r.dec, frame[32:]
	default:
		return nil, fmt.Errorf("%w: record method %d", ErrSuite, body[0])
	}
	fhir, err := dec.DecodeAll(frame, make([]byte, 0, length))
	if err != nil || len(fhir) != length {
		return nil, ErrOpen
	}
	return fhir, nil
}

// Commit is the commitment to a data key that the hub signs in R: it shows that
// a wrap holds the right key without opening the record.
func Commit(dataKey *Key) [32]byte {
	return sha256.Sum256(append([]byte("satchel/datakey/1\x00"), dataKey[:]...))
}
