// Package policy is one pure decision: may this person read this record now, for
// this purpose, and may this device hold it?
//
// It guarantees, whatever it is asked: a denial never grants (every rule can only
// make the answer stricter, and the strictest wins, so the order of rules, labels and
// directives never matters); after a withdrawal nothing reads, break-glass included;
// a label that is not known restricts; a newer "no" beats an older "yes"; and a
// request that leaves something out is answered as if the missing part were the worst.
// Break-glass opens what asks for it, for clinical roles, with a reason of the closed
// list, words and re-authentication, for a fixed time, and always raises an alert.
//
// An allowed reading is of what the decision lets be shown: [Decision.Reduce] takes the
// rest out of a summary and leaves a trace of everything it took.
//
// It decides on values that it is handed. It does not know whether they are true:
// who somebody is, what the hub signed and what time it is are the vault's business
// (package store), and so is the entry that has to be durable before anything opens.
//
// testdata/truth.tsv is the whole truth table and testdata/conditions.tsv the rest of
// the conditions, one a line; TestTruthTable and TestConditions read them.
// TestDenialNeverGrants, TestOrderNeverMatters, TestAfterWithdrawalNothingReads and
// TestUnknownLabelRestricts state the laws; TestReduceNeverTurnsWithheldIntoNone that a
// withheld allergy never leaves "no known allergies" behind.
package policy
