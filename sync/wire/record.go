package wire

import (
	"encoding/binary"
	"fmt"

	"satchel/store/canon"
)

// Records are most of what is ever sent, and their payload is always the map
// {1: bytes, 2: bytes}. It is read and written here without copying what it
// carries; FuzzRecordAgrees holds this file to what store/canon says.

const (
	mapOfTwo  = 0xa2
	keyRaw    = 0x01
	keyWrap   = 0x02
	majorByte = 0x40
)

func (m *Record) append(dst []byte) ([]byte, error) {
	size := 3 + headSize(len(m.Raw)) + len(m.Raw) + headSize(len(m.Wrap)) + len(m.Wrap)
	if size > recordLimits.Bytes {
		return dst, fmt.Errorf("encoding %s: %w: %d bytes, at most %d", TypeRecord, canon.ErrLimit, size, recordLimits.Bytes)
	}
	dst = header(dst, TypeRecord, size)
	dst = appendBytes(append(dst, mapOfTwo, keyRaw), m.Raw)
	return appendBytes(append(dst, keyWrap), m.Wrap), nil
}

func decodeRecord(payload []byte) (Message, error) {
	m, err := scanRecord(payload)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrProtocol, TypeRecord, err)
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	return m, nil
}

func scanRecord(payload []byte) (*Record, error) {
	if len(payload) > recordLimits.Bytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", canon.ErrLimit, len(payload), recordLimits.Bytes)
	}
	if len(payload) < 2 || payload[0] != mapOfTwo || payload[1] != keyRaw {
		return nil, fmt.Errorf("%w: no map of two", canon.ErrShape)
	}
	raw, rest, err := takeBytes(payload[2:])
	if err != nil {
		return nil, err
	}
	if len(rest) == 0 || rest[0] != keyWrap {
		return nil, fmt.Errorf("%w: no second field", canon.ErrShape)
	}
	wrap, rest, err := takeBytes(rest[1:])
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%w: %d trailing bytes", canon.ErrMalformed, len(rest))
	}
	return &Record{Raw: raw, Wrap: wrap}, nil
}

// headSize is the length of a byte string's head (RFC 8949, section 3).
func headSize(n int) int {
	switch {
	case n < 24:
		return 1
	case n < 1<<8:
		return 2
	case n < 1<<16:
		return 3
	}
	return 5
}

func appendBytes(dst, b []byte) []byte {
	switch n := len(b); headSize(n) {
	case 1:
		dst = append(dst, majorByte|byte(n))
	case 2:
		dst = append(dst, majorByte|24, byte(n))
	case 3:
		dst = binary.BigEndian.AppendUint16(append(dst, majorByte|25), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint32(append(dst, majorByte|26), uint32(n))
	}
	return append(dst, b...)
}

// takeBytes reads one byte string, whose length must be in its shortest form,
// and gives what follows it.
func takeBytes(b []byte) (s, rest []byte, err error) {
	if len(b) == 0 {
		return nil, nil, fmt.Errorf("%w: cut off", canon.ErrMalformed)
	}
	if b[0]&0xe0 != majorByte {
		return nil, nil, fmt.Errorf("%w: no byte string", canon.ErrShape)
	}
	n, info := int(b[0]&0x1f), b[0]&0x1f
	b = b[1:]
	if info >= 24 {
		if info > 26 { // longer than any limit, indefinite, or reserved
			return nil, nil, fmt.Errorf("%w: length of a byte string", canon.ErrMalformed)
		}
		width := 1 << (info - 24)
		if len(b) < width {
			return nil, nil, fmt.Errorf("%w: cut off", canon.ErrMalformed)
		}
		n = 0
		for _, v := range b[:width] {
			n = n<<8 | int(v)
		}
		if b = b[width:]; headSize(n) != 1+width {
			return nil, nil, fmt.Errorf("%w: length not in its shortest form", canon.ErrNotCanonical)
		}
	}
	if n > len(b) {
		return nil, nil, fmt.Errorf("%w: byte string cut off", canon.ErrMalformed)
	}
	return b[:n:n], b[n:], nil
}
