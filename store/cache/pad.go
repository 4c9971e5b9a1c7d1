package cache

import "bytes"

// granule is what lengths are rounded up to: a value's length lies in clear in
// Badger's files, and one of ours would tell a little of what is sealed in it.
const granule = 128

// pad gives value | 0x80 | zeros, a multiple of granule long.
func pad(value []byte) []byte {
	out := make([]byte, (len(value)/granule+1)*granule)
	out[copy(out, value)] = 0x80
	return out
}

// unpad undoes pad; ok is false when nobody here padded it.
func unpad(padded []byte) (value []byte, ok bool) {
	if len(padded) == 0 || len(padded)%granule != 0 {
		return nil, false
	}
	value = bytes.TrimRight(padded[len(padded)-granule:], "\x00")
	if len(value) == 0 || value[len(value)-1] != 0x80 {
		return nil, false
	}
	return padded[:len(padded)-granule+len(value)-1], true
}
