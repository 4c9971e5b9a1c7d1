package screen

import (
	"errors"
	"time"

	"satchel/app/touch"
	"satchel/assets"
)

// ProblemKey names a problem. Each has up to three texts in the language file:
// key.what (what happened), key.works (what still works), key.do (what to do).
type ProblemKey string

// The problems that screens have words for. Main picks one for each sentinel
// error of the device.
const (
	ProblemUnknown        ProblemKey = "problem.unknown"
	ProblemPassphrase     ProblemKey = "problem.passphrase"      // Wait, Left
	ProblemWait           ProblemKey = "problem.wait"            // Wait
	ProblemSlotGone       ProblemKey = "problem.slot-gone"       // no tries left
	ProblemTraining       ProblemKey = "problem.training"        // {date} (R6)
	ProblemSuspendedUser  ProblemKey = "problem.suspended-user"  //
	ProblemSuspended      ProblemKey = "problem.suspended"       // the laptop, by order
	ProblemRevoked        ProblemKey = "problem.revoked"         //
	ProblemWiped          ProblemKey = "problem.wiped"           //
	ProblemCode           ProblemKey = "problem.code"            // mistyped
	ProblemCodeUsed       ProblemKey = "problem.code-used"       // used or expired
	ProblemWrongHub       ProblemKey = "problem.wrong-hub"       // not the one the code names
	ProblemUnreachable    ProblemKey = "problem.unreachable"     // the hub does not answer
	ProblemNotApproved    ProblemKey = "problem.not-approved"    //
	ProblemRefused        ProblemKey = "problem.refused"         // policy; {rule}
	ProblemObjected       ProblemKey = "problem.objected"        // the person objects
	ProblemProtected      ProblemKey = "problem.protected"       // never opened by a claim
	ProblemNotHeld        ProblemKey = "problem.not-held"        //
	ProblemEnded          ProblemKey = "problem.ended"           // lease
	ProblemWithdrawn      ProblemKey = "problem.withdrawn"       //
	ProblemSaidNo         ProblemKey = "problem.said-no"         // the person, asked for permission
	ProblemNotRecorded    ProblemKey = "problem.not-recorded"    // the access could not be written
	ProblemDiskFull       ProblemKey = "problem.disk-full"       //
	ProblemDamagedRecord  ProblemKey = "problem.damaged-record"  //
	ProblemNewerRecord    ProblemKey = "problem.newer-record"    // needs a newer version to open
	ProblemFolderInUse    ProblemKey = "problem.folder-in-use"   //
	ProblemNewerFormat    ProblemKey = "problem.newer-format"    // {version}
	ProblemDamagedKeys    ProblemKey = "problem.damaged-keys"    //
	ProblemNoSecretStore  ProblemKey = "problem.no-secret-store" // the system's key store does not answer
	ProblemClock          ProblemKey = "problem.clock"           //
	ProblemKeysGone       ProblemKey = "problem.keys-gone"       // the system's key store was cleared
	ProblemFolderUnusable ProblemKey = "problem.folder"          // cannot be read or written

	ProblemPIN             ProblemKey = "problem.pin"              // Wait, Left
	ProblemPINLocked       ProblemKey = "problem.pin-locked"       // the hardware takes no try for now
	ProblemPINGone         ProblemKey = "problem.pin-gone"         // the hardware keeps nothing of it
	ProblemWeak            ProblemKey = "problem.weak"             // too easy to guess
	ProblemJoinCode        ProblemKey = "problem.join-code"        // wrong, or used
	ProblemNotInvited      ProblemKey = "problem.not-invited"      // no longer
	ProblemCredential      ProblemKey = "problem.credential"       // {date}: it ended
	ProblemNoCredential    ProblemKey = "problem.no-credential"    // the hub has not approved the person yet
	ProblemAnswer          ProblemKey = "problem.answer"           // is none, or is not right
	ProblemAnswerLine      ProblemKey = "problem.answer-line"      // {line} was mistyped
	ProblemAnswerStale     ProblemKey = "problem.answer-stale"     // the keys have turned since
	ProblemAnswerElsewhere ProblemKey = "problem.answer-elsewhere" // to another request
	ProblemNoRequest       ProblemKey = "problem.no-request"       // a request could not be made
	ProblemFile            ProblemKey = "problem.file"             // could not be written or read
	ProblemElsewhere       ProblemKey = "problem.elsewhere"        // the data is bound to another machine
	ProblemJoinGone        ProblemKey = "problem.join-gone"        // too many wrong codes
	ProblemNotReady        ProblemKey = "problem.not-ready"        // waits for a colleague or an admin
	ProblemPINNot          ProblemKey = "problem.pin-not"          // no hardware here limits tries
	ProblemDiskStop        ProblemKey = "problem.disk-stop"        // too full to start
	ProblemDamagedLog      ProblemKey = "problem.damaged-log"      // the access log
)

