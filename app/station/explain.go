package main

import (
	"errors"

	"satchel/store"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/sync/device"
	"satchel/sync/wire"
)

// remedies say what to do about an error, where there is something to do. The
// error itself says what and where.
var remedies = []struct {
	err error
	say string
}{
	{store.ErrNoVault, "Enrol this machine first: satchel-station enrol CODE."},
	{store.ErrNewerFormat, "Install that version; nothing was changed."},
	{store.ErrShare, "Unlock the credential store, or enrol this machine anew; unsent entries can still be exported."},
	{store.ErrDiskFull, "Free some disk space; nothing was lost."},
	{device.ErrNoAddress, "Enrol this machine first: satchel-station enrol CODE."},
	{device.ErrWrongHub, "Check the code with your admin; nothing was sent to that hub."},
	{device.ErrEnrolled, "Nothing needs to be done. To enrol anew, use another data folder."},
	{fact.ErrDemonstration, "Use --demo for a demonstration area, and only for one."},
	{identity.ErrEnrolmentCode, "Type the code again, or ask your admin for a new one."},
	{wire.ErrCodeUsed, "Ask your admin for a new code."},
	{wire.ErrCodeExpired, "Ask your admin for a new code."},
	{wire.ErrCodeWrong, "Check the code with your admin."},
	{wire.ErrTooManyTries, "Wait a minute and try again."},
	{wire.ErrRevoked, "This machine may no longer take summaries. Call your admin."},
	{wire.ErrHubRestored, "Call your admin: the hub may have been restored from an old backup."},
}

// explain says what went wrong and what to do, without clinical content.
func explain(err error) string {
	text := err.Error()
	if in, ok := errors.AsType[*store.InUseError](err); ok {
		return in.Error() + ". Close it there first; nothing was changed."
	}
	if damaged, ok := errors.AsType[*store.DamagedError](err); ok {
		return damaged.Error() + ". Keep the folder as it is and call your admin: unsent entries can still be exported."
	}
	if wrong, ok := errors.AsType[*store.WrongPassphraseError](err); ok {
		return wrong.Error()
	}
	for _, r := range remedies {
		if errors.Is(err, r.err) {
			return text + ". " + r.say
		}
	}
	return text
}
