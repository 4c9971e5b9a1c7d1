package screen

import (
	"context"
	"time"

	"satchel/store/identity"
)

// Door is what the screens of people ask of the laptop: who may come in, how a
// place is made, and the way back in. It is part of the Desk, and held to the
// same rules. What it is given of a Secret is the caller's to wipe.
type Door interface {
	// Unlock opens the laptop for one person. A wrong passphrase is a Problem
	// of ProblemPassphrase with Wait and Left filled; the count survives a
	// restart. The secret is the caller's to wipe.
	Unlock(ctx context.Context, who identity.SlotID, secret []byte) error
	// Quality says how hard a new secret is to guess. hints are words that it
	// must not lean on: names of the person, the laptop, the organisation.
	Quality(s Secret, hints ...string) Quality
	// Join makes a place for somebody the hub has invited, with the joining
	// code. After it the person waits (PlaceWaiting).
	Join(ctx context.Context, who identity.SlotID, code string, s Secret) error
	// AskRecovery makes the request by which an admin lets a person back in
	// with a new secret; Recovery then has it. It needs no network, and it
	// replaces an earlier request of the person.
	AskRecovery(ctx context.Context, who identity.SlotID, s Secret) error
	// Recovery is the request under way for a person.
	Recovery(who identity.SlotID) (Recovery, bool)
	// TakeRecovery takes an admin's answer, typed or read, and says who is let
	// back in by it.
	TakeRecovery(ctx context.Context, answer string) (identity.SlotID, error)
	// ChangeSecret gives the person signed in another secret.
	ChangeSecret(ctx context.Context, old []byte, s Secret) error

	// Places are where a file can be kept, what is plugged in first.
	Places(ctx context.Context) ([]Place, error)
	// SaveRequest writes a request into a place and returns the file's name.
	SaveRequest(ctx context.Context, p Place, who identity.SlotID) (string, error)
	// Answers are the files in the places that may hold an admin's answer, the
	// newest first.
	Answers(ctx context.Context) ([]AnswerFile, error)
	// ReadAnswer reads one of them, text or a picture of a code.
	ReadAnswer(ctx context.Context, f AnswerFile) (string, error)

	// Laptop is what this laptop says of itself.
	Laptop() Laptop
}

// Secret is a passphrase or a PIN that is being chosen.
type Secret struct {
	Text []byte
	PIN  bool
}

// PINLeast and PINMost are how many digits a PIN has.
const (
	PINLeast = 6
	PINMost  = 12
)

// Quality is how hard a secret is to guess.
type Quality uint8

// The qualities.
const (
	QualityNone   Quality = iota // nothing to judge
	QualityEasy                  // too easy to guess
	QualityNearly                // a little more is needed
	QualityGood
	QualityDigits  // a PIN has too few digits
	QualityPINEasy // a PIN that is tried first
	QualityLong    // more than is taken
	QualityPINNot  // no hardware limits tries here: no PIN is taken
)

// PlaceState is how far a person's place on the laptop has come.
type PlaceState uint8

// The states.
const (
	PlaceReady   PlaceState = iota // has a passphrase or PIN that opens
	PlaceInvited                   // the hub has invited, nothing made here
	PlaceWaiting                   // made, waits for a colleague's unlock or an admin's answer
	PlaceGone                      // too many wrong tries: an admin must help
)

// Recovery is a request to an admin under way.
type Recovery struct {
	Text string // as it is read aloud, in lines
	At   time.Time
}

// Place is where a file can be kept.
type Place struct {
	ID        string // for the Desk; never shown
	Name      string // of a stick or a folder, as its owner named it
	Removable bool
}

// AnswerFile is a file that may hold an answer.
type AnswerFile struct {
	Place Place
	Name  string
	At    time.Time
}

// Binding is what the laptop's keys are bound to.
type Binding string

// The bindings.
const (
	BindingTPM   Binding = "tpm"
	BindingStore Binding = "store" // the system's credential store
	BindingFile  Binding = "file"  // weak: a copy of the disk holds it
)

// Laptop is what the laptop says of itself, for an admin's eye. It holds
// nothing of any patient.
type Laptop struct {
	Version  string // of the program
	Binding  Binding
	TurnedAt time.Time // the last time; zero: not known
	Hub      string    // the hub's name
	Notices  []Notice
}

// Notice is something the laptop found or did by itself that a person should
// know. The zero value is none.
type Notice string

// The notices. Those in loud are said on the unlock page as well.
const (
	NoticeSetAside   Notice = "notice.set-aside"   // a damaged cache was set aside
	NoticeMissing    Notice = "notice.missing"     // summaries are fetched again
	NoticeVersions   Notice = "notice.versions"    // older versions were lost
	NoticeCacheShut  Notice = "notice.cache-shut"  // summaries cannot be read at all
	NoticeEntriesCut Notice = "notice.entries-cut" // entries are gone from the access log
	NoticeTorn       Notice = "notice.torn"        // the last, unfinished line was dropped
	NoticeWeak       Notice = "notice.weak"        // bound to a file
	NoticeNotTurned  Notice = "notice.not-turned"  // the device share has still to be turned
	NoticeErased     Notice = "notice.erased"      // an erasure was finished after a restart
	NoticeRefused    Notice = "notice.refused"     // summaries came with keys that do not fit
	NoticeNewer      Notice = "notice.newer"       // summaries need a newer version to open
	NoticeDiskFull   Notice = "notice.disk-full"   // near or at the reserve
	NoticeClock      Notice = "notice.clock"       // far off the hub's
)

// notices lists them, for the test that each has its words.
var notices = []Notice{
	NoticeSetAside, NoticeMissing, NoticeVersions, NoticeCacheShut, NoticeEntriesCut, NoticeTorn, NoticeWeak, NoticeNotTurned,
	NoticeErased, NoticeRefused, NoticeNewer, NoticeDiskFull, NoticeClock,
}

// loud are the notices that everybody who comes to the laptop is told.
var loud = map[Notice]bool{
	NoticeSetAside: true, NoticeCacheShut: true, NoticeEntriesCut: true, NoticeDiskFull: true,
}

// Battery is how full the laptop's battery is.
type Battery struct {
	Known    bool
	Percent  int
	Charging bool
}
