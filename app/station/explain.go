package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net"
	"strings"

	"satchel/store"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/store/share"
	"satchel/sync/device"
	"satchel/sync/link"
	"satchel/sync/wire"
)

// remedies say what to do about an error, where there is something to do. The
// error itself says what and where. The first that fits is given.
var remedies = []struct {
	err error
	say string
}{
	{errDuty, "You may open a summary only for a person in your care, and every look is recorded with your name before anything is shown. Add --accept-duty to accept that."},
	{errFlag, "Nothing was changed; see --help."},
	{errPassphrase, "Name a file whose first line is the passphrase; nothing was changed."},
	{errOtherKind, "Enrol into another data folder, or as the kind it was begun as."},
	{store.ErrNoVault, "Enrol this machine first: satchel-station enrol CODE."},
	{store.ErrNewerFormat, "Install that version; nothing was changed."},
	{store.ErrElsewhere, "Nothing was changed. What that machine has not sent can be sent by it alone; if it is lost, call your admin."},
	{share.ErrOtherKind, "Leave --share out, or move it: satchel-station rebind --share KIND."},
	{share.ErrHoldsPINs, "Let these people choose passphrases first; nothing was changed."},
	{seal.ErrShareUnavailable, "Check that the TPM or the credential store is there and unlocked, and try again; nothing was changed."},
	{store.ErrShare, "Keep the folder as it is, for what the hub has not received, and call your admin; to enrol anew, use another data folder."},
	{store.ErrDiskFull, "Free some disk space; nothing was lost."},
	{store.ErrNotHeld, "Look for the person with find; a withdrawn record is gone for good."},
	{store.ErrNewerRecord, "Update this machine; the summary is kept and opens then."},
	{store.ErrMissing, "Run sync and try again."},
	{device.ErrNoAddress, "Write the hub's name:port into hub.address there, or enrol this machine: satchel-station enrol CODE."},
	{device.ErrWrongHub, "Check the code with your admin; nothing was sent to that hub."},
	{device.ErrEnrolled, "Nothing needs to be done. To enrol anew, use another data folder."},
	{fact.ErrDemonstration, "Use --demo for a demonstration area, and only for one; nothing was changed."},
	{fact.ErrCertificate, "Call your admin; nothing was sent to that hub."},
	{identity.ErrEnrolmentCode, "Type the code again, or ask your admin for a new one."},
	{identity.ErrNotAnID, "Copy the handle that find prints first in each row."},
	{wire.ErrCodeUsed, "Ask your admin for a new code."},
	{wire.ErrCodeExpired, "Ask your admin for a new code."},
	{wire.ErrCodeWrong, "Check the code, and that it is for this kind of device, with your admin."},
	{wire.ErrTooManyTries, "Wait a minute and try again."},
	{wire.ErrDeclined, "Call your admin."},
	{wire.ErrKnownDevice, "Enrol into another data folder."},
	{wire.ErrBusy, "Wait a minute and try again; nothing was lost."},
	{wire.ErrFault, "Try again later; nothing was lost."},
	{wire.ErrVersion, "Update the older of the two; nothing was lost."},
	{wire.ErrRevoked, "This machine may no longer take summaries. Call your admin."},
	{wire.ErrNotMember, "Call your admin: this hub does not know this machine."},
	{wire.ErrBarrierIncomplete, "Nothing was taken. Try again, and call your admin if it stays."},
	{wire.ErrHubRestored, "Call your admin: the hub may have been restored from an old backup."},
	{link.ErrPeerKey, "Another hub answers there: check the address with your admin; nothing was sent to it."},
	{context.Canceled, "It was stopped before it was done; nothing was lost."},
	{context.DeadlineExceeded, "Check that this machine can reach the hub and try again; nothing was lost."},
	{fs.ErrPermission, "Use an account that owns the data folder, or another folder with --data."},
}

// explain says what went wrong and what to do, without clinical content.
func explain(err error) string {
	text := err.Error()
	if _, ok := errors.AsType[*store.InUseError](err); ok {
		return text + ". Close it there first; nothing was changed."
	}
	if _, ok := errors.AsType[*store.DamagedError](err); ok {
		return text + ". Keep the folder as it is, for what the hub has not received, and call your admin; nothing was changed."
	}
	if wrong, ok := errors.AsType[*store.WrongPassphraseError](err); ok {
		return wrongPassphrase(wrong)
	}
	if gone, ok := errors.AsType[*store.SlotGoneError](err); ok {
		return gone.Error() + ". Call your admin: the summaries are safe, and what waits is still sent."
	}
	if refused, ok := errors.AsType[*store.UnlockRefusedError](err); ok {
		return "unlocking was refused: " + whyRefused[refused.Reason]
	}
	if refused, ok := errors.AsType[*store.RefusedError](err); ok {
		words := []string{"reading was refused, and the refusal was entered in the log."}
		for _, c := range refused.Codes {
			words = append(words, c.Words())
		}
		return strings.Join(words, " ")
	}
	for _, r := range remedies {
		if errors.Is(err, r.err) {
			return text + ". " + r.say
		}
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return text + ". Check that this machine can reach the hub and that the hub runs, and try again; nothing was lost."
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return text + ". Check the folder named with --data; nothing was changed."
	}
	return text
}

// whyRefused says what to do when the right passphrase was not enough.
var whyRefused = map[store.UnlockRefusal]string{
	store.TrainingLapsed:   "your training has lapsed. Renew it, and your admin approves you again.",
	store.CredentialEnded:  "your approval on this machine has ended. Call your admin.",
	store.NoCredential:     "the hub has not approved you yet. Run sync and try again.",
	store.DeviceSuspended:  "the hub has suspended this machine. Call your admin.",
	store.DeviceNotEnabled: "this machine is not enrolled, or no longer. Call your admin.",
}

// wrongPassphrase says how many tries are left, and the wait before the next.
func wrongPassphrase(e *store.WrongPassphraseError) string {
	left, wait := count(e.Left, "try"), count(int(math.Ceil(e.Wait.Seconds())), "second")
	switch {
	case !e.Tried:
		return fmt.Sprintf("the passphrase was not tried: wait %s first; %s left.", wait, left)
	case e.Wait <= 0:
		return fmt.Sprintf("the passphrase is not right: %s left.", left)
	}
	return fmt.Sprintf("the passphrase is not right: %s left, the next in %s.", left, wait)
}

// count writes a number of things: 1 try, 2 tries.
func count[N int | uint64](n N, thing string) string {
	switch {
	case n == 1:
		return "1 " + thing
	case strings.HasSuffix(thing, "y"):
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(thing, "y"))
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// sentence ends a text with a full stop and keeps it on one line.
func sentence(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}
