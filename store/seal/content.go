package seal

import (
	"encoding/binary"
	"errors"
	"fmt"

	"satchel/store/canon"
	"satchel/store/identity"
)

// ErrContent: a key file opened but its content is not valid. It was written by
// a newer version or by a faulty program; it is not overwritten.
var ErrContent = errors.New("key file content is not valid")

// Content is what one generation of the key file holds: the device tier, open
// while the process runs, and the boxes of the user tier. It redacts itself.
type Content struct {
	Device  []byte // the device's private keys, as identity.DeviceKeys encodes them
	Facts   Key    // for what facts/ keeps sealed
	State   Key    // for keys/state
	Cache   Key    // Badger's encryption key
	Journal Key    // for what a journal keeps sealed; zero: none

	Slots         []Slot
	DMKGeneration uint32
	DMKCommitment [32]byte
	Recovery      [32]byte   // the organisation's recovery public key
	RecoveryDMK   []byte     // the device master key boxed to Recovery; empty: none
	EpochKeys     []EpochKey // ascending generations
	UserTier      []byte     // SealUserTier; empty: none yet
	TierPublic    [32]byte   // the X25519 public key that K is boxed to; zero: none

	Rows     []Row     // the key table
	Dropped  []Dropped // dropped from the table, not yet entered as purged
	Attempts []Attempt // wrong passphrases since the last right one
	Own      []byte    // the vault's own small settings, opaque here, at most 64 KiB
	Pending  []Pending // places that the device master key has not been given to yet
	// ShareOwed: no fresh share could be stored, so that the next save is to
	// turn it. SaveNext sets it.
	ShareOwed bool
}

// Row is one (patient, cohort) of the key table. To drop the row is to destroy
// what it guards.
type Row struct {
	Handle   identity.Handle
	PID      identity.PID
	Cohort   identity.CohortID
	Epoch    uint64
	Tag      identity.PersonTag // zero until an unlock has read the demographics
	Key      Key
	Versions []Version // the newest three at most, newest first
}

// Version is one held version of a record.
type Version struct {
	Ver      uint64
	NotAfter int64 // unit as in R; not negative
	Hash     [32]byte
	State    uint8 // the vault's
}

// maxVersions is how many versions a row keeps (vault.md, section 2).
const maxVersions = 3

// Dropped names a row that was destroyed and whose purge is not yet in the
// audit log (protocol, rule 11).
type Dropped struct {
	Cohort identity.CohortID `cbor:"1,keyasint"`
	PID    identity.PID      `cbor:"2,keyasint"`
	Epoch  uint64            `cbor:"3,keyasint"`
}

// Attempt counts the wrong passphrases of one slot, or of one recovery under
// way (its request's id), or the wrong codes of one invitation.
type Attempt struct {
	Slot   identity.SlotID `cbor:"1,keyasint"`
	Failed uint32          `cbor:"2,keyasint"`
	Last   int64           `cbor:"3,keyasint"`          // unix milliseconds of the latest
	Code   [32]byte        `cbor:"4,keyasint,omitzero"` // tries of a joining code: which one; zeros: of a passphrase
}

// Pending is a place of which somebody has made the secret, and which has not
// got the device master key: a person who joined with the hub's code gets it at
// the next unlock by anybody; a person who asked for recovery, by the answer
// alone.
type Pending struct {
	Slot    Slot     `cbor:"1,keyasint"` // without a DMK; its information counts for who joined
	Code    [32]byte `cbor:"2,keyasint"` // who joined: fact.JoinHash of the code that was used
	Request string   `cbor:"3,keyasint"` // who asked: the request's text; empty: who joined
	Asked   int64    `cbor:"4,keyasint"` // unix milliseconds
	Answer  string   `cbor:"5,keyasint"` // the answer's text; empty: none yet
}

// Joined tells whether the next unlock by anybody gives this place the key.
func (p *Pending) Joined() bool { return p.Request == "" }

