// Package reader reads a data folder without the vault: it was written from
// store/FORMAT.md, store/audit/SPEC.md and sync/PROTOCOL.md alone, and has no
// code of its own: it is tests.
//
// The files named read_* are package reader. They use the standard library and
// four others (nacl and argon2, CBOR, zstd, Badger) and nothing of satchel;
// TestReaderStandsAlone holds them to it. The other files are package
// reader_test: they make a vault through the door that everybody uses, and
// compare what the reader finds with what was put in. What the three documents
// do not say, the reader cannot do: that is the guarantee.
//
//   - TestSecondReader: everything that was put in is read, byte for byte, by
//     the keys that FORMAT.md, section 14, names, and by no fewer.
//   - TestSecondReaderCompacted: the same of a journal whose beginning was freed.
//   - TestSecondReaderRefuses: the folder alone, a share without a passphrase,
//     a wrong passphrase, damage.
//
// It does not judge who may read, and holds to no lease: a reader with the keys
// is what the lease is not kept by. It reads the share of a folder that is
// bound to a file, not that of a TPM or a credential store.
package reader
