package audit

// Kind is what an entry records. The list is closed; a new kind is a new
// version of SPEC.md, whose section 6.1 lists them: TestSpecListsEveryKind.
type Kind string

// Of people and the device.
const (
	KindStarted           Kind = "started"            // the process opened its data folder
	KindUnlock            Kind = "unlock"             // a person unlocked
	KindUnlockRefused     Kind = "unlock-refused"     // and why, in Decision (R6)
	KindLock              Kind = "lock"               // and what locked it, in Decision
	KindSlotAdded         Kind = "slot-added"         // a person may unlock here
	KindSlotRemoved       Kind = "slot-removed"       // and no longer
	KindPassphraseChanged Kind = "passphrase-changed" //
	KindRecoveryAsked     Kind = "recovery-asked"     // the recovery slot was shown
	KindRecovered         Kind = "recovered"          // and used
	KindDutyAccepted      Kind = "duty-accepted"      // the confidentiality duty (R25)
	KindEnrolled          Kind = "enrolled"           // R56
	KindSuspended         Kind = "suspended"          // by a device order (R56)
	KindResumed           Kind = "resumed"            //
	KindWiped             Kind = "wiped"              // by a device order, before the share goes (P14)
	KindTamper            Kind = "tamper"             // a stored file was found damaged (R9)
	KindTornTail          Kind = "torn-tail"          // a half-written end was cut off (R8)
	KindCacheRebuilt      Kind = "cache-rebuilt"      //
	KindClockDrift        Kind = "clock-drift"        // R55
	KindEvidence          Kind = "evidence"           // a fork or a split view was found
	KindKeysTurned        Kind = "keys-turned"        // DMK and EK, or the share
	KindOrder             Kind = "order"              // an operator's order to the hub, in Decision (R56)
)

// Of records.
const (
	KindRead               Kind = "read"                // a record was shown
	KindReadRefused        Kind = "read-refused"        // policy said no
	KindBreakGlass         Kind = "break-glass"         // exceptional use began (R24)
	KindBreakGlassEnded    Kind = "break-glass-ended"   //
	KindSelfClaim          Kind = "self-claim"          // a relationship claimed by oneself (R7)
	KindSearch             Kind = "search"              // how many were found, not what was typed
	KindPrint              Kind = "print"               // R2
	KindExport             Kind = "export"              // R2
	KindHandoverSent       Kind = "handover-sent"       // P8
	KindHandoverReceived   Kind = "handover-received"   // P8
	KindPurged             Kind = "purged"              // rows destroyed, in Rows (R44)
	KindReceived           Kind = "received"            // an objection or withdrawal was taken in (R29)
	KindDetailsChecked     Kind = "details-checked"     // R13
	KindCorrectionRequest  Kind = "correction-request"  // R14
	KindNote               Kind = "note"                // P7
	KindObjection          Kind = "objection"           // taken at home (R26)
	KindObjectionReversed  Kind = "objection-reversed"  // R31
	KindWithdrawal         Kind = "withdrawal"          // of consent (R32)
	KindAccuracyChallenged Kind = "accuracy-challenged" // R45
)

// Purpose is why a record was opened: the closed list of the privacy notice
// (R1). The two exceptional ones are R23's.
type Purpose string

// The purposes.
const (
	PurposeDirectCare     Purpose = "direct-care"
	PurposePreventive     Purpose = "preventive-medicine"
	PurposeDiagnosis      Purpose = "diagnosis"
	PurposePublicInterest Purpose = "public-interest"
)

// ParsePurpose reads a purpose, refusing any other word.
func ParsePurpose(s string) (Purpose, error) {
	switch p := Purpose(s); p {
	case PurposeDirectCare, PurposePreventive, PurposeDiagnosis, PurposePublicInterest:
		return p, nil
	}
	return "", badEntry("unknown purpose")
}

// Exception is why a refusal was overridden: exactly the two circumstances of
// R23.
type Exception string

// The exceptions.
const (
	ExceptionSafety Exception = "health-and-safety" // of the person or others
	ExceptionLaw    Exception = "law-requires"
)

// Outcome is the result of what was tried, with the codes of FHIR R4
// AuditEvent.outcome.
type Outcome uint8

// The outcomes.
const (
	OutcomeSuccess Outcome = 0
	OutcomeRefused Outcome = 4
	OutcomeFailed  Outcome = 8
	OutcomeMajor   Outcome = 12 // nothing more works until somebody acts
)

// need says whether a field may, must or must not be there.
type need uint8

const (
	never need = iota
	may
	must
)

// shape is what an entry of a kind holds.
type shape struct {
	person    need // Slot
	patient   need // Cohort and PID
	purpose   need
	exception need
	reason    need // free text: R24 and R7 want the person's own words
	rows      need
	writing   need
	peer      need // Peer
}

// shapes is the closed list of kinds.
var shapes = map[Kind]shape{
	KindStarted:           {},
	KindUnlock:            {person: must},
	KindUnlockRefused:     {person: must},
	KindLock:              {person: must},
	KindSlotAdded:         {person: must},
	KindSlotRemoved:       {person: must},
	KindPassphraseChanged: {person: must},
	KindRecoveryAsked:     {person: must},
	KindRecovered:         {person: must},
	KindDutyAccepted:      {person: must},
	KindEnrolled:          {person: may},
	KindSuspended:         {},
	KindResumed:           {},
	KindWiped:             {person: may},
	KindTamper:            {person: may, patient: may},
	KindTornTail:          {},
	KindCacheRebuilt:      {person: may},
	KindClockDrift:        {person: may},
	KindEvidence:          {person: may, peer: may},
	KindKeysTurned:        {person: may},
	KindOrder:             {patient: may, peer: may},

	KindRead:               {person: must, patient: must, purpose: must, exception: may, reason: may},
	KindReadRefused:        {person: must, patient: must, purpose: may},
	KindBreakGlass:         {person: must, patient: must, purpose: must, exception: must, reason: must},
	KindBreakGlassEnded:    {person: must, patient: must, purpose: may, exception: may},
	KindSelfClaim:          {person: must, patient: must, purpose: must, reason: must},
	KindSearch:             {person: must, purpose: may},
	KindPrint:              {person: must, patient: must, purpose: must, exception: may, reason: may},
	KindExport:             {person: must, patient: may, purpose: must, exception: may, reason: may, rows: may},
	KindHandoverSent:       {person: must, patient: must, purpose: must, peer: must},
	KindHandoverReceived:   {person: may, patient: must, purpose: may, peer: must},
	KindPurged:             {person: may, rows: must},
	KindReceived:           {person: may, patient: must},
	KindDetailsChecked:     {person: must, patient: must, purpose: may, writing: may},
	KindCorrectionRequest:  {person: must, patient: must, purpose: may, writing: must},
	KindNote:               {person: must, patient: must, purpose: may, writing: must},
	KindObjection:          {person: must, patient: must, purpose: may, writing: may},
	KindObjectionReversed:  {person: must, patient: must, purpose: may, writing: may},
	KindWithdrawal:         {person: must, patient: must, purpose: may, writing: may},
	KindAccuracyChallenged: {person: must, patient: must, purpose: may, writing: may},
}
