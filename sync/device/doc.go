// Package device is the device's role, with or without a screen: it enrols,
// keeps the vault in step with the hub whenever the hub can be reached, and
// says truly how that stands.
//
// It guarantees that nothing of a patient is asked for before enrolment is
// complete, that a hub is spoken to only under the key that the root pinned at
// enrolment vouches for, that losing the hub changes nothing for the person in
// front of the screen, and that "received by the hub" is said only after the
// hub's signed receipt.
//
// It does not decide who may read (store), and keeps no secret of its own.
//
// The tests of sync/scenario prove it with a real hub on real sockets;
// TestStatusNeverClaimsMoreThanAReceipt is here.
package device
