package store

import (
	"slices"
	"time"
)

// NoticeCode says what a notice is about; a screen has a sentence for each.
type NoticeCode string

// What the vault has to tell its owner.
const (
	// CacheQuarantined: the cache was moved aside and is being filled again.
	CacheQuarantined NoticeCode = "cache-quarantined"
	// RecordsMissing: N records are held by name only and are fetched again.
	RecordsMissing NoticeCode = "records-missing"
	// VersionsLost: N older versions, kept for review, are gone with the
	// content that was lost; nobody sends them again.
	VersionsLost NoticeCode = "versions-lost"
	// AuditTornTail: the last, never acknowledged entry was cut off.
	AuditTornTail NoticeCode = "audit-torn-tail"
	// AuditCut: acknowledged entries are gone from the end of the chain.
	AuditCut NoticeCode = "audit-cut"
	// FactsTornTail: the last, never acknowledged fact was cut off.
	FactsTornTail NoticeCode = "facts-torn-tail"
	// KeysTornTail: the last change of the key table was half written and
	// was cut off; it had not been acknowledged.
	KeysTornTail NoticeCode = "keys-torn-tail"
	// DiskFull: the vault was opened on a full disk; what it owes, an erasure
	// or its state, is written as soon as there is room.
	DiskFull NoticeCode = "disk-full"
	// ShareWeak: the device share lies in a plain file.
	ShareWeak NoticeCode = "share-weak"
	// ShareNotTurned: rows were erased, but the share's store did not answer,
	// so the old share still exists; it is turned when the store answers.
	ShareNotTurned NoticeCode = "share-not-turned"
	// ErasureResumed: an erasure that a crash had interrupted was finished.
	ErasureResumed NoticeCode = "erasure-resumed"
	// CacheClosed: the cache could not be opened or made; nothing is readable.
	CacheClosed NoticeCode = "cache-closed"
	// WrapRefused: N records came with a key that does not fit them.
	WrapRefused NoticeCode = "wrap-refused"
	// NewerRecords: N records need a newer version of the product to open.
	NewerRecords NoticeCode = "newer-records"
	// ClockWrong: the wall clock is more than two minutes off the hub's.
	ClockWrong NoticeCode = "clock-wrong"
)

// Notice is something that was found or done without anybody asking, and that
// a person should know. It holds no clinical content.
type Notice struct {
	Code NoticeCode
	Time time.Time
	N    int    // how many, where that makes sense
	File string // relative to the data folder, where one is meant
}

// Notices gives what has to be told, oldest first: one of each code and file,
// the newest.
func (v *Vault) Notices() []Notice {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.notices)
}

func (v *Vault) noteLocked(n Notice) {
	n.Time = v.nowLocked()
	v.notices = slices.DeleteFunc(v.notices, func(x Notice) bool { return x.Code == n.Code && x.File == n.File })
	v.notices = append(v.notices, n)
}

func (v *Vault) note(n Notice) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.noteLocked(n)
}

// unnote takes back what is no longer so.
func (v *Vault) unnote(code NoticeCode) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.notices = slices.DeleteFunc(v.notices, func(x Notice) bool { return x.Code == code })
}
