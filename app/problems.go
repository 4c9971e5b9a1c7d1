package main

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"

	"satchel/app/screen"
	"satchel/store"
	"satchel/store/fact"
	"satchel/store/identity"
	"satchel/store/record"
	"satchel/store/seal"
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
	{store.ErrElsewhere, screen.ProblemElsewhere, "DAT9"},
	{seal.ErrKeysGone, screen.ProblemKeysGone, "DAT10"},
	{store.ErrShare, screen.ProblemNoSecretStore, "DAT2"},
	{store.ErrDiskFull, screen.ProblemDiskFull, "DAT3"},
	{store.ErrAnswerStale, screen.ProblemAnswerStale, "PAS10"},
	{store.ErrAnswer, screen.ProblemAnswerElsewhere, "PAS11"},
	{seal.ErrRecoveryText, screen.ProblemAnswer, "PAS12"},
	{store.ErrNoRecovery, screen.ProblemNoRequest, "PAS13"},
	{store.ErrInvited, screen.ProblemNotInvited, "PAS14"},
	{store.ErrNotReady, screen.ProblemNotReady, "PAS15"},
	{store.ErrNoPerson, screen.ProblemNotInvited, "PAS16"},
	{seal.ErrPINLocked, screen.ProblemPINLocked, "PAS17"},
	{seal.ErrNoPIN, screen.ProblemPINGone, "PAS18"},
	{seal.ErrShareUnavailable, screen.ProblemNoSecretStore, "PAS25"},
	{errFile, screen.ProblemFile, "FIL1"},
	{store.ErrNotHeld, screen.ProblemNotHeld, "REC1"},
	{store.ErrNewerRecord, screen.ProblemNewerRecord, "REC5"},
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
	if e, ok := errors.AsType[*store.JoinCodeError](err); ok {
		return joinCode(e)
	}
	if e, ok := errors.AsType[*store.WeakError](err); ok {
		return weak(e)
	}
	if e, ok := errors.AsType[*seal.MistypedError](err); ok {
		return &screen.Problem{Key: screen.ProblemAnswerLine, Code: "PAS19", Values: []any{"line", e.Line}}
	}
	if e, ok := errors.AsType[*store.UnlockRefusedError](err); ok {
		return unlockRefused(e)
	}
	if e, ok := errors.AsType[*store.InUseError](err); ok {
		return &screen.Problem{Key: screen.ProblemFolderInUse, Code: "DAT6", Values: []any{"process", e.PID}}
	}
	if e, ok := errors.AsType[*store.DamagedError](err); ok {
		p := &screen.Problem{Key: screen.ProblemDamagedKeys, Code: "DAT7"}
		if strings.HasPrefix(e.File, "audit") {
			p.Key, p.Code = screen.ProblemDamagedLog, "DAT8"
		}
		return p
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
		p.Values = []any{"date", record.DateOf(e.Since).FormatDay()}
	case store.CredentialEnded:
		if !e.Since.IsZero() { // else the hub's word, before the end that it named
			p.Key, p.Code = screen.ProblemCredential, "PAS7"
			p.Values = []any{"date", record.DateOf(e.Since).FormatDay()}
		}
	case store.NoCredential:
		p.Key, p.Code = screen.ProblemNoCredential, "PAS8"
	case store.DeviceSuspended:
		p.Key, p.Code = screen.ProblemSuspended, "PAS5"
	case store.DeviceNotEnabled:
		p.Key, p.Code = screen.ProblemNotApproved, "PAS6"
	}
	return p
}

// joinCode says how a try at a joining code went.
func joinCode(e *store.JoinCodeError) *screen.Problem {
	switch {
	case e.Left <= 0:
		return &screen.Problem{Key: screen.ProblemJoinGone, Code: "PAS20"}
	case !e.Tried && e.Wait > 0:
		return &screen.Problem{Key: screen.ProblemWait, Code: "PAS21", Wait: e.Wait, Left: e.Left}
	}
	return &screen.Problem{Key: screen.ProblemJoinCode, Code: "PAS22", Wait: e.Wait, Left: e.Left}
}

// weak says why a secret was not taken.
func weak(e *store.WeakError) *screen.Problem {
	for _, why := range e.Why {
		if why == store.WeakHardware {
			return &screen.Problem{Key: screen.ProblemPINNot, Code: "PAS23"}
		}
	}
	return &screen.Problem{Key: screen.ProblemWeak, Code: "PAS24"}
}

// stopping is the problem of a laptop that cannot be used at all.
func stopping(err error) *screen.Problem {
	p := problem(err)
	if p.Key == screen.ProblemDiskFull {
		p.Key = screen.ProblemDiskStop
	}
	return p
}
