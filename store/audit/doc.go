// Package audit is a tamper-evident log in two layers, both specified byte by
// byte in SPEC.md, and the means to check a third.
//
//   - [Journal]: an append-only file of numbered entries that survives power
//     cuts. It also carries facts/ and the hub's ledger.
//   - [Log]: a device's signed hash chain of items (object D of the protocol)
//     on a journal; [Chain] verifies such a chain, [Receipt] ends an item's
//     stay, [Entry] is what an item says once its box is open.
//   - [Checkpoint] and the proofs of the hub's Merkle log.
//
// It guarantees that Append returns nil only when the entry is on the device;
// that opening after a crash finds every entry that was acknowledged, in order,
// and at most some that were being written; that damage anywhere else is a
// named error with segment and offset, never skipped; that any flipped byte,
// gap or fork of a chain is found; and that nothing is freed without a receipt.
//
// It does not encrypt, does not decide what must be logged, and cannot see by
// itself that the end of a journal was cut off between two frames: the caller
// passes the expected end, kept elsewhere. A device that signs lies signs them
// consistently.
//
// TestJournalAtEveryCut cuts the power at every operation; TestSecondVerifier,
// written from SPEC.md alone, agrees with this package on honest chains and
// finds every flipped byte, fork and gap.
package audit
