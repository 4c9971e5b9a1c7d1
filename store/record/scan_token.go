package record

import "bytes"

func (s *scanner) word(i int, k kind, w string) *Refusal {
	if !bytes.HasPrefix(s.raw[s.pos:], []byte(w)) {
		return s.refuse(s.pos, CauseValueDue)
	}
	s.pos += len(w)
	s.nodes[i].kind, s.nodes[i].end = k, uint32(s.pos)
	return nil
}

// number reads the strict grammar: -? (0|[1-9][0-9]*) (.[0-9]+)? ([eE][+-]?[0-9]+)?
func (s *scanner) number(i int) *Refusal {
	start, p, raw := s.pos, s.pos, s.raw
	digits := func() bool {
		from := p
		for p < len(raw) && raw[p] >= '0' && raw[p] <= '9' {
			p++
		}
		return p > from
	}
	if raw[p] == '-' {
		p++
	}
	first := p
	if !digits() || raw[first] == '0' && p > first+1 {
		return s.refuse(start, CauseBadNumber)
	}
	if p < len(raw) && raw[p] == '.' {
		p++
		if !digits() {
			return s.refuse(start, CauseBadNumber)
		}
	}
	if p < len(raw) && (raw[p] == 'e' || raw[p] == 'E') {
		p++
		if p < len(raw) && (raw[p] == '+' || raw[p] == '-') {
			p++
		}
		if !digits() {
			return s.refuse(start, CauseBadNumber)
		}
	}
	s.pos = p
	s.nodes[i].kind, s.nodes[i].end = kindNumber, uint32(p)
	return nil
}

// plain marks the bytes that need no look inside a text.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 0x20 && c != '"' && c != '\\'
	}
	return t
}()

// text reads to the closing quote; pos is behind the opening one.
func (s *scanner) text() (escaped bool, r *Refusal) {
	raw, p := s.raw, s.pos
	for {
		for p < len(raw) && plain[raw[p]] {
			p++
		}
		if p >= len(raw) {
			return false, s.refuse(p, CauseTruncated)
		}
		switch raw[p] {
		case '"':
			s.pos = p + 1
			return escaped, nil
		case '\\':
			escaped = true
			n := escapeLength(raw[p:])
			if n == 0 {
				return false, s.refuse(p, CauseBadEscape)
			}
			p += n
		default:
			return false, s.refuse(p, CauseControlInText)
		}
	}
}

// escapeLength tells how long the escape at the start of b is, 0 for none.
func escapeLength(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) >= 6 && hex4(b[2:6]) >= 0 {
			return 6
		}
	}
	return 0
}

// hex4 reads four hexadecimal digits, or gives -1.
func hex4(b []byte) rune {
	var r rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}
