package people

import "strconv"

// obj is a JSON object in the order it is written: key, value, key, value. A value
// that is empty (nil, "", an empty list or object) is left out with its key, as FHIR
// asks. The order is kept so that every document begins with its type and its id,
// and so that the same person always gives the same bytes.
type obj []any

// list is a JSON array.
type list []any

// appendJSON writes a value; it knows what the documents are made of, and panics on
// anything else, because that is a slip in this package.
func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case obj:
		return appendObject(b, v)
	case list:
		b = append(b, '[')
		first := true
		for _, e := range v {
			if empty(e) {
				continue
			}
			if !first {
				b = append(b, ',')
			}
			first = false
			b = appendJSON(b, e)
		}
		return append(b, ']')
	case string:
		return appendString(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case float64:
		return strconv.AppendFloat(b, v, 'f', -1, 64)
	}
	panic("people: a value that no document holds")
}

func appendObject(b []byte, o obj) []byte {
	b = append(b, '{')
	first := true
	for i := 0; i+1 < len(o); i += 2 {
		if empty(o[i+1]) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(appendString(b, o[i].(string)), ':')
		b = appendJSON(b, o[i+1])
	}
	return append(b, '}')
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case obj:
		for i := 1; i < len(v); i += 2 {
			if !empty(v[i]) {
				return false
			}
		}
		return true
	case list:
		for _, e := range v {
			if !empty(e) {
				return false
			}
		}
		return true
	}
	return false
}

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(append(append(b, s[:i]...), '\\'), c)
		case c == '\n':
			b = append(append(b, s[:i]...), '\\', 'n')
		case c < 0x20:
			panic("people: a control character that no document holds")
		default:
			continue
		}
		s, i = s[i+1:], -1
	}
	return append(append(b, s...), '"')
}
