// Package central is the central record as the hub sees it. Today that is a
// folder of FHIR JSON files; a FHIR server over HTTP comes behind the same
// idea: look, and take what changed.
//
// It guarantees that a file it cannot read is reported with file, place and
// cause and holds up nothing else; that two documents are taken for one
// person's only when a verified NHS number and the birth date agree, and that no
// file's time or name moves a number to another birth date; that the newest
// document of a person is the current one, and that nothing older takes its
// place when it cannot be had any more; and that a file which disappears is
// reported and never taken for a withdrawal.
//
// It does not decide who may have what, logs no name and no number, and keeps
// no document in memory between two looks. What it knows of files it knows since
// it was opened: of two birth dates that were already there for one number, the
// first file by name has it; and a document that disappeared before then is not
// missed.
//
// TestNewestDocumentIsCurrent, TestNothingOlderTakesOver,
// TestNothingLessThanCertainIsMerged, TestANumberStaysWithItsOwner and
// TestEveryFileIsAccountedFor prove it.
package central
