// Package identity names devices, people, patients and cohorts, and holds the
// keys that speak for them.
//
// It guarantees that each kind of identifier has a type of its own, that an
// NHS number never prints itself, and that every signature is bound to a
// domain string, so that a signature made for one kind of object is never
// valid for another. A device id is the hash of the device's signing key: two
// devices cannot share one, and a key cannot be swapped under an id.
//
// It does no I/O, keeps nothing and decides nothing: who is a member is the
// membership chain's business (store/fact), who may read is policy's.
//
// TestSignatureIsBoundToItsDomain, TestNHSNumberNeverPrints and
// TestEnrolmentCodeRoundTrip prove the above.
package identity
