package main

import (
	"slices"

	"satchel/app/screen"
	"satchel/store"
)

// noticeOf says which notice of the screens stands for which of the vault.
var noticeOf = map[store.NoticeCode]screen.Notice{
	store.CacheQuarantined: screen.NoticeSetAside,
	store.RecordsMissing:   screen.NoticeMissing,
	store.VersionsLost:     screen.NoticeVersions,
	store.AuditTornTail:    screen.NoticeTorn,
	store.FactsTornTail:    screen.NoticeTorn,
	store.KeysTornTail:     screen.NoticeTorn,
	store.DiskFull:         screen.NoticeDiskFull,
	store.AuditCut:         screen.NoticeEntriesCut,
	store.ShareWeak:        screen.NoticeWeak,
	store.ShareNotTurned:   screen.NoticeNotTurned,
	store.ErasureResumed:   screen.NoticeErased,
	store.CacheClosed:      screen.NoticeCacheShut,
	store.WrapRefused:      screen.NoticeRefused,
	store.NewerRecords:     screen.NoticeNewer,
	store.ClockWrong:       screen.NoticeClock,
}

// notices gives what the vault has to tell, the oldest first and each once.
func notices(v *store.Vault) []screen.Notice {
	var out []screen.Notice
	for _, n := range v.Notices() {
		if said, ok := noticeOf[n.Code]; ok && !slices.Contains(out, said) {
			out = append(out, said)
		}
	}
	return out
}
