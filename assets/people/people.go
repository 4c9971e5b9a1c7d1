// Package people is the demonstration population: people who do not exist, and
// their care summaries, made up by code.
//
// It guarantees that the same seed, number and day give the same bytes; that every
// NHS number that is meant to be right is valid, never issued to anybody, and held
// by one person only; that 250 people show every section of a summary and every
// state a screen has to tell apart; and that every document says in its security
// labels (HTEST) and in its title (DEMONSTRATION) that it is no real record, so that
// a real area can refuse it (R57).
//
// It does not claim clinical sense: problems, medicines and results are drawn, not
// reasoned. It does no I/O; packaging/try writes the files. Names, streets and
// organisations are invented, postcodes and telephone numbers lie in ranges that are
// not in use. It imports the standard library alone.
//
// TestEveryStateIsShown, TestNumbersAreValidAndUnique and TestSameSeedSameBytes
// prove it.
package people

import (
	"iter"
	"time"
)

// Document is one person's care summary as the central record would send it.
type Document struct {
	// ID is the document's own id, a UUID in 36 characters. It depends on the seed
	// and on the person's place in the population, not on the day.
	ID string

	// NHS is the NHS number as the document carries it, ten digits. It is empty for
	// somebody who has none, and fails its check for a few.
	NHS string

	// JSON is a FHIR R4 document Bundle in the style of the International Patient
	// Summary, with a UK Core Patient. It begins with its resourceType and its id.
	JSON []byte
}

// reference is the day on which the population was imagined: old events are counted
// back from it, so that they do not move with the day of a demonstration.
var reference = time.Date(2026, time.November, 1, 9, 0, 0, 0, time.UTC)

// Generate returns n people as they stand on the day the population was imagined,
// the people of the stories first. Any n from 0 to 1,000,000 gives n documents.
func Generate(seed uint64, n int) iter.Seq[Document] {
	return GenerateAsOf(seed, n, reference)
}

// GenerateAsOf returns n people as they stand on a given day: recent contacts,
// reviews that are still to come and the age of each summary follow the day, so that
// a demonstration always looks fresh. The same person on another day has the same ID
// and NHS number and different content, as a changed summary has.
func GenerateAsOf(seed uint64, n int, today time.Time) iter.Seq[Document] {
	today = time.Date(today.Year(), today.Month(), today.Day(), 9, 0, 0, 0, time.UTC)
	return func(yield func(Document) bool) {
		cast := scenario(today)
		deal := newNumbers(seed)
		for i := range n {
			var p *portrait
			if i < len(cast) {
				p = cast[i].portrait
			} else {
				p = paint(seed, i-len(cast), deal.deal(), today)
			}
			if !yield(Document{ID: p.id, NHS: p.nhs, JSON: write(p)}) {
				return
			}
		}
	}
}
