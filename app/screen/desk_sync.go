package screen

import (
	"time"

	"satchel/store/identity"
)

// SyncPhase is the one sentence of the sync screen.
type SyncPhase uint8

// The phases.
const (
	SyncOffline SyncPhase = iota
	SyncReceiving
	SyncUpToDate
	SyncDisagrees // two histories: an alarm
	SyncPaused
)

// Sync is how the laptop stands with hub and neighbours. It is true only of
// what has a receipt.
type Sync struct {
	Phase      SyncPhase
	Since      time.Time // of the phase: offline since, up to date as of, paused since
	Contact    time.Time // last contact with the hub; zero: never
	Code       string    // for SyncDisagrees
	NoNews     bool      // objections and withdrawals are known to be incomplete
	Missing    int       // how many of them are known to be missing
	NewsAt     time.Time // when they were last known to be complete
	Receive    Count
	Send       Count
	TimeLeft   time.Duration // 0: not steady enough to say
	Neighbours []Neighbour
}

// Count is how much of something is done.
type Count struct {
	Done, Of int
	Bytes    int64 // still to go
}

// NeighbourState is how near a device is.
type NeighbourState uint8

// The states.
const (
	NearIdle NeighbourState = iota
	Connected
	SeenBefore // LastSeen says when
	RevokedDevice
)

// Neighbour is another device of the area: no patient detail.
type Neighbour struct {
	Name         string
	Organisation string
	Kind         string // "hub", "station" or "laptop"
	Direct       bool   // else over the station network
	State        NeighbourState
	LastSeen     time.Time
}

// Event is something that happened behind the screens: one of the types below.
type Event interface{ event() }

type (
	// Changed says that State, lists or Waiting may differ now.
	Changed struct{}
	// SyncChanged says that Sync may differ now.
	SyncChanged struct{}
	// Withdrawn says that a person's summary was erased from this laptop.
	Withdrawn struct {
		Handle identity.Handle
		At     time.Time
	}
	// Objected says that an objection now keeps a record closed.
	Objected struct {
		Handle identity.Handle
		At     time.Time
	}
	// LeaseEnded says that a record may no longer be read.
	LeaseEnded struct {
		Handle identity.Handle
		At     time.Time
	}
	// NewerCopy says that a newer version of an open record arrived. The page
	// does not change under the reader's eyes.
	NewerCopy struct {
		Handle identity.Handle
		At     time.Time
	}
	// LockNow asks the screens to lock, as the Lock button does: the system says
	// that nobody may be here any more.
	LockNow struct{}
	// Locked says that the laptop has locked itself: time or an order.
	Locked struct{}
)

func (Changed) event()     {}
func (SyncChanged) event() {}
func (Withdrawn) event()   {}
func (Objected) event()    {}
func (LeaseEnded) event()  {}
func (NewerCopy) event()   {}
func (LockNow) event()     {}
func (Locked) event()      {}
