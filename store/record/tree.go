package record

import (
	"bytes"
	"iter"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// value is one JSON value of a tree; the zero value is an absent one. Every
// accessor is total: on an absent value, or one of another kind than asked
// for, it gives an absent or empty answer.
type value struct {
	t *tree
	i uint32
}

func (t *tree) root() value { return value{t, 0} }

func (v value) node() *node { return &v.t.nodes[v.i] }

func (v value) kind() kind {
	if v.t == nil {
		return kindAbsent
	}
	return v.node().kind
}

// ok tells whether there is a value other than null.
func (v value) ok() bool { return v.kind() > kindNull }

func (v value) isObject() bool { return v.kind() == kindObject }

// first is the first child of an object or array, nulls included.
func (v value) first() value {
	if v.t == nil || v.node().flags&hasChildren == 0 {
		return value{}
	}
	return value{v.t, v.i + 1}
}

// after is the next sibling, nulls included.
func (v value) after() value {
	if n := v.node().next; n != 0 {
		return value{v.t, n}
	}
	return value{}
}

// key is the property name of a child of an object.
func (v value) key() string {
	n := v.node()
	b := v.t.raw[n.key : n.key+uint32(n.klen)]
	if n.flags&escapedKey != 0 {
		return unescape(b)
	}
	return string(b)
}

// keyIs compares without copying.
func (v value) keyIs(name string) bool {
	n := v.node()
	if n.flags&escapedKey != 0 {
		return v.key() == name
	}
	return int(n.klen) == len(name) && string(v.t.raw[n.key:n.key+uint32(n.klen)]) == name
}

// get is the property of an object, absent if it is not there. Where an array
// stands in place of a single object, the first element answers.
func (v value) get(name string) value {
	if v.kind() == kindArray {
		for e := range v.elems() {
			return e.get(name)
		}
		return value{}
	}
	if v.kind() != kindObject {
		return value{}
	}
	for c := v.first(); c.t != nil; c = c.after() {
		if c.keyIs(name) {
			return c
		}
	}
	return value{}
}

// at follows names through objects.
func (v value) at(names ...string) value {
	for _, n := range names {
		if v = v.get(n); v.t == nil {
			return v
		}
	}
	return v
}

// elems are the elements of an array that are not null; a single value where
// an array is due counts as an array of one.
func (v value) elems() iter.Seq[value] {
	return func(yield func(value) bool) {
		if v.kind() != kindArray {
			if v.ok() {
				yield(v)
			}
			return
		}
		for c := v.first(); c.t != nil; c = c.after() {
			if c.ok() && !yield(c) {
				return
			}
		}
	}
}

// props are the properties of an object, nulls included.
func (v value) props() iter.Seq2[string, value] {
	return func(yield func(string, value) bool) {
		if v.kind() != kindObject {
			return
		}
		for c := v.first(); c.t != nil; c = c.after() {
			if !yield(c.key(), c) {
				return
			}
		}
	}
}

// count is the number of elements or properties, nulls included.
func (v value) count() int {
	n := 0
	for c := v.first(); c.t != nil; c = c.after() {
		n++
	}
	return n
}

// str is a string, number or boolean as written, without the blanks around
// it: for codes, references, dates. Not for the screen.
func (v value) str() string {
	switch v.kind() {
	case kindString:
		n := v.node()
		b := v.t.raw[n.off:n.end]
		if n.flags&escapedText != 0 {
			return strings.TrimSpace(unescape(b))
		}
		return strings.TrimSpace(string(b))
	case kindNumber, kindTrue, kindFalse:
		n := v.node()
		return string(v.t.raw[n.off:n.end])
	}
	return ""
}

// text is str made safe for the screen.
func (v value) text() string { return safeText(v.str()) }

// is compares a string without blanks around it.
func (v value) is(s string) bool {
	if v.kind() != kindString {
		return false
	}
	n := v.node()
	if n.flags&escapedText == 0 && int(n.end-n.off) == len(s) {
		return string(v.t.raw[n.off:n.end]) == s
	}
	return v.str() == s
}

// unescape decodes the inside of a JSON string that the scanner has accepted.
// A half of a surrogate pair becomes U+FFFD.
func unescape(b []byte) string {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		n := bytes.IndexByte(b[i:], '\\')
		if n < 0 {
			out = append(out, b[i:]...)
			break
		}
		out = append(out, b[i:i+n]...)
		i += n + 2
		switch b[i-1] {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r := hex4(b[i:])
			i += 4
			if utf16.IsSurrogate(r) {
				low := rune(-1)
				if i+6 <= len(b) && b[i] == '\\' && b[i+1] == 'u' {
					low = hex4(b[i+2:])
				}
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					i += 6
				}
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, b[i-1])
		}
	}
	return string(out)
}
