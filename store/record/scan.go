package record

import (
	"bytes"
	"encoding/binary"
	"math"
	"unicode/utf8"
)

// kind is the kind of one JSON value.
type kind uint8

const (
	kindAbsent kind = iota
	kindNull
	kindFalse
	kindTrue
	kindNumber
	kindString
	kindArray
	kindObject
)

const (
	escapedKey  = 1 << iota // the key holds a backslash
	escapedText             // the string holds a backslash
	hasChildren             // the first child is the next node
)

// node is one JSON value: where it is, not what it says.
type node struct {
	off, end uint32 // raw[off:end]; for a string, without its quotes
	next     uint32 // index of the next sibling, 0 for none
	key      uint32 // offset of the property name without its quote
	klen     uint16
	kind     kind
	flags    uint8
}

// tree indexes one JSON text; nothing is copied or decoded.
type tree struct {
	raw   []byte
	nodes []node
}

// scanner reads the bytes once, strictly by RFC 8259, and builds the index.
// The recursion is bounded by MaxDepth.
type scanner struct {
	raw   []byte
	pos   int
	nodes []node
	stack [MaxDepth + 1]uint32 // the containers that are open, for paths
	depth int
}

// scan indexes raw, or refuses it.
func scan(raw []byte) (*tree, *Refusal) {
	switch {
	case len(raw) > MaxBytes:
		return nil, &Refusal{Cause: CauseTooLarge, Path: "$"}
	case bytes.HasPrefix(raw, []byte{0xEF, 0xBB, 0xBF}), bytes.HasPrefix(raw, []byte{0xFE, 0xFF}), bytes.HasPrefix(raw, []byte{0xFF, 0xFE}):
		return nil, refuse(raw, 0, "$", CauseByteOrderMark)
	}
	s := &scanner{raw: raw, nodes: make([]node, 0, min(len(raw)/16+8, MaxValues+1))}
	s.space()
	if s.pos == len(raw) {
		return nil, &Refusal{Cause: CauseEmpty, Path: "$"}
	}
	if raw[s.pos] == '<' {
		return nil, refuse(raw, s.pos, "$", CauseXML)
	}
	if !utf8.Valid(raw) {
		off := 0
		for off < len(raw) {
			r, n := utf8.DecodeRune(raw[off:])
			if r == utf8.RuneError && n <= 1 {
				break
			}
			off += n
		}
		return nil, refuse(raw, off, "$", CauseNotUTF8)
	}
	if r := s.value(node{}); r != nil {
		return nil, r
	}
	s.space()
	if s.pos != len(raw) {
		if raw[s.pos] == '/' {
			return nil, s.refuse(s.pos, CauseComment)
		}
		return nil, s.refuse(s.pos, CauseTrailingData)
	}
	return &tree{raw: raw, nodes: s.nodes}, nil
}

func (s *scanner) refuse(off int, cause Cause) *Refusal {
	if off >= len(s.raw) && cause != CauseTooDeep {
		cause = CauseTruncated
	}
	return refuse(s.raw, off, s.path(), cause)
}

// space skips white space; indented files are a third blanks, so it takes
// eight at a time.
func (s *scanner) space() {
	raw, p := s.raw, s.pos
	for p < len(raw) {
		switch raw[p] {
		case ' ':
			for p+8 <= len(raw) && binary.LittleEndian.Uint64(raw[p:]) == 0x2020202020202020 {
				p += 8
			}
			for p < len(raw) && raw[p] == ' ' {
				p++
			}
		case '\n', '\r', '\t':
			p++
		default:
			s.pos = p
			return
		}
	}
	s.pos = p
}

// value reads one value at pos into a new last node; n has its key.
func (s *scanner) value(n node) *Refusal {
	if s.pos >= len(s.raw) {
		return s.refuse(s.pos, CauseTruncated)
	}
	if len(s.nodes) >= MaxValues {
		return s.refuse(s.pos, CauseTooManyValues)
	}
	i := len(s.nodes)
	n.off = uint32(s.pos)
	s.nodes = append(s.nodes, n)
	switch c := s.raw[s.pos]; c {
	case '{':
		return s.object(uint32(i))
	case '[':
		return s.array(uint32(i))
	case '"':
		s.pos++
		n := &s.nodes[i]
		n.kind, n.off = kindString, uint32(s.pos)
		escaped, r := s.text()
		if r != nil {
			return r
		}
		n.end = uint32(s.pos - 1)
		if escaped {
			n.flags |= escapedText
		}
		return nil
	case 't':
		return s.word(i, kindTrue, "true")
	case 'f':
		return s.word(i, kindFalse, "false")
	case 'n':
		return s.word(i, kindNull, "null")
	case '/':
		return s.refuse(s.pos, CauseComment)
	default:
		if c == '-' || c >= '0' && c <= '9' {
			return s.number(i)
		}
		return s.refuse(s.pos, CauseValueDue)
	}
}

