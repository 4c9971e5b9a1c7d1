package record

import (
	"strconv"
	"strings"
)

// entry is one resource of a document, or an entry without one.
type entry struct {
	res     value  // absent when the entry holds no resource
	outer   value  // the bundle's entry element; the resource itself when alone
	full    string // fullUrl
	typ, id string
	path    string
	cause   string // why it cannot be read, "" if it can
	place   place
	item    *Item // built once, on demand
	busy    bool  // its item or title is being built: a circle of references
	name    string
	named   bool
	result  string // an observation's value, for the reports that refer to it
	valued  bool
}

// place is where an entry has been accounted for.
type place uint8

const (
	unplaced place = iota
	inSection
	inSupporting
	inUnreadable
)

// document is a scanned text with its entries and an index of references.
type document struct {
	t       *tree
	root    value
	kind    Kind
	typ     string
	entries []entry

	byFull    map[string]int // full URL, urn:uuid in lower case
	byTypeID  map[string]int // "Patient/1"
	byID      map[string]int // "1"; -1 where several types share it
	byIdent   map[string]int // "Type|system|value", built on first use
	contained map[uint32]map[string]value
	titles    map[uint32]string // of contained resources
	doubles   int
}

// open reads the outermost value and gathers the entries.
func open(raw []byte) (*document, *Refusal) {
	t, r := scan(raw)
	if r != nil {
		return nil, r
	}
	d := &document{t: t, root: t.root()}
	if !d.root.isObject() {
		return nil, refuse(raw, int(t.nodes[0].off), "$", CauseNotObject)
	}
	rt := d.root.get("resourceType")
	if d.typ = rt.str(); rt.kind() != kindString || !resourceName(d.typ) {
		if rt.t == nil {
			return nil, refuse(raw, int(t.nodes[0].off), "$", CauseNoResourceType)
		}
		return nil, refuse(raw, int(rt.node().off), "$.resourceType", CauseNoResourceType)
	}
	if d.typ != "Bundle" {
		d.kind = KindResource
		d.entries = []entry{{res: d.root, outer: d.root, typ: d.typ, id: d.root.get("id").str(), path: "$"}}
		return d, nil
	}
	d.kind = KindUntyped
	if k := d.root.get("type"); k.kind() == kindString && k.str() != "" {
		d.kind = Kind(oneLine(k.text()))
	}
	d.gather(d.root, "$")
	return d, nil
}