// problems lists every key, for the test that each has its words.
var problems = []ProblemKey{
	ProblemUnknown, ProblemPassphrase, ProblemWait, ProblemSlotGone, ProblemTraining, ProblemSuspendedUser,
	ProblemSuspended, ProblemRevoked, ProblemWiped, ProblemCode, ProblemCodeUsed, ProblemWrongHub,
	ProblemUnreachable, ProblemNotApproved, ProblemRefused, ProblemObjected, ProblemProtected, ProblemNotHeld,
	ProblemEnded, ProblemWithdrawn, ProblemSaidNo, ProblemNotRecorded, ProblemDiskFull, ProblemDamagedRecord, ProblemNewerRecord,
	ProblemFolderInUse, ProblemNewerFormat, ProblemDamagedKeys, ProblemNoSecretStore, ProblemClock,
	ProblemFolderUnusable, ProblemPIN, ProblemPINLocked, ProblemPINGone, ProblemWeak, ProblemJoinCode, ProblemNotInvited,
	ProblemCredential, ProblemNoCredential, ProblemAnswer, ProblemAnswerLine, ProblemAnswerStale, ProblemAnswerElsewhere,
	ProblemNoRequest, ProblemFile, ProblemElsewhere, ProblemDiskStop, ProblemJoinGone, ProblemNotReady,
	ProblemPINNot, ProblemDamagedLog, ProblemKeysGone,
}

// Problem is an error that a person can be told about.
type Problem struct {
	Key ProblemKey
	// Code is short and for the help desk: it names the place in the program,
	// never the patient.
	Code string
	// Values fill the places in the texts: pairs of a name and a value. They
	// hold no clinical content.
	Values []any
	Wait   time.Duration // before the next try
	Left   int           // tries left
	// Err is the cause, for errors.Is and the log; it is never shown.
	Err error
}

// Error implements error; it says key and code alone.
func (p *Problem) Error() string { return string(p.Key) + " (" + p.Code + ")" }

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.Err }

// problemOf returns the Problem in an error, or one without a remedy.
func problemOf(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	return &Problem{Key: ProblemUnknown, Code: "UNK", Err: err}
}

// of is the problem in the words of a PIN, where the person has one.
func (p *Problem) of(pin bool) *Problem {
	if !pin || p.Key != ProblemPassphrase {
		return p
	}
	out := *p
	out.Key = ProblemPIN
	return &out
}

// words puts a problem into words for an ErrorBox.
func (p *Problem) words(w *assets.Words) touch.Problem {
	part := func(name string) string {
		key := string(p.Key) + name
		if !w.Has(key) {
			return ""
		}
		return w.Say(key, append([]any{"wait", waitWords(w, p.Wait), "left", p.Left}, p.Values...)...)
	}
	out := touch.Problem{Heading: w.Say("problem.heading"), What: part(".what"), Works: part(".works"), Do: part(".do")}
	if p.Code != "" {
		out.Code = w.Say("problem.code-line", "code", p.Code)
	}
	return out
}

// waitWords says a wait in whole seconds or minutes, never less than is left.
func waitWords(w *assets.Words, d time.Duration) string {
	if s := int((d + time.Second - 1) / time.Second); s < 120 {
		return w.Count("time.seconds", max(s, 0))
	}
	return w.Count("time.minutes", int((d+time.Minute-1)/time.Minute))
}
