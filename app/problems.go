package main

import (
	"context"
	"errors"
	"net"
	"os"

	"satchel/app/screen"
	"satchel/store"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/sync/device"
	"satchel/sync/link"
	"satchel/sync/wire"
)

// causes says which problem a person is shown for which error, and the short
// code for the help desk. The first that fits counts.
var causes = []struct {
	err  error
	key  screen.ProblemKey
	code string
}{
	{identity.ErrEnrolmentCode, screen.ProblemCode, "ENR1"},
	{wire.ErrCodeWrong, screen.ProblemCode, "ENR2"},
	{wire.ErrCodeUsed, screen.ProblemCodeUsed, "ENR3"},
	{wire.ErrCodeExpired, screen.ProblemCodeUsed, "ENR4"},
	{wire.ErrTooManyTries, screen.ProblemCodeUsed, "ENR5"},
	{device.ErrWrongHub, screen.ProblemWrongHub, "ENR6"},
	{fact.ErrDemonstration, screen.ProblemWrongHub, "ENR7"},
	{fact.ErrCertificate, screen.ProblemWrongHub, "ENR8"},
	{link.ErrPeerKey, screen.ProblemWrongHub, "ENR9"},
	{wire.ErrDeclined, screen.ProblemNotApproved, "ENR10"},
	{store.ErrNewerFormat, screen.ProblemNewerFormat, "DAT1"},
	{store.ErrShare, screen.ProblemNoSecretStore, "DAT2"},
	{store.ErrDiskFull, screen.ProblemDiskFull, "DAT3"},
	{store.ErrNotHeld, screen.ProblemNotHeld, "REC1"},
	{store.ErrMissing, screen.ProblemDamagedRecord, "REC2"},
	{store.ErrLocked, screen.ProblemUnknown, "LCK1"},
	{errClosed, screen.ProblemUnknown, "LCK2"},
	{os.ErrPermission, screen.ProblemFolderUnusable, "DAT4"},
	{os.ErrNotExist, screen.ProblemFolderUnusable, "DAT5"},
	{context.DeadlineExceeded, screen.ProblemUnreachable, "NET1"},
}

// problem puts an error of the vault or the device into the screens' words.
func problem(err error) *screen.Problem {
	if p, ok := errors.AsType[*screen.Problem](err); ok {
		return p
	}
	if p := typedProblem(err); p != nil {
		p.Err = err
		return p
	}
	for _, c := range causes {
		if errors.Is(err, c.err) {
			return &screen.Problem{Key: c.key, Code: c.code, Err: err}
		}
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return &screen.Problem{Key: screen.ProblemUnreachable, Code: "NET2", Err: err}
	}
	return &screen.Problem{Key: screen.ProblemUnknown, Code: "UNK", Err: err}
}

// typedProblem answers errors that carry what a person needs to be told.
func typedProblem(err error) *screen.Problem {
	if e, ok := errors.AsType[*store.WrongPassphraseError](err); ok {
		key := screen.ProblemPassphrase
		if !e.Tried {
			key = screen.ProblemWait
		}
		return &screen.Problem{Key: key, Code: "PAS1", Wait: e.Wait, Left: e.Left}
	}
	if _, ok := errors.AsType[*store.SlotGoneError](err); ok {
		return &screen.Problem{Key: screen.ProblemSlotGone, Code: "PAS2"}
	}
	if e, ok := errors.AsType[*store.UnlockRefusedError](err); ok {
		return unlockRefused(e)
	}
	if e, ok := errors.AsType[*store.InUseError](err); ok {
		return &screen.Problem{Key: screen.ProblemFolderInUse, Code: "DAT6", Values: []any{"process", e.PID}}
	}
	if e, ok := errors.AsType[*store.DamagedError](err); ok {
		return &screen.Problem{Key: screen.ProblemDamagedKeys, Code: "DAT7", Values: []any{"file", e.File}}
	}
	if e, ok := errors.AsType[*store.RefusedError](err); ok {
		return refused(e)
	}
	return nil
}

func unlockRefused(e *store.UnlockRefusedError) *screen.Problem {
	p := &screen.Problem{Key: screen.ProblemSuspendedUser, Code: "PAS3"}
	switch e.Reason {
	case store.TrainingLapsed:
		p.Key, p.Code = screen.ProblemTraining, "PAS4"
		p.Values = []any{"date", e.Since.Format("02-Jan-2006")}
	case store.DeviceSuspended:
		p.Key, p.Code = screen.ProblemSuspended, "PAS5"
	case store.DeviceNotEnabled:
		p.Key, p.Code = screen.ProblemNotApproved, "PAS6"
	}
	return p
}