func (s *scanner) open(i uint32, k kind) *Refusal {
	if s.depth >= MaxDepth {
		return s.refuse(s.pos, CauseTooDeep)
	}
	s.nodes[i].kind = k
	s.stack[s.depth] = i
	s.depth++
	s.pos++
	s.space()
	return nil
}

func (s *scanner) shut(i uint32) {
	s.pos++
	s.depth--
	s.nodes[i].end = uint32(s.pos)
}

func (s *scanner) array(i uint32) *Refusal {
	if r := s.open(i, kindArray); r != nil {
		return r
	}
	last := uint32(0)
	for {
		if s.pos < len(s.raw) && s.raw[s.pos] == ']' {
			if last != 0 {
				return s.refuse(s.pos, CauseTrailingComma)
			}
			s.shut(i)
			return nil
		}
		child := uint32(len(s.nodes))
		s.link(i, last, child)
		if r := s.value(node{}); r != nil {
			return r
		}
		last = child
		done, r := s.comma(']')
		if r != nil {
			return r
		}
		if done {
			s.shut(i)
			return nil
		}
	}
}

// link makes child the next sibling of last, or the first of its parent.
func (s *scanner) link(parent, last, child uint32) {
	if last == 0 {
		s.nodes[parent].flags |= hasChildren
	} else {
		s.nodes[last].next = child
	}
}

// comma reads a comma, or sees the closing bracket and stays on it.
func (s *scanner) comma(closing byte) (done bool, r *Refusal) {
	s.space()
	if s.pos >= len(s.raw) {
		return false, s.refuse(s.pos, CauseTruncated)
	}
	switch s.raw[s.pos] {
	case closing:
		return true, nil
	case ',':
		s.pos++
		s.space()
		return false, nil
	case '/':
		return false, s.refuse(s.pos, CauseComment)
	}
	return false, s.refuse(s.pos, CauseCommaDue)
}

func (s *scanner) object(i uint32) *Refusal {
	if r := s.open(i, kindObject); r != nil {
		return r
	}
	last, keys := uint32(0), 0
	for {
		if s.pos < len(s.raw) && s.raw[s.pos] == '}' {
			if last != 0 {
				return s.refuse(s.pos, CauseTrailingComma)
			}
			s.shut(i)
			return nil
		}
		if keys++; keys > MaxKeys {
			return s.refuse(s.pos, CauseTooManyKeys)
		}
		child := uint32(len(s.nodes))
		if r := s.property(i, last); r != nil {
			return r
		}
		last = child
		done, r := s.comma('}')
		if r != nil {
			return r
		}
		if done {
			s.shut(i)
			return nil
		}
	}
}

// property reads "key": value, and refuses a key that its object has already.
func (s *scanner) property(parent, last uint32) *Refusal {
	start := s.pos
	if start >= len(s.raw) {
		return s.refuse(start, CauseTruncated)
	}
	if s.raw[start] != '"' {
		if s.raw[start] == '/' {
			return s.refuse(start, CauseComment)
		}
		return s.refuse(start, CauseKeyDue)
	}
	s.pos++
	escaped, r := s.text()
	if r != nil {
		return r
	}
	klen := s.pos - start - 2
	if klen > min(MaxKeyBytes, math.MaxUint16) {
		return s.refuse(start, CauseKeyTooLong)
	}
	n := node{key: uint32(start + 1), klen: uint16(klen)}
	if escaped {
		n.flags = escapedKey
	}
	if last != 0 && s.duplicate(parent, n) {
		d := s.refuse(start, CauseDuplicateKey)
		d.Path = s.containerPath(n)
		return d
	}
	s.space()
	if s.pos >= len(s.raw) || s.raw[s.pos] != ':' {
		return s.refuse(s.pos, CauseColonDue)
	}
	s.pos++
	s.space()
	s.link(parent, last, uint32(len(s.nodes)))
	return s.value(n)
}

// duplicate tells whether an earlier property of the object has n's key.
func (s *scanner) duplicate(parent uint32, n node) bool {
	key := s.raw[n.key : n.key+uint32(n.klen)]
	for i := parent + 1; i != 0; i = s.nodes[i].next {
		o := &s.nodes[i]
		if (o.flags|n.flags)&escapedKey != 0 {
			if unescape(s.raw[o.key:o.key+uint32(o.klen)]) == unescape(key) {
				return true
			}
			continue
		}
		if o.klen == n.klen && s.raw[o.key] == s.raw[n.key] && string(s.raw[o.key:o.key+uint32(o.klen)]) == string(key) {
			return true
		}
	}
	return false
}
