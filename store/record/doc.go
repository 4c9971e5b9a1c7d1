// Package record reads patient summaries: a tolerant, read-only view over raw
// FHIR R4 JSON.
//
// The bytes as received are the record; nothing here writes them again.
// [Parse] gives the whole summary in words, [Identify] only who it is about,
// fast, and [Summary.Card] the emergency card at a time.
//
// It guarantees:
//   - Whatever is one unambiguous JSON resource within the limits of limits.go
//     is read, however odd: every vendor's patient summaries, GP summaries that
//     are search results, transactions, messages, single resources. Anything
//     else is refused by a [Refusal] with place and cause, before it is decoded
//     and in bounded memory; duplicate properties are refused, because two
//     readers would see two records.
//   - Nothing received is dropped silently. Every entry of a bundle is shown in
//     a section, shown among the supporting items, or counted unreadable with
//     its path and cause; unknown kinds and unknown properties are worded from
//     their shape; narratives are kept whole, as plain text.
//   - The four states - recorded, known none, not recorded, not available - are
//     never merged, and words are never taken for a statement that there is
//     none. An item about another person is never shown under this person; one
//     that names somebody who cannot be found is shown apart, as no item.
//   - Text is made safe for a screen: no markup, no active content, hidden and
//     order-changing characters written out.
//   - Clinical types redact themselves for every print verb, slog and JSON;
//     refusals hold no values.
//   - Parse and Identify agree on who it is.
//
// It does not validate against profiles, look codes up, convert units, decide
// who may see what (store/policy does, by the labels given here), or check
// signatures. A name list of high-risk medicines is a help, not a
// classification.
//
// TestEverythingUnderDataIsReadOrRefused proves the first two over all public
// examples, TestFourStatesNeverMerge the third, TestNothingLeaks the redaction,
// TestAnUnknownPersonsResultStandsApart whose an item is, FuzzParse,
// FuzzIdentify and FuzzNarrative that nothing crashes and nothing is uncounted.
package record
