package wire

import (
	"errors"
	"fmt"
)

// What a side may say is wrong. The text of each is for a log; a screen has
// its own words for the ones that a person can do something about.
var (
	// ErrProtocol: the peer sent what the protocol does not allow. End the
	// session; do not retry at once with the same peer.
	ErrProtocol = errors.New("not allowed by the protocol")
	// ErrVersion: the peer speaks another version. Update the older side.
	ErrVersion = errors.New("another version of the protocol")
	// ErrNotMember: the hub does not know the device. It has to enrol.
	ErrNotMember = errors.New("the device is not a member")
	// ErrRevoked: the membership put the device out. It may only send what it
	// still owes.
	ErrRevoked = errors.New("the device has been revoked")
	// ErrBarrierIncomplete: withdrawals are incomplete between the two sides.
	// Take no record from this peer; ask another, or the hub.
	ErrBarrierIncomplete = errors.New("withdrawals incomplete")
	// ErrStaleMembership: a side's membership is older than seven days. It
	// may receive and carry, not serve. Ask somebody else.
	ErrStaleMembership = errors.New("the membership is too old to serve from")
	// ErrBusy: too many sessions. Try again after a minute.
	ErrBusy = errors.New("busy")
	// ErrHubRestored: the device has seen more than the hub has written. The
	// hub was restored from a backup without a new incarnation; an admin has
	// to act, and the device keeps what it holds.
	ErrHubRestored = errors.New("the hub has lost what it once said")
	// ErrFault: the other side met a fault of its own. Try again later.
	ErrFault = errors.New("the other side met a fault of its own")

	// ErrCodeWrong: no such enrolment code. Type it again.
	ErrCodeWrong = errors.New("the enrolment code is not known")
	// ErrCodeUsed: a code serves one device. Ask for another.
	ErrCodeUsed = errors.New("the enrolment code has been used")
	// ErrCodeExpired: the code was too old. Ask for another.
	ErrCodeExpired = errors.New("the enrolment code has expired")
	// ErrTooManyTries: wrong codes came too often from there. Wait.
	ErrTooManyTries = errors.New("too many wrong enrolment codes")
	// ErrDeclined: an admin said no to this device.
	ErrDeclined = errors.New("the enrolment was declined")
	// ErrKnownDevice: the key has been enrolled or revoked before. Start
	// again with fresh keys.
	ErrKnownDevice = errors.New("the device's key has been enrolled before")
)

// Code is an error's number on the wire. Numbers are never used again.
type Code uint16

// codes is the one table between errors and codes; below 32 those of a
// session, from 32 those of enrolment.
var codes = []struct {
	code Code
	err  error
}{
	{1, ErrProtocol},
	{2, ErrVersion},
	{3, ErrNotMember},
	{4, ErrRevoked},
	{5, ErrBarrierIncomplete},
	{6, ErrStaleMembership},
	{7, ErrBusy},
	{8, ErrHubRestored},
	{9, ErrFault},
	{32, ErrCodeWrong},
	{33, ErrCodeUsed},
	{34, ErrCodeExpired},
	{35, ErrTooManyTries},
	{36, ErrDeclined},
	{37, ErrKnownDevice},
}

// CodeOf gives the code of an error that is, or wraps, one of the sentinels;
// false where it is none of them, and the peer is told nothing.
func CodeOf(err error) (Code, bool) {
	for _, c := range codes {
		if errors.Is(err, c.err) {
			return c.code, true
		}
	}
	return 0, false
}

// Err gives the sentinel of a code. One that this version does not know is
// ErrProtocol and names the number.
func (c Code) Err() error {
	for _, known := range codes {
		if known.code == c {
			return known.err
		}
	}
	return fmt.Errorf("%w: error code %d is not known to version %d", ErrProtocol, c, Version)
}

// Error tells the peer why the session ends. It is the last message.
type Error struct {
	Code   Code   `cbor:"1,keyasint"`
	Detail string `cbor:"2,keyasint"` // printable ASCII for a log; never content
}

// Err gives the error as this side handles it.
func (e *Error) Err() error {
	if e.Detail == "" {
		return e.Code.Err()
	}
	return fmt.Errorf("%w (%s)", e.Code.Err(), e.Detail)
}

// ErrorFor gives the message for an error that has a code. It carries the code
// alone: what an error says beyond its kind is this side's business.
func ErrorFor(err error) (*Error, bool) {
	code, ok := CodeOf(err)
	return &Error{Code: code}, ok
}
