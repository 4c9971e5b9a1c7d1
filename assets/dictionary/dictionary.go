// Package dictionary holds the zstd dictionary that records are compressed with
// (store/FORMAT.md, section 3), as a file that is compiled in.
//
// It guarantees that the bytes are those whose hash stands beside them
// (TestDictionaryIsWhatItsHashSays): records name the dictionary they were made
// with, and one that is in use is never changed. It holds structure alone, JSON
// keys and published codes, of people who do not exist and of public examples;
// packaging/dictionary builds it, and proves there that nobody is in it. It was
// never, and may never be, trained on records in care.
package dictionary

import (
	_ "embed"
	"slices"
)

//go:embed records-1.zdict
var records []byte

// Records gives the dictionary (RFC 8878, section 5): a copy, for the caller.
func Records() []byte { return slices.Clone(records) }