// resourceName tells whether s could be the name of a FHIR resource type.
func resourceName(s string) bool {
	if len(s) < 2 || len(s) > 64 || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	for i := range len(s) {
		if !letter(s[i]) && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

// gather lists the entries of a bundle; those of a bundle inside follow it.
func (d *document) gather(bundle value, path string) {
	list := bundle.get("entry")
	if list.isObject() {
		d.add(list, path+".entry")
		return
	}
	if d.entries == nil {
		d.entries = make([]entry, 0, list.count())
	}
	n := 0
	for e := list.first(); e.t != nil; e = e.after() {
		d.add(e, path+".entry["+strconv.Itoa(n)+"]")
		n++
	}
}

func (d *document) add(outer value, path string) {
	e := entry{outer: outer, path: path}
	switch {
	case !outer.ok():
		e.cause = "an empty entry"
	case !outer.isObject():
		e.cause = "not an entry but a bare value"
	default:
		e.res, e.full = outer.get("resource"), outer.get("fullUrl").str()
		if e.res.ok() {
			e.path += ".resource"
		}
	}
	if e.cause == "" && e.res.t != nil {
		rt := e.res.get("resourceType")
		switch e.typ = rt.str(); {
		case !e.res.isObject():
			e.cause = "not a resource but a bare value"
		case rt.kind() != kindString || !resourceName(e.typ):
			e.cause, e.typ = "its type is missing", ""
		default:
			e.id = e.res.get("id").str()
		}
	}
	d.entries = append(d.entries, e)
	if e.typ == "Bundle" && e.cause == "" {
		d.gather(e.res, e.path)
	}
}

// index builds the maps for references. First come, first found.
func (d *document) index() {
	if d.byTypeID != nil {
		return
	}
	n := len(d.entries)
	d.byFull, d.byTypeID, d.byID = make(map[string]int, n), make(map[string]int, n), make(map[string]int, n)
	for i := range d.entries {
		e := &d.entries[i]
		if e.typ == "" {
			continue
		}
		if e.full != "" {
			if _, twice := d.byFull[urlKey(e.full)]; twice {
				d.doubles++
			} else {
				d.byFull[urlKey(e.full)] = i
			}
		}
		if e.id == "" {
			continue
		}
		if _, twice := d.byTypeID[e.typ+"/"+e.id]; !twice {
			d.byTypeID[e.typ+"/"+e.id] = i
		} else {
			if e.full == "" {
				d.doubles++
			}
			d.version(d.byTypeID[e.typ+"/"+e.id])
			d.version(i)
		}
		if _, twice := d.byID[e.id]; twice {
			d.byID[e.id] = -1
		} else {
			d.byID[e.id] = i
		}
	}
}

// version lets a versioned reference find the version it means, where an
// entry came more than once.
func (d *document) version(i int) {
	e := &d.entries[i]
	key := e.typ + "/" + e.id + history + e.res.at("meta", "versionId").str()
	if _, twice := d.byTypeID[key]; !twice {
		d.byTypeID[key] = i
	}
}

const history = "/_history/"

// urlKey folds the case of UUIDs and OIDs, which mean the same in capitals.
func urlKey(s string) string {
	if len(s) > 4 && strings.EqualFold(s[:4], "urn:") {
		return strings.ToLower(s)
	}
	return s
}

// find gives the entry that a reference names, or -1. It knows absolute,
// relative and versioned URLs, urn:uuid, urn:oid, bare ids, conditional
// references, and a full URL that differs from the id.
func (d *document) find(ref string) int {
	d.index()
	if ref == "" {
		return -1
	}
	if i, ok := d.byFull[urlKey(ref)]; ok {
		return i
	}
	if typ, query, ok := strings.Cut(ref, "?"); ok {
		return d.conditional(lastSegment(typ), query)
	}
	if base, v, ok := strings.Cut(ref, history); ok {
		if i, ok := d.byTypeID[lastTwo(base)+history+v]; ok {
			return i
		}
		ref = base
	}
	if i, ok := d.byFull[urlKey(ref)]; ok {
		return i
	}
	if i, ok := d.byTypeID[lastTwo(ref)]; ok {
		return i
	}
	low := urlKey(ref)
	if s, ok := strings.CutPrefix(low, "urn:uuid:"); ok {
		if i := d.bareID(s); i >= 0 {
			return i
		}
		return d.bareID(ref[len("urn:uuid:"):])
	}
	if strings.HasPrefix(low, "urn:") {
		return d.identified("", "urn:ietf:rfc3986", ref)
	}
	if !strings.Contains(ref, "/") {
		return d.bareID(ref)
	}
	return -1
}

func (d *document) bareID(id string) int {
	if i, ok := d.byID[id]; ok {
		return i
	}
	return -1
}

// lastTwo gives "Type/id" from the end of a URL.
func lastTwo(ref string) string {
	i := strings.LastIndexByte(ref, '/')
	if i < 0 {
		return ref
	}
	j := strings.LastIndexByte(ref[:i], '/')
	return ref[j+1:]
}

func lastSegment(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }

// conditional finds Type?identifier=system|value.
func (d *document) conditional(typ, query string) int {
	for part := range strings.SplitSeq(query, "&") {
		v, ok := strings.CutPrefix(part, "identifier=")
		if !ok {
			continue
		}
		v = strings.ReplaceAll(strings.ReplaceAll(v, "%7C", "|"), "%7c", "|")
		if system, code, ok := strings.Cut(v, "|"); ok {
			return d.identified(typ, system, code)
		}
	}
	return -1
}

// identified finds the entry with an identifier, -1 if none or several.
func (d *document) identified(typ, system, v string) int {
	if v == "" {
		return -1
	}
	if d.byIdent == nil {
		d.byIdent = map[string]int{}
		for i := range d.entries {
			e := &d.entries[i]
			for id := range e.res.get("identifier").elems() {
				s, v := id.get("system").str(), id.get("value").str()
				for _, k := range [...]string{e.typ + "|" + s + "|" + v, "|" + s + "|" + v} {
					if o, twice := d.byIdent[k]; twice && o != i {
						d.byIdent[k] = -1
					} else {
						d.byIdent[k] = i
					}
				}
			}
		}
	}
	if i, ok := d.byIdent[typ+"|"+system+"|"+v]; ok {
		return i
	}
	return -1
}

// target is what a reference leads to.
type target struct {
	res   value
	entry int // -1 for a contained resource, or nothing
}

// resolve follows a Reference (or a bare text in its place) from a resource.
func (d *document) resolve(ref, from value) target {
	r := ref.get("reference").str()
	if ref.kind() == kindString {
		r = ref.str()
	}
	if id, ok := strings.CutPrefix(r, "#"); ok {
		if id == "" {
			return target{from, -1}
		}
		return target{d.inside(from, id), -1}
	}
	i := d.find(r)
	if i < 0 && ref.isObject() {
		if id := ref.get("identifier"); id.ok() {
			i = d.identified(ref.get("type").str(), id.get("system").str(), id.get("value").str())
		}
	}
	if i < 0 || d.entries[i].cause != "" {
		return target{entry: -1}
	}
	return target{d.entries[i].res, i}
}

// inside finds a contained resource of from by its id.
func (d *document) inside(from value, id string) value {
	if from.t == nil {
		return value{}
	}
	m, ok := d.contained[from.i]
	if !ok {
		m = map[string]value{}
		for c := range from.get("contained").elems() {
			cid := strings.TrimPrefix(c.get("id").str(), "#")
			if _, twice := m[cid]; !twice {
				m[cid] = c
			}
		}
		if d.contained == nil {
			d.contained = map[uint32]map[string]value{}
		}
		d.contained[from.i] = m
	}
	return m[id]
}
