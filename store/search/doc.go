// Package search finds a person among those a laptop holds, from one box: NHS
// number, names, date of birth and postcode, whole or in part, in any order,
// as they are typed (P2).
//
// The index lives in memory only, is built when somebody unlocks and dropped
// when they lock; nothing of it is ever written. It guarantees:
//
//   - every word typed must match the person, by number, name, birth date or
//     postcode; the rows come exact, then prefix, then similar, and each says
//     which it is and why it matched. What is only like the words typed, or
//     only not at odds with them, is always Similar;
//   - a search agrees with reading every person one by one, after any order of
//     Build, Put and Remove (TestFindAgreesWithSlowReference);
//   - a restricted person has no address here and is not found by postcode
//     (TestRestrictedPersonHasNoAddress); a person who has died is found, and
//     marked;
//   - a removed person is found no more when Remove returns, and their text is
//     overwritten. Their number, birth date and postcode stay in an array, of
//     no row, until that part of the index is next rebuilt;
//   - nothing here prints a name: every type that carries one redacts itself
//     (TestNothingPrints).
//
// It decides nothing: whether a row may be opened, and how, is policy's and
// the vault's business, and no caller may open a Similar row without asking.
// It does no I/O, and keeps no query.
//
// # How it is made
//
// People lie in segments that never change but for the marks on removed rows.
// A segment holds columns in the order of names, and sorted permutations of
// them by handle, number, birth date and postcode; name forms are a sorted
// vocabulary with postings, and trigrams of it for the misspelt. A change makes
// a small segment and joins it with those not much larger, so that n changes
// cost n log n and a search visits at most about log n segments.
//
// # Concurrency
//
// An Index is safe for use by many goroutines. Find runs beside other Finds and
// beside the long part of Build and Put; it waits only for the moment in which
// a finished change is put in place. Build, Put, Remove and Clear wait for one
// another. Lock order: writing, then mu.
package search
