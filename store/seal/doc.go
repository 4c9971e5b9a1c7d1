// Package seal is the only package that touches ciphers and keys at rest. It
// holds the key hierarchy of a device as values: sealed blobs, records, wrapped
// keys, boxes to a public key, passphrase slots, and the key file keys/gen-N.
//
// It guarantees that what it opens is what was sealed, whole, under the same
// key and the same label: swapped, cut, reordered, spliced or changed bytes are
// refused with ErrOpen. It guarantees that nothing larger than 64 KiB goes into
// one box, that what it decodes is bounded (limits.go), that keys redact
// themselves in every print verb and in slog, and that after a crash at any
// step of SaveNext exactly one generation of the key file opens.
//
// It does not decide who may read, does no I/O but through files.FS and the
// Share it is handed, and cannot wipe copies that the Go runtime made of a key:
// locking re-executes the process for that reason. Erasure is as good as the
// Share that forgets (Share.Binding says how good that is).
//
// Ciphers: XSalsa20-Poly1305 (NaCl secretbox), X25519 with the same (NaCl box),
// HKDF-SHA256 (RFC 5869), Argon2id (RFC 9106), SHA-256. The byte formats are in
// store/FORMAT.md.
//
// TestKnownAnswers holds the primitives to published vectors; TestOpenRefuses
// and TestRecordRefuses attack the formats; in store/share,
// TestSaveNextAtEveryCut cuts the power at every operation.
package seal
