package people

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Marked reports whether a FHIR resource says of itself, or of any resource inside
// it, that it is test health data: the label HTEST of v3-ActReason among its
// security labels or tags. A real area refuses such a document, and a demonstration
// area refuses every other (R57). Bytes that are not a JSON object are not marked.
//
// It reads the whole text and believes no shape: whatever is wrong elsewhere, a value
// of another type, a property given twice, a list in place of one thing, the label is
// found wherever a meta holds it. The code without a system counts; under another
// system it means something else. FuzzMarked proves it.
func Marked(raw []byte) bool {
	if !json.Valid(raw) {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // a number of any size is read
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return false
	}
	s := labelScan{d}
	return s.object(inResource)
}

// labelScan walks through valid JSON, deciding from token to token.
type labelScan struct{ d *json.Decoder }

// place is what the value at hand is a part of.
type place uint8

const (
	inResource place = iota
	inMeta
	inLabels
)

// below is the place of a property. FHIR's names have one spelling; readers that
// fold case exist, so that no other spelling hides a label from us.
func (p place) below(key string) place {
	switch {
	case p == inLabels, p == inMeta && (strings.EqualFold(key, "security") || strings.EqualFold(key, "tag")):
		return inLabels
	case strings.EqualFold(key, "meta"):
		return inMeta
	}
	return inResource
}

// object reads an object whose brace is read already.
func (s labelScan) object(at place) bool {
	code, named, ours := false, false, false
	for s.d.More() {
		t, err := s.d.Token()
		if err != nil {
			return false // not in valid JSON
		}
		key, _ := t.(string)
		text, marked := s.value(at.below(key))
		switch {
		case marked:
			return true
		case text == "":
		case strings.EqualFold(key, "code"):
			code = code || text == "HTEST"
		case strings.EqualFold(key, "system"):
			named, ours = true, ours || text == reasonSystem
		}
	}
	_, err := s.d.Token()
	return err == nil && at == inLabels && code && (ours || !named)
}

// value reads the next value; text is what it says if it is a text.
func (s labelScan) value(at place) (text string, marked bool) {
	t, err := s.d.Token()
	if err != nil {
		return "", false
	}
	switch t := t.(type) {
	case string:
		return t, false
	case json.Delim:
		if t == '{' {
			return "", s.object(at)
		}
		for s.d.More() {
			if _, marked := s.value(at); marked {
				return "", true
			}
		}
		_, _ = s.d.Token()
	}
	return "", false
}
