// Package scenario holds the product's stories as tests: a real hub with a
// real ledger, real vaults, real TLS on real sockets of this machine, and the
// folder of made-up people as the central record.
//
// It guarantees nothing by itself. The four stories are in four files: arrive,
// open, withdraw, deliver; the odd nights (a killed hub, a cut in the middle of
// a load, a revoked device, a wrong code) are beside them.
package scenario
