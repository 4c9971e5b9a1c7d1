package record

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Cause says why bytes were refused. The words are for people and carry no
// content of the file.
type Cause string

// The closed list of causes.
const (
	CauseEmpty          Cause = "the file is empty"
	CauseTooLarge       Cause = "larger than 32 MB"
	CauseTooDeep        Cause = "nested more than 64 levels deep"
	CauseTooManyValues  Cause = "more than 524,288 values"
	CauseTooManyKeys    Cause = "more than 256 properties in one object"
	CauseKeyTooLong     Cause = "a property name longer than 256 bytes"
	CauseDuplicateKey   Cause = "the same property twice: two readers would see two records"
	CauseNotUTF8        Cause = "not valid UTF-8 text"
	CauseByteOrderMark  Cause = "begins with a byte order mark, which JSON forbids"
	CauseXML            Cause = "XML, not JSON"
	CauseTrailingData   Cause = "more text after the end of the JSON value"
	CauseComment        Cause = "a comment, which JSON forbids"
	CauseTruncated      Cause = "the text ends too early"
	CauseValueDue       Cause = "a JSON value is due here"
	CauseKeyDue         Cause = "a property name in double quotes is due here"
	CauseColonDue       Cause = "a colon is due here"
	CauseCommaDue       Cause = "a comma or a closing bracket is due here"
	CauseTrailingComma  Cause = "a comma before a closing bracket"
	CauseControlInText  Cause = "a control character inside a text"
	CauseBadEscape      Cause = "an escape that JSON does not know"
	CauseBadNumber      Cause = "not a JSON number"
	CauseNotObject      Cause = "not a FHIR resource: the outermost value is not an object"
	CauseNoResourceType Cause = "not a FHIR resource: resourceType is missing or not a name"
)

// Refusal is the error of [Parse] and [Identify]: the bytes are not read at
// all, because any reading could be another record than the sender's. It names
// place and cause and never holds a value of the file. Keep the bytes as they
// came; do not retry.
type Refusal struct {
	Cause  Cause
	Path   string // JSON path of the nearest container, such as $.entry[3].resource
	Offset int    // byte offset from 0
	Line   int    // from 1
	Column int    // from 1, in characters
}

// Error says place and cause: "line 7, column 7, at $.name[0]: ...".
func (r *Refusal) Error() string {
	if r.Line == 0 {
		return string(r.Cause)
	}
	return fmt.Sprintf("%s: %s", r.Place(), r.Cause)
}

// Place says where: "line 7, column 7, at $.name[0]".
func (r *Refusal) Place() string {
	if r.Line == 0 {
		return "whole file"
	}
	s := "line " + strconv.Itoa(r.Line) + ", column " + strconv.Itoa(r.Column)
	if r.Path != "" && r.Path != "$" {
		s += ", at " + r.Path
	}
	return s
}

// Is lets callers write errors.Is(err, &Refusal{Cause: CauseDuplicateKey}).
func (r *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal)
	return ok && (t.Cause == "" || t.Cause == r.Cause)
}

// refuse builds a Refusal at a byte offset.
func refuse(raw []byte, off int, path string, cause Cause) *Refusal {
	off = min(off, len(raw))
	line := 1 + bytes.Count(raw[:off], []byte{'\n'})
	start := bytes.LastIndexByte(raw[:off], '\n') + 1
	return &Refusal{Cause: cause, Path: path, Offset: off, Line: line, Column: 1 + utf8.RuneCount(raw[start:off])}
}

// pathKey writes one property into a path. A name that is not a FHIR name may
// hold anything, so it is not repeated.
func pathKey(b *strings.Builder, key string) {
	b.WriteByte('.')
	if len(key) > 64 || key == "" {
		b.WriteByte('?')
		return
	}
	for i := range len(key) {
		c := key[i]
		if c != '_' && c != '-' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			b.WriteByte('?')
			return
		}
	}
	// Six digits or more in a row could be somebody's number.
	run := 0
	for i := range len(key) {
		if key[i] >= '0' && key[i] <= '9' {
			if run++; run >= 6 {
				b.WriteByte('?')
				return
			}
		} else {
			run = 0
		}
	}
	b.WriteString(key)
}
