package canon

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// Major types of RFC 8949, section 3.1.
const (
	majorUint = iota
	majorNegInt
	majorBytes
	majorText
	majorArray
	majorMap
	majorTag
	majorSimple
)

// Check reports whether data is exactly one item of the canonical subset and
// within the limits. It allocates nothing and does not decode, so it also
// serves values that are carried without being understood.
func Check(data []byte, limits ...Limits) error {
	s := scanner{data: data, limits: pick(limits)}
	if len(data) > s.limits.Bytes {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrLimit, len(data), s.limits.Bytes)
	}
	if err := s.item(0); err != nil {
		return err
	}
	if s.at != len(data) {
		return fmt.Errorf("%w: %d trailing bytes at %d", ErrMalformed, len(data)-s.at, s.at)
	}
	return nil
}

type scanner struct {
	data   []byte
	at     int
	limits Limits
}

// head reads one initial byte and its argument, which must be in the shortest
// form (RFC 8949, section 4.2.1).
func (s *scanner) head() (major byte, arg uint64, err error) {
	start := s.at
	if start >= len(s.data) {
		return 0, 0, fmt.Errorf("%w: cut off at %d", ErrMalformed, start)
	}
	major, info := s.data[start]>>5, s.data[start]&31
	s.at++
	switch {
	case major == majorTag:
		return 0, 0, fmt.Errorf("%w: tag at %d", ErrForbidden, start)
	case major == majorSimple && (info < 20 || info > 22):
		return 0, 0, fmt.Errorf("%w: float or simple value at %d", ErrForbidden, start)
	case info < 24:
		return major, uint64(info), nil
	case info == 31:
		return 0, 0, fmt.Errorf("%w: indefinite length at %d", ErrForbidden, start)
	case info > 27:
		return 0, 0, fmt.Errorf("%w: reserved length at %d", ErrMalformed, start)
	}
	n := 1 << (info - 24)
	if len(s.data)-s.at < n {
		return 0, 0, fmt.Errorf("%w: cut off at %d", ErrMalformed, len(s.data))
	}
	var wide [8]byte
	copy(wide[8-n:], s.data[s.at:s.at+n])
	arg = binary.BigEndian.Uint64(wide[:])
	s.at += n
	if arg < shortestFor[info-24] {
		return 0, 0, fmt.Errorf("%w: number or length at %d is not in its shortest form", ErrNotCanonical, start)
	}
	return major, arg, nil
}

// shortestFor holds the least value that needs an argument of 1, 2, 4, 8 bytes.
var shortestFor = [4]uint64{24, 1 << 8, 1 << 16, 1 << 32}

func (s *scanner) item(depth int) error {
	start := s.at
	major, arg, err := s.head()
	if err != nil {
		return err
	}
	switch major {
	case majorBytes, majorText:
		return s.str(major, arg)
	case majorArray:
		if err := s.enter(start, depth, arg); err != nil {
			return err
		}
		for range arg {
			if err := s.item(depth + 1); err != nil {
				return err
			}
		}
	case majorMap:
		if err := s.enter(start, depth, arg); err != nil {
			return err
		}
		return s.pairs(depth, arg)
	}
	return nil
}

func (s *scanner) enter(start, depth int, n uint64) error {
	if depth >= s.limits.Depth {
		return fmt.Errorf("%w: nested deeper than %d at %d", ErrLimit, s.limits.Depth, start)
	}
	if n > uint64(s.limits.Items) {
		return fmt.Errorf("%w: %d elements at %d, at most %d", ErrLimit, n, start, s.limits.Items)
	}
	return nil
}

func (s *scanner) str(major byte, n uint64) error {
	start := s.at
	if n > uint64(len(s.data)-start) {
		return fmt.Errorf("%w: string at %d is cut off", ErrMalformed, start)
	}
	s.at += int(n)
	if major == majorText && !utf8.Valid(s.data[start:s.at]) {
		return fmt.Errorf("%w: text at %d is not UTF-8", ErrMalformed, start)
	}
	return nil
}

// pairs checks n key-value pairs: keys strictly ascending in the bytewise
// order of their encodings, which also excludes duplicates.
func (s *scanner) pairs(depth int, n uint64) error {
	var last []byte
	for i := range n {
		start := s.at
		if start < len(s.data) && s.data[start]>>5 > majorText {
			return fmt.Errorf("%w: map key at %d is neither number nor string", ErrForbidden, start)
		}
		if err := s.item(depth + 1); err != nil {
			return err
		}
		key := s.data[start:s.at]
		if i > 0 {
			switch c := bytes.Compare(last, key); {
			case c == 0:
				return fmt.Errorf("%w: duplicate map key at %d", ErrNotCanonical, start)
			case c > 0:
				return fmt.Errorf("%w: map keys out of order at %d", ErrNotCanonical, start)
			}
		}
		last = key
		if err := s.item(depth + 1); err != nil {
			return err
		}
	}
	return nil
}
