// Package ledger keeps what the hub has said and what devices have said to it:
// the membership and governance chains, cohort keys, released records, the
// devices' items in one Merkle log, and the hub's own notes.
//
// It guarantees, for every implementation, and package conform proves it:
// numbers are dense and given once; what a writer has returned survives a power
// cut; nothing is signed before it is durable; a killed epoch is neither
// released nor streamed again; each item of a device is in the log exactly
// once, and two histories of one device are kept as evidence; freshness is
// never signed beside a write to the same cohort.
//
// It does not decide who may have what, never holds a patient's name, NHS number
// or data key in clear, and speaks to no network: sync/hub does.
package ledger
