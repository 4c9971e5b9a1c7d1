package record

import (
	"strconv"
	"strings"
)

// path writes the JSON path of the value being read, or the last one read.
func (s *scanner) path() string {
	var b strings.Builder
	b.WriteByte('$')
	t := tree{raw: s.raw, nodes: s.nodes}
	for d := range s.depth {
		s.step(&b, &t, d)
	}
	return b.String()
}

// containerPath is the path of property n of the innermost open object.
func (s *scanner) containerPath(n node) string {
	var b strings.Builder
	b.WriteByte('$')
	t := tree{raw: s.raw, nodes: s.nodes}
	for d := range s.depth - 1 {
		s.step(&b, &t, d)
	}
	alone := tree{raw: s.raw, nodes: []node{n}}
	pathKey(&b, value{&alone, 0}.key())
	return b.String()
}

// step writes the way from the open container d to its newest child.
func (s *scanner) step(b *strings.Builder, t *tree, d int) {
	parent, child := s.stack[d], uint32(len(s.nodes)-1)
	if d+1 < s.depth {
		child = s.stack[d+1]
	}
	if child <= parent {
		return // opened, nothing in it yet
	}
	last, n := parent+1, 0
	for next := s.nodes[last].next; next != 0 && next <= child; next = s.nodes[last].next {
		last = next
		n++
	}
	if s.nodes[parent].kind == kindArray {
		b.WriteString("[" + strconv.Itoa(n) + "]")
	} else {
		pathKey(b, value{t, last}.key())
	}
}
