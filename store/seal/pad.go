package seal

// Pad appends a 0x80 byte and zeros until the length is a multiple of n
// (ISO/IEC 7816-4), so that lengths tell less. The argument is not changed.
func Pad(b []byte, n int) []byte {
	return padTo(b, (len(b)/n+1)*n)
}

// Unpad takes off exactly what Pad put on, or returns ErrOpen.
func Unpad(b []byte, n int) ([]byte, error) {
	content, ok := unpad(b)
	if !ok || len(b)%n != 0 || len(b)-len(content) > n {
		return nil, ErrOpen
	}
	return content, nil
}

func padTo(b []byte, size int) []byte {
	out := make([]byte, size)
	copy(out, b)
	out[len(b)] = 0x80
	return out
}

func unpad(b []byte) ([]byte, bool) {
	for i := len(b) - 1; i >= 0; i-- {
		switch b[i] {
		case 0:
		case 0x80:
			return b[:i:i], true
		default:
			return nil, false
		}
	}
	return nil, false
}

// paddedLen is the least padded length for n content bytes whose sealed blob
// is a multiple of padUnit.
func paddedLen(n int) int {
	for chunks := chunkCount(n + 1); ; chunks++ {
		p := max(n+1, (chunks-1)*chunkData+1)
		p += (padUnit - (1+chunks*chunkExtra+p)%padUnit) % padUnit
		if chunkCount(p) == chunks {
			return p
		}
	}
}
