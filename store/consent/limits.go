package consent

import "satchel/store/canon"

// Limits of one directive. They are generous for a person's wishes and small enough
// that a device can hold a whole caseload's history in memory.
const (
	maxList  = 64   // elements of one list: parties, sections, labels, entries
	maxName  = 200  // bytes of a code, an organisation, a staff id
	maxWords = 2000 // bytes of what was said or shown
	maxScale = 8    // nesting of an encoding
	maxOfOne = 32 << 10
)

var directiveLimits = canon.Limits{Bytes: maxOfOne, Depth: maxScale, Items: maxList}
