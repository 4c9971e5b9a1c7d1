package search

// Every bound of the package. A record is somebody else's, and so is a query:
// neither may make the index large or a search slow.
const (
	// maxQueryRunes and maxQueryWords bound what one box can hold. The longest
	// honest query - a double-barrelled full name, a number, a date and a
	// postcode - has under 80 letters and 12 words.
	maxQueryRunes = 160
	maxQueryWords = 12
	// maxReadings bounds how many ways of grouping the words are followed.
	maxReadings = 8
	// defaultRows and maxRows bound one list: likeness is compared row by row.
	defaultRows = 50
	maxRows     = 200

	// maxText is the room for one person's shown details, maxNames for the
	// names of one kind, maxForm for one name form, in bytes: a name part of
	// over 64 bytes is found by its beginning.
	maxText  = 2048
	maxNames = 16
	maxForm  = 64
	// maxForms bounds the name forms of one person.
	maxForms = 64
	// maxSegment keeps slots within 27 bits and text within 32.
	maxSegment = 1 << 20

	// similarFrom is the fewest letters that are worth a guess, similarAt the
	// Jaro-Winkler likeness a name form must reach: Smyth to Smith is 0.893,
	// Steven to Stephen 0.894, Taylor to Tyler 0.84.
	similarFrom = 4
	similarAt   = 0.88
	// nickLikeness is what a nickname counts as.
	nickLikeness = 0.95
	// trigramsFrom is the vocabulary from which trigrams beat looking at all.
	trigramsFrom = 1024
	// parallelFrom is the number of people from which both cores are used.
	parallelFrom = 4096
)
