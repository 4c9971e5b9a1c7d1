package canon

// Limits bound one value. A zero field means the default. Callers that store
// large tables pass larger limits by name; callers that read from a network
// pass smaller ones.
type Limits struct {
	Bytes int // whole encoding; default 1 MiB
	Depth int // nested arrays and maps; default 16, at most 64
	Items int // elements of one array or pairs of one map; default 65,536
}

const (
	// DefaultBytes bounds an encoding: the largest signed object of the
	// protocol, a cohort key set for a whole area, is well below it.
	DefaultBytes = 1 << 20
	// DefaultDepth bounds nesting: our deepest type has five levels.
	DefaultDepth = 16
	// DefaultItems bounds one array or map. A one-byte element can become a
	// struct of about a hundred bytes in memory, so this is also what keeps
	// a hostile megabyte from becoming many.
	DefaultItems = 1 << 16

	// maxDepth caps every caller: the scanner is recursive.
	maxDepth = 64
)

func pick(limits []Limits) Limits {
	var l Limits
	if n := len(limits); n > 0 {
		l = limits[n-1]
	}
	if l.Bytes <= 0 {
		l.Bytes = DefaultBytes
	}
	if l.Depth <= 0 {
		l.Depth = DefaultDepth
	}
	if l.Items <= 0 {
		l.Items = DefaultItems
	}
	l.Depth = min(l.Depth, maxDepth)
	return l
}
