package policy

// Code says why, for an audit entry and as the key of a translation. Codes are never
// used again for something else.
type Code string

// The codes.
const (
	PurposeMissing   Code = "purpose-missing"       // R1
	PurposeUnknown   Code = "purpose-unknown"       // R1
	RoleSeesNobody   Code = "role-sees-no-patient"  // domain.md 8
	RoleSeesAudit    Code = "role-sees-audit-only"  // domain.md 8
	RoleCounts       Code = "role-sees-counts-only" // R17
	RoleUnknown      Code = "role-unknown"
	TrainingLapsed   Code = "training-lapsed"    // R6
	CredentialEnded  Code = "credential-ended"   //
	CategoryDiffers  Code = "category-differs"   // R19
	DeviceSuspended  Code = "device-suspended"   //
	AreasMixed       Code = "areas-mixed"        // R57
	RecordMissing    Code = "record-missing"     //
	RecordWithdrawn  Code = "record-withdrawn"   // R32
	RecordErased     Code = "record-erased"      // R43
	RecordInError    Code = "record-in-error"    //
	ReleaseEnded     Code = "release-ended"      //
	LeaseEnded       Code = "lease-ended"        // R33
	RecordEnded      Code = "record-ended"       // R51
	VeryRestricted   Code = "very-restricted"    //
	LabelRestricts   Code = "label-restricts"    //
	RestrictedHere   Code = "restricted"         // an unsettled restriction
	DirectiveUnread  Code = "directive-unread"   //
	Objected         Code = "objection"          // R26
	ReasonMissing    Code = "reason-missing"     // R7, R20
	ReasonUnknown    Code = "reason-unknown"     //
	NotOnCaseload    Code = "not-on-caseload"    // R7
	ReferenceMissing Code = "reference-missing"  // R7
	RoleMayNotClaim  Code = "role-may-not-claim" // domain.md 8
	RoleMayNotBreak  Code = "role-may-not-override"
	NotAskedYet      Code = "permission-not-asked"
	SaidNo           Code = "permission-refused"
	OverrideBare     Code = "override-incomplete" // R24
	OverrideOver     Code = "override-ended"      // R24
	AgencyNeedsYes   Code = "agency-needs-permission"
	OthersNeedYes    Code = "third-party-needs-permission"
	RecipientUnknown Code = "recipient-unknown"
	CohortNotHere    Code = "cohort-not-on-device"
	DirectiveRemoves Code = "objection-removes"
)

var words = map[Code]string{
	PurposeMissing:   "Say what the record is opened for.",
	PurposeUnknown:   "That purpose is not on the list of purposes.",
	RoleSeesNobody:   "Your role looks after devices and does not see patients.",
	RoleSeesAudit:    "Your role sees who looked, not what they saw.",
	RoleCounts:       "Reviewing quality uses counts, not people's records.",
	RoleUnknown:      "Your role is not known to this program. Ask your IT team.",
	TrainingLapsed:   "Your training date has passed.",
	CredentialEnded:  "Your access has ended. Ask your team lead.",
	CategoryDiffers:  "This laptop belongs to another kind of organisation than you do.",
	DeviceSuspended:  "This laptop has been suspended.",
	AreasMixed:       "Demonstration records and real ones never mix.",
	RecordMissing:    "The summary is not on this laptop.",
	RecordWithdrawn:  "Consent was withdrawn. This summary has been erased from this laptop.",
	RecordErased:     "This summary was erased.",
	RecordInError:    "This summary was entered for the wrong person.",
	ReleaseEnded:     "Your team no longer looks after this person.",
	LeaseEnded:       "This laptop has not heard from the hub for too long.",
	RecordEnded:      "This summary has reached its end.",
	VeryRestricted:   "This person's details are protected. Call control.",
	LabelRestricts:   "This record is restricted.",
	RestrictedHere:   "An objection was taken for this person and waits for the hub.",
	DirectiveUnread:  "This person has said something about sharing that this laptop cannot read yet.",
	Objected:         "This person objects to this.",
	ReasonMissing:    "Say why you are opening this record.",
	ReasonUnknown:    "That reason is not on the list of reasons.",
	NotOnCaseload:    "This person is not on your caseload.",
	ReferenceMissing: "Give the incident number, or say who referred the person.",
	RoleMayNotClaim:  "Your role cannot open this record for that reason. Ask a clinician.",
	RoleMayNotBreak:  "Your role has no emergency access. Ask a clinician.",
	NotAskedYet:      "Ask the person for permission first, or say that you could not.",
	SaidNo:           "The person said no.",
	OverrideBare:     "Emergency access needs a reason, a few words and your passphrase.",
	OverrideOver:     "Emergency access has ended.",
	AgencyNeedsYes:   "That agency may have this only if the person permits it or the need is recorded.",
	OthersNeedYes:    "Nobody else may have this unless the person permits it.",
	RecipientUnknown: "It is not known who would receive this.",
	CohortNotHere:    "This laptop does not hold records of that team.",
	DirectiveRemoves: "This person's objection means that the summary may not be held.",
}

// Words is the code in plain English.
func (c Code) Words() string { return words[c] }