// contentHead is everything but the rows, in canonical CBOR.
type contentHead struct {
	Device        []byte     `cbor:"1,keyasint"`
	Facts         Key        `cbor:"2,keyasint"`
	State         Key        `cbor:"3,keyasint"`
	Cache         Key        `cbor:"4,keyasint"`
	Journal       Key        `cbor:"5,keyasint"`
	Slots         []Slot     `cbor:"6,keyasint"`
	DMKGeneration uint32     `cbor:"7,keyasint"`
	DMKCommitment [32]byte   `cbor:"8,keyasint"`
	Recovery      [32]byte   `cbor:"9,keyasint"`
	RecoveryDMK   []byte     `cbor:"10,keyasint"`
	EpochKeys     []EpochKey `cbor:"11,keyasint"`
	UserTier      []byte     `cbor:"12,keyasint"`
	TierPublic    [32]byte   `cbor:"13,keyasint"`
	Dropped       []Dropped  `cbor:"14,keyasint"`
	Attempts      []Attempt  `cbor:"15,keyasint"`
	Own           []byte     `cbor:"16,keyasint"`
	Pending       []Pending  `cbor:"17,keyasint,omitempty"`
	ShareOwed     bool       `cbor:"18,keyasint,omitzero"`
}

var headLimits = canon.Limits{Bytes: maxContentHead, Depth: 6, Items: maxDropped}

// Format hides the content from every print verb.
func (c *Content) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "[keys of %d rows, %d slots]", len(c.Rows), len(c.Slots))
}

// Wipe overwrites every key of the content.
func (c *Content) Wipe() {
	clear(c.Device)
	for _, k := range []*Key{&c.Facts, &c.State, &c.Cache, &c.Journal} {
		k.Wipe()
	}
	for i := range c.Rows {
		c.Rows[i].Key.Wipe()
	}
}

func (c *Content) check() error {
	var problem string
	switch {
	case len(c.Slots) > maxSlots:
		problem = "slots"
	case len(c.EpochKeys) > maxEpochKeys:
		problem = "epoch keys"
	case len(c.Rows) > maxRows:
		problem = "rows"
	case len(c.Dropped) > maxDropped:
		problem = "dropped rows"
	case len(c.Pending) > maxPending:
		problem = "pending places"
	case len(c.Attempts) > maxAttempts:
		problem = "attempt counters"
	case len(c.Own) > maxOpaque || len(c.UserTier) > maxOpaque || len(c.Device) > maxOpaque:
		problem = "bytes"
	default:
		return nil
	}
	return fmt.Errorf("%w: too many %s", ErrContent, problem)
}

// pack gives the plaintext: head length u32 | head | rows. The caller wipes it.
func (c *Content) pack() (*packing, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	head, err := canon.Marshal(contentHead{
		c.Device, c.Facts, c.State, c.Cache, c.Journal, c.Slots, c.DMKGeneration, c.DMKCommitment,
		c.Recovery, c.RecoveryDMK, c.EpochKeys, c.UserTier, c.TierPublic, c.Dropped, c.Attempts, c.Own, c.Pending, c.ShareOwed,
	}, headLimits)
	if err != nil {
		return nil, fmt.Errorf("encoding the key file: %w", err)
	}
	defer clear(head)
	return pack(head, c.Rows)
}

func decodeContent(b []byte) (*Content, error) {
	if len(b) < 4 {
		return nil, fmt.Errorf("%w: cut off", ErrContent)
	}
	n := int(binary.BigEndian.Uint32(b))
	b = b[4:]
	if n > len(b) {
		return nil, fmt.Errorf("%w: cut off", ErrContent)
	}
	var h contentHead
	if err := canon.Unmarshal(b[:n], &h, headLimits); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrContent, err)
	}
	rows, err := parseRows(b[n:])
	if err != nil {
		return nil, err
	}
	c := &Content{
		h.Device, h.Facts, h.State, h.Cache, h.Journal, h.Slots, h.DMKGeneration, h.DMKCommitment,
		h.Recovery, h.RecoveryDMK, h.EpochKeys, h.UserTier, h.TierPublic, rows, h.Dropped, h.Attempts, h.Own, h.Pending, h.ShareOwed,
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return c, nil
}
