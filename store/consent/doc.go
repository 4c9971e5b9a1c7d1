// Package consent is what a person allows and forbids about their own summary, as
// values: an objection, a permission, a withdrawal, a restriction taken at the
// bedside, and the statement that an entry is wrong.
//
// It guarantees that a directive read from bytes is complete, within limits.go and
// has exactly one encoding; that the order in which versions arrive never matters;
// that a "no" counts from the moment it is received and a "yes" only once it is
// upheld, so that what is uncertain restricts; and that a directive never prints
// what a person said.
//
// It does not decide who may read (store/policy does), does not destroy anything (a
// kill in store/fact does), and does not say who signed a directive: what arrives in
// a governance chain was signed by the hub, what arrives in a device item by that
// device.
//
// Two kinds of "no" (protocol.md section 3): do not hold means that content and key
// go; hold, do not show means that policy refuses and break-glass can open. See
// [Directive.Effect].
//
// TestOrderNeverMatters, TestOnlyAnUpheldYesCounts, TestDefaultsOfNo,
// TestNothingSaidIsPrinted and FuzzParse prove the above.
package consent
