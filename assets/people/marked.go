package people

import "encoding/json"

// Marked reports whether a FHIR resource says of itself, or of any resource inside
// it, that it is test health data: the label HTEST of v3-ActReason among its
// security labels or tags. A real area refuses such a document, and a demonstration
// area refuses every other (R57). Bytes that are not a JSON object are not marked.
func Marked(raw []byte) bool {
	var r labelled
	if json.Unmarshal(raw, &r) != nil {
		return false
	}
	if r.Meta.marked() {
		return true
	}
	for _, e := range r.Entry {
		if e.Resource.Meta.marked() {
			return true
		}
	}
	return false
}

type labelled struct {
	Meta  labels
	Entry []struct{ Resource struct{ Meta labels } }
}

type labels struct {
	Security []label
	Tag      []label
}

type label struct{ System, Code string }

func (l labels) marked() bool {
	for _, of := range [][]label{l.Security, l.Tag} {
		for _, one := range of {
			if one.System == reasonSystem && one.Code == "HTEST" {
				return true
			}
		}
	}
	return false
}
