// Package replica decides what a device and the hub send each other, and what
// they accept: the five phases of a session (sync/PROTOCOL.md), over any
// ordered stream of messages. It opens no sockets.
//
//	HELLO    who stands where; the older side takes the membership first
//	BARRIER  governance, and restrictions taken at a bedside; applied, fsynced,
//	         acknowledged both ways before anything below is sent
//	KEYS     clock, freshness, cohort keys, receipts, checkpoint
//	OUTBOX   the device's audit items; a receipt only after they are durable
//	RECORDS  by cursor; a withdrawal that happens meanwhile goes first
//
// Together they are one round; an open session waits and runs another.
//
// It guarantees that no record and no wrap is sent before both sides have
// acknowledged the same governance (invariant I3), that nothing the hub did
// not sign is kept, that a receipt is passed on only if the hub signed it for
// this device, and that a device the membership revokes gets membership,
// governance and receipts and nothing else (I10).
//
// It does not decide who may hold or read (store), does not sign (ledger), and
// does not know how bytes travel (link). TestNoRecordBeforeTheBarrier and
// TestRevokedGetsNothingNew prove the guarantees on a wire tap.
package replica
