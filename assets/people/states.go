package people

// allergyState is how a summary speaks of allergies. The four kinds that a screen
// must never merge (known allergies, known none, not recorded, unavailable) each
// arrive in several encodings (domain.md 1.1).
type allergyState int

const (
	allergyPresent     allergyState = iota
	allergyHistory                  // a current one beside a refuted and an erroneous one
	allergyNilKnown                 // emptyReason nilknown
	allergyNegation                 // SNOMED 716186003
	allergyDrugNone                 // SNOMED 409137002: no known drug allergy
	allergyIPSNone                  // absent-unknown no-known-allergies (IPS 1.x)
	allergyIPSNoInfo                // absent-unknown no-allergy-info: not recorded
	allergyNotAsked                 // emptyReason notasked
	allergyNoInfo                   // SNOMED 1287211007
	allergyUnavailable              // emptyReason unavailable
	allergyWithheld                 // emptyReason withheld
	allergyNoSection                // the section is not there at all
)

// allergyWheel deals the states out: about half of all people have an allergy.
var allergyWheel = []allergyState{
	allergyPresent, allergyNegation, allergyPresent, allergyIPSNoInfo, allergyPresent, allergyNilKnown,
	allergyPresent, allergyDrugNone, allergyHistory, allergyPresent, allergyNotAsked, allergyPresent,
	allergyIPSNone, allergyPresent, allergyUnavailable, allergyPresent, allergyNegation, allergyPresent,
	allergyNoInfo, allergyPresent, allergyWithheld, allergyNoSection, allergyHistory,
}

// cprState is what is recorded about resuscitation.
type cprState int

const (
	cprNone     cprState = iota
	cprNot               // not for attempted CPR, in force
	cprAttempt           // for attempted CPR, in force
	cprOverdue           // the review date has passed
	cprRevoked           // withdrawn: an old copy of it may be about
	cprReplaced          // an older decision, and a newer one the other way
	cprNotAware          // the recorder knew of no decision
	cprConflict          // two decisions in force that say different things
	cprInError           // entered in error
)

var cprWheel = []cprState{
	cprNot, cprNone, cprNone, cprAttempt, cprNone, cprOverdue, cprNone, cprNone, cprRevoked, cprNone, cprNone,
	cprReplaced, cprNone, cprNotAware, cprNone, cprNot, cprNone, cprInError, cprNone, cprConflict, cprNone,
}
