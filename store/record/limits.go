package record

// Every bound on what this package reads stands here. A bound is checked by
// the scanner before anything is decoded; beyond it the bytes are refused with
// their place and cause, never cut short.
const (
	// MaxBytes bounds one summary. The largest public example is 1.8 MB; 32 MB
	// leaves room for scanned documents inside and still fits in memory twice.
	MaxBytes = 32 << 20

	// MaxDepth bounds nesting. FHIR needs about 16 levels (a nested section in a
	// bundle); parsers without a bound have been brought down by 100,000
	// (CVE-2026-62295), so 64 is generous and safe for our recursion.
	MaxDepth = 64

	// MaxValues bounds JSON values of every kind. The largest public example has
	// 42,768. One value costs 24 bytes of index, so the whole index stays under
	// 13 MB; without the bound 60 MB of "{}" costs gigabytes.
	MaxValues = 1 << 19

	// MaxKeys bounds the properties of one object. R4's widest resource has 57
	// elements; each may have an underscore twin. It also bounds the search for
	// duplicate keys.
	MaxKeys = 256

	// MaxKeyBytes bounds one property name. R4's longest has 40 letters.
	MaxKeyBytes = 256

	// maxHops bounds how far references are followed for a title: medication
	// request -> medication -> ingredient is the longest useful chain.
	maxHops = 3

	// maxFields bounds the fields of one item's detail. A laboratory panel has
	// about 60; a code system of a thousand concepts is nobody's record. What is
	// over is counted in a last field that says so.
	maxFields = 400

	// maxValueText bounds the rendered text of one field that we assemble from
	// parts (a deeply nested questionnaire). Text as authored is never cut.
	maxValueText = 16 << 10

	// maxReferred bounds what one item repeats of another it refers to: the
	// other is shown in full in its own place. Without it one long title named a
	// hundred thousand times would fill the memory.
	maxReferred = 300

	// maxCodings bounds the codes kept of one concept. Real ones have up to about
	// ten translations; every item that refers to a medicine looks at them all.
	maxCodings = 64

	// maxMarkup bounds the search for the end of one tag or declaration in a
	// narrative, so that broken markup costs no more than a pass.
	maxMarkup = 64 << 10

	// maxCompared bounds the identifiers compared between two people's details.
	maxCompared = 16

	// maxDemographics bounds one encoded Demographics: a person with every name
	// and address of a long life needs about 2 KB.
	maxDemographics = 64 << 10

	// maxDemographicNames bounds the names of one Demographics.
	maxDemographicNames = 64
)
