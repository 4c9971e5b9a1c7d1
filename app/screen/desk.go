package screen

import (
	"context"
	"time"

	"satchel/store/identity"
)

// Desk is what the screens need of the laptop. Main implements it over the
// device, the screens' tests over values.
//
// Methods without a context answer at once from memory, are called on Fyne's
// goroutine and must not block on disk, network or key derivation. Methods with
// a context may take long, are called on a goroutine of their own, and return
// soon after the context ends. Every method may be called at any time and from
// any goroutine. Errors that a person can do something about are a *Problem;
// any other error is shown as a problem without a remedy, with the code UNK.
type Desk interface {
	Door
	// State says what the laptop is now. Everything the frame shows is in it.
	State() State

	// Meet reads a code as typed, reaches the hub it names and proves that hub
	// by the root key whose fingerprint the code carries. It changes nothing.
	Meet(ctx context.Context, code string) (Hub, error)
	// Enrol makes the first person's place and asks the hub for a place in its
	// area. After it the phase is PhaseAwaiting until an admin approves, which
	// comes as Changed. The passphrase is the caller's to wipe.
	Enrol(ctx context.Context, e Enrolment) error

	// Duty is the confidentiality duty this person must accept before anything
	// else (R25): its full text in paragraphs, and its version.
	Duty() Duty
	// AcceptDuty records the acceptance of a version durably.
	AcceptDuty(ctx context.Context, version string) error
	// Lock drops what only an unlocked laptop may hold. Main may replace the
	// process at any time after it. Locking a locked laptop is no error.
	Lock()

	// Find looks for people by whatever was typed, best first, at most limit.
	Find(query string, limit int) Results
	// Today is the caseload or incident list of the person signed in, by time,
	// then the people opened this shift.
	Today() []Row
	// Approach says what opening a person takes. It shows no clinical content.
	Approach(h identity.Handle) (Approach, error)
	// Open decides, writes the access durably and only then opens. A refusal is
	// a Problem of ProblemRefused, recorded as well.
	Open(ctx context.Context, h identity.Handle, why Reason) (*Opened, error)
	// Close says that the person's record is no longer on the screen.
	Close(h identity.Handle)

	// Waiting lists what has not reached the hub, in sending order.
	Waiting() Waiting
	// Sync says how the laptop stands with hub and neighbours.
	Sync() Sync
	// SyncNow starts a round with whoever can be reached; how it goes comes as
	// SyncChanged.
	SyncNow()

	// Prefs are this laptop's settings; SavePrefs keeps them. They hold nothing
	// personal and may be called while locked.
	Prefs() Prefs
	SavePrefs(Prefs)

	// Events delivers what happened, in order, until the Desk ends and closes
	// the channel. There is one reader: Shell.Run.
	Events() <-chan Event
}

// Phase is what can be done with the laptop now.
type Phase uint8

// The phases. The zero value lets nothing be done.
const (
	PhaseUnusable Phase = iota // State.Stop says why
	PhaseNotSetUp              // holds nothing, awaits a code
	PhaseAwaiting              // asked the hub, awaits an admin's approval
	PhaseLocked
	PhaseDuty // unlocked, the duty not yet accepted
	PhaseOpen
	PhaseLeaving // locked, and the program is about to start anew
)

// State is what the laptop is now.
type State struct {
	Phase        Phase
	Stop         *Problem // why nothing can be done, in PhaseUnusable
	Laptop       string   // its name in the fleet
	Organisation string
	HelpDesk     string // telephone number; "" if none is configured
	Words        string // the laptop's own four words
	Demo         bool   // the area holds made-up people (R57)
	MayPIN       bool   // hardware here limits tries, so a PIN may be chosen
	Battery      Battery
	Notices      []Notice // what the laptop found or did by itself
	People       []User   // enrolled here, the last to sign in first
	Who          User     // signed in, in PhaseDuty and PhaseOpen
	Held         int      // people whose summaries are held
	Loading      Loading
	Checked      time.Time     // when the hub last confirmed what is held; zero: never
	Unsent       int           // things waiting to send
	ClockOff     time.Duration // how far this clock is from the hub's, if over a minute
	IdleLock     time.Duration // policy: lock after so long without use; 0 means 5 minutes
}

// Loading is the first load of a new laptop, or a reload.
type Loading struct{ Got, Of int }

// User is a person with a slot on this laptop.
type User struct {
	Slot      identity.SlotID
	Name      string
	Role      identity.Role
	State     PlaceState
	Joined    bool      // waits after a first sign-in: a colleague's unlock lets in
	PIN       bool      // signs in with a PIN
	Asked     bool      // a request to an admin is under way
	WaitUntil time.Time // no try is taken before this; zero: at once
	Left      int       // tries left after wrong ones; 0: none was wrong
	Refused   *Problem  // why this person cannot sign in at all (R6); nil: can
}

// Hub is what a code leads to.
type Hub struct {
	Name  string // of the area, as the admin knows it
	Words string // four words of the hub's key, to compare with the admin's screen
	Demo  bool
}

// Enrolment is what the first person of a laptop enters.
type Enrolment struct {
	Code       string
	Name       string // given and family name
	Role       identity.Role
	Passphrase []byte
}

// Duty is the confidentiality duty.
type Duty struct {
	Version    string
	Paragraphs []string
}

// Prefs are settings of the laptop: nothing personal, nothing clinical.
type Prefs struct {
	Look     string // "day", "night" or "contrast"; "" means day
	Desk     bool   // desk density instead of field
	Text     int    // text size in per cent, 100 to 200; 0 means 100
	Language string // tag of a language file; "" means English
	// HelpDesk is the number to call, kept here for when nothing else of the
	// laptop can be read.
	HelpDesk string
}
