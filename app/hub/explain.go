package main

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"satchel/store/fact"
	"satchel/store/files"
	"satchel/store/identity"
	"satchel/store/seal"
	"satchel/sync/central"
	"satchel/sync/hub"
	"satchel/sync/ledger"
)

// remedies say what to do about an error, where there is something to do. The
// error itself says what and where.
var remedies = []struct {
	err error
	say string
}{
	{hub.ErrNoArea, "Make one with satchel-hub init, or name its folder with --data."},
	{hub.ErrAreaExists, "Nothing was changed. Name another folder with --data."},
	{hub.ErrAreaDamaged, "Restore the folder from a backup; make no new area."},
	{errSettings, "Correct it and try again; nothing was changed."},
	{errFlag, "Nothing was asked of the hub; see --help."},
	{errBackupPlace, "Name another file; nothing was saved."},
	{hub.ErrAudit, "Keep the whole folder as it is, and raise it with the Caldicott Guardian."},
	{hub.ErrConfig, "Correct the order or hub.toml and try again; nothing was changed."},
	{context.Canceled, "It was stopped before it was done: ask satchel-hub status what holds."},
	{syscall.EADDRINUSE, "Another program answers there: stop it, or change listen in hub.toml."},
	{syscall.EINVAL, "The data folder's path may be too long for a socket: use a shorter one."},
	{errIncomplete, "Fill it in and start again; a real area needs every one of them."},
	{fact.ErrCertificate, "The area root must sign a new certificate."},
	{central.ErrFolder, "Check the folder named in hub.toml; what was released stays released."},
	{errRequest, "Name it with --file or --picture; nothing was answered."},
	{errUnconfirmed, "Nothing was answered."},
	{errAnswerPlace, "Name another file. What the log holds as answered may be answered again."},
	{seal.ErrRecoveryText, "Read that part again; nothing was answered."},
	{seal.ErrRecoveryRequest, "Have the person ask again on that laptop; nothing was answered."},
	{seal.ErrRecoveryKey, "Check which organisation's key it is, and have the person ask again; nothing was answered."},
	{hub.ErrNoRecoveryKey, "Bring it from where it is kept offline and name it with --recovery-key; nothing was answered."},
	{hub.ErrRecoveryKeyFile, "Name the right one with --recovery-key; nothing was answered."},
	{hub.ErrNoUser, "See satchel-hub user list; nothing was changed."},
	{hub.ErrUserEnded, "Nothing was changed; somebody who comes back is added anew, with satchel-hub user add --name."},
	{hub.ErrUserOrder, "Nothing was changed."},
	{hub.ErrNotLaptop, "See satchel-hub device list; nothing was changed."},
	{hub.ErrDeviceOut, "See satchel-hub device list; nothing was changed."},
	{hub.ErrNoPerson, "Check the number or the document's name; nothing was changed."},
	{hub.ErrAlready, "Nothing needs to be done."},
	{hub.ErrNoDevice, "See satchel-hub device list."},
	{identity.ErrNotNHSNumber, "Type all ten digits."},
	{ledger.ErrForeign, "This folder belongs to another area or a later hub; nothing was changed."},
}

// explain says what went wrong and what to do, without clinical content.
func explain(err error) string {
	text := err.Error()
	if held, ok := errors.AsType[*files.HeldError](err); ok {
		return held.Error() + ". Another hub has this folder open; nothing was changed."
	}
	if _, damaged := errors.AsType[*ledger.DamagedError](err); damaged {
		return text + ". Keep the folder as it is and restore the last backup beside it."
	}
	for _, r := range remedies {
		if errors.Is(err, r.err) {
			return text + ". " + r.say
		}
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return text + ". Check the folder named with --data; nothing was changed."
	}
	return text
}

// sentence ends a text with a full stop and keeps it on one line.
func sentence(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}
