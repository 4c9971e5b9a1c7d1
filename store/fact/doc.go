// Package fact is what the hub says, as values: membership (M), governance
// (G), cohort keys (K), records (R) and their wraps (W), freshness (F), the
// hub's certificate and a person's credential.
//
// It guarantees that a value opened from bytes was signed by the key it was
// opened with, has exactly one encoding, and is within the limits of
// limits.go; that a run of chain entries is accepted only when every entry
// links to the one before and the hub signed the last; and that merging is by
// max() alone, so order, repetition and loss on the way never matter.
//
// It does no I/O, holds no private key beyond a call, and never sees the
// inside of a record: the ciphertext is store/seal's to open.
//
// TestRunRefusesEveryFlippedByte, TestMergeIsOrderFree and the fuzz targets
// prove it. sync/PROTOCOL.md gives the bytes.
package fact
