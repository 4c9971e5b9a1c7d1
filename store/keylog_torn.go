package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"satchel/store/files"
)

// maxTorn is far more than the largest frame that is written, and maxSummed
// bounds the work on a tail that was made to look like many frames.
const (
	maxTorn   = 8 << 20
	maxSummed = 256 << 20
)

// checkLength finds that acknowledged frames are gone from the end.
func (l *keyLog) checkLength() error {
	if l.n < l.atLeast {
		return &DamagedError{File: keyLogName(l.gen), What: fmt.Sprintf("frame %d is gone, and what came after it", l.n)}
	}
	return nil
}

// cutTorn takes off what is not a whole frame, if it may be a write that a
// crash cut short: nothing that is known to have been there, and nothing that
// something was written after.
func (l *keyLog) cutTorn(end int64) error {
	if err := l.checkLength(); err != nil {
		return err
	}
	later, err := wholeFrameIn(l.f, l.size, end)
	if err != nil {
		return err
	}
	if later {
		return &DamagedError{File: keyLogName(l.gen), What: fmt.Sprintf("frame %d is broken, and was not the last", l.n)}
	}
	return l.cut()
}

// wholeFrameIn tells whether a whole frame begins anywhere in a broken tail.
func wholeFrameIn(f files.File, at, end int64) (bool, error) {
	if end-at > maxTorn {
		return true, nil
	}
	b := make([]byte, end-at)
	if n, err := f.ReadAt(b, at); n < len(b) {
		return false, fmt.Errorf("reading the key log: %w", err)
	}
	summed := 0
	for ; len(b) > frameHead; b = b[1:] {
		n := int(binary.BigEndian.Uint32(b))
		if n == 0 || n > len(b)-frameHead {
			continue
		}
		if crc32.Checksum(b[frameHead:frameHead+n], castagnoli) == binary.BigEndian.Uint32(b[4:]) {
			return true, nil
		}
		if summed += n; summed > maxSummed {
			return true, nil
		}
	}
	return false, nil
}
