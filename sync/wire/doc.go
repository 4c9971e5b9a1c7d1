// Package wire is what a device and the hub say to each other, as values, and
// their bytes: a frame is the payload's length (four bytes, big endian), the
// message's type (one byte), and the payload in canonical CBOR.
//
// It guarantees that [Decode] accepts only what [Append] would write again byte
// for byte, and only within the limits of limits.go; that a type or a version
// it does not know is refused by name; that an error has one code in both
// directions; and that a message is refused from a side that never says it,
// before any of it is read ([Limit]).
//
// It does not say who may send what when (sync/replica does), does not verify
// what a message carries (store/fact and store/audit do), and moves no bytes
// (sync/link does). Signed objects travel as the bytes that were signed.
//
// TestVectors holds every message to frozen bytes with one expected outcome
// each; FuzzDecode proves the round trip; TestEverySideSaysOnlyItsOwn walks the
// sides. sync/PROTOCOL.md is the specification.
package wire
